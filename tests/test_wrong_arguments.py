"""Functions given the wrong kind of thing: a sentence, and no attribute that is missing."""

from pathlib import Path

import pytest

import bakeoff
from bakeoff.errors import RunError, StudyError
from bakeoff.studies import dong


@pytest.mark.parametrize(
    "call",
    [
        lambda: bakeoff.run("dong"),
        lambda: bakeoff.results("dong"),
        lambda: bakeoff.run_until_decided("dong"),
        lambda: bakeoff.head_to_head("dong", "a", "b"),
    ],
)
def test_a_name_is_no_study(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match="a Study is needed, not str; those built in are in"):
        call()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("write", [bakeoff.report, bakeoff.figures])
def test_a_study_has_no_report(write, tmp_path: Path):
    with pytest.raises(TypeError, match="of Results, from run or results, not of Study"):
        write(dong.study, tmp_path / "x.html")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["rounds", "epochs"])
def test_fewer_than_one_of_anything_is_refused_by_its_name(name, tmp_path: Path):
    with pytest.raises(RunError, match=f"{name} is 0; it must be 1 or more."):
        bakeoff.run(dong.study, store=tmp_path / "x.db", **{name: 0})
    assert not list(tmp_path.iterdir())
