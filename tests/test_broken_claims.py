"""A kind of claim of a user's own that raises an error: told by name, and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import bakeoff
from bakeoff.claims.differences import Better
from bakeoff.claims.verdicts import verdicts
from bakeoff.errors import DataError, StudyError
from bakeoff.running.store import Store
from bakeoff.study.load import load
from bakeoff.study.study import Study
from made_study import BASE, LOWER, results

FILE = """
import statistics

from bakeoff import *
from bakeoff.claims.judge import level
from bakeoff.errors import DataError
from bakeoff.study.claims import ClaimTest


class Odd(ClaimTest):
    named = ("variant",)
    variant: str

    def judge(self, results):
        part = level(results, self.variant, value=0.5)
        JUDGE
        return part

    def mistakes(self):
        yield from ()
        MISTAKES

    def missing(self, variant, task):
        yield from ()
        MISSING

    def unsearched(self, searches):
        yield from ()
        UNSEARCHED


odd = Odd(variant="a")
study = Study(
    name="odd",
    task=DigitPairs(train=20, validation=10, test=10),
    rounds=2,
    variants=(
        Variant(
            name="a",
            model=Network(Linear(2), Head("comparison")),
            recipe=Recipe(epochs=1, batch=10),
        ),
    ),
    claims=(Claim(id="Z1", quote="It is so.", test=TEST),),
)
"""
LATE = 'if results.histories["a"][0] is not None: {}["x"]'


def written(folder: Path, test: str = "odd", **bodies: str) -> Path:
    text = FILE.replace("TEST", test)
    for method in ("JUDGE", "MISTAKES", "MISSING", "UNSEARCHED"):
        text = text.replace(method, bodies.get(method.lower(), "pass"))
    path = folder / "odd.py"
    path.write_text(text)
    return path


def line_of(path: Path, body: str) -> int:
    return next(n for n, line in enumerate(path.read_text().splitlines(), 1) if body in line)


def run(study: Study, store: Path) -> bakeoff.Results:
    with ThreadPoolExecutor(1) as executor:
        return bakeoff.run(study, store=store, executor=executor)


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        ('{}["x"]', KeyError, "KeyError: 'x'"),
        ("assert not results", AssertionError, "AssertionError ("),
        # The line is the user's, not that of the library which raised it.
        ("statistics.fmean([])", ValueError, "StatisticsError: fmean"),
    ],
)
@pytest.mark.parametrize("test", ["odd", "Not(odd)", 'AllOf(Reaches("a", value=0.2), Not(odd))'])
def test_what_judge_raises_is_told_with_the_claim_the_class_and_the_line(
    tmp_path: Path, body: str, error: type[Exception], said: str, test: str
) -> None:
    path = written(tmp_path, test, judge=body)

    with pytest.raises(StudyError) as told:
        bakeoff.check(load(path))

    text = str(told.value)
    assert text.startswith(f"claim 'Z1': Odd.judge raised {said}")
    assert f"(odd.py, line {line_of(path, body)}, in judge). It is asked before any trial" in text
    assert text.endswith("Mend it; trials that are stored are kept.")
    assert isinstance(told.value.__cause__, error)


@pytest.mark.parametrize("method", ["mistakes", "missing", "unsearched"])
def test_what_another_method_raises_is_told_likewise(tmp_path: Path, method: str) -> None:
    path = written(tmp_path, **{method: '{}["x"]'})

    with pytest.raises(StudyError) as told:
        load(path)

    line = line_of(path, '{}["x"]')
    assert (
        f"claim 'Z1': Odd.{method} raised KeyError: 'x' (odd.py, line {line}, in {method}). Mend it"
    ) in str(told.value)


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ('("varient",)', ("Odd.named", "'varient'", "did you mean 'variant'?")),
        ('"variant"', ("Odd.named is 'variant'", "tuple")),
        ("()  # none\n    by: str = 'five'", ("Odd.by", "given 'five'", "a number")),
        ("('variant', 'size')\n    size: int = 5", ("Odd.size", "given 5", "a variant's name")),
    ],
)
def test_a_kind_with_wrong_fields_is_told_in_a_sentence(
    tmp_path: Path, named: str, words: tuple[str, ...]
) -> None:
    path = written(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('named = ("variant",)', f"named = {named}"), encoding="utf-8")

    with pytest.raises(StudyError) as told:
        load(path)

    assert all(each in str(told.value) for each in words)
    assert "Error:" not in str(told.value)


def test_a_margin_that_is_no_number_is_told_in_a_sentence(tmp_path: Path) -> None:
    body = 'part = level(results, self.variant, value=0.5, margin="five")'

    with pytest.raises(StudyError, match="level: margin is 'five'; it must be a number"):
        bakeoff.check(load(written(tmp_path, judge=body)))


def test_errors_of_bakeoffs_own_pass_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="^lost$"):
        bakeoff.check(load(written(tmp_path, judge='raise DataError("lost")')))
    with pytest.raises(StudyError, match="claim 'Z1': Odd.variant: it is taken"):
        load(written(tmp_path, mistakes='yield "variant", "it is taken"'))


def test_a_bug_in_a_kind_that_comes_with_the_package_is_no_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(self: Better, results: object) -> None:
        raise KeyError("ours")

    run = results({"a": LOWER, "b": BASE}, Better("a", than="b"))
    monkeypatch.setattr(Better, "judge", broken)
    with pytest.raises(KeyError, match="ours"):
        verdicts(run)


def test_a_broken_judge_costs_no_training(tmp_path: Path) -> None:
    study, store = load(written(tmp_path, judge='{}["x"]')), tmp_path / "s.db"

    with pytest.raises(StudyError, match="claim 'Z1': Odd.judge raised"):
        run(study, store)
    with pytest.raises(StudyError, match="claim 'Z1': Odd.judge raised"):
        bakeoff.run_until_decided(study, store=store)
    assert not store.exists()


def test_kinds_that_come_with_the_package_are_not_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    study = load(written(tmp_path, 'Reaches("a", value=0.2)'))
    monkeypatch.setattr("bakeoff.api.check.verdicts", None)

    assert run(study, tmp_path / "s.db").missing == 0


def test_a_judge_that_breaks_on_trials_loses_none(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    broken = load(written(tmp_path, judge=LATE))
    with pytest.raises(StudyError, match=r"claim 'Z1': Odd.judge raised KeyError: 'x' \(odd.py"):
        run(broken, store)
    with pytest.raises(StudyError, match="claim 'Z1'"):
        bakeoff.results(broken, store=store)

    mended = bakeoff.results(load(written(tmp_path)), store=store)
    assert mended.missing == 0
    (found,) = verdicts(mended)
    assert (found.outcome, found.rounds) == ("undecided", 2)


def test_rounds_until_decided_are_noted_where_judge_breaks_on_them(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    with ThreadPoolExecutor(1) as executor, pytest.raises(StudyError, match="claim 'Z1'"):
        bakeoff.run_until_decided(
            load(written(tmp_path, judge=LATE)), store=store, executor=executor
        )

    with Store.read(store) as opened:
        (record,) = opened.runs()
    assert record.overrides.each == (("a", 7),)
