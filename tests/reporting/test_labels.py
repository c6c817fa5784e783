"""Names beside points: they collide with nothing, at any width."""

from hypothesis import given
from hypothesis import strategies as st

from bakeoff.reporting.figures.labels import (
    REACH,
    STEPS,
    Box,
    Place,
    Point,
    point_names,
    sides,
)

HEIGHT = 320.0
PLACES = st.builds(Place, st.floats(0, 1), st.floats(0, HEIGHT))
POINTS = st.lists(st.builds(Point, st.text("abc ", min_size=1, max_size=30), PLACES), max_size=15)


@given(POINTS, st.floats(200, 1100), st.floats(200, 1100))
def test_a_name_meets_no_other_name_and_no_other_point(
    points: list[Point], narrow: float, wide: float
) -> None:
    found = sides(points, (narrow, wide), HEIGHT)

    for width in (narrow, wide):
        boxes = [
            p.box(side, width) if side else None for p, side in zip(points, found, strict=True)
        ]
        for own, box in enumerate(boxes):
            if box is None:
                continue
            assert box.is_within(Box(0, 0, width, HEIGHT))
            others = [other for place, other in enumerate(boxes) if place != own and other]
            dots = [p.at.around(width, REACH) for place, p in enumerate(points) if place != own]
            assert not any(box.meets(other) for other in [*others, *dots])


def test_the_first_point_has_its_name_on_the_right_if_there_is_room() -> None:
    in_the_middle, at_the_end = Place(0.5, 100), Place(1.0, 200)

    found = sides([Point("one", in_the_middle), Point("two", at_the_end)], [400], HEIGHT)

    assert [side and side.align for side in found] == ["left", "right"]


def test_points_in_one_place_have_their_names_on_different_sides_while_there_are_any() -> None:
    place = Place(0.5, 100)

    found = sides([Point(f"name {n}", place) for n in range(9)], [400], HEIGHT)

    named = [side for side in found if side is not None]
    assert 2 <= len(set(named)) == len(named) < 9


def test_a_name_gives_way_to_a_line() -> None:
    point = Point("a name", Place(0.5, 100))
    across = (Place(0.5, 100), Place(1.0, 100))

    (free,), (moved,) = sides([point], [400], HEIGHT), sides([point], [400], HEIGHT, [across])

    assert free is not None
    assert moved is not None
    assert (free.align, moved.align) == ("left", "right")


def test_names_are_written_for_every_width_that_has_room() -> None:
    long = Point("a name of some forty letters, all of them", Place(0.5, 100))

    layers = point_names([long, Point("b", Place(0.9, 200))], HEIGHT)

    rows = [row for layer in layers for row in layer.data.values]
    widths = {
        name: sorted(row["from"] for row in rows if row["text"] == name)
        for name in (long.name, "b")
    }
    # 41 letters of 11 pixels need 280 pixels, and centred the drawing may have as many.
    assert widths == {long.name: [300, 420, 560, 760], "b": list(STEPS[:-1])}
