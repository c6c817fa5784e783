import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bakeoff.analysis.statistics.equivalence import within
from bakeoff.analysis.statistics.evidence import evidence
from bakeoff.analysis.statistics.sides import Sides, all_of, between
from bakeoff.analysis.statistics.typical import signed_rank

chances = st.floats(0, 1)
sides = st.builds(Sides, chances, chances)
counts = st.lists(st.integers(-40, 40), min_size=6, max_size=15, unique=True)


def test_two_sided_is_twice_the_smaller_side_and_at_most_one() -> None:
    assert Sides(0.01, 0.99).two_sided == 0.02
    assert Sides(0.99, 0.01).two_sided == 0.02
    assert Sides(0.6, 0.7).two_sided == 1


def test_the_contrary_claim_has_the_sides_swapped() -> None:
    claim = Sides(0.01, 0.99)

    assert claim.negated() == Sides(0.99, 0.01)
    assert claim.negated().negated() == claim
    assert claim.leaning
    assert not claim.negated().leaning


def test_all_of_takes_the_weakest_support_and_corrects_the_strongest_opposition() -> None:
    whole = all_of([Sides(0.01, 0.99), Sides(0.04, 0.97), Sides(0.001, 0.999)])

    assert whole == Sides(0.04, 1.0)
    assert all_of([Sides(0.01, 0.99), Sides(0.99, 0.002)]) == Sides(0.99, 0.004)


@given(sides)
def test_all_of_one_part_is_that_part(part: Sides) -> None:
    assert all_of([part]) == part


@given(st.lists(sides, min_size=1, max_size=6), sides)
def test_a_further_part_never_makes_a_claim_easier_to_support(
    parts: list[Sides], more: Sides
) -> None:
    assert all_of([*parts, more]).supporting >= all_of(parts).supporting


def test_all_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one part"):
        all_of([])


def test_between_needs_both_bounds_and_is_opposed_by_either() -> None:
    assert between(low=Sides(0.01, 0.99), high=Sides(0.98, 0.02)) == Sides(0.02, 0.98)
    # Above both bounds, then below both.
    assert between(low=Sides(0.001, 0.999), high=Sides(0.003, 0.997)) == Sides(0.997, 0.003)
    assert between(low=Sides(0.997, 0.003), high=Sides(0.999, 0.001)) == Sides(0.997, 0.003)


@given(counts, st.integers(1, 40))
def test_equivalence_is_decided_just_where_the_interval_lies_within_or_clear_of_the_margin(
    counted: list[int], thousandths: int
) -> None:
    values, margin = [count / 1000 for count in counted], thousandths / 1000 + 0.0001
    found = within(values, margin)
    interval = evidence(values).interval
    assert interval is not None
    low, high = interval
    # Bounds at which an average of two figures lies tie distances, and may be rejected inside.
    assume(not any(abs(abs(a + b) / 2 - margin) < 1e-9 for a in values for b in values))

    inside = -margin < low and high < margin
    clear = low > margin or high < -margin

    decided = found.two_sided <= 0.05
    assert decided == (inside or clear)
    if decided:
        assert found.leaning == inside


def test_equivalence_is_two_signed_rank_tests_about_the_margin() -> None:
    values = [0.001, -0.001, 0.002, -0.002, 0.0, 0.001]

    found = within(values, 0.01)

    # All six lie within the margin: only one of 2^6 patterns is as far from either end.
    assert found.supporting == 1 / 64
    assert within([v + 0.5 for v in values], 0.01, centre=0.5) == found
    for margin in (0.0005, 0.0015):
        ends = [signed_rank(values, bound=end) for end in (-margin, margin)]
        assert within(values, margin) == between(*ends)


def test_equal_figures_are_equivalent() -> None:
    assert within([0.0] * 6, 0.01) == Sides(1 / 64, 1.0)


def test_trials_that_diverged_are_equivalent_to_none_that_ended() -> None:
    broken = float("inf")

    assert within([broken] * 6, 0.5) == Sides(1.0, 1 / 64)
    # One of seven has the greatest rank, and the six others the mean of the six below it, 3.5: as
    # many as two of those, or it alone, sum to no more than 7, and so do 1 + 6 + 15 patterns.
    assert within([0.0] * 6 + [broken], 0.5).supporting == 23 / 128


@pytest.mark.parametrize("margin", [0, -0.01, float("nan")])
def test_a_margin_that_is_not_above_zero_is_refused(margin: float) -> None:
    with pytest.raises(ValueError, match="margin must be above 0"):
        within([0.1, 0.2], margin)
