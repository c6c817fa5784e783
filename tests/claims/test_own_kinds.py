"""Claims of a study file's own kind, and claims about what a search is to choose."""

from dataclasses import replace
from pathlib import Path

import pytest

from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import SearchResults, Tried, with_winners
from bakeoff.api.check import check
from bakeoff.claims.composed import AllOf, Not
from bakeoff.claims.differences import Better, Equivalent
from bakeoff.claims.levels import Reaches
from bakeoff.claims.parts import Counted, Measured, NotChosen
from bakeoff.claims.shares import Collapses, WinsEveryRound
from bakeoff.claims.verdicts import family, verdicts
from bakeoff.errors import SpecError, StudyError
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.claims import Claim, ClaimTest
from bakeoff.study.load import load
from bakeoff.study.search import Search, grid
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.recipe import Recipe
from made_history import made
from made_study import BASE, LOWER, SAME, TASK, variant

FILE = '''
from dataclasses import dataclass

from bakeoff import *
from bakeoff.analysis.paired import figure, paired
from bakeoff.claims.judge import difference, level
from bakeoff.claims.parts import Counted, together
from bakeoff.study.claims import FINAL, ClaimTest


class Both(ClaimTest):
    """A variant is better than another, and reaches a value."""

    named = ("variant", "than")
    variant: str
    than: str
    value: float

    def judge(self, results):
        return together(
            [
                difference(results, self.variant, self.than),
                level(results, self.variant, value=self.value),
            ]
        )


@dataclass(frozen=True)
class Seed:
    number: int

    def __str__(self):
        return f"the seed is {self.number}"


class EvenSeed(ClaimTest):
    """The study's seed is even."""

    is_counted = True

    def judge(self, results):
        seed = results.study.seed
        return Counted((), seed % 2 == 0, fact=Seed(seed))


net = Network(Linear(2), Head("comparison"))
study = Study(
    name="own",
    task=DigitPairs(train=400, validation=0, test=100),
    variants=(
        Variant(name="a", model=net, optimizer=Adam(lr=0.1)),
        Variant(name="b", model=net, optimizer=Adam(lr=0.2)),
    ),
    rounds=8,
    claims=(
        Claim(id="T", quote="Both.", test=Both(variant="a", than="b", value=0.2)),
        Claim(id="F", quote="Even.", test=EvenSeed()),
        Claim(id="N", quote="Neither.", test=Not(Both(variant="b", than="a", value=0.2))),
    ),
)
'''


@pytest.fixture
def own(tmp_path: Path) -> Study:
    path = tmp_path / "own.py"
    path.write_text(FILE)
    return load(path)


def of(study: Study, a: list[float], b: list[float]) -> Results:
    histories = {
        name: tuple(made(test=(error,)) for error in errors)
        for name, errors in {"a": a, "b": b}.items()
    }
    return Results(study, study, Overrides(), histories)


class TestOwnKind:
    def test_it_is_judged_as_the_kinds_that_come_with_the_package(self, own: Study) -> None:
        tested, counted, contrary = verdicts(of(own, LOWER, BASE))

        # The two claims that are tested make the family: 1 of 2^8 patterns, on either side.
        assert (tested.outcome, tested.p, tested.adjusted) == ("supported", 2 / 256, 4 / 256)
        assert (tested.method, tested.family, tested.rounds) == ("signed_rank", 2, 8)
        assert [leaf.variants for leaf in tested.comparisons] == [("a", "b"), ("a",)]
        assert (contrary.outcome, contrary.p) == ("supported", 4 / 256)
        assert counted.outcome == "supported"

    def test_it_is_the_same_as_one_put_together_from_others(self, own: Study) -> None:
        parts = AllOf(Better("a", than="b"), Reaches("a", value=0.2))
        claims = (*own.claims, Claim(id="P", quote="Parts.", test=parts))
        for a in (LOWER, SAME, BASE[::-1]):
            found = verdicts(of(own.replace(claims=claims), a, BASE))

            assert found[0].p == found[-1].p
            assert found[0].outcome == found[-1].outcome

    def test_it_has_both_forms(self, own: Study) -> None:
        longer = own.replace(rounds=24)
        more = replace(of(longer, LOWER * 3, BASE * 3), declared=own)

        (tested, _, _) = verdicts(more)
        assert (tested.method, tested.outcome) == ("always_valid", "supported")

    def test_a_fact_of_ones_own_is_kept_and_told(self, own: Study) -> None:
        for seed, outcome in ((2, "supported"), (3, "contradicted")):
            found = verdicts(of(own.replace(seed=seed), LOWER, BASE))[1]

            assert (found.outcome, found.p, found.is_counted) == (outcome, None, True)
            (leaf,) = found.comparisons
            assert isinstance(leaf, Counted)
            assert leaf.fact.number == seed  # type: ignore[attr-defined]
            assert f"the seed is {seed}" in found.sentence

    def test_a_name_that_the_study_lacks_is_refused(self, own: Study) -> None:
        kind = type(own.claims[0].test)
        wrong = Claim(id="W", quote="W.", test=kind(variant="a", than="bb", value=0.2))

        with pytest.raises(SpecError, match="Both.than"):
            own.replace(claims=(wrong,))

    def test_a_shortened_study_keeps_it_where_it_can_be_tested(self, own: Study) -> None:
        kept = own.overridden(Overrides(only=("a",))).claims

        assert [claim.id for claim in kept] == ["F"]
        assert [claim.id for claim in own.overridden(Overrides(rounds=2)).claims] == ["T", "F", "N"]

    def test_one_without_judge_cannot_be_made(self) -> None:
        class Nothing(ClaimTest):
            variant: str

        with pytest.raises(SpecError) as error:
            Nothing(variant="a")
        assert str(error.value) == (
            "Nothing lacks judge, which each ClaimTest has; define it in Nothing: "
            "help(ClaimTest.judge) says how."
        )
        with pytest.raises(SpecError, match="ClaimTest lacks judge.*define it in a subclass of it"):
            ClaimTest()


SEARCH = Search(
    name="widths",
    task=TASK.replace(validation=10),
    candidates=grid(
        lambda width: Variant(
            name="m",
            model=Network(Linear(width), Linear(2), Head("comparison")),
            recipe=Recipe(epochs=1),
        ),
        {"width": (2, 4)},
    ),
)
WINNER = "widths, chosen on validation"


def searching(*tests: ClaimTest) -> Study:
    claims = tuple(Claim(id=f"X{n}", quote="q", test=test) for n, test in enumerate(tests))
    variants = (variant("a"), variant("b"))
    return Study(
        name="s", task=TASK, variants=variants, searches=(SEARCH,), claims=claims, rounds=8
    )


def results_of(declared: Study, *validation: float | None, winner: list[float]) -> Results:
    """Return results of a search with these errors, and of its winner where one is chosen."""
    tried = tuple(
        Tried(candidate, (None if e is None else made(test=(0.1,), validation=(e,)),))
        for candidate, e in zip(SEARCH.tried, validation, strict=True)
    )
    found = SearchResults(SEARCH, tried)
    study = with_winners(declared, [found])
    errors = {"a": LOWER, "b": BASE, WINNER: winner}
    histories = {v.name: tuple(made(test=(e,)) for e in errors[v.name]) for v in study.variants}
    return Results(study, declared, Overrides(), histories, searches=(found,))


class TestSearchWinner:
    TESTS = (
        Better(WINNER, than="b"),
        Reaches(WINNER, value=0.2),
        Equivalent("a", WINNER, margin=0.1),
        WinsEveryRound(WINNER, loser="b"),
        Collapses(WINNER),
        Not(Better("a", than=WINNER)),
    )

    @pytest.mark.parametrize("test", TESTS, ids=lambda test: type(test).__name__)
    def test_a_claim_about_it_is_open_until_the_search_has_chosen(self, test: ClaimTest) -> None:
        declared = searching(test, Better("a", than="b"))
        (before, other) = verdicts(results_of(declared, 0.2, None, winner=[]))

        assert (before.outcome, before.reason, before.p) == ("undecided", "unknown", None)
        assert before.unsettled == before.comparisons
        (leaf,) = before.comparisons
        assert isinstance(leaf, Counted)
        assert (leaf.holds, leaf.fact) == (None, NotChosen(WINNER))
        # It is one of the claims all the same.
        assert other.family == family(declared)
        assert other.adjusted == family(declared) * 2 / 256

        after = verdicts(results_of(declared, 0.2, 0.1, winner=LOWER))[0]
        assert after.reason != "unknown"

    def test_then_it_is_a_claim_as_others_are(self) -> None:
        declared = searching(Better(WINNER, than="b"), Better("a", than="b"))
        found = verdicts(results_of(declared, 0.2, 0.1, winner=LOWER))

        assert [(each.outcome, each.method) for each in found] == [("supported", "signed_rank")] * 2
        assert found[0].p == found[1].p

    def test_among_several_comparisons_the_others_are_judged(self) -> None:
        # Against it, what is known is enough; for it, all must be known.
        against = AllOf(Better(WINNER, than="b"), Better("b", than="a"))
        for_it = AllOf(Better(WINNER, than="b"), Better("a", than="b"))
        run = results_of(searching(against, for_it), 0.2, None, winner=[])
        found = verdicts(run)

        assert [each.outcome for each in found] == ["contradicted", "undecided"]
        assert found[1].reason == "unknown"
        assert isinstance(found[0].comparisons[1], Measured)

    def test_a_name_that_is_nearly_the_winners_is_refused(self) -> None:
        with pytest.raises(SpecError, match=r"Better\.better.*widths, chosen on test"):
            searching(Better("widths, chosen on test", than="b"))

    def test_a_search_that_is_not_trained_again_has_no_winner_to_claim_about(self) -> None:
        declared = searching(Better(WINNER, than="b"))

        with pytest.raises(SpecError, match=r"Better\.better"):
            declared.replace(searches=(SEARCH.replace(rerun=False),))
        assert declared.overridden(Overrides(only=("a", "b"))).claims == ()


@pytest.mark.parametrize("body", ["return 5", "return None", "return results.study.variant('x')"])
def test_a_kind_that_answers_with_something_else_is_told_by_name(tmp_path: Path, body: str) -> None:
    path = tmp_path / "s.py"
    path.write_text(WRONG.replace("BODY", body))

    with pytest.raises(StudyError, match="Odd.judge returned|no variant is called 'x'"):
        check(load(path))


WRONG = """
from bakeoff import *
from bakeoff.study.claims import ClaimTest


class Odd(ClaimTest):
    named = ("variant",)
    variant: str

    def judge(self, results):
        BODY


model = Network(Linear(2), Head("comparison"))
study = Study(
    name="odd",
    task=DigitPairs(train=10, validation=10, test=10),
    rounds=2,
    variants=(Variant(name="a", model=model),),
    claims=(Claim(id="1", quote="Odd.", test=Odd(variant="a")),),
)
"""
