"""Keys grow: a field that a later version adds leaves earlier trials where they are."""

import json
from pathlib import Path

import pytest
from pydantic import create_model

import bakeoff
from bakeoff.data.tasks import DigitPairs
from bakeoff.models.layers import Linear, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.spec import Spec, canonical
from bakeoff.study.trial import RESULTS_VERSION, Setup, Trial
from bakeoff.training.decision import LargestLogit
from bakeoff.training.objective import CrossEntropy, Objective
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe
from bakeoff.training.schedules import Constant, Cosine, StepDecay, Warmup
from bakeoff.training.stopping import Patience

DEFAULTS = Path(__file__).with_name("defaults.json")


def trial(**changes):
    given = {
        "model": Network(Linear(4), ReLU(), Linear(2), Head("comparison")),
        "objective": Objective(CrossEntropy("comparison")),
        "decision": LargestLogit("comparison"),
        "optimizer": Adam(lr=1e-3),
        "recipe": Recipe(epochs=3),
    } | {name: value for name, value in changes.items() if name != "task"}
    task = changes.get("task", DigitPairs(train=20, validation=0, test=10))
    return Trial(task=task, setup=Setup(**given), round=0, seed=0, data="d")


def grown(cls, **fields):
    """Return a class as a later version may have it, with further fields."""
    return create_model(cls.__name__, __base__=cls, __module__=cls.__module__, **fields)


@pytest.mark.parametrize(
    ("part", "make"),
    [
        ("task", lambda later: later(train=20, validation=0, test=10)),
        ("optimizer", lambda later: later(lr=1e-3)),
        ("recipe", lambda later: later(epochs=3)),
    ],
)
def test_a_field_that_is_added_finds_earlier_trials_again(part, make):
    cls = {"task": DigitPairs, "optimizer": Adam, "recipe": Recipe}[part]
    later = grown(cls, schedule=(float | None, None), level=(float, 0.5))
    assert trial(**{part: make(later)}).key() == trial().key()
    changed = make(later).replace(level=0.25)
    assert trial(**{part: changed}).key() != trial().key()


def test_a_field_counts_wherever_it_differs_from_its_default():
    assert trial(recipe=Recipe(epochs=3, batch=100)).key() == trial().key()
    assert trial(recipe=Recipe(epochs=3, batch=99)).key() != trial().key()
    assert trial(recipe=Recipe(epochs=3, clip=None)).key() == trial().key()
    assert trial(recipe=Recipe(epochs=3, clip=1.0)).key() != trial().key()
    assert trial(recipe=Recipe(epochs=3, stopping=None)).key() == trial().key()
    three, four = (Recipe(epochs=3, stopping=Patience(epochs=epochs)) for epochs in (3, 4))
    assert len({trial(recipe=each).key() for each in (Recipe(epochs=3), three, four)}) == 3


def test_a_schedule_counts_with_all_that_it_is_made_of():
    schedules = (
        *(Constant(), Cosine(), Cosine(final=0.1), StepDecay(every=0.5, factor=0.1)),
        *(Warmup(5), Warmup(0.5), Warmup(5, then=Cosine())),
    )
    keys = [trial(recipe=Recipe(epochs=3, schedule=each)).key() for each in schedules]
    assert len(set(keys)) == len(keys)
    assert keys[0] == trial().key()
    weights = {trial(recipe=Recipe(epochs=3, schedule=each)).weight_seed() for each in schedules}
    assert len(weights) == 1


def specs(cls=Spec):
    for sub in cls.__subclasses__():
        if sub.__module__.startswith("bakeoff."):
            yield sub
        yield from specs(sub)


def defaults():
    """Return the defaults of all classes that bakeoff exports, by class and field."""
    for name in bakeoff.__all__:
        getattr(bakeoff, name)
    return {
        cls.__name__: {
            # What is in a default spec at its own default stands under its own class.
            name: canonical(field.get_default(call_default_factory=True), defaults=False)
            for name, field in cls.model_fields.items()
            if not field.is_required()
        }
        for cls in {each for each in specs() if getattr(bakeoff, each.__name__, None) is each}
    }


def test_a_default_changes_only_with_the_version_of_results():
    """What a field is by default is not in keys: another default would answer with old numbers.

    Raise `RESULTS_VERSION`, then write `defaults()` and it to the file.
    """
    recorded = json.loads(DEFAULTS.read_text())
    now = defaults()
    changed = {
        (cls, name): (value, now[cls][name])
        for cls, fields in recorded["defaults"].items()
        for name, value in fields.items()
        if name in now.get(cls, {}) and now[cls][name] != value
    }
    assert not changed or recorded["version"] < RESULTS_VERSION
