"""A folder is data: what is damaged, or wants more than to be read, is refused in a sentence."""

import json
import pickle
from pathlib import Path

import pytest
from made_models import pairs_variant, study_of
from safetensors.torch import load, save

import bakeoff
from bakeoff.api.predict import model_in
from bakeoff.errors import ModelError


@pytest.fixture
def folder(trained):
    return trained(study_of(pairs_variant()), onnx=True).folder


def changed(folder: Path, **fields):
    """Write other fields into a description."""
    file = folder / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def refused(folder, match):
    with pytest.raises(ModelError, match=match):
        bakeoff.load_model(folder)
    with pytest.raises(ModelError, match=match):
        model_in(folder)


class Bomb:
    def __reduce__(self):
        return (Path("exploded").write_text, ("x",))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged: it describes no model"),
        ("{}", "is damaged: it describes no model"),
        ('"x"', "is damaged"),
        ("[" * 100_000, "is damaged"),
        ("[" * 60 + "]" * 60, "nested more than 50"),
        ('{"type": "Description"}', "is missing"),
        ('{"type": "Description", "format": 99}', "later version"),
        ('{"type": "os.system"}', "no class of bakeoff's"),
        ("\x80\x81", "is damaged"),
    ],
)
def test_a_description_that_is_none(folder, text, match):
    (folder / "model.json").write_bytes(text.encode("latin-1"))
    refused(folder, match)


def test_a_folder_without_a_description(tmp_path):
    refused(tmp_path, "holds no model.json")
    refused(tmp_path / "none", "holds no model.json")


@pytest.mark.parametrize("name", ["model.safetensors", "model.onnx"])
def test_a_file_that_was_changed(folder, name, monkeypatch):
    content = bytearray((folder / name).read_bytes())
    content[-1] ^= 1
    (folder / name).write_bytes(content)
    if name == "model.safetensors":
        refused(folder, "is not the file that model.json describes")
    else:
        changed(folder, model={"type": "Own"})
        with pytest.raises(ModelError, match="is not the file that model.json describes"):
            model_in(folder)


def digests(folder, content):
    import hashlib

    (folder / "model.safetensors").write_bytes(content)
    changed(folder, files=[["model.safetensors", hashlib.sha256(content).hexdigest()]])


def test_weights_that_are_a_pickle_are_not_run(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    digests(folder, pickle.dumps(Bomb()))
    refused(folder, "model.safetensors is damaged")
    assert not (tmp_path / "exploded").exists()


def test_weights_of_another_network(folder):
    weights = load((folder / "model.safetensors").read_bytes())
    name = next(iter(weights))
    digests(folder, save({**weights, name: weights[name].double()}))
    refused(folder, f"does not fit.*{name}")
    digests(folder, save({**weights, "more": weights[name].clone()}))
    refused(folder, "more is .* in the one, missing in the other")
    digests(folder, b"")
    refused(folder, "is damaged")


@pytest.mark.parametrize(
    ("model", "match"),
    [
        ({"type": "Built", "function": "os:getcwd"}, "made of 'getcwd'"),
        (
            {"type": "Estimator", "made_of": ["@estimator", "os:system"], "versions": []},
            "Estimator",
        ),
        ({"type": "FromFunction", "function": "os:getcwd"}, "FromFunction"),
        ({"type": "Linear", "features": 3, "bias": True}, "must be a ModelSpec"),
        ({"type": "MNIST"}, "must be a ModelSpec"),
        ({"type": ["x"]}, "no class of bakeoff's"),
        ({"type": "Network", "layers": [], "input": [2, 14, 14]}, "names no head"),
        ({"type": "Network", "layers": [{"type": "Linear", "features": "9"}]}, "valid integer"),
    ],
)
def test_a_model_that_is_none(folder, model, match):
    changed(folder, model=model)
    with pytest.raises(ModelError, match=match):
        bakeoff.load_model(folder)


def test_a_network_of_a_billion_weights_takes_no_memory(folder):
    network = json.loads((folder / "model.json").read_text())["model"]
    network["layers"][0]["features"] = 10**12
    changed(folder, model=network)
    refused(folder, "parameters, and model.safetensors holds")
    network["layers"][0]["features"] = 1
    changed(folder, model={"type": "Ensemble", "model": network, "members": 10**12})
    refused(folder, "parameters, and model.safetensors holds")


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"classes": ["only one"]}, "names 1 classes; the network has 2"),
        ({"digits_head": "nowhere"}, "cannot answer"),
        ({"digits_head": "comparison", "digits": ["0"]}, "cannot answer"),
        ({"decision": None}, "needs a decision"),
        ({"decision": {"type": "LargestLogit", "reads": "nowhere"}}, "cannot answer"),
        ({"precision": "float128"}, "precision"),
        ({"preprocessing": {"type": "Preprocessing", "mean": [1.0] * 7, "sd": [1.0]}}, "7 numbers"),
        ({"preprocessing": {"type": "Preprocessing", "mean": [1e400], "sd": [1.0]}}, "finite"),
        ({"preprocessing": None}, "cannot answer"),
    ],
)
def test_fields_that_do_not_fit_each_other(folder, fields, match):
    changed(folder, **fields)
    refused(folder, match)
