"""Specs: equal by value, printed as code, refused with a sentence."""

import inspect
import pickle
import re
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

import bakeoff
from bakeoff.claims.differences import Better
from bakeoff.data.tasks import DigitPairs, KFold
from bakeoff.errors import SpecError
from bakeoff.models.layers import BatchNorm, Conv, Dropout, Layer, Linear, MaxPool, ReLU
from bakeoff.models.network import Head, ModelSpec, Network
from bakeoff.spec import PositiveInt, Spec, canonical, digest
from bakeoff.studies import BUILT_IN, dong_code
from bakeoff.study.claims import ClaimTest
from bakeoff.training.decision import CompareDigits, Threshold
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
    # A study's own repr is short; that of a spec is the code that makes it.
    names = {**NAMES, "LargestShare": dong_code.LargestShare}
    assert eval(Spec.__repr__(study), names) == study
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
        (lambda: Conv(3, 3, groups=2), ["Conv.groups", "given 2", "3 channels"]),
        (lambda: Conv(3, 3, pading=1), ["Conv", "'pading'", "given 1", "'padding'"]),
        (Linear, ["Linear", "features"]),
        (lambda: Adam(1e-3), ["Adam", "by name;", "0.001", "lr"]),
        (
            lambda: Conv(8, 3, 1),
            ["Conv takes its fields by name after channels, kernel; given 1", "It takes", "stride"],
        ),
        (lambda: Conv(8, 3, kernel=5), ["Conv.kernel is given twice: 3, without its name, and 5"]),
        (lambda: Conv(8), ["Conv.kernel is missing", "Conv takes channels, kernel, padding"]),
        (lambda: Threshold(at=0.4, read="a"), ["'read' (given 'a')", "did you mean 'reads'"]),
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
        (lambda: DigitPairs(size=0), ["DigitPairs.size", "given 0", "greater than 0"]),
    ],
)
def test_a_wrong_field_or_value_is_named_with_what_is_allowed(make, words):
    with pytest.raises(SpecError) as error:
        make()
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("cls", "parameters"),
    [
        (Linear, "features, *, bias=True"),
        (KFold, "task, folds=5, *, metrics=()"),
        (Threshold, "reads='', *, at=0.5"),
        (CompareDigits, "reads='digits', *, by='digits'"),
        (Better, "better, *, quantity=Quantity(), than, by=0.0"),
        (Adam, "*, groups=(), lr, weight_decay=0.0"),
        (Network, "*layers, input=(2, 14, 14), initial=None"),
    ],
)
def test_a_signature_shows_what_may_be_given_without_its_name(cls, parameters):
    signature = inspect.signature(cls)
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    assert str(inspect.Signature(bare)) == f"({parameters})"


class Leaky(ModelSpec):
    slope: float = 0.0
    width: PositiveInt = Field(kw_only=False)
    depth: PositiveInt = Field(default=1, kw_only=False)

    def build(self):
        raise NotImplementedError


class Focal(bakeoff.Loss):
    gamma: float = 2.0

    def compute(self, output, label):
        raise NotImplementedError


class Share(bakeoff.Metric):
    of: str = Field(kw_only=False)

    def compute(self, predictions):
        raise NotImplementedError


class Scaled(Layer):
    factor: float = Field(kw_only=False)

    def output(self, shape):
        return shape

    def build(self, shape):
        raise NotImplementedError


class Least(ClaimTest):
    named = ("variant",)
    value: float
    variant: str = Field(kw_only=False)

    def judge(self, results):
        raise NotImplementedError


@pytest.mark.parametrize(
    "code",
    [
        "Leaky(200, slope=0.1)",
        "Leaky(200, 3)",
        "Focal('digits', gamma=1.0)",
        "Share('cats')",
        "Scaled(0.5)",
        "Least('a', value=0.9)",
    ],
)
def test_own_classes_take_fields_without_their_names_where_they_say_so(code):
    assert repr(eval(code)) == code
    assert pickle.loads(pickle.dumps(eval(code))) == eval(code)


def test_a_field_of_ones_own_that_cannot_stand_there_is_refused_where_the_class_is_written():
    with pytest.raises(SpecError, match="Late takes head, gamma without their names, .* default"):

        class Late(bakeoff.Loss):
            gamma: float = Field(kw_only=False)


@pytest.mark.parametrize(
    ("base", "lacks"),
    [
        (bakeoff.Loss, "compute"),
        (bakeoff.Metric, "compute"),
        (bakeoff.ModelSpec, "build"),
        (Layer, "build"),
        (ClaimTest, "judge"),
    ],
)
def test_a_class_that_lacks_a_method_is_told_where_it_is_made(base, lacks):
    class Own(base):
        pass

    where = f"{base.__name__} has; define it in Own: help({base.__name__}.{lacks})"
    with pytest.raises(SpecError, match=re.escape(f"Own lacks {lacks}, which each {where}")):
        Own()


class Numbers(Spec):
    real: float = 0.5
    whole: int = 1
    truth: bool = True
    real_or_whole: int | float = 1
    truth_or_whole: bool | int = 1
    anything: bool | int | float | str | None = None
    many: tuple[int | float, ...] = ()


numbers = st.sampled_from(
    [0, 1, 2, -1, 2**53, 2**53 + 1, 10**400, 0.0, -0.0, 1.0, 2.0, -1.0, 0.1, float(2**53), 1e300]
)
truths = st.booleans()


def built(**values):
    return st.builds(Numbers, **values)


some_numbers = built(
    real=numbers.filter(lambda n: n != 10**400),
    whole=numbers.filter(lambda n: type(n) is int),
    truth=truths,
    real_or_whole=numbers,
    truth_or_whole=truths | numbers.filter(lambda n: type(n) is int),
    anything=truths | numbers | st.sampled_from(["", "1", "True", None]),
    many=st.lists(numbers, max_size=2).map(tuple),
)


@given(some_numbers, some_numbers)
def test_specs_with_equal_numbers_have_equal_keys(one, other):
    # Drawn apart, two are rarely equal in every field.
    mixed = one.replace(anything=other.anything, real=other.real, many=other.many)
    for a, b in ((one, other), (one, mixed), (mixed, other)):
        assert (digest(canonical(a)) == digest(canonical(b))) == (a == b)


@pytest.mark.parametrize("field", ["real", "whole", "truth", "real_or_whole", "anything"])
def test_each_field_alone_tells_numbers_apart_as_equality_does(field):
    for one, other in product([0, 1, True, False, 0.0, -0.0, 1.0, 0.5, 2**53 + 1], repeat=2):
        try:
            a, b = Numbers(**{field: one}), Numbers(**{field: other})
        except SpecError:
            continue
        assert (canonical(a) == canonical(b)) == (a == b), (one, other)
        assert (digest(canonical(a)) == digest(canonical(b))) == (a == b), (one, other)


@pytest.mark.parametrize(
    ("field", "given", "taken"),
    [
        ("real", np.float64(0.1), 0.1),
        ("real", np.float32(0.5), 0.5),
        ("real", np.int64(2), 2.0),
        ("whole", np.int32(3), 3),
        ("whole", np.uint8(3), 3),
        ("truth", np.bool_(False), False),
        ("anything", np.str_("a"), "a"),
        ("many", (np.int64(1), np.float64(2.5)), (1, 2.5)),
    ],
)
def test_numpys_numbers_are_taken_as_pythons(field, given, taken):
    found = getattr(Numbers(**{field: given}), field)
    assert found == taken
    assert type(found) is type(taken)
    assert Numbers(**{field: given}) == Numbers(**{field: taken})


@pytest.mark.parametrize("given", [np.array([1.0]), np.datetime64("2020-01-01")])
def test_other_values_of_numpy_are_refused(given):
    with pytest.raises(SpecError, match=r"Numbers\.real"):
        Numbers(real=given)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([1, 2], r"the list \[1, 2\]"),
        ({"a": 1}, "a dictionary"),
        (len, "the function 'len'"),
        ((1, [2]), r"the list \[2\]"),
        (np.zeros(2), "a value of type ndarray"),
    ],
)
def test_a_field_that_holds_no_value_is_named_with_its_class(value, words):
    class Holder(Spec):
        held: object = None

    with pytest.raises(SpecError, match=f"Holder.held holds {words}"):
        canonical(Holder(held=value))


def test_a_tuple_that_lacks_its_comma_is_told():
    with pytest.raises(SpecError, match=r"a tuple of one ends with a comma: \(a,\)"):
        Numbers(many=1)
    with pytest.raises(SpecError, match=r"write \(a, b\) in place of \[a, b\]"):
        Numbers(many=[1, 2])


@pytest.mark.filterwarnings("ignore:Field name")
def test_a_field_called_as_a_method_is_refused_where_the_class_is_written():
    with pytest.raises(SpecError, match="'parameters', which is what a method"):

        class Model(bakeoff.ModelSpec):
            parameters: int = 3

            def build(self):
                return None
