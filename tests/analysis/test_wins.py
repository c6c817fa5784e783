import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.analysis.statistics.wins import Wins, wins

figures = st.lists(st.sampled_from([-math.inf, -0.2, 0.0, 0.1, math.inf]), max_size=30)


@given(figures)
def test_rounds_are_won_tied_or_lost(values: list[float]) -> None:
    found = wins(values)

    assert found.won == values.count(0.1) + values.count(math.inf)
    assert found.tied == values.count(0.0)
    assert found.lost == values.count(-0.2) + values.count(-math.inf)
    assert found.rounds == len(values)


@given(figures)
def test_the_contrary_loses_what_is_won(values: list[float]) -> None:
    found = wins(values)

    assert wins([-value for value in values]) == Wins(found.lost, found.tied, found.won)


def test_a_bound_must_be_passed_to_win() -> None:
    assert wins([0.03, 0.02, 0.01], bound=0.02) == Wins(won=1, tied=1, lost=1)


def test_what_only_rounding_tells_apart_is_tied() -> None:
    assert wins([0.3 - 0.2, 0.1], bound=0.1) == Wins(won=0, tied=2, lost=0)


def test_a_figure_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"figure 1 \(from 0\) is nan"):
        wins([0.1, math.nan])
