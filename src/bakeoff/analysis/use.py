"""What it costs to use each variant's model, as far as it is counted or measured."""

from __future__ import annotations

from dataclasses import dataclass

from bakeoff.analysis.results import Results
from bakeoff.inference.use_cost import UseCost
from bakeoff.models.network import ModelSpec
from bakeoff.study.variant import Variant


@dataclass(frozen=True)
class UseRow:
    """What it costs to use a variant's model; a number that is not known is None.

    Attributes:
        variant: its name.
        multiply_adds: for the answer to one example, of all members and views.
        weight_bytes: of parameters and buffers.
        disk_bytes: of the file that holds them.
        activation_bytes: of the largest tensor of one example.
        seconds: to the answer to one example.
        batch_seconds: to the answers to `bakeoff.inference.use_cost.BATCH` examples at once.
    """

    variant: str
    multiply_adds: int | None
    weight_bytes: int | None
    disk_bytes: int | None
    activation_bytes: int | None
    seconds: float | None
    batch_seconds: float | None


@dataclass(frozen=True)
class UseTable:
    """The costs of use of a study's variants, in order.

    Attributes:
        rows: one for each variant.
        processor: that times were measured on; empty for none.
        torch: its version there.
    """

    rows: tuple[UseRow, ...]
    processor: str = ""
    torch: str = ""

    @property
    def fastest(self) -> float | None:
        """The least time for one example; None without any."""
        return min((r.seconds for r in self.rows if r.seconds is not None), default=None)

    @property
    def fastest_batch(self) -> float | None:
        """The least time for a batch; None without any."""
        known = (r.batch_seconds for r in self.rows if r.batch_seconds is not None)
        return min(known, default=None)

    def row(self, variant: str) -> UseRow:
        """Returns the row of a variant."""
        return next(row for row in self.rows if row.variant == variant)


def use_table(results: Results) -> UseTable:
    """Returns the costs of use of a study's variants.

    Bytes are those of the built network, or counted from its layers where it was not measured.
    """
    use = results.use
    costs = {} if use is None else use.costs
    rows = tuple(_row(each, costs.get(each.name)) for each in results.study.variants)
    return UseTable(rows) if use is None else UseTable(rows, use.processor, use.torch)


def _row(variant: Variant, cost: UseCost | None) -> UseRow:
    forward, weights, activation = _counted(variant.model)
    views = variant.recipe.views
    return UseRow(
        variant=variant.name,
        multiply_adds=forward and forward * (views.number if views else 1),
        weight_bytes=cost.weight_bytes if cost else weights,
        disk_bytes=cost.disk_bytes if cost else None,
        activation_bytes=cost.activation_bytes if cost else activation,
        seconds=cost.seconds if cost else None,
        batch_seconds=cost.batch_seconds if cost else None,
    )


def _counted(model: ModelSpec) -> tuple[int | None, int | None, int | None]:
    try:
        return model.multiply_adds(), model.weight_bytes(), model.activation_bytes()
    except Exception:
        # If a user's own count fails, reports leave it out.
        return None, None, None
