"""A name's plain value is part of the key, however the name came to hold it."""

import argparse
import json
import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.study.values import NotPlain, attributes, plain

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.complex_numbers(),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=8,
)


@given(values, values)
def test_values_have_one_form_exactly_when_python_prints_them_alike(one, other):
    assert (text(one) == text(other)) == (repr(one) == repr(other))


@given(st.sets(st.integers()), st.randoms())
def test_the_order_of_a_set_does_not_count(one, chance):
    items = list(one)
    chance.shuffle(items)
    assert text(one) == text(set(items)) == text(frozenset(items)) != text(sorted(items))


def text(value):
    return json.dumps(plain(value))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.zeros(3), np.ones(3)),
        (np.zeros(3), np.zeros((3, 1))),
        (np.zeros(3, np.float32), np.zeros(3, np.int32)),
        (torch.zeros(3), torch.ones(3)),
        (torch.zeros(3, dtype=torch.bfloat16), torch.ones(3, dtype=torch.bfloat16)),
        ([np.zeros(2)], [np.ones(2)]),
        (list(range(5000)), [*range(4999), 0]),
        (0.0, -0.0),
        (1, 1.0),
        (1, True),
        ("1", b"1"),
        ([1], (1,)),
    ],
)
def test_different_values_have_different_forms(one, other):
    assert text(one) != text(other)
    assert text(one) == text(one)


def test_a_long_value_counts_by_its_digest():
    assert len(str(plain(list(range(100_000))))) < 200


def test_a_text_that_names_the_studys_folder_moves_with_it():
    assert plain("/home/a/data.csv", "/home/a") == plain("/mnt/b/data.csv", "/mnt/b")
    assert plain("/home/a/data.csv", "/home/a") != plain("/home/a/other.csv", "/home/a")


@pytest.mark.parametrize("value", [object(), math, len, int, [object()], {"a": len}])
def test_what_is_more_than_its_values_is_not_plain(value):
    with pytest.raises(NotPlain):
        plain(value)


def test_a_collection_that_holds_itself_is_not_plain():
    loop = []
    loop.append(loop)
    with pytest.raises(NotPlain):
        plain(loop)


@dataclass
class Config:
    width: int


class Bare:
    def __init__(self, width):
        self.width = width


@pytest.mark.parametrize(
    "make", [Config, Bare, lambda w: SimpleNamespace(w=w), lambda w: argparse.Namespace(w=w)]
)
def test_an_object_counts_by_its_attributes(make):
    assert attributes(make(3)) == attributes(make(3)) != attributes(make(4))
