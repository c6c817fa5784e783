"""What a folder says of its model: all that turns raw inputs into answers, but the weights."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bakeoff.data.task import Task
from bakeoff.data.transforms import Preprocessing
from bakeoff.models.network import ModelSpec
from bakeoff.spec import NonNegativeInt, PositiveInt, Spec, is_ours
from bakeoff.training.augmentation import Views
from bakeoff.training.decision import Decision
from bakeoff.training.objective import Loss
from bakeoff.training.recipe import Precision

FORMAT = 1
"""Raised when a folder can no longer be read by what reads it now."""


class TableColumn(Spec):
    """A column of a table that is an input.

    Attributes:
        name: its heading.
        categories: the texts that are one input each; none for numbers.
    """

    name: str
    categories: tuple[str, ...] = ()


class Inputs(Spec):
    """What one example is.

    Attributes:
        shape: of an example, ``(channels, rows, columns)`` of an image, say.
        kind: ``bytes`` of images, ``numbers``, or ``ready``: as a task of the user's own makes
            them, which tells nothing of what it was made of.
        images: how many images an example shows, each of one channel.
        ground: whether the training images are dark around their edge, or light; empty for
            neither.
        keeps_sides: whether an image of another shape is padded, and not stretched.
        columns: of a table; none for other inputs.
    """

    shape: tuple[PositiveInt, ...]
    kind: Literal["bytes", "numbers", "ready"]
    images: PositiveInt = 1
    ground: Literal["dark", "light", ""] = ""
    keeps_sides: bool = False
    columns: tuple[TableColumn, ...] = ()

    @property
    def dtype(self) -> Literal["uint8", "float32"]:
        """The type of their numbers."""
        return "uint8" if self.kind == "bytes" else "float32"


class Unit(Spec):
    """How numbers of a target were trained on: less a mean, over a standard deviation."""

    mean: tuple[float, ...]
    sd: tuple[float, ...]


class Origin(Spec):
    """The trial that a model comes from.

    Attributes:
        study: the name of the study.
        variant: the name of the variant.
        round: from 1.
        shortened: how the run differed from the study as declared; empty for not at all.
        key: the trial's.
        seed: the study's.
        task: what it answers, on data by its digest; None for a task of the user's own.
        versions: of what it was trained with.
    """

    study: str
    variant: str
    round: PositiveInt
    shortened: str = ""
    key: str
    seed: NonNegativeInt
    task: Task | None
    versions: tuple[tuple[str, str], ...]


class Description(Spec):
    """Everything about a trained model but its weights.

    Attributes:
        format: of the folder.
        origin: the trial.
        inputs: what an example is.
        preprocessing: what makes of it what the network sees; None for nothing.
        model: the network; None for an estimator, which is its ONNX graph alone.
        code: how the model is written, to be read.
        target: what the only output of a network is called.
        decision: how heads become answers; None for an estimator.
        losses: that say how the heads of members and views are averaged.
        precision: of the network's arithmetic.
        views: whose mean is the answer.
        view_seeds: of the generators of each view but the first.
        train_mode: whether it was measured in training mode, dropout on and batch norm by batch.
        unit: of the numbers answered, where they were scaled.
        classes: the names of what it answers; none for numbers.
        digits_head: the head that is trained on the digits of a pair; empty for none.
        digits: the names of these.
        files: SHA-256 of the folder's other files, by name.
    """

    format: Annotated[int, Field(ge=1, le=FORMAT)] = FORMAT
    origin: Origin
    inputs: Inputs
    preprocessing: Preprocessing | None
    model: ModelSpec | None
    code: str
    target: str
    decision: Decision | None
    losses: tuple[Loss, ...] = ()
    precision: Precision = "float32"
    views: Views | None = None
    view_seeds: tuple[tuple[NonNegativeInt, ...], ...] = ()
    train_mode: bool = False
    unit: Unit | None = None
    classes: tuple[str, ...] = ()
    digits_head: str = ""
    digits: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if self.model is not None and self.decision is None:
            raise ValueError("Description: a network needs a decision")
        return self

    @property
    def is_ours(self) -> bool:
        """Whether the network is made of bakeoff's own classes alone."""
        parts = (self.model, self.decision, self.losses, self.views)
        return self.model is not None and all(map(is_ours, parts))

    @property
    def by_batch(self) -> str:
        """Why its answer to an example depends on the others of a batch; empty if it does not."""
        if self.train_mode:
            return (
                "it is measured in training mode (evaluate_in_train_mode), with dropout and the "
                "statistics of the batch"
            )
        if self.decision is not None and self.decision.reads_batch:
            return f"its decision, {self.decision!r}, reads the examples of a batch together"
        if self.views is not None:
            return f"it answers by the mean of {self.views.number} views, drawn for a whole batch"
        return ""
