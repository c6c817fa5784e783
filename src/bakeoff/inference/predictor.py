"""A trained network as a module: raw inputs go in, answers come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Generator, Tensor, nn

from bakeoff.errors import DataError, ModelError
from bakeoff.inference.description import Description
from bakeoff.inference.files import Refused, rows_of
from bakeoff.models.modules import lay_out, members
from bakeoff.training.augmentation import Batch, augmented
from bakeoff.training.evaluate import averaged, forward
from bakeoff.training.loop import EVALUATION_BATCH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    from bakeoff.data.transforms import Preprocessing


@dataclass(frozen=True)
class Agreement:
    """How far the answers of two models to the same examples agree.

    Attributes:
        examples: how many there are.
        different: how many have another answer.
        largest: the largest difference of a probability, or of a number as a share of their spread.
    """

    examples: int
    different: int
    largest: float

    @property
    def is_close(self) -> bool:
        """Whether they are the same but for rounding."""
        return self.largest <= 1e-3 and self.different <= self.examples // 500


@dataclass(frozen=True)
class Answers:
    """What a model answers to N examples.

    Attributes:
        labels: the names of the classes, or the numbers as text.
        answers: int64 classes ``(N,)``, or float32 numbers, ``(N,)`` or ``(N, outputs)``.
        probabilities: of each class, float32 ``(N, classes)``; None where the model knows none.
        digits: the names of the digits of each pair, where a head is trained on them.
    """

    labels: tuple[str, ...]
    answers: NDArray[np.generic]
    probabilities: NDArray[np.float32] | None = None
    digits: tuple[tuple[str, ...], ...] = ()

    @classmethod
    def of(cls, description: Description, outputs: Mapping[str, NDArray[Any]]) -> Answers:
        """Returns the answers that a model's outputs mean."""
        answers = outputs["answer"]
        classes = description.classes
        labels = tuple(
            classes[each]
            if classes and answers.ndim == 1
            else ", ".join(str(number) for number in np.atleast_1d(each))
            for each in answers
        )
        digits = tuple(
            tuple(description.digits[each] for each in pair) for pair in outputs.get("digits", ())
        )
        return cls(labels, answers, outputs.get("probabilities"), digits)

    def agreement(self, other: Answers) -> Agreement:
        """Returns how far another model's answers to the same examples agree."""
        if self.answers.dtype.kind != "i":
            one, two = self.answers.astype(np.float64), other.answers.astype(np.float64)
            spread = float(np.ptp(one)) or 1.0
            return Agreement(len(one), 0, float(np.abs(one - two).max(initial=0)) / spread)
        largest = 0.0
        if self.probabilities is not None and other.probabilities is not None:
            largest = float(np.abs(self.probabilities - other.probabilities).max(initial=0))
        return Agreement(len(self.answers), int((self.answers != other.answers).sum()), largest)

    @property
    def probability(self) -> tuple[float | None, ...]:
        """The probability of each answer; None where the model knows none."""
        if self.probabilities is None:
            return (None,) * len(self.labels)
        return tuple(
            float(row[answer]) for row, answer in zip(self.probabilities, self.answers, strict=True)
        )


class Preprocess(nn.Module):
    """The preprocessing of raw inputs, as `Preprocessing.apply` does it.

    Raises:
        ModelError: its numbers do not fit the inputs.
    """

    def __init__(self, preprocessing: Preprocessing, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shrink = preprocessing.shrink
        self.dtype = torch.float64 if preprocessing.double else torch.float32
        sides = (-1, *([1] * (len(shape) - 1)))
        for name in ("mean", "sd", "fill"):
            numbers = getattr(preprocessing, name)
            if len(numbers) not in {1, shape[0]} and (numbers or name != "fill"):
                raise ModelError(
                    f"the preprocessing has {len(numbers)} numbers ({name}) for inputs of shape "
                    f"{shape}."
                )
            tensor = torch.tensor(numbers, dtype=torch.float64).to(self.dtype)
            self.register_buffer(name, tensor.reshape(sides), persistent=False)

    def forward(self, inputs: Tensor) -> Tensor:
        """Returns float32 ``(N, ...)`` of raw inputs ``(N, ...)``."""
        x = inputs.to(self.dtype)
        if self.shrink > 1:
            n = self.shrink
            places = [x[..., row::n, column::n] for row in range(n) for column in range(n)]
            x = sum(places[1:], places[0]) * (1 / n**2)
        fill, mean, sd = (self.get_buffer(name) for name in ("fill", "mean", "sd"))
        if fill.numel():
            x = torch.where(torch.isnan(x), fill, x)
        return ((x - mean) / sd).float()


class Predictor(nn.Module):
    """A trained network with its preprocessing and its decision.

    Called with raw inputs ``(N, *shape)``, bytes of images or a table's numbers, it gives
    ``answer``, and ``probabilities`` and ``digits`` where it knows them, by name. `predict` takes
    arrays, in batches, and names the classes.

    Attributes:
        description: what it is, and where it comes from.
        net: the network, as it is written.
    """

    def __init__(self, description: Description, net: nn.Module) -> None:
        super().__init__()
        self.description = description
        shape = description.inputs.shape
        made = description.preprocessing
        self.preprocess: nn.Module = nn.Identity() if made is None else Preprocess(made, shape)
        self.net = net
        lay_out(net, innermost=False)
        self.eval()

    def train(self, mode: bool = True) -> Predictor:
        """Sets the mode; a network that was measured in training mode stays in it."""
        super().train(mode)
        self.net.train(mode or self.description.train_mode)
        return self

    def forward(self, inputs: Tensor) -> dict[str, Tensor]:
        """Returns the answers ``(N,)``, the probabilities ``(N, classes)``, the digits, by name."""
        description = self.description
        decision, unit, views = description.decision, description.unit, description.views
        assert decision is not None
        x = self.preprocess(inputs)
        seen = [self._heads(x)]
        if views is not None:
            for seeds in description.view_seeds:
                draws = [Generator().manual_seed(seed) for seed in seeds]
                batches = (
                    Batch(part.clone(), {}, description.inputs.images)
                    for part in x.split(EVALUATION_BATCH)
                )
                moved = [augmented(batch, views.augmentation, draws).inputs for batch in batches]
                seen.append(self._heads(torch.cat(moved)))
        heads = averaged(description.losses, seen)
        answer = decision.answer(heads)
        if decision.kind == "numbers":
            answer = answer.double()
            if unit is not None:
                sd, mean = (
                    torch.tensor(each, dtype=torch.float64) for each in (unit.sd, unit.mean)
                )
                answer = answer * sd + mean
            answer = answer.float()
        outputs = {"answer": answer}
        probabilities = decision.probabilities(heads)
        if probabilities is not None:
            outputs["probabilities"] = probabilities.float()
        if description.digits_head:
            digits = heads[description.digits_head]
            if digits.shape[-1] != len(description.digits):
                raise ModelError(
                    f"{len(description.digits)} digits are named, and the head "
                    f"{description.digits_head!r} has {digits.shape[-1]}."
                )
            outputs["digits"] = digits.argmax(dim=-1)
        return outputs

    def predict(self, inputs: ArrayLike, *, batch: int = EVALUATION_BATCH) -> Answers:
        """Returns the answers to raw inputs ``(N, *shape)``.

        Args:
            inputs: an array as `description.inputs` says.
            batch: examples that go through the network at a time.

        Raises:
            DataError: the inputs have another shape or type.
            ModelError: an answer would depend on the other examples.
        """
        raw = checked(inputs, self.description)
        if self.description.train_mode:
            raise ModelError(
                f"{self.description.origin.variant!r} answers no single example: "
                f"{self.description.by_batch}."
            )
        # Views are drawn for all examples at once, as they were for the test split.
        size = max(1, len(raw)) if self.description.views else batch
        with torch.inference_mode():
            parts = [self(torch.tensor(raw[n : n + size])) for n in range(0, len(raw), size)]
        outputs = {
            name: torch.cat([part[name] for part in parts]).cpu().numpy()
            for name in (parts[0] if parts else ())
        }
        return Answers.of(self.description, outputs) if parts else Answers((), np.zeros(0))

    def _heads(self, x: Tensor) -> dict[str, Tensor]:
        target, precision = self.description.target, self.description.precision
        outputs = [
            forward(member, x, target=target, precision=precision) for member in members(self.net)
        ]
        return averaged(self.description.losses, outputs)


def checked(inputs: ArrayLike, description: Description) -> NDArray[np.generic]:
    """Returns raw inputs as an array of the right type.

    Args:
        inputs: an array; or a pandas DataFrame, whose columns are taken by their names.
        description: of the model.

    Raises:
        DataError: they have another shape or type, or hold what is no finite number.
    """
    wanted = description.inputs
    fills = bool(description.preprocessing and description.preprocessing.fill)
    if hasattr(inputs, "columns") and wanted.columns:
        try:
            return rows_of(inputs, wanted, missing=fills)
        except Refused as refusal:
            raise DataError(f"inputs cannot be taken: {refusal}.") from None
    raw = np.asarray(inputs)
    if raw.shape[1:] != wanted.shape or not raw.ndim:
        raise DataError(
            f"inputs have the shape {raw.shape}; {description.origin.variant!r} takes "
            f"(N, {', '.join(map(str, wanted.shape))})."
        )
    if wanted.kind == "bytes" and raw.dtype != np.uint8:
        raise DataError(
            f"inputs hold {raw.dtype}; {description.origin.variant!r} takes bytes, uint8 from 0 to "
            "255."
        )
    if raw.dtype.kind not in "biuf":
        raise DataError(f"inputs hold {raw.dtype}; they must be numbers.")
    with np.errstate(over="ignore"):
        taken = raw.astype(wanted.dtype)
    if taken.dtype.kind == "f" and not (np.isfinite(taken) | (fills & np.isnan(taken))).all():
        raise DataError("inputs hold values that are no finite numbers, or too large for float32.")
    return taken
