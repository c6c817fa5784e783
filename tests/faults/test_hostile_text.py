"""Text of models, files and names is cleaned, cut and escaped wherever it leaves."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bakeoff import Head, Linear, Network, Variant
from bakeoff.cli.output import say
from bakeoff.data.arrays import examples_of
from bakeoff.errors import BakeoffError, DataError, SpecError, printable, unprintable
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.study.raised import words_of

HOSTILE = [
    "\x1b[31m",
    "\x00",
    "\ufffe",
    "\ud800",
    "a\rb",
    "\x9b1m",
    "\u202egnp.exe",
    "\x1b]0;t\x07",
]


@given(st.text(st.characters(codec=None), max_size=300))
def test_what_is_printable_can_be_written_and_steers_nothing(text):
    shown = printable(text)
    assert not unprintable(shown)
    shown.encode()
    assert printable(shown) == shown


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=300))
def test_plain_text_stays_as_it_is(text):
    assert printable(text) == text


@pytest.mark.parametrize("size", [1_001, 5_000_000])
def test_long_text_loses_its_middle(size):
    shown = printable("a" * (size - 3) + "end")
    assert len(shown) < 1_100
    assert shown.endswith("end")


@pytest.mark.parametrize("text", HOSTILE)
def test_an_error_may_quote_anything(text):
    assert not unprintable(str(BakeoffError(f"there is no {text}.")))
    assert not unprintable(words_of(ValueError(text)))


def test_an_error_that_cannot_give_its_message_is_named():
    class WordlessError(Exception):
        def __str__(self):
            raise RuntimeError

    assert words_of(WordlessError()).startswith("WordlessError: ")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["name", "note"])
def test_a_declared_text_with_control_characters_is_refused(text, field):
    network = Network(Linear(2), Head("comparison"))
    with pytest.raises(SpecError, match=rf"Variant\.{field}"):
        Variant(**{"name": "a", "model": network} | {field: f"b{text}c"})


@pytest.mark.parametrize("text", [text for text in HOSTILE if text != "\ud800"])
def test_a_class_of_data_with_control_characters_is_refused(text):
    names = np.array(["a", f"b{text}c"] * 5)
    with pytest.raises(DataError, match="control characters"):
        examples_of((np.zeros((10, 3)), names), source="data")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_printed_line_steers_no_terminal(text):
    console = Console(file=io.StringIO())
    say(f"/tmp/{text}", console)
    assert not unprintable(console.file.getvalue())


def test_what_a_store_holds_is_cleaned_when_it_is_read(tmp_path):
    import running_fakes as fakes

    key, trial = next(iter(fakes.some_trials().items()))
    answer = fakes.answer_to(trial)
    history = answer.history
    noted = type(history)(**vars(history) | {"notes": ("\x1b[2J",)})
    with Store.open(tmp_path / "bakeoff.db") as store:
        store.add(key, trial, Answer(noted, answer.environment, answer.description))
        store.fail(key, "\x1b]0;title\x07gone")
        assert store.histories([key])[key].history.notes == ("",)
        assert store.failures([key])[key].message == "gone"
