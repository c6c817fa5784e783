"""Classification: which class is it? On images, tables, or any other arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bakeoff.data.dataset import Dataset, Examples, Pool
from bakeoff.data.task import DealtTask, Items
from bakeoff.errors import DataError
from bakeoff.spec import NonNegativeInt, PositiveInt, Spec

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bakeoff.data.splits import RoundData


class Classification(DealtTask):
    """Examples of two classes or more, dealt to splits anew in each round.

    Examples that belong to one group stand in one split. Inputs are standardised, each column of a
    table and each channel of an image, by mean and standard deviation of the training split.

    Attributes:
        dataset: whose labels are classes.
        train: examples to train on.
        validation: examples held out of training; 0 draws none.
        test: examples to test on.
        sampling: ``redrawn``: train and validation from the dataset's training side, test from its
            test side; ``resampled``: all three from one pool, its sides together; ``fixed``: the
            first examples of each side, the same in every round. None is the first where there is
            a test side, else the second.
        stratify: whether each split has its share of every class.
        standardise: without, bytes are from 0 to 1 and numbers are as they are.
    """

    dataset: Dataset
    train: PositiveInt
    validation: NonNegativeInt = 0
    test: PositiveInt
    sampling: Literal["redrawn", "resampled", "fixed"] | None = None
    stratify: bool = False
    standardise: bool = True

    def __init__(
        self,
        dataset: Dataset,
        *,
        train: int,
        validation: int = 0,
        test: int,
        sampling: Literal["redrawn", "resampled", "fixed"] | None = None,
        stratify: bool = False,
        standardise: bool = True,
    ) -> None:
        Spec.__init__(
            self,
            dataset=dataset,
            train=train,
            validation=validation,
            test=test,
            sampling=sampling,
            stratify=stratify,
            standardise=standardise,
        )

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The dataset's: ``(columns,)``, say, or ``(channels, rows, columns)``."""
        return self.dataset.load().shape

    @property
    def target(self) -> str:
        """``label``: the class, from 0."""
        return "label"

    @property
    def labels(self) -> dict[str, tuple[int, ...]]:
        """The dataset's classes."""
        return {"label": (len(self._classes(self.dataset.load())),)}

    def check(self) -> None:
        """Refuse data without classes, and too little of it.

        Raises:
            DataError: as said.
        """
        self.deal(seed=0, round=0)

    def deal(self, *, seed: int, round: int) -> Items:
        """Return which examples stand in which split, ``(N, 1)``, none twice.

        An example of the test side is counted on from those of the training side.

        Raises:
            DataError: the data has no classes, or too few examples, or groups of them.
        """
        import numpy as np

        from bakeoff.data.drawing import POOL, TEST, TRAIN, permutation

        examples = self.dataset.load()
        self._classes(examples)
        labels, groups = _whole(examples)
        sides = self._sides(examples)
        found: dict[str, NDArray[np.int64]] = {}
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
            deck = members[order]
            if self.stratify:
                deck = deck[_interleaved(labels[deck])]
            found |= self._dealt(deck, wanted, None if groups is None else groups[deck])
        return {split: found[split][:, None] for split in self.sizes}

    def make(self, items: Items) -> RoundData:
        """Return a round: float32 inputs ``(N, *input_shape)`` and labels.

        Raises:
            DataError: the training split has one class only, or inputs that are all alike.
        """
        import numpy as np
        import torch

        from bakeoff.data.splits import RoundData, Split
        from bakeoff.data.transforms import fitted

        examples = self.dataset.load()
        labels, _ = _whole(examples)
        places = {split: drawn[:, 0] for split, drawn in items.items()}
        if len(np.unique(labels[places["train"]])) < 2:
            raise DataError(
                f"the training split of {self!r} has examples of one class only; draw more, or "
                "give stratify=True."
            )
        inputs = {split: _gathered(examples, drawn) for split, drawn in places.items()}
        transform = fitted(inputs["train"], examples, standardise=self.standardise)
        splits = {
            split: Split(
                torch.from_numpy(transform(inputs[split])),
                {"label": torch.from_numpy(labels[drawn])},
                items[split],
            )
            for split, drawn in places.items()
        }
        return RoundData(splits["train"], splits.get("validation"), splits["test"])

    def _classes(self, examples: Examples) -> tuple[str, ...]:
        if not examples.classes:
            raise DataError(
                f"the labels of {self.dataset!r} are numbers, and Classification needs classes; "
                "give whole numbers or text, or target_is='classes'."
            )
        return examples.classes

    def _sides(self, examples: Examples) -> dict[str, NDArray[np.int64] | None]:
        """Return what is dealt: either the two sides of the dataset, or one pool."""
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
        """Cut a deck into splits, one after the other, whole groups to each."""
        import numpy as np

        if groups is not None:
            # Groups in the order of their first example, each in one piece.
            _, first, number = np.unique(groups, return_index=True, return_inverse=True)
            order = np.argsort(first[number], kind="stable")
            deck, groups = deck[order], groups[order]
        found, start = {}, 0
        for split, size in wanted.items():
            end = start + size
            found[split] = deck[start:end]
            if groups is not None and end < len(deck):
                # What is left of the group that was cut stands in no other split.
                while end < len(deck) and groups[end] == groups[end - 1]:
                    end += 1
            start = end
            if len(found[split]) < size:
                whose = "" if groups is None else ", groups kept together,"
                raise DataError(
                    f"{self!r} needs {' and '.join(f'{n:,} {s}' for s, n in wanted.items())} "
                    f"examples in a round; {self.dataset!r}{whose} holds {len(deck):,}. Draw "
                    "fewer, or give more data."
                )
        return found


def _whole(examples: Examples) -> tuple[NDArray[np.int64], NDArray[np.generic] | None]:
    """Return labels and groups of both sides, one after the other."""
    import numpy as np

    pools: list[Pool] = [examples.train, *([examples.test] if examples.test else [])]
    labels = np.concatenate([pool.labels for pool in pools]).astype(np.int64)
    groups = [pool.groups for pool in pools if pool.groups is not None]
    return labels, np.concatenate(groups) if len(groups) == len(pools) else None


def _gathered(examples: Examples, places: NDArray[np.int64]) -> NDArray[np.generic]:
    """Return the inputs of examples, those of the test side counted on from the training side."""
    import numpy as np

    first = len(examples.train)
    if examples.test is None:
        return examples.train.inputs[places]
    found = np.empty((len(places), *examples.shape), examples.train.inputs.dtype)
    found[places < first] = examples.train.inputs[places[places < first]]
    found[places >= first] = examples.test.inputs[places[places >= first] - first]
    return found


def _interleaved(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return an order in which every stretch has about its share of every class.

    It is that of each example's place within its class, as a share of the class.
    """
    import numpy as np

    shares = np.empty(len(labels))
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        shares[mine] = (np.arange(len(mine)) + 0.5) / len(mine)
    return np.argsort(shares, kind="stable")
