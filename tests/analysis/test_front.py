from hypothesis import given
from hypothesis import strategies as st

from bakeoff.analysis.statistics.front import pareto_front

# Few values, so that many tie in one cost or in both.
COSTS = st.one_of(st.integers(0, 4).map(float), st.floats(-1e6, 1e6))
POINTS = st.lists(st.tuples(COSTS, COSTS), max_size=25)

Point = tuple[float, float]


def dominates(one: Point, other: Point) -> bool:
    return one[0] <= other[0] and one[1] <= other[1] and one != other


@given(POINTS)
def test_the_front_holds_what_no_other_point_dominates(points: list[Point]) -> None:
    brute = {
        place
        for place, point in enumerate(points)
        if not any(dominates(other, point) for other in points)
    }

    found = pareto_front(points)

    assert set(found) == brute
    assert len(found) == len(brute)


@given(POINTS)
def test_the_front_runs_from_the_lowest_first_cost_down_the_second(points: list[Point]) -> None:
    front = [points[place] for place in pareto_front(points)]

    assert [x for x, _ in front] == sorted(x for x, _ in front)
    assert [y for _, y in front] == sorted((y for _, y in front), reverse=True)


def test_a_cheaper_point_hides_one_that_is_no_better() -> None:
    assert pareto_front([(3, 0.1), (1, 0.3), (2, 0.3), (4, 0.2), (1, 0.5)]) == (1, 0)


def test_equal_points_are_on_the_front_together() -> None:
    assert pareto_front([(2, 2), (1, 1), (1, 1)]) == (1, 2)


def test_there_is_no_front_of_nothing() -> None:
    assert pareto_front([]) == ()
