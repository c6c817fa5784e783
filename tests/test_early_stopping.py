"""Trials of unequal length go through a whole study and all its reports."""

import pandas as pd
import pytest

import bakeoff
from bakeoff import (
    Adam,
    BatchNorm,
    Better,
    Claim,
    Cosine,
    Curve,
    CurvesFigure,
    DigitPairs,
    Head,
    LearnsFaster,
    Linear,
    Network,
    Patience,
    Recipe,
    ReLU,
    RisesAgain,
    Study,
    Variant,
)

NETWORK = Network(Linear(32), BatchNorm(), ReLU(), Linear(2), Head("comparison"))


def variant(name, **recipe):
    return Variant(
        name=name,
        model=NETWORK,
        optimizer=Adam(lr=5e-3),
        recipe=Recipe(epochs=12, batch=20, **recipe),
    )


STUDY = Study(
    name="stops",
    task=DigitPairs(train=100, validation=60, test=60),
    rounds=6,
    variants=(
        variant("whole"),
        variant("patient", stopping=Patience(epochs=2, metric="loss")),
        variant("batches", record="iterations"),
        variant(
            "patient batches",
            record="iterations",
            stopping=Patience(epochs=2),
            schedule=Cosine(),
            clip=1.0,
        ),
    ),
    claims=(
        Claim(id="1", quote="Patience helps.", test=Better("patient", than="whole")),
        Claim(id="2", quote="It overfits.", test=RisesAgain("patient", after_epoch=3)),
        Claim(
            id="3",
            quote="It is faster.",
            test=LearnsFaster("patient batches", than="batches", iterations=20),
        ),
    ),
    figures=(
        CurvesFigure(
            title="The last epoch",
            variants=("batches", "patient batches"),
            curves=(Curve("loss", "batch"),),
            last_epoch=True,
        ),
    ),
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return bakeoff.run(STUDY, jobs=1, store=tmp_path_factory.mktemp("stops") / "bakeoff.db")


def test_trials_end_apart_and_their_final_figures_are_the_restored_ones(results):
    histories = results.of(STUDY.variant("patient"))
    assert len({history.epochs for history in histories}) > 1
    for history in histories:
        losses = history.curves["validation"]["loss"]
        assert history.value("validation", "loss") == min(losses)


@pytest.mark.parametrize("suffix", [".html", ".md", ".tex", ".json"])
def test_every_report_is_written(results, tmp_path, suffix):
    path = tmp_path / f"report{suffix}"
    bakeoff.report(results, path)
    assert "patient batches" in path.read_text(encoding="utf-8")


def test_the_table_has_each_trials_own_epochs_and_final_figure(results, tmp_path):
    bakeoff.report(results, tmp_path / "report.csv")
    table = pd.read_csv(tmp_path / "report.csv")
    chosen = table[(table["split"] == "test") & (table["selection"] == "final")]
    for number, history in enumerate(results.of(STUDY.variant("patient")), start=1):
        row = chosen[(chosen["variant"] == "patient") & (chosen["round"] == number)].iloc[0]
        assert row["epochs"] == history.epochs
        assert row["value"] == pytest.approx(100 * history.value("test"))


def test_a_report_says_what_final_means_and_that_training_is_unequal(results, tmp_path):
    bakeoff.report(results, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "it has the weights of the best epoch on validation" in text
    assert "Patience(epochs=2) ends it" in text.replace("&#39;", "'")
