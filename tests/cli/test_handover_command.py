"""A study handed on from a terminal: bundled, opened, merged and verified."""

import sqlite3
from contextlib import closing

import pytest


@pytest.mark.slow
def test_a_study_goes_from_one_folder_to_another(bakeoff, study_file, tmp_path):
    bakeoff("run", "small.py", "--rounds", "2", "--jobs", "1")
    told = bakeoff("bundle", "small.py").stdout
    assert "study/small.py" in told
    assert "small.zip: 4 trials of small, by bakeoff" in told
    study_file.write_text("raise SystemExit('it ran')")
    told = bakeoff("open", "small.zip", "-o", "got", "--store", "got.db").stdout
    assert "4 new trials, 0 the same, 0 contradicting" in told
    assert "bakeoff report got/study/small.py --store got.db" in told
    bakeoff("report", "got/study/small.py", "--store", "got.db", "-o", "r.html")
    told = bakeoff("verify", "got/study/small.py", "--store", "got.db", "--sample", "2").stdout
    assert "2 of 4 stored trials of small are trained again." in told
    assert told.count(": the same to the bit") == 2
    assert "2 of 2 trials came out the same to the bit." in told
    told = bakeoff("open", "small.zip", "-o", "again", "--store", "got.db").stdout
    assert "0 new trials, 4 the same, 0 contradicting" in told
    told = bakeoff("merge", "got.db", "bakeoff.db", "-o", "all.db").stdout
    assert told == (
        "got.db: 4 new trials, 0 the same, 0 contradicting\n"
        "bakeoff.db: 0 new trials, 4 the same, 0 contradicting\n"
    )
    with closing(sqlite3.connect(tmp_path / "bakeoff.db")) as db:
        db.execute("UPDATE trials SET seconds = 9 WHERE round = 0")
        db.commit()
    assert "2 damaged" in bakeoff("merge", "bakeoff.db", "-o", "all.db", code=1).stdout


def test_mistakes_are_one_sentence(command, study_file):
    for words, sentence in {
        ("open", "."): "there is no file .;",
        ("bundle", "small.py"): "there is no store bakeoff.db",
        ("merge", "none.db", "-o", "all.db"): "there is no store none.db",
    }.items():
        done = command(*words, code=2)
        assert sentence in done.stderr
        assert len(done.stderr.splitlines()) == 1
