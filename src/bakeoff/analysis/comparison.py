"""The comparison table as data: published figures, measured figures, and differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import Summary, summarise
from bakeoff.data.metric import Metric
from bakeoff.data.tasks import folds_of
from bakeoff.models.network import Network
from bakeoff.study.measured import metric_missing
from bakeoff.study.published import Published, Quantity
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

FINAL = Quantity()
BEST_ON_VALIDATION = Quantity(selection="best_on_validation")
BEST_ON_TEST = Quantity(selection="best_on_test")
TRAIN = Quantity(split="train")


@dataclass(frozen=True)
class Comparison:
    """One figure, published and measured, in its metric's unit.

    Attributes:
        quantity: which figure.
        metric: its metric.
        published_mean: None if nothing was published.
        published_sd: None if it was not given.
        measured: the same figure over the trials that have run.
        where: the place in the report that prints it, if it prints several.
    """

    quantity: Quantity
    metric: Metric
    published_mean: float | None
    published_sd: float | None
    measured: Summary
    where: str = ""

    @property
    def difference(self) -> float | None:
        """Measured minus published; None if either is missing."""
        if self.published_mean is None or self.measured.mean is None:
            return None
        return self.measured.mean - self.published_mean


@dataclass(frozen=True)
class VariantRow:
    """A variant's line; figures are in their metric's unit.

    Attributes:
        variant: its name.
        note: its author's remark, maybe empty.
        main: the figure of the row: the first published one of the test split, else the first
            published. A variant without published figures has the figure of the others.
        others: the other published figures, beside their measurements.
        final: on test, after the last epoch.
        best_on_validation: on test, at the epoch that was best on validation.
        best_on_test: on test, at the epoch that was best on test.
        train: on train, after the last epoch.
        further: the table's further metrics on test, after the last epoch; `n` is 0 where there
            is no such figure.
        parameters: trainable values; None if no trial has run and it cannot be counted.
        seconds: mean wall time of a trial; None if none has run.
        epochs: passes over the training split; None for a model that has none.
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
    further: tuple[Summary, ...]
    parameters: int | None
    seconds: float | None
    epochs: int | None
    rounds: int
    answered: int
    diverged: int

    @property
    def missing(self) -> int:
        """Rounds that have not run."""
        return self.rounds - self.answered


@dataclass(frozen=True)
class ComparisonTable:
    """A study's rows, in the order declared.

    Attributes:
        metric: the study's first metric; a figure's quantity may name another.
        further: the study's other metrics that any variant can have, in order.
        rows: one for each variant.
        folds: rounds that make one draw, whose figures are averaged to one.
    """

    metric: Metric
    further: tuple[Metric, ...]
    rows: tuple[VariantRow, ...]
    folds: int = 1

    @property
    def figures(self) -> dict[str, Quantity]:
        """The figures of every variant and trial, by their names in files."""
        first = self.metric.name
        return {
            f"test_{first}_final": FINAL,
            f"test_{first}_best_on_validation": BEST_ON_VALIDATION,
            f"test_{first}_best_on_test": BEST_ON_TEST,
            f"train_{first}_final": TRAIN,
            **{f"test_{m.name}_final": Quantity(metric=m.name) for m in self.further},
        }

    def summaries(self, row: VariantRow) -> dict[str, Summary]:
        """Returns a row's figures by the same names."""
        each = (row.final, row.best_on_validation, row.best_on_test, row.train, *row.further)
        return dict(zip(self.figures, each, strict=True))

    @property
    def has_published(self) -> bool:
        """Whether any row has something to stand beside."""
        return any(row.main.published_mean is not None for row in self.rows)

    @property
    def quantity(self) -> Quantity | None:
        """The figure of all rows, None if rows have several."""
        quantities = {row.main.quantity for row in self.rows}
        return quantities.pop() if len(quantities) == 1 else None


def comparison_table(results: Results) -> ComparisonTable:
    """Returns the table of a study's results."""
    study, default = results.study, _default_quantity(results.study)
    further = tuple(
        metric
        for metric in study.task.measured[1:]
        if not all(metric_missing(metric, variant, study.task) for variant in study.variants)
    )
    rows = (_row(study, v, results.of(v), default, further) for v in study.variants)
    return ComparisonTable(study.metric, further, tuple(rows), folds_of(study.task))


def main_published(variant: Variant) -> Published | None:
    """Returns the published figure that a variant's row is about, None if there is none."""
    on_test = [published for published in variant.published if published.of.split == "test"]
    return next(iter((*on_test, *variant.published)), None)


def _default_quantity(study: Study) -> Quantity:
    mains = {main.of for v in study.variants if (main := main_published(v)) is not None}
    return mains.pop() if len(mains) == 1 else FINAL


def _row(
    study: Study,
    variant: Variant,
    histories: Sequence[History | None],
    default: Quantity,
    further: Sequence[Metric],
) -> VariantRow:
    ran = [history for history in histories if history is not None]
    chosen = main_published(variant)
    measured = partial(summarise, histories, folds=folds_of(study.task))
    main = Comparison(default, study.metric_of(default), None, None, measured(default))
    others = (p for p in variant.published if p is not chosen)
    return VariantRow(
        variant=variant.name,
        note=variant.note,
        main=main if chosen is None else _comparison(study, chosen, measured(chosen.of)),
        others=tuple(_comparison(study, published, measured(published.of)) for published in others),
        final=measured(FINAL),
        best_on_validation=measured(BEST_ON_VALIDATION),
        best_on_test=measured(BEST_ON_TEST),
        train=measured(TRAIN),
        further=tuple(measured(Quantity(metric=metric.name)) for metric in further),
        parameters=_parameters(variant, ran),
        seconds=sum(h.seconds for h in ran) / len(ran) if ran else None,
        epochs=None if variant.model.trains_itself else variant.recipe.all_epochs,
        rounds=len(histories),
        answered=len(ran),
        diverged=sum(h.status == "diverged" for h in ran),
    )


def _comparison(study: Study, published: Published, measured: Summary) -> Comparison:
    return Comparison(
        quantity=published.of,
        metric=study.metric_of(published.of),
        published_mean=published.mean,
        published_sd=published.sd,
        measured=measured,
        where=published.where,
    )


def _parameters(variant: Variant, ran: list[History]) -> int | None:
    if ran:
        return ran[0].parameters
    return variant.model.parameters() if isinstance(variant.model, Network) else None
