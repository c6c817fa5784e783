"""Figures as a report printed them, to stand beside those measured."""

from __future__ import annotations

from typing import Literal

from bakeoff.spec import NonNegativeFloat, Spec
from bakeoff.training.history import Selection, SplitName


class Quantity(Spec):
    """One figure of a trial: a metric on a split, at the epoch that a selection names."""

    metric: Literal["error", "digit_error", "top5_error"] = "error"
    split: SplitName = "test"
    selection: Selection = "final"


class Published(Spec):
    """The mean and standard deviation over rounds that a report gives, as a fraction of errors.

    A report that prints accuracies is entered with ``Published.accuracy(0.807, 0.015)``.

    Attributes:
        mean: of the errors.
        sd: of single rounds, None where it is not given.
        of: which figure.
        where: the place in the report, where it prints several figures of one variant.
    """

    mean: NonNegativeFloat
    sd: NonNegativeFloat | None = None
    of: Quantity = Quantity()
    where: str = ""

    @classmethod
    def accuracy(
        cls,
        mean: float,
        sd: float | None = None,
        *,
        of: Quantity | None = None,
        where: str = "",
    ) -> Published:
        """Return the error that an accuracy stands for; both are fractions."""
        return cls(mean=round(1 - mean, 12), sd=sd, of=of or Quantity(), where=where)
