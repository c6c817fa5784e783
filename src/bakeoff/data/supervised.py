"""Classification and regression: labelled images, rows of tables, or any other arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Literal, TypeAlias

from pydantic import Field

from bakeoff.data.dataset import Dataset, Examples, Pool
from bakeoff.data.metric import LabelKind
from bakeoff.data.task import DealtTask, Fold, Items
from bakeoff.errors import DataError
from bakeoff.spec import NonNegativeInt, PositiveInt

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bakeoff.data.splits import RoundData, Scale

Sampling: TypeAlias = Literal["redrawn", "resampled", "fixed"]


class Supervised(DealtTask, ABC):
    """Labelled examples of a dataset, dealt to splits anew in each round.

    Examples that belong to one group stand in one split. Inputs are standardised, each column of a
    table and each channel of an image, by mean and standard deviation of the training split.

    Attributes:
        dataset: where the examples come from.
        train: examples to train on.
        validation: examples held out of training; 0 draws none.
        test: examples to test on.
        sampling: ``redrawn``: train and validation from the dataset's training side, test from its
            test side; ``resampled``: all three from one pool, its sides together; ``fixed``: the
            first examples of each side, the same in every round. None is the first where there is
            a test side, else the second.
        standardise: without, bytes are from 0 to 1 and numbers are as they are.
        metrics: what is measured; the first is what the study is about.
    """

    dataset: Dataset = Field(kw_only=False)
    train: PositiveInt
    validation: NonNegativeInt = 0
    test: PositiveInt
    sampling: Sampling | None = None
    standardise: bool = True

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The dataset's: ``(columns,)``, say, or ``(channels, rows, columns)``."""
        return self.dataset.load().shape

    @property
    def target(self) -> str:
        """``label``."""
        return "label"

    def check(self) -> None:
        """Refuses labels of another kind, and too few examples.

        Raises:
            DataError: as said.
        """
        self.deal(seed=0, round=0)

    @property
    def keeps_shares(self) -> bool:
        """Whether splits and folds have their share of every class."""
        return False

    @abstractmethod
    def known(self, examples: Examples) -> NDArray[np.generic]:
        """Returns the labels of all examples, those of the test side after the others.

        Raises:
            DataError: they are of another kind.
        """

    def deal(self, *, seed: int, round: int) -> Items:
        """Returns which examples stand in which split, ``(N, 1)``, none twice.

        An example of the test side is counted on from those of the training side.

        Raises:
            DataError: the labels are of another kind, or the examples, or groups of them, too few.
        """
        import numpy as np

        from bakeoff.data.drawing import POOL, TEST, TRAIN, permutation

        examples = self.dataset.load()
        labels, groups = self.known(examples), _groups(examples)
        sides = self._sides(examples)
        items: dict[str, NDArray[np.int64]] = {}
        for splits, members, stream in (
            (("test",), sides["test"], TEST),
            (("train", "validation"), sides["train"], TRAIN),
            (("test", "train", "validation"), sides["pool"], POOL),
        ):
            wanted = {split: self.sizes[split] for split in splits if split in self.sizes}
            if members is None:
                continue
            if self.sampling == "fixed":
                order = np.arange(len(members))
            else:
                order = permutation(len(members), seed=seed, key=(round, stream))
            deck = self.spread(members[order], labels)
            items |= self._dealt(deck, wanted, None if groups is None else groups[deck])
        return {split: items[split][:, None] for split in self.sizes}

    def spread(self, deck: NDArray[np.int64], labels: NDArray[np.generic]) -> NDArray[np.int64]:  # noqa: ARG002
        """Returns examples in the order in which they are cut into splits."""
        return deck

    def hold_out(self, items: NDArray[np.int64], *, folds: int, fold: int) -> Fold:
        """Returns the examples ``(N, 1)`` without a fold, and the fold; groups are kept together.

        Raises:
            DataError: there are fewer groups than folds.
        """
        groups = _groups(self.dataset.load())
        if groups is None:
            return super().hold_out(items, folds=folds, fold=fold)
        from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

        members = groups[items[:, 0]]
        if (number := len(set(members.tolist()))) < folds:
            raise DataError(
                f"{self!r} has {number} group{'' if number == 1 else 's'} in its training "
                f"examples, and {folds} folds need as many; give fewer folds, or more data."
            )
        labels = self.known(self.dataset.load())[items[:, 0]]
        kind = StratifiedGroupKFold if self.keeps_shares else GroupKFold
        splitter = kind(folds, shuffle=True, random_state=0)
        train, held = list(splitter.split(items, labels, members))[fold]
        return items[train], items[held]

    def make(self, items: Items) -> RoundData:
        """Returns a round: float32 inputs ``(N, *input_shape)`` and labels.

        Raises:
            DataError: the training split has one class only, or inputs that are all alike.
        """
        import torch

        from bakeoff.data.splits import RoundData, Split
        from bakeoff.data.transforms import fitted

        examples = self.dataset.load()
        labels = self.known(examples)
        numbers = {split: drawn[:, 0] for split, drawn in items.items()}
        ready, scale = self.prepared(labels, numbers["train"])
        inputs = {split: gathered(examples, drawn) for split, drawn in numbers.items()}
        preprocessing = fitted(inputs["train"], examples, standardise=self.standardise)
        splits = {
            split: Split(
                torch.from_numpy(preprocessing.apply(inputs[split])),
                {"label": torch.from_numpy(ready[drawn])},
                items[split],
            )
            for split, drawn in numbers.items()
        }
        return RoundData(
            splits["train"], splits.get("validation"), splits["test"], scale, preprocessing
        )

    @abstractmethod
    def prepared(
        self, labels: NDArray[np.generic], train: NDArray[np.int64]
    ) -> tuple[NDArray[np.generic], Scale | None]:
        """Returns the labels as they are trained on, and how they were scaled.

        Args:
            labels: of all examples.
            train: which of them are trained on.

        Raises:
            DataError: nothing can be learned from these.
        """

    def _sides(self, examples: Examples) -> dict[str, NDArray[np.int64] | None]:
        """Returns the examples to deal: either the two sides of the dataset, or one pool."""
        import numpy as np

        first, second = len(examples.train), len(examples.test or ())
        if self.sampling == "resampled" or (self.sampling is None and not second):
            return {"train": None, "test": None, "pool": np.arange(first + second)}
        if not second and self.sampling == "redrawn":
            raise DataError(
                f"{self.dataset!r} has no test side to redraw from; give sampling='resampled', "
                "which deals all splits from one pool."
            )
        if not second:
            return {"train": None, "test": None, "pool": np.arange(first)}
        sides = {"train": np.arange(first), "test": np.arange(first, first + second)}
        return {**sides, "pool": None}

    def _dealt(
        self,
        deck: NDArray[np.int64],
        wanted: dict[str, int],
        groups: NDArray[np.generic] | None,
    ) -> dict[str, NDArray[np.int64]]:
        """Cuts a deck into splits, one after the other, whole groups to each."""
        import numpy as np

        if groups is not None:
            # Groups in the order of their first example, each in one piece.
            _, first, number = np.unique(groups, return_index=True, return_inverse=True)
            order = np.argsort(first[number], kind="stable")
            deck, groups = deck[order], groups[order]
        items, start = {}, 0
        for split, size in wanted.items():
            end = start + size
            items[split] = deck[start:end]
            if groups is not None and end < len(deck):
                # What is left of the group that was cut stands in no other split.
                while end < len(deck) and groups[end] == groups[end - 1]:
                    end += 1
            start = end
            if len(items[split]) < size:
                whose = "" if groups is None else ", groups kept together,"
                raise DataError(
                    f"{self!r} needs {' and '.join(f'{n:,} {s}' for s, n in wanted.items())} "
                    f"examples in a round; {self.dataset!r}{whose} holds {len(deck):,}. Draw "
                    "fewer, or give more data."
                )
        return items


class Classification(Supervised):
    """Which of two classes or more? As `Supervised` draws examples.

    Attributes:
        stratify: whether each split has its share of every class.

    Example:
        >>> Classification(Table("iris.csv", target="species"), train=90, test=60)
        Classification(Table('iris.csv', target='species'), train=90, test=60)
    """

    stratify: bool = False

    @property
    def labels(self) -> dict[str, tuple[int, ...]]:
        """The dataset's classes."""
        return {"label": (len(self._named(self.dataset.load()).classes),)}

    def class_names(self) -> tuple[str, ...]:
        """Returns the dataset's."""
        return self.dataset.load().classes

    @property
    def keeps_shares(self) -> bool:
        """As `stratify` says."""
        return self.stratify

    def known(self, examples: Examples) -> NDArray[np.int64]:
        """Returns the classes, int64 ``(N,)``.

        Raises:
            DataError: the labels are numbers.
        """
        import numpy as np

        return _both(self._named(examples)).astype(np.int64)

    def spread(self, deck: NDArray[np.int64], labels: NDArray[np.generic]) -> NDArray[np.int64]:
        """Returns an order of the deck; if stratified, each stretch has its share of each class."""
        return deck[_interleaved(labels[deck])] if self.stratify else deck

    def hold_out(self, items: NDArray[np.int64], *, folds: int, fold: int) -> Fold:
        """Returns the examples without a fold, and the fold; both may keep the shares of classes.

        Raises:
            DataError: there are fewer groups than folds, or fewer examples of a class.
        """
        if not self.stratify or _groups(self.dataset.load()) is not None:
            return super().hold_out(items, folds=folds, fold=fold)
        from sklearn.model_selection import StratifiedKFold

        classes = self.known(self.dataset.load())[items[:, 0]]
        try:
            train, held = list(StratifiedKFold(folds).split(items, classes))[fold]
        except ValueError as error:
            raise DataError(f"{self!r} cannot be dealt to {folds} folds: {error}") from None
        return items[train], items[held]

    def prepared(
        self, labels: NDArray[np.generic], train: NDArray[np.int64]
    ) -> tuple[NDArray[np.generic], None]:
        """Returns the classes as they are.

        Raises:
            DataError: the training split has examples of one class only.
        """
        import numpy as np

        if len(np.unique(labels[train])) < 2:
            raise DataError(
                f"the training split of {self!r} has examples of one class only; draw more, or "
                "give stratify=True."
            )
        return labels, None

    def _named(self, examples: Examples) -> Examples:
        if not examples.classes:
            raise DataError(
                f"the labels of {self.dataset!r} are numbers, and Classification needs classes; "
                "use Regression, or give whole numbers or text; of a Table, target_is='classes'."
            )
        return examples


class Regression(Supervised):
    """Which number, or numbers? As `Supervised` draws examples.

    Standardised, the target is trained on less its mean over its standard deviation, both of the
    training split; metrics are in the target's own unit.

    Example:
        >>> Regression(Table("houses.csv", target="price"), train=300, test=100)
        Regression(Table('houses.csv', target='price'), train=300, test=100)
    """

    @property
    def labels(self) -> dict[str, tuple[int, ...]]:
        """``(1,)``, or as many outputs as there are."""
        labels = self.dataset.load().train.labels
        return {"label": (labels.shape[1] if labels.ndim == 2 else 1,)}

    def kind(self, label: str) -> LabelKind:  # noqa: ARG002
        """Returns ``numbers``."""
        return "numbers"

    def known(self, examples: Examples) -> NDArray[np.float64]:
        """Returns the numbers, float64 ``(N,)`` or ``(N, outputs)``; classes that are some count.

        Raises:
            DataError: the labels are text.
        """
        import numpy as np

        labels = _both(examples).astype(np.float64)
        if not examples.classes:
            return labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
        try:
            numbers = np.array([float(name) for name in examples.classes])
        except ValueError:
            first = next(name for name in examples.classes if not _is_number(name))
            raise DataError(
                f"the labels of {self.dataset!r} hold the text {first!r}, and Regression needs "
                "numbers; use Classification, or another target."
            ) from None
        return numbers[labels.astype(np.int64)]

    def prepared(
        self, labels: NDArray[np.generic], train: NDArray[np.int64]
    ) -> tuple[NDArray[np.generic], Scale | None]:
        """Returns the numbers, float32, and how they were scaled.

        Raises:
            DataError: those of the training split are all equal.
        """
        import numpy as np

        from bakeoff.data.splits import Scale

        mean, sd = labels[train].mean(axis=0), labels[train].std(axis=0)
        if not np.all(sd):
            raise DataError(
                f"the labels of the training split of {self!r} are all equal; there is nothing to "
                "predict. Draw more examples, or give another target."
            )
        if not self.standardise:
            return labels.astype(np.float32), None
        return ((labels - mean) / sd).astype(np.float32), Scale(mean, sd)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _both(examples: Examples) -> NDArray[np.generic]:
    """Returns the labels of both sides, one after the other."""
    import numpy as np

    pools: list[Pool] = [examples.train, *([examples.test] if examples.test else [])]
    return np.concatenate([pool.labels for pool in pools])


def _groups(examples: Examples) -> NDArray[np.generic] | None:
    import numpy as np

    pools: list[Pool] = [examples.train, *([examples.test] if examples.test else [])]
    groups = [pool.groups for pool in pools if pool.groups is not None]
    return np.concatenate(groups) if len(groups) == len(pools) else None


def gathered(examples: Examples, items: NDArray[np.int64]) -> NDArray[np.generic]:
    """Returns the inputs of examples, those of the test side counted on from the training side."""
    import numpy as np

    first = len(examples.train)
    if examples.test is None:
        return examples.train.inputs[items]
    inputs = np.empty((len(items), *examples.shape), examples.train.inputs.dtype)
    inputs[items < first] = examples.train.inputs[items[items < first]]
    inputs[items >= first] = examples.test.inputs[items[items >= first] - first]
    return inputs


def _interleaved(labels: NDArray[np.generic]) -> NDArray[np.int64]:
    """Returns an order in which every stretch has about its share of every class.

    It is that of each example's place within its class, as a share of the class.
    """
    import numpy as np

    shares = np.empty(len(labels))
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        shares[mine] = (np.arange(len(mine)) + 0.5) / len(mine)
    return np.argsort(shares, kind="stable")
