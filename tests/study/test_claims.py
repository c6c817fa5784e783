"""Claims as declared: what a study cannot test is refused when it is built."""

import pytest

from bakeoff.claims.composed import AllOf, Not
from bakeoff.claims.curves import LearnsFaster, RisesAgain, StandsStill
from bakeoff.claims.differences import BestOf, Better, BetterFigure, Equivalent
from bakeoff.claims.facts import ParametersWithin, SearchChose
from bakeoff.claims.levels import AtChance, Reaches
from bakeoff.claims.orders import Ordered
from bakeoff.claims.shares import WinsEveryRound
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import SpecError, StudyError
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network, PerImage
from bakeoff.studies import BUILT_IN
from bakeoff.study.claims import Claim
from bakeoff.study.published import Quantity
from bakeoff.study.search import Search, grid
from bakeoff.study.study import QUICK, Overrides, Study
from bakeoff.study.trial import trials
from bakeoff.study.variant import Variant
from bakeoff.training.objective import CrossEntropy, Objective
from bakeoff.training.recipe import Recipe

TASK = DigitPairs(train=20, validation=0, test=10)
PLAIN = Network(Linear(2), Head("comparison"))
SIAMESE = Network(PerImage(Linear(10), Head("digits")), Linear(2), Head("comparison"))
BOTH = Objective(CrossEntropy("comparison"), CrossEntropy("digits"))
STEPS = Recipe(epochs=2, batch=10, record="iterations")
VARIANTS = (
    Variant(name="plain", model=PLAIN, recipe=Recipe(epochs=9)),
    Variant(name="siamese", model=SIAMESE, objective=BOTH),
    Variant(name="quick", model=PLAIN, recipe=STEPS),
    Variant(name="slow", model=PLAIN, recipe=STEPS.replace(batch=20)),
)
DIGITS = Quantity(metric="digit_error")


def make(width: int, deep: bool) -> Variant:
    hidden = (Linear(width),) * (2 if deep else 1)
    return Variant(name="m", model=Network(*hidden, Linear(2), Head("comparison")))


SEARCHES = (
    Search(
        name="widths",
        task=TASK.replace(validation=10),
        candidates=grid(make, {"width": (2, 4, 8), "deep": (False, True)}),
    ),
)


def study(*claims, **fields):
    given = {"name": "s", "task": TASK, "variants": VARIANTS, "searches": SEARCHES}
    return Study(**given | {"claims": claims} | fields)


def claim(test, id="X1", **fields):
    return Claim(id=id, quote="It is so.", test=test, **fields)


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (lambda: Better("plane", than="slow"), ["Better.better", "'plane'", "'plain'"]),
        (lambda: Better("plain", than="slwo"), ["Better.than", "'slwo'", "did you mean 'slow'"]),
        (lambda: Better((), than="slow"), ["Better.better", "names no variant"]),
        (lambda: Better("plain", than=()), ["Better.than", "names no other variant"]),
        (lambda: Better("plain", than=("slow", "plain")), ["Better.than", "'plain'", "itself"]),
        (lambda: Better(("plain", "plain"), than="slow"), ["Better.better", "'plain'"]),
        (lambda: Better("plain", than="slow", by=-0.1), ["Better.by", "-0.1", "0 or more"]),
        (lambda: Better("plain", than="slow", by=2.0), ["Better.by", "2.0", "0.02 are two points"]),
        (
            lambda: Better("plain", than="siamese", quantity=DIGITS),
            ["Better.quantity", "'plain'", "digit_error"],
        ),
        (
            lambda: Better("plain", than="slow", quantity=Quantity(split="validation")),
            ["Better.quantity", "validation", "draws train, test alone"],
        ),
        (lambda: BestOf("plain", among=()), ["BestOf.among", "names no other variant"]),
        (lambda: BestOf("plain", among=("plain",)), ["BestOf.among", "no other variant"]),
        (lambda: BestOf("plain", among=("nobody",)), ["BestOf.among", "'nobody'"]),
        (lambda: Equivalent("plain", "plain", margin=0.1), ["Equivalent.second", "itself"]),
        (lambda: Equivalent("plain", "slow", margin=0.0), ["Equivalent.margin", "above 0"]),
        (lambda: Equivalent("plain", "slow", margin=-0.1), ["Equivalent.margin", "-0.1"]),
        (lambda: Reaches("plain", value=97.0), ["Reaches.value", "97.0", "0.97 is 97%"]),
        (lambda: Reaches((), value=0.1), ["Reaches.variants", "names no variant"]),
        (lambda: Reaches("plain", value=-0.1), ["Reaches.value", "-0.1", "0.0 to 1.0"]),
        (lambda: AtChance("plain", value=0.5, margin=0.0), ["AtChance.margin", "above 0"]),
        (lambda: Ordered(("plain",)), ["Ordered.variants", "1 given", "2 or more"]),
        (lambda: Ordered(("plain", "slow", "plain")), ["Ordered.variants", "'plain'"]),
        (lambda: WinsEveryRound("plain", loser="plain"), ["WinsEveryRound.loser", "itself"]),
        (
            lambda: BetterFigure("plain", of=Quantity(), than=DIGITS),
            ["BetterFigure.than", "'plain'", "digit_error"],
        ),
        (
            lambda: BetterFigure("siamese", of=DIGITS, than=DIGITS),
            ["BetterFigure.than", "same figure"],
        ),
        (
            lambda: RisesAgain("plain", after_epoch=9),
            ["RisesAgain.after_epoch", "'plain'", "9 epochs"],
        ),
        (
            lambda: RisesAgain("plain", after_epoch=3, metric="digit_error"),
            ["RisesAgain.metric", "digit_error"],
        ),
        (
            lambda: StandsStill("plain", after_epoch=3, margin=-0.5),
            ["StandsStill.margin", "-0.5", "above 0"],
        ),
        (
            lambda: LearnsFaster("plain", than="slow", iterations=1),
            ["LearnsFaster.variant", "'plain'", "iterations"],
        ),
        (
            lambda: LearnsFaster("quick", than="slow", iterations=3),
            ["LearnsFaster.iterations", "'slow'", "2 batches"],
        ),
        (
            lambda: ParametersWithin("plain", low=9, high=8),
            ["ParametersWithin.low", "given 9", "8"],
        ),
        (lambda: ParametersWithin("plan", low=1, high=9), ["ParametersWithin.variants", "'plan'"]),
        (lambda: SearchChose("width", (("width", 2),)), ["SearchChose.search", "'widths'"]),
        (lambda: SearchChose("widths", ()), ["SearchChose.values", "empty"]),
        (lambda: SearchChose("widths", (("wide", 2),)), ["SearchChose.values", "'width'"]),
        (
            lambda: SearchChose("widths", (("width", 3), ("deep", True))),
            ["SearchChose.values", "no candidate", "width=3, deep=True"],
        ),
        (lambda: AllOf(), ["AllOf.tests", "empty"]),
        (
            lambda: AllOf(Better("plain", than="slow"), Not(BestOf("slow", among=("plane",)))),
            ["BestOf.among", "'plane'", "did you mean 'plain'"],
        ),
    ],
)
def test_a_claim_that_a_study_cannot_test_is_refused_by_name_and_field(test, words):
    with pytest.raises(SpecError) as error:
        study(claim(test()))
    for word in ["claim 'X1'", *words]:
        assert word in str(error.value)


def test_two_claims_of_one_id_are_refused():
    with pytest.raises(SpecError, match="two have the id 'X1'"):
        study(claim(Better("plain", than="slow")), claim(Better("slow", than="plain")))


@pytest.mark.parametrize(
    ("make_it", "words"),
    [
        (lambda: Better("plain", then="slow"), ["'then'", "did you mean 'than'"]),
        (lambda: Claim(id="", quote="q", test=BestOf("a", among=("b",))), ["Claim.id"]),
        (lambda: Claim(id="a", quote="", test=BestOf("a", among=("b",))), ["Claim.quote"]),
        (lambda: Claim(id="a", quote="q", test="Better"), ["Claim.test"]),
        (lambda: ParametersWithin("plain", low=0, high=8), ["ParametersWithin.low"]),
        (lambda: RisesAgain("plain", after_epoch=0), ["RisesAgain.after_epoch"]),
    ],
)
def test_a_field_of_the_wrong_kind_is_refused_where_it_is_written(make_it, words):
    with pytest.raises(SpecError) as error:
        make_it()
    for word in words:
        assert word in str(error.value)


def test_a_test_is_printed_as_the_code_that_makes_it():
    test = AllOf(
        Better(("plain", "quick"), than="slow", by=0.02, quantity=Quantity(split="train")),
        Not(BestOf("a", among=("b",), quantity=DIGITS)),
    )

    assert eval(repr(test)) == test
    assert str(Better("plain", than="slow")) == "'plain' than='slow'"
    assert repr(Better("plain", than="slow")) == "Better('plain', than='slow')"


def test_a_claim_names_its_variants_once_each_and_in_order():
    test = AllOf(Better(("plain", "quick"), than="slow"), Not(BestOf("slow", among=("siamese",))))

    assert claim(test).variants() == ("plain", "quick", "slow", "siamese")


def test_a_set_may_hold_the_one_that_is_best_of_it():
    assert study(claim(BestOf("plain", among=("plain", "slow")))).claims


def test_claims_leave_the_trials_as_they_are():
    keys = [
        [trial.key() for _, trial in trials(each, data="d")]
        for each in (study(), study(claim(Better("plain", than="slow"))))
    ]
    assert keys[0] == keys[1]


ALL = (
    claim(Better("plain", than="slow"), "pair"),
    claim(AllOf(Better("quick", than="slow"), Not(Better("plain", than="slow"))), "all"),
    claim(RisesAgain("plain", after_epoch=4), "epoch"),
    claim(LearnsFaster("quick", than="slow", iterations=2), "batches"),
    claim(SearchChose("widths", (("width", 8), ("deep", True))), "search"),
    claim(ParametersWithin("plain", low=1, high=9), "count"),
)


@pytest.mark.parametrize(
    ("by", "left"),
    [
        (Overrides(), "pair all epoch batches search count"),
        (Overrides(rounds=1), "pair all epoch batches search count"),
        (Overrides(only=("plain", "slow")), "pair epoch count"),
        (Overrides(only=("plain",)), "epoch count"),
        (Overrides(only=("siamese",)), ""),
        (Overrides(epochs=4), "pair all batches search count"),
        (Overrides(epochs=1), "pair all search count"),
        (Overrides(examples=10), "pair all epoch batches search count"),
        (Overrides(candidates=2), "pair all epoch batches count"),
        (Overrides(each=(("plain", 3), ("slow", 2))), "pair epoch search count"),
    ],
)
def test_a_shortened_study_keeps_the_claims_that_it_can_test(by, left):
    assert [each.id for each in study(*ALL).overridden(by).claims] == left.split()


def test_rounds_of_single_variants_leave_the_others_out_and_keep_searches():
    other = SEARCHES[0].replace(name="other")
    by = Overrides(each=(("slow", 2), ("plain", 3)))

    short = study(*ALL, searches=(*SEARCHES, other)).overridden(by)

    assert {v.name: short.rounds_of(v) for v in short.variants} == {"plain": 3, "slow": 2}
    assert short.rounds == 3
    assert short.searches == (*SEARCHES, other)
    winner = Overrides(each=(("slow", 2), (other.winner_name, 3)))
    variants = study(ALL[0], searches=(other,)).overridden(winner).variants
    assert [variant.name for variant in variants] == ["slow"]
    with pytest.raises(StudyError, match="'slwo'.*did you mean 'slow'"):
        study(*ALL).overridden(Overrides(each=(("slwo", 2),)))


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (Overrides(), ""),
        (Overrides(rounds=2, only=("a", "b")), "rounds 2, only a, b"),
        (Overrides(each=(("a", 3), ("b", 12), ("c", 5))), "3 to 12 rounds, until decided"),
        (Overrides(each=(("a", 7), ("b", 7))), "7 rounds, until decided"),
        (Overrides(each=(("a", 1),)), "1 round, until decided"),
    ],
)
def test_a_shortening_is_told_in_words(by, words):
    assert str(by) == words


def test_a_claim_names_its_searches_once_each():
    chose = SearchChose("widths", (("width", 8),))

    assert claim(AllOf(chose, Not(chose), Better("plain", than="slow"))).searches() == ("widths",)


@pytest.mark.parametrize("built_in", BUILT_IN, ids=lambda each: each.name)
def test_a_quick_run_of_a_built_in_study_keeps_claims_about_its_variants(built_in):
    kept = {each.id for each in built_in.overridden(QUICK).claims}

    assert kept <= {each.id for each in built_in.claims}
    assert {each.id for each in built_in.claims} - kept <= {"Z13", "C1a", "C5a", "C5b", "B7"}
