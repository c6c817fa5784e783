"""What a trial changes in the user's modules is put back and told; other packages' code is left."""

import sys
import types

import pytest

from bakeoff.running.user_state import UserState

TEXT = """
import json
from collections import OrderedDict
from json import dumps

LIMIT = 3
CACHE = {"sizes": [1]}


class Counter:
    seen = 0


class Kept(OrderedDict):
    pass


def width(default=[6]):
    return default
"""


@pytest.fixture
def study():
    module = types.ModuleType("study_of_state")
    sys.modules[module.__name__] = module
    exec(TEXT, vars(module))
    yield module
    del sys.modules[module.__name__]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("LIMIT = 4", "LIMIT"),
        ("CACHE['new'] = 1", "CACHE"),
        ("CACHE['sizes'].append(2)", "CACHE['sizes']"),
        ("Counter.seen = 1", "Counter.seen"),
        ("Counter.other = 1", "Counter (a new name)"),
        ("Kept.seen = 1", "Kept (a new name)"),
        ("width.calls = 1", "width (a new name)"),
        ("width()[0] = 7", "a default of study_of_state.width"),
        ("dumps = len", "dumps"),
        ("OrderedDict = dict", "OrderedDict"),
        ("NEW = 1", "study_of_state (a new name)"),
    ],
)
def test_a_change_is_put_back_and_named_once(study, change, name):
    state = UserState([study])
    exec(change, vars(study))
    named = name if "study_of_state" in name else f"study_of_state.{name}"
    assert list(state.restored()) == [named]
    assert list(state.restored()) == []


def test_classes_and_functions_of_other_packages_are_no_state_of_the_user(study):
    state = UserState([study])
    study.dumps.note = 1
    try:
        assert list(state.restored()) == []
        assert study.dumps.note == 1
    finally:
        del study.dumps.note
