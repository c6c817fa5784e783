"""The card of a trained model: where it comes from, what it was compared with, how to use it."""

from __future__ import annotations

from collections.abc import Iterator

from bakeoff.analysis.results import Results
from bakeoff.analysis.use import UseRow, UseTable
from bakeoff.inference.description import Description
from bakeoff.inference.use_cost import BATCH
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import (
    Block,
    Interval,
    Items,
    Kind,
    Number,
    Report,
    Section,
    Terms,
)
from bakeoff.reporting.sections import audit, verdicts
from bakeoff.reporting.sections import use as cost_of_use
from bakeoff.reporting.sections.results import tables
from bakeoff.reporting.text.cells import text
from bakeoff.reporting.text.notes import data_remarks, heading, notices
from bakeoff.reporting.text.numbers import (
    brief_time,
    capital,
    counted,
    duration,
    in_unit,
    listed,
    number,
    ratio,
)
from bakeoff.reporting.text.words import without_folders


def card(results: Results, description: Description, remarks: tuple[str, ...]) -> Report:
    """Returns the card of a model.

    Args:
        results: the results of its study.
        description: of the model.
        remarks: sentences about how it was trained again, checked and exported.
    """
    page = Page(results)
    parts = (verdicts.section(page), tables(page), cost_of_use.section(page), audit.section(page))
    return Report(
        name=results.study.name,
        title=f"{description.origin.variant}, of {heading(results)}",
        source=results.study.source,
        notices=notices(results),
        opening=_opening(page, description),
        sections=(
            Section("model", "The model", tuple(_blocks(page, description, remarks))),
            Section("use", "Use", (_uses(description),)),
            *(part for part in parts if part is not None),
        ),
    )


def _opening(page: Page, description: Description) -> str:
    origin, study = description.origin, page.results.study
    history = page.results.histories[origin.variant][origin.round - 1]
    row = next(row for row in page.table.rows if row.variant == origin.variant)
    metric, over = study.metric, row.final
    name = f"{metric.words}{in_unit(metric)}"
    own = "" if history is None else f" {number(history.value('test'), metric)} on its test split"
    mean = (
        ""
        if over.mean is None
        else f", {number(over.mean, metric)} over {counted(over.n, 'round')}"
    )
    interval = text(Interval(over.interval, "level", metric)) if over.interval else ""
    others = [each.name for each in study.variants if each.name != origin.variant]
    compared = f" It was compared with {listed(others)}." if others else ""
    return (
        f"The model of round {origin.round}. {capital(name)}:{own}{mean}"
        f"{f' (95% interval {interval})' if interval else ''}.{compared}"
    )


def _blocks(page: Page, description: Description, remarks: tuple[str, ...]) -> Iterator[Block]:
    origin, results = description.origin, page.results
    row = next(row for row in page.table.rows if row.variant == origin.variant)
    use = page.use.row(origin.variant)
    yield Items(remarks)
    yield Terms(
        tuple(
            (term, value)
            for term, value in (
                ("Study", f"{origin.study}, {origin.variant}, round {origin.round}"),
                ("Run as", origin.shortened),
                ("Trial", origin.key),
                ("Task", without_folders(repr(results.study.task), results.study.task)),
                ("Data", " ".join((f"digest {results.data}.", *data_remarks(results)))),
                ("Model", description.code),
                ("Parameters", "" if row.parameters is None else f"{row.parameters:,}"),
                ("Multiply-adds", _of(use.multiply_adds, "count", " an example")),
                ("Weights", _of(use.weight_bytes, "bytes")),
                ("On disk", _of(use.disk_bytes, "bytes")),
                ("Largest activation", _of(use.activation_bytes, "bytes", " an example")),
                ("Time to answer", _times(page.use, use)),
                ("Training", "" if row.seconds is None else duration(row.seconds)),
                ("Answers", ", ".join(description.classes)),
                ("Versions", ", ".join(f"{name} {each}" for name, each in origin.versions)),
            )
            if value
        )
    )


def _of(value: float | None, kind: Kind, end: str = "") -> str:
    return "" if value is None else f"{text(Number(value, kind))}{end}"


def _times(table: UseTable, use: UseRow) -> str:
    """Returns the times of one example and of a batch, beside the fastest; empty without any."""
    pairs = (
        ("one example", use.seconds, table.fastest),
        (f"a batch of {BATCH}", use.batch_seconds, table.fastest_batch),
    )
    parts = [
        f"{brief_time(seconds)} for {what} ({ratio(seconds / fastest)} the fastest)"
        for what, seconds, fastest in pairs
        if seconds is not None and fastest is not None
    ]
    machine = f", on one thread of {table.processor}, torch {table.torch}"
    return f"{listed(parts)}{machine}" if parts else ""


def _uses(description: Description) -> Items:
    inputs = description.inputs
    shape = ", ".join(map(str, inputs.shape))
    takes = f"It takes {'bytes' if inputs.kind == 'bytes' else 'numbers'} of shape (N, {shape})"
    ready = ", as the study's own task makes them" if inputs.kind == "ready" else ""
    lines = [
        f"{takes}{ready}; preprocessing and decision are part of it.",
        "bakeoff predict DIR FILES",
    ]
    if description.model is not None:
        own = "" if description.is_ours else ", code=[its classes]"
        lines.append(f"bakeoff.load_model(DIR{own}).predict(inputs)")
    if description.by_batch:
        lines.append(f"It cannot be exported: {description.by_batch}.")
    return Items(tuple(lines))
