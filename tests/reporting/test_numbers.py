"""Numbers and names as a reader sees them."""

import pytest

from bakeoff.analysis.summary import Summary, summary
from bakeoff.data.metric import MINUS
from bakeoff.data.metrics import DigitAccuracy, Error
from bakeoff.reporting.text.numbers import (
    NOTHING,
    counted,
    difference,
    difference_interval,
    duration,
    half_interval,
    integer,
    interval,
    listed,
    mean_sd,
    number,
    quantity_label,
    rounds_cell,
    seconds,
    summary_cell,
)
from bakeoff.study.published import Quantity


def test_fractions_are_shown_in_percent() -> None:
    assert number(0.1353, Error()) == "13.53"
    assert number(1.0, Error()) == "100.00"
    assert number(None, Error()) == NOTHING
    assert mean_sd(0.1353, 0.014, Error()) == "13.53 (1.40)"
    assert mean_sd(0.1353, None, Error()) == "13.53"
    assert interval((0.1291, 0.1415), Error()) == "12.91 to 14.15"
    assert half_interval((0.1291, 0.1415), Error()) == "±0.62"
    assert interval(None, Error()) == half_interval(None, Error()) == NOTHING


def test_an_interval_of_an_error_stays_within_what_can_be() -> None:
    assert interval((0.6226, 1.0707), Error()) == "62.26 to 100.00"
    assert interval((-0.02, 0.3), Error()) == "0.00 to 30.00"
    assert difference_interval((-0.02, 1.3), Error()) == f"{MINUS}2.00 to 130.00"


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
    assert seconds(value) == shown


def test_counts_and_lists_read_as_english() -> None:
    assert (counted(1, "round"), counted(1500, "trial")) == ("1 round", "1,500 trials")
    assert (listed(["a"]), listed(["a", "b", "c"])) == ("a", "a, b and c")
    assert (integer(73954), integer(None)) == ("73,954", NOTHING)


def test_a_cell_tells_diverged_from_absent() -> None:
    assert summary_cell(Summary(n=0, diverged=2), Error()) == "diverged"
    assert summary_cell(Summary(n=0), Error()) == NOTHING
    assert summary_cell(summary([0.1, 0.3], diverged=1), Error()) == "20.00 (14.14)"


def test_rounds_say_what_is_amiss() -> None:
    assert rounds_cell(15, 15, 0) == "15"
    assert rounds_cell(15, 13, 0) == "13 of 15"
    assert rounds_cell(15, 15, 1) == "15, 1 diverged"


def test_a_quantity_is_named_by_its_metric() -> None:
    digits = Quantity(metric="digit_accuracy", selection="best_on_test")

    assert quantity_label(digits, DigitAccuracy()) == "test digit accuracy, best epoch on test"
    assert quantity_label(Quantity(split="train"), Error()) == "train error, final epoch"
