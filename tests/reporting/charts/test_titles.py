"""Names with signs that expressions cannot hold: every chart still shows them."""

from __future__ import annotations

from typing import Any

import pytest
import vl_convert

from bakeoff.reporting.charts.kit import vega_lite_version
from bakeoff.reporting.charts.titles import expressible, with_safe_titles

HOSTILE = ("line\nbreak", "\\xi", "a\\")


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
    assert expressible(title) == given


@pytest.mark.parametrize("title", [*HOSTILE, "\\nu", 'a\\"b', "\\u", "a\u2029b", "it's"])
def test_what_is_read_out_is_the_title(title: str) -> None:
    spec: dict[str, Any] = {
        "data": {"values": [{"a": 1, "b": 2}]},
        "mark": {"type": "point"},
        "encoding": {
            "x": {"field": "a", "type": "quantitative", "title": title},
            "tooltip": [{"field": "b", "type": "nominal", "title": f"{title}2"}],
        },
    }

    drawn = vl_convert.vegalite_to_svg(with_safe_titles(spec), vl_version=vega_lite_version())

    shown = title.replace("\n", " ").replace("\u2029", " ").replace('"', "&quot;")
    assert f'aria-label="{shown}: 1; {shown}2: 2"' in drawn


def test_axes_and_legends_show_titles_as_they_are() -> None:
    spec: dict[str, Any] = {
        "layer": [
            {
                "encoding": {
                    "x": {"field": "a", "title": "\\xi", "axis": {"format": "d"}},
                    "y": {"field": "b", "title": "\\nu", "axis": None},
                    "tooltip": [{"field": "a", "title": "plain"}],
                }
            }
        ]
    }

    encoding = with_safe_titles(spec)["layer"][0]["encoding"]

    assert encoding["x"] == {
        "field": "a",
        "title": "\\\\xi",
        "axis": {"title": "\\xi", "format": "d"},
    }
    assert encoding["y"]["axis"] is None
    assert encoding["tooltip"] == spec["layer"][0]["encoding"]["tooltip"]
    assert spec["layer"][0]["encoding"]["x"]["title"] == "\\xi"
