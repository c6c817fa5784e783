"""The JavaScript that draws figures in a page: Vega, Vega-Lite and Vega-Embed in one text."""

from __future__ import annotations

from importlib.metadata import version

from bakeoff.data.cache import read_note, write_note
from bakeoff.reporting.charts.kit import vega_lite_version

_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_END = "\n/* end of bundle */"


def chart_scripts() -> str:
    """Returns the bundle, safe inside a ``<script>``; it sets ``window.vegaEmbed``.

    It takes over a second to make, and is then kept in the cache folder.
    """
    import vl_convert

    lite = vega_lite_version()
    key = f"vega-lite-{lite}-by-vl-convert-{version('vl-convert-python')}.js"
    script = read_note(key)
    # Without its last line a file was cut short, and would break the page that it stands in.
    if script is not None and script.endswith(_END):
        return script
    script = vl_convert.javascript_bundle(_SNIPPET, vl_version=lite)
    # A script element ends at "</script" and changes its rules at "<!--", inside strings too.
    script = script.replace("</script", r"<\/script").replace("<!--", r"<\!--") + _END
    write_note(key, script)
    return script
