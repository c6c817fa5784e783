"""Verdicts on published results by the rules of today, without training.

    python tools/rejudge.py [--write] [STUDY ...]

`results/*.json` hold the final figures of every trial. From these alone the claims of a study, as
declared now, are judged anew, beside the verdict that the file holds. Curves, what searches tried
and how near chance a trial ended are not in the files: claims that rest on them stay open, and are
listed as lacking. With --write the files hold the new verdicts from then on.
"""

from __future__ import annotations

import argparse
import json
from importlib import import_module
from pathlib import Path
from typing import Any

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import FEWEST
from bakeoff.claims.shares import Collapses
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.reporting.export import SCHEMA_VERSION, document
from bakeoff.reporting.export_verdicts import json_verdict
from bakeoff.study.claims import Claim
from bakeoff.study.study import Shortening, Study
from bakeoff.training.history import History

STUDIES = ("zhou", "dinh_herve", "dong", "chen", "benquet")


def read(study: Study, path: Path) -> Results:
    """Return the results that a file holds, as far as it does."""
    trials = json.loads(path.read_text(encoding="utf-8"))["trials"]
    known = {(trial["variant"], trial["round"] - 1): trial for trial in trials}
    histories = {
        variant.name: tuple(
            None if (trial := known.get((variant.name, n))) is None else _history(study, trial)
            for n in range(study.rounds_of(variant))
        )
        for variant in study.variants
    }
    return Results(study, study, Shortening(), histories)


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
    )


def lacks(claim: Claim, verdict: Verdict) -> str:
    """Return what the files lack to judge a claim; empty for nothing."""
    kinds = {type(test) for test in claim.tests()}
    if claim.searches():
        return "what the search tried"
    if Collapses in kinds:
        return "how near chance a trial ended"
    if any(getattr(leaf, "left_out", 0) for leaf in verdict.comparisons):
        return "a curve"
    if any(not leaf.rounds for leaf in verdict.comparisons if leaf.rounds is not None):
        return "trials of a variant"
    return ""


def main() -> None:
    """Print a line for each claim."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("studies", nargs="*", default=STUDIES)
    parser.add_argument("--write", action="store_true", help="write the verdicts into the files")
    asked = parser.parse_args()
    results = Path(__file__).parent.parent / "results"
    for name in asked.studies:
        study: Study = import_module(f"bakeoff.studies.{name.replace('-', '_')}").study
        path = results / f"{study.name}.json"
        held = json.loads(path.read_text(encoding="utf-8"))
        before = {v["id"]: v for v in held["verdicts"]}
        # What a search tried is not in the files.
        claims = tuple(claim for claim in study.claims if not claim.searches())
        found = {v.claim.id: v for v in verdicts(read(study.replace(claims=claims), path))}
        print(f"\n{study.name}")
        for claim in study.claims:
            verdict, old = found.get(claim.id), before.get(claim.id, {}).get("outcome", "new")
            if verdict is None:
                print(f"{claim.id:5} {old} -> not judged: the file lacks what the search tried")
                continue
            p = "-" if verdict.adjusted is None else f"{verdict.adjusted:.4f}"
            lacking = lacks(claim, verdict)
            note = f" [the file lacks {lacking}]" if lacking else ""
            print(f"{claim.id:5} {old} -> {verdict.outcome} (p {p}){note}: {verdict.sentence}")
        if asked.write:
            path.write_text(document(rewritten(study, found, held)), encoding="utf-8")


def rewritten(study: Study, found: dict[str, Verdict], held: dict[str, Any]) -> dict[str, Any]:
    """Return what a file holds with these verdicts, and without intervals of too few rounds."""
    judged = []
    for claim in study.claims:
        verdict = found.get(claim.id)
        lacking = "what the search tried" if verdict is None else lacks(claim, verdict)
        one = {"id": claim.id, "quote": claim.quote, "note": claim.note} if verdict is None else {}
        entry = one or json_verdict(found[claim.id])
        if verdict is None:
            entry |= {"outcome": "undecided", "reason": "unknown", "method": "count", "p": None}
            entry |= {"adjusted": None, "rounds": None, "comparisons": []}
        if lacking:
            entry["sentence"] = f"The files of this run lack {lacking}."
        judged.append(entry)
    return without_short_intervals({**held, "schema_version": SCHEMA_VERSION, "verdicts": judged})


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


if __name__ == "__main__":
    main()
