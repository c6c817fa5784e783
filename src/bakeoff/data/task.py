"""Tasks: what is asked of data, and how a round is drawn, the same for every variant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Self, TypeAlias

from pydantic import model_validator

from bakeoff.data.dataset import Dataset, digest_of
from bakeoff.data.metric import LabelKind, Metric
from bakeoff.data.metrics import MAE, Error
from bakeoff.errors import StudyError, unknown
from bakeoff.spec import NonNegativeInt, PositiveInt, Spec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from bakeoff.data.splits import RoundData

Items: TypeAlias = "Mapping[str, NDArray[np.int64]]"
"""For each split, which examples of the dataset stand in it: ``(N, examples)``."""


Fold: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"
"""Examples to train on and examples held out, ``(N, images)`` each."""


class Task(Spec, ABC):
    """A source of rounds. Equal tasks draw equal rounds from equal data.

    Attributes:
        metrics: what is measured. Claims, best epochs and searches mean the first; empty for the
            task's usual ones.

    Example:
        >>> task = Classification(Table("iris.csv", target="species"), train=100, test=50)
        >>> task.sizes, task.target, task.metric
        ({'train': 100, 'test': 50}, 'label', Error())
    """

    metrics: tuple[Metric, ...] = ()

    @model_validator(mode="after")
    def _metrics_fit(self) -> Self:
        for metric in self.metrics:
            kind = self.kind(metric.label or self.target)
            if metric.kind not in {None, kind}:
                raise ValueError(
                    f"{type(self).__name__}.metrics: {metric!r} measures {metric.kind}, and the "
                    f"label {metric.label or self.target!r} holds {kind}; give it a metric of "
                    f"{kind}, {'MAE()' if kind == 'numbers' else 'Accuracy()'} say"
                )
        twice = [name for name, n in Counter(m.name for m in self.metrics).items() if n > 1]
        if twice:
            raise ValueError(f"{type(self).__name__}.metrics holds {twice[0]!r} twice")
        return self

    @property
    def metric(self) -> Metric:
        """The first metric: what a study is about."""
        return self.measured[0]

    @property
    def measured(self) -> tuple[Metric, ...]:
        """All that is measured: the metrics given, or else the usual ones."""
        return self.metrics or self.usual_metrics()

    def usual_metrics(self) -> tuple[Metric, ...]:
        """Returns what is measured where no metrics are given."""
        return (MAE(),) if self.kind(self.target) == "numbers" else (Error(),)

    def metric_called(self, name: str) -> Metric:
        """Returns the metric of a name; of an empty one, the first.

        Raises:
            StudyError: none is called so; the message lists them.
        """
        if not name:
            return self.metric
        for metric in self.measured:
            if metric.name == name:
                return metric
        raise StudyError(unknown("metric", name, (metric.name for metric in self.measured)))

    def kind(self, label: str) -> LabelKind:  # noqa: ARG002
        """Returns what a label holds, classes or numbers; by default classes."""
        return "classes"

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
        """The shape of each label's head, classes or outputs last: ``{"comparison": (2,)}``."""

    @property
    @abstractmethod
    def sizes(self) -> dict[str, int]:
        """The number of examples in each split, by name; splits that are not drawn are absent."""

    @property
    def images(self) -> int:
        """How many images an example shows side by side: 2 of a pair, ``(2, height, width)``."""
        return 1

    @property
    def can_swap(self) -> bool:
        """Whether `swapped` knows the labels of pairs whose images change places."""
        return type(self).swapped is not Task.swapped

    def class_names(self) -> tuple[str, ...]:
        """Returns the names of the target's classes, in their order; by default there are none."""
        return ()

    def swapped(self, labels: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Returns the labels of pairs whose images change places.

        Args:
            labels: of the pairs as they are, by name.
        """
        raise NotImplementedError

    def limited(self, examples: int) -> Self:  # noqa: ARG002
        """Returns the task with at most so many examples in a split; by default it stays whole."""
        return self

    def digest(self) -> str:
        """Returns the digest of all data that the task draws from; empty where it names none.

        It is part of every trial's key: what changed is other data.

        Raises:
            DataError: the data is missing or damaged.
        """
        return digest_of(self)

    def with_data(self, dataset: Dataset) -> Self:
        """Returns the task on other data, where it has one field that holds a dataset."""
        fields = [n for n in type(self).model_fields if isinstance(getattr(self, n), Dataset)]
        return self.replace(**{fields[0]: dataset}) if len(fields) == 1 else self

    def check(self) -> None:
        """Refuses data that is too small for a round, or does not fit; by default none is.

        Raises:
            DataError: as said.
        """

    @abstractmethod
    def draw(self, *, seed: int, round: int) -> RoundData:
        """Returns the data of a round, which depends on nothing but the arguments and the task.

        Raises:
            DataError: the data is missing, or too little for the round.
        """


class DealtTask(Task, ABC):
    """A task that first deals examples to splits, and then makes a round of them.

    Attributes:
        train: examples to train on.
        validation: examples held out of training; 0 draws none.
        test: examples to test on.

    Example:
        >>> isinstance(Digits(train=1000, test=100), DealtTask)
        True
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
        """Returns the task with at most so many examples in each split."""
        return self.replace(**{split: min(n, examples) for split, n in self.sizes.items()})

    def without_validation(self) -> Self:
        """Returns the task that draws no validation split."""
        return self.replace(validation=0)

    @abstractmethod
    def deal(self, *, seed: int, round: int) -> Items:
        """Returns which examples stand in which split.

        Raises:
            DataError: the data is missing, or too little for the round.
        """

    def hold_out(self, items: NDArray[np.int64], *, folds: int, fold: int) -> Fold:
        """Returns training examples without one of several folds, and that fold.

        Args:
            items: the examples, as dealt.
            folds: how many, whose sizes differ by one at most.
            fold: which, from 0.
        """
        from bakeoff.data.drawing import split_fold

        return split_fold(items, folds=folds, fold=fold)

    @abstractmethod
    def make(self, items: Items) -> RoundData:
        """Returns the round of these examples, its transforms fitted on its training split.

        Raises:
            DataError: nothing can be learned from them.
        """

    def draw(self, *, seed: int, round: int) -> RoundData:
        """Returns a round: what is dealt, made.

        Raises:
            DataError: as `deal` and `make`.
        """
        return self.make(self.deal(seed=seed, round=round))
