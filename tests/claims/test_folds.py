"""Cross-validation is judged by draw: the folds of one draw share most of their examples."""

from dataclasses import replace

import pytest

from bakeoff.analysis.audit.audit import Case, audit
from bakeoff.analysis.audit.rounds import FewRounds
from bakeoff.analysis.comparison import comparison_table
from bakeoff.analysis.failures import failures
from bakeoff.analysis.results import FailedTrial, Results
from bakeoff.claims.differences import Better
from bakeoff.claims.parts import Measured, Share
from bakeoff.claims.shares import Collapses, WinsEveryRound, WinsMostRounds
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.data.tasks import KFold
from bakeoff.reporting.page import Page
from bakeoff.reporting.sections.results import main_table
from bakeoff.study.claims import ClaimTest
from made_study import DIVERGED, TASK, Errors, results

FOLDS = 5
FIVE, SIX = 5 * FOLDS, 6 * FOLDS
BETTER = Better("a", than="b")


def folded(a: Errors, b: Errors, test: ClaimTest = BETTER) -> Results:
    return results({"a": a, "b": b}, test, task=KFold(TASK, FOLDS))


def judged(a: Errors, b: Errors, test: ClaimTest = BETTER) -> Verdict:
    (found,) = verdicts(folded(a, b, test))
    return found


def leaf_of(found: Verdict) -> Measured:
    (leaf,) = found.comparisons
    assert isinstance(leaf, Measured)
    return leaf


def ahead(rounds: int) -> tuple[list[float], list[float]]:
    """Return errors of which the second's are higher by 1, 2, 3, 4 and 5 points in each draw."""
    return [0.2] * rounds, [0.2 + (1 + n % FOLDS) / 100 for n in range(rounds)]


def test_five_draws_of_five_folds_decide_nothing_and_six_can() -> None:
    five, six = judged(*ahead(FIVE)), judged(*ahead(SIX))

    assert (five.outcome, five.reason, five.p, five.rounds) == ("undecided", "few", None, 5)
    assert leaf_of(five).evidence.interval is leaf_of(five).evidence.t_interval is None
    assert (six.outcome, six.p, six.rounds) == ("supported", 2 / 64, 6)


def test_the_folds_of_a_draw_are_averaged() -> None:
    leaf = leaf_of(judged(*ahead(SIX)))

    assert leaf.figures == pytest.approx([0.03] * 6)
    assert leaf.rounds == tuple(range(6))
    assert (leaf.contrast.unit, leaf.evidence.n) == ("draw", 6)


def test_tables_describe_draws() -> None:
    five, six = (comparison_table(folded(*ahead(n))).rows[1].final for n in (FIVE, SIX))

    assert (five.n, five.interval, six.n) == (5, None, 6)
    assert six.mean == pytest.approx(0.23)
    assert six.sd == pytest.approx(0)


def test_a_draw_that_lacks_a_fold_is_described_by_none() -> None:
    one, other = ahead(SIX)
    whole = folded(one, [*other[:-1], DIVERGED])

    found = comparison_table(whole).rows[1].final
    assert (found.n, found.diverged) == (5, 1)


def test_the_audit_counts_draws() -> None:
    def few(rounds: int) -> list[Case]:
        return [c for f in audit(folded(*ahead(rounds))) if f.kind == "few_rounds" for c in f.cases]

    assert few(FIVE) == [FewRounds(name, ran=5, asked=5, unit="draw") for name in "ab"]
    assert few(SIX) == []


def test_what_is_shown_over_draws_says_draws() -> None:
    a, b = ahead(SIX)
    run = folded([*a[:-1], None], b)
    table = main_table(Page(run))

    assert table.caption.endswith("6 draws")


def test_failed_folds_are_counted_and_give_no_interval() -> None:
    found = failures(folded([DIVERGED] * SIX, [0.2] * SIX), "a")

    assert found is not None
    assert (found.failed, found.trials, found.interval) == (SIX, SIX, None)


def test_rounds_of_another_task_are_no_draws() -> None:
    (found,) = verdicts(results({"a": [0.1] * SIX, "b": [0.2] * SIX}, BETTER))

    assert leaf_of(found).contrast.unit == "round"
    assert found.rounds == SIX


@pytest.mark.parametrize("place", [0, 7, SIX - 1])
def test_a_draw_of_which_a_fold_lacks_is_left_out(place: int) -> None:
    a, b = ahead(SIX + FOLDS)
    run = folded([*a[:place], None, *a[place + 1 :]], [*b])
    failed = replace(run, failures=(FailedTrial("a", place, "out of memory"),))

    assert verdicts(run)[0].reason == "unfinished"
    (found,) = verdicts(failed)
    assert (found.rounds, found.p) == (6, 2 / 64)
    assert leaf_of(found).rounds == tuple(n for n in range(7) if n != place // FOLDS)


def test_folds_beyond_whole_draws_are_left_out() -> None:
    found = judged(*ahead(SIX + FOLDS - 1))

    assert (found.rounds, found.outcome) == (6, "supported")


def test_a_fold_that_diverged_makes_its_draw_the_worst() -> None:
    a, b = ahead(SIX + FOLDS)
    leaf = leaf_of(judged(a, [*b[:-1], DIVERGED]))

    assert leaf.figures == pytest.approx([0.03] * 6 + [float("inf")])
    assert leaf.diverged == 1
    # In both it is a tie.
    assert leaf_of(judged([*a[:-2], DIVERGED, a[-1]], [*b[:-1], DIVERGED])).figures[-1] == 0


def test_draws_are_won_and_lost_as_a_whole() -> None:
    a, b = ahead(SIX)
    # Every draw has a fold that is lost, and none is lost on average.
    a = [0.22 if n % FOLDS == 0 else error for n, error in enumerate(a)]

    found = judged(a, b, WinsMostRounds("a", loser="b", share=0.5))
    (leaf,) = found.comparisons
    assert isinstance(leaf, Share)
    assert leaf.outcomes == (True,) * 6
    assert found.outcome == "supported"
    assert judged(a, b, WinsEveryRound("a", loser="b")).outcome == "supported"


def test_a_draw_collapses_where_most_of_its_folds_do() -> None:
    most, some = [DIVERGED] * 3 + [0.1] * 2, [DIVERGED] * 2 + [0.1] * 3
    (leaf,) = judged([*most, *some] * 3, [0.1] * SIX, Collapses("a")).comparisons

    assert isinstance(leaf, Share)
    assert leaf.outcomes == (True, False) * 3


def test_more_draws_than_a_verdict_was_shown_for_are_added_and_more_folds_are_not() -> None:
    shown = replace(folded(*ahead(SIX)), shown={"X0": 6})
    more = replace(folded(*ahead(SIX + FOLDS)), shown={"X0": 6})

    assert verdicts(shown)[0].method == "signed_rank"
    assert verdicts(more)[0].method == "always_valid_after_verdict"
