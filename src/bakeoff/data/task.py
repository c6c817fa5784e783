"""Tasks: how the data of a round is drawn, the same for every variant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

from bakeoff.spec import Spec

if TYPE_CHECKING:
    from bakeoff.data.archive import Archive
    from bakeoff.data.splits import RoundData


class Task(Spec, ABC):
    """A source of rounds. Equal tasks draw equal rounds from equal archives."""

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

    def check(self, archive: Archive) -> None:
        """Refuse an archive that is too small for a round; by default none is.

        Raises:
            DataError: it holds fewer images than a round needs.
        """

    @abstractmethod
    def draw(self, archive: Archive, *, seed: int, round: int) -> RoundData:
        """Return the data of a round, which depends on nothing but the arguments and the task.

        Raises:
            DataError: the archive holds fewer images than the round needs.
        """
