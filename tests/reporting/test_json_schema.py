"""The published JSON Schema: every report is as it says, and what is not is refused."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import claimed_results as claimed
import pytest
import sample_results as sample
from jsonschema import Draft202012Validator
from made_claims import errors, numbers

from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import SearchResults, Tried
from bakeoff.claims.curves import RisesAgain
from bakeoff.claims.differences import Better
from bakeoff.claims.facts import SearchChose
from bakeoff.claims.levels import Reaches
from bakeoff.claims.shares import Collapses, WinsEveryRound, WinsMostRounds
from bakeoff.data.metrics import MAE, R2
from bakeoff.data.tasks import KFold
from bakeoff.errors import SpecError
from bakeoff.reporting.write import render
from bakeoff.reporting.writers.json import SCHEMA_VERSION
from bakeoff.study.claims import Claim
from bakeoff.study.published import Quantity
from bakeoff.study.search import Search, grid
from bakeoff.study.variant import Variant
from bakeoff.training.finding import Finding
from made_study import TASK, results
from made_study import variant as made_variant

SCHEMA = json.loads(
    (files("bakeoff.reporting.writers") / "report.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)
KEPT = sorted((Path(__file__).parents[2] / "results").glob("*.json"))


def mistakes(report: Any) -> list[str]:
    return [f"{list(one.path)}: {one.message[:200]}" for one in VALIDATOR.iter_errors(report)]


def searched() -> Results:
    """Return results with a search that is whole, one that is not, and a claim about the first."""

    def width(*, letters: int) -> Variant:
        if letters > 3:
            raise SpecError(f"{letters} is too much")
        return made_variant("x" * letters)

    whole = Search(
        name="Width",
        task=KFold(TASK, 2),
        candidates=grid(width, {"letters": (1, 2, 3, 4)}),
        rounds=2,
        choose=(Quantity(), Quantity(selection="best_on_test")),
        published=(("letters", 3),),
        rerun=False,
    )
    half = whole.replace(name="Half", published=())
    found = results({"a": [0.1] * 6, "b": [0.2] * 6}, Better("a", than="b"))
    claims = (
        *found.study.claims,
        Claim(id="S", quote="3.", test=SearchChose("Width", (("letters", 3),))),
    )
    study = found.study.replace(searches=(whole, half), claims=claims)
    history = found.histories["a"][0]
    return replace(
        found,
        study=study,
        declared=study,
        searches=tuple(
            SearchResults(search, tuple(Tried(c, (history, last)) for c in search.tried))
            for search, last in ((whole, history), (half, None))
        ),
    )


def every_kind() -> Results:
    """Return results with claims that test shares and curves, and with trials that fail."""
    values: dict[str, Sequence[float | None]] = {
        "good": [0.1, 0.12, 0.1, 0.11, 0.1, 0.1],
        "bad": [0.2, 0.21, None, 0.2, 0.2, float("nan")],
    }
    return errors(
        values,
        WinsMostRounds("good", loser="bad"),
        WinsEveryRound("good", loser="bad"),
        Collapses("bad"),
        Reaches("good", value=0.11),
        RisesAgain("good", after_epoch=1, metric="error"),
        epochs=(0.5, 0.4),
    )


def doubted() -> Results:
    finding = Finding("batch_dependence", variant="CNN", part="comparison", size=0.5)
    return replace(claimed.whole(), doubts=(finding,))


MADE: dict[str, Callable[[], Results]] = {
    "whole": sample.whole,
    "claimed": claimed.whole,
    "until decided": claimed.until_decided,
    "claimed, not run": claimed.empty,
    "holes, diverged": sample.with_holes,
    "shortened": sample.shortened,
    "empty": sample.empty,
    "doubts": doubted,
    "searches": searched,
    "kinds of claims": every_kind,
    "folds": lambda: results({"a": [0.1] * 30, "b": [0.2] * 30}, task=KFold(TASK, 5)),
    "regression": lambda: numbers(
        (MAE(), R2()), {"good": [1.0] * 6, "bad": [9.0, *[None] * 5]}, Better("good", than="bad")
    ),
}


@pytest.fixture(params=MADE, scope="module")
def made_report(request: pytest.FixtureRequest) -> Results:
    return MADE[request.param]()


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["schema_version"]["const"] == SCHEMA_VERSION


@pytest.mark.parametrize("format", ["json", "summary"])
def test_every_report_is_as_the_schema_says(made_report: Results, format: Any) -> None:
    report = json.loads(render(made_report, format))

    assert mistakes(report) == []
    assert ("declaration" in report["study"]) == (format == "json")


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_the_kept_results_are_as_the_schema_says(path: Path) -> None:
    assert mistakes(json.loads(path.read_text(encoding="utf-8"))) == []


def test_a_field_too_many_or_too_few_is_refused() -> None:
    report = json.loads(render(searched(), "json"))
    trial, verdict = report["trials"][0], report["verdicts"][0]
    places = [report, report["study"], report["counts"], report["study"]["metrics"][0], verdict]
    places += [verdict["comparisons"][0], report["audit"][0], report["searches"][0], trial]
    places += [report["searches"][0]["tried"][0], report["table"][0]]
    places += [report["table"][0]["comparisons"][0], report["table"][0]["test_error_final"]]

    for place in places:
        place["more"] = 1
        assert mistakes(report)
        del place["more"]
        first = next(iter(place))
        value = place.pop(first)
        assert mistakes(report)
        place[first] = value
    assert mistakes(report) == []


def test_a_trial_that_ran_has_its_numbers_and_a_missing_one_has_none() -> None:
    report = json.loads(render(sample.with_holes(), "summary"))

    for trial in report["trials"]:
        status = trial["status"]
        trial["status"] = "finished" if status == "missing" else "missing"
        assert mistakes(report)
        trial["status"] = status
