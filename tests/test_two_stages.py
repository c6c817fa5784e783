"""A study with searches: its candidates run, then what they choose, and nothing twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from torch import nn

import bakeoff
from bakeoff import (
    DigitPairs,
    Dropout,
    Head,
    KFold,
    Linear,
    Network,
    Quantity,
    Recipe,
    ReLU,
    Search,
    Study,
    Variant,
    grid,
)
from bakeoff.analysis.search_results import SearchResults, Tried
from bakeoff.api.run import TrialsFailed
from bakeoff.models.network import ModelSpec
from bakeoff.reporting.write import render
from bakeoff.running.events import Named, PlannedTrials, Timing
from bakeoff.study.search import Candidate
from bakeoff.training.check import BATCH
from bakeoff.training.history import History

RECIPE = Recipe(epochs=2, batch=10)


def mlp(*, width: int, dropout: bool = False) -> Variant:
    layers = (Linear(width), ReLU(), *((Dropout(0.5),) if dropout else ()))
    return Variant(
        name=f"MLP {width}",
        model=Network(*layers, Linear(2), Head("comparison")),
        recipe=RECIPE,
    )


def too_wide(*, width: int) -> Variant:
    if width > 3:
        raise bakeoff.errors.SpecError(f"a width of {width} is too much")
    return mlp(width=width)


WIDTH = Search(
    name="Width",
    task=KFold(DigitPairs(train=20, test=10), folds=2),
    candidates=grid(too_wide, {"width": (1, 2, 3, 4)}),
    rounds=2,
    epochs=1,
    choose=(Quantity(split="validation"), Quantity(selection="best_on_test")),
    published=(("width", 3),),
)
STUDY = Study(
    name="two-stages",
    task=DigitPairs(train=20, validation=10, test=10),
    variants=(mlp(width=2),),
    rounds=3,
    searches=(WIDTH,),
)


@pytest.fixture
def run(tmp_path):
    def run(study, **options):
        with ThreadPoolExecutor(1) as executor:
            return bakeoff.run(study, store=tmp_path / "s.db", executor=executor, **options)

    return run


def test_candidates_run_and_then_the_winner(run, tmp_path):
    results = run(STUDY)
    (found,) = results.searches
    assert (found.expected, found.answered) == (6, 6)
    chosen = found.chosen(Quantity(split="validation"))
    winner = results.study.variants[-1]
    assert winner.name == "Width, chosen on validation"
    assert winner.model == chosen.variant.model
    assert winner.recipe.epochs == 2
    assert {h.epochs for h in results.of(winner)} == {2}
    assert {h.epochs for one in found.tried for h in one.histories} == {1}
    assert (results.expected, results.missing, results.label) == (6, 0, "")

    read = bakeoff.results(STUDY, store=tmp_path / "s.db")
    assert (read.study, read.histories.keys()) == (results.study, results.histories.keys())


@pytest.mark.parametrize(
    "given",
    [
        [(1, 2), (True, 3)],
        [(1, 2), (True, 3), (1.0, 4)],
        [(8, 2), (16, 3), (8, 2)],
        [(1, 2), (True, 2), (1.0, 2)],
        [(0, 2), (False, 3), (1, 2), (True, 3)],
    ],
)
def test_each_candidate_has_its_own_trials_whatever_its_values_equal(run, given):
    candidates = tuple(
        Candidate(values=(("factor", value),), variant=mlp(width=width)) for value, width in given
    )
    study = STUDY.replace(searches=(WIDTH.replace(candidates=candidates, published=()),))
    results = run(study)
    (found,) = results.searches
    widths = {width for _, width in given}
    assert found.expected == found.answered == len(widths) * WIDTH.rounds
    assert [len(one.histories) for one in found.tried] == [WIDTH.rounds] * len(widths)
    for one in found.tried:
        alone = WIDTH.replace(candidates=(one.candidate,), published=())
        (expected,) = run(STUDY.replace(searches=(alone,))).searches[0].tried
        assert [h.curves for h in one.histories] == [h.curves for h in expected.histories]
    assert results.study.variants[-1].name == "Width, chosen on validation"
    assert results.missing == 0


def test_a_second_run_trains_nothing(run, tmp_path):
    from bakeoff.api.plan import plan_of
    from bakeoff.api.run import run_plans

    run(STUDY)
    events = []
    plan = plan_of(STUDY)
    run_plans([plan], jobs=1, store=tmp_path / "s.db", listen=events.append)
    assert [e for e in events if isinstance(e, PlannedTrials)][-1].known >= 9
    assert all(isinstance(event, Named | PlannedTrials | Timing) for event in events)


def test_without_rerun_nothing_is_added(run):
    results = run(STUDY.replace(searches=(WIDTH.replace(rerun=False),)))
    assert [v.name for v in results.study.variants] == ["MLP 2"]


def test_a_partly_run_search_chooses_nothing(tmp_path):
    with ThreadPoolExecutor(1) as executor:
        bakeoff.run(
            STUDY.replace(searches=()), store=tmp_path / "s.db", executor=executor, rounds=1
        )
    results = bakeoff.results(STUDY, store=tmp_path / "s.db")
    assert results.searches[0].answered == 0
    assert [v.name for v in results.study.variants] == ["MLP 2"]
    assert "0 of 6 trials have run" in render(results, "md")


@pytest.mark.parametrize("format", ["html", "md", "json", "summary", "csv"])
def test_every_report_tells_of_the_search(run, format):
    text = render(run(STUDY), format)
    if format != "csv":
        assert "Width" in text
    if format in {"html", "md"}:
        assert "4 candidates: 1 cannot be made; 3 tried." in text
        assert "The published choice, width 3, ranks" in text
    if format in {"json", "summary"}:
        assert "a width of 4 is too much" in text


def test_the_shortened_study_is_marked(run):
    results = run(STUDY, quick=True)
    assert results.is_shortened
    assert results.label == "1 of 3 rounds"
    results = run(STUDY.replace(task=DigitPairs(train=1200, validation=10, test=10)), quick=True)
    assert results.label == "1 of 3 rounds, 1000 of 1200 training examples"


class Late(nn.Module):
    """It bears the few examples that it is tried on before a run, and no batch of training."""

    def forward(self, x):
        if len(x) > BATCH:
            raise RuntimeError("no luck")
        return x.new_zeros(len(x), 2)


class Faulty(ModelSpec):
    def build(self):
        return Late()


def faulty(*, width: int) -> Variant:
    return Variant(name="faulty", model=Faulty(), recipe=RECIPE) if width == 2 else mlp(width=width)


def test_a_candidate_that_fails_leaves_the_search_open(run):
    search = WIDTH.replace(candidates=grid(faulty, {"width": (1, 2)}), published=())
    with pytest.raises(TrialsFailed) as failed:
        run(STUDY.replace(searches=(search,)))
    (results,) = failed.value.results
    assert "Width (width 2), round 1 and 1 more" in failed.value.failures[0]
    assert (results.searches[0].answered, results.searches[0].is_complete) == (2, False)
    assert [v.name for v in results.study.variants] == ["MLP 2"]


class TestChoice:
    """The lowest mean over all rounds; ties to the smaller network, then to the earlier."""

    @staticmethod
    def history(error, *, status="finished"):
        curves = {split: {"error": (error,)} for split in ("validation", "test")}
        return History(status, curves if status == "finished" else {}, parameters=0, seconds=1.0)

    def found(self, *errors):
        search = WIDTH.replace(candidates=grid(mlp, {"width": (3, 2, 1)}), published=())
        rows = zip(search.tried, errors, strict=True)
        return SearchResults(
            search, tuple(Tried(c, tuple(map(self.history, pair))) for c, pair in rows)
        )

    def test_the_lowest_mean_wins(self):
        found = self.found((0.1, 0.4), (0.2, 0.2), (0.3, 0.3))
        assert found.chosen(Quantity(split="validation")).candidate.label == "width 2"

    def test_a_tie_goes_to_the_earlier_of_equal_sizes(self):
        # All have the parameters that their histories tell: none.
        found = self.found((0.2, 0.2), (0.2, 0.2), (0.3, 0.3))
        assert found.chosen(Quantity(split="validation")).candidate.label == "width 3"

    def test_a_diverged_round_rules_a_candidate_out(self):
        found = self.found((0.1, 0.1), (0.2, 0.2), (0.3, 0.3))
        first = Tried(
            found.tried[0].candidate,
            (self.history(0.0), self.history(0.0, status="diverged")),
        )
        found = SearchResults(found.search, (first, *found.tried[1:]))
        assert found.is_complete
        assert found.chosen(Quantity(split="validation")).candidate.label == "width 2"

    def test_one_missing_round_leaves_it_open(self):
        found = self.found((0.1, 0.1), (0.2, 0.2), (0.3, 0.3))
        first = Tried(found.tried[0].candidate, (self.history(0.0), None))
        found = SearchResults(found.search, (first, *found.tried[1:]))
        assert found.chosen(Quantity(split="validation")) is None
