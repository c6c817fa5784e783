"""Figures as files of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bakeoff.analysis.results import Results
from bakeoff.data.files import write_whole
from bakeoff.errors import RunError
from bakeoff.reporting.charts.kit import panels_svg, svg
from bakeoff.reporting.formats import FigureFormat
from bakeoff.reporting.reports import report
from bakeoff.reporting.section import Figure, Panels, walk

SCALE = 2
"""Pixels of a PNG for each of the drawing's."""


def write_figures(
    results: Results, directory: Path, format: FigureFormat = "svg", *, name: str = ""
) -> tuple[Path, ...]:
    """Writes every figure of a report into a folder, which it makes, and returns their paths.

    Files are named after the study and the figure: ``dong-figure-4.svg``, ``dong-rounds.svg``.
    Those of an earlier report are overwritten.

    Raises:
        RunError: the folder cannot be made, or a file cannot be written.
    """
    written = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for figure, drawing in _drawings(results):
            path = directory / f"{name or results.study.name}-{figure}.{format}"
            write_whole(path, _bytes(drawing, format))
            written.append(path)
    except OSError as error:
        raise RunError(
            f"figures cannot be written to {directory}: {error.strerror}; give another folder."
        ) from None
    return tuple(written)


def _drawings(results: Results) -> Iterator[tuple[str, str]]:
    """Yields the name and the SVG of each figure; panels of one figure share a file."""
    for section in report(results).sections:
        inside: set[str] = set()
        for block in walk(section.blocks):
            if isinstance(block, Panels) and block.file:
                inside |= {figure.name for figure in block.figures}
                yield block.name, panels_svg(block)
            elif isinstance(block, Figure) and block.name not in inside:
                yield block.name, svg(block.chart)


def _bytes(drawing: str, format: FigureFormat) -> bytes:
    if format == "svg":
        return drawing.encode()
    import vl_convert

    return bytes(vl_convert.svg_to_png(drawing, scale=SCALE))
