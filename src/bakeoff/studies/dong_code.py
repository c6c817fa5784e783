"""What the public code of Dong, Huang & Xia does beyond their report, one step after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bakeoff import Decision, Head, Network, Recipe, ReLU, Rescale, Variant
from bakeoff.spec import PositiveInt
from bakeoff.studies.dong import baseline
from bakeoff.studies.dong import study as dong

if TYPE_CHECKING:
    from torch import Tensor


class LargestShare(Decision):
    """The class with the larger share of a batch: softmax over the examples, not over the classes.

    Attributes:
        batch: how many examples, in their order, share the softmax.
    """

    reads_batch = True

    batch: PositiveInt = 50

    def answer(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns the position of the largest share."""
        return self.scores(heads).argmax(dim=-1)

    def scores(self, heads: Mapping[str, Tensor]) -> Tensor:
        """Returns each value's share of its batch, of each class by itself."""
        import torch

        batches = torch.split(heads[self.reads].float(), self.batch)
        return torch.cat([each.softmax(dim=0) for each in batches])


PIXELS = Rescale(255)
ends_in_relu = Network(*baseline.layers[:-1], ReLU(), Head("comparison"))


def tested_in_training_mode(variant: Variant) -> Variant:
    """Returns the variant measured as in the authors' code, with the same training."""
    return variant.replace(
        name=f"{variant.name}, tested in training mode",
        recipe=variant.recipe.replace(evaluate_in_train_mode=True),
        published=(),
        note="As in the authors' public code, dropout stays on when errors are measured, and batch "
        "normalisation takes the statistics of the measured batch.",
    )


def as_in_code(variant: Variant, *, batch: int, decision: Decision | None = None) -> Variant:
    """Returns the variant as the authors' public code trains and measures it."""
    assert isinstance(variant.model, Network)
    return tested_in_training_mode(variant).replace(
        name=f"{variant.name}, as in the code",
        model=Network(PIXELS, *variant.model.layers),
        recipe=Recipe(epochs=25, batch=batch, shuffle=False, evaluate_in_train_mode=True),
        decision=decision or variant.decision,
        published=variant.published,
        note="",
    )


report_baseline, report_cnn, report_auxiliary = dong.variants

# From the Baseline as it should be to the authors' code, one step after the other.
tested = tested_in_training_mode(report_baseline)
with_relu = tested.replace(name="Baseline, and a ReLU at its end", model=ends_in_relu, note="")
in_order = with_relu.replace(
    name="Baseline, and batches of 50 in fixed order",
    recipe=tested.recipe.replace(batch=50, shuffle=False),
)
on_pixels = in_order.replace(
    name="Baseline, and pixels from 0 to 255", model=Network(PIXELS, *ends_in_relu.layers)
)
baseline_in_code = on_pixels.replace(
    name="Baseline, as in the code",
    decision=LargestShare("comparison"),
    published=report_baseline.published,
    note="The last step: the answer is the larger of two values that a softmax normalised over the "
    "50 examples of the batch.",
)

ladder = (tested, with_relu, in_order, on_pixels, baseline_in_code)
others = (
    tested_in_training_mode(report_cnn),
    as_in_code(report_cnn, batch=50, decision=LargestShare("comparison")),
    tested_in_training_mode(report_auxiliary),
    as_in_code(report_auxiliary, batch=25),
)

study = dong.replace(
    name="dong-code",
    title="What the code of Dong, Huang and Xia does beyond their report, step by step",
    variants=(
        report_baseline.replace(published=(), note="As it should be: the first step."),
        *ladder,
        *(each.replace(rounds=5, published=(), note="") for each in (report_cnn, report_auxiliary)),
        *(each.replace(rounds=5) for each in others),
    ),
    assumptions=(
        "The networks, penalties, rates and data are those of the study dong. The steps are read "
        "from the authors' public code.",
        "But for the Baseline, CNN and CNN + auxiliary loss as they should be, errors are measured "
        "in training mode: dropout stays on, and batch normalisation takes the statistics of the "
        "measured batch.",
    ),
    figures=(),
    claims=(),
)
