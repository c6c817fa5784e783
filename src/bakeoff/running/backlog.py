"""The trials that wait for a worker: round by round, the longest of a round first."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from bakeoff.running.cost import Costs


@dataclass(frozen=True)
class Place:
    """What the order of trials hangs on: those of equal places are taken as they came.

    Attributes:
        round: from 0; a run that is stopped early has then run all variants alike.
        workload: equal for trials that take equally long.
    """

    round: int
    workload: str


class Backlog:
    """Keys of waiting trials, by place."""

    def __init__(self, place_of: Mapping[str, Place]) -> None:
        """Take in trials.

        Args:
            place_of: each trial's place, by the trial's key.
        """
        self._place_of = place_of
        self._waiting: dict[Place, deque[str]] = {}
        for key in place_of:
            self.put(key)

    def __len__(self) -> int:
        return sum(len(keys) for keys in self._waiting.values())

    def put(self, key: str) -> None:
        """Add a trial, after others of its place."""
        self._waiting.setdefault(self._place_of[key], deque()).append(key)

    def take(self, costs: Costs) -> str:
        """Remove and return the trial that should start next.

        Raises:
            IndexError: none waits.
        """
        waiting = [place for place, keys in self._waiting.items() if keys]
        if not waiting:
            raise IndexError("no trial waits")
        place = max(waiting, key=lambda place: (-place.round, costs.rank(place.workload)))
        return self._waiting[place].popleft()

    def counts(self) -> dict[str, int]:
        """Return how many trials of each workload wait."""
        counts: dict[str, int] = {}
        for place, keys in self._waiting.items():
            if keys:
                counts[place.workload] = counts.get(place.workload, 0) + len(keys)
        return counts
