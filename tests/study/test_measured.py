"""What is measured after each epoch: what lacks a curve is told when a study is declared."""

import pytest

from bakeoff.claims.curves import RisesAgain
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import SpecError
from bakeoff.models.estimator import Estimator
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.claims import Claim
from bakeoff.study.figures import BoxFigure, Curve, CurvesFigure
from bakeoff.study.measured import curve_missing, quantity_missing
from bakeoff.study.published import Published, Quantity
from bakeoff.study.study import Study
from bakeoff.study.trial import trials
from bakeoff.study.variant import Variant
from bakeoff.training.augmentation import Mixup
from bakeoff.training.recipe import Recipe
from bakeoff.training.schedules import ReduceOnPlateau
from bakeoff.training.stopping import Patience

TASK = DigitPairs(train=20, validation=10, test=10)
BEST = Quantity(selection="best_on_test")
BEST_TRAIN = Quantity(split="train", selection="best_on_test")
BEST_VALIDATED = Quantity(selection="best_on_validation")


def variant(*evaluate, published=(), **recipe):
    return Variant(
        name="net",
        model=Network(Linear(2), Head("comparison")),
        recipe=Recipe(epochs=9, evaluate=evaluate, **recipe),
        published=published,
    )


def study(one, task=TASK, **fields):
    return Study(name="s", task=task, variants=(one,), **fields)


@pytest.mark.parametrize("given", ["test", "at_end", ["test"], ("tests",), (0,), None, ({},)])
def test_what_names_no_splits_is_refused_with_what_is_allowed(given):
    with pytest.raises(SpecError, match=r"Recipe\.evaluate: given .*, or \(\).*train, validation"):
        Recipe(epochs=1, evaluate=given)


def test_the_order_of_splits_is_no_difference():
    one, other = (Recipe(epochs=1, evaluate=e) for e in (("test", "train"), ("train", "test")))
    assert one == other
    assert one.evaluated == ("train", "test")


def test_what_is_gone_by_is_measured_as_well():
    assert Recipe(epochs=1).evaluated == ("test",)
    patient = Recipe(epochs=1, evaluate=(), stopping=Patience(epochs=1))
    assert patient.evaluated == ("validation",)
    assert patient.replace(schedule=ReduceOnPlateau(split="train")).evaluated == (
        *("train", "validation"),
    )


def test_what_is_measured_is_part_of_the_key():
    keys = {
        trial.key()
        for splits in ((), ("test",), ("validation", "test"))
        for _, trial in trials(study(variant(*splits), rounds=1), data="d")
    }
    assert len(keys) == 3


def test_arithmetic_counts_what_is_evaluated():
    def work(*splits, **recipe):
        ((_, trial),) = trials(study(variant(*splits, **recipe), rounds=1), data="d")
        return trial.multiply_adds() / trial.setup.model.multiply_adds()

    assert work() == 9 * 3 * 20 + 40
    assert work("train", "test") == work() + 8 * 30
    assert work(record="iterations") == work() - 20


@pytest.mark.parametrize(
    ("made", "curve", "asked"),
    [
        (variant("test"), ("error", "test"), None),
        (variant("test"), ("error", "train"), None),
        (variant("test", record="iterations"), ("error", "batch"), None),
        (variant(stopping=Patience(epochs=1)), ("loss", "validation"), None),
        (variant("test", augmentation=(Mixup(),)), ("loss", "train"), None),
        (variant("train", augmentation=(Mixup(),)), ("error", "train"), None),
        (variant(), ("error", "test"), ("test",)),
        (variant("test"), ("error", "validation"), ("validation", "test")),
        (variant("test", augmentation=(Mixup(),)), ("error", "train"), ("train", "test")),
    ],
)
def test_a_curve_that_is_not_measured_says_what_asks_for_it(made, curve, asked):
    reason = curve_missing(*curve, made, TASK)
    assert (reason == "") is (asked is None)
    if asked:
        assert f"not measured on {curve[1]} after each epoch" in reason
        assert reason.endswith(f"evaluate={asked}")
        figure = CurvesFigure(title="Figure 1", variants=("net",), curves=(Curve(*curve),))
        with pytest.raises(SpecError, match="not measured"):
            study(made, figures=(figure,))
        better = made.replace(recipe=made.recipe.replace(evaluate=asked))
        assert study(better, figures=(figure,)).figures == (figure,)


@pytest.mark.parametrize(
    ("made", "quantity", "asked"),
    [
        (variant(), Quantity(split="validation"), None),
        (variant("test"), BEST, None),
        (variant("train", "test"), BEST_TRAIN, None),
        (variant("validation", "test"), BEST_VALIDATED, None),
        (variant(), BEST, ("test",)),
        (variant("test"), BEST_TRAIN, ("train", "test")),
        (variant("test"), BEST_VALIDATED, ("validation", "test")),
    ],
)
def test_a_figure_of_a_best_epoch_needs_both_splits_measured(made, quantity, asked):
    reason = quantity_missing(quantity, made, TASK)
    assert (reason == "") is (asked is None)
    if asked:
        assert reason.endswith(f"evaluate={asked}")
        figure = BoxFigure(title="Figure 1", variants=("net",), quantity=quantity)
        with pytest.raises(SpecError, match="not measured"):
            study(made, figures=(figure,))
        published = made.replace(published=(Published(mean=0.1, of=quantity),))
        with pytest.raises(SpecError, match=r"'net': published Quantity.*not measured"):
            study(published)


def test_a_claim_on_a_curve_needs_it():
    claim = Claim(id="1", quote="It overfits.", test=RisesAgain("net", after_epoch=3))
    with pytest.raises(SpecError, match=r"not measured on test .* evaluate=\('test',\)"):
        study(variant(), claims=(claim,))


def test_a_split_that_is_not_drawn_cannot_be_asked_for():
    blind = TASK.replace(validation=0)
    with pytest.raises(SpecError, match="to be measured on validation .* draws train, test alone"):
        study(variant("validation", "test"), task=blind)


def test_a_model_without_epochs_is_measured_at_the_end_alone():
    from sklearn.dummy import DummyClassifier

    dummy = Variant(name="net", model=Estimator(DummyClassifier()))
    assert quantity_missing(Quantity(split="train"), dummy, TASK) == ""
    assert "has no epochs" in quantity_missing(BEST, dummy, TASK)
