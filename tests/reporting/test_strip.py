"""The plot of leads: a dot for every figure, in its place, whatever the figures are."""

import math
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.data.metric import MINUS
from bakeoff.reporting.compare.strip import DRAWN, HEIGHT, TYPED, Scale, Strip, strip_lines
from bakeoff.reporting.compare.strip_svg import strip_svg

leads = st.lists(
    st.floats(-100, 100, allow_nan=False).map(lambda value: round(value, 2)),
    min_size=1,
    max_size=40,
)


def strip(values, interval=None):
    return Strip(values, sum(values) / len(values), interval, "B is better", "A is better", "round")


def test_figures_stand_along_an_axis_with_0_on_it():
    assert strip_lines(strip([1.0, 3.0, 2.0], (0.5, 3.5)), width=40, glyphs=TYPED) == [
        "  | A is better >",
        "  |         o         o         o",
        "  |    [--------------#--------------]",
        "--+----+----+----+----+----+----+----+--",
        "  0  +0.5 +1.0 +1.5 +2.0 +2.5 +3.0 +3.5",
        "o a round   # typical   [-] 95% interval",
    ]


def test_figures_on_one_place_are_stacked():
    lines = strip_lines(strip([2.0, 2.0, -1.0]), width=60)

    assert [line.count(DRAWN.dot) for line in lines[1:3]] == [1, 2]
    assert lines[1].index(DRAWN.dot) == lines[2].rindex(DRAWN.dot)
    assert lines[-1] == "● a round   ◆ typical"


def test_where_there_are_too_many_a_dot_stands_for_several():
    lines = strip_lines(strip([0.0] * 12 + [1.0]), width=60)

    assert sum(line.count(DRAWN.dot) for line in lines[:-1]) == math.ceil(12 / 3) + 1
    assert lines[-1].startswith("● up to 3 rounds")


def test_all_0_has_an_axis_all_the_same():
    lines = strip_lines(strip([0.0, 0.0]), width=50)

    assert "◂ B is better │ A is better ▸" in lines[0]
    assert f"{MINUS}1.0" in lines[-2]


@given(leads, st.sampled_from([40, 57, 72]), st.booleans())
def test_lines_fit_and_every_figure_has_its_dot(values, width, with_interval):
    mean = sum(values) / len(values)
    drawn = strip(values, (mean - 1.5, mean + 1.5) if with_interval else None)

    lines = strip_lines(drawn, width=width)

    assert max(map(len, lines)) <= width
    key = next(n for n, line in enumerate(lines) if line.startswith(DRAWN.dot + " "))
    dots = sum(line.count(DRAWN.dot) for line in lines[:key])
    assert dots <= len(values)
    columns = {round(Scale.of(drawn).share(value) * (width - 1)) for value in values}
    assert len(columns) <= dots <= HEIGHT * len(columns)
    assert any(DRAWN.mean in line for line in lines[:key])


@given(leads)
def test_ticks_are_few_lie_on_the_axis_and_have_0_among_them(values):
    scale = Scale.of(strip(values))
    ticks = scale.ticks()

    assert 2 <= len(ticks) <= 9
    assert "0" in [label for _, label in ticks]
    assert all(scale.low <= value <= scale.high for value, _ in ticks)
    steps = {round(after - before, 9) for (before, _), (after, _) in pairwise(ticks)}
    assert len(steps) == 1


@given(leads, st.booleans())
def test_a_page_has_a_circle_for_every_figure_within_its_edges(values, with_interval):
    drawn = strip(values, (-3.0, 5.0) if with_interval else None)
    titles = [f"Round {n}: <{value}>" for n, value in enumerate(values)]

    text = strip_svg(drawn, titles, above=0, below=1)

    root = ElementTree.fromstring(text)
    circles = root.findall("{*}circle")
    assert [circle.find("{*}title").text for circle in circles] == titles
    for circle, value in zip(circles, values, strict=True):
        assert 0 <= float(circle.get("cx").rstrip("%")) <= 100
        colour = "quiet" if value == 0 else "series-0" if value > 0 else "series-1"
        assert circle.get("fill") == f"var(--{colour})"


@pytest.mark.parametrize("words", ["A < B & C", '"x"'])
def test_words_of_any_kind_stay_words(words):
    drawn = Strip([1.0], 1.0, None, words, words, "round")

    root = ElementTree.fromstring(strip_svg(drawn, [words], above=0, below=1))

    texts = [element.text or "" for element in root.iter()]
    assert sum(words in text for text in texts) == 3


@pytest.mark.parametrize(("interval", "ends"), [((-1.0, math.inf), "├▸"), ((-math.inf, 2.0), "◂┤")])
def test_an_interval_without_end_is_drawn_as_an_arrow_and_explained(interval, ends):
    lines = strip_lines(strip([1.0, 2.0, -1.0], interval), width=60)

    line = next(line for line in lines if "─" in line and "┴" not in line)
    assert (line.strip()[0], line.strip()[-1]) == tuple(ends)
    assert any("trials diverged" in line for line in lines)
