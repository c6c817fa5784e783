"""Titles from names, made safe for the expressions of Vega-Lite."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""Characters that a string of an expression cannot hold, or that are invisible."""

_GUIDES = {"x": "axis", "y": "axis", "color": "legend", "fill": "legend", "shape": "legend"}


def expressible(title: str) -> str:
    """Returns a title escaped for a tooltip, which then shows it as it is.

    Vega-Lite writes titles of tooltips and screen readers into a string of an expression. It
    escapes quotation marks only. A line break is shown as a space.
    """
    return _BREAKS.sub(" ", title).replace("\\", "\\\\")


def with_safe_titles(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a chart's specification with titles that are safe in expressions.

    Axes and legends show the same text as before.
    """
    safe = dict(spec)
    if "encoding" in spec:
        safe["encoding"] = {name: _safe(name, each) for name, each in spec["encoding"].items()}
    for parts in ("layer", "concat", "hconcat", "vconcat"):
        if parts in spec:
            safe[parts] = [with_safe_titles(part) for part in spec[parts]]
    return safe


def _safe(channel: str, encoding: Any) -> Any:
    if isinstance(encoding, list):
        return [_safe(channel, part) for part in encoding]
    title = encoding.get("title") if isinstance(encoding, dict) else None
    if not isinstance(title, str) or (escaped := expressible(title)) == title:
        return encoding
    changed = {**encoding, "title": escaped}
    guide = _GUIDES.get(channel)
    if guide and encoding.get(guide, {}) is not None:
        changed[guide] = {"title": title, **encoding.get(guide, {})}
    return changed
