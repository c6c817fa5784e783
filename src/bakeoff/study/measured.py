"""What a variant's trials are measured on: which metrics, on which splits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from bakeoff.data.metric import Metric
from bakeoff.errors import unknown
from bakeoff.models.estimator import Estimator
from bakeoff.training.augmentation import Mixup
from bakeoff.training.history import SPLITS

if TYPE_CHECKING:
    from bakeoff.data.task import Task
    from bakeoff.study.published import Quantity
    from bakeoff.study.variant import Variant

CurveSplit: TypeAlias = Literal["train", "validation", "test", "batch"]

LOSS = "loss"


class ObjectiveValue(Metric):
    """The value of the objective, penalties left out, as a metric prints it."""

    bounds = (None, None)

    @property
    def name(self) -> str:
        """``loss``."""
        return LOSS

    def compute(self, predictions: object) -> float:
        """Raises an error: training computes it."""
        raise NotImplementedError("the loss is computed while a network is trained")


def metric_of(task: Task, name: str) -> Metric:
    """Returns the metric of a curve or a quantity; of an empty name, the task's first.

    Raises:
        StudyError: the task measures nothing that is called so.
    """
    return ObjectiveValue() if name == LOSS else task.metric_called(name)


def curve_missing(name: str, split: CurveSplit, variant: Variant, task: Task) -> str:
    """Returns why trials of a variant have no such curve, empty where they have one."""
    if variant.model.trains_itself:
        return f"it has no curves, for {variant.model!r} has no epochs"
    if reason := (
        _unknown(name, task)
        or _split_missing(name, split, variant, task)
        or _not_followed(name, split, variant)
    ):
        return reason
    if name == LOSS:
        return ""
    metric = task.metric_called(name)
    if not (metric.quick or metric == task.metric):
        return (
            f"it has no curve of {metric.name}, which is measured after the last epoch alone; let "
            "it be the first of the task's metrics"
        )
    return metric_missing(metric, variant, task)


def quantity_missing(quantity: Quantity, variant: Variant, task: Task) -> str:
    """Returns why trials of a variant have no such figure, empty where they have one."""
    chosen_on = quantity.selection.removeprefix("best_on_")
    if chosen_on != "final":
        if chosen_on not in task.sizes:
            return f"the epoch cannot be chosen on {chosen_on}, for {_draws(task)}"
        return curve_missing(quantity.metric, quantity.split, variant, task) or next(
            # Means over batches while the weights move are of no epoch's network.
            filter(None, (_not_by_epoch(each, variant) for each in (quantity.split, chosen_on))),
            "",
        )
    if reason := (
        _unknown(quantity.metric, task)
        or _split_missing(quantity.metric, quantity.split, variant, task)
    ):
        return reason
    if not variant.model.trains_itself and quantity.split not in variant.recipe.evaluated_at_end:
        return "its recipe records iterations and leaves the train split out; use 'batch'"
    return metric_missing(metric_of(task, quantity.metric), variant, task)


def metric_missing(metric: Metric, variant: Variant, task: Task) -> str:
    """Returns why a metric cannot be measured of a variant, empty where it can."""
    model = variant.model
    reason = metric.lacking(
        labels={term.target for term in variant.objective.losses()},
        classes=task.labels[task.target][-1] if metric.least_classes > 2 else 2,
        probabilities=(
            model.gives_probabilities
            if isinstance(model, Estimator)
            else variant.decision.gives_probabilities
        ),
    )
    return f"it has no {metric.name}, for {reason}" if reason else ""


def _unknown(name: str, task: Task) -> str:
    names = [metric.name for metric in task.measured]
    if not name or name == LOSS or name in names:
        return ""
    return unknown("metric of the task", name, names).rstrip(".")


def _split_missing(name: str, split: CurveSplit, variant: Variant, task: Task) -> str:
    if split == "batch":
        if variant.recipe.record != "iterations":
            return "it has no curves on 'batch'; they need Recipe(record=\"iterations\")"
        recorded = {"", LOSS, task.metric.name}
        return "" if name in recorded else f"batches have loss and {task.metric.name}, no {name}"
    if split not in task.sizes:
        return f"it has nothing on {split}, for {_draws(task)}"
    return ""


def _not_followed(name: str, split: CurveSplit, variant: Variant) -> str:
    if split != "train":
        return "" if split == "batch" else _not_by_epoch(split, variant)
    mixes = any(isinstance(each, Mixup) for each in variant.recipe.augmentation)
    reason = _not_by_epoch(split, variant) if mixes and name != LOSS else ""
    return reason and f"batches of mixed examples have a loss alone, and {reason}"


def _not_by_epoch(split: str, variant: Variant) -> str:
    recipe = variant.recipe
    if split in recipe.evaluated:
        return ""
    asked = tuple(name for name in SPLITS if name in (*recipe.evaluate, split))
    return f"it is not measured on {split} after each epoch; give its recipe evaluate={asked}"


def _draws(task: Task) -> str:
    return f"the task draws {', '.join(task.sizes)} alone"
