"""A study's searches in tables and sentences, and the sentences of trials that have run."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample_results as sample

from bakeoff.analysis.results import FailedTrial, Results
from bakeoff.analysis.search import SearchResults, Tried
from bakeoff.analysis.table import comparison_table
from bakeoff.reporting.grids import compact_grid, epochs_grid
from bakeoff.reporting.prose import notices, opening, protocol
from bakeoff.reporting.searches import factors_grid, search_sections
from bakeoff.reporting.wording import NOTHING
from bakeoff.study.published import Quantity
from bakeoff.study.search import Search, grid
from bakeoff.study.study import Shortening
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


def history(error: float, status: str = "finished") -> History:
    curves = {split: {"error": (error,)} for split in ("validation", "test")}
    return replace(sample.whole().histories["CNN"][0], curves=curves, status=status)


def searched(*rounds: tuple[int, ...], search: Search = SEARCH) -> Results:
    """Return whole results with a search of which so many rounds of each candidate have run."""
    tried = tuple(
        Tried(one, tuple(history(0.1) if n < ran else None for n in range(3)))
        for one, ran in zip(search.tried, rounds, strict=True)
    )
    return replace(sample.whole(), searches=(SearchResults(search, tried),))


def test_a_candidate_without_a_rank_says_how_much_of_it_has_run() -> None:
    (section,) = search_sections(searched(1, 0))

    assert [row[0] for row in section.best.rows] == ["1 of 3 rounds", "not run"]
    assert "2 candidates; 2 to try. 1 of 6 trials have run." in section.text


def test_what_was_tried_is_no_longer_to_try() -> None:
    (section,) = search_sections(searched(3, 3))

    assert section.text.startswith("2 candidates; 2 tried. Chosen by")


@pytest.mark.parametrize(
    ("rounds", "published", "caption"),
    [
        ((3, 3), (), "What was searched: [chosen here]"),
        ((1, 0), (), "What was searched"),
        ((1, 0), (("width", 2),), "What was searched: published choice*"),
        ((3, 3), (("width", 2),), "What was searched: [chosen here], published choice*"),
    ],
)
def test_the_caption_explains_the_marks_that_there_are(rounds, published, caption) -> None:
    found = factors_grid(searched(*rounds, search=SEARCH.replace(published=published)))

    assert found is not None
    assert found.caption == caption


def test_the_opening_counts_the_trials_of_searches() -> None:
    assert "All 45 trials have run, and 6 of searches, " in opening(searched(3, 3))
    assert "All 45 trials have run, and 1 of 6 of searches, " in opening(searched(1, 0))
    assert ("Trials of searches", "1 of 6 run") in protocol(searched(1, 0))
    assert "searches" not in opening(sample.whole())


def test_the_opening_speaks_of_a_single_trial_as_one() -> None:
    one = sample.whole(sample.STUDY.shortened(Shortening(rounds=1, only=("CNN",))))

    assert "The only trial has run, " in opening(one)
    assert "The only trial has not run, " in opening(replace(one, histories={"CNN": (None,)}))


@pytest.mark.parametrize("message", ["no luck (div.py, line 16, in forward)", "No luck.", "What? "])
def test_what_a_failed_trial_said_ends_as_a_sentence(message: str) -> None:
    whole = sample.whole()
    histories = {**whole.histories, "CNN": (None, *whole.histories["CNN"][1:])}
    failed = replace(whole, histories=histories, failures=(FailedTrial("CNN", 0, message),))

    (text,) = (notice.text for notice in notices(failed) if notice.kind == "failed")

    ended = message.strip() if message.strip()[-1] in ".?" else f"{message}."
    assert text.endswith(f"The last said: {ended} Once that is mended, another run tries again.")


def test_what_a_study_does_not_measure_is_a_dash_for_diverged_variants_too() -> None:
    whole = sample.whole()
    bare = tuple(
        replace(h, curves={s: m for s, m in h.curves.items() if s != "validation"})
        for h in whole.histories["CNN"]
        if h
    )
    broken = tuple(replace(h, status="diverged", curves={}) for h in bare)
    histories = {**dict.fromkeys(whole.histories, bare), "Baseline": broken}

    rows = epochs_grid(comparison_table(replace(whole, histories=histories))).rows

    assert [row[2] for row in rows] == [NOTHING] * 3
    assert rows[0][1] == "diverged"


def test_values_of_a_factor_stand_in_their_order_whatever_a_span_leaves_of_them() -> None:
    search = SEARCH.replace(candidates=grid(made, {"width": (3, 1, 2)}))
    tried = tuple(Tried(c, (history(0.1),) * 3) for c in search.tried)
    results = replace(sample.whole(), searches=(SearchResults(search, tried),))

    found = factors_grid(results)

    assert found is not None
    assert found.rows[0][1].replace("[", "").replace("]", "") == "1, 2, 3"


def test_the_short_table_says_the_fewest_and_the_most_rounds() -> None:
    whole = sample.whole()
    first, *others = whole.study.variants
    study = whole.study.replace(variants=(first.replace(rounds=5), *others))
    fewer = whole.histories | {first.name: whole.histories[first.name][:5]}
    capped = replace(whole, study=study, histories=fewer)

    captions = [compact_grid(comparison_table(results)).caption for results in (whole, capped)]

    assert [caption.split("; ")[-1] for caption in captions] == ["15 rounds", "5 to 15 rounds"]


def test_candidates_that_are_one_are_tried_once_and_told():
    def same(*, width: float) -> Variant:
        return made(width=int(width))

    search = SEARCH.replace(candidates=grid(same, {"width": (1, 1.5)}))
    results = searched(3, search=search)
    (section,) = search_sections(results)
    assert "2 candidates: 1 would train the same as an earlier one; 1 tried." in section.text
    assert len(section.best.rows) == 1
