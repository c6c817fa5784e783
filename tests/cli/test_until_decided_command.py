"""`bakeoff run --until-decided`: what it prints, keeps and refuses."""

import pytest

STUDY = """
from bakeoff import *


def variant(name, lr, **recipe):
    recipe = Recipe(epochs=8, batch=20, **recipe)
    model = Network(Linear(2), Head("comparison"))
    return Variant(name=name, model=model, optimizer=SGD(lr=lr), recipe=recipe)


study = Study(
    name="small",
    task=DigitPairs(train=200, validation=10, test=200),
    variants=(
        variant("learns", 0.01),
        variant("stuck", 1e-6),
        # In other words, and the same in every round.
        variant("twin", 0.01, train_mode_epochs=8),
    ),
    rounds=5,
    claims=(
        Claim(id="S", quote="It learns.", test=Better("learns", than="stuck")),
        Claim(id="O", quote="One is better.", test=Better("twin", than="learns")),
    ),
)
"""


@pytest.fixture
def claims_file(tmp_path):
    path = tmp_path / "small.py"
    path.write_text(STUDY)
    return path


def test_it_tells_looks_verdicts_and_saving_and_a_report_tells_the_same(bakeoff, claims_file):
    done = bakeoff("run", "small.py", "--until-decided", "--max-rounds", "9")
    told, lines = done.stderr.splitlines(), done.stdout.splitlines()

    assert [line for line in told if "claims decided (" in line] == [
        "8 rounds: 1 of 2 claims decided (24 trials).",
        "9 rounds: 1 of 2 claims decided (26 trials).",
    ]
    assert sum(line.startswith("[") for line in told) == 8 + 9 + 9
    evidence = [line for line in lines if line.startswith(("S ", "O "))]
    assert [line.split()[:3] for line in evidence] == [
        ["S", "supported", "learns"],
        ["O", "undecided", "twin"],
    ]
    assert lines[-1] == ("1 of 2 claims decided; 1 left open. 26 trials, 11 of them added.")

    status = bakeoff("status").stdout
    assert "26/26" in status
    assert "8 to 9 rounds, until decided" in status
    assert "shortened" not in status
    report = bakeoff("report", "small.py", "--format", "md").stdout
    assert "Run as 8 to 9 rounds, until decided." in report
    assert "hortened" not in report

    again = bakeoff("run", "small.py", "--until-decided", "--max-rounds", "9").stderr
    assert "24 of 24 trials are stored already" in again
    assert not any(line.startswith("[") for line in again.splitlines())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--max-rounds", "3"), "--max-rounds is for --until-decided"),
        (("--until-decided", "--rounds", "3"), "leave out --rounds or --until-decided"),
        (("--until-decided", "--epochs", "3"), "leave out --epochs or --until-decided"),
        (("--until-decided", "--only", "twin"), "leave out --only or --until-decided"),
        (("--until-decided", "--quick"), "leave out --quick or --until-decided"),
        (("--until-decided", "--max-rounds", "0"), "max_rounds is 0; it must be 1 or more"),
        (("--until-decided", "--max-rounds", "7"), "2 claims need at least 8 rounds"),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_sentence(command, claims_file, words, message):
    refused = command("run", "small.py", *words, code=2)

    assert message in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert not (claims_file.parent / "bakeoff.db").exists()


def test_a_study_without_claims_is_refused_before_any_other_runs(command, claims_file):
    bare = STUDY[: STUDY.index("    claims=")] + ")"
    claims_file.with_name("bare.py").write_text(bare.replace("small", "bare"))

    refused = command("run", "small.py", "bare.py", "--until-decided", code=2)

    assert "bare has no claims to decide" in refused.stderr
    assert not (claims_file.parent / "bakeoff.db").exists()
