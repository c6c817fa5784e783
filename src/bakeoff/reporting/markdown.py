"""The report as Markdown, for a README, an issue or a notebook."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bakeoff.analysis.results import Results
from bakeoff.analysis.table import comparison_table
from bakeoff.reporting.grids import Grid, epochs_grid, others_grid, results_grid
from bakeoff.reporting.judgements import failed, grid_of, judgements, remarks, untested
from bakeoff.reporting.prose import flat, heading, notices, opening, protocol
from bakeoff.reporting.searches import factors_grid, search_sections

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def as_markdown(results: Results) -> str:
    """Return verdicts, audit, tables, assumptions and protocol as GitHub-flavoured Markdown."""
    return "\n".join(_lines(results)) + "\n"


def _lines(results: Results) -> Iterator[str]:
    study = results.study
    yield f"# {_escaped(heading(results))}"
    if study.source:
        yield from ("", _escaped(study.source))
    for notice in notices(results):
        yield from ("", f"> **{notice.title}.** {_escaped(notice.text)}")
    yield from ("", _escaped(opening(results)))
    yield from _verdicts(results)
    table = comparison_table(results)
    yield from ("", "## Results")
    for grid in (results_grid(table), epochs_grid(table), others_grid(table)):
        if grid is not None:
            yield from ("", f"**{_escaped(grid.caption)}**", "", *_table(grid))
    for row in table.rows:
        if row.note:
            yield from ("", f"{_escaped(row.variant)}: {_escaped(row.note)}")
    if (factors := factors_grid(results)) is not None:
        yield from ("", "## Searches", "", f"**{_escaped(factors.caption)}**", "", *_table(factors))
    for search in search_sections(results):
        yield from ("", f"### {_escaped(search.name)}", "", _escaped(search.text))
        yield from ("", f"**{_escaped(search.best.caption)}**", "", *_table(search.best))
    if study.assumptions:
        yield from ("", "## Assumptions", "")
        yield from (f"- {_escaped(assumption)}" for assumption in study.assumptions)
    yield from ("", "## How it was run", "")
    yield from (f"- {term}: {_escaped(value)}" for term, value in protocol(results))
    for environment in results.environments:
        parts = (f"{name} {value}" for name, value in flat(environment))
        yield f"- Environment: {_escaped(', '.join(parts))}"


def _verdicts(results: Results) -> Iterator[str]:
    judged, left_out = judgements(results), untested(results)
    grid = grid_of(judged, results)
    if grid is not None or left_out:
        yield from ("", "## Verdicts")
    if grid is not None:
        yield from ("", _escaped(grid.caption), "", *_table(grid))
        for line in failed(results):
            yield from ("", _escaped(line))
    for one in judged:
        if one.told:
            yield from ("", f"All comparisons of {_escaped(one.id)}:", "")
            yield from (f"- {_escaped(text)}" for text in one.told)
    if any(one.failures for one in judged):
        yield from ("", "Failures, and how many would undo a lead in the mean:", "")
        for one in judged:
            if one.failures:
                yield f"- {_escaped(one.id)}: {_escaped(' '.join(one.failures))}"
    if left_out:
        yield from ("", _escaped(left_out))
    found = remarks(results)
    if found:
        yield from ("", "## Audit", "")
    yield from (
        f"- {one.severity}: **{_escaped(one.title)}.** {_escaped(one.text)}" for one in found
    )


def _table(grid: Grid) -> Iterator[str]:
    yield _row(column.name for column in grid.columns)
    yield _row("---" if column.kind == "text" else "---:" for column in grid.columns)
    yield from (_row(map(_escaped, row)) for row in grid.rows)


def _row(cells: Iterator[str] | map[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
