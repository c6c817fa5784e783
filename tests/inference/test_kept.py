"""`bakeoff run --keep`: the models of a run, in a folder beside the store."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import bakeoff
from bakeoff.api.keep import winner
from bakeoff.study.load import load
from bakeoff.training.decision import LargestLogit
from made_study import results as made_results

FILE = """
from bakeoff import *

def variant(name, features, lr=1e-3):
    net = Network(Linear(features), ReLU(), Linear(2), Head("comparison"))
    recipe = Recipe(epochs=2, batch=20)
    return Variant(name=name, model=net, optimizer=SGD(lr=lr), recipe=recipe)

study = Study(
    name="small",
    task=DigitPairs(train=60, validation=30, test=40),
    variants=(variant("a + b", 4), variant("wild", 5, lr=1e30)),
    rounds=2,
)
"""


@pytest.fixture
def run(command):
    Path("small.py").write_text(FILE)
    return partial(command, "run", "small.py", "--jobs", "1")


def test_the_winners_models_are_kept_once_and_load(run):
    told = run("--keep", "winner")
    folders = sorted(Path("bakeoff.db.models/small").iterdir())
    assert [folder.name[:11] for folder in folders] == ["a-b-round-1", "a-b-round-2"]
    assert told.stdout.count("bakeoff.db.models") == 2
    rounds = {bakeoff.load_model(folder).description.origin.round for folder in folders}
    assert rounds == {1, 2}
    before = folders[0].stat().st_mtime_ns
    again = run("--keep", "winner")
    assert again.stdout.count("kept before") == 2
    assert folders[0].stat().st_mtime_ns == before


def test_all_are_kept_but_those_that_diverged(run):
    told = run("--keep", "all", "--rounds", "1", code=1)
    assert "small: wild, round 1: 'wild' diverged in round 1" in told.stderr
    assert len(list(Path("bakeoff.db.models/small").iterdir())) == 1


def test_keeping_is_for_fixed_rounds(run):
    assert "leave out --keep" in run("--until-decided", "--keep", "all", code=2).stderr


def test_the_winner_has_the_best_mean_at_the_end():
    results = made_results({"a": (0.2, 0.1), "b": (0.12, 0.12), "c": (0.3,)})
    assert winner(results) == ("b", {})
    assert winner(made_results({"a": ()}, rounds=1)) == (None, {})


class OfBatch(LargestLogit):
    reads_batch = True


def test_the_winner_answers_single_examples():
    results = made_results({"a": (0.1,), "b": (0.2,), "c": (0.3,), "d": (0.4,)})
    a, b, c, d = results.study.variants
    a = a.replace(recipe=a.recipe.replace(evaluate_in_train_mode=True))
    b = b.replace(decision=OfBatch(b.decision.reads))
    able = replace(results, study=results.study.replace(variants=(a, b, c, d)))
    name, passed = winner(able)
    assert name == "c"
    assert ["training mode" in passed["a"].reason, "batch" in passed["b"].reason] == [True, True]
    none = replace(
        able,
        study=able.study.replace(variants=(a, b)),
        histories={name: able.histories[name] for name in ("a", "b")},
    )
    assert winner(none) == (None, passed)


FUNCTION = """
from sklearn.linear_model import Ridge

from bakeoff import *


def numbers():
    return [[n % 7, n % 3] for n in range(80)], [float(n % 7) for n in range(80)]


study = Study(
    name="numbers",
    task=Regression(FromFunction(numbers), train=40, test=30),
    variants=(Variant(name="ridge", model=Estimator(Ridge())),),
)
"""


def test_data_of_a_function_in_a_study_file_is_there_in_a_worker(tmp_path):
    (tmp_path / "numbers_study.py").write_text(FUNCTION)
    study = load(tmp_path / "numbers_study.py")
    model = bakeoff.train(study, "ridge", tmp_path / "w", store=tmp_path / "s.db")
    assert model.description.classes == ()
