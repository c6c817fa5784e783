"""Studies refuse what cannot run; trials are keyed by all that can change their result."""

import pytest

from bakeoff.data.metrics import Error, TopKAccuracy
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import SpecError, StudyError, unknown
from bakeoff.models.layers import Linear, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.studies import BUILT_IN
from bakeoff.study.published import Published
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import distinct, trials
from bakeoff.study.variant import Variant
from bakeoff.training.decision import CompareDigits, LargestLogit
from bakeoff.training.objective import BinaryCrossEntropy, CrossEntropy, L2Penalty, Objective
from bakeoff.training.optimizers import SGD, Adam
from bakeoff.training.recipe import Recipe

SMALL = Network(Linear(8), ReLU(), Linear(2), Head("comparison"))
TASK = DigitPairs(train=20, validation=10, test=10)


def study(*variants, **fields):
    return Study(**{"name": "s", "task": TASK, "variants": variants, "rounds": 3} | fields)


def variant(name="a", **fields):
    return Variant(**{"name": name, "model": SMALL} | fields)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: study(variant(), variant()), ["two variants", "'a'"]),
        (lambda: study(), ["Study.variants", "at least 1"]),
        (
            lambda: study(
                variant(objective=Objective(BinaryCrossEntropy(head="comparison", label="digits")))
            ),
            ["BinaryCrossEntropy", "cannot be trained on the label 'digits'", "(2, 10)"],
        ),
        (
            lambda: study(variant(), task=TASK.replace(metrics=(Error(), TopKAccuracy(5)))),
            ["TopKAccuracy() needs 6 classes", "'comparison' has 2"],
        ),
        (lambda: study(variant(), name="a b"), ["Study.name", "'a b'"]),
        (lambda: study(variant(), round=3), ["'round'", "did you mean 'rounds'"]),
        (
            lambda: variant(decision=LargestLogit("comparisons")),
            ["variant 'a'", "'comparisons'", "did you mean 'comparison'"],
        ),
        (
            lambda: study(
                variant(objective=Objective(CrossEntropy("comparison", label="comparisn")))
            ),
            ["variant 'a'", "'comparisn'", "did you mean 'comparison'"],
        ),
        (
            lambda: study(variant(objective=Objective(CrossEntropy("comparison", label="digits")))),
            ["variant 'a'", "(N, 2)", "(N, 2, 10)"],
        ),
        (
            lambda: study(variant(model=Network(Linear(2), Head("comparison"), input=(2, 28, 28)))),
            ["variant 'a'", "(2, 28, 28)", "(2, 14, 14)"],
        ),
    ],
)
def test_what_cannot_run_is_refused_when_the_study_is_built(make, words):
    with pytest.raises(SpecError) as error:
        make()
    for word in words:
        assert word in str(error.value)


def test_a_study_stands_for_every_variant_in_every_round_round_by_round():
    both = study(variant("a"), variant("b", optimizer=SGD(lr=0.1)))
    listed = [(v.name, t.round) for v, t in trials(both, data="d")]
    assert listed == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2), ("b", 2)]


@pytest.mark.parametrize("built_in", BUILT_IN, ids=lambda study: study.name)
def test_no_two_trials_of_a_built_in_study_share_a_key(built_in):
    assert len(distinct(t for _, t in trials(built_in, data="d"))) == sum(
        built_in.rounds_of(variant) for variant in built_in.variants
    )


def first(changed_study, data="d"):
    return trials(changed_study, data=data)[0][1]


@pytest.mark.parametrize(
    "changed",
    [
        lambda s: s.replace(seed=1),
        lambda s: s.replace(task=TASK.replace(validation=11)),
        lambda s: study(variant(model=Network(Linear(2), Head("comparison")))),
        lambda s: study(variant(optimizer=Adam(lr=1e-4))),
        lambda s: study(variant(recipe=Recipe(epochs=26))),
        lambda s: study(variant(objective=Objective(CrossEntropy("comparison", weight=2.0)))),
    ],
)
def test_whatever_can_change_a_result_changes_the_key(changed):
    plain = study(variant())
    assert first(changed(plain)).key() != first(plain).key()


def test_another_archive_or_device_is_another_trial():
    plain = study(variant())
    assert first(plain, data="other").key() != first(plain).key()
    on_gpu = trials(plain, data="d", device="cuda")[0][1]
    assert on_gpu.key() != first(plain).key()


@pytest.mark.parametrize(
    "changed",
    [
        lambda s: s.replace(name="t", title="T", rounds=9, assumptions=("x",)),
        lambda s: study(variant("b", note="n", published=(Published(mean=0.1),))),
        lambda s: study(variant("b", optimizer=SGD(lr=1.0)), variant("a")),
    ],
)
def test_what_is_only_said_about_a_trial_leaves_its_key(changed):
    plain = study(variant())
    keys = {t.key() for _, t in trials(changed(plain), data="d")}
    assert first(plain).key() in keys


def test_weights_are_seeded_by_study_round_and_model_alone():
    alike = study(
        variant("a"),
        variant("b", optimizer=SGD(lr=0.1)),
        variant("c", recipe=Recipe(epochs=3, batch=7)),
        variant("d", objective=Objective(CrossEntropy("comparison"), L2Penalty(0.1))),
    )
    given = [t for _, t in trials(alike, data="d")]
    rounds = {number: {t.weight_seed() for t in given if t.round == number} for number in (0, 1)}
    assert [len(seeds) for seeds in rounds.values()] == [1, 1]
    other = variant("e", model=Network(Linear(5), Linear(2), Head("comparison")))
    elsewhere = study(other), study(variant("a"), seed=1)
    seeds = {first(each).weight_seed() for each in elsewhere}
    assert len(seeds | rounds[0] | rounds[1]) == 4


def test_noise_has_a_stream_of_its_own_in_each_round():
    given = [t for _, t in trials(study(variant("a"), variant("b")), data="d")]
    assert given[0].noise_seed() == given[1].noise_seed()
    assert len({t.noise_seed() for t in given} | {t.weight_seed() for t in given}) == 2 * len(
        {t.round for t in given}
    )


def test_a_shortened_study_has_fewer_rounds_epochs_and_variants():
    both = study(variant("a"), variant("b"))
    short = both.overridden(Overrides(rounds=2, epochs=3, only=("b",)))
    assert (short.rounds, [v.name for v in short.variants]) == (2, ["b"])
    assert short.variants[0].recipe.epochs == 3
    assert both.overridden(Overrides()) == both
    assert str(Overrides(rounds=2, only=("a", "b"))) == "rounds 2, only a, b"


def test_a_name_where_there_are_none_is_refused_without_a_list():
    assert unknown("search", "grid", ()) == "no search is called 'grid'. There are none."


def test_an_unknown_variant_is_refused_with_the_nearest_name():
    with pytest.raises(StudyError, match="'bbb'.*did you mean 'bb'"):
        study(variant("a"), variant("bb")).overridden(Overrides(only=("bbb",)))


def test_a_decision_that_cannot_read_its_head_is_refused():
    model = Network(Linear(2), Head("comparison"))
    wrong = Variant(name="a", model=model, decision=CompareDigits("comparison"))
    with pytest.raises(SpecError, match=r"head 'comparison' has shape \(N, 2\); CompareDigits"):
        Study(name="s", task=TASK, variants=(wrong,))
