"""Rounds added until every claim has its verdict: the rounds that a question needs, and no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from bakeoff.analysis.results import Results
from bakeoff.analysis.sequential import fewest_looks
from bakeoff.analysis.verdicts import ALPHA, Verdict, verdicts
from bakeoff.api.plan import DEFAULT_STORE, plan_of
from bakeoff.api.run import run_plans
from bakeoff.errors import RunError, StudyError
from bakeoff.running.events import Event, Looked
from bakeoff.running.machine import check_jobs, cores
from bakeoff.running.pool import WorkerPool
from bakeoff.study.study import Study
from bakeoff.study.trial import Device

MOST_ROUNDS = 50
"""Rounds of a variant after which a claim is left undecided, unless another limit is given."""


@dataclass(frozen=True)
class Decided:
    """How a run until claims were decided ended.

    Attributes:
        results: of all variants, each with its own number of rounds.
        verdicts: by the always-valid test, which may be looked at after every round.
        trials: of the variants, that the verdicts rest on.
        fixed: trials of the same variants in the rounds that the study declares.
    """

    results: Results
    verdicts: tuple[Verdict, ...]
    trials: int
    fixed: int

    @property
    def undecided(self) -> int:
        """The number of claims that the limit left open."""
        return sum(verdict.outcome == "undecided" for verdict in self.verdicts)


def run_until_decided(
    study: Study,
    *,
    max_rounds: int = MOST_ROUNDS,
    jobs: int | None = None,
    device: Device = "cpu",
    store: Path | str = DEFAULT_STORE,
    data: Path | str | None = None,
    executor: Executor | None = None,
    listen: Callable[[Event], None] | None = None,
) -> Decided:
    """Add rounds to a study, variant by variant, until each claim has its verdict.

    All variants that claims are about begin with as many rounds as the test needs to decide
    anything. From then on only those get another round that some undecided claim is about. A
    variant declared to have fewer rounds keeps to them. Verdicts are those of the always-valid
    test (`bakeoff.analysis.sequential`), adjusted by Holm's method over all claims from the start:
    looking after every round costs rounds, but no error.

    Args:
        study: with claims.
        max_rounds: of any variant; what is undecided then stays so.
        jobs: trials at work at a time; None for one per core.
        device: ``cpu`` or ``cuda``.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.
        executor: runs the trials instead of worker processes on this machine.
        listen: is told of every event.

    Raises:
        StudyError: the study has no claims.
        RunError: `max_rounds` is below 1.
        BakeoffError: as `bakeoff.run` does.
    """
    if not study.claims:
        raise StudyError(
            f"{study.name} has no claims to decide; give it some, or run a number of rounds."
        )
    if max_rounds < 1:
        raise RunError(f"max_rounds is {max_rounds}; it must be 1 or more.")
    plan = plan_of(study, rounds=None, epochs=None, only=(), device=device, data=data)
    jobs = cores() if jobs is None else jobs
    check_jobs(jobs)
    rounds = _first(study, max_rounds)
    with WorkerPool(jobs) if executor is None else nullcontext(executor) as workers:

        def run(record: bool = False) -> Results:
            asked = plan.shortening.replace(each=tuple(rounds.items()))
            return run_plans(
                [replace(plan, shortening=asked)],
                jobs=jobs,
                store=Path(store),
                executor=workers,
                listen=listen,
                record=record,
            )[0]

        while True:
            results = run()
            found = verdicts(results, method="always_valid")
            if listen is not None:
                listen(_looked(results, found))
            growing = _growing(study, found, rounds, max_rounds)
            if not growing:
                break
            rounds |= {name: rounds[name] + 1 for name in growing}
        results = run(record=True)
    return Decided(
        results=results,
        verdicts=found,
        trials=results.expected,
        fixed=sum(study.rounds_of(study.variant(name)) for name in rounds),
    )


def _first(study: Study, limit: int) -> dict[str, int]:
    """Return the rounds that each variant begins with."""
    claimed = {name for claim in study.claims for name in claim.variants()}
    first = min(limit, fewest_looks(ALPHA / len(study.claims)))
    return {
        variant.name: min(first, variant.rounds or first) if variant.name in claimed else 1
        for variant in study.variants
    }


def _growing(
    study: Study, found: Collection[Verdict], rounds: Mapping[str, int], limit: int
) -> list[str]:
    """Return the variants that an undecided claim is about, and that may have another round."""
    wanted = {
        name
        for verdict in found
        if verdict.outcome == "undecided"
        for name in verdict.claim.variants()
    }
    return [
        name
        for name, number in rounds.items()
        if name in wanted and number < min(limit, study.variant(name).rounds or limit)
    ]


def _looked(results: Results, found: Collection[Verdict]) -> Looked:
    return Looked(
        rounds=results.study.rounds,
        decided=sum(verdict.outcome != "undecided" for verdict in found),
        claims=len(found),
        trials=results.expected,
    )
