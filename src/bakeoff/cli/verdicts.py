"""The work of `bakeoff verdicts`: a line for each claim, and whether one fails."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.api.plan import Plan
from bakeoff.claims.verdicts import Outcome, Verdict, verdicts
from bakeoff.cli.output import complain, print_text, say
from bakeoff.cli.report import results_in
from bakeoff.errors import BakeoffError, StudyError
from bakeoff.reporting.writers.json import json_verdict
from bakeoff.running.store import Store
from bakeoff.study.claims import Claim

FAILED = 3
"""The exit code where a claim has an outcome that was to fail."""


def judge_and_print(
    plans: Sequence[Plan],
    *,
    store: Path,
    fail_on: Collection[Outcome],
    as_json: bool,
    console: Console,
) -> int:
    """Prints the verdict on each claim of some studies, from the store.

    A claim that the stored run leaves out is undecided.

    Args:
        plans: the studies. Of several, one that cannot be judged is named, and the others are.
        store: the file of results.
        fail_on: the outcomes that are to fail.
        as_json: whether to print JSON.
        console: where to print.

    Returns:
        The exit code: 3 if a claim fails, 1 if a study could not be judged, else 0.

    Raises:
        BakeoffError: none of the studies can be judged.
    """
    judged: list[tuple[Plan, Results, list[tuple[Claim, Verdict | None]]]] = []
    errors: list[tuple[Plan, BakeoffError]] = []
    with Store.read(store) as opened:
        for plan in plans:
            try:
                results = _results(plan, opened)
                judged.append((plan, results, list(_claims(results))))
            except BakeoffError as error:
                errors.append((plan, error))
    if not judged:
        raise errors[0][1]
    for plan, reason in errors:
        complain(f"{plan.name} is not judged: {reason}")
    if as_json:
        found = [
            {
                "study": plan.declared.name,
                "file": plan.origin or None,
                "run": results.label,
                "claims": [_plain(claim, verdict) for claim, verdict in claims],
            }
            for plan, results, claims in judged
        ]
        print_text(f"{json.dumps(found, indent=2, ensure_ascii=False)}\n")
    else:
        for plan, _, claims in judged:
            for claim, verdict in claims:
                label = f"{plan.name}: " if len(plans) > 1 else ""
                say(f"{label}{_line(claim, verdict)}", console)
    outcomes = {_outcome(verdict) for _, _, claims in judged for _, verdict in claims}
    return FAILED if outcomes & set(fail_on) else 1 if errors else 0


def _results(plan: Plan, store: Store) -> Results:
    if not plan.declared.claims:
        raise StudyError(f"{plan.name} has no claims to judge; declare some.")
    return results_in(plan, store)


def _claims(results: Results) -> Iterator[tuple[Claim, Verdict | None]]:
    """Yields every declared claim, with its verdict; None for one that the run cannot test."""
    known = {verdict.claim.id: verdict for verdict in verdicts(results)}
    for claim in results.declared.claims:
        yield claim, known.get(claim.id)


def _outcome(verdict: Verdict | None) -> Outcome:
    return "undecided" if verdict is None else verdict.outcome


def _line(claim: Claim, verdict: Verdict | None) -> str:
    evidence = verdict.sentence if verdict else "The stored run leaves out what it compares."
    return f"{claim.id} {_outcome(verdict)}: {claim.quote} {evidence}"


def _plain(claim: Claim, verdict: Verdict | None) -> object:
    if verdict is not None:
        return json_verdict(verdict)
    return {"id": claim.id, "quote": claim.quote, "outcome": "undecided", "reason": "left_out"}
