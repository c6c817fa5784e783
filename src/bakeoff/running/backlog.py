"""The trials that wait for a worker, the longest first."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from bakeoff.running.cost import Costs


class Backlog:
    """Keys of waiting trials, grouped by workload: those of one take equally long."""

    def __init__(self, workloads: Mapping[str, str]) -> None:
        """Take in trials.

        Args:
            workloads: of each trial by its key; trials of one workload are taken in this order.
        """
        self._workloads = workloads
        self._waiting: dict[str, deque[str]] = {}
        for key in workloads:
            self.put(key)

    def __len__(self) -> int:
        return sum(len(keys) for keys in self._waiting.values())

    def put(self, key: str) -> None:
        """Add a trial, after others of its workload."""
        self._waiting.setdefault(self._workloads[key], deque()).append(key)

    def take(self, costs: Costs) -> str:
        """Remove and return the trial that should start next.

        Raises:
            IndexError: none waits.
        """
        workload = max((w for w, keys in self._waiting.items() if keys), key=costs.rank, default="")
        if not workload:
            raise IndexError("no trial waits")
        return self._waiting[workload].popleft()

    def counts(self) -> dict[str, int]:
        """Return how many trials of each workload wait."""
        return {workload: len(keys) for workload, keys in self._waiting.items() if keys}
