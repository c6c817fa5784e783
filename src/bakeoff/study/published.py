"""Figures as a report printed them, to stand beside those measured."""

from __future__ import annotations

from typing import Any

from pydantic import field_validator

from bakeoff.data.metric import Metric
from bakeoff.spec import NonNegativeFloat, Spec
from bakeoff.training.history import Selection, SplitName


class Quantity(Spec):
    """One figure of a trial: a metric on a split, at the epoch that a selection names.

    Attributes:
        metric: the name of one of the task's metrics, or that metric; empty for the first.
        split: where it is measured.
        selection: of the epoch.

    Example:
        >>> Quantity(metric="accuracy", split="validation", selection="best_on_validation")
        Quantity(metric='accuracy', split='validation', selection='best_on_validation')
    """

    metric: str = ""
    split: SplitName = "test"
    selection: Selection = "final"

    @field_validator("metric", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        return value.name if isinstance(value, Metric) else value


class Published(Spec):
    """The mean and standard deviation over rounds that a report gives.

    Attributes:
        mean: in the metric's own unit: 0.807 for an accuracy of 80.7%.
        sd: of single rounds, None where it is not given.
        of: which figure.
        where: the place in the report, where it prints several figures of one variant.

    Example:
        >>> Published(mean=0.1353, sd=0.014)
        Published(mean=0.1353, sd=0.014)
        >>> Published(mean=0.9, of=Quantity(metric="accuracy"), where="Table 2")
        Published(mean=0.9, of=Quantity(metric='accuracy'), where='Table 2')
    """

    mean: float
    sd: NonNegativeFloat | None = None
    of: Quantity = Quantity()
    where: str = ""
