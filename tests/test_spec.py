"""Specs: equal by value, printed as code, refused with a sentence."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bakeoff
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import SpecError
from bakeoff.models.layers import BatchNorm, Conv, Dropout, Linear, MaxPool, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.spec import canonical, digest
from bakeoff.studies import BUILT_IN
from bakeoff.training.objective import (
    Objective,
)
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe

NAMES = {name: getattr(bakeoff, name) for name in bakeoff.__all__}

sizes = st.integers(1, 300)
layers = st.one_of(
    st.builds(Linear, sizes, bias=st.booleans()),
    st.builds(Conv, sizes, st.integers(1, 7), padding=st.integers(0, 3), stride=st.integers(1, 3)),
    st.builds(Dropout, st.floats(0, 0.99)),
    st.builds(MaxPool, st.integers(1, 4)),
    st.just(ReLU()),
    st.just(BatchNorm()),
)


@given(layers)
def test_a_spec_prints_as_the_code_that_makes_it(layer):
    assert eval(repr(layer), NAMES) == layer


@pytest.mark.parametrize("study", BUILT_IN, ids=lambda study: study.name)
def test_built_in_studies_survive_printing_and_pickling(study):
    assert eval(repr(study), NAMES) == study
    assert pickle.loads(pickle.dumps(study)) == study


@given(layers, layers)
def test_canonical_forms_are_equal_exactly_when_specs_are(one, other):
    assert (canonical(one) == canonical(other)) == (one == other)


def test_a_field_at_its_default_is_part_of_the_canonical_form():
    assert canonical(Linear(3)) == {"type": "Linear", "features": 3, "bias": True}


def test_the_digest_is_the_sha256_of_sorted_json():
    assert digest({"b": 1, "a": [True, None, "x"]}) == digest({"a": [True, None, "x"], "b": 1})
    # printf '{"a":1}' | sha256sum
    assert digest({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"


def test_specs_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Linear(3).features = 4


def test_replace_validates_and_leaves_the_original():
    recipe = Recipe(epochs=25)
    assert recipe.replace(epochs=3) == Recipe(epochs=3)
    assert recipe.epochs == 25
    with pytest.raises(SpecError, match="greater than 0"):
        recipe.replace(epochs=0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: Recipe(epoch=3),
            ["Recipe", "'epoch'", "given 3", "did you mean 'epochs'", "batch"],
        ),
        (lambda: Conv(3, 3, pading=1), ["Conv", "'pading'", "given 1", "'padding'"]),
        (Linear, ["Linear", "features"]),
        (lambda: Adam(1e-3), ["Adam", "by name", "0.001", "lr"]),
        (lambda: Linear(-1), ["Linear.features", "given -1", "greater than 0"]),
        (lambda: Linear("100"), ["Linear.features", "given '100'", "integer"]),
        (lambda: Dropout(1.5), ["Dropout.probability", "given 1.5", "less than 1"]),
        (lambda: Adam(lr=float("nan")), ["Adam.lr", "given nan", "finite"]),
        (lambda: Network(Linear(2)), ["Network", "head", "Head("]),
        (lambda: Network(Linear(2), 7, Head("a")), ["Network.layers.1", "given 7", "Layer"]),
        (lambda: Network(Conv(3, 15), Head("a")), ["Conv(3, 15)", "window of 15", "input of 14"]),
        (lambda: Network(Linear(2), Conv(3, 3), Head("a")), ["Conv(3, 3)", "image", "(2,)"]),
        (lambda: Network(Head("a"), Head("a")), ["two heads", "'a'"]),
        (Objective, ["Objective.terms", "at least 1"]),
        (lambda: DigitPairs(size=15), ["DigitPairs.size", "given 15", "14"]),
    ],
)
def test_a_wrong_field_or_value_is_named_with_what_is_allowed(make, words):
    with pytest.raises(SpecError) as error:
        make()
    for word in words:
        assert word in str(error.value)
