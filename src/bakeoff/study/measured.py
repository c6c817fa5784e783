"""What a variant's trials are measured on: which metrics, on which splits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from bakeoff.models.network import Network
from bakeoff.training.decision import LargestLogit

if TYPE_CHECKING:
    from bakeoff.data.task import Task
    from bakeoff.study.published import Quantity
    from bakeoff.study.variant import Variant

Metric: TypeAlias = Literal["loss", "error", "digit_error", "top5_error"]
CurveSplit: TypeAlias = Literal["train", "validation", "test", "batch"]

_TOP = 5


def curve_missing(metric: Metric, split: CurveSplit, variant: Variant, task: Task) -> str:
    """Return why trials of a variant have no such curve, empty where they have one."""
    return _split_missing(metric, split, variant, task) or _metric_missing(metric, variant, task)


def quantity_missing(quantity: Quantity, variant: Variant, task: Task) -> str:
    """Return why trials of a variant have no such figure, empty where they have one."""
    chosen_on = quantity.selection.removeprefix("best_on_")
    if chosen_on != "final" and chosen_on not in task.sizes:
        return f"the epoch cannot be chosen on {chosen_on}, for {_draws(task)}"
    return curve_missing(quantity.metric, quantity.split, variant, task)


def _split_missing(metric: Metric, split: CurveSplit, variant: Variant, task: Task) -> str:
    iterations = variant.recipe.record == "iterations"
    if split == "batch":
        if not iterations:
            return "it has no curves on 'batch'; they need Recipe(record=\"iterations\")"
        return "" if metric in {"loss", "error"} else f"batches have loss and error, no {metric}"
    if split not in task.sizes:
        return f"it has nothing on {split}, for {_draws(task)}"
    if split == "train" and iterations:
        return "its recipe records iterations and leaves the train split out; use 'batch'"
    return ""


def _metric_missing(metric: Metric, variant: Variant, task: Task) -> str:
    if metric == "digit_error" and not any(
        term.target == "digits" for term in variant.objective.losses()
    ):
        return "it has no digit_error, for it trains no head on the label 'digits'"
    if metric == "top5_error" and _classes(variant, task) <= _TOP:
        return "it has no top5_error, for it does not decide among more than five classes"
    return ""


def _classes(variant: Variant, task: Task) -> int:
    decision = variant.decision
    if not isinstance(decision, LargestLogit):
        return 0
    heads = variant.model.heads if isinstance(variant.model, Network) else {}
    return heads.get(decision.head, task.labels[task.target])[-1]


def _draws(task: Task) -> str:
    return f"the task draws {', '.join(task.sizes)} alone"
