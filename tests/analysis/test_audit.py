"""The audit finds what warns against a study's conclusions, with its size, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.analysis.audit.audit import AuditFinding, Case, audit
from bakeoff.analysis.audit.curves import (
    Flattery,
    Overfit,
    Unconverged,
    flattery,
    last_part,
    overfit,
    unconverged,
)
from bakeoff.analysis.audit.fairness import OddHabit, UnequalSetting, UnequalSizes
from bakeoff.analysis.audit.rounds import Diverged, FewRounds, UnevenRounds
from bakeoff.analysis.audit.tuning import ChoiceOnTest, SearchChoice, UnequalTuning
from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import SearchResults, Tried, with_winners
from bakeoff.analysis.summary import Summary
from bakeoff.data.metrics import Error
from bakeoff.data.tasks import DigitPairs, KFold
from bakeoff.errors import StudyError
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.published import Published, Quantity
from bakeoff.study.search import Search, grid
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe

TASK = DigitPairs(train=20, validation=10, test=10)
BEST = Quantity(selection="best_on_test")


def variant(name: str = "a", width: int = 4, **fields) -> Variant:
    model = Network(Linear(width), Linear(2), Head("comparison"))
    # Variants whose trials are made up differ in something.
    optimizer = Adam(lr=1e-3 + sum(map(ord, name)))
    given = {"name": name, "model": model, "recipe": Recipe(epochs=10), "optimizer": optimizer}
    return Variant(**(given | fields))


def trial(
    test: Sequence[float] = (0.2,),
    *,
    validation: Sequence[float] = (),
    loss: Sequence[float] = (),
    test_loss: Sequence[float] = (),
    steps: Sequence[float] = (),
    parameters: int = 100,
) -> History:
    """Return a finished trial with these errors after each epoch, and these losses."""
    curves = {
        "test": {"error": tuple(test), "loss": tuple(test_loss)},
        "validation": {"error": tuple(validation)},
        "train": {"loss": tuple(loss)},
        "batch": {"loss": tuple(steps)},
    }
    given = {s: {m: v for m, v in metrics.items() if v} for s, metrics in curves.items()}
    return History("finished", given, parameters=parameters, seconds=1.0)


BROKEN = History("diverged", {}, parameters=100, seconds=1.0)


def results(
    histories: Mapping[Variant, Sequence[History | None]],
    searches: Sequence[SearchResults] = (),
    **fields,
) -> Results:
    rounds = max(map(len, histories.values()))
    given = {"task": TASK, "rounds": rounds, "variants": tuple(histories)}
    study = Study(name="s", **(given | fields))
    by_name = {v.name: tuple(places) for v, places in histories.items()}
    return Results(study, study, Overrides(), by_name, searches=tuple(searches))


def found(results: Results, **groups) -> dict[str, AuditFinding]:
    return {finding.kind: finding for finding in audit(results, **groups)}


def line(start: float, slope: float, epochs: int = 10) -> list[float]:
    return [start + slope * epoch for epoch in range(epochs)]


class TestFlattery:
    def test_its_size_is_the_mean_gain_over_the_final_epoch_and_over_validation(self):
        places = [
            trial((0.2, 0.1, 0.13), validation=(0.1, 0.2, 0.2)),
            trial((0.2, 0.1, 0.14), validation=(0.2, 0.2, 0.1)),
            trial((0.2, 0.1, 0.15), validation=(0.2, 0.1, 0.2)),
        ] * 2

        case = flattery(variant(), places, Error())

        assert case is not None
        assert case.over_final.mean == pytest.approx(0.04)
        # Twice 0.03, 0.04 and 0.05 have a variance of 0.0004 / 5; t at five degrees is 2.5706.
        half = 2.5706 * (0.0004 / 5) ** 0.5 / 6**0.5
        assert case.over_final.interval == pytest.approx((0.04 - half, 0.04 + half), abs=1e-6)
        assert case.over_validation is not None
        assert case.over_validation.mean == pytest.approx((0.1 + 0.04 + 0) / 3)
        assert (case.variant, case.published, case.size) == ("a", False, case.over_final.mean)

    @pytest.mark.parametrize(
        ("gains", "told"),
        [
            ((0.02, 0.022, 0.021) * 2, True),
            ((0.02, 0.022, 0.021, 0.02, 0.022), False),
            ((0.001, 0.0011, 0.0012) * 2, False),
            ((*[0.0] * 5, 0.09), False),
            ((), False),
        ],
        ids=["clear", "five rounds", "too small", "interval holds 0", "none"],
    )
    def test_it_is_told_where_it_is_clear(self, gains: tuple[float, ...], told: bool):
        places = [trial((0.1, 0.1 + gain)) for gain in gains]

        assert (flattery(variant(), places, Error()) is not None) == told

    @pytest.mark.parametrize("gains", [(0.0, 0.0), (0.05,)], ids=["no gain", "one round"])
    def test_a_published_choice_is_told_whatever_its_size(self, gains: tuple[float, ...]):
        published = variant(published=(Published(mean=0.1, of=BEST),))
        places = [None, *(trial((0.1, 0.1 + gain)) for gain in gains)]

        case = flattery(published, places, Error())

        assert case is not None
        assert case.published
        assert case.over_final.n == len(gains)
        assert case.over_final.mean == pytest.approx(sum(gains) / len(gains))
        assert case.over_validation is None

    def test_a_published_choice_is_not_told_before_it_is_measured(self):
        published = variant(published=(Published(mean=0.1, of=BEST),))

        assert flattery(published, [None, BROKEN], Error()) is None

    @pytest.mark.parametrize(
        "of", [Quantity(), Quantity(split="train", selection="best_on_test")], ids=str
    )
    def test_other_published_figures_are_no_choice_on_test(self, of: Quantity):
        assert (
            flattery(variant(published=(Published(mean=0.1, of=of),)), [trial()], Error()) is None
        )

    def test_a_clear_gain_over_validation_alone_is_told(self):
        places = [trial((0.1, 0.2, 0.1), validation=(0.3, 0.1, 0.2))] * 6

        case = flattery(variant(), places, Error())

        assert case is not None
        assert (case.over_final.mean, case.over_validation.mean) == (0, pytest.approx(0.1))

    @given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=6))
    def test_no_trial_is_better_than_at_its_best_epoch(self, curves: list[list[float]]):
        published = variant(published=(Published(mean=0.1, of=BEST),))
        case = flattery(published, [trial(c, validation=c[::-1]) for c in curves], Error())

        assert case is not None
        assert case.over_final.low is not None
        assert case.over_final.low >= 0
        assert case.over_validation.low >= 0

    def test_it_is_grave_where_published_and_clear(self):
        places = (trial((0.1, 0.12)), trial((0.1, 0.121))) * 3
        plain = variant("plain")
        published = variant("published", published=(Published(mean=0.1, of=BEST),))

        both = found(results({plain: places, published: places}))

        assert both["published_flattery"].severity == "grave"
        assert both["published_flattery"].variants == ("published",)
        assert both["flattery"].severity == "note"
        assert both["flattery"].variants == ("plain",)
        still = found(results({published: (trial((0.1, 0.1)),) * 6}))
        assert still["published_flattery"].severity == "note"


class TestUnconverged:
    FALLING = trial(line(0.5, -0.01), loss=line(1.0, -0.05))
    SLOWER = trial(line(0.5, -0.006), loss=line(1.0, -0.05))

    def test_its_size_is_what_the_last_part_brought(self):
        case = unconverged(variant(), [self.FALLING, self.SLOWER], Error())

        assert case is not None
        assert case.epochs == 3
        # Means of three epochs each, three epochs apart.
        assert (case.gain.low, case.gain.high) == pytest.approx((0.018, 0.03))
        # 0.05 an epoch, three epochs, over the loss of 0.6 after the ninth.
        assert case.loss_fall.mean == pytest.approx(0.05 * 3 / 0.6)
        assert case.rounds == ((1, pytest.approx(0.03)),)

    def test_it_is_told_where_the_mean_is_clear_though_no_round_stands_out(self):
        case = unconverged(variant(), [None, BROKEN, *[self.SLOWER] * 6], Error())

        assert case is not None
        assert (case.gain.n, case.rounds) == (6, ())
        assert unconverged(variant(), [self.SLOWER] * 5, Error()) is None

    @pytest.mark.parametrize(
        ("test", "loss"),
        [
            (line(0.5, 0), line(1.0, -0.05)),
            (line(0.5, -0.01), line(1.0, 0)),
            (line(0.5, 0.01), line(1.0, -0.05)),
            (line(0.5, -0.0005), line(1.0, -0.05)),
            (line(0.5, -0.01), line(1.0, -0.002)),
        ],
        ids=["error stands", "loss stands", "error rises", "error hardly", "loss hardly"],
    )
    def test_training_has_converged_unless_both_fall(self, test: list[float], loss: list[float]):
        assert unconverged(variant(), [trial(test, loss=loss)] * 4, Error()) is None

    def test_a_single_slow_round_is_named_with_its_fall(self):
        done = trial(line(0.2, 0), loss=line(0.5, 0))
        places = [done, done, None, self.FALLING, done]

        case = unconverged(variant(), places, Error())

        assert case is not None
        assert case.rounds == ((4, pytest.approx(0.03)),)
        assert case.gain.mean == pytest.approx(0.0075)

    def test_one_wild_epoch_of_the_loss_does_not_hide_the_fall(self):
        wild = line(1.0, -0.02, 20)
        wild[-2] = 5.0
        places = [trial(line(0.5, -0.01, 20), loss=wild)] * 2

        case = unconverged(variant(recipe=Recipe(epochs=20)), places, Error())

        assert case is not None
        assert 0.05 < case.loss_fall.mean < 0.2

    def test_recorded_iterations_are_averaged_over_each_epoch(self):
        by_epoch = line(1.0, -0.05)
        steps = [loss + wobble for loss in by_epoch for wobble in (-0.1, 0.1)]
        recorded = trial(line(0.5, -0.01), steps=steps)
        broken = replace(BROKEN, curves={"batch": {"loss": (1.0, 2.0)}})

        one = unconverged(variant(), [recorded, broken], Error())
        other = unconverged(variant(), [self.FALLING], Error())

        assert one is not None
        assert one.loss_fall.mean == pytest.approx(other.loss_fall.mean)
        assert one.gain == other.gain

    @pytest.mark.parametrize(
        ("epochs", "told"), [(1, False), (5, False), (6, True), (50, True)], ids=str
    )
    def test_six_epochs_are_needed(self, epochs: int, told: bool):
        falling = trial(line(0.9, -0.012, epochs), loss=line(1.6, -0.03, epochs))

        case = unconverged(variant(recipe=Recipe(epochs=epochs)), [falling] * 2, Error())

        assert (case is not None) == told

    @pytest.mark.parametrize(("epochs", "last"), [(6, 3), (15, 3), (16, 4), (50, 10)])
    def test_the_last_part_is_a_fifth_and_three_epochs_at_least(self, epochs: int, last: int):
        assert last_part(epochs) == last


class TestOverfit:
    LOSS = (0.9, 0.6, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.75, 0.75)

    def test_its_size_is_the_relative_rise_since_the_lowest_epoch(self):
        errors = (0.3, 0.25, 0.2, 0.2, 0.2, 0.2, 0.2, 0.195, 0.195, 0.195)
        one = trial(errors, test_loss=self.LOSS)
        other = trial(errors, test_loss=[loss + 0.1 * (e > 6) for e, loss in enumerate(self.LOSS)])

        places = [one, None, other, BROKEN, *[one, other] * 2]
        case = overfit(variant(), places, Error())

        assert case is not None
        assert overfit(variant(), places[1:], Error()) is None
        assert case.since == 3
        assert (case.rise.low, case.rise.high) == pytest.approx((0.25 / 0.5, 0.35 / 0.5))
        assert case.loss.mean == pytest.approx(-0.005)

    @pytest.mark.parametrize(
        ("errors", "losses", "trials"),
        [
            (line(0.3, -0.01), LOSS, 6),
            (line(0.3, 0), line(1.0, -0.05), 6),
            (line(0.3, 0), (1.0, 0.5, *[0.52] * 8), 6),
            (line(0.3, 0), (*line(1.0, -0.05, 8), 0.9, 0.9), 6),
            (line(0.3, 0), LOSS, 5),
            (line(0.3, 0), (), 6),
        ],
        ids=["error falls too", "loss falls", "hardly rises", "late", "five trials", "no loss"],
    )
    def test_it_is_not_told_otherwise(
        self, errors: Sequence[float], losses: Sequence[float], trials: int
    ):
        assert overfit(variant(), [trial(errors, test_loss=losses)] * trials, Error()) is None

    @pytest.mark.parametrize(("slope", "severity"), [(0.005, "caution"), (0.0, "note")])
    def test_it_is_graver_where_the_error_rises_as_well(self, slope: float, severity: str):
        places = (trial(line(0.3, slope), test_loss=self.LOSS),) * 6

        assert found(results({variant(): places}))["overfit"].severity == severity


def test_curves_that_only_wobble_warn_of_nothing() -> None:
    rng = np.random.default_rng(7)
    wobbling = [
        trial(
            (0.2 + rng.normal(0, 0.01, 50)).tolist(),
            loss=(0.3 + rng.normal(0, 0.01, 50)).tolist(),
            test_loss=(0.5 + rng.normal(0, 0.02, 50)).tolist(),
        )
        for _ in range(200)
    ]
    long = variant(recipe=Recipe(epochs=50))

    for start in range(0, 200, 10):
        places = wobbling[start : start + 10]
        assert unconverged(long, places, Error()) is None
        assert overfit(long, places, Error()) is None


class TestRounds:
    def test_diverged_rounds_are_counted_from_one(self):
        finding = found(results({variant(): (trial(), BROKEN, None, BROKEN, *[trial()] * 8)}))

        assert finding["diverged"].cases == (Diverged("a", (2, 4), ran=11),)

    @pytest.mark.parametrize(("broken", "severity"), [(1, "caution"), (2, "grave")])
    def test_many_diverged_trials_are_grave(self, broken: int, severity: str):
        places = (BROKEN,) * broken + (trial(),) * (10 - broken)

        assert found(results({variant(): places}))["diverged"].severity == severity

    def test_six_rounds_are_the_fewest_that_can_decide(self):
        assert "few_rounds" not in found(results({variant(): (trial(),) * 6}))
        few = found(results({variant(): (trial(),) * 5}))["few_rounds"]
        assert few.cases == (FewRounds("a", ran=5, asked=5, needed=6),)
        assert few.severity == "grave"

    def test_a_study_that_runs_on_has_too_few_rounds_so_far(self):
        few = found(results({variant(): (trial(), BROKEN, *[None] * 8)}))["few_rounds"]

        assert few.cases == (FewRounds("a", ran=2, asked=10, needed=6),)
        assert few.severity == "caution"

    def test_a_study_that_has_not_begun_has_nothing_to_warn_of(self):
        assert audit(results({variant(): (None,) * 6})) == ()

    def test_a_variant_with_fewer_rounds_than_another_is_uneven(self):
        capped = variant("capped", rounds=6)
        histories = {
            variant("whole"): (trial(),) * 15,
            capped: (trial(),) * 6,
            variant("begun"): (trial(),) * 14 + (None,),
        }

        uneven = found(results(histories))["uneven_rounds"]

        assert uneven.cases == (
            UnevenRounds("capped", ran=6, asked=6, most=15),
            UnevenRounds("begun", ran=14, asked=15, most=15),
        )
        assert uneven.severity == "caution"

    def test_rounds_are_held_against_those_compared(self):
        capped = variant("capped", rounds=3)
        histories = {
            variant("one"): (trial(),) * 15,
            variant("two"): (trial(),) * 15,
            capped: (trial(),) * 3,
        }

        assert found(results(histories), groups=[("one", "two")]) == {}
        assert set(found(results(histories), groups=[("one", "capped")])) == {
            "few_rounds",
            "uneven_rounds",
        }


class TestSizes:
    @pytest.mark.parametrize(("most", "told"), [(199, False), (200, True), (1000, True)])
    def test_a_ratio_of_two_is_told(self, most: int, told: bool):
        histories = {
            variant("small"): (trial(parameters=100),) * 6,
            variant("middle"): (trial(parameters=150),) * 6,
            variant("large"): (trial(parameters=most),) * 6,
        }

        findings = found(results(histories))

        assert ("unequal_sizes" in findings) == told
        if told:
            (case,) = findings["unequal_sizes"].cases
            assert case == UnequalSizes("small", 100, "large", most)
            assert case.size == most / 100

    def test_only_compared_variants_are_held_against_each_other(self):
        sizes = {"small": 100, "middle": 190, "large": 300}
        histories = {variant(n): (trial(parameters=p),) * 6 for n, p in sizes.items()}

        fair = found(results(histories), groups=[("small", "middle"), ("large", "middle")])
        unfair = found(results(histories), groups=[("small", "large"), ("large", "small")])

        assert fair == {}
        assert unfair["unequal_sizes"].cases == (UnequalSizes("small", 100, "large", 300),)

    def test_a_network_that_has_not_run_is_counted_from_its_layers(self):
        one, other = variant("one", width=1), variant("other", width=40)

        (finding,) = audit(results({one: (None,) * 6, other: (None,) * 6}))

        assert finding.cases == (
            UnequalSizes("one", one.model.parameters(), "other", other.model.parameters()),
        )

    def test_a_name_that_the_study_lacks_is_refused(self):
        with pytest.raises(StudyError, match="did you mean 'small'"):
            audit(results({variant("small"): (trial(),)}), groups=[("smal",)])


class TestSettings:
    ONE, OTHER = Recipe(epochs=10, batch=100), Recipe(epochs=50, batch=100)

    def test_a_setting_in_which_others_differ_too_is_told(self):
        histories = {
            variant("a", recipe=self.OTHER): (trial(),) * 6,
            variant("b", recipe=self.ONE, optimizer=Adam(lr=0.1)): (trial(),) * 6,
            variant("c", recipe=self.ONE): (trial(),) * 6,
        }

        (case,) = found(results(histories))["unequal_setting"].cases

        assert case == UnequalSetting("epochs", ((10, ("b", "c")), (50, ("a",))))
        assert case.size == 5

    def test_the_one_thing_compared_is_no_unfairness(self):
        histories = {
            variant("a", recipe=self.ONE, note="short"): (trial(),) * 6,
            variant("b", recipe=self.OTHER, optimizer=variant("a").optimizer): (trial(),) * 6,
        }

        assert "unequal_setting" not in found(results(histories))

    def test_two_settings_are_two_cases_the_larger_ratio_first(self):
        histories = {
            variant("a", recipe=Recipe(epochs=10, batch=100)): (trial(),) * 6,
            variant("b", recipe=Recipe(epochs=20, batch=10)): (trial(),) * 6,
            variant("c", recipe=Recipe(epochs=10, precision="bfloat16")): (trial(),) * 6,
        }

        cases = found(results(histories))["unequal_setting"].cases

        assert [(case.setting, case.size) for case in cases] == [
            ("batch", 10),
            ("epochs", 2),
            ("precision", 1),
        ]

    def test_a_habit_is_measured_against_the_variant_without_it(self):
        habit = Recipe(epochs=10, evaluate_in_train_mode=True)
        trained = variant("proper").optimizer
        histories = {
            variant("proper"): (trial((0.2,)), trial((0.3,)), trial((0.1,)), *[trial()] * 5),
            variant("habit", recipe=habit, optimizer=trained): (
                trial((0.25,)),
                trial((0.37,)),
                *[None] * 6,
            ),
            variant("else", width=5, recipe=habit): (trial(),) * 8,
        }

        cases = found(results(histories))["odd_habit"].cases

        assert [(c.variant, c.habit, c.without, c.difference.n) for c in cases] == [
            ("habit", "evaluate_in_train_mode", "proper", 2),
            ("else", "evaluate_in_train_mode", "", 0),
        ]
        assert cases[0].size == pytest.approx(0.06)

    def test_training_in_evaluation_mode_says_after_which_epoch(self):
        frozen = variant(recipe=Recipe(epochs=10, train_mode_epochs=2))

        (case,) = found(results({frozen: (trial(),) * 6}))["odd_habit"].cases

        assert isinstance(case, OddHabit)
        assert (case.habit, case.epochs) == ("train_mode_epochs", 2)


def candidate(width: int) -> Variant:
    return variant(f"width {width}", width=width)


ON_VALIDATION = Quantity(split="validation")


def search(
    errors: Sequence[tuple[float, float] | None],
    *,
    choose: tuple[Quantity, ...] = (ON_VALIDATION, BEST),
    published: int | None = None,
) -> SearchResults:
    """Return a search over widths 1, 2, ... with these errors on validation and on test."""
    declared = Search(
        name="Width",
        task=TASK,
        candidates=grid(candidate, {"width": tuple(range(1, len(errors) + 1))}),
        choose=choose,
        published=() if published is None else (("width", published),),
    )
    tried = (
        Tried(one, (None if error is None else trial((error[1],), validation=(error[0],)),))
        for one, error in zip(declared.tried, errors, strict=True)
    )
    return SearchResults(declared, tuple(tried))


def searched(found: SearchResults, *variants: Variant) -> Results:
    declared = Study(name="s", task=TASK, rounds=6, variants=variants, searches=(found.search,))
    study = with_winners(declared, [found])
    histories = {v.name: (trial(),) * 6 for v in study.variants}
    return Results(study, declared, Overrides(), histories, searches=(found,))


class TestTuning:
    ERRORS = ((0.2, 0.3), (0.1, 0.25), (0.3, 0.2))

    def test_a_winner_is_tuned_more_than_what_was_not_searched_for(self):
        given = searched(search(self.ERRORS), variant("rival"))

        (case,) = found(given)["unequal_tuning"].cases

        winner = "Width, chosen on validation"
        assert case == UnequalTuning((SearchChoice(winner, "Width", 3, "search"),), ("rival",))
        assert case.size == 3

    def test_what_the_source_chose_is_tuned_too(self):
        mine = candidate(2).replace(name="Mine", rounds=6)
        given = searched(search(self.ERRORS, published=2), mine, candidate(1))

        (case,) = found(given, groups=[("Mine", "width 1")])["unequal_tuning"].cases

        assert case == UnequalTuning((SearchChoice("Mine", "Width", 3, "source"),), ("width 1",))

    def test_variants_of_which_none_or_all_were_searched_for_are_tuned_alike(self):
        both = searched(search(self.ERRORS, published=2), candidate(2), variant("b"), variant("c"))

        groups = [("width 2", "Width, chosen on validation"), ("b", "c")]

        assert "unequal_tuning" not in found(both, groups=groups)

    def test_one_candidate_is_no_tuning(self):
        given = searched(search(((0.1, 0.1),)), variant("rival"))

        assert not {"unequal_tuning", "choice_on_test"} & set(found(given))

    def test_a_choice_on_test_beside_the_fair_one_has_its_gain(self):
        finding = found(searched(search(self.ERRORS, published=3), candidate(3)))["choice_on_test"]

        # On validation the second is chosen, 0.25 on test; on test the third, 0.2.
        assert finding.cases == (
            ChoiceOnTest("Width", 3, BEST, decides=False, gain=0.05, variants=("width 3",)),
        )
        assert finding.severity == "caution"

    def test_a_search_that_decides_on_test_is_grave(self):
        finding = found(searched(search(self.ERRORS, choose=(BEST,)), variant("rival")))

        (case,) = finding["choice_on_test"].cases
        assert (case.decides, case.gain) == (True, None)
        assert case.variants == ("Width, chosen on test",)
        assert finding["choice_on_test"].severity == "grave"

    def test_a_search_that_runs_on_has_no_gain_yet(self):
        begun = searched(search((self.ERRORS[0], None, None)), variant("rival"))

        (case,) = found(begun)["choice_on_test"].cases

        assert (case.candidates, case.gain) == (3, None)

    def test_a_search_that_looks_at_no_test_data_is_not_told(self):
        fair = searched(search(self.ERRORS, choose=(ON_VALIDATION,)), variant("rival"))

        assert "choice_on_test" not in found(fair)


def test_findings_come_the_gravest_first_and_their_cases_the_largest_first() -> None:
    histories = {
        variant("small gain"): (trial((0.1, 0.12)),) * 8,
        variant("large gain"): (trial((0.1, 0.15), parameters=300),) * 6 + (BROKEN,) * 2,
        variant("few"): (trial(),) * 5 + (None,) * 3,
    }

    findings = audit(results(histories))

    severities = ["grave", "caution", "note"]
    assert [f.severity for f in findings] == sorted(
        (f.severity for f in findings), key=severities.index
    )
    assert {f.kind: f.severity for f in findings} == {
        "diverged": "grave",
        "few_rounds": "caution",
        "uneven_rounds": "note",
        "unequal_sizes": "caution",
        "flattery": "note",
    }
    by_kind = {f.kind: f.variants for f in findings}
    assert by_kind["flattery"] == ("large gain", "small gain")
    assert by_kind["unequal_sizes"] == ("small gain", "large gain")


def test_the_same_results_give_the_same_findings_and_are_left_as_they_were() -> None:
    given = results({variant("a"): (trial((0.1, 0.12)),) * 3, variant("b"): (None,) * 3})
    before = replace(given)

    assert audit(given) == audit(given)
    assert given == before


class TestIdentical:
    def test_variants_that_are_trained_alike_are_told_in_groups(self):
        one, other = Adam(lr=0.1), Adam(lr=0.2)
        variants = (
            variant("a", optimizer=one),
            variant("b", optimizer=other),
            variant("c", optimizer=one, rounds=2),
            variant("d", optimizer=other, note="d"),
            variant("e"),
        )
        alike = found(results({v: [trial()] for v in variants}))["identical"]
        assert [case.variants for case in alike.cases] == [("a", "c"), ("b", "d")]
        assert alike.severity == "grave"

    def test_none_is_told_where_all_differ(self):
        variants = (variant("a"), variant("b"))
        assert "identical" not in found(results({v: [trial()] for v in variants}))

    def test_what_a_search_chose_may_be_one_of_the_declared(self):
        declared, winner = variant("a"), variant("a").replace(name="w")
        both = results({v: [trial()] for v in (declared, winner)})
        assert "identical" in found(both)
        alone = both.declared.replace(variants=(declared,))
        assert "identical" not in found(replace(both, declared=alone))


AVERAGED = {
    "flattery": Flattery,
    "unconverged": Unconverged,
    "overfit": Overfit,
    "odd_habit": OddHabit,
}


class TestFolds:
    """Folds of one draw share examples: what is sure is so over draws."""

    FOLDS = 3
    SIX = (0.0, 0.001, 0.002, 0.003, 0.004, 0.005)
    HABIT = Recipe(epochs=10, evaluate_in_train_mode=True)

    def trials(self, kind: str, more: float) -> dict[Variant, History]:
        """Return a trial of each variant that give a finding, the larger the more."""
        match kind:
            case "flattery":
                return {variant(): trial((0.1, 0.12 + more), validation=(0.2, 0.1))}
            case "unconverged":
                return {variant(): trial(line(0.5, -0.012 - more), loss=line(1.0, -0.05))}
            case "overfit":
                losses = [loss + more * (e > 6) for e, loss in enumerate(TestOverfit.LOSS)]
                return {variant(): trial(line(0.3, more / 100), test_loss=losses)}
            case _:
                proper = variant("proper")
                habit = variant("habit", recipe=self.HABIT, optimizer=proper.optimizer)
                return {proper: trial((0.2 - more / 10,)), habit: trial((0.25 + more,))}

    def case(self, kind: str, rounds: Sequence[float | None], folds: int) -> Case | None:
        """Return what is found of a kind in rounds with more or less of it; None has not run."""
        each = [None if more is None else self.trials(kind, more) for more in rounds]
        histories = {v: [a and a[v] for a in each] for v in self.trials(kind, 0.0)}
        task = TASK if folds == 1 else KFold(TASK, folds)
        finding = found(results(histories, task=task)).get(kind)
        return finding and finding.cases[0]

    def folded(self, draws: Sequence[float], apart: float = 0.0) -> list[float]:
        return [more + apart * fold for more in draws for fold in (-1, 0, 1)]

    @staticmethod
    def summaries(case: Case | None) -> list[Summary]:
        assert case is not None
        held = (getattr(case, field.name) for field in fields(case))
        return [one for one in held if isinstance(one, Summary)]

    def test_every_finding_with_a_mean_is_here(self):
        with_means = {
            kind for kind in get_args(Case) if any("Summary" in str(f.type) for f in fields(kind))
        }
        assert with_means == set(AVERAGED.values())

    @pytest.mark.parametrize("kind", AVERAGED)
    @pytest.mark.parametrize("apart", [0.0, 0.002], ids=["folds alike", "folds apart"])
    def test_the_interval_is_that_of_the_draws_alone(self, kind: str, apart: float):
        alone = self.case(kind, self.SIX, folds=1)
        case = self.case(kind, self.folded(self.SIX, apart), folds=self.FOLDS)

        assert isinstance(case, AVERAGED[kind])
        assert (alone.unit, case.unit) == ("round", "draw")
        for one, other in zip(self.summaries(case), self.summaries(alone), strict=True):
            assert (one.n, other.n) == (6, 6)
            assert (one.mean, one.sd) == pytest.approx((other.mean, other.sd), abs=1e-9)
            assert one.interval == pytest.approx(other.interval, abs=1e-9)

    @pytest.mark.parametrize("kind", AVERAGED)
    def test_a_draw_of_which_a_fold_lacks_is_left_out(self, kind: str):
        draws = self.folded((*self.SIX, 0.09))
        whole = self.case(kind, self.folded(self.SIX), folds=self.FOLDS)
        broken = self.case(kind, [*draws[:-1], None], folds=self.FOLDS)

        assert self.summaries(broken) == self.summaries(whole)

    @pytest.mark.parametrize("kind", AVERAGED)
    def test_five_draws_are_sure_of_nothing(self, kind: str):
        case = self.case(kind, self.folded(self.SIX[:5]), folds=self.FOLDS)

        if kind in {"unconverged", "odd_habit"}:  # Told of single rounds, and however small.
            assert {(one.n, one.interval) for one in self.summaries(case)} == {(5, None)}
        else:
            assert case is None

    def test_a_slow_fold_is_named_before_any_draw_has_run_whole(self):
        case = self.case("unconverged", (0.0, None, None), folds=self.FOLDS)

        assert isinstance(case, Unconverged)
        assert case.rounds == ((1, pytest.approx(0.036)),)
        assert (case.gain.mean, case.size) == (None, 0.0)

    @pytest.mark.parametrize(
        ("rounds", "n", "sure"), [(5, 5, False), (10, 10, False), (30, 30, True)], ids=str
    )
    def test_a_search_describes_folds_and_is_sure_of_draws_alone(
        self, rounds: int, n: int, sure: bool
    ):
        folds = 10 if rounds == 10 else 5
        declared = Search(
            name="Width",
            task=KFold(TASK, folds),
            rounds=rounds,
            candidates=grid(candidate, {"width": (1, 2)}),
        )
        errors = [0.1 + number / 100 for number in range(rounds)]
        tried = Tried(declared.tried[0], tuple(trial(validation=(e,)) for e in errors))
        summary = SearchResults(declared, (tried,)).summary(tried, ON_VALIDATION)

        assert (summary.n, summary.mean) == (n, pytest.approx(sum(errors) / n))
        assert summary.sd is not None
        assert (summary.interval is not None) == sure
        if summary.interval is not None:
            # Means of draws lie 0.05 apart: their sd is that times the root of 3.5.
            half = 2.570582 * 0.05 * 3.5**0.5 / 6**0.5
            assert summary.interval[1] - summary.interval[0] == pytest.approx(2 * half)
