"""Numbers and names as a reader sees them."""

import pytest

from bakeoff.analysis.summary import Summary, summary
from bakeoff.data.metric import MINUS
from bakeoff.data.metrics import DigitAccuracy, Error
from bakeoff.reporting.section import Interval, Number
from bakeoff.reporting.text.cells import mean_cell, text
from bakeoff.reporting.text.numbers import (
    NOTHING,
    counted,
    difference,
    duration,
    listed,
    number,
    quantity_label,
    rounds_cell,
)
from bakeoff.study.published import Quantity


def test_fractions_are_shown_in_percent() -> None:
    assert number(0.1353, Error()) == "13.53"
    assert number(1.0, Error()) == "100.00"
    assert number(None, Error()) == NOTHING
    assert text(Number(0.1353, metric=Error(), sd=0.014)) == "13.53 (1.40)"
    assert text(Number(0.1353, metric=Error())) == "13.53"
    assert text(Interval((0.1291, 0.1415), metric=Error())) == "12.91 to 14.15"
    assert text(Interval(None, metric=Error())) == NOTHING


def test_an_interval_of_an_error_stays_within_what_can_be() -> None:
    assert text(Interval((0.6226, 1.0707), metric=Error())) == "62.26 to 100.00"
    assert text(Interval((-0.02, 0.3), metric=Error())) == "0.00 to 30.00"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0042, "+0.42"),
        (-0.0042, f"{MINUS}0.42"),
        (0.0, "0.00"),
        (-0.000001, "0.00"),
        (None, NOTHING),
    ],
)
def test_a_difference_has_a_sign_unless_it_shows_as_zero(value: float | None, shown: str) -> None:
    assert difference(value, Error()) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.42, "0.4 s"),
        (12.3, "12 s"),
        (59.7, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3900, "1 h 5 min"),
    ],
)
def test_a_duration_is_written_for_reading(value: float, shown: str) -> None:
    assert duration(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.123, "0.12"), (4.21, "4.2"), (1234.5, "1,234"), (None, NOTHING)]
)
def test_seconds_have_as_many_decimals_as_help(value: float | None, shown: str) -> None:
    assert text(Number(value, "seconds")) == shown


def test_counts_and_lists_read_as_english() -> None:
    assert (counted(1, "round"), counted(1500, "trial")) == ("1 round", "1,500 trials")
    assert (listed(["a"]), listed(["a", "b", "c"])) == ("a", "a, b and c")
    assert [text(Number(n, "count")) for n in (73954, None)] == ["73,954", NOTHING]


def test_a_cell_tells_diverged_from_absent() -> None:
    def cell(found: Summary) -> str:
        return text(mean_cell(found, Error()))

    assert cell(Summary(n=0, diverged=2)) == "diverged"
    assert cell(Summary(n=0)) == NOTHING
    assert cell(summary([0.1, 0.3], diverged=1)) == "20.00 (14.14)"


def test_rounds_say_what_is_amiss() -> None:
    assert rounds_cell(15, 15, 0) == "15"
    assert rounds_cell(15, 13, 0) == "13 of 15"
    assert rounds_cell(15, 15, 1) == "15, 1 diverged"


def test_a_quantity_is_named_by_its_metric() -> None:
    digits = Quantity(metric="digit_accuracy", selection="best_on_test")

    assert quantity_label(digits, DigitAccuracy()) == "test digit accuracy, best epoch on test"
    assert quantity_label(Quantity(split="train"), Error()) == "train error, final epoch"
