"""A search whose candidates a sampler proposes: the same ones however a run goes."""

import math
import statistics
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from torch import nn

import bakeoff
from bakeoff import (
    Adam,
    Claim,
    DigitPairs,
    Head,
    Linear,
    LogUniform,
    Network,
    Proposals,
    Recipe,
    ReLU,
    Search,
    SearchChose,
    Study,
    Uniform,
    Variant,
    random_search,
)
from bakeoff.api.plan import plan_of
from bakeoff.api.run import TrialsFailed, run_plans
from bakeoff.errors import BakeoffError, RunError, SpecError
from bakeoff.models.network import ModelSpec
from bakeoff.reporting.write import render
from bakeoff.running.coordinate import Interrupted
from bakeoff.running.events import Answered
from bakeoff.study.study import QUICK, Overrides

FACTORS = {"lr": LogUniform(1e-4, 1e-1), "width": range(2, 9), "kind": ("plain", "double")}


def mlp(*, lr: float = 1e-3, width: int = 4, kind: str = "plain") -> Variant:
    if width == 8:
        raise SpecError("a width of 8 is too much")
    hidden = (Linear(width), ReLU()) * (2 if kind == "double" else 1)
    return Variant(
        name="MLP",
        model=Network(*hidden, Linear(2), Head("comparison")),
        optimizer=Adam(lr=lr),
        recipe=Recipe(epochs=2, batch=10),
    )


def some(**changes) -> Proposals:
    return Proposals(**({"make": mlp, "factors": FACTORS, "number": 9, "batch": 3} | changes))


SEARCH = Search(
    name="MLP",
    task=DigitPairs(train=20, validation=10, test=10),
    proposals=some(options=(("n_startup_trials", 3),)),
    epochs=1,
)
STUDY = Study(
    name="proposed",
    task=DigitPairs(train=20, validation=10, test=10),
    variants=(mlp().replace(name="Baseline"),),
    rounds=2,
    searches=(SEARCH,),
)


@pytest.fixture
def run(tmp_path):
    def run(study, **options):
        with ThreadPoolExecutor(1) as executor:
            return bakeoff.run(study, store=tmp_path / "s.db", executor=executor, **options)

    return run


def proposed(results):
    return [candidate.values for candidate in results.searches[0].search.candidates]


def test_the_batches_run_one_after_the_other_and_then_the_choice(run, tmp_path):
    results = run(STUDY)
    (search,) = results.searches
    assert search.is_complete
    assert len(search.search.candidates) == 9
    assert search.answered == search.expected == len(search.tried)
    winner = results.study.variants[-1]
    assert winner.name == "MLP, chosen on validation"
    assert winner.recipe.epochs == 2
    assert (results.missing, results.label) == (0, "")
    assert not results.is_shortened

    read = bakeoff.results(STUDY, store=tmp_path / "s.db")
    assert read.study == results.study


def test_the_number_of_jobs_changes_nothing(run, tmp_path):
    one = run(STUDY)
    two = bakeoff.run(STUDY, store=tmp_path / "two.db", jobs=2)
    assert proposed(one) == proposed(two)
    assert one.study == two.study


@pytest.mark.parametrize("answers", [1, 5, 7])
def test_a_run_stopped_within_a_batch_goes_on_with_the_same_candidates(run, tmp_path, answers):
    whole = run(STUDY)
    plan = plan_of(STUDY)
    trained = Counter()

    def stop_after(number):
        def listen(event):
            if isinstance(event, Answered):
                trained[event.key] += 1
                if trained.total() == number:
                    raise KeyboardInterrupt

        return listen

    def go(number=0):
        with ThreadPoolExecutor(1) as executor:
            (results,) = run_plans(
                [plan],
                jobs=1,
                store=tmp_path / "stopped.db",
                executor=executor,
                listen=stop_after(number),
            )
        return results

    with pytest.raises(Interrupted):
        go(answers)
    partly = bakeoff.results(STUDY, store=tmp_path / "stopped.db")
    assert not partly.searches[0].is_complete
    assert proposed(partly) == proposed(whole)[: len(proposed(partly))]
    results = go()
    assert (results.study, proposed(results)) == (whole.study, proposed(whole))
    assert set(trained.values()) == {1}
    assert len(trained) == results.answered + results.searches[0].answered


class Raising(ModelSpec):
    def build(self):
        from test_two_stages import Late

        return Late()


def sometimes(*, lr: float) -> Variant:
    return mlp(lr=lr).replace(model=Raising()) if lr > 1e-2 else mlp(lr=lr)


def test_a_trial_that_fails_leaves_the_search_open(run):
    search = SEARCH.replace(proposals=some(make=sometimes, factors={"lr": FACTORS["lr"]}, seed=1))
    with pytest.raises(TrialsFailed) as failed:
        run(STUDY.replace(searches=(search,)))
    (results,) = failed.value.results
    assert not results.searches[0].is_complete
    assert results.searches[0].search.to_come
    assert [v.name for v in results.study.variants] == ["Baseline"]


class TestWhatIsProposed:
    def test_the_first_batch_is_that_of_the_seed(self):
        batches = [next(some(seed=seed).batches()) for seed in (0, 0, 1)]
        assert batches[0] == batches[1] != batches[2]

    def test_values_are_the_factors_own(self):
        factors = {"lr": LogUniform(1e-4, 1e-1), "width": (6, 4, 2), "kind": ("double",)}
        candidates = next(some(factors=factors, number=40, batch=40).batches())
        assert len(candidates) == 40
        for candidate in candidates:
            values = dict(candidate.values)
            assert 1e-4 <= values["lr"] <= 1e-1
            assert values["lr"] == float(f"{values['lr']:.6g}")
            assert (values["width"] in {6, 4, 2}, values["kind"]) == (True, "double")
            assert candidate.variant == mlp(**values)

    def test_an_end_of_more_than_six_digits_is_not_passed(self):
        low = 0.123456789
        factors = {"lr": Uniform(low, low + 1e-9)}
        assert {dict(c.values)["lr"] >= low for c in next(some(factors=factors).batches())} == {
            True
        }

    def test_later_batches_depend_on_the_costs_of_earlier_ones(self):
        wide = every(some(number=30), lambda values: -values["width"])
        narrow = every(some(number=30), lambda values: values["width"])
        assert wide[:3] == narrow[:3]
        means = [statistics.mean(dict(c.values)["width"] for c in f[15:]) for f in (wide, narrow)]
        assert means[0] > means[1] + 2

    def test_what_cannot_be_made_is_kept_with_its_reason_and_seldom_proposed_again(self):
        # Its neighbours are the best; were it not told, it would be two of three.
        candidates = every(some(number=60, batch=6), lambda values: abs(values["width"] - 8))
        infeasible = [c.infeasible for c in candidates[30:] if c.variant is None]
        assert set(infeasible) == {"a width of 8 is too much"}
        assert len(infeasible) <= 12

    def test_a_repeated_candidate_has_the_figure_of_the_first(self, run):
        factors = {"width": (2, 3)}
        study = STUDY.replace(searches=(SEARCH.replace(proposals=some(factors=factors)),))
        (search,) = run(study).searches
        candidates = search.search.candidates
        assert (len(candidates), len(search.tried)) == (9, 2)
        costs = search.costs(candidates)
        assert None not in costs
        pairs = {(c.values, cost) for c, cost in zip(candidates, costs, strict=True)}
        assert len(pairs) == 2


def every(proposals, cost):
    """Returns all candidates, where their values have such costs."""
    batches = proposals.batches()
    candidates = [*(batch := next(batches))]
    while len(candidates) < proposals.number:
        costs = [None if c.variant is None else cost(dict(c.values)) for c in batch]
        candidates += (batch := batches.send(costs))
    return candidates


def bowl(values) -> float:
    """Returns how far values are from the best: a rate of 0.01 and a width of 6."""
    return (math.log10(values["lr"]) + 2) ** 2 + ((values["width"] - 6) / 3) ** 2


def test_it_comes_nearer_to_the_best_than_a_random_search():
    def nearest(candidates):
        return min(bowl(dict(c.values)) for c in candidates if c.variant is not None)

    factors = {"lr": LogUniform(1e-5, 1), "width": range(1, 40)}
    seeds = range(9)
    by_model = [nearest(every(some(factors=factors, number=40, seed=s), bowl)) for s in seeds]
    at_random = [nearest(random_search(mlp, factors, number=40, seed=s)) for s in seeds]
    assert statistics.median(by_model) < statistics.median(at_random) / 3


@pytest.mark.parametrize("by", [QUICK, Overrides(candidates=4, epochs=1)])
def test_a_shortened_search_proposes_fewer_and_for_no_longer(by):
    (short,) = STUDY.overridden(by).searches
    assert (short.number, short.to_come, short.rounds) == (4, 4, 1)
    lasts = {c.variant.recipe.epochs for c in next(short.proposals.batches()) if c.variant}
    assert lasts == {2 if by is QUICK else 1}
    assert STUDY.overridden(by) == STUDY.overridden(by)
    again = STUDY.overridden(by).overridden(Overrides(epochs=5)).searches[0].proposals
    assert {c.variant.recipe.epochs for c in next(again.batches()) if c.variant} == {5}


def test_a_quick_run_is_marked(run):
    results = run(STUDY, quick=True)
    assert results.label == "1 of 2 rounds, 4 of 9 search candidates"
    assert results.is_shortened
    assert results.searches[0].is_complete


def test_only_leaves_it_out(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert run(STUDY, only=("Baseline",)).searches == ()


class TestReport:
    def test_it_tells_what_the_search_cost_and_gained(self, run):
        results = run(STUDY)
        (search,) = results.searches
        text = render(results, "md")
        assert "9 candidates proposed by TPESampler, 3 at a time" in text
        assert f"{len(search.tried)} tried." in text
        assert f"The search cost {len(search.tried)} trials and " in text
        assert "better than the median candidate, by the figure that chose it." in text
        assert "Trained again, its mean test error, final epoch, is " in text
        assert "Baseline, the best of the variants declared." in text
        for format in ("html", "json", "summary", "csv"):
            assert "MLP" in render(results, format)

    def test_of_a_part_it_tells_what_is_left(self, run, tmp_path):
        run(STUDY, only=("Baseline",))
        results = bakeoff.results(STUDY, store=tmp_path / "s.db")
        text = render(results, "md")
        assert "3 of 9 candidates proposed by TPESampler, 3 at a time" in text
        assert "0 of 9 trials have run." in text
        assert "The search cost" not in text

    def test_a_study_is_shown_and_counted_without_optuna(self, monkeypatch):
        from bakeoff.reporting.reports import declaration_report
        from bakeoff.reporting.writers.markdown import as_markdown

        monkeypatch.setitem(sys.modules, "optuna", None)
        text = as_markdown(declaration_report(STUDY))
        assert "9 candidates x 1 rounds" in text
        assert "proposed by TPESampler, 3 at a time, from the results of those before" in text
        assert STUDY.most_trials == 2 + 9 + 2


class NoHeads(ModelSpec):
    width: int

    def build(self):
        return nn.Sequential(nn.Flatten(), nn.Linear(392, self.width))


def wrong(*, width: int) -> Variant:
    return mlp().replace(model=NoHeads(width=width + 3))


FILE = """
from bakeoff import Adam, DigitPairs, Head, Linear, LogUniform, Network, Proposals, Recipe, Search
from bakeoff import Study, Variant


def net(lr=0.1):
    model = Network(Linear(2), Head("comparison"))
    return Variant(name="net", model=model, optimizer=Adam(lr=lr), recipe=Recipe(epochs=1))


task = DigitPairs(train=20, validation=10, test=10)
proposals = Proposals(net, {"lr": LogUniform(0.001, 0.1)}, number=4, batch=2)
search = Search(name="lr", task=task, proposals=proposals)
study = Study(name="searched", task=task, variants=(net(),), rounds=1, searches=(search,))
"""


def broken(*, width: int) -> Variant:
    raise KeyError("no")


def never(*, width: int) -> Variant:
    raise SpecError("never")


class TestBadInput:
    def test_without_optuna_a_sentence_says_what_to_install(self, run, monkeypatch):
        monkeypatch.setitem(sys.modules, "optuna", None)
        with pytest.raises(RunError, match=r'not installed: pip install "bakeoff\[optuna\]"'):
            run(STUDY)

    def test_the_command_exits_with_2(self, command, monkeypatch):
        monkeypatch.setitem(sys.modules, "optuna", None)
        Path("searched.py").write_text(FILE)
        refused = command("run", "searched.py", "--quick", code=2)
        assert 'pip install "bakeoff[optuna]"' in refused.stderr

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"make": lambda lr: mlp(lr=lr)}, "top level of a file"),
            ({"factors": {"rate": (1, 2)}}, "no parameter 'rate'"),
            ({"factors": {}}, "has no factors"),
            ({"factors": 5}, "must be a dictionary"),
            ({"factors": {"width": ()}}, "needs a tuple of one value or more"),
            ({"number": 0}, "Proposals.number: given 0"),
            ({"batch": 0}, "Proposals.batch: given 0"),
            ({"seed": -1}, "Proposals.seed: given -1"),
        ],
    )
    def test_a_mistake_is_refused_where_it_is_written(self, changes, message):
        with pytest.raises(SpecError, match=message):
            some(**changes)

    def test_candidates_and_proposals_are_not_given_together(self):
        from bakeoff import grid

        with pytest.raises(SpecError, match="candidates beside proposals; give one"):
            SEARCH.replace(candidates=grid(sometimes, {"lr": tuple(n / 100 for n in range(1, 20))}))

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"sampler": "TPESampelr"}, "did you mean 'TPESampler'"),
            ({"options": (("startup", 3),)}, "TPESampler with seed=0 .*startup"),
            ({"sampler": "GridSampler"}, "search_space"),
            ({"make": broken, "factors": {"width": (2, 3)}}, "broken raised KeyError: 'no'"),
            ({"make": never, "factors": {"width": (2, 3)}}, "no candidate can be made: never"),
        ],
    )
    def test_a_samplers_mistake_is_a_sentence_before_any_trial(self, run, changes, message):
        with pytest.raises(BakeoffError, match=message):
            run(STUDY.replace(searches=(SEARCH.replace(proposals=some(**changes)),)))


def test_it_is_printed_as_the_code_that_makes_it():
    small = some(factors={"width": (2, 3)}, batch=10, seed=4)
    code = "Proposals('test_model_search:mlp', (('width', (2, 3)),), number=9, seed=4)"
    assert repr(small) == code
    assert eval(code) == small


def test_a_study_file_is_run_from_the_command(command):
    Path("searched.py").write_text(FILE)
    told = command("run", "searched.py", "--jobs", "1")
    assert "4 candidates proposed by TPESampler, 2 at a time; 4 tried." in told.stdout


def test_a_claim_about_the_choice_waits_for_all_candidates(run):
    claim = Claim(id="C", quote="narrow", test=SearchChose("MLP", (("width", 2),)))
    with pytest.raises(SpecError, match="no factor is called 'wdth'"):
        STUDY.replace(claims=(claim.replace(test=SearchChose("MLP", (("wdth", 2),))),))
    study = STUDY.replace(claims=(claim,))
    (verdict,) = bakeoff.verdicts(run(study, quick=True))
    assert "4 of 9 candidates are in this run's search" in verdict.sentence
    (verdict,) = bakeoff.verdicts(run(study))
    assert "the search chose width" in verdict.sentence


def test_a_check_looks_over_the_first_batch(run):
    search = SEARCH.replace(proposals=some(make=wrong, factors={"width": (2, 3)}))
    with ThreadPoolExecutor(1) as executor:
        findings = bakeoff.check(STUDY.replace(searches=(search,)), executor=executor)
    assert any(finding.variant.startswith("MLP (width") for finding in findings)
