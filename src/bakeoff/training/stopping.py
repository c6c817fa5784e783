"""Early stopping: when a training ends before its last epoch."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bakeoff.spec import PositiveInt, Spec
from bakeoff.training.schedules import Watched, WatchedSplit


class Stopping(Spec, ABC):
    """When training ends by what a curve says. Subclass it with `stops`.

    Whatever rule ends it, the weights of the earliest epoch that is best on that curve are restored
    before the final figures and answers are taken, also where training went on to the last epoch.

    Attributes:
        metric: by whose value after each epoch: ``loss`` or the name of one of the task's metrics;
            empty for its first.
        split: on which it is measured: ``validation``, or ``train`` where the task draws none.

    Example:
        >>> class Enough(Stopping):
        ...     '''Stops as soon as a score is reached.'''
        ...     score: float
        ...     def stops(self, scores):
        ...         return scores[-1] >= self.score
        >>> Enough(metric="accuracy", score=0.9).stops((0.5, 0.8, 0.95))
        True
    """

    metric: str = ""
    split: WatchedSplit = "validation"

    def watched(self) -> Watched:
        """Returns the split and the metric."""
        return Watched(self.split, self.metric)

    @abstractmethod
    def stops(self, scores: tuple[float, ...]) -> bool:
        """Returns whether the last of these epochs is the last of the training.

        Args:
            scores: the metric's value after each epoch so far, one or more, with its sign changed
                where lower is better: the highest is the best. NaN is given as minus infinity.
        """


class Patience(Stopping):
    """Stops after so many epochs without a better score than the best before them (Prechelt 1998).

    Attributes:
        epochs: in a row that are no better.

    Example:
        >>> errors = (0.5, 0.2, 0.3, 0.2)
        >>> Patience(epochs=2).stops(tuple(-error for error in errors))
        True
        >>> Patience(epochs=3).stops(tuple(-error for error in errors))
        False
    """

    epochs: PositiveInt

    def stops(self, scores: tuple[float, ...]) -> bool:
        """Returns whether the best score is so many epochs old."""
        return len(scores) - 1 - best_of(scores) >= self.epochs


def best_of(scores: tuple[float, ...]) -> int:
    """Returns the position of the earliest epoch that has the highest score."""
    return scores.index(max(scores))
