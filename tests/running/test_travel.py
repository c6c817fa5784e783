"""The sources and data of a trial, as they travel to a machine that has none of them."""

import sys

import numpy as np
import pytest

from bakeoff.running.travel import Packing
from bakeoff.running.worker import pack
from bakeoff.study.load import load
from bakeoff.study.trial import trials

STUDY = """
from pathlib import Path

from bakeoff import *
from near import WIDTH

HERE = Path(__file__).parent
READ = (HERE / "read.txt").read_text() + (HERE / "../far.txt").read_text()


class Mine(ModelSpec):
    width: int = WIDTH

    def build(self):
        raise RuntimeError(READ)


study = Study(
    name="mine",
    task=Classification(Npz(HERE / "data.npz"), train=6, validation=0, test=3),
    variants=(
        Variant(name="a", model=Mine()),
        Variant(name="b", model=Network(Linear(3), Head("label"), input=(4,))),
    ),
)
"""


@pytest.fixture
def packed(tmp_path, monkeypatch):
    """Return the parcels of two variants: one of a user's code, and one of bakeoff's own."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.syspath_prepend(home)
    sys.modules.pop("near", None)
    (home / "study.py").write_text(STUDY)
    (home / "near.py").write_text("WIDTH = 3\n")
    (home / "read.txt").write_text("r")
    (tmp_path / "far.txt").write_text("f")
    np.savez(home / "data.npz", x=np.zeros((9, 4), np.float32), y=np.arange(9) % 3)
    study = load(home / "study.py")
    two = [trial for _, trial in trials(study, data=study.task.digest()) if trial.round == 0]
    return home, [pack(trial.key(), trial) for trial in two]


def test_code_and_what_it_reads_in_its_folder_travel(packed, tmp_path):
    _, (own, _) = packed
    packing = Packing()
    luggage = packing.luggage(own)
    sources = packing.sources[luggage.sources]
    root = tmp_path / "there" / luggage.sources
    sources.write(root)
    parcel = luggage.unpacked(own, root)
    assert (root / "0" / "read.txt").read_text() == "r"
    assert (root / "0" / "near.py").read_text() == "WIDTH = 3\n"
    assert {module.path for module in parcel.modules} == {str(root / "0" / "study.py")}
    assert parcel.home == str(root / "0")
    assert parcel.arrival.paths == (str(root / "0"),)
    assert parcel.trial == own.trial


def test_what_lies_elsewhere_is_asked_of_the_other_machine(packed, tmp_path):
    _, (own, _) = packed
    luggage = Packing().luggage(own)
    assert luggage.missing_files() == []
    (tmp_path / "far.txt").unlink()
    assert luggage.missing_files() == [str(tmp_path / "far.txt")]


def test_data_travels_by_its_digest_and_bakeoffs_own_code_not_at_all(packed):
    _, parcels = packed
    packing = Packing()
    mine, bakeoffs = map(packing.luggage, parcels)
    assert mine.data == bakeoffs.data == tuple(packing.datasets)
    assert bakeoffs.sources == ""


def test_an_edit_travels_under_another_digest(packed):
    home, (own, _) = packed
    before = Packing().luggage(own).sources
    (home / "near.py").write_text("WIDTH = 4\n")
    assert Packing().luggage(own).sources != before
