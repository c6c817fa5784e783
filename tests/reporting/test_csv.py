"""CSV for programs: a line for each trial and metric, or for each variant; frames of the same."""

import csv
import io
import math
from typing import Any

import pandas as pd
import pytest
import sample_results as sample
from made_claims import numbers
from sklearn.ensemble import RandomForestClassifier

from bakeoff.analysis.results import Results
from bakeoff.data.metrics import MAE, R2
from bakeoff.models.estimator import Estimator
from bakeoff.models.network import ModelSpec
from bakeoff.reporting.write import render
from bakeoff.study.study import Overrides
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.optimizers import SGD, Adam
from bakeoff.training.recipe import Recipe


def read(results: Results) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(render(results, "csv")))


def test_every_trial_has_a_line_for_each_split_metric_and_selection() -> None:
    results = sample.whole()

    table = read(results)

    # Three splits at the end, two of them at the best epoch; the last variant has digit errors too.
    assert table["variant"].value_counts().to_dict() == {
        "Baseline": 15 * 5,
        "CNN": 15 * 5,
        "CNN + auxiliary loss": 15 * 10,
    }
    place = ["variant", "round", "split", "metric", "selection"]
    assert not table.duplicated(place).any()
    assert set(table["status"]) == {"finished"}
    assert set(zip(table["unit"], table["direction"], strict=True)) == {("%", "lower")}
    lines = table.set_index(place)
    for variant, number, history in results.places():
        assert history is not None
        for split in ("train", "validation", "test"):
            for selection in ("final", "best_on_validation")[: 1 if split == "train" else 2]:
                line = lines.loc[(variant.name, number + 1, split, "error", selection)]
                value = history.value(split, "error", selection)  # type: ignore[arg-type]
                assert line["value"] == pytest.approx(100 * value, rel=1e-11)
                assert (line["parameters"], line["seconds"], line["epochs"]) == (
                    history.parameters,
                    history.seconds,
                    25,
                )


def test_percents_have_no_digits_of_their_conversion() -> None:
    results = sample.whole()

    for line in csv.DictReader(io.StringIO(render(results, "csv"))):
        assert len(line["value"]) <= len("25.04")


def test_trials_that_are_missing_or_diverged_keep_their_lines() -> None:
    table = read(sample.with_holes())

    assert len(table) == len(read(sample.whole()))
    counts = table[["variant", "round", "status"]].drop_duplicates()["status"].value_counts()
    assert counts.to_dict() == {"finished": 41, "missing": 3, "diverged": 1}
    assert table["value"].isna().equals(table["status"] != "finished")
    assert table.loc[table["status"] == "diverged", "epochs"].eq(4).all()
    assert table.loc[table["status"] == "missing", ["parameters", "seconds"]].isna().all(axis=None)
    assert read(sample.empty())["value"].isna().all()


@pytest.mark.parametrize(
    "results", [sample.whole(), sample.with_holes(), sample.shortened()], ids=str.lower("whs")
)
def test_a_frame_holds_the_lines_of_the_csv(results: Results) -> None:
    frame = results.to_frame()

    pd.testing.assert_frame_equal(read(results), frame.replace("", float("nan")), check_dtype=False)
    assert frame["value"].dtype == float
    assert frame["round"].dtype == int
    assert set(frame["shortened"]) == {results.label}


@pytest.mark.parametrize("format", ["csv", "csv-summary"])
@pytest.mark.parametrize("name", ['a, "b"\nc', "'x", "-1", "ä \N{MINUS SIGN}\r\n;\t"])
def test_names_read_back_as_they_are(format: Any, name: str) -> None:
    text = render(sample.renamed(sample.whole(), {"CNN": name}), format)

    assert name in set(pd.read_csv(io.StringIO(text, newline=""))["variant"])
    assert name in {row["variant"] for row in csv.DictReader(io.StringIO(text, newline=""))}


@pytest.mark.parametrize("format", ["csv", "csv-summary"])
@pytest.mark.parametrize("name", ["=1+1", "+ dropout", "-x", "@SUM(A1)", "\t=1"])
def test_a_spreadsheet_runs_no_name(format: Any, name: str) -> None:
    text = render(sample.renamed(sample.whole(), {"CNN": name}), format)

    assert f"'{name}" in {row["variant"] for row in csv.DictReader(io.StringIO(text, newline=""))}


class Leaky(ModelSpec):
    """A model with fields of its own."""

    width: int
    leak: float = 0.0

    def build(self) -> Any:
        raise NotImplementedError


def of_variants(*variants: Variant) -> Results:
    """Return results of one trial of each."""
    study = sample.STUDY.replace(variants=variants, rounds=1)
    history = History(
        "finished", {"test": {"error": (0.07,)}}, 10, 2.0, final={"test": {"error": 0.07}}
    )
    return Results(study, study, Overrides(), {v.name: (history,) for v in variants})


def test_variants_stand_with_the_fields_in_which_they_differ() -> None:
    table = read(
        of_variants(
            Variant(name="narrow", model=Leaky(width=20)),
            Variant(name="wide", model=Leaky(width=200), optimizer=SGD(lr=0.1, momentum=0.5)),
            Variant(name="long", model=Leaky(width=20), recipe=Recipe(epochs=50)),
            Variant(name="slow", model=Leaky(width=20), optimizer=Adam(lr=0.0001)),
        )
    ).drop_duplicates("variant")

    fields = [name for name in table.columns if name.split(".")[0] in Variant.model_fields]
    assert fields == [
        "model.width",
        "optimizer",
        "optimizer.lr",
        "optimizer.momentum",
        "optimizer.nesterov",
        "recipe.epochs",
    ]
    assert table["model.width"].tolist() == [20, 200, 20, 20]
    assert table["optimizer"].tolist() == ["Adam", "SGD", "Adam", "Adam"]
    assert table["optimizer.lr"].tolist() == [0.001, 0.1, 0.001, 0.0001]
    assert table["optimizer.momentum"].fillna(-1).tolist() == [-1, 0.5, -1, -1]
    assert table["recipe.epochs"].tolist() == [25, 25, 50, 25]


def test_an_estimator_has_no_epochs_and_no_fields_of_training() -> None:
    forest = Estimator(RandomForestClassifier(n_estimators=3))

    table = read(
        of_variants(Variant(name="net", model=Leaky(width=2)), Variant(name="forest", model=forest))
    ).set_index("variant")

    assert set(table.loc["forest", "selection"]) == {"final"}
    assert set(table.loc["forest", "model"]) == {repr(forest)}
    assert table.loc["forest", ["model.width", "optimizer.lr", "epochs"]].isna().all(axis=None)
    assert table.loc["net", "epochs"].eq(1).all()
    on_test = table[(table["split"] == "test") & (table["selection"] == "final")]
    assert on_test["value"].tolist() == [7, 7]


def test_values_that_are_no_percents_are_as_computed() -> None:
    results = numbers((MAE(), R2()), {"good": [0.1, 41.25], "bad": [1234.5678, None]})

    table = read(results)

    first = table[(table["metric"] == "mae") & (table["split"] == "test")]
    assert first["unit"].isna().all()
    assert first["value"].tolist()[:3] == [0.1, 41.25, 1234.5678]
    assert math.isnan(first["value"].iloc[3])
    assert set(table.loc[table["metric"] == "r2", "direction"]) == {"higher"}


def test_both_forms_agree_on_the_mean() -> None:
    results = sample.with_holes()
    summary = pd.read_csv(io.StringIO(render(results, "csv-summary"))).set_index("variant")
    table = read(results).query("split == 'test' and metric == 'error' and selection == 'final'")

    means = table.groupby("variant")["value"].mean()

    for name, mean in means.items():
        assert mean == pytest.approx(100 * summary.loc[name, "measured_mean"])
