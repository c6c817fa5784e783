"""`bakeoff report --all` and the formats: what is written where, and what cannot be meant."""

from pathlib import Path

import pytest

from bakeoff.api.plan import plan_of
from bakeoff.running.machine import Environment
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.studies import BUILT_IN, dong
from bakeoff.training.history import History

ENVIRONMENT = Environment("0.1", "2.13", "3.11", "Processor X", 2, "Linux 6", "cpu")


def answered(store: Path, rounds: int = 2) -> None:
    """Store made-up answers to the first rounds of `dong`."""
    plan = plan_of(dong.study)
    with Store.open(store) as opened:
        for key, (_, trial) in plan.labelled_trials().items():
            if trial.round < rounds:
                falling = tuple(0.3 / epoch for epoch in range(1, 26))
                curves = {
                    split: {"loss": falling, "error": falling}
                    for split in ("train", "validation", "test")
                }
                history = History(status="finished", curves=curves, parameters=70_000, seconds=1.0)
                opened.add(key, trial, Answer(history, ENVIRONMENT, trial.described()))


def test_all_that_is_stored_is_written_with_an_index_and_the_rest_is_named(command, tmp_path):
    answered(tmp_path / "bakeoff.db")

    printed = command("report", "--all").stdout.split()

    folder = tmp_path / "reports"
    # The two studies share the trials of dong's networks.
    stored = {"dong", "dong-code"}
    assert printed == [str(folder / f"{name}.html") for name in ("index", *sorted(stored))]
    index = (folder / "index.html").read_text()
    notice = index[index.index("The store holds no trial of ") :].partition("</p>")[0]
    assert all(study.name in notice for study in BUILT_IN if study.name not in stored)
    assert (
        f"{2 * len(dong.study.variants)} of {len(plan_of(dong.study).labelled_trials())}" in index
    )


def test_where_nothing_is_stored_nothing_is_written(command, tmp_path):
    answered(tmp_path / "bakeoff.db", rounds=0)

    refused = command("report", "--all", "-o", "pages", code=2)

    assert f"holds no trial of {', '.join(study.name for study in BUILT_IN)}" in refused.stderr
    assert not (tmp_path / "pages").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], ["no study is named", "--all"]),
        (["--all", "dong"], ["leave out dong"]),
        (["--all", "--format", "md"], ["leave out --format"]),
        (["--all", "-o", "all.html"], ["a folder", "all.html"]),
        (["dong", "-o", "x.html", "--format", "csv"], ["x.html", "html", "csv"]),
    ],
    ids=lambda words: " ".join(words),
)
def test_what_cannot_be_meant_is_refused(command, tmp_path, words, said):
    refused = command("report", *words, code=2)

    assert all(word in refused.stderr for word in said)
    assert list(tmp_path.iterdir()) == []
