"""The comparison table as data: what was published, what was measured, and the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import Summary, summarise
from bakeoff.models.network import Network
from bakeoff.study.published import Published, Quantity
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

Measure: TypeAlias = Literal["error", "accuracy"]

FINAL = Quantity()
BEST_ON_VALIDATION = Quantity(selection="best_on_validation")
BEST_ON_TEST = Quantity(selection="best_on_test")
TRAIN = Quantity(split="train")
DIGITS = Quantity(metric="digit_error")


@dataclass(frozen=True)
class Comparison:
    """One figure, published and measured, as fractions of the table's measure.

    Attributes:
        quantity: which figure.
        published_mean: None where nothing was published.
        published_sd: None where it was not given.
        measured: the same figure over the trials that have run.
        where: the place in the report that prints it, where it prints several.
    """

    quantity: Quantity
    published_mean: float | None
    published_sd: float | None
    measured: Summary
    where: str = ""

    @property
    def difference(self) -> float | None:
        """Measured minus published, as a fraction; None where either is missing."""
        if self.published_mean is None or self.measured.mean is None:
            return None
        return self.measured.mean - self.published_mean


@dataclass(frozen=True)
class Row:
    """A variant's line; figures are fractions of the table's measure.

    Attributes:
        variant: its name.
        note: its author's remark, maybe empty.
        main: the figure the row is about: the first published of the test split, else the
            first published. A variant of which nothing is published is read as the others are.
        others: whatever else was published, beside its measurement.
        final: on test, after the last epoch.
        best_on_validation: on test, at the epoch that was best on validation.
        best_on_test: on test, at the epoch that was best on test.
        train: on train, after the last epoch.
        digits: single digits on test, after the last epoch; `n` is 0 without a digit head.
        parameters: trainable values; None where no trial has run and it cannot be counted.
        seconds: mean wall time of a trial; None where none has run.
        epochs: passes over the training split.
        rounds: rounds that the study needs.
        answered: rounds that have run, diverged ones included.
        diverged: rounds that diverged.
    """

    variant: str
    note: str
    main: Comparison
    others: tuple[Comparison, ...]
    final: Summary
    best_on_validation: Summary
    best_on_test: Summary
    train: Summary
    digits: Summary
    parameters: int | None
    seconds: float | None
    epochs: int
    rounds: int
    answered: int
    diverged: int

    @property
    def missing(self) -> int:
        """Rounds that have not run."""
        return self.rounds - self.answered


@dataclass(frozen=True)
class Table:
    """A study's rows, in the order declared.

    Attributes:
        measure: what all figures are fractions of.
        rows: one for each variant.
    """

    measure: Measure
    rows: tuple[Row, ...]

    @property
    def has_published(self) -> bool:
        """Whether any row has something to stand beside."""
        return any(row.main.published_mean is not None for row in self.rows)

    @property
    def quantity(self) -> Quantity | None:
        """The figure that all rows are about, None where they are about several."""
        found = {row.main.quantity for row in self.rows}
        return found.pop() if len(found) == 1 else None

    @property
    def has_digits(self) -> bool:
        """Whether any row was measured on single digits."""
        return any(row.digits.n for row in self.rows)


def comparison_table(results: Results, *, measure: Measure | None = None) -> Table:
    """Return the table, by default in the measure that the study's report speaks of."""
    chosen = measure or results.study.measure
    default = _default_quantity(results.study)
    rows = (_row(v, results.of(v), chosen, default) for v in results.study.variants)
    return Table(measure=chosen, rows=tuple(rows))


def main_published(variant: Variant) -> Published | None:
    """Return the published figure that a variant's row is about, None where there is none."""
    on_test = [published for published in variant.published if published.of.split == "test"]
    return next(iter((*on_test, *variant.published)), None)


def _default_quantity(study: Study) -> Quantity:
    mains = {main.of for v in study.variants if (main := main_published(v)) is not None}
    return mains.pop() if len(mains) == 1 else FINAL


def _row(
    variant: Variant, histories: Sequence[History | None], measure: Measure, default: Quantity
) -> Row:
    there = [history for history in histories if history is not None]
    chosen = main_published(variant)
    main = Comparison(default, None, None, _measured(there, default, measure))
    others = (p for p in variant.published if p is not chosen)
    return Row(
        variant=variant.name,
        note=variant.note,
        main=main if chosen is None else _comparison(chosen, there, measure),
        others=tuple(_comparison(published, there, measure) for published in others),
        final=_measured(there, FINAL, measure),
        best_on_validation=_measured(there, BEST_ON_VALIDATION, measure),
        best_on_test=_measured(there, BEST_ON_TEST, measure),
        train=_measured(there, TRAIN, measure),
        digits=_measured(there, DIGITS, measure),
        parameters=_parameters(variant, there),
        seconds=sum(h.seconds for h in there) / len(there) if there else None,
        epochs=variant.recipe.epochs,
        rounds=len(histories),
        answered=len(there),
        diverged=sum(h.status == "diverged" for h in there),
    )


def _comparison(published: Published, there: list[History], measure: Measure) -> Comparison:
    mean = published.mean if measure == "error" else round(1 - published.mean, 12)
    measured = _measured(there, published.of, measure)
    return Comparison(published.of, mean, published.sd, measured, published.where)


def _measured(there: list[History], quantity: Quantity, measure: Measure) -> Summary:
    found = summarise(there, quantity)
    return found if measure == "error" else found.complement()


def _parameters(variant: Variant, there: list[History]) -> int | None:
    if there:
        return there[0].parameters
    return variant.model.parameters() if isinstance(variant.model, Network) else None
