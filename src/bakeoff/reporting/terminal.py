"""The comparison table for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakeoff.analysis.results import Results
from bakeoff.analysis.table import comparison_table
from bakeoff.reporting.grids import compact_grid
from bakeoff.reporting.prose import heading, notices
from bakeoff.reporting.searches import search_sections

if TYPE_CHECKING:
    from rich.table import Table


def as_terminal(results: Results) -> Table:
    """Return the main table for rich to print; what is wrong with it stands under it."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = compact_grid(comparison_table(results))
    caption = Text(f"{grid.caption}.")
    for search in search_sections(results):
        caption.append(f"\nSearch {search.name}: ", style="bold").append(search.text)
    for notice in notices(results):
        caption.append(f"\n{notice.title}: ", style="bold yellow").append(notice.text)
    table = Table(
        title=Text(heading(results), style="bold"),
        title_justify="left",
        caption=caption,
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for column in grid.columns:
        # Headings break between their words, figures never; names give way first.
        heads = column.name.replace(" (", "\n(")
        if column.kind == "text":
            table.add_column(heads, overflow="fold", min_width=10)
        else:
            style = "bold" if column.kind == "key" else ""
            table.add_column(heads, justify="right", style=style, no_wrap=True)
    for row in grid.rows:
        # As `Text`, a name like "[red]" is a name and not a colour.
        table.add_row(*(Text(cell) for cell in row))
    return table
