"""Searches lay out candidates, name what cannot be, and refuse what has no answer."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.data.tasks import DigitPairs, KFold
from bakeoff.errors import SpecError
from bakeoff.models.layers import Conv, Dropout, Linear, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.study.published import Quantity
from bakeoff.study.search import (
    Candidate,
    LogUniform,
    Search,
    count_parameters,
    grid,
    random_search,
)
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import search_trials, trials
from bakeoff.study.variant import Variant
from bakeoff.training.optimizers import Adam
from bakeoff.training.recipe import Recipe

TASK = DigitPairs(train=20, validation=10, test=10)


def mlp(width: int = 4, dropout: bool = False, lr: float = 1e-3) -> Variant:
    drop = (Dropout(0.5),) if dropout else ()
    return Variant(
        name="mlp",
        model=Network(Linear(width), ReLU(), *drop, Linear(2), Head("comparison")),
        optimizer=Adam(lr=lr),
    )


def cnn(kernel: int) -> Variant:
    return Variant(name="cnn", model=Network(Conv(2, kernel), Linear(2), Head("comparison")))


def search(candidates=None, **fields):
    given = {"name": "s", "task": TASK, "candidates": candidates or grid(mlp, {"width": (2, 3)})}
    return Search(**(given | fields))


class TestGrid:
    def test_every_combination_is_a_candidate_the_last_factor_fastest(self):
        found = grid(mlp, {"width": (2, 3), "dropout": (True, False)})
        assert [c.values for c in found] == [
            (("width", 2), ("dropout", True)),
            (("width", 2), ("dropout", False)),
            (("width", 3), ("dropout", True)),
            (("width", 3), ("dropout", False)),
        ]
        assert found[1].variant == mlp(width=2, dropout=False)
        assert found[0].label == "width 2, dropout yes"

    def test_what_cannot_be_made_is_a_candidate_with_its_reason(self):
        found = grid(cnn, {"kernel": (3, 14, 15)})
        assert [c.variant is None for c in found] == [False, False, True]
        assert "window of 15 is larger than its input of 14" in found[2].infeasible
        named = tuple(candidate.on(TASK) for candidate in found)
        assert search(found).tried == named[:2]
        assert search(found).infeasible == named[2:]

    @pytest.mark.parametrize(
        ("factors", "message"),
        [
            ({}, "a search over mlp has no factors"),
            ({"widht": (1,)}, r"mlp has no parameter 'widht'; .*'width'.* It takes width, dropout"),
            ({"width": ()}, r"the factor 'width' .* is given \(\); it needs a tuple of one value"),
            ({"width": "23"}, "the factor 'width' .* is given '23'"),
        ],
    )
    def test_factors_that_say_nothing_are_refused(self, factors, message):
        with pytest.raises(SpecError, match=message):
            grid(mlp, factors)

    def test_an_error_that_is_not_the_candidates_comes_through(self):
        def broken(width):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            grid(broken, {"width": (1,)})


class TestRandomSearch:
    @given(st.integers(1, 30), st.integers(0, 5))
    def test_it_draws_as_many_as_asked_for_none_twice(self, number, seed):
        factors = {"width": (2, 3, 4), "lr": LogUniform(1e-4, 1e-1)}
        found = random_search(mlp, factors, number=number, seed=seed)
        assert len({c.values for c in found}) == len(found) == number
        for candidate in found:
            values = dict(candidate.values)
            assert values["width"] in {2, 3, 4}
            assert 1e-4 <= values["lr"] <= 1e-1
            assert candidate.variant == mlp(**values)

    @given(st.integers(1, 30))
    def test_a_small_space_is_drawn_whole(self, number):
        found = random_search(mlp, {"width": (2, 3, 4), "dropout": (True, False)}, number=number)
        assert len({c.values for c in found}) == len(found) == min(number, 6)

    def test_the_seed_decides(self):
        factors = {"lr": LogUniform(1e-4, 1e-1)}
        one, same, other = (random_search(mlp, factors, number=4, seed=seed) for seed in (0, 0, 1))
        assert one == same != other

    def test_every_decade_is_as_likely(self):
        found = random_search(mlp, {"lr": LogUniform(1e-4, 1e-1)}, number=300)
        rates = [dict(c.values)["lr"] for c in found]
        ends = (1e-4, 1e-3, 1e-2, 1e-1)
        counts = [sum(a <= rate < b for rate in rates) for a, b in pairwise(ends)]
        assert all(70 <= n <= 130 for n in counts)

    @pytest.mark.parametrize("number", [0, -1])
    def test_none_are_refused(self, number):
        with pytest.raises(SpecError, match=f"number is {number}; it must be 1 or more"):
            random_search(mlp, {"width": (2,)}, number=number)

    def test_ends_the_wrong_way_round_are_refused(self):
        with pytest.raises(SpecError, match="low must be below high"):
            LogUniform(1.0, 0.1)


class TestSearch:
    def test_a_span_of_parameters_leaves_out_without_training(self):
        found = search(grid(mlp, {"width": (1, 2, 3, 4)}), parameters=(700, 1200))
        assert [count_parameters(c.variant.model) for c in found.candidates] == [
            397,
            792,
            1187,
            1582,
        ]
        assert [dict(c.values)["width"] for c in found.tried] == [2, 3]
        assert [dict(c.values)["width"] for c in found.outside] == [1, 4]

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ({"candidates": ()}, "search 's' has no candidates"),
            (
                {"parameters": (800, 900)},
                "no candidate has 800 to 900 parameters; the nearest have 792 and 1,187",
            ),
            ({"parameters": (1, 9)}, "the nearest have 792\\. Widen|the nearest have 792"),
            ({"candidates": grid(cnn, {"kernel": (20,)})}, "no candidate can be made: .*window"),
            ({"task": TASK.replace(validation=0)}, "the validation split, which its task does not"),
            (
                {"choose": (Quantity(split="test", selection="best_on_validation"),)}
                | {"task": TASK.replace(validation=0)},
                "the validation split",
            ),
            ({"choose": ()}, "choose"),
            ({"published": (("wdth", 3),)}, "the published choice names 'wdth'"),
            ({"name": ""}, "name"),
        ],
    )
    def test_what_has_no_answer_is_refused(self, fields, message):
        given = {"name": "s", "task": TASK, "candidates": grid(mlp, {"width": (2, 3)})} | fields
        with pytest.raises(SpecError, match=message):
            Search(**given)

    def test_the_trials_are_those_of_any_variant(self):
        study = Study(name="s", task=TASK, variants=(mlp(3),), rounds=2, searches=(search(),))
        found = search_trials(study, study.searches[0], data="d")
        assert [(c.label, t.round) for c, t in found] == [("width 2", 0), ("width 3", 0)]
        at_end = study.replace(variants=(mlp(3).replace(recipe=Recipe(epochs=25, evaluate=())),))
        assert found[1][1].key() == trials(at_end, data="d")[0][1].key()

    @pytest.mark.parametrize(
        ("choose", "measured"),
        [
            ((Quantity(split="validation"), Quantity()), ()),
            ((Quantity(split="validation"), Quantity(selection="best_on_test")), ("test",)),
            ((Quantity(split="test", selection="best_on_validation"),), ("validation", "test")),
        ],
    )
    def test_a_search_measures_after_each_epoch_what_its_choice_reads(self, choose, measured):
        tried = search(choose=choose, epochs=5)
        for candidate in tried.tried:
            recipe = tried.trained(candidate).recipe
            assert (recipe.evaluated, recipe.epochs) == (measured, 5)
            assert tried.winner(candidate).recipe == candidate.variant.recipe
        study = Study(name="s", task=TASK, variants=(mlp(3),), searches=(tried,))
        for _, trial in search_trials(study, tried, data="d"):
            assert trial.setup.recipe.evaluated == measured

    def test_a_candidate_that_does_not_fit_the_task_is_refused(self):
        small = search(task=DigitPairs(train=20, validation=10, test=10, size=28))
        with pytest.raises(SpecError, match=r"search 's', width 2: variant 'mlp' takes inputs of"):
            Study(name="s", task=TASK, variants=(mlp(3),), searches=(small,))

    def test_two_searches_of_one_name_are_refused(self):
        with pytest.raises(SpecError, match="two searches called 's'"):
            Study(name="s", task=TASK, variants=(mlp(3),), searches=(search(), search()))

    def test_a_shortened_study_searches_less(self):
        wide = search(grid(mlp, {"width": tuple(range(1, 11))}), rounds=5)
        study = Study(name="s", task=TASK, variants=(mlp(3),), searches=(wide,))
        by = Overrides(rounds=2, most_epochs=1, candidates=3, examples=6)
        (short,) = study.overridden(by).searches
        assert [dict(c.values)["width"] for c in short.tried] == [1, 4, 7]
        assert (short.rounds, short.task.sizes["train"]) == (2, 6)
        assert {c.variant.recipe.epochs for c in short.tried} == {1}
        assert study.overridden(Overrides(only=("mlp",))).searches == ()


class TestRounds:
    def test_a_variant_may_have_fewer_rounds(self):
        few = mlp(3).replace(name="few", rounds=1)
        study = Study(name="s", task=TASK, variants=(mlp(3), few), rounds=3)
        found = [(v.name, t.round) for v, t in trials(study, data="d")]
        assert found == [("mlp", 0), ("few", 0), ("mlp", 1), ("mlp", 2)]
        assert study.overridden(Overrides(rounds=5)).rounds_of(few) == 1
        assert (
            study.replace(variants=(few.replace(rounds=9),)).rounds_of(few.replace(rounds=9)) == 3
        )

    def test_most_epochs_never_lengthens(self):
        short = mlp(2).replace(name="short", recipe=Recipe(epochs=2))
        study = Study(name="s", task=TASK, variants=(mlp(3), short))
        found = study.overridden(Overrides(most_epochs=3)).variants
        assert [v.recipe.epochs for v in found] == [3, 2]
        found = study.overridden(Overrides(epochs=3)).variants
        assert [v.recipe.epochs for v in found] == [3, 3]


def test_a_model_of_ones_own_is_counted_by_building():
    from bakeoff.models.network import ModelSpec

    class Own(ModelSpec):
        def build(self):
            from torch import nn

            net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
            net[0].weight.requires_grad_(False)
            return net

    assert count_parameters(Own()) == 4 + 8 + 2


def test_cross_validation_chooses_by_the_held_out_fold():
    folds = search(task=KFold(TASK, folds=4), rounds=4)
    assert folds.task.sizes == {"train": 15, "validation": 5, "test": 10}


@pytest.mark.parametrize(
    "given",
    [
        {3, 4},
        frozenset({3}),
        {3: 1}.keys(),
        {3: 1},
        (n for n in (3, 4)),
        iter([3]),
        (),
        [],
        "ab",
        b"ab",
        3,
        None,
        (8, 16, 8),
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        (float("nan"),),
        (float("inf"),),
        (None,),
        ((1, 2),),
        np.array([1, 1]),
        np.array([[1, 2]]),
    ],
    ids=lambda given: type(given).__name__,
)
@pytest.mark.parametrize("lay_out", [grid, partial(random_search, number=2)])
def test_values_without_an_order_twice_or_of_another_kind_are_refused(lay_out, given):
    with pytest.raises(SpecError, match="the factor 'width' of a search over mlp"):
        lay_out(mlp, {"dropout": (True,), "width": given})


def test_numpys_values_are_taken_as_pythons():
    found = grid(mlp, {"lr": np.array([0.1, 0.2]), "width": (np.int64(3),), "dropout": range(2)})
    assert [type(value) for _, value in found[0].values] == [float, int, int]
    assert len(grid(mlp, {"width": np.arange(1, 4)})) == 3
    taken = []

    def make(name):
        taken.append(name)
        return mlp()

    grid(make, {"name": (np.str_("a"), np.float32(0.5), np.bool_(False))})
    assert [type(value) for value in taken] == [str, float, bool]


@given(
    st.lists(st.floats(1e-9, 1e9) | st.integers(0, 99) | st.booleans(), min_size=1, unique=True),
    st.lists(
        st.text(st.characters(exclude_categories=["C"]), max_size=3) | st.integers(0, 9),
        min_size=1,
        unique=True,
    ),
)
def test_labels_tell_all_candidates_apart(values, others):
    def make(one, other):
        return mlp()

    labels = [c.label for c in grid(make, {"one": values, "other": others})]
    assert len(set(labels)) == len(labels) == len(values) * len(others)


@given(st.lists(st.lists(st.floats(1e-3, 0.9), min_size=1, unique=True), min_size=1, max_size=4))
def test_labels_tell_the_candidates_of_several_grids_apart(grids):
    def make(lr):
        return mlp(lr=lr)

    found = search(tuple(c for rates in grids for c in grid(make, {"lr": rates})))
    labels = [c.label for c in found.tried]
    assert len(set(labels)) == len(labels) == len({rate for rates in grids for rate in rates})


def test_equal_values_of_several_grids_are_told_apart_by_their_type():
    one = Candidate(values=(("width", 1),), variant=mlp(width=1))
    other = Candidate(values=(("width", True),), variant=mlp(width=2))
    real = Candidate(values=(("width", 1.0),), variant=mlp(width=3))
    assert len({c.label for c in search((one, other, real)).tried}) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((("width", 8),), (("width", 8),)),
        ((("a", "x, b y"), ("b", "z")), (("a", "x"), ("b", "y, b z"))),
    ],
)
def test_candidates_that_read_alike_and_train_apart_are_refused(one, other):
    made = tuple(
        Candidate(values=values, variant=mlp(width=width))
        for width, values in enumerate((one, other), start=1)
    )
    with pytest.raises(SpecError, match="search 's' has two candidates that read"):
        search(made)


@pytest.mark.parametrize("lay_out", [grid, partial(random_search, number=2)])
def test_whole_numbers_of_any_size_are_values(lay_out):
    def make(name):
        return mlp()

    assert len(lay_out(make, {"name": (1, 10**400)})) == 2


@pytest.mark.parametrize("given", [2.5, "2", None, (1,), float("nan")])
@pytest.mark.parametrize("argument", ["number", "seed"])
def test_what_is_no_whole_number_is_refused_by_a_random_search(argument, given):
    arguments = {"number": 1, "seed": 0} | {argument: given}
    with pytest.raises(SpecError, match=f"random_search: {argument} is .*whole number"):
        random_search(mlp, {"width": (1, 2, 3)}, **arguments)


def test_a_random_search_takes_numpys_whole_numbers():
    factors = {"lr": LogUniform(1e-3, 1), "width": (1, 2, 3)}
    plain = random_search(mlp, factors, number=5, seed=7)
    assert random_search(mlp, factors, number=np.int64(5), seed=np.int64(7)) == plain


def test_a_label_has_no_more_digits_than_it_takes():
    assert [c.label for c in grid(mlp, {"lr": (0.1, 1 / 3, 1e-3)})] == [
        "lr 0.1",
        "lr 0.333",
        "lr 0.001",
    ]
    assert [c.label for c in grid(mlp, {"lr": (0.1001, 0.1004)})] == ["lr 0.1001", "lr 0.1004"]


@given(st.lists(st.floats(1, 6), min_size=1, max_size=9, unique=True))
def test_candidates_that_train_the_same_are_one(widths):
    def rounded(width):
        return mlp(width=int(width)).replace(name=f"{width}")

    found = search(grid(rounded, {"width": widths}))
    distinct = list(dict.fromkeys(map(int, widths)))
    assert [c.variant.model for c in found.tried] == [mlp(width=n).model for n in distinct]
    assert len(found.tried) + len(found.repeated) == len(widths)
    study = Study(name="s", task=TASK, variants=(mlp(),), searches=(found,))
    keys = [trial.key() for _, trial in search_trials(study, found, data="")]
    assert len(set(keys)) == len(keys) == len(distinct)


def test_candidates_that_a_shorter_search_makes_equal_are_one():
    def long(epochs):
        return mlp().replace(recipe=Recipe(epochs=epochs))

    found = search(grid(long, {"epochs": (5, 6, 7)}))
    assert (len(found.tried), len(found.repeated)) == (3, 0)
    short = found.replace(epochs=2)
    assert (len(short.tried), len(short.repeated)) == (1, 2)
    limited = found.limited(Overrides(epochs=1))
    assert (len(limited.tried), len(limited.repeated)) == (1, 2)


@given(
    st.lists(st.floats(1, 6), min_size=1, max_size=9, unique=True),
    st.integers(1, 9),
    st.integers(1, 3),
)
def test_a_shorter_search_tries_no_candidate_twice_and_none_for_longer(widths, most, epochs):
    def rounded(width):
        return mlp(width=int(width)).replace(recipe=Recipe(epochs=3))

    whole = search(grid(rounded, {"width": widths}))
    short = whole.limited(Overrides(epochs=epochs, candidates=most))
    assert len(short.tried) == min(most, len(whole.tried))
    assert {c.label for c in short.tried} <= {c.label for c in whole.tried}
    assert {short.trained(c).recipe.epochs for c in short.tried} == {epochs}


@pytest.mark.parametrize("model", [mlp(), mlp(width=2)])
def test_a_variant_cannot_have_the_name_of_a_searchs_winner(model):
    taken = model.replace(name="s, chosen on validation")
    with pytest.raises(SpecError, match="'s, chosen on validation'.*rename"):
        Study(name="x", task=TASK, variants=(taken,), searches=(search(),))
    free = search(rerun=False)
    assert Study(name="x", task=TASK, variants=(taken,), searches=(free,)).variants == (
        taken.on(TASK),
    )
