"""A report's own figures, declared: what each draws, of which variants, by name."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from pydantic import model_validator

from bakeoff.data.metric import Metric
from bakeoff.data.task import Task
from bakeoff.errors import unknown
from bakeoff.models.network import Network
from bakeoff.spec import PositiveInt, Spec
from bakeoff.study.measured import CurveSplit, curve_missing, quantity_missing
from bakeoff.study.published import Quantity

if TYPE_CHECKING:
    from bakeoff.study.variant import Variant

NAME_LENGTH = 60
"""Characters of a figure's name after ``figure-``."""


class Curve(Spec):
    """A metric on a split along the training: ``Curve("loss", "train")``.

    The metric is named, or given; empty stands for the study's first. The curve has a value for
    each epoch; on the split ``batch``, for recipes that record iterations, a
    value for each batch that was trained on.

    Example:
        >>> Curve("accuracy", "validation")
        Curve('accuracy', 'validation')
    """

    metric: str
    split: CurveSplit

    def __init__(self, metric: str | Metric, split: CurveSplit) -> None:
        name = metric.name if isinstance(metric, Metric) else metric
        Spec.__init__(self, metric=name, split=split)


class FigureSpec(Spec, ABC):
    """One figure of a report.

    Attributes:
        title: as the report numbers and names it: ``"Figure 4: accuracy against lambda"``.
    """

    title: str

    @model_validator(mode="after")
    def _can_be_named(self) -> Self:
        if not _slug(self.title):
            raise ValueError(
                f"{type(self).__name__}.title: given {self.title!r}; it needs a letter or a digit, "
                "for files are named after it"
            )
        return self

    @property
    def name(self) -> str:
        """Its name for files and pages, after the title up to a colon: ``"figure-4"``."""
        return f"figure-{_slug(self.title).removeprefix('figure-')}"

    @property
    @abstractmethod
    def shown(self) -> tuple[str, ...]:
        """The names of the variants that it shows, in its order."""

    @abstractmethod
    def without(self, missing: Collection[str]) -> Self | None:
        """Returns the figure less some variants, None where it has nothing left to show."""

    def problems(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Yields what of a variant the figure cannot show: the figure's field, and why."""
        yield from ()


class _OfVariants(FigureSpec):
    variants: tuple[str, ...]

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if not self.variants:
            raise ValueError(
                f"figure {self.title!r}: variants is empty; name at least one variant of the study"
            )
        _check_once(self, "variants", self.variants)
        return self

    @property
    def shown(self) -> tuple[str, ...]:
        """The variants."""
        return self.variants

    def without(self, missing: Collection[str]) -> Self | None:
        """Returns the figure of the variants that are left."""
        left = tuple(name for name in self.variants if name not in missing)
        return self.replace(variants=left) if left else None


class CurvesFigure(_OfVariants):
    """Learning curves: the mean over rounds, with one standard deviation to each side.

    Several variants have a panel for each curve; of one variant the curves of a unit share one.

    Attributes:
        variants: their names.
        curves: what is followed along the training.
        running_mean: each point of a curve on ``batch`` is the mean of so many iterations, the
            last being its own: the error of a single batch is too noisy to read.
        last_epoch: of curves on ``batch`` show each variant's last epoch alone.

    Example:
        >>> CurvesFigure(title="Figure 1", variants=("wide",), curves=(Curve("loss", "train"),))
        CurvesFigure(title='Figure 1', variants=('wide',), curves=(Curve('loss', 'train'),))
    """

    curves: tuple[Curve, ...]
    running_mean: PositiveInt = 1
    last_epoch: bool = False

    @model_validator(mode="after")
    def _follows_something(self) -> Self:
        if not self.curves:
            raise ValueError(
                f'figure {self.title!r}: curves is empty; give it Curve("loss", "test"), say'
            )
        _check_once(self, "curves", self.curves)
        if all(curve.split != "batch" for curve in self.curves):
            batch_only = {"running_mean": self.running_mean > 1, "last_epoch": self.last_epoch}
            for field, is_set in batch_only.items():
                if is_set:
                    raise ValueError(
                        f"figure {self.title!r}: {field} is for curves on the split 'batch', and "
                        "it has none"
                    )
        return self

    def problems(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yields the curves that the variant's trials do not have."""
        for curve in self.curves:
            if reason := curve_missing(curve.metric, curve.split, variant, task):
                yield "curves", reason


class BoxFigure(_OfVariants):
    """A box for each variant over its rounds, and the rounds as dots.

    Example:
        >>> BoxFigure(title="Figure 2", variants=("linear", "wide"))
        BoxFigure(title='Figure 2', variants=('linear', 'wide'))
    """

    quantity: Quantity = Quantity()

    def problems(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yields why the variant's trials do not have the quantity."""
        if reason := quantity_missing(self.quantity, variant, task):
            yield "quantity", reason


class RoundsFigure(_OfVariants):
    """A point for each variant in each round.

    Example:
        >>> RoundsFigure(title="Figure 3", variants=("linear", "wide"))
        RoundsFigure(title='Figure 3', variants=('linear', 'wide'))
    """

    quantity: Quantity = Quantity()

    def problems(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yields why the variant's trials do not have the quantity."""
        if reason := quantity_missing(self.quantity, variant, task):
            yield "quantity", reason


class FactorFigure(FigureSpec):
    """A quantity against a factor: the mean over rounds with its 95% interval.

    What a variant was published to have of the quantity stands beside it.

    Attributes:
        factor: what the values are of: ``"lambda"``.
        points: value and variant's name, in the order of the values.
        log: whether the axis of the factor is logarithmic.

    Example:
        >>> points = ((0.001, "slow"), (0.01, "fast"))
        >>> FactorFigure(title="Rates", factor="lr", points=points, log=True)
        FactorFigure(title='Rates', factor='lr', points=((0.001, 'slow'), (0.01, 'fast')), log=True)
    """

    factor: str
    points: tuple[tuple[float, str], ...]
    log: bool = False
    quantity: Quantity = Quantity()

    @model_validator(mode="after")
    def _is_a_scale(self) -> Self:
        if not self.points:
            raise ValueError(
                f"figure {self.title!r}: points is empty; give it (value, variant's name) pairs"
            )
        values = [value for value, _ in self.points]
        _check_once(self, "points", [name for _, name in self.points])
        if any(after <= before for before, after in pairwise(values)):
            raise ValueError(f"figure {self.title!r}: points must be in the order of their values")
        if self.log and values[0] <= 0:
            raise ValueError(
                f"figure {self.title!r}: points: {values[0]:g} has no place on a logarithmic axis; "
                "values must be above 0, or log=False"
            )
        return self

    @property
    def shown(self) -> tuple[str, ...]:
        """The variants of the points."""
        return tuple(name for _, name in self.points)

    def without(self, missing: Collection[str]) -> Self | None:
        """Returns the figure of the points that are left."""
        left = tuple(point for point in self.points if point[1] not in missing)
        return self.replace(points=left) if left else None

    def problems(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:
        """Yields why the variant's trials do not have the quantity."""
        if reason := quantity_missing(self.quantity, variant, task):
            yield "quantity", reason


class StructureFigure(_OfVariants):
    """The networks of variants, drawn from their layers.

    Example:
        >>> StructureFigure(title="The networks", variants=("linear", "wide"))
        StructureFigure(title='The networks', variants=('linear', 'wide'))
    """

    def problems(self, variant: Variant, task: Task) -> Iterator[tuple[str, str]]:  # noqa: ARG002
        """Yields that a model of the user's own has no layers to draw."""
        if not isinstance(variant.model, Network):
            kind = type(variant.model).__name__
            yield "variants", f"its model is a {kind}, and only a Network can be drawn"


def check_figures(
    figures: tuple[FigureSpec, ...], variants: tuple[Variant, ...], task: Task
) -> None:
    """Refuses figures of what a study does not have.

    Raises:
        ValueError: the message names the figure and the field.
    """
    known = {variant.name: variant for variant in variants}
    for figure in figures:
        field = "points" if isinstance(figure, FactorFigure) else "variants"
        for name in figure.shown:
            if name not in known:
                raise ValueError(
                    f"figure {figure.title!r}: {field}: {unknown('variant', name, known)}"
                )
            for where, reason in figure.problems(known[name], task):
                raise ValueError(f"figure {figure.title!r}: {where}: variant {name!r}: {reason}")
    twice = [name for name, n in Counter(figure.name for figure in figures).items() if n > 1]
    if twice:
        titles = " and ".join(repr(f.title) for f in figures if f.name == twice[0])
        raise ValueError(
            f"figures: {titles} would both be called {twice[0]}; let what stands before the colon "
            "differ"
        )


def shown_figures(
    figures: tuple[FigureSpec, ...], variants: Collection[str]
) -> tuple[FigureSpec, ...]:
    """Returns what is left of figures when only some of the study's variants are."""
    shortened = (f.without({name for name in f.shown if name not in variants}) for f in figures)
    return tuple(figure for figure in shortened if figure is not None)


def _slug(title: str) -> str:
    words = re.sub(r"[\W_]+", "-", title.partition(":")[0].casefold()).strip("-")
    return words[:NAME_LENGTH].strip("-")


def _check_once(figure: FigureSpec, field: str, items: Collection[object]) -> None:
    twice = [item for item, n in Counter(items).items() if n > 1]
    if twice:
        raise ValueError(f"figure {figure.title!r}: {field} holds {twice[0]!r} twice")
