"""The section of searches: every candidate, what was chosen, what is left to run."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample_results as sample

from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import SearchResults, Tried, with_winners
from bakeoff.claims.differences import Better
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import TableBlock
from bakeoff.reporting.sections import searches
from bakeoff.reporting.sections.searches import factors_table, search_words
from bakeoff.reporting.text.numbers import duration
from bakeoff.reporting.write import as_text
from bakeoff.study.claims import Claim
from bakeoff.study.published import Quantity
from bakeoff.study.search import Search, grid
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.optimizers import Adam


def made(*, width: int) -> Variant:
    variant = sample.STUDY.variants[0]
    return variant.replace(name=f"width {width}", optimizer=Adam(lr=width / 1000), published=())


SEARCH = Search(
    name="Width",
    task=sample.STUDY.task,
    candidates=grid(made, {"width": (1, 2)}),
    rounds=3,
    choose=(Quantity(split="validation"),),
)


def history(error: float) -> History:
    trial = sample.whole().histories["CNN"][0]
    assert trial is not None
    return replace(trial, curves={s: {"error": (error,)} for s in ("validation", "test")})


def searched(*rounds: int, search: Search = SEARCH) -> Results:
    """Return whole results with a search of which so many rounds of each candidate have run."""
    tried = tuple(
        Tried(one, tuple(history(0.2 - place / 10) if n < ran else None for n in range(3)))
        for place, (one, ran) in enumerate(zip(search.tried, rounds, strict=True))
    )
    return replace(sample.whole(), searches=(SearchResults(search, tried),))


def candidates(results: Results) -> TableBlock:
    found = searches.section(Page(results))
    assert found is not None
    (table,) = (b for b in found.blocks if isinstance(b, TableBlock) and b.name == "search-1")
    return table


def words(results: Results) -> str:
    return search_words(results, results.searches[0])


def test_a_study_without_searches_has_no_section() -> None:
    assert searches.section(Page(sample.whole())) is None
    assert searches.brief(Page(sample.whole())) is None


def test_candidates_are_ranked_the_best_first() -> None:
    rows = candidates(searched(3, 3)).rows

    assert [row.cells[:2] for row in rows] == [("1", "2"), ("2", "1")]
    assert [getattr(row.cells[2], "value", None) for row in rows] == pytest.approx([0.1, 0.2])


def test_a_candidate_without_a_rank_says_how_much_of_it_has_run() -> None:
    results = searched(1, 0)

    assert [row.cells[0] for row in candidates(results).rows] == ["1 of 3 rounds", "not run"]


@pytest.mark.parametrize(
    ("rounds", "published", "cell"),
    [
        ((3, 3), (), "1, [2]"),
        ((1, 0), (), "1, 2"),
        ((1, 0), (("width", 2),), "1, 2*"),
        ((3, 3), (("width", 1),), "1*, [2]"),
    ],
)
def test_the_caption_explains_the_marks_that_there_are(rounds, published, cell) -> None:
    found = factors_table(searched(*rounds, search=SEARCH.replace(published=published)))

    assert [row.cells for row in found.rows] == [("width", cell)]
    assert ("[" in found.caption) == ("[" in cell)
    assert ("*" in found.caption) == ("*" in cell)


def test_values_of_a_factor_stand_in_their_order_whatever_a_span_leaves_of_them() -> None:
    search = SEARCH.replace(candidates=grid(made, {"width": (3, 1, 2)}))

    found = factors_table(searched(3, 3, 0, search=search))

    assert found.rows[0].cells == ("width", "1, 2, 3")


def test_candidates_that_are_one_are_tried_once() -> None:
    def same(*, width: float) -> Variant:
        return made(width=int(width))

    results = searched(3, search=SEARCH.replace(candidates=grid(same, {"width": (1, 1.5)})))

    assert len(candidates(results).rows) == 1


def test_what_a_search_cost_stands_beside_what_it_gained() -> None:
    seconds = sum(h.seconds for h in searched(3, 3).searches[0].histories())

    assert "cost" not in words(searched(3, 2))
    for text in ("6 trials", duration(seconds), "5.00 points better than the median"):
        assert text in words(searched(3, 3))
    assert "Trained again" not in words(searched(3, 3))


@pytest.mark.parametrize(
    ("error", "lead"), [(0.0, "better than"), (0.5, "worse than"), (None, "the same as")]
)
def test_what_is_chosen_stands_beside_the_best_variant_declared(error, lead) -> None:
    results = searched(3, 3)
    best = results.histories["CNN + auxiliary loss"]
    study = with_winners(results.study, results.searches)
    retrained = best if error is None else (history(error),) * study.rounds
    histories = {**results.histories, study.variants[-1].name: retrained}

    text = words(replace(results, study=study, histories=histories)).partition("Trained again")[2]

    assert f"{lead} that of CNN + auxiliary loss" in text


def test_a_claim_about_what_a_search_has_not_chosen_yet_is_no_obstacle() -> None:
    claim = Claim(id="W", quote="So.", test=Better(SEARCH.winner_name or "", than="CNN"))
    study = sample.STUDY.replace(searches=(SEARCH,), claims=(claim,))
    results = replace(sample.whole(study), searches=searched(1, 0).searches)

    assert "W" in as_text(results)
    assert Page(results).findings
