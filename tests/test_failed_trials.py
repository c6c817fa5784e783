"""A trial that failed is told as such wherever the results are, until another run mends it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from torch import nn

import bakeoff
from bakeoff import DigitPairs, Head, Linear, Network, Recipe, Study, Variant
from bakeoff.analysis.results import FailedTrial
from bakeoff.api.run import TrialsFailed
from bakeoff.models.network import ModelSpec
from bakeoff.reporting.text.notes import notices
from bakeoff.running.standing import standings
from bakeoff.running.store import Store
from bakeoff.training.check import BATCH

RECIPE = Recipe(epochs=1, batch=10)


class Late(nn.Module):
    """It bears the few examples that it is tried on before a run, and no batch of training."""

    def forward(self, x):
        if len(x) > BATCH:
            raise RuntimeError("no luck")
        return x.new_zeros(len(x), 2)


class Faulty(ModelSpec):
    def build(self):
        return Late()


PLAIN = Variant(name="plain", model=Network(Linear(2), Head("comparison")), recipe=RECIPE)
STUDY = Study(
    name="failing",
    task=DigitPairs(train=20, validation=10, test=10),
    variants=(PLAIN, Variant(name="faulty", model=Faulty(), recipe=RECIPE, rounds=1)),
    rounds=2,
)


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "bakeoff.db"
    with ThreadPoolExecutor(1) as executor, pytest.raises(TrialsFailed):
        bakeoff.run(STUDY, store=path, executor=executor)
    return path


def test_a_failed_trial_is_named_with_its_reason(store):
    results = bakeoff.results(STUDY, store=store)
    (failed,) = results.failures
    assert (failed.variant, failed.round) == ("faulty", 0)
    assert "no luck" in failed.message
    (notice,) = notices(results)
    assert notice.title == "Failed"
    assert notice.text.startswith("1 trial could not be run: faulty in round 1. The last error: ")
    assert "no luck" in notice.text


def test_it_is_not_among_those_that_have_not_run_yet(store):
    results = bakeoff.results(STUDY, rounds=3, store=store)
    assert results.missing == 2
    incomplete, failed = notices(results)[-2:]
    assert incomplete.text.startswith("1 trial of 4 not run yet: plain (1 of 3).")
    assert failed.title == "Failed"


def test_status_counts_it(store):
    with Store.read(store) as opened:
        (standing,) = standings(opened, jobs=1)
    assert (standing.done, standing.total, standing.failed) == (2, 3, 1)


def test_an_answer_makes_up_for_a_failure(store):
    results = bakeoff.results(STUDY, only=("plain",), store=store)
    assert results.failures == ()
    assert results.missing == 0


def test_failures_are_told_in_order():
    first, second = FailedTrial("a", 0, "x."), FailedTrial("b", 1, "y.")
    results = bakeoff.Results(
        study=STUDY,
        declared=STUDY,
        overrides=bakeoff.study.study.Overrides(),
        histories={"plain": (None, None), "faulty": (None,)},
        failures=(first, second),
    )
    (_, failed) = notices(results)
    assert failed.text == (
        "2 trials could not be run: a in round 1 and b in round 2. The last error: y. Another run "
        "tries again, once that is mended."
    )
