"""The cost of use: what an answer of each variant's model takes, in bytes and in time."""

from __future__ import annotations

from collections.abc import Callable

from bakeoff.analysis.use import UseRow
from bakeoff.inference.use_cost import BATCH
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Cell, Column, Number, Paragraph, Row, Section, TableBlock
from bakeoff.reporting.text.numbers import listed
from bakeoff.reporting.text.words import named

Field = tuple[Column, Callable[[UseRow], Number]]


def section(page: Page) -> Section | None:
    """Returns the table of costs, and how they were got; None if none is known."""
    table = use_table_block(page)
    if len(table.columns) == 1:
        return None
    use = page.use
    texts = []
    if use.processor:
        texts.append(
            "A time is the median of many, from a raw example to its answer. It was measured apart "
            f"from training, with torch {use.torch}, and differs on another machine."
        )
        alone = [
            named(r.variant) for r in use.rows if r.seconds is None and r.batch_seconds is not None
        ]
        untimed = [named(r.variant) for r in use.rows if r.batch_seconds is None]
        if alone:
            texts.append(
                f"Tested in training mode, and so timed on a batch alone: {listed(alone)}."
            )
        if untimed:
            texts.append(f"Not timed: {listed(untimed)}.")
    else:
        texts.append("Times were not measured; a run measures them once its trials are done.")
    texts.append(
        "Weights include buffers, such as the statistics of batch norm. An activation is a tensor "
        "that a layer takes or gives."
    )
    return Section("use", "Cost of use", (table, Paragraph(" ".join(texts), aside=True)))


def use_table_block(page: Page) -> TableBlock:
    """Returns the costs of each variant; what no variant has is left out."""
    use = page.use
    fields: list[Field] = [
        (Column("One example"), lambda row: _time(row.seconds, use.fastest)),
        (
            Column(f"Batch of {BATCH}", short=f"{BATCH}"),
            lambda row: _time(row.batch_seconds, use.fastest_batch),
        ),
        (
            Column("Multiply-adds", weight=1),
            lambda row: Number(row.multiply_adds, "count"),
        ),
        (Column("Weights", weight=2), lambda row: Number(row.weight_bytes, "bytes")),
        (Column("On disk", weight=4), lambda row: Number(row.disk_bytes, "bytes")),
        (
            Column("Largest activation", short="Activation", weight=3),
            lambda row: Number(row.activation_bytes, "bytes"),
        ),
    ]
    known = [
        (column, cell)
        for column, cell in fields
        if any(cell(r).value is not None for r in use.rows)
    ]
    rows: list[Row] = []
    for each in use.rows:
        cells: tuple[Cell, ...] = (each.variant, *(cell(each) for _, cell in known))
        rows.append(Row(cells))
    machine = f"; times on one thread of {use.processor}, in brackets over the fastest"
    return TableBlock(
        "use",
        f"Cost of an answer{machine if use.processor else ''}",
        (Column("Variant", "text"), *(column for column, _ in known)),
        tuple(rows),
        page.keys,
        sortable=len(rows) > 2,
    )


def _time(seconds: float | None, fastest: float | None) -> Number:
    if seconds is None or fastest is None:
        return Number(None, "time")
    return Number(seconds, "time", ratio=seconds / fastest, mark=seconds == fastest)
