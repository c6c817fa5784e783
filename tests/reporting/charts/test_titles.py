"""Names with signs that expressions cannot hold: every chart still shows them."""

from __future__ import annotations

import pytest
import vl_convert

from bakeoff.reporting.charts import kit
from bakeoff.reporting.palette import PAGE, chart_config

HOSTILE = ["line\nbreak", "\\xi", "a\\", "\\nu", 'a\\"b', "\\u", "a\u2029b", "it's"]


@pytest.mark.parametrize(
    ("title", "given"),
    [
        ("plain, 95% ± ü", "plain, 95% ± ü"),
        ('a "b"', 'a "b"'),
        ("\\nu", "\\\\nu"),
        ("a\nb\tc\u2028d", "a b c d"),
    ],
)
def test_a_title_is_escaped_only_where_it_must_be(title: str, given: str) -> None:
    assert kit.expressible(title) == given


@pytest.mark.parametrize("title", HOSTILE)
def test_an_axis_shows_a_title_as_it_is_and_a_tooltip_can_be_compiled(title: str) -> None:
    spec = {
        "data": {"values": [{"a": 1, "b": "two"}]},
        "mark": {"type": "point"},
        "encoding": {
            "x": {"field": "a", "type": "quantitative", "title": title},
            "tooltip": [tooltip.to_dict() for tooltip in kit.tooltips({"b": title})],
        },
        "config": chart_config(PAGE, legend=False),
    }

    drawn = vl_convert.vegalite_to_svg(spec, vl_version=kit.vega_lite_version())

    for part in title.splitlines():
        assert part in drawn
