"""A trial is trained again to its model: the same to the bit, or told apart."""

from dataclasses import replace

import numpy as np
import pytest
from made_models import DIGITS, history_of, pairs_variant, study_of

import bakeoff
from bakeoff import BatchNorm, Conv, Head, Linear, MaxPool, Network, PerImage, ReLU
from bakeoff.api.plan import plan_of, read_results
from bakeoff.api.train import trial_of
from bakeoff.errors import ModelError, RunError, StudyError
from bakeoff.running.machine import environment
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.training.history import differences

CONV = Network(
    PerImage(Conv(4, 3), BatchNorm(), ReLU(), MaxPool(2), Linear(10), Head("digits")),
    Linear(2),
    Head("comparison"),
)


def test_a_trial_is_stored_and_comes_out_the_same_again(trained, tmp_path):
    study = study_of(pairs_variant(CONV))
    first = trained(study)
    assert not first.was_stored
    assert history_of(study, tmp_path).status == "finished"
    again = trained(study, "again")
    assert (again.was_stored, again.differences) == (True, ())
    assert "to the bit" in again.remarks[0]
    for name in ("model.safetensors",):
        assert (tmp_path / "w" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    card = (tmp_path / "again" / "README.md").read_text()
    assert "to the bit" in card
    assert "error" in card.lower()


def test_what_differs_from_the_stored_trial_is_told(trained, tmp_path):
    study = study_of(pairs_variant())
    trained(study)
    history = history_of(study, tmp_path)
    curves = {split: dict(values) for split, values in history.curves.items()}
    first, second = curves["test"]["error"]
    curves["test"]["error"] = (first, second + 0.125)
    answers = {**history.answers, "answer": 1 - history.answers["answer"]}
    other = replace(history, curves=curves, answers=answers)
    plan = plan_of(study)
    (tmp_path / "s.db").unlink()
    with Store.open(tmp_path / "s.db") as store:
        trial = trial_of(plan, read_results(plan, store), "v", 1)
        key = trial.key()
        store.add(key, trial, Answer(other, environment("cpu"), trial.described()))
    again = trained(study)
    told = {each.what: each for each in again.differences}
    assert told.keys() == {"test error", "answer"}
    assert (told["test error"].epoch, told["test error"].largest) == (2, 0.125)
    assert told["answer"].count == 40
    assert "the test error from epoch 2 (by 0.125 at most)" in again.remarks[0]
    assert "40 test examples by answer" in again.remarks[0]


def test_histories_differ_by_shape_status_and_weights(trained, tmp_path):
    study = study_of(pairs_variant())
    trained(study)
    history = history_of(study, tmp_path)
    assert differences(history, replace(history, seconds=9.0, notes=("x",))) == ()
    other = replace(history, status="diverged", curves={}, answers={}, initial_weights="x")
    assert {each.what for each in differences(history, other)} >= {
        "status",
        "initial weights",
        "test error",
        "answer",
    }


def test_unknown_variants_and_rounds_are_refused_before_training(trained, tmp_path):
    study = study_of(pairs_variant())
    with pytest.raises(StudyError, match="no variant is called 'u'"):
        bakeoff.train(study, "u", tmp_path / "w", store=tmp_path / "s.db")
    with pytest.raises(StudyError, match="no round 2"):
        trained(study, round=2)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    with pytest.raises(RunError, match="other files"):
        trained(study, "full")
    assert (tmp_path / "full" / "thesis.txt").read_text() == "x"


def test_a_diverged_trial_has_no_model(trained, tmp_path):
    variant = pairs_variant().replace(optimizer=bakeoff.SGD(lr=1e30))
    with pytest.raises(ModelError, match="diverged in round 1"):
        trained(study_of(variant))
    assert not (tmp_path / "w").exists()


def test_a_shortened_run_is_said_in_the_folder(trained, tmp_path):
    study = study_of(pairs_variant(), rounds=3)
    model = trained(study, rounds=2, epochs=1, round=2)
    origin = model.description.origin
    assert (origin.round, origin.shortened) == (2, "2 of 3 rounds, 1 of 2 epochs")
    assert "Shortened run" in (tmp_path / "w" / "README.md").read_text()


def test_the_weights_are_those_of_the_last_step(trained, tmp_path):
    model = trained(study_of(pairs_variant(DIGITS)))
    net = bakeoff.load_model(model.folder).net
    assert sum(p.numel() for p in net.parameters()) == DIGITS.parameters()
    assert all(np.isfinite(p.detach().numpy()).all() for p in net.parameters())
