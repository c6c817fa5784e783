"""A study looked over from its declaration: what stops a run, what a store keeps, what is told."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

import bakeoff
from bakeoff import (
    Adam,
    Classification,
    DigitPairs,
    FromFunction,
    Head,
    KFold,
    Linear,
    ModelSpec,
    Network,
    Recipe,
    Search,
    Study,
    Variant,
    grid,
)
from bakeoff.api.plan import plan_of
from bakeoff.api.run import run_plans
from bakeoff.reporting.page import Page
from bakeoff.running.events import Answered, Checked
from bakeoff.running.store import Store
from bakeoff.running.subjects import look, subjects
from bakeoff.study.load import load
from bakeoff.study.study import Overrides
from bakeoff.study.trial import trials

RECIPE = Recipe(epochs=1, batch=10)
TASK = DigitPairs(train=20, validation=10, test=10)


class Own(ModelSpec):
    outputs: int = 2
    mixes: bool = False

    def build(self):
        return nn.Sequential(
            nn.Flatten(), nn.Linear(392, self.outputs), *([Mixing()] if self.mixes else [])
        )


class Mixing(nn.Module):
    """It takes the mean of the batch off, in evaluation too."""

    def forward(self, x):
        return x - x.mean(0)


class Short(DigitPairs):
    """It draws fewer examples than it says."""

    def draw(self, *, seed, round):
        data = super().draw(seed=seed, round=round)
        test = data.test
        labels = {name: label[:8] for name, label in test.labels.items()}
        cut = bakeoff.Split(test.inputs[:8], labels, test.items[:8])
        return bakeoff.RoundData(train=data.train, validation=data.validation, test=cut)


def variant(name, model=None, **fields):
    return Variant(name=name, model=model or Own(), recipe=RECIPE, **fields)


def study(*variants, **fields):
    return Study(**{"name": "s", "task": TASK, "variants": variants, "rounds": 2} | fields)


class Nothing(DigitPairs):
    def draw(self, *, seed, round):  # noqa: ARG002
        return None


LAYERS = variant("layers", Network(Linear(2), Head("comparison")))


@pytest.fixture
def looked_at(monkeypatch):
    """Note the subjects that workers look over."""
    seen = []

    def noting(subject, site):
        seen.append(subject)
        return look(subject, site)

    monkeypatch.setattr("bakeoff.running.subjects.look", noting)
    return seen


@pytest.fixture
def run(tmp_path):
    def run(given, **asked):
        events = []
        with ThreadPoolExecutor(1) as executor:
            (results,) = run_plans(
                [plan_of(given, Overrides(**asked))],
                jobs=1,
                store=tmp_path / "s.db",
                executor=executor,
                listen=events.append,
            )
        return results, events

    return run


def found(given):
    with ThreadPoolExecutor(1) as executor:
        return bakeoff.check(given, executor=executor)


def told(events):
    return [event.findings for event in events if isinstance(event, Checked)]


def test_variants_that_share_a_model_are_looked_over_once(looked_at):
    quick = [variant(f"rate {lr}", optimizer=Adam(lr=lr)) for lr in (0.1, 0.2, 0.3)]
    other = variant("other", Own(mixes=True), optimizer=Adam(lr=0.1))
    (doubt,) = found(study(*quick, other, LAYERS))
    assert (doubt.kind, doubt.variant) == ("batch_dependence", "other")
    models = [subject.setup.model for subject in looked_at if subject.setup]
    assert models == [Own(), Own(mixes=True), LAYERS.model]
    assert sum(subject.setup is None for subject in looked_at) == 1


def test_a_run_looks_over_nothing_of_bakeoffs_own(looked_at, run):
    run(study(LAYERS))
    assert looked_at == []


def test_what_is_answered_or_was_looked_over_is_not_again(looked_at, run):
    run(study(variant("a")), rounds=1)
    assert len(looked_at) == 1
    run(study(variant("a"), variant("b", optimizer=Adam(lr=0.1)), LAYERS))
    assert len(looked_at) == 1
    run(study(variant("a"), variant("b", Own(mixes=True))))
    assert [subject.setup.model for subject in looked_at] == [Own(), Own(mixes=True)]


def test_a_model_that_cannot_be_trained_stops_a_run_before_any_trial(run, tmp_path):
    wrong = [variant(f"wrong {lr}", Own(outputs=3), optimizer=Adam(lr=lr)) for lr in (0.1, 0.2)]
    with pytest.raises(bakeoff.CheckFailed) as refused:
        run(study(LAYERS, variant("right"), *wrong))
    (error,) = refused.value.findings
    assert (error.kind, error.variant) == ("code", "wrong 0.1")
    assert str(refused.value).startswith("s: wrong 0.1: the model's head 'comparison' has shape")
    with Store.read(tmp_path / "s.db") as store:
        keyed = trials(study(LAYERS), data=TASK.digest())
        assert not store.known(trial.key() for _, trial in keyed)
        assert store.runs() == []


def test_models_that_are_wrong_alike_are_one_sentence():
    wrong = [variant(name, Own(outputs=3, mixes=name == "b")) for name in ("a", "b")]
    error = bakeoff.CheckFailed("s", found(study(*wrong)))
    assert len(error.findings) == 2
    assert str(error).startswith("s: a and 1 more: the model's head")
    assert "\n" not in str(error)


def test_models_are_not_tried_on_data_that_is_wrong(looked_at):
    short = study(variant("a"), task=Short(train=20, validation=10, test=10))
    (error,) = found(short)
    assert (error.kind, error.variant, error.split) == ("sizes", "", "test")
    assert (error.given, error.allowed) == ((8,), (10,))
    assert [subject.setup for subject in looked_at] == [None]


def test_a_doubt_is_told_once_and_kept_for_every_report(run, tmp_path):
    mixing = study(variant("a", Own(mixes=True)), variant("plain"))
    results, events = run(mixing, rounds=1)
    assert [[each.kind for each in found] for found in told(events)] == [["batch_dependence"]]
    assert any(isinstance(event, Answered) for event in events)
    again, events = run(mixing)
    assert told(events) == []
    for one in (results, again, bakeoff.results(mixing, store=tmp_path / "s.db")):
        (doubt,) = [each for each in Page(one).findings if each.kind == "batch_dependence"]
        assert doubt.variants == ("a",)
    only = bakeoff.results(mixing, only=("plain",), store=tmp_path / "s.db")
    assert only.doubts == ()


def test_a_doubt_is_told_of_each_variant_that_shares_the_model(run):
    both = [variant(f"rate {lr}", Own(mixes=True), optimizer=Adam(lr=lr)) for lr in (0.1, 0.2)]
    results, _ = run(study(*both))
    assert [doubt.variant for doubt in results.doubts] == ["rate 0.1", "rate 0.2"]


def repeating():
    """Return a table in which every row stands twice."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 4)).astype(np.float32)
    return np.concatenate([x, x]), np.tile(x[:, 0] > 0, 2)


def test_rows_that_stand_twice_are_told_and_enter_the_audit(run):
    task = Classification(FromFunction(repeating), train=30, test=30)
    net = variant("net", Network(Linear(2), Head("label"), input=(4,)))
    results, events = run(study(net, task=task))
    ((overlap,),) = told(events)
    data = task.draw(seed=0, round=0)
    pairs = (data.test.inputs[:, None] == data.train.inputs).all(-1)
    assert overlap.count == pairs.any(1).sum()
    assert all(pairs[test, train] for test, train in overlap.places)
    (audited,) = [each for each in Page(results).findings if each.kind == "overlap"]
    assert (audited.severity, audited.variants, audited.cases) == ("caution", (), (overlap,))


def in_groups():
    """Return a table whose groups are of unequal sizes."""
    x = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    return x, x[:, 0] > 0, np.sqrt(np.arange(60)).astype(int)


def test_folds_of_groups_may_be_of_any_size():
    task = KFold(Classification(FromFunction(in_groups), train=40, test=10), folds=3)
    sizes = {name: len(s.items) for name, s in task.draw(seed=0, round=0).splits().items()}
    assert sizes != task.sizes
    assert (
        found(study(variant("net", Network(Linear(2), Head("label"), input=(4,))), task=task)) == ()
    )


def test_candidates_of_the_users_own_are_looked_over_too(looked_at, run):
    def candidate(*, outputs, layers):
        return variant(f"{outputs}", Own(outputs=outputs) if not layers else LAYERS.model)

    search = Search(
        name="Size",
        task=TASK,
        candidates=grid(candidate, {"layers": (False, True), "outputs": (2, 5)}),
        rounds=1,
        rerun=False,
        choose=(bakeoff.Quantity(split="validation"),),
    )
    with pytest.raises(bakeoff.CheckFailed, match=r"Size \(.*outputs 5\): the model's head"):
        run(study(LAYERS, searches=(search,)))
    assert [subject.setup.model.outputs for subject in looked_at] == [2, 5]


READING = """
import numpy as np

from bakeoff import *


def rows():
    x = np.arange(40, dtype=np.float32).reshape(20, 2)
    return np.concatenate([x, x]), np.arange(40) % 2


study = Study(
    name="reading",
    task=Classification(FromFunction(rows), train=30, test=10),
    variants=(
        Variant(name="net", model=Network(Linear(2), Head("label"), input=(2,)), rounds=1),
    ),
)
"""


def test_workers_look_over_data_that_the_study_reads_itself(tmp_path):
    (tmp_path / "reading.py").write_text(READING)
    given = load(tmp_path / "reading.py")
    (overlap,) = bakeoff.check(given, jobs=1)
    assert overlap.kind == "overlap"
    assert bakeoff.run(given, jobs=1, store=tmp_path / "s.db").doubts == (overlap,)


OFFENDING = """
import os

import torch
from torch import nn

from bakeoff import *


class Offender(ModelSpec):
    what: str

    def build(self):
        if self.what == "default":
            torch.set_default_dtype(torch.float64)
        if self.what == "crash":
            os.abort()
        if self.what == "error":
            raise ZeroDivisionError("no luck")
        return nn.Sequential(nn.Flatten(), nn.Linear(392, 2)).float()


study = Study(
    name="offending",
    task=DigitPairs(train=20, validation=10, test=10),
    variants=tuple(
        Variant(name=name, model=Offender(what=name))
        for name in ("default", "crash", "error", "fine")
    ),
)
"""


def test_a_model_that_fails_or_brings_its_worker_down_touches_no_other(tmp_path):
    (tmp_path / "offending.py").write_text(OFFENDING)
    errors = bakeoff.check(load(tmp_path / "offending.py"), jobs=1)
    assert [(each.kind, each.variant) for each in errors] == [
        ("code", "crash"),
        ("code", "error"),
    ]
    assert "SIGABRT" in errors[0].message
    assert errors[1].message == "ZeroDivisionError: no luck (offending.py, line 19, in build)"
    assert torch.get_default_dtype() == torch.float32


def test_a_draw_that_returns_something_else_is_told():
    given = study(LAYERS, task=Nothing(train=20, validation=10, test=10))
    (error,) = {each.message for each in found(given)}
    assert error.startswith("Nothing.draw returns 'NoneType'")


def test_equal_subjects_have_equal_keys_whatever_trains_them():
    one, other = (
        next(iter(subjects([trial])))
        for given in (variant("a"), variant("b", optimizer=Adam(lr=0.1)))
        for _, trial in trials(study(given), data="d")[1:]
    )
    assert one.key() == other.key()
    (mixing,) = subjects([trials(study(variant("a", Own(mixes=True))), data="d")[0][1]])
    assert mixing.key() != one.key()


def test_a_name_is_no_study():
    with pytest.raises(bakeoff.errors.StudyError, match="a Study is needed, not str"):
        bakeoff.check("dong")
