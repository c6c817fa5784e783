"""`bakeoff compare`: two variants from what is stored, and refusals in a sentence."""

import os
import re
import struct
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bakeoff.api.plan import plan_of
from bakeoff.data.truth import truth_of
from bakeoff.running.machine import Environment
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.study.load import load
from bakeoff.study.study import Overrides
from bakeoff.training.history import History

HERE = Environment("0.1", "2.13", "3.11", "Processor X", 2, "Linux 6", "cpu")
WRONG = {"layers": (2, 3, 4), "own": (9, 8, 9)}
"""How many of the first 30 test pairs each variant gets wrong in each round."""


SEARCH = """
from bakeoff import Search, grid

study = study.replace(
    searches=(
        Search(
            name="Width",
            task=study.task,
            candidates=grid(lambda *, width: Variant(name=f"{width}", model=Own(width=width)),
                            {"width": (2, 3)}),
            rounds=1,
        ),
    ),
)
"""


@pytest.fixture
def compare(study_file, command):
    return partial(command, "compare", "small.py")


def fill(*, rounds=None, epochs=None, only=(), data=None):
    """Answer the trials of a run of `small.py` with chosen mistakes, without training."""
    study = load(Path("small.py"))
    plan = plan_of(study, Overrides(rounds=rounds, epochs=epochs, only=only), data=data)
    labelled = plan.labelled_trials()
    with Store.open(Path("bakeoff.db")) as store:
        store.record_run(plan.record(), {key: trial for key, (_, trial) in labelled.items()})
        for key, (label, trial) in labelled.items():
            wrong = WRONG["own" if ": own," in label else "layers"][trial.round]
            answers = truth_of(trial.task, seed=trial.seed, round=trial.round).answers
            answers[:wrong] ^= 1
            error = {"error": (wrong / len(answers),)}
            curves = {"test": error, "validation": error}
            given = {"answer": answers.astype(np.uint8)}
            history = History("finished", curves, 3162, 1.0, given)
            store.add(key, trial, Answer(history, HERE, trial.described()))


@pytest.fixture
def other_archive(tmp_path):
    """Another archive, large enough for the study: random images, and not MNIST's."""
    rng, folder = np.random.default_rng(0), tmp_path / "other"
    folder.mkdir()
    for split, n in (("train", 130), ("t10k", 70)):
        images, labels = rng.integers(0, 256, (n, 28, 28)), rng.integers(0, 10, n)
        for name, array in (("images-idx3", images), ("labels-idx1", labels)):
            header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
            (folder / f"{split}-{name}-ubyte").write_bytes(header + array.astype("u1").tobytes())
    return folder


def test_two_variants_are_told_head_to_head(compare, tmp_path):
    fill()

    text = compare("layers", "own").stdout

    assert re.search(r"layers .* 3,162 +1\.0\nown .* 3,162 +1\.0", text)
    told = " ".join(text.split())
    assert "Test error: layers is 18.33 points ahead of own (in 3 of 3 rounds)." in told
    assert "Fewer than 6 rounds: no verdict is given." in told
    assert "Who is right on the 30 test pairs, mean of 3 rounds" in text
    assert not list(tmp_path.glob("*.html"))


def test_nothing_is_written_to_the_store_and_the_same_is_said_again(compare):
    fill()
    before = Path("bakeoff.db").read_bytes()

    first, again = (compare("own", "layers").stdout for _ in range(2))

    assert first == again
    assert Path("bakeoff.db").read_bytes() == before


def test_a_page_is_written_with_the_images(compare, tmp_path):
    fill()

    assert compare("layers", "own", "-o", "x.html").stdout == f"{tmp_path / 'x.html'}\n"

    page = Path("x.html").read_text()
    assert "layers against own" in page
    # The first has 2, 3 and 4 wrong, all among the second's 9, 8 and 9.
    assert page.count('class="truth"') == 12
    assert page.count('src="data:image/png;base64,') == 24


def test_a_shortened_run_is_told_where_nothing_else_is_stored(compare):
    fill(rounds=1, epochs=1)

    last = compare("layers", "own").stdout

    assert last == compare("layers", "own", "--rounds", "1", "--epochs", "1").stdout
    assert "1 of 3 rounds, 1 of 2 epochs" in last
    assert "(in 1 of 1 round). Fewer than 6 rounds: no verdict is given." in " ".join(last.split())


def test_rounds_that_one_lacks_are_left_out(compare):
    fill(rounds=2, only=("layers",))
    fill(rounds=1, only=("own",))

    text = " ".join(compare("layers", "own").stdout.split())

    assert "layers (1 of 3) and own (2 of 3)" in text
    assert "in 1 of 1 round" in text


def test_another_archive_is_compared_on_its_own_images(compare, other_archive):
    fill(rounds=1, data="other")

    told = compare("layers", "own", "--data", "other", "--rounds", "1").stdout

    assert "Who is right on the 30 test pairs, in 1 round" in told
    assert "no trial of small" in compare("layers", "own", code=2).stderr


def test_a_variant_without_a_trial_is_named(compare):
    fill(rounds=1, only=("own",))

    assert compare("layers", "own", "--rounds", "1", code=2).stderr == (
        "bakeoff: the store bakeoff.db holds no trial of 'layers' of small (1 of 3 rounds). Run "
        "the study first.\n"
    )


def test_a_variant_whose_trials_failed_is_told_why(compare):
    fill(rounds=1, only=("own",))
    plan = plan_of(load(Path("small.py")), Overrides(rounds=1, only=("layers",)))
    with Store.open(Path("bakeoff.db")) as store:
        for key in plan.labelled_trials():
            store.fail(key, "ValueError: no such width")

    assert compare("layers", "own", "--rounds", "1", code=2).stderr == (
        "bakeoff: the store bakeoff.db holds no trial of 'layers' of small (1 of 3 rounds). Its "
        "trials failed: ValueError: no such width\n"
    )


def test_a_run_that_leaves_a_variant_out_is_no_run_of_it(compare):
    fill(rounds=1, epochs=1, only=("own",))

    refused = compare("layers", "own", code=2).stderr

    assert "leaves out 'layers' (rounds 1, epochs 1, only own)" in refused


def test_what_a_search_has_not_chosen_yet_cannot_be_compared(compare, study_file):
    study_file.write_text(study_file.read_text() + SEARCH)
    fill(only=("layers", "own"))

    error = compare("own", "Width, chosen on validation", code=2).stderr
    assert "small: 'Width, chosen on validation' is not known yet" in error
    assert "0 of 2" in error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["layers", "onw"], ["no variant is called 'onw'", "did you mean 'own'", "layers"]),
        (["lyers", "own"], ["did you mean 'layers'"]),
        (["own", "own"], ["both variants are 'own'", "two different"]),
        (["layers", "own", "-o", "x.md"], ["x.md", ".html"]),
        (["layers", "own", "-o", "nowhere/x.html"], ["nowhere/x.html", "No such file"]),
        (["layers", "own", "-o", "store.html"], ["store.html is a store of results"]),
        (["layers", "own", "--store", "none.db"], ["there is no store none.db"]),
        (["layers", "own", "--epochs", "1"], ["no trial of small (epochs 1)", "whole"]),
        (["layers", "own", "--data", "nowhere"], ["nowhere does not exist"]),
        (["layers", "own", "--data", "other"], ["no trial of small", "other runs"]),
        (["layers"], ["name two variants"]),
    ],
    ids=lambda words: " ".join(words),
)
def test_what_cannot_be_compared_is_refused(compare, other_archive, words, said):
    fill()
    os.link("bakeoff.db", "store.html")

    refused = compare(*words, code=2)

    assert refused.stdout == ""
    for part in said:
        assert part in refused.stderr
    assert len(refused.stderr.splitlines()) == 1 or "Usage" in refused.stderr


def test_two_variants_that_were_trained_are_told_head_to_head(bakeoff, study_file):
    bakeoff("run", "small.py", "--rounds", "1", "--epochs", "1", "--jobs", "1")

    text = bakeoff("compare", "small.py", "layers", "own").stdout

    assert re.search(r"layers .* 3,162 +\d", text)
    assert "Who is right on the 30 test pairs, in 1 round" in text


def test_a_study_in_two_stores_is_compared_trial_by_trial(compare, monkeypatch):
    fill()
    Path("bakeoff.db").rename("other.db")
    monkeypatch.setitem(WRONG, "own", (9, 8, 6))
    fill()

    same = compare("--store", "other.db", "--other-store", "other.db").stdout
    text = compare("--other-store", "other.db").stdout

    assert "6 trials in both stores, all the same to the bit." in same
    assert "5 of 6 trials in both stores are the same to the bit." in " ".join(text.split())
    # One of 30 answers differs by 3.
    assert re.search(r"own +3 +2 +10\.00 ", text)
    assert re.search(r"layers +3 +3 +0\.00 ", text)
    assert text.count("Processor X") == 2


@pytest.mark.parametrize(
    "words", [(), ("own",), ("own", "layers", "--other-store", "x.db"), ("--other-store", "no.db")]
)
def test_two_variants_or_another_store_are_needed(compare, words):
    fill()

    assert len(compare(*words, code=2).stderr.splitlines()) == 1
