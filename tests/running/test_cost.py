"""Trials are ordered by what they cost, guessed or measured."""

import math

import pytest
import running_fakes as fakes
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.running.backlog import Backlog, Place
from bakeoff.running.cost import Costs, MeasuredCost, arithmetic, workload

SMALL, LARGE = (next(iter(fakes.some_trials(widths=(width,)).values())) for width in (4, 8))

works = st.dictionaries(
    st.sampled_from("abcde"), st.none() | st.integers(1, 10**12), min_size=1, max_size=5
)
seconds = st.floats(0.001, 1e4)


@st.composite
def some_costs(draw):
    work = draw(works)
    measured = draw(st.dictionaries(st.sampled_from(sorted(work)), seconds))
    return Costs(work, {name: MeasuredCost(value, 1) for name, value in measured.items()})


def test_rounds_and_seeds_share_a_workload_and_setups_do_not():
    assert workload(SMALL) == workload(SMALL.replace(round=5, seed=3, data="e" * 64))
    assert workload(SMALL) != workload(LARGE)
    assert workload(SMALL) != workload(SMALL.replace(device="cuda"))


def test_arithmetic_that_fails_counts_as_unknown():
    class Failing:
        def multiply_adds(self):
            raise ZeroDivisionError

    assert arithmetic(Failing()) is None
    assert arithmetic(LARGE) > arithmetic(SMALL) > 0


def test_a_workload_of_which_nothing_is_known_ranks_first():
    costs = Costs({"known": 10**15, "unknown": None}, {})
    assert costs.rank("unknown") == math.inf > costs.rank("known")


def test_a_measurement_replaces_the_guess_and_scales_the_others():
    costs = Costs({"a": 100, "b": 200, "unknown": None}, {}).after("a", 1.0).after("a", 3.0)
    assert costs.seconds("a") == 2.0
    assert costs.seconds("b") == pytest.approx(4.0)
    assert costs.seconds("unknown") is None
    assert costs.after("b", 1.0).rank("a") > costs.after("b", 1.0).rank("b")


def test_time_left_is_unknown_until_something_has_run():
    costs = Costs({"a": 100, "unknown": None}, {})
    assert costs.time_left({"a": 3}, [], 2) is None
    assert costs.after("a", 1.0).time_left({"a": 3}, [], 2) == 1.5
    assert costs.after("a", 1.0).time_left({"unknown": 1}, [], 2) is None
    assert costs.after("a", 1.0).time_left({}, [("unknown", 1.0)], 2) is None
    assert costs.time_left({}, [], 2) == 0


def test_time_left_counts_what_running_trials_still_need():
    costs = Costs({"a": 1}, {"a": MeasuredCost(10.0, 1)})
    assert costs.time_left({"a": 1}, [("a", 4.0), ("a", 25.0)], 1) == 16
    assert costs.time_left({}, [("a", 4.0), ("a", 4.0)], 4) == 6


@given(some_costs(), st.integers(1, 8))
def test_more_jobs_never_take_longer_and_the_longest_trial_bounds_them(costs, jobs):
    pending = dict.fromkeys(costs.arithmetic, 2)
    left = costs.time_left(pending, [], jobs)
    if left is None:
        assert any(costs.seconds(name) is None for name in pending)
    else:
        assert left >= max(costs.seconds(name) for name in pending)
        assert left >= costs.time_left(pending, [], jobs + 1)


@given(some_costs())
def test_the_backlog_gives_round_by_round_the_longest_first_and_every_trial_once(costs):
    places = {
        f"{name}{number}": Place(number, name) for name in costs.arithmetic for number in range(3)
    }
    backlog = Backlog(places)
    assert backlog.counts() == dict.fromkeys(costs.arithmetic, 3)
    taken = [backlog.take(costs) for _ in range(len(backlog))]
    ranks = [(-places[key].round, costs.rank(places[key].workload)) for key in taken]
    assert ranks == sorted(ranks, reverse=True)
    assert sorted(taken) == sorted(places)
    assert not backlog
    with pytest.raises(IndexError, match="no trial waits"):
        backlog.take(costs)


class Counted(Costs):
    """Costs that count how often a rank is asked for."""

    asked = 0

    def rank(self, workload):
        type(self).asked += 1
        return super().rank(workload)


@pytest.mark.parametrize("rounds", [1, 100], ids=["one round", "many rounds"])
@pytest.mark.parametrize("number", [1_000, 20_000])
def test_to_take_one_of_many_asks_for_few_ranks(rounds, number):
    places = {str(n): Place(n % rounds, str(n)) for n in range(number)}
    backlog, costs = Backlog(places), Counted({str(n): n + 1 for n in range(number)}, {})
    Counted.asked = 0
    for _ in range(1_000):
        backlog.take(costs)
    # However many wait: each is ordered once, and then about 64 for each that is taken.
    assert Counted.asked <= number + 1_000 * 2 * 64


def test_of_many_workloads_the_longest_come_first():
    places = {str(n): Place(0, str(n)) for n in range(1_000)}
    costs = Costs({str(n): n + 1 for n in range(1_000)}, {})
    backlog = Backlog(places)
    assert [backlog.take(costs) for _ in range(1_000)] == [str(n) for n in range(999, -1, -1)]


def test_a_trial_put_back_is_taken_again():
    backlog = Backlog({"a0": Place(0, "a")})
    costs = Costs({"a": 1}, {})
    backlog.put(backlog.take(costs))
    assert (len(backlog), backlog.take(costs)) == (1, "a0")
