"""The trials that wait for a worker, round by round, the longest of each round first."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from bakeoff.running.cost import Costs

_EXACT = 64
"""Workloads of a round that are ordered anew for each trial, as its costs are known then."""


@dataclass(frozen=True)
class Place:
    """A trial's place in the order; trials of one place are taken in the order they came.

    Attributes:
        round: from 0. A run that is stopped early has so run the same rounds of all variants.
        workload: equal for trials that take equally long.
    """

    round: int
    workload: str


@dataclass
class _Round:
    """The waiting trials of one round.

    Attributes:
        waiting: by workload; none of the queues is empty.
        order: workloads by rank, the highest last, as far as they have been ordered. One of many
            may since have lost its trials, or have another rank.
        age: trials taken since they were ordered.
    """

    waiting: dict[str, deque[str]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    age: int = 0

    def put(self, workload: str, key: str) -> None:
        if workload not in self.waiting:
            self.waiting[workload] = deque()
            self.order.clear()
        self.waiting[workload].append(key)

    def take(self, costs: Costs) -> tuple[str, str]:
        """Removes and returns a trial of the highest rank, with its workload."""
        # To order many costs more than to take one, so that their order is used for a while.
        if not self.order or self.age * _EXACT >= len(self.order):
            self.order = sorted(self.waiting, key=costs.rank, reverse=True)[::-1]
            self.age = 0
        self.age += 1
        workload = self.order[-1]
        keys = self.waiting[workload]
        key = keys.popleft()
        if not keys:
            del self.waiting[workload]
            self.order.pop()
        return key, workload


class Backlog:
    """Keys of waiting trials, by place.

    To take one costs as much of 100,000 as of 1,000. In a round of more than 64 workloads, the
    longest is the longest by what was known a few trials ago.
    """

    def __init__(self, place_of: Mapping[str, Place]) -> None:
        """Takes in trials.

        Args:
            place_of: each trial's place, by the trial's key.
        """
        self._place_of = place_of
        self._rounds: dict[int, _Round] = {}
        self._numbers: list[int] = []
        """The rounds of `_rounds`, as a heap."""
        self._counts: Counter[str] = Counter()
        self._size = 0
        for key in place_of:
            self.put(key)

    def __len__(self) -> int:
        return self._size

    def put(self, key: str) -> None:
        """Adds a trial, after others of its place."""
        place = self._place_of[key]
        if place.round not in self._rounds:
            self._rounds[place.round] = _Round()
            heapq.heappush(self._numbers, place.round)
        self._rounds[place.round].put(place.workload, key)
        self._counts[place.workload] += 1
        self._size += 1

    def take(self, costs: Costs) -> str:
        """Removes and returns the trial that should start next.

        Raises:
            IndexError: none waits.
        """
        if not self._numbers:
            raise IndexError("no trial waits")
        first = self._rounds[self._numbers[0]]
        key, workload = first.take(costs)
        if not first.waiting:
            del self._rounds[heapq.heappop(self._numbers)]
        self._counts[workload] -= 1
        if not self._counts[workload]:
            del self._counts[workload]
        self._size -= 1
        return key

    def counts(self) -> Mapping[str, int]:
        """Returns how many trials of each workload wait; later changes show in it."""
        return self._counts
