"""What studies, results and verdicts print as where their value is shown: one line."""

import pytest

from bakeoff.claims.differences import Better
from bakeoff.claims.facts import ParametersWithin
from bakeoff.claims.verdicts import verdicts
from bakeoff.studies import BUILT_IN
from made_study import PARAMETERS, TWICE, results


@pytest.mark.parametrize("study", BUILT_IN, ids=lambda study: study.name)
def test_a_study_prints_its_name_and_its_counts(study) -> None:
    counts = f"{len(study.variants)} variants, {study.rounds} rounds"
    assert repr(study) == str(study) == f"<Study {study.name}: {counts}>"


def test_results_print_how_much_has_run() -> None:
    whole = results(TWICE)
    assert repr(whole) == "<Results s: 2 variants, 16 of 16 trials>"
    assert repr(results(TWICE, rounds=10)) == "<Results s: 2 variants, 16 of 20 trials>"
    alone = results({"a": [0.1]})
    assert repr(alone) == "<Results s: 1 variant, 1 of 1 trial>"
    assert repr(alone.study) == "<Study s: 1 variant, 1 round>"


def test_a_verdict_prints_its_outcome_and_its_rounds() -> None:
    found = verdicts(
        results(TWICE, Better("a", than="b"), ParametersWithin(("a",), low=1, high=PARAMETERS))
    )
    assert [repr(one) for one in found] == [
        "<Verdict X0: supported, 8 rounds>",
        "<Verdict X1: supported>",
    ]
    assert repr(verdicts(results({"a": [0.1], "b": [0.2]}, Better("a", than="b")))[0]) == (
        "<Verdict X0: undecided, 1 round>"
    )
