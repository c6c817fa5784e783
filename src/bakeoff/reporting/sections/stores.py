"""A study in two stores: whether its trials came out the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bakeoff.analysis.replication import Replica
from bakeoff.analysis.results import Results
from bakeoff.reporting.section import (
    Block,
    Column,
    Heading,
    Number,
    Row,
    Section,
    TableBlock,
    Terms,
)
from bakeoff.reporting.text.cells import mean_cell
from bakeoff.reporting.text.notes import flat
from bakeoff.reporting.text.numbers import counted, differences_in, in_unit, share_of


def opening(replicas: Sequence[Replica]) -> str:
    """Returns how many trials are the same, in a sentence or two."""
    trials, same = (sum(getattr(each, name) for each in replicas) for name in ("trials", "same"))
    if not trials:
        return "No trial is in both stores."
    if same == trials:
        return f"{counted(trials, 'trial')} in both stores, all the same to the bit."
    return (
        f"{share_of(same, trials)} trials in both stores are the same to the bit. Other processors "
        "and versions of torch round otherwise."
    )


def sections(first: Results, second: Results, replicas: Sequence[Replica]) -> tuple[Section, ...]:
    """Returns the figures of both stores side by side, and the machines of each."""
    metric = first.study.metric
    columns = (
        Column("Variant", "text"),
        Column("Trials in both"),
        Column("Same to the bit"),
        Column("Largest difference", weight=1),
        Column("First store (sd)"),
        Column("Second store (sd)"),
    )
    rows = tuple(
        Row(
            (
                each.variant,
                Number(each.trials, "count"),
                Number(each.same, "count"),
                Number(each.largest, "level", metric),
                mean_cell(each.first, metric),
                mean_cell(each.second, metric),
            )
        )
        for each in replicas
    )
    caption = (
        f"Test {metric.words}, final epoch{in_unit(metric)}, over the trials in both stores; the "
        f"largest difference of a trial in {differences_in(metric)}"
    )
    return (
        Section("agreement", "Agreement", (TableBlock("agreement", caption, columns, rows),)),
        Section("stores", "The stores", tuple(_stores(first, second))),
    )


def _stores(*stores: Results) -> Iterator[Block]:
    for place, results in zip(("First", "Second"), stores, strict=True):
        yield Heading(f"{place}: {results.store}")
        ran = share_of(results.answered, results.expected)
        yield Terms((("Trials", ran), *(f for each in results.environments for f in flat(each))))
