"""The Pareto front of two costs."""

from __future__ import annotations

from collections.abc import Sequence


def pareto_front(points: Sequence[tuple[float, float]]) -> tuple[int, ...]:
    """Returns the places of the points that no other dominates, from the lowest first cost up.

    Both costs are better lower. A point dominates another if it is no higher in either cost and
    lower in one. So equal points do not dominate each other; all or none are on the front.

    Args:
        points: (cost, cost) pairs of finite numbers.
    """
    front: list[int] = []
    for place in sorted(range(len(points)), key=points.__getitem__):
        last = points[front[-1]] if front else None
        if last is None or points[place] == last or points[place][1] < last[1]:
            front.append(place)
    return tuple(front)
