"""Rounds added until every claim has its verdict: the rounds that a question needs, and no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.sequential import fewest_looks
from bakeoff.analysis.summary import ALPHA, FEWEST
from bakeoff.api.check import try_claims
from bakeoff.api.plan import DEFAULT_STORE, Plan, check_study, plan_of
from bakeoff.api.run import TrialsFailed, run_plans
from bakeoff.claims.parts import Counted
from bakeoff.claims.verdicts import Verdict, family, verdicts
from bakeoff.data.tasks import folds_of
from bakeoff.errors import RunError, StudyError
from bakeoff.running.coordinate import Interrupted
from bakeoff.running.events import Event, Looked
from bakeoff.running.machine import check_jobs, cores
from bakeoff.running.pool import WorkerPool, leave_if_worker
from bakeoff.running.store import Store
from bakeoff.study.claims import Claim
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import Device

MOST_ROUNDS = 50
"""Rounds of a variant after which a claim is left undecided, unless another limit is given."""


@dataclass(frozen=True)
class Decided:
    """How a run until claims were decided ended.

    Attributes:
        results: of all variants, each with its own number of rounds.
        verdicts: by the always-valid test, which may be looked at after every round.
        trials: of the variants, that the verdicts rest on; those of searches are the same
            whatever the rounds.
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
    anything; others are left out. From then on only those get another round that keep a claim
    undecided: of several comparisons that must all hold, those of comparisons that do not do so
    yet. A variant declared to have fewer rounds keeps to them. Verdicts are those of the
    always-valid test (`bakeoff.analysis.statistics.sequential`), adjusted by Holm's method over
    all claims from the start: looking after every round costs rounds, but no error, whichever
    variants are given more.

    What is stored is not trained again: stopped and called again, it goes on where it was.

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
        StudyError: the study has no claims, or one of one's own kind cannot be asked; trials that
            ran before this showed are stored.
        RunError: `max_rounds` is below 1, or so low that no claim that is tested can be decided.
        TrialsFailed: some trials raised an error; all others are stored.
        Interrupted: the user stopped the run; what was answered is stored.
        BakeoffError: as `bakeoff.run` does.
    """
    leave_if_worker()
    check_study(study)
    if not study.claims:
        raise StudyError(
            f"{study.name} has no claims to decide; give it some, or run a number of rounds."
        )
    check_limit(study, max_rounds)
    plan = plan_of(study, device=device, data=data)
    jobs = cores() if jobs is None else jobs
    check_jobs(jobs)
    rounds = _first(study, max_rounds)
    try_claims(replace(plan, overrides=Overrides(each=tuple(rounds.items()))).study)
    with WorkerPool(jobs) if executor is None else nullcontext(executor) as workers:
        while True:
            asked = replace(plan, overrides=Overrides(each=tuple(rounds.items())))
            try:
                (results,) = run_plans(
                    [asked],
                    jobs=jobs,
                    store=Path(store),
                    executor=workers,
                    listen=listen,
                    record=False,
                )
            except (Interrupted, KeyboardInterrupt, TrialsFailed, StudyError):
                _record(asked, Path(store))
                raise
            found = verdicts(results)
            if listen is not None:
                listen(_looked(results, found))
            growing = _growing(study, found, rounds, max_rounds)
            if not growing:
                break
            rounds |= {name: rounds[name] + folds_of(study.task) for name in growing}
    _record(asked, Path(store))
    return Decided(
        results=results,
        verdicts=found,
        trials=results.expected,
        fixed=sum(study.rounds_of(study.variant(name)) for name in rounds),
    )


def check_limit(study: Study, max_rounds: int) -> None:
    """Refuse a limit below 1, and one that no claim that is tested can be decided in.

    Raises:
        RunError: the limit is too low.
    """
    if max_rounds < 1:
        raise RunError(f"max_rounds is {max_rounds}; it must be 1 or more.")
    tested, fewest = family(study), _fewest(study)
    if tested and max_rounds < fewest:
        claims, any_ = ("1 claim needs", "it") if tested == 1 else (f"{tested} claims need", "any")
        raise RunError(
            f"max_rounds is {max_rounds}; {claims} at least {fewest} rounds before {any_} can be "
            f"decided; give {fewest} or more."
        )


def _fewest(study: Study) -> int:
    """Return the fewest rounds in which any of them can be decided; all folds of a draw are one."""
    return folds_of(study.task) * max(FEWEST, fewest_looks(ALPHA / max(1, family(study))))


def _record(plan: Plan, store: Path) -> None:
    """Note the run as far as it came, in place of the many looks that it took."""
    with Store.open(store) as opened:
        trials = {key: trial for key, (_, trial) in plan.labelled_trials().items()}
        opened.record_run(plan.record(), trials)


def _first(study: Study, limit: int) -> dict[str, int]:
    """Return the rounds that each variant begins with, in the study's order.

    As many as the test needs to decide anything, where a claim is about rounds at all: parameters
    are counted in one.
    """
    first = min(limit, _fewest(study))
    wanted = {name: 1 for claim in study.claims for name in claim.variants()}
    wanted |= {name: first for claim in study.claims for name in _compared(claim)}
    # A study has a variant, also where claims are about searches alone.
    wanted = wanted or {study.variants[0].name: 1}
    return {
        variant.name: min(wanted[variant.name], variant.rounds or limit)
        for variant in study.variants
        if variant.name in wanted
    }


def _compared(claim: Claim) -> Iterator[str]:
    for test in claim.tests():
        for names in test.compared.values() if test.needs_rounds else ():
            yield from names


def _growing(
    study: Study, found: Collection[Verdict], rounds: Mapping[str, int], limit: int
) -> list[str]:
    """Return the variants whose next round could help to decide an undecided claim.

    They are those that a comparison lacks: where one of two is ahead, the other.
    """
    folds = folds_of(study.task)
    most = {
        name: min(limit, study.variant(name).rounds or limit) // folds * folds for name in rounds
    }
    growing = set()
    for leaf in (leaf for verdict in found for leaf in verdict.unsettled):
        if isinstance(leaf, Counted) and leaf.rounds is None:
            continue
        fewest = min(rounds[name] for name in leaf.variants)
        lacking = [name for name in leaf.variants if rounds[name] == fewest]
        if all(rounds[name] < most[name] for name in lacking):
            growing |= set(lacking)
    return [name for name in rounds if name in growing]


def _looked(results: Results, found: Collection[Verdict]) -> Looked:
    return Looked(
        rounds=results.study.rounds,
        decided=sum(verdict.outcome != "undecided" for verdict in found),
        claims=len(found),
        trials=results.expected,
    )
