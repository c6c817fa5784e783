"""The tasks that come with bakeoff: comparing two digits, naming one, and folds of either."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from bakeoff.data.dataset import Dataset
from bakeoff.data.idx_datasets import MNIST
from bakeoff.data.metric import LabelKind, Metric
from bakeoff.data.metrics import DigitError, Error, TopKError
from bakeoff.data.task import DealtTask, Items, Task
from bakeoff.errors import DataError
from bakeoff.spec import NonNegativeInt, PositiveInt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from bakeoff.data.splits import RoundData


class DrawnTask(DealtTask, ABC):
    """A task whose rounds are grey images drawn from a dataset, none twice.

    Train and validation come from its training images, test from its test images.
    """

    size: PositiveInt
    standardise: bool
    dataset: Dataset

    @property
    @abstractmethod
    def images(self) -> int:
        """How many images an example shows."""

    @abstractmethod
    def named(self, digits: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        """Returns the labels, ``(N, ...)`` by name, for images of classes ``(N, images)``."""

    @property
    def input_shape(self) -> tuple[int, ...]:
        """``(images, size, size)``."""
        return (self.images, self.size, self.size)

    def check(self) -> None:
        """Refuses data that is too small for a round, or of another kind.

        Raises:
            DataError: it holds fewer images than a round needs, images that are not grey or not
                square, or of a side that is neither `size` nor twice that.
        """
        from bakeoff.data.drawing import check_sizes

        examples = self.dataset.load()
        shape = examples.shape
        if shape not in {(1, side, side) for side in (self.size, 2 * self.size)}:
            raise DataError(
                f"{self!r} shows grey images of {self.size} x {self.size}, or twice that; the data "
                f"has inputs of shape {shape}. Give the size that fits, or use Classification."
            )
        check_sizes(examples, self.sizes, images=self.images, task=self)

    def deal(self, *, seed: int, round: int) -> Items:
        """Returns which images each example of each split shows, ``(N, images)``.

        Raises:
            DataError: as `check`.
        """
        from bakeoff.data.drawing import draw_items

        self.check()
        examples = self.dataset.load()
        return draw_items(examples, self.sizes, images=self.images, seed=seed, round=round)

    def make(self, items: Items) -> RoundData:
        """Returns a round: inputs ``(N, images, size, size)``, labels, and each example's images.

        Raises:
            DataError: all pixels of the training split are equal.
        """
        from bakeoff.data.drawing import make_round

        return make_round(
            self.dataset.load(),
            items,
            size=self.size,
            labels=self.named,
            standardise=self.standardise,
        )

    def class_count(self) -> int:
        """Returns the number of classes that the dataset has."""
        return 10 if isinstance(self.dataset, MNIST) else len(self.dataset.load().classes)


class DigitPairs(DrawnTask):
    """Pairs of digits: is the first at most the second?

    A round draws twice as many images as pairs, none twice: train and validation from the
    archive's training images, test from its test images.

    Attributes:
        train: pairs to train on.
        validation: pairs held out of training; 0 draws none.
        test: pairs to test on.
        size: height and width of the images, in pixels: the dataset's, or half of it, the means
            of 2x2.
        standardise: give pixels the train split's mean 0 and standard deviation 1; without, they
            are from 0, black, to 1.
        dataset: whose classes are in order.

    Example:
        >>> task = DigitPairs(train=500, validation=100, test=100)
        >>> task.input_shape, task.labels
        ((2, 14, 14), {'comparison': (2,), 'digits': (2, 10)})
    """

    train: PositiveInt = 1000
    validation: NonNegativeInt = 1000
    test: PositiveInt = 1000
    size: PositiveInt = 14
    standardise: bool = True
    dataset: Dataset = MNIST()

    @property
    def images(self) -> int:
        """Two."""
        return 2

    @property
    def target(self) -> str:
        """``comparison``: 1 where the first digit is at most the second, else 0."""
        return "comparison"

    @property
    def labels(self) -> dict[str, tuple[int, ...]]:
        """Two classes for the comparison, the dataset's for each of the two digits."""
        return {"comparison": (2,), "digits": (2, self.class_count())}

    def class_names(self) -> tuple[str, ...]:
        """Returns the two comparisons."""
        return ("first > second", "first <= second")

    def usual_metrics(self) -> tuple[Metric, ...]:
        """Returns the error of the comparison, and that of single digits."""
        return Error(), DigitError()

    def named(self, digits: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        """Returns ``comparison`` ``(N,)`` and ``digits`` ``(N, 2)``."""
        first_at_most = digits[:, 0] <= digits[:, 1]
        return {"comparison": first_at_most.astype(digits.dtype), "digits": digits}

    def swapped(self, labels: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Returns the digits in the other order, and what their comparison is then."""
        digits = labels["digits"].flip(1)
        return {"comparison": (digits[:, 0] <= digits[:, 1]).long(), "digits": digits}


class Digits(DrawnTask):
    """Single digits: which of the ten is it?

    A round draws images in random order, none twice: train and validation from the dataset's
    training images, test from its test images. By default it draws all of MNIST.

    Attributes:
        train: images to train on.
        validation: images held out of training; 0 draws none.
        test: images to test on.
        size: height and width of the images, in pixels: the dataset's, or half of it, the means
            of 2x2.
        standardise: give pixels the train split's mean 0 and standard deviation 1; without, they
            are from 0, black, to 1.
        dataset: of grey, square images.

    Example:
        >>> Digits(train=2000, test=1000).labels
        {'digit': (10,)}
    """

    train: PositiveInt = 60_000
    validation: NonNegativeInt = 0
    test: PositiveInt = 10_000
    size: PositiveInt = 28
    standardise: bool = True
    dataset: Dataset = MNIST()

    @property
    def images(self) -> int:
        """One."""
        return 1

    @property
    def target(self) -> str:
        """``digit``: the class, from 0."""
        return "digit"

    @property
    def labels(self) -> dict[str, tuple[int, ...]]:
        """The dataset's classes, ten for MNIST."""
        return {"digit": (self.class_count(),)}

    def class_names(self) -> tuple[str, ...]:
        """Returns the dataset's."""
        return self.dataset.load().classes

    def usual_metrics(self) -> tuple[Metric, ...]:
        """Returns the error, and the top-5 error."""
        return Error(), TopKError()

    def named(self, digits: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
        """Returns ``digit`` ``(N,)``."""
        return {"digit": digits[:, 0].copy()}


class KFold(Task):
    """Cross-validation: the training examples of a task in folds, each held out in turn.

    Round r holds out fold ``r % folds`` of the task's draw ``r // folds``: so many rounds as folds
    are one cross-validation, twice as many one on two draws. The fold held out is the validation
    split, the others are the training split, by which images are standardised; the test split is
    the task's. What validation examples the task itself would draw are left undrawn.

    Attributes:
        task: whose training examples are dealt.
        folds: into how many folds; their sizes differ by one at most.

    Raises:
        SpecError: there are more folds than training examples.

    Example:
        >>> folds = KFold(Digits(train=1000, test=100), folds=5)
        >>> folds.sizes
        {'train': 800, 'validation': 200, 'test': 100}
    """

    task: DealtTask = Field(kw_only=False)
    folds: Annotated[int, Field(ge=2)] = Field(default=5, kw_only=False)

    @model_validator(mode="after")
    def _deals(self) -> Self:
        train = self.task.sizes["train"]
        if self.folds > train:
            raise ValueError(
                f"KFold.folds: given {self.folds}; there are only {train} training examples to "
                f"deal. Allowed: 2 to {train}"
            )
        return self

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The task's."""
        return self.task.input_shape

    @property
    def target(self) -> str:
        """The task's."""
        return self.task.target

    @property
    def labels(self) -> dict[str, tuple[int, ...]]:
        """The task's."""
        return self.task.labels

    @property
    def images(self) -> int:
        """The task's."""
        return self.task.images

    @property
    def can_swap(self) -> bool:
        """Whether the task can."""
        return self.task.can_swap

    def swapped(self, labels: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Returns what the task does."""
        return self.task.swapped(labels)

    def kind(self, label: str) -> LabelKind:
        """Returns what a label of the task holds."""
        return self.task.kind(label)

    def class_names(self) -> tuple[str, ...]:
        """Returns the task's."""
        return self.task.class_names()

    def usual_metrics(self) -> tuple[Metric, ...]:
        """Returns the task's metrics."""
        return self.task.measured

    @property
    def sizes(self) -> dict[str, int]:
        """The number of examples in each split, where the first fold is held out."""
        sizes = self.task.sizes
        held = -(-sizes["train"] // self.folds)
        return {"train": sizes["train"] - held, "validation": held, "test": sizes["test"]}

    def limited(self, examples: int) -> KFold:
        """Returns the folds of the task with at most so many examples in each split."""
        return self.replace(task=self.task.limited(max(examples, self.folds)))

    def with_data(self, dataset: Dataset) -> KFold:
        """Returns the folds of the task on other data."""
        return self.replace(task=self.task.with_data(dataset))

    def check(self) -> None:
        """Refuses data that is too small for a round.

        Raises:
            DataError: it holds fewer images than a round needs, or fewer groups than folds.
        """
        whole = self.task.without_validation()
        whole.check()
        # How many groups a round has is known once it is dealt.
        dealt = whole.deal(seed=0, round=0)["train"]
        whole.hold_out(dealt, folds=self.folds, fold=0)

    def draw(self, *, seed: int, round: int) -> RoundData:
        """Returns a round of the task with one fold held out of training.

        Raises:
            DataError: the data holds fewer images than the round needs.
        """
        whole, (number, fold) = self.task.without_validation(), divmod(round, self.folds)
        items = whole.deal(seed=seed, round=number)
        train, held = whole.hold_out(items["train"], folds=self.folds, fold=fold)
        return whole.make({"train": train, "validation": held, "test": items["test"]})


def folds_of(task: Task) -> int:
    """Returns how many rounds make one draw: the folds of a cross-validation, else 1."""
    return task.folds if isinstance(task, KFold) else 1


def batch_order(n: int, *, seed: int, round: int, epoch: int) -> NDArray[np.int64]:
    """Returns the order in which an epoch visits `n` examples, int64 ``(n,)``.

    It depends on the arguments alone: all variants of a round see the same order.

    Args:
        n: the number of examples in the train split.
        seed: of the study.
        round: from 0.
        epoch: from 0.
    """
    from bakeoff.data.drawing import ORDER, permutation

    return permutation(n, seed=seed, key=(round, ORDER, epoch))
