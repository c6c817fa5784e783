"""Rounds added until claims are decided: which, how many, and none twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import bakeoff
from bakeoff import (
    SGD,
    AllOf,
    Better,
    Claim,
    Decided,
    DigitPairs,
    Equivalent,
    Head,
    Linear,
    Network,
    Not,
    Ordered,
    ParametersWithin,
    Recipe,
    Search,
    SearchChose,
    Study,
    Variant,
    WinsEveryRound,
    grid,
)
from bakeoff.analysis.statistics.sequential import fewest_looks
from bakeoff.api.plan import plan_of
from bakeoff.api.stored import meant
from bakeoff.errors import RunError, StudyError
from bakeoff.running.coordinate import Interrupted
from bakeoff.running.events import Answered, Event, Looked
from bakeoff.running.store import Store
from bakeoff.study.claims import ClaimTest

TASK = DigitPairs(train=200, validation=10, test=200)
LAYERS = Network(Linear(2), Head("comparison"))


def variant(
    name: str, *, lr: float = 0.01, rounds: int | None = None, mode_epochs: int | None = None
) -> Variant:
    recipe = Recipe(epochs=8, batch=20, train_mode_epochs=mode_epochs)
    return Variant(name=name, model=LAYERS, optimizer=SGD(lr=lr), recipe=recipe, rounds=rounds)


# A twin is declared in other words and learns the same: their rounds are ties, and never decide.
VARIANTS = (
    variant("learns"),
    variant("stuck", lr=1e-6),
    variant("twin", mode_epochs=8),
    variant("aside", lr=0.1),
)
SURE = Better("learns", than="stuck")
OPEN = Better("twin", than="learns")

Run = Callable[..., Decided]


def study(*tests: ClaimTest, **fields: object) -> Study:
    claims = tuple(Claim(id=f"X{n}", quote="It is so.", test=test) for n, test in enumerate(tests))
    given = {"name": "s", "task": TASK, "variants": VARIANTS, "claims": claims, "rounds": 3}
    return Study(**given | fields)  # type: ignore[arg-type]


def running_on(store: Path) -> Run:
    def run(study: Study, **options: object) -> Decided:
        with ThreadPoolExecutor(1) as executor:
            return bakeoff.run_until_decided(study, store=store, executor=executor, **options)  # type: ignore[arg-type]

    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what runs a study on a store that the tests share: most of their trials are equal."""
    return running_on(tmp_path_factory.mktemp("shared") / "s.db")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "s.db"


def rounds(decided: Decided) -> dict[str, int]:
    return {name: len(places) for name, places in decided.results.histories.items()}


def outcomes(decided: Decided) -> list[str]:
    return [verdict.outcome for verdict in decided.verdicts]


def test_a_clear_claim_takes_the_fewest_rounds_that_can_decide(run: Run) -> None:
    decided = run(study(SURE))

    fewest = fewest_looks(0.05)
    assert rounds(decided) == {"learns": fewest, "stuck": fewest, "twin": 3, "aside": 3}
    assert (outcomes(decided), decided.undecided) == (["supported"], 0)
    assert (decided.trials, decided.added) == (2 * fewest + 6, 2 * (fewest - 3))
    assert decided.results.missing == 0
    assert decided.results.label == f"3 to {fewest} rounds, until decided"


def test_all_variants_run_the_rounds_that_the_study_declares(run: Run) -> None:
    decided = run(study(SURE, rounds=8))

    assert rounds(decided) == dict.fromkeys(("learns", "stuck", "twin", "aside"), 8)
    assert (decided.undecided, decided.added) == (0, 0)


def test_a_limit_below_the_declared_rounds_holds(run: Run) -> None:
    decided = run(study(SURE, rounds=9), max_rounds=7)

    assert rounds(decided) == dict.fromkeys(("learns", "stuck", "twin", "aside"), 7)
    assert decided.added == 0


def test_only_variants_of_open_claims_get_more_rounds(run: Run) -> None:
    events: list[Event] = []
    decided = run(study(SURE, OPEN), max_rounds=10, listen=events.append)

    fewest = fewest_looks(0.05 / 2)
    assert fewest == 8
    assert rounds(decided) == {"learns": 10, "stuck": 8, "twin": 10, "aside": 3}
    assert (outcomes(decided), decided.undecided) == (["supported", "undecided"], 1)
    assert (decided.trials, decided.added) == (31, 7 + 5 + 7)
    assert decided.results.label == "3 to 10 rounds, until decided"
    assert not decided.results.is_shortened
    assert [event for event in events if isinstance(event, Looked)] == [
        Looked(rounds=n, decided=1, claims=2, trials=11 + 2 * n) for n in (8, 9, 10)
    ]


@pytest.mark.parametrize("test", [AllOf(SURE, OPEN), Not(AllOf(SURE, OPEN))])
def test_what_holds_of_several_comparisons_needs_no_more_rounds(run: Run, test: ClaimTest) -> None:
    decided = run(study(test), max_rounds=8)

    assert rounds(decided) == {"learns": 8, "stuck": fewest_looks(), "twin": 8, "aside": 3}
    (verdict,) = decided.verdicts
    assert [leaf.variants for leaf in verdict.unsettled] == [("twin", "learns")]


def test_what_is_counted_over_rounds_needs_those_that_the_study_declares(run: Run) -> None:
    wins = WinsEveryRound("learns", loser="stuck")

    decided = run(study(wins, rounds=8), max_rounds=7)
    assert (set(rounds(decided).values()), outcomes(decided)) == ({7}, ["undecided"])

    decided = run(study(wins, rounds=8))
    assert (set(rounds(decided).values()), outcomes(decided)) == ({8}, ["supported"])


def test_what_is_counted_without_rounds_adds_none(run: Run) -> None:
    decided = run(study(SURE, ParametersWithin("aside", low=1, high=9)))

    fewest = fewest_looks()
    assert rounds(decided) == {"learns": fewest, "stuck": fewest, "twin": 3, "aside": 3}
    assert outcomes(decided) == ["supported", "contradicted"]


def test_a_variant_of_few_rounds_keeps_to_them_and_so_do_its_rivals(run: Run) -> None:
    few = (*VARIANTS[:2], variant("twin", rounds=9, mode_epochs=8))

    decided = run(study(SURE, OPEN, variants=few, rounds=9), max_rounds=20)

    assert rounds(decided) == {"learns": 9, "stuck": 9, "twin": 9}


@pytest.mark.parametrize(
    ("tests", "said"),
    [
        ((SURE,), "1 claim needs at least 7 rounds before it can be decided; give 7 or more"),
        ((SURE, OPEN), "2 claims need at least 8 rounds before any can be decided; give 8 or more"),
    ],
)
def test_a_limit_in_which_nothing_can_be_decided_is_refused(
    store: Path, tests: tuple[ClaimTest, ...], said: str
) -> None:
    counted = ParametersWithin("aside", low=1, high=9)

    with pytest.raises(RunError, match=f"max_rounds is 6; {said}"):
        running_on(store)(study(*tests, counted), max_rounds=6)

    assert not store.exists()


def test_rounds_that_a_variant_lacks_are_no_reason_to_refuse(run: Run) -> None:
    few = (*VARIANTS[:2], variant("twin", rounds=3, mode_epochs=8))

    decided = run(study(SURE, OPEN, variants=few), max_rounds=8)

    assert outcomes(decided) == ["supported", "undecided"]


def test_a_second_call_trains_nothing_and_a_higher_limit_the_rest(store: Path) -> None:
    def trained(limit: int) -> int:
        events: list[Event] = []
        running_on(store)(study(OPEN), listen=events.append, max_rounds=limit)
        return sum(isinstance(event, Answered) for event in events)

    assert [trained(7), trained(7), trained(9)] == [14 + 6, 0, 4]


def test_a_stopped_run_goes_on_from_there_and_is_noted(store: Path) -> None:
    run = running_on(store)
    answered: list[Event] = []

    def stop_in_round_8(event: Event) -> None:
        if isinstance(event, Answered):
            answered.append(event)
            if len(answered) == 21:
                raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        run(study(OPEN), max_rounds=9, listen=stop_in_round_8)
    with Store.read(store) as opened:
        (record,) = opened.runs()
        assert str(record.overrides) == "3 to 8 rounds, until decided"

    decided = run(study(OPEN), max_rounds=9, listen=answered.append)

    keys = [event.key for event in answered if isinstance(event, Answered)]
    assert len(keys) == len(set(keys)) == 18 + 6
    assert decided.results.missing == 0


def test_verdicts_of_its_results_are_those_that_it_ended_with(store: Path) -> None:
    decided = running_on(store)(study(SURE), max_rounds=7)

    assert bakeoff.verdicts(decided.results) == decided.verdicts
    fixed = bakeoff.verdicts(decided.results, method="signed_rank")
    assert fixed[0].p != decided.verdicts[0].p
    with Store.read(store) as opened:
        (record,) = opened.runs()
    assert record.overrides == decided.results.overrides
    shortened = replace(decided.results, overrides=record.overrides)
    assert bakeoff.verdicts(shortened) == decided.verdicts


def widths(name: str, *, rerun: bool = False) -> Search:
    def make(width: int) -> Variant:
        layers = Network(Linear(width), Linear(2), Head("comparison"))
        return Variant(name="m", model=layers, recipe=Recipe(epochs=1, batch=20))

    candidates = grid(make, {"width": (1, 2)})
    return Search(name=name, task=TASK, candidates=candidates, rerun=rerun)


def test_searches_run_and_what_they_choose_gets_the_rounds_that_its_claims_need(
    store: Path,
) -> None:
    chose = SearchChose("widths", (("width", 1),))
    winner = Better("widths, chosen on validation", than="learns")
    searches = (widths("widths", rerun=True), widths("others", rerun=True))
    asked = study(chose, winner, searches=searches)

    decided = running_on(store)(asked, max_rounds=8)

    assert [found.is_complete for found in decided.results.searches] == [True, True]
    ran = rounds(decided)
    verdict = decided.verdicts[1]
    needed = 8 if verdict.outcome == "undecided" else verdict.rounds
    assert ran["learns"] == ran["widths, chosen on validation"] == needed >= fewest_looks()
    assert ran["stuck"] == ran["others, chosen on validation"] == 3
    assert decided.added == 2 * (needed - 3)
    with Store.read(store) as opened:
        again = meant(plan_of(asked), opened)
    assert again is not None
    assert bakeoff.verdicts(again) == decided.verdicts


def test_what_a_search_chooses_keeps_its_own_rounds_in_a_plain_run(store: Path) -> None:
    search = widths("widths", rerun=True)
    few = tuple(
        each.replace(variant=each.variant.replace(rounds=2))
        for each in search.candidates
        if each.variant is not None
    )
    asked = study(SURE, variants=VARIANTS[:2], searches=(search.replace(candidates=few),))

    with ThreadPoolExecutor(1) as executor:
        results = bakeoff.run(asked, store=store, executor=executor)

    assert {name: len(places) for name, places in results.histories.items()} == {
        "learns": 3,
        "stuck": 3,
        "widths, chosen on validation": 2,
    }


def test_a_study_without_claims_and_a_limit_without_rounds_are_refused(run: Run) -> None:
    with pytest.raises(StudyError, match="s has no claims to decide"):
        run(study())
    with pytest.raises(RunError, match="max_rounds is 0; it must be 1 or more"):
        run(study(SURE), max_rounds=0)


@pytest.mark.parametrize(
    "test",
    [
        Better("same", than="learns"),
        Equivalent("same", "learns", margin=0.1),
        WinsEveryRound(winner="same", loser="learns"),
        Not(Better("same", than="learns")),
        Ordered(variants=("learns", "same")),
    ],
    ids=lambda test: type(test).__name__,
)
def test_a_claim_between_variants_that_are_one_gets_no_rounds(tmp_path, test):
    events: list[Event] = []
    asked = study(test, variants=(*VARIANTS, variant("same", rounds=30)))
    decided = running_on(tmp_path / "s.db")(asked, max_rounds=40, listen=events.append)
    (verdict,) = decided.verdicts
    assert verdict.outcome == "undecided"
    assert "learns" in verdict.sentence
    assert "same" in verdict.sentence
    assert len([event for event in events if isinstance(event, Looked)]) == 1
