"""The section of the cost of use: values, ratios to the fastest, the machine, what is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample_results as sample

from bakeoff.analysis.use import use_table
from bakeoff.inference.use_cost import UseCost
from bakeoff.models.network import ModelSpec
from bakeoff.reporting.charts.tradeoff import tradeoffs
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import Number, Paragraph, TableBlock
from bakeoff.reporting.sections import use as section
from bakeoff.reporting.text.cells import text
from bakeoff.training.augmentation import Affine, Views

TIMED = replace(sample.whole(), use=sample.USE)
BASE, CNN, AUXILIARY = (variant.name for variant in sample.STUDY.variants)


def shown(page: Page) -> tuple[TableBlock, str]:
    made = section.section(page)
    assert made is not None
    table, remark = made.blocks
    assert isinstance(table, TableBlock)
    assert isinstance(remark, Paragraph)
    return table, remark.text


def test_times_stand_beside_their_ratio_to_the_fastest() -> None:
    table, remark = shown(Page(TIMED))
    cells = {str(row.cells[0]): row.cells[1:] for row in table.rows}

    assert cells[BASE][0] == Number(0.00016, "time", mark=True, ratio=1.0)
    assert cells[AUXILIARY][0] == Number(0.00024, "time", ratio=0.00024 / 0.00016)
    assert cells[CNN][0] == Number(None, "time")
    assert text(cells[AUXILIARY][0]) == "240 \N{MICRO SIGN}s (1.5\N{MULTIPLICATION SIGN})"
    assert text(cells[AUXILIARY][1]) == "2.1 ms (4.2\N{MULTIPLICATION SIGN})"
    assert [text(cell) for cell in cells[BASE][2:]] == ["63,040", "253 kB", "254 kB", "1.6 kB"]
    assert sample.USE.processor in table.caption
    assert CNN in remark
    assert BASE not in remark


def test_without_measurements_only_what_is_counted_is_shown() -> None:
    table, _ = shown(Page(sample.empty()))

    assert [column.name for column in table.columns[1:]] == [
        "Multiply-adds",
        "Weights",
        "Largest activation",
    ]
    assert sample.USE.processor not in table.caption


def test_a_variant_that_was_not_timed_is_named() -> None:
    costs = {name: cost for name, cost in sample.USE.costs.items() if name != AUXILIARY}
    table, remark = shown(Page(replace(TIMED, use=replace(sample.USE, costs=costs))))

    assert AUXILIARY in remark
    assert [text(cell) for cell in table.rows[2].cells[1:]][-1] == "1.6 kB"


def test_views_multiply_the_arithmetic() -> None:
    views = Views(augmentation=(Affine(rotation=5),), number=4)
    first = sample.STUDY.variants[0]
    viewed = first.replace(recipe=first.recipe.replace(views=views))
    study = sample.STUDY.replace(variants=(viewed, *sample.STUDY.variants[1:]))
    rows = use_table(sample.whole(study)).rows

    assert rows[0].multiply_adds == 4 * 63_040
    assert rows[0].weight_bytes == 252_808


class Unknown(ModelSpec):
    def build(self):  # type: ignore[no-untyped-def]
        raise AssertionError

    def head_names(self) -> frozenset[str]:
        return frozenset({"comparison"})

    def multiply_adds(self) -> int:
        raise ValueError("no idea")


def test_there_is_no_section_where_nothing_is_known() -> None:
    variant = sample.STUDY.variants[0].replace(model=Unknown())
    study = sample.STUDY.replace(variants=(variant,))
    assert section.section(Page(sample.whole(study))) is None
    costs = {variant.name: UseCost(batch_seconds=0.5)}
    timed = replace(sample.whole(study), use=replace(sample.USE, costs=costs))
    table, _ = shown(Page(timed))
    assert [column.name for column in table.columns] == ["Variant", "Batch of 100"]


@pytest.mark.parametrize(("name", "known"), [("time", 2), ("batch-time", 3)])
def test_times_are_costs_of_the_tradeoff(name: str, known: int) -> None:
    figure = next(each for each in tradeoffs(TIMED) if each.name == f"tradeoff-{name}")

    assert len(figure.table.rows) == known
    cost = sample.USE.costs[BASE]
    fastest = cost.seconds if name == "time" else cost.batch_seconds
    assert figure.table.rows[0].cells[1] == Number(fastest, "time", ratio=1.0)
    assert sample.USE.processor in figure.reading
