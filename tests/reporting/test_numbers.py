"""Numbers and names as a reader sees them."""

import pytest

from bakeoff.analysis.summary import Summary, summary
from bakeoff.data.metric import MINUS
from bakeoff.data.metrics import DigitAccuracy, Error
from bakeoff.reporting.section import Cell, Interval, Number
from bakeoff.reporting.text.cells import mean_cell, text
from bakeoff.reporting.text.numbers import (
    NOTHING,
    brief_time,
    counted,
    difference,
    duration,
    listed,
    quantity_label,
    ratio,
    rounds_cell,
    size,
)
from bakeoff.study.published import Quantity


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
    ("cell", "shown"),
    [
        (Number(0.1353, metric=Error(), sd=0.014), "13.53 (1.40)"),
        (Number(1.0, metric=Error()), "100.00"),
        (Number(None, metric=Error()), NOTHING),
        (Interval((0.1291, 0.1415), metric=Error()), "12.91 to 14.15"),
        (Interval(None, metric=Error()), NOTHING),
        # An interval of an error stays within what can be; one of differences does not.
        (Interval((0.6226, 1.0707), metric=Error()), "62.26 to 100.00"),
        (Interval((-0.02, 0.3), metric=Error()), "0.00 to 30.00"),
        (Interval((-0.02, 1.3), "difference", Error()), f"{MINUS}2.00 to +130.00"),
        (Number(0.123, "seconds"), "0.12"),
        (Number(4.21, "seconds"), "4.2"),
        (Number(1234.5, "seconds"), "1,234"),
        (Number(None, "seconds"), NOTHING),
        (Number(73954, "count"), "73,954"),
        (Number(None, "count"), NOTHING),
        (mean_cell(Summary(n=0, diverged=2), Error()), "diverged"),
        (mean_cell(Summary(n=0), Error()), NOTHING),
        (mean_cell(summary([0.1, 0.3], diverged=1), Error()), "20.00 (14.14)"),
        (rounds_cell(15, 15, 0), "15"),
        (rounds_cell(15, 13, 0), "13 of 15"),
        (rounds_cell(15, 15, 1), "15, 1 diverged"),
    ],
)
def test_a_cell_has_its_unit_and_its_bounds(cell: Cell, shown: str) -> None:
    assert text(cell) == shown


def test_counts_and_lists_read_as_english() -> None:
    assert (counted(1, "round"), counted(1500, "trial")) == ("1 round", "1,500 trials")
    assert (listed(["a"]), listed(["a", "b", "c"])) == ("a", "a, b and c")


def test_a_quantity_is_named_by_its_metric() -> None:
    digits = Quantity(metric="digit_accuracy", selection="best_on_test")

    assert quantity_label(digits, DigitAccuracy()) == "test digit accuracy, best epoch on test"
    assert quantity_label(Quantity(split="train"), Error()) == "train error, final epoch"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (brief_time(0.0000004), "0 \N{MICRO SIGN}s"),
        (brief_time(0.000157), "157 \N{MICRO SIGN}s"),
        (brief_time(0.00099949), "999 \N{MICRO SIGN}s"),
        (brief_time(0.0009996), "1.0 ms"),
        (brief_time(0.00994), "9.9 ms"),
        (brief_time(0.00996), "10 ms"),
        (brief_time(2.34), "2.3 s"),
        (brief_time(1234.0), "1,234 s"),
        (size(0), "0 B"),
        (size(999), "999 B"),
        (size(1000), "1.0 kB"),
        (size(299_408), "299 kB"),
        (size(12_345_678_901_234), "12,346 GB"),
        (ratio(1.0), "1.0\N{MULTIPLICATION SIGN}"),
        (ratio(23.4), "23\N{MULTIPLICATION SIGN}"),
    ],
)
def test_small_quantities_get_a_unit_that_leaves_them_short(shown: str, expected: str) -> None:
    assert shown == expected
