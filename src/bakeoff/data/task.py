"""Tasks: what is asked of data, and how a round is drawn, the same for every variant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self, TypeAlias

from bakeoff.data.dataset import Dataset, digest_of
from bakeoff.spec import NonNegativeInt, PositiveInt, Spec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bakeoff.data.splits import RoundData

Items: TypeAlias = "Mapping[str, NDArray[np.int64]]"
"""For each split, which examples of the dataset stand in it: ``(N, examples)``."""


class Task(Spec, ABC):
    """A source of rounds. Equal tasks draw equal rounds from equal data."""

    @property
    @abstractmethod
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one example, without the batch axis."""

    @property
    @abstractmethod
    def target(self) -> str:
        """The name of the label that a decision must answer."""

    @property
    @abstractmethod
    def labels(self) -> dict[str, tuple[int, ...]]:
        """The shape that a head must have for each label: ``{"comparison": (2,)}``, say."""

    @property
    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """The number of examples in each split, by name; splits that are not drawn are absent."""

    def limited(self, examples: int) -> Self:  # noqa: ARG002
        """Return the task with at most so many examples in a split; by default it stays whole."""
        return self

    def digest(self) -> str:
        """Return the digest of all data that the task draws from; empty where it names none.

        It is part of every trial's key: what changed is other data.

        Raises:
            DataError: the data is missing or damaged.
        """
        return digest_of(self)

    def with_data(self, dataset: Dataset) -> Self:
        """Return the task on other data, where it has one field that holds a dataset."""
        fields = [n for n in type(self).model_fields if isinstance(getattr(self, n), Dataset)]
        return self.replace(**{fields[0]: dataset}) if len(fields) == 1 else self

    def check(self) -> None:
        """Refuse data that is too small for a round, or does not fit; by default none is.

        Raises:
            DataError: as said.
        """

    @abstractmethod
    def draw(self, *, seed: int, round: int) -> RoundData:
        """Return the data of a round, which depends on nothing but the arguments and the task.

        Raises:
            DataError: the data is missing, or too little for the round.
        """


class DealtTask(Task, ABC):
    """A task that first deals examples to splits, and then makes a round of them.

    Attributes:
        train: examples to train on.
        validation: examples held out of training; 0 draws none.
        test: examples to test on.
    """

    train: PositiveInt
    validation: NonNegativeInt
    test: PositiveInt

    @property
    def sizes(self) -> dict[str, int]:
        """The number of examples in each split."""
        sizes = {"train": self.train, "validation": self.validation, "test": self.test}
        return {split: number for split, number in sizes.items() if number}

    def limited(self, examples: int) -> Self:
        """Return the task with at most so many examples in each split."""
        return self.replace(**{split: min(n, examples) for split, n in self.sizes.items()})

    def without_validation(self) -> Self:
        """Return the task that draws no validation split."""
        return self.replace(validation=0)

    @abstractmethod
    def deal(self, *, seed: int, round: int) -> Items:
        """Return which examples stand in which split.

        Raises:
            DataError: the data is missing, or too little for the round.
        """

    @abstractmethod
    def make(self, items: Items) -> RoundData:
        """Return the round of these examples, its transforms fitted on its training split.

        Raises:
            DataError: nothing can be learned from them.
        """

    def draw(self, *, seed: int, round: int) -> RoundData:
        """Return a round: what is dealt, made.

        Raises:
            DataError: as `deal` and `make`.
        """
        return self.make(self.deal(seed=seed, round=round))
