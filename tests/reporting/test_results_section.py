"""The section of results: the best marked, and how each variant stands to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample_results as sample
from hypothesis import given, settings
from hypothesis import strategies as st

from accurate import accurate
from bakeoff.analysis.leaders import leaders
from bakeoff.analysis.results import FailedTrial
from bakeoff.reporting.page import MANY, Page
from bakeoff.reporting.section import Cell, Fold, Number, TableBlock
from bakeoff.reporting.sections import results as section
from bakeoff.reporting.text import cells
from bakeoff.reporting.text.notes import notices
from bakeoff.reporting.text.words import standing
from made_study import BASE, LOWER, SAME
from made_study import results as made


def column(table: TableBlock, name: str) -> dict[Cell, Cell]:
    place = [column.name for column in table.columns].index(name)
    return {row.cells[0]: row.cells[place] for row in table.rows}


def marked(table: TableBlock) -> set[tuple[Cell, str]]:
    return {
        (row.cells[0], column.name)
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
        if isinstance(cell, Number) and cell.mark
    }


def names(table: TableBlock) -> list[str]:
    return [column.name for column in table.columns]


@pytest.mark.parametrize("turned", [False, True], ids=["error", "accuracy"])
def test_the_best_of_a_column_is_marked(turned: bool) -> None:
    page = Page(accurate(sample.whole()) if turned else sample.whole())
    best = "CNN + auxiliary loss"

    assert marked(section.main_table(page)) == {(best, "Measured (sd)")}
    found = marked(section.epochs_table(page))
    assert {(best, "Final epoch"), (best, "Best on test")} <= found
    assert not any(name.startswith("Train") for _, name in found)


def test_published_figures_stand_beside_the_measured() -> None:
    page = Page(sample.whole())
    main, others = section.main_table(page), section.others_table(page)

    assert others is not None
    for table, of in ((main, 0), (others, 1)):
        shown = column(table, "Published (sd)").values()
        wanted = [variant.published[of] for variant in sample.STUDY.variants]
        assert [(c.value, c.sd) for c in shown if isinstance(c, Number)] == [
            (each.mean, each.sd) for each in wanted
        ]
    for row in page.table.rows:
        cell = column(main, "Difference")[row.variant]
        assert isinstance(cell, Number)
        assert cell.value == pytest.approx(
            (row.main.measured.mean or 0) - (row.main.published_mean or 0)
        )


def test_rounds_have_a_column_only_where_they_differ() -> None:
    whole = sample.whole()
    first, *others = whole.study.variants
    study = whole.study.replace(variants=(first.replace(rounds=5), *others))
    capped = replace(
        whole,
        study=study,
        histories=whole.histories | {first.name: whole.histories[first.name][:5]},
    )

    even, uneven = (section.main_table(Page(results)) for results in (whole, capped))

    assert "Rounds" not in names(even)
    assert column(uneven, "Rounds")[first.name] == "5"
    assert even.caption.endswith("; 15 rounds")
    assert uneven.caption.endswith("; 5 to 15 rounds")
    holes = column(section.main_table(Page(sample.with_holes())), "Rounds")
    assert holes["CNN"] == "13 of 15, 1 diverged"


def test_what_a_study_does_not_measure_has_no_column_for_diverged_variants_either() -> None:
    whole = sample.whole()
    bare = tuple(
        h and replace(h, curves={s: m for s, m in h.curves.items() if s != "validation"})
        for h in whole.histories["CNN"]
    )
    broken = tuple(h and replace(h, status="diverged", curves={}) for h in bare)
    histories = {**dict.fromkeys(whole.histories, bare), "Baseline": broken}

    table = section.epochs_table(Page(replace(whole, histories=histories)))

    assert column(table, "Final epoch")["Baseline"] == "diverged"
    assert "Best on validation" not in names(table)
    assert "Best on test" in names(table)


def test_of_many_variants_the_best_are_shown_and_all_are_folded() -> None:
    first = sample.STUDY.variants[0].replace(published=())
    variants = tuple(first.replace(name=f"v{n}") for n in range(MANY + 5))
    page = Page(sample.whole(sample.STUDY.replace(variants=variants, rounds=2)))

    blocks = section.section(page).blocks

    shown = next(block for block in blocks if isinstance(block, TableBlock))
    folded = next(block for block in blocks if isinstance(block, Fold)).blocks[0]
    assert len(shown.rows) == MANY
    assert isinstance(folded, TableBlock)
    assert len(folded.rows) == MANY + 5
    means = [row.final.mean or 1.0 for row in page.table.rows]
    kept = {row.cells[0] for row in shown.rows}
    assert kept == {f"v{n}" for n in sorted(range(MANY + 5), key=lambda n: means[n])[:MANY]}
    plain = [block for block in section.tables(page).blocks if isinstance(block, TableBlock)]
    assert len(next(t for t in plain if t.name == folded.name).rows) == MANY + 5


TIED = {"a": LOWER, "b": BASE, "c": SAME}


def test_the_best_is_told_apart_or_not() -> None:
    # With three pairs, 8 rounds of one sign give an adjusted p of 0.0078 times 3.
    found = leaders(made(TIED))
    same = leaders(made({"b": BASE, "c": SAME}))

    assert found is not None
    assert same is not None
    assert {name: cells.text(standing(name, found)) for name in TIED} == {
        "a": "best",
        "b": "behind",
        "c": "behind",
    }
    words = sorted(cells.text(standing(name, same)) for name in ("b", "c"))
    assert words == ["best", "not significant"]


def test_few_rounds_tell_nothing_of_a_variant() -> None:
    found = leaders(made({"a": LOWER, "b": BASE, "c": SAME[:5]}))
    few = leaders(made({name: values[:5] for name, values in TIED.items()}))

    assert found is not None
    assert few is not None
    assert found.few == ("c",)
    assert standing("c", found) is None
    assert cells.text(standing("b", found)) == "behind"
    assert set(few.few) == {"b", "c"}
    assert not few.adjusted
    page = Page(made({name: values[:5] for name, values in TIED.items()}))
    assert "Against the best" not in names(section.main_table(page))


@settings(max_examples=20)
@given(st.integers(2, 12), st.integers(6, 14))
def test_a_variant_that_loses_every_round_is_behind_or_has_too_few_rounds(
    variants: int, rounds: int
) -> None:
    found = leaders(
        made({f"v{n:02}": [0.1 * n + 0.001 * r for r in range(rounds)] for n in range(variants)})
    )

    assert found is not None
    assert found.level == ()
    assert bool(found.few) == (rounds < found.least)


@given(st.permutations(sorted(TIED)))
def test_how_variants_stand_hangs_on_no_order(order: list[str]) -> None:
    found, plain = leaders(made({name: TIED[name] for name in order})), leaders(made(TIED))

    assert {name: standing(name, found) for name in TIED} == {
        name: standing(name, plain) for name in TIED
    }


def test_the_column_sorts_by_how_clearly_a_variant_is_behind() -> None:
    page = Page(sample.whole())
    against = column(section.main_table(page), "Against the best").values()

    by_key = [cells.text(cell) for cell in sorted(against, key=lambda cell: cells.sort_key(cell))]

    assert by_key[0] == "best"
    assert by_key == sorted(by_key, key=["best", "not significant", "behind"].index)


@pytest.mark.parametrize("message", ["no luck (div.py, line 16, in forward)", "No luck.", "What? "])
def test_what_a_failed_trial_said_ends_as_a_sentence(message: str) -> None:
    whole = sample.whole()
    histories = {**whole.histories, "CNN": (None, *whole.histories["CNN"][1:])}
    failed = replace(whole, histories=histories, failures=(FailedTrial("CNN", 0, message),))

    (text,) = (notice.text for notice in notices(failed) if notice.title == "Failed")

    ended = message.strip() if message.strip()[-1] in ".?" else f"{message}."
    assert f": {ended} " in text


def test_a_best_epoch_that_is_not_measured_is_said_to_be() -> None:
    results = sample.whole()
    first, *others = results.study.variants
    at_end = first.replace(recipe=first.recipe.replace(evaluate=("test",)))
    study = results.study.replace(variants=(at_end, *others))
    histories = results.histories | {
        first.name: tuple(
            history
            and replace(
                history, curves={s: c for s, c in history.curves.items() if s != "validation"}
            )
            for history in results.histories[first.name]
        )
    }
    page = Page(replace(results, study=study, histories=histories))
    cells = column(section.epochs_table(page), "Best on validation")

    assert [name for name, cell in cells.items() if cell == "not measured"] == [first.name]
    assert isinstance(column(section.epochs_table(page), "Best on test")[first.name], Number)
