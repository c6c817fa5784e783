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
    caption = (
        f"Test {metric.words}, final epoch{in_unit(metric)}, over the trials in both stores; the "
        f"largest difference of a trial in {differences_in(metric)}"
    )
    table = TableBlock.of(
        "agreement",
        caption,
        replicas,
        (Column("Variant", "text"), lambda each: each.variant),
        (Column("Trials in both"), lambda each: Number(each.trials, "count")),
        (Column("Same to the bit"), lambda each: Number(each.same, "count")),
        (Column("Largest difference", weight=1), lambda each: Number(each.largest, metric=metric)),
        (Column("First store (sd)"), lambda each: mean_cell(each.first, metric)),
        (Column("Second store (sd)"), lambda each: mean_cell(each.second, metric)),
    )
    return (
        Section("agreement", "Agreement", (table,)),
        Section("stores", "The stores", tuple(_stores(first, second))),
    )


def _stores(*stores: Results) -> Iterator[Block]:
    for place, results in zip(("First", "Second"), stores, strict=True):
        yield Heading(f"{place}: {results.store}")
        ran = share_of(results.answered, results.expected)
        yield Terms((("Trials", ran), *(f for each in results.environments for f in flat(each))))
