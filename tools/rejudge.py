"""Verdicts on published results by the rules of today, without training.

    python tools/rejudge.py [--write] [STUDY ...]

`results/*.json` hold the final figures of every trial. From these alone the claims of a study, as
declared now, are judged anew, beside the verdict that the file holds. What a claim rests on and the
file does not hold (curves, how near chance a trial ended, trials of a variant declared since)
leaves it undecided, and is named; it counts in Holm's correction all the same. What a search chose
is kept as the run told it, for no rule of verdicts touches it. With --write the files hold the new
verdicts from then on.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from bakeoff.analysis.audit.rounds import FewRounds
from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import FEWEST
from bakeoff.claims.parts import Counted, Leaf, Measured, NotChosen
from bakeoff.claims.shares import Collapses
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.reporting.text.audit_notices import few_rounds
from bakeoff.reporting.text.words import named
from bakeoff.reporting.writers.json import SCHEMA_VERSION, document, json_verdict
from bakeoff.studies import BUILT_IN
from bakeoff.study.claims import Claim
from bakeoff.study.study import Overrides, Study
from bakeoff.training.history import History


def read(study: Study, held: dict[str, Any]) -> Results:
    """Return the results that a file holds, as far as it does."""
    known = {(trial["variant"], trial["round"] - 1): trial for trial in held["trials"]}
    histories = {
        variant.name: tuple(
            None if (trial := known.get((variant.name, n))) is None else _history(study, trial)
            for n in range(study.rounds_of(variant))
        )
        for variant in study.variants
    }
    return Results(study, study, Overrides(), histories)


def _history(study: Study, trial: dict[str, Any]) -> History:
    curves: dict[str, dict[str, tuple[float, ...]]] = {"test": {}, "train": {}}
    for split, metrics in curves.items():
        for metric in study.task.measured:
            value = trial.get(f"{split}_{metric.name}_final")
            if value is not None:
                metrics[metric.name] = (value,)
    return History(
        status=trial["status"],
        curves=curves,
        parameters=trial["parameters"],
        seconds=trial["seconds"],
        answers={},
        metric=study.metric.name,
        direction=study.metric.direction,
        # The file says whether a trial ended near chance, not where that begins.
        chance=trial[f"test_{study.metric.name}_final"] if trial.get("near_chance") else None,
    )


def judged(study: Study, held: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the verdict on each claim of a study, as a file's trials have it.

    A claim on which they say nothing is undecided, and `lacks` names what is not there.
    """
    before = {verdict["id"]: verdict for verdict in held["verdicts"]}
    lacking = {claim.id: unknown(claim, held) for claim in study.claims}
    ready = tuple(claim for claim in study.claims if not lacking[claim.id] and not claim.searches())
    # The claims left out of what is judged still count among those that the study declares.
    results = replace(read(study, held), study=study.replace(claims=ready))
    found = {verdict.claim.id: verdict for verdict in verdicts(results)}
    return [
        entry(claim, found.get(claim.id), before.get(claim.id), lacking[claim.id])
        for claim in study.claims
    ]


def entry(
    claim: Claim, verdict: Verdict | None, before: dict[str, Any] | None, lacking: str
) -> dict[str, Any]:
    """Return what a file is to hold of a claim."""
    if verdict is not None:
        found: dict[str, Any] = json_verdict(verdict)
        lacking = next(filter(None, map(left_out, verdict.comparisons)), "")
        if not lacking:
            return found
    elif not lacking and before is not None and before["comparisons"]:
        return _kept(claim, before)
    lacking = lacking or "what the search tried"
    return {
        **_about(claim),
        "outcome": "undecided",
        "reason": "unknown",
        "sentence": f"The file of this run lacks {lacking}.",
        "lacks": lacking,
        **_untested(),
        "comparisons": [],
    }


def _kept(claim: Claim, before: dict[str, Any]) -> dict[str, Any]:
    """Return what was told of a search's choice, as today's files say it."""
    names = ("kind", "variants", "holds", "rounds", "text")
    return {
        **_about(claim),
        "outcome": before["outcome"],
        "reason": "unknown" if before["outcome"] == "undecided" else None,
        "sentence": before["sentence"],
        **_untested(),
        "comparisons": [{name: one[name] for name in names} for one in before["comparisons"]],
    }


def _about(claim: Claim) -> dict[str, Any]:
    return {"id": claim.id, "quote": claim.quote, "note": claim.note}


def _untested() -> dict[str, Any]:
    return {"method": "count", "p": None, "adjusted": None, "rounds": None}


def unknown(claim: Claim, held: dict[str, Any]) -> str:
    """Return what a claim needs that no trial of the file tells; empty for nothing."""
    trials = held["trials"]
    ran = {trial["variant"] for trial in trials}
    for test in claim.tests():
        if isinstance(test, Collapses) and any(
            trial["status"] == "finished" and trial.get("near_chance") is None
            for trial in trials
            if trial["variant"] == test.variant
        ):
            return "how near chance a trial ended"
    declared_since = [name for name in claim.variants() if name not in ran]
    chosen = [name for name in declared_since if name.endswith(", chosen on validation")]
    if chosen:
        return "trials of what the searches chose"
    return f"trials of {named(declared_since[0])}" if declared_since else ""


def left_out(leaf: Leaf) -> str:
    """Return what of a comparison the trials of a file do not hold; empty for nothing."""
    if isinstance(leaf, Counted):
        return "trials of what the searches chose" if isinstance(leaf.fact, NotChosen) else ""
    if not isinstance(leaf, Measured) or not leaf.left_out:
        return ""
    if leaf.contrast.kind in ("change", "speed"):
        return "curves"
    return f"the {leaf.contrast.metric.words} of its trials"


def rewritten(held: dict[str, Any], judgements: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a file holds with these verdicts, and without intervals of too few rounds."""
    audit = [
        {**one, "text": few_rounds([FewRounds(**case) for case in one["cases"]])}
        if one["kind"] == "few_rounds"
        else one
        for one in held["audit"]
    ]
    new = {**held, "schema_version": SCHEMA_VERSION, "rejudged": True}
    return without_short_intervals(new | {"verdicts": judgements, "audit": audit})


def without_short_intervals(value: Any) -> Any:
    """Return JSON with no interval of a mean over fewer than six rounds."""
    match value:
        case dict():
            few = "interval95" in value and value.get("n", FEWEST) < FEWEST
            return {
                name: None if few and name == "interval95" else without_short_intervals(item)
                for name, item in value.items()
            }
        case list():
            return [without_short_intervals(item) for item in value]
    return value


def main() -> None:
    """Print a line for each claim."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("studies", nargs="*", help="by name; all that have a file by default")
    parser.add_argument("--write", action="store_true", help="write the verdicts into the files")
    asked = parser.parse_args()
    results = Path(__file__).parent.parent / "results"
    kept = {s.name: s for s in BUILT_IN if (results / f"{s.name}.json").exists()}
    for name in asked.studies or kept:
        study, path = kept[name], results / f"{name}.json"
        held = json.loads(path.read_text(encoding="utf-8"))
        before = {verdict["id"]: verdict["outcome"] for verdict in held["verdicts"]}
        judgements = judged(study, held)
        print(f"\n{study.name}")
        for one in judgements:
            p = "-" if one["adjusted"] is None else f"{one['adjusted']:.4f}"
            old = before.get(one["id"], "new")
            print(f"{one['id']:5} {old} -> {one['outcome']} (p {p}): {one['sentence']}")
        if asked.write:
            path.write_text(document(rewritten(held, judgements)), encoding="utf-8")


if __name__ == "__main__":
    main()
