"""What learns on real digits is told from what does not, in the store and in the JSON report."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from sklearn.dummy import DummyClassifier

import bakeoff
from bakeoff import (
    SGD,
    Adam,
    DigitPairs,
    Estimator,
    Flatten,
    Head,
    Linear,
    Network,
    Recipe,
    ReLU,
    Study,
    Variant,
)
from bakeoff.running.worker import Site, answer
from bakeoff.study.trial import trials

NETWORK = Network(Flatten(), Linear(100), ReLU(), Linear(2), Head("comparison"))
RECIPE = Recipe(epochs=5, batch=50)
STUDY = Study(
    name="near-chance",
    task=DigitPairs(train=1000, validation=0, test=1000),
    variants=(
        Variant(name="learns", model=NETWORK, recipe=RECIPE),
        Variant(name="too fast", model=NETWORK, optimizer=Adam(lr=1.0), recipe=RECIPE),
        Variant(name="diverges", model=NETWORK, optimizer=SGD(lr=1e20), recipe=RECIPE),
        Variant(name="constant", model=Estimator(DummyClassifier())),
        Variant(name="random", model=Estimator(DummyClassifier(strategy="stratified"))),
    ),
    rounds=3,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("chance") / "bakeoff.db"
    with ThreadPoolExecutor(1) as executor:
        bakeoff.run(STUDY, store=path, executor=executor)
    return path


def test_only_what_learns_is_beyond_chance(store):
    histories = bakeoff.results(STUDY, store=store).histories
    for name, found in histories.items():
        statuses = {(h.status, h.near_chance, h.collapsed) for h in found}
        expected = {
            "learns": ("finished", False, False),
            "diverges": ("diverged", False, True),
        }.get(name, ("finished", True, True))
        assert statuses == {expected}, name
    limits = {name: [h.chance for h in found] for name, found in histories.items()}
    # The rounds' test pairs are the same for all.
    assert all(limit == limits["learns"] for limit in limits.values())
    assert all(0.35 < limit < 0.45 for limit in limits["learns"])


def test_the_json_report_says_so(store, tmp_path):
    path = bakeoff.report(bakeoff.results(STUDY, store=store), tmp_path / "report.json")
    told = {(t["variant"], t["near_chance"]) for t in json.loads(path.read_text())["trials"]}
    assert told == {
        ("learns", False),
        ("too fast", True),
        ("diverges", False),
        ("constant", True),
        ("random", True),
    }


def test_a_constant_is_near_chance_in_every_round():
    constant = STUDY.replace(variants=STUDY.variants[3:4], rounds=30)
    found = [answer(trial, Site()) for _, trial in trials(constant, data="")]
    assert all(history.near_chance for history in found)
