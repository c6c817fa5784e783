"""The results of a study so far: every trial's history, in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TypeAlias

from bakeoff.analysis.search_results import SearchResults
from bakeoff.inference.use_cost import MeasuredUse
from bakeoff.study.search import Search
from bakeoff.study.study import Overrides, Study, names
from bakeoff.study.variant import Variant
from bakeoff.training.finding import Finding
from bakeoff.training.history import History

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class FailedTrial:
    """A trial without an answer whose last attempt failed.

    Attributes:
        variant: its name.
        round: from 0.
        message: the error of the last attempt.
    """

    variant: str
    round: int
    message: str


Quantum: TypeAlias = Literal["round", "epoch", "variant", "training example", "search candidate"]


@dataclass(frozen=True)
class Deviation:
    """A number in which a run differs from its study's declaration.

    Attributes:
        what: what is counted.
        now: the number in this run.
        low: the least number declared, of several variants.
        high: the greatest.
    """

    what: Quantum
    now: int
    low: int
    high: int


@dataclass(frozen=True, repr=False)
class Results:
    """A study with the histories of its trials; those not run yet are None.

    Attributes:
        study: as run, maybe shortened, and with what its searches proposed and chose.
        declared: as its author wrote it.
        overrides: the requested changes.
        histories: by variant's name, one place for each round, in order.
        environments: each machine and set of versions that ran some trial, as names and values.
        store: where the histories were read from, for the reader to see.
        finished: when the newest trial ended, None if unknown.
        searches: the study's searches with their results so far, in order.
        data: the digest of the data on which the trials ran, empty if unknown.
        failures: trials of the variants that were tried, and failed.
        doubts: the warnings of the check before training.
        use: what it costs to use the variants' models, by their names, as far as it was measured;
            None for not at all.
        shown: by claim's id, the number of rounds at which a verdict on it was first shown; below
            0 if they were too few to decide any claim, and 0 if the verdict holds after any number.

    Raises:
        ValueError: `histories` does not hold one place per variant and round.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> results
        <Results irises: 2 variants, 12 of 12 trials>
        >>> len(results.of(study.variant("linear")))
        6
        >>> results.to_frame()["metric"].unique().tolist()
        ['error']
    """

    study: Study
    declared: Study
    overrides: Overrides
    histories: Mapping[str, tuple[History | None, ...]]
    environments: tuple[Mapping[str, object], ...] = ()
    store: str = ""
    finished: datetime | None = None
    searches: tuple[SearchResults, ...] = ()
    data: str = ""
    failures: tuple[FailedTrial, ...] = ()
    doubts: tuple[Finding, ...] = ()
    use: MeasuredUse | None = None
    shown: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rounds = {name: len(histories) for name, histories in self.histories.items()}
        needed = {v.name: self.study.rounds_of(v) for v in self.study.variants}
        if rounds != needed:
            raise ValueError(f"histories have {rounds} rounds by variant; the study needs {needed}")

    def __repr__(self) -> str:
        variants, expected = len(self.study.variants), self.expected
        return (
            f"<Results {self.study.name}: {variants} variant{'s' * (variants != 1)}, "
            f"{self.answered} of {expected} trial{'s' * (expected != 1)}>"
        )

    def __str__(self) -> str:
        """Returns the tables and verdicts that the command prints."""
        # The text is made by a higher layer, which is imported only here.
        return str(import_module("bakeoff.reporting.write").as_text(self))

    def _repr_html_(self) -> str:
        """Returns the HTML that a notebook shows."""
        return str(import_module("bakeoff.reporting.write").as_notebook(self))

    def to_frame(self) -> pd.DataFrame:
        """Returns a pandas DataFrame of every trial's figures, the lines of the CSV report.

        A line for each trial, metric, split and selection, with the variant's fields.
        """
        frame: pd.DataFrame = import_module("bakeoff.reporting.writers.csv").as_frame(self)
        return frame

    def of(self, variant: Variant) -> tuple[History | None, ...]:
        """Returns a variant's histories by round."""
        return self.histories[variant.name]

    def places(self) -> Iterator[tuple[Variant, int, History | None]]:
        """Yields every variant, round (from 0) and history, variant by variant."""
        for variant in self.study.variants:
            for number, history in enumerate(self.of(variant)):
                yield variant, number, history

    def answered_histories(self) -> list[History]:
        """Returns the variants' histories that there are, diverged ones included."""
        return [history for _, _, history in self.places() if history is not None]

    def all_histories(self) -> list[History]:
        """Returns the histories of variants and of searches' candidates."""
        tried = [history for search in self.searches for history in search.histories()]
        return [*self.answered_histories(), *tried]

    @property
    def expected(self) -> int:
        """The number of trials that the study's variants need; searches count their own."""
        return sum(map(len, self.histories.values()))

    @property
    def answered(self) -> int:
        """The number of the variants' trials that have run, diverged ones included."""
        return len(self.answered_histories())

    @property
    def missing(self) -> int:
        """The number of the variants' trials that have no answer, failed ones included."""
        return self.expected - self.answered

    @property
    def diverged(self) -> int:
        """The number of trials whose loss stopped being finite."""
        return sum(history.status == "diverged" for history in self.answered_histories())

    @property
    def seconds(self) -> float:
        """The sum of all trials' wall times, in seconds: work done, not time waited."""
        return sum(history.seconds for history in self.all_histories())

    @property
    def is_shortened(self) -> bool:
        """Whether the run asks for less than the study declares: rounds, epochs or variants.

        A run until claims are decided is not less, for it has as many rounds as they needed.
        """
        if self.overrides.each:
            return False
        run, whole = self.study, self.declared
        variants = _common(run, whole)
        return (
            run.rounds < whole.rounds
            or len(variants) < len(whole.variants)
            or any(now < before for now, before in _epochs(variants, whole))
            or run.task != whole.task
            or any(now.number < before.number for now, before in _searches(run, whole))
        )

    @property
    def label(self) -> str:
        """How the run differs from the study as declared, empty if it does not."""
        return str(import_module("bakeoff.reporting.text.notes").run_label(self))


def deviations(study: Study, declared: Study) -> tuple[Deviation, ...]:
    """Returns how a study as run differs from its declaration; empty if it does not."""
    changes = []
    variants = _common(study, declared)
    if study.rounds != declared.rounds:
        changes.append(Deviation("round", study.rounds, declared.rounds, declared.rounds))
    changed = sorted(pair for pair in _epochs(variants, declared) if pair[0] != pair[1])
    if changed:
        before = [epochs for _, epochs in changed]
        changes.append(Deviation("epoch", changed[0][0], min(before), max(before)))
    pairs: list[tuple[Quantum, int, int]] = [
        ("variant", len(variants), len(declared.variants)),
        ("training example", study.task.sizes["train"], declared.task.sizes["train"]),
    ]
    tried = [(now.number, before.number) for now, before in _searches(study, declared)]
    pairs.append(("search candidate", sum(now for now, _ in tried), sum(was for _, was in tried)))
    changes += [Deviation(what, now, was, was) for what, now, was in pairs if now != was]
    return tuple(changes)


def _common(study: Study, declared: Study) -> list[Variant]:
    """Returns the study's variants without those that searches added."""
    known = set(names(declared.variants))
    return [variant for variant in study.variants if variant.name in known]


def _epochs(variants: list[Variant], declared: Study) -> set[tuple[int, int]]:
    """Returns the distinct pairs of epochs, as run and as declared."""
    return {
        (v.recipe.all_epochs, declared.variant(v.name).recipe.all_epochs)
        for v in variants
        if not v.model.trains_itself
    }


def _searches(study: Study, declared: Study) -> list[tuple[Search, Search]]:
    whole = {search.name: search for search in declared.searches}
    return [(search, whole[search.name]) for search in study.searches]
