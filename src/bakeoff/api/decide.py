"""Runs that add rounds until every claim has its verdict, and no more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.sequential import fewest_looks
from bakeoff.analysis.summary import ALPHA, FEWEST
from bakeoff.api.check import try_claims
from bakeoff.api.live import live_line
from bakeoff.api.plan import DEFAULT_STORE, Plan, check_study, plan_of
from bakeoff.api.run import TrialsFailed, check_timeout, open_patiently, run_plans
from bakeoff.claims.parts import Counted
from bakeoff.claims.verdicts import Verdict, family, verdicts
from bakeoff.data.tasks import folds_of
from bakeoff.errors import RunError, StudyError
from bakeoff.running.coordinate import Interrupted
from bakeoff.running.events import Event, Looked
from bakeoff.running.executors import Given, jobs_of, workers_of
from bakeoff.running.pool import leave_if_worker
from bakeoff.study.claims import Claim
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import Device

MOST_ROUNDS = 50
"""The most rounds of a variant, unless another limit is given; claims may stay undecided then."""


@dataclass(frozen=True)
class Decided:
    """The outcome of a run until claims are decided.

    Attributes:
        results: all variants' results, each with its own number of rounds.
        verdicts: the verdicts of the always-valid test, which may be read after every round.
        trials: the number of the variants' trials. Trials of searches are not counted: they do not
            depend on the number of rounds.
        added: how many of them are beyond the rounds that the study declares.

    Example:
        >>> from table import study  # examples/table.py
        >>> shorter = study.variants[0].replace(recipe=Recipe(epochs=2))
        >>> span = ParametersWithin(("linear",), low=10, high=20)
        >>> fact = Claim(id="1", quote="It is small.", test=span)
        >>> small = study.replace(name="small", variants=(shorter,), claims=(fact,))
        >>> decided = run_until_decided(small, store="irises.db")
        >>> decided.undecided, decided.trials, decided.added
        (0, 10, 0)
    """

    results: Results
    verdicts: tuple[Verdict, ...]
    trials: int
    added: int

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
    executor: Given = None,
    listen: Callable[[Event], None] | None = None,
    trial_timeout: float | None = None,
) -> Decided:
    """Adds rounds to a study, variant by variant, until each claim has its verdict.

    All variants run the rounds that the study declares, and those in claims at least as many as
    the test needs to decide anything. After that, a variant gets another round only if it keeps a
    claim undecided. If a claim needs several comparisons to hold, these are the variants of
    comparisons that do not hold yet. A variant that declares fewer rounds gets no more than these,
    and what a search chooses gets rounds as any other. Verdicts are those of the always-valid test
    (`bakeoff.analysis.statistics.sequential`), adjusted by Holm's method over all claims from the
    start. So looking after every round costs rounds, but makes no verdict wrong more often,
    whichever variants get more rounds.

    Stored trials are not trained again: a run that was stopped goes on where it was.

    Args:
        study: a study with claims.
        max_rounds: the most rounds of a variant; claims that are undecided then stay so.
        jobs: trials at work at a time; None for one per core.
        device: ``cpu`` or ``cuda``.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.
        executor: as in `run`.
        listen: is called with every event; None for a live line in a notebook.
        trial_timeout: seconds that a trial may take; None for any number.

    Raises:
        StudyError: the study has no claims, or a user's own kind of claim raises an error; trials
            that ran before are stored.
        RunError: `max_rounds` is below 1, or too low to decide any claim that is tested.
        TrialsFailed: some trials raised an error; all others are stored.
        Interrupted: the user stopped the run; what was answered is stored.
        BakeoffError: as `bakeoff.run` does.

    Example:
        >>> from table import study  # examples/table.py
        >>> shorter = study.variants[0].replace(recipe=Recipe(epochs=2))
        >>> span = ParametersWithin(("linear",), low=10, high=20)
        >>> fact = Claim(id="1", quote="It is small.", test=span)
        >>> small = study.replace(name="small", variants=(shorter,), claims=(fact,))
        >>> run_until_decided(small, store="irises.db").trials
        10
    """
    leave_if_worker()
    check_study(study)
    listen = listen or live_line()
    if not study.claims:
        raise StudyError(
            f"{study.name} has no claims to decide; give it some, or run a number of rounds."
        )
    check_limit(study, max_rounds)
    plan = plan_of(study, device=device, data=data)
    most = jobs_of(executor, jobs)
    rounds = _first(study, max_rounds)
    try_claims(replace(plan, overrides=Overrides(each=tuple(rounds.items()))).study)
    check_timeout(trial_timeout)
    with workers_of(executor, most, trial_timeout) as workers:
        while True:
            asked = replace(plan, overrides=Overrides(each=tuple(rounds.items())))
            try:
                (results,) = run_plans(
                    [asked],
                    jobs=most,
                    store=Path(store),
                    executor=workers,
                    listen=listen,
                    record=False,
                    trial_timeout=trial_timeout,
                )
            except (Interrupted, KeyboardInterrupt, TrialsFailed, StudyError):
                _record(asked, Path(store), listen)
                raise
            current = verdicts(results)
            decided = sum(verdict.outcome != "undecided" for verdict in current)
            listen(Looked(results.study.rounds, decided, len(current), results.expected))
            growing = _growing(study, current, rounds, max_rounds)
            if not growing:
                break
            rounds |= {name: rounds[name] + folds_of(study.task) for name in growing}
    _record(asked, Path(store), listen)
    declared = dict.fromkeys(rounds, study.rounds) | {
        variant.name: study.rounds_of(variant) for variant in study.variants
    }
    return Decided(
        results=results,
        verdicts=current,
        trials=results.expected,
        added=sum(max(0, rounds[name] - number) for name, number in declared.items()),
    )


def check_limit(study: Study, max_rounds: int) -> None:
    """Refuses a limit below 1, and one too low to decide any claim that is tested.

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
    """Returns the fewest rounds that can decide a claim; each fold is a round."""
    return folds_of(study.task) * max(FEWEST, fewest_looks(ALPHA / max(1, family(study))))


def _record(plan: Plan, store: Path, listen: Callable[[Event], None]) -> None:
    """Notes the run once, as far as it came, though it was a run after each look."""
    with open_patiently(store, listen) as opened:
        trials = {key: trial for key, (_, trial) in plan.labelled_trials().items()}
        opened.record_run(plan.record(), trials)


def _first(study: Study, limit: int) -> dict[str, int]:
    """Returns the rounds that each variant begins with, what searches will choose included.

    These are the rounds that the study declares, and at least as many as the test needs to decide
    a claim about the variant.
    """
    compared = {name for claim in study.claims for name in _compared(claim)}
    fewest = _fewest(study)
    most: dict[str, int | None] = {
        s.winner_name: None for s in study.searches if s.winner_name is not None
    }
    most |= {variant.name: variant.rounds for variant in study.variants}
    return {
        name: min(limit, held or limit, max(study.rounds, fewest if name in compared else 1))
        for name, held in most.items()
    }


def _compared(claim: Claim) -> Iterator[str]:
    for test in claim.tests():
        for names in test.compared.values() if test.needs_rounds else ():
            yield from names


def _growing(
    study: Study, current: Collection[Verdict], rounds: Mapping[str, int], limit: int
) -> list[str]:
    """Returns the variants whose next round could help to decide an undecided claim.

    If one of two compared variants has more rounds, that is the other one.
    """
    folds = folds_of(study.task)
    held = {variant.name: variant.rounds for variant in study.variants}
    most = {name: min(limit, held.get(name) or limit) // folds * folds for name in rounds}
    growing = set()
    for leaf in (leaf for verdict in current for leaf in verdict.unsettled):
        if isinstance(leaf, Counted) and leaf.rounds is None:
            continue
        fewest = min(rounds[name] for name in leaf.variants)
        lacking = [name for name in leaf.variants if rounds[name] == fewest]
        if all(rounds[name] < most[name] for name in lacking):
            growing |= set(lacking)
    return [name for name in rounds if name in growing]
