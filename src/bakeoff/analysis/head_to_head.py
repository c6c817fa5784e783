"""Two variants of a study head to head, in the rounds that they share."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from bakeoff.analysis.answers.agreement import Agreement, Round, agreement
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.paired import Evidence, evidence
from bakeoff.analysis.statistics.power import fewest_rounds, rounds_needed
from bakeoff.analysis.statistics.sample import differences
from bakeoff.analysis.summary import Summary, summary, value_of
from bakeoff.analysis.table import BEST_ON_VALIDATION, FINAL
from bakeoff.analysis.verdicts.paired_figures import paired
from bakeoff.data.metric import Metric
from bakeoff.data.task import Task
from bakeoff.data.truth import TruthOf
from bakeoff.errors import StudyError
from bakeoff.study.published import Quantity
from bakeoff.study.trial import Setup


@dataclass(frozen=True)
class Contender:
    """One of the two.

    Attributes:
        name: the variant's.
        rounds: how many the study trains it for.
        missing: rounds not run yet, from 0.
        diverged: rounds that diverged, from 0.
        parameters: trainable values; None where no trial has run.
        seconds: mean wall time of a trial; None where none has run.
    """

    name: str
    rounds: int
    missing: tuple[int, ...]
    diverged: tuple[int, ...]
    parameters: int | None
    seconds: float | None


@dataclass(frozen=True)
class Duel:
    """The two in one figure, from the rounds in which both have it.

    Attributes:
        quantity: which figure.
        rounds: their numbers, from 0.
        first: the first's figure.
        second: the second's.
        figures: of the first and the second in each round.
        leads: by how much the first is the better in each round.
        evidence: what the leads say of the claim that the first is the better.
        to_settle: with how many rounds a two-sided paired t-test at 5% would tell the two apart
            with a chance of 80%, were the true mean and spread those seen; never fewer than the
            permutation test needs. None where 10,000 would not do, and for fewer than two rounds.
    """

    quantity: Quantity
    rounds: tuple[int, ...]
    first: Summary
    second: Summary
    figures: tuple[tuple[float, float], ...]
    leads: tuple[float, ...]
    evidence: Evidence
    to_settle: int | None


@dataclass(frozen=True)
class HeadToHead:
    """Two variants of a study, in the rounds that they share.

    Attributes:
        study: its name.
        metric: the study's first, which figures are of.
        task: what they were trained for.
        first: the one that leads where a figure is above 0.
        second: the other.
        final: on test, after the last epoch.
        best_on_validation: on test, at the epoch that was best on validation; None where the task
            draws no validation split.
        agreement: who is right on which test examples, after the last epoch.
        same_trials: whether the two are one network, trained alike under two names.
        label: how the run differs from the study as declared, empty where it does not.
        store: where the histories were read from.
    """

    study: str
    metric: Metric
    task: Task
    first: Contender
    second: Contender
    final: Duel
    best_on_validation: Duel | None
    agreement: Agreement
    same_trials: bool = False
    label: str = ""
    store: str = ""

    @property
    def rounds(self) -> int:
        """How many rounds the study trains both for."""
        return min(self.first.rounds, self.second.rounds)

    @property
    def duels(self) -> tuple[Duel, ...]:
        """The figures that there are, the final epoch's first."""
        return tuple(duel for duel in (self.final, self.best_on_validation) if duel is not None)


def head_to_head(results: Results, first: str, second: str, truth: TruthOf) -> HeadToHead:
    """Return two variants head to head, from their histories.

    Rounds that one of them has not run, or in which it diverged, are left out of every figure.

    Args:
        results: of their study, maybe partly run.
        first: a variant's name.
        second: another's.
        truth: gives the right answers to the test examples of a round, from 0.

    Raises:
        StudyError: the study has no such variant, or both are the same.
    """
    study = results.study
    if first == second:
        raise StudyError(
            f"{study.name}: both variants are {first!r}; name two different ones to compare."
        )
    contenders = [_contender(results, study.variant(name).name) for name in (first, second)]
    validated = "validation" in study.task.sizes
    return HeadToHead(
        study=study.name,
        metric=study.metric,
        task=study.task,
        first=contenders[0],
        second=contenders[1],
        final=_duel(results, first, second, FINAL),
        best_on_validation=(
            _duel(results, first, second, BEST_ON_VALIDATION) if validated else None
        ),
        agreement=agreement(_rounds(results, first, second, truth)),
        same_trials=Setup.of(study.variant(first)) == Setup.of(study.variant(second)),
        label=results.label,
        store=results.store,
    )


def _contender(results: Results, name: str) -> Contender:
    places = results.histories[name]
    there = [history for history in places if history is not None]
    return Contender(
        name=name,
        rounds=len(places),
        missing=tuple(n for n, history in enumerate(places) if history is None),
        diverged=tuple(n for n, h in enumerate(places) if h is not None and h.status == "diverged"),
        parameters=there[0].parameters if there else None,
        seconds=fmean(history.seconds for history in there) if there else None,
    )


def _duel(results: Results, first: str, second: str, quantity: Quantity) -> Duel:
    found = paired(
        results, [(name, lambda history: value_of(history, quantity)) for name in (first, second)]
    )
    ours, theirs = ([row[place] for row in found.rows] for place in (0, 1))
    metric = results.study.metric_of(quantity)
    leads = differences(ours, theirs) if metric.sign > 0 else differences(theirs, ours)
    told = evidence(leads)
    return Duel(
        quantity=quantity,
        rounds=found.rounds,
        first=summary(ours),
        second=summary(theirs),
        figures=tuple(zip(ours, theirs, strict=True)),
        leads=tuple(leads.tolist()),
        evidence=told,
        to_settle=_to_settle(told),
    )


def _to_settle(told: Evidence) -> int | None:
    if told.mean is None or told.sd is None:
        return None
    # Equal figures have a spread of floating-point sums alone; `effect` knows.
    needed = rounds_needed(told.mean, 0.0 if told.effect is None else told.sd)
    return None if needed is None else max(needed, fewest_rounds())


def _rounds(results: Results, first: str, second: str, truth: TruthOf) -> list[Round]:
    if results.study.task.kind(results.study.task.target) == "numbers":
        return []  # No number is right or wrong.
    pairs = zip(results.histories[first], results.histories[second], strict=False)
    return [
        Round(number, one, other, truth(number))
        for number, (one, other) in enumerate(pairs)
        if one is not None and other is not None and one.answers and other.answers
    ]
