"""The trials that wait for a worker, round by round, the longest of each round first."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from bakeoff.running.cost import Costs


@dataclass(frozen=True)
class Place:
    """A trial's place in the order; trials of one place are taken in the order they came.

    Attributes:
        round: from 0. A run that is stopped early has so run the same rounds of all variants.
        workload: equal for trials that take equally long.
    """

    round: int
    workload: str


class Backlog:
    """Keys of waiting trials, by place."""

    def __init__(self, place_of: Mapping[str, Place]) -> None:
        """Takes in trials.

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
        """Adds a trial, after others of its place."""
        self._waiting.setdefault(self._place_of[key], deque()).append(key)

    def take(self, costs: Costs) -> str:
        """Removes and returns the trial that should start next.

        Raises:
            IndexError: none waits.
        """
        waiting = [place for place, keys in self._waiting.items() if keys]
        if not waiting:
            raise IndexError("no trial waits")
        place = max(waiting, key=lambda place: (-place.round, costs.rank(place.workload)))
        return self._waiting[place].popleft()

    def counts(self) -> dict[str, int]:
        """Returns how many trials of each workload wait."""
        counts: dict[str, int] = {}
        for place, keys in self._waiting.items():
            if keys:
                counts[place.workload] = counts.get(place.workload, 0) + len(keys)
        return counts
