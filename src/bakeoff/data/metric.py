"""Metrics: how good answers are, as a number that knows its direction, its unit and its print."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias

from bakeoff.spec import Spec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Direction: TypeAlias = Literal["lower", "higher"]
"""Which values are better."""

LabelKind: TypeAlias = Literal["classes", "numbers"]

MINUS = "\N{MINUS SIGN}"

_ABSURD = 1e12
"""From here on a value is printed as a power of ten: ``"6.7e35"``."""

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True, eq=False)
class Predictions:
    """What a model answers to the examples of a split, and what is right.

    Attributes:
        answers: int64 classes ``(N,)``, or numbers in the target's own unit, ``(N,)`` or
            ``(N, outputs)``.
        target: the right answers, of the same shape and unit.
        scores: ``(N, classes)``, larger for likelier classes: logits, say; None where the answer
            is no choice among classes, or the model has none.
        probabilities: ``(N, classes)``, adding up to 1; None likewise, and where no metric of the
            study needs them.
        outputs: the heads that are trained on other labels than the target, by the label's name.
        labels: those labels.

    Example:
        >>> import numpy
        >>> given = Predictions(answers=numpy.array([0, 1, 1]), target=numpy.array([0, 1, 0]))
        >>> round(Accuracy().compute(given), 3)
        0.667
    """

    answers: NDArray[np.generic]
    target: NDArray[np.generic]
    scores: NDArray[np.floating] | None = None
    probabilities: NDArray[np.floating] | None = None
    outputs: Mapping[str, NDArray[np.floating]] = field(default_factory=dict)
    labels: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)


class Metric(Spec, ABC):
    """One number that says how good answers are. Subclass it with `compute`.

    Tables, claims, searches, best epochs and figures ask the metric for everything that they need
    to know of its values.

    Class attributes:
        direction: whether ``lower`` or ``higher`` values are better.
        unit: what values are printed with; ``%`` for fractions that are printed in percent.
        bounds: the least and the greatest value that there can be, None for no bound.
        kind: the labels that it is for, ``classes`` or ``numbers``; None for both.
        needs: what of `Predictions` it reads beside the answers: ``scores`` or ``probabilities``.
        title: what a reader calls it; empty for its name in words.
        label: the label of a further head that it reads, empty for none.
        quick: whether it costs next to nothing, and is measured after every epoch. Others are
            measured once, after the last, but for a study's first metric.

    Example:
        >>> class Misses(Metric):
        ...     '''How many answers are wrong.'''
        ...     kind = "classes"
        ...     def compute(self, predictions):
        ...         return float((predictions.answers != predictions.target).sum())
        >>> Misses().name, Misses().direction, Misses().printed(3.0)
        ('misses', 'lower', '3.000')
    """

    direction: ClassVar[Direction] = "lower"
    unit: ClassVar[str] = ""
    bounds: ClassVar[tuple[float | None, float | None]] = (None, None)
    kind: ClassVar[LabelKind | None] = None
    needs: ClassVar[Literal["scores", "probabilities"] | None] = None
    title: ClassVar[str] = ""
    label: ClassVar[str] = ""
    quick: ClassVar[bool] = False

    @abstractmethod
    def compute(self, predictions: Predictions) -> float:
        """Returns the value of a split's predictions; NaN where there is none."""

    def chance(self, truth: NDArray[np.generic]) -> float | None:  # noqa: ARG002
        """Returns the best value on a split that still counts as near chance.

        It is what a constant answer gets, moved to the better side by 1.96 standard errors. None,
        which is the default, where chance has no meaning, or so few examples tell nothing.

        Args:
            truth: the right answers, those that `compute` sees: `Predictions.target`, or for a
                metric with a `label`, `Predictions.labels` of that name.
        """
        return None

    @property
    def name(self) -> str:
        """What files and quantities call it: ``"macro_f1"``."""
        return _CAPITAL.sub("_", type(self).__name__).lower()

    @property
    def words(self) -> str:
        """What a reader calls it: ``"macro f1"``."""
        return self.title or self.name.replace("_", " ")

    @property
    def least_classes(self) -> int:
        """Among how many classes a model must choose for the metric to say something."""
        return 2

    @property
    def scale(self) -> float:
        """What values are multiplied by when they are printed."""
        return 100.0 if self.unit == "%" else 1.0

    @property
    def sign(self) -> int:
        """1 where higher values are better, -1 where lower ones are."""
        return 1 if self.direction == "higher" else -1

    @property
    def worst(self) -> float | None:
        """The worst value that there can be, None where there is no bound."""
        return self.bounds[0 if self.direction == "higher" else 1]

    def lacking(self, *, labels: Collection[str], classes: int, probabilities: bool) -> str:
        """Returns what a model lacks for the metric to measure it; empty for nothing.

        Args:
            labels: those that it has a head for.
            classes: among how many it chooses.
            probabilities: whether it gives that of each class.
        """
        if self.label and self.label not in labels:
            return f"it trains no head on the label {self.label!r}"
        if classes < self.least_classes and self.kind == "classes":
            return f"it does not decide among {self.least_classes} classes or more"
        if self.needs and not probabilities:
            return "it gives no probabilities"
        return ""

    def gain(self, first: float, second: float) -> float:
        """Returns by how much the first value is better than the second."""
        return first - second if self.direction == "higher" else second - first

    def best(self, values: Sequence[float]) -> int:
        """Returns the position of the best value, the earliest of several."""
        return values.index((max if self.direction == "higher" else min)(values))

    def within(self, value: float) -> float:
        """Returns the nearest value that there can be."""
        least, most = self.bounds
        value = value if least is None else max(value, least)
        return value if most is None else min(value, most)

    def printed(self, value: float, *, decimals: int | None = None) -> str:
        """Returns a value as text, without its unit: ``"13.53"`` for an error of 0.1353."""
        return _number(self.scale * value, self.decimals(value) if decimals is None else decimals)

    def printed_difference(self, value: float, *, decimals: int | None = None) -> str:
        """Returns a difference of two values as text, signed: ``"+0.42"``."""
        text = self.printed(value, decimals=decimals)
        return text if text.startswith(MINUS) or not text.strip("0.,") else f"+{text}"

    def decimals(self, value: float) -> int:
        """Returns with how many decimals a value is printed."""
        if self.unit == "%":
            return 2
        if self.bounds[1] is not None:
            return 4
        size = abs(self.scale * value)
        # Four digits that say something.
        return max(0, 3 - math.floor(math.log10(size))) if size and math.isfinite(size) else 3


def _number(value: float, decimals: int) -> str:
    if math.isinf(value):
        return f"{MINUS if value < 0 else ''}\N{INFINITY}"
    if abs(value) >= _ABSURD:
        return f"{value:.1e}".replace("e+", "e").replace("-", MINUS)
    text = f"{value:,.{decimals}f}"
    # "-0.00" says that a value has a sign that its digits do not show.
    return text.lstrip("-") if not float(text.replace(",", "")) else text.replace("-", MINUS)
