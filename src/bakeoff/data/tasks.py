"""The tasks that come with bakeoff: comparing two digits, and naming one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bakeoff.data.task import Task
from bakeoff.spec import NonNegativeInt, PositiveInt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bakeoff.data.archive import Archive
    from bakeoff.data.splits import RoundData


class DigitPairs(Task):
    """Pairs of digits: is the first at most the second?

    A round draws twice as many images as pairs, none twice: train and validation from the
    archive's training images, test from its test images.

    Attributes:
        train: pairs to train on.
        validation: pairs held out of training; 0 draws none.
        test: pairs to test on.
        size: height and width of the images, in pixels; 14 are the means of 2x2.
    """

    train: PositiveInt = 1000
    validation: NonNegativeInt = 1000
    test: PositiveInt = 1000
    size: Literal[14, 28] = 14

    @property
    def input_shape(self) -> tuple[int, ...]:
        """``(2, size, size)``."""
        return (2, self.size, self.size)

    @property
    def target(self) -> str:
        """``comparison``: 1 where the first digit is at most the second, else 0."""
        return "comparison"

    @property
    def labels(self) -> dict[str, tuple[int, ...]]:
        """Two classes for the comparison, ten for each of the two digits."""
        return {"comparison": (2,), "digits": (2, 10)}

    @property
    def sizes(self) -> dict[str, int]:
        """The number of pairs in each split."""
        return _drawn(self.train, self.validation, self.test)

    def check(self, archive: Archive) -> None:
        """Refuse an archive that is too small for a round.

        Raises:
            DataError: it holds fewer images than a round needs.
        """
        from bakeoff.data.drawing import check_sizes

        check_sizes(archive, self.sizes, images=2, task=self)

    def draw(self, archive: Archive, *, seed: int, round: int) -> RoundData:
        """Return a round: inputs ``(N, 2, size, size)``, labels, and the images of each pair.

        Raises:
            DataError: the archive holds fewer images than the round needs.
        """
        from bakeoff.data.drawing import draw_items, make_round

        self.check(archive)
        items = draw_items(archive, self.sizes, images=2, seed=seed, round=round)
        return make_round(archive, items, size=self.size, labels=_pair_labels)


class Digits(Task):
    """Single digits: which of the ten is it?

    A round draws images in random order, none twice: train and validation from the archive's
    training images, test from its test images. By default it draws all of MNIST.

    Attributes:
        train: images to train on.
        validation: images held out of training; 0 draws none.
        test: images to test on.
        size: height and width of the images, in pixels; 14 are the means of 2x2.
    """

    train: PositiveInt = 60_000
    validation: NonNegativeInt = 0
    test: PositiveInt = 10_000
    size: Literal[14, 28] = 28

    @property
    def input_shape(self) -> tuple[int, ...]:
        """``(1, size, size)``."""
        return (1, self.size, self.size)

    @property
    def target(self) -> str:
        """``digit``: the class, 0 to 9."""
        return "digit"

    @property
    def labels(self) -> dict[str, tuple[int, ...]]:
        """Ten classes."""
        return {"digit": (10,)}

    @property
    def sizes(self) -> dict[str, int]:
        """The number of images in each split."""
        return _drawn(self.train, self.validation, self.test)

    def check(self, archive: Archive) -> None:
        """Refuse an archive that is too small for a round.

        Raises:
            DataError: it holds fewer images than a round needs.
        """
        from bakeoff.data.drawing import check_sizes

        check_sizes(archive, self.sizes, images=1, task=self)

    def draw(self, archive: Archive, *, seed: int, round: int) -> RoundData:
        """Return a round: inputs ``(N, 1, size, size)``, labels, and each image's place.

        Raises:
            DataError: the archive holds fewer images than the round needs.
        """
        from bakeoff.data.drawing import draw_items, make_round

        self.check(archive)
        items = draw_items(archive, self.sizes, images=1, seed=seed, round=round)
        return make_round(archive, items, size=self.size, labels=_digit_labels)


def batch_order(n: int, *, seed: int, round: int, epoch: int) -> NDArray[np.int64]:
    """Return the order in which an epoch visits `n` examples, int64 ``(n,)``.

    It depends on the arguments alone: all variants of a round see the same order.

    Args:
        n: the number of examples in the train split.
        seed: of the study.
        round: from 0.
        epoch: from 0.
    """
    from bakeoff.data.drawing import ORDER, permutation

    return permutation(n, seed=seed, key=(round, ORDER, epoch))


def _drawn(train: int, validation: int, test: int) -> dict[str, int]:
    sizes = {"train": train, "validation": validation, "test": test}
    return {split: number for split, number in sizes.items() if number}


def _pair_labels(digits: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    first_at_most = digits[:, 0] <= digits[:, 1]
    return {"comparison": first_at_most.astype(digits.dtype), "digits": digits}


def _digit_labels(digits: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    return {"digit": digits[:, 0].copy()}
