"""The report's tables as LaTeX, to be read in by a paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bakeoff.analysis.results import Results
from bakeoff.analysis.table import Table, comparison_table
from bakeoff.reporting.grids import (
    Column,
    Grid,
    compact_grid,
    epochs_grid,
    others_grid,
    results_grid,
)
from bakeoff.reporting.judgements import remarks, untested, verdicts_grid
from bakeoff.reporting.prose import heading, notices
from bakeoff.reporting.searches import factors_grid, search_sections
from bakeoff.reporting.tex.tables import PACKAGES, tex_table
from bakeoff.reporting.tex.text import tex
from bakeoff.reporting.wording import (
    difference,
    half_interval,
    mean_sd,
    quantity_label,
    summary_cell,
)


def as_tex(results: Results) -> str:
    r"""Return the tables as LaTeX that ``\input`` reads into a document.

    The packages that the document must load are named in a comment on top. Each table has a
    label: ``tab:dong-verdicts``, ``-audit``, ``-results``, ``-epochs``, ``-others``,
    ``-factors``, and ``-search-1`` and so on.
    """
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Results) -> Iterator[str]:
    yield f"% {' '.join(heading(results).split())}: tables, written by bakeoff."
    yield rf"% Into the document's preamble: \usepackage{{{PACKAGES}}}"
    yield "% A longtable, which breaks across pages, stands in documents of one column only."
    for notice in notices(results):
        yield from ("", rf"\noindent\textbf{{{tex(notice.title)}.}} {tex(notice.text)}")
    study = re.sub(r"[^A-Za-z0-9]+", "-", results.study.name)
    for name, grid, below in _grids(results):
        yield ""
        yield from tex_table(_told(grid, results.label), f"tab:{study}-{name}", below)


def _grids(results: Results) -> Iterator[tuple[str, Grid, list[str]]]:
    """Yield each table with the end of its label and the paragraphs below it."""
    if (judged := verdicts_grid(results)) is not None:
        yield "verdicts", judged, [text for text in [untested(results)] if text]
    if (found := _audit_grid(results)) is not None:
        yield "audit", found, []
    table = comparison_table(results)
    notes = [f"{row.variant}: {row.note}" for row in table.rows if row.note]
    yield "results", _main_grid(table), notes
    yield "epochs", epochs_grid(table), []
    if (others := _others_grid(table)) is not None:
        yield "others", others, []
    if (factors := factors_grid(results)) is not None:
        yield "factors", _transposed(factors), []
    for number, search in enumerate(search_sections(results), start=1):
        yield f"search-{number}", search.best, [search.text]


def _main_grid(table: Table) -> Grid:
    # The compact table leaves out which figure is meant, where variants have different ones.
    return compact_grid(table) if table.quantity else results_grid(table)


def _others_grid(table: Table) -> Grid | None:
    """Return what else was published beside its measurement, in few columns."""
    rows = [
        (
            row.variant,
            quantity_label(other.quantity, other.metric)
            + (f" ({other.where})" if other.where else ""),
            mean_sd(other.published_mean, other.published_sd, other.metric),
            summary_cell(other.measured, other.metric),
            half_interval(other.measured.interval, other.metric),
            difference(other.difference, other.metric),
        )
        for row in table.rows
        for other in row.others
    ]
    columns = (
        *(Column("Variant", "text"), Column("Figure", "text")),
        *(Column("Published (sd)"), Column("Measured (sd)", "key"), Column("95%"), Column("Diff.")),
    )
    whole = others_grid(table)
    return None if whole is None else Grid(whole.caption, columns, tuple(rows))


def _audit_grid(results: Results) -> Grid | None:
    rows = tuple((one.title, one.severity, one.text) for one in remarks(results))
    columns = (Column("Warning", "text"), Column("Weight", "text"), Column("Size", "text"))
    caption = "Audit: what in the trials warns against the conclusions"
    return Grid(caption, columns, rows) if rows else None


def _transposed(grid: Grid) -> Grid:
    """Return a table of words with its columns as rows: searches are few, their factors many."""
    heads = (Column("Factor", "text"), *(Column(row[0], "text") for row in grid.rows))
    cells = (
        (column.name, *(row[place] for row in grid.rows))
        for place, column in enumerate(grid.columns)
        if place
    )
    return Grid(grid.caption, heads, tuple(cells))


def _told(grid: Grid, shortened: str) -> Grid:
    """Return a table whose caption tells how the run differs from the study as declared."""
    run = f" (run as {shortened})" if shortened else ""
    return replace(grid, caption=f"{grid.caption.rstrip('.')}{run}.")
