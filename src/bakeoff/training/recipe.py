"""How long and in what portions a variant is trained."""

from __future__ import annotations

from typing import Literal, TypeAlias

from bakeoff.spec import PositiveFloat, PositiveInt, Spec
from bakeoff.training.schedules import Constant, Schedule
from bakeoff.training.stopping import Stopping

Precision: TypeAlias = Literal["float32", "bfloat16"]


class Recipe(Spec):
    """Epochs, batches, rates and kernels, and two habits of code that change what is measured.

    Attributes:
        epochs: passes over the training split; at most so many where it stops early.
        batch: examples per step; the last batch of an epoch may be smaller.
        shuffle: draw a new order in every epoch, the same for all variants of a round.
        train_mode_epochs: after so many epochs the network stays in evaluation mode while it
            trains, as in code that calls ``model.train()`` once: batch norm keeps the statistics
            gathered till then, dropout ends. None, the right way, never.
        evaluate_in_train_mode: measure with dropout on and batch norm on the statistics of the
            batch, as in code that never calls ``model.eval()``.
        fused: on CPUs, batch norm, ReLU and max-pooling that follow each other are one compiled
            operation; False leaves them to torch. Results differ by rounding.
        precision: ``bfloat16`` lets torch's autocast do convolutions and matrix products in it;
            weights, gradients and losses stay float32. It is faster on processors that have it.
        record: ``iterations`` keeps the loss and the error of every training batch, measured on
            it in training mode before its step, as the curves of a split named ``batch``; the
            training split is then not evaluated after each epoch, which would cost as much again
            as a third of its training.
        schedule: what the optimizer's learning rate is multiplied by, step by step, over all
            epochs however many they are: `Cosine`, `OneCycle`, `StepDecay`, `Warmup`.
        clip: the longest that the gradient may be, all parameters and penalties taken together (the
            L2 norm); a longer one is shortened to it before the step. None for any length.
        stopping: when training ends early, by what validation says, and the best weights are
            restored: `Patience`. None for never; the last weights are then the final ones.

    Example:
        >>> from bakeoff import Cosine
        >>> Recipe(epochs=30, batch=64, schedule=Cosine(final=0.01))
        Recipe(epochs=30, batch=64, schedule=Cosine(final=0.01))
    """

    epochs: PositiveInt
    batch: PositiveInt = 100
    shuffle: bool = True
    train_mode_epochs: PositiveInt | None = None
    evaluate_in_train_mode: bool = False
    fused: bool = True
    precision: Precision = "float32"
    record: Literal["epochs", "iterations"] = "epochs"
    schedule: Schedule = Constant()
    clip: PositiveFloat | None = None
    stopping: Stopping | None = None

    def steered(self) -> dict[str, object]:
        """Returns what it asks of every step or epoch beside the optimizer, by field."""
        fields = type(self).model_fields
        given = {name: getattr(self, name) for name in ("schedule", "clip", "stopping")}
        return {name: value for name, value in given.items() if value != fields[name].default}
