"""A report's figures as declared: what a study does not have is refused when it is built."""

import pytest

from bakeoff.data.tasks import DigitPairs, Digits
from bakeoff.errors import SpecError
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, ModelSpec, Network, PerImage
from bakeoff.studies import BUILT_IN
from bakeoff.study.figures import (
    BoxFigure,
    Curve,
    CurvesFigure,
    FactorFigure,
    RoundsFigure,
    StructureFigure,
)
from bakeoff.study.published import Quantity
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import trials
from bakeoff.study.variant import Variant
from bakeoff.training.decision import LargestLogit
from bakeoff.training.objective import CrossEntropy, Objective
from bakeoff.training.recipe import Recipe

PLAIN = Network(Linear(2), Head("comparison"))
SIAMESE = Network(PerImage(Linear(10), Head("digits")), Linear(2), Head("comparison"))
BOTH = Objective(CrossEntropy("comparison"), CrossEntropy("digits"))
STEPS = Recipe(epochs=2, record="iterations")


class Own(ModelSpec):
    def build(self):
        raise NotImplementedError


VARIANTS = (
    Variant(name="plain", model=PLAIN),
    Variant(name="siamese", model=SIAMESE, objective=BOTH),
    Variant(name="steps", model=PLAIN, recipe=STEPS),
    Variant(name="own", model=Own()),
)


def study(*figures, **fields):
    task = DigitPairs(train=20, validation=0, test=10)
    given = {"name": "s", "task": task, "variants": VARIANTS, "figures": figures}
    return Study(**given | fields)


def declared(make):
    made = make()
    return study(*(made if isinstance(made, tuple) else (made,)))


def curves(*of, variants=("plain",), **fields):
    return CurvesFigure(title="Figure 2: curves", variants=variants, curves=of, **fields)


def boxes(*variants, title="Figure 3: boxes", **quantity):
    return BoxFigure(title=title, variants=variants, quantity=Quantity(**quantity))


def factor(*points, **fields):
    return FactorFigure(title="Figure 4: factor", factor="lambda", points=points, **fields)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: boxes("plane"), ["'Figure 3: boxes'", "variants", "'plane'", "'plain'"]),
        (lambda: boxes(), ["'Figure 3: boxes'", "variants is empty"]),
        (lambda: boxes("plain", "plain"), ["'Figure 3: boxes'", "variants", "'plain' twice"]),
        (lambda: boxes("plain", title="..."), ["BoxFigure.title", "'...'", "letter or a digit"]),
        (
            lambda: boxes("plain", split="validation"),
            ["'Figure 3: boxes'", "quantity", "'plain'", "validation", "draws train, test alone"],
        ),
        (
            lambda: boxes("plain", selection="best_on_validation"),
            ["'Figure 3: boxes'", "quantity", "chosen on validation"],
        ),
        (lambda: boxes("siamese", "plain", metric="digit_error"), ["'plain'", "digit_error"]),
        (lambda: boxes("siamese", metric="top5_error"), ["'siamese'", "no metric", "top5_error"]),
        (
            lambda: RoundsFigure(
                title="Figure 5", variants=("steps",), quantity=Quantity(split="train")
            ),
            ["'Figure 5'", "quantity", "'steps'", "records iterations"],
        ),
        (lambda: curves(), ["'Figure 2: curves'", "curves is empty", "Curve("]),
        (lambda: curves(Curve("loss", "test"), Curve("loss", "test")), ["curves", "twice"]),
        (
            lambda: curves(Curve("error", "batch")),
            ["'Figure 2: curves'", "curves", "'plain'", 'Recipe(record="iterations")'],
        ),
        (
            lambda: curves(Curve("digit_error", "batch"), variants=("steps",)),
            ["batches have loss and error", "digit_error"],
        ),
        (
            lambda: curves(Curve("error", "train"), Curve("error", "validation")),
            ["'plain'", "on validation", "draws train, test alone"],
        ),
        (lambda: curves(Curve("error", "test"), running_mean=5), ["running_mean", "'batch'"]),
        (lambda: curves(Curve("error", "test"), last_epoch=True), ["last_epoch", "'batch'"]),
        (lambda: curves(Curve("errors", "test")), ["curves", "'errors'", "did you mean 'error'"]),
        (lambda: factor(), ["'Figure 4: factor'", "points is empty"]),
        (lambda: factor((1.0, "plane")), ["'Figure 4: factor'", "points", "'plane'", "'plain'"]),
        (lambda: factor((2.0, "plain"), (1.0, "own")), ["points", "order"]),
        (lambda: factor((0.0, "plain"), log=True), ["points", "0 has no place", "log=False"]),
        (
            lambda: StructureFigure(title="Figure 6", variants=("own",)),
            ["'Figure 6'", "variants", "'own'", "Own", "Network"],
        ),
        (
            lambda: (boxes("plain"), boxes("own", title="Figure 3: others")),
            ["'Figure 3: boxes'", "'Figure 3: others'", "figure-3"],
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused_naming_figure_and_field(make, words):
    with pytest.raises(SpecError) as error:
        declared(make)
    for word in words:
        assert word in str(error.value)


def test_what_a_user_model_or_a_digit_head_has_can_be_drawn():
    study(
        boxes("own", "plain", split="train"),
        curves(Curve("digit_error", "test"), variants=("siamese",)),
        CurvesFigure(
            title="Steps",
            variants=("steps",),
            curves=(Curve("error", "batch"),),
            running_mean=20,
            last_epoch=True,
        ),
    )


def test_top_five_needs_more_than_five_classes():
    ten = Network(Linear(10), Head("digit"), input=(1, 28, 28))
    digit = Variant(
        name="digit",
        model=ten,
        objective=Objective(CrossEntropy("digit")),
        decision=LargestLogit("digit"),
    )
    study(boxes("digit", metric="top5_error"), task=Digits(), variants=(digit,))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Figure 4: accuracy against lambda", "figure-4"),
        ("Figures 5 and 6", "figure-figures-5-and-6"),
        ("Accuracy / width (%)", "figure-accuracy-width"),
        ("Größe: x", "figure-grösse"),
        ("../../etc/passwd", "figure-etc-passwd"),
        ("long " * 50, "figure-" + "-".join(["long"] * 12)),
    ],
)
def test_a_figure_is_named_after_its_number(title, name):
    assert boxes("plain", title=title).name == name


def test_a_shortened_study_drops_what_its_figures_can_no_longer_show():
    whole = study(
        boxes("plain", "siamese"),
        curves(Curve("error", "test"), variants=("siamese", "plain", "own")),
        factor((1.0, "plain"), (2.0, "siamese"), (3.0, "own")),
        StructureFigure(title="Figure 7", variants=("siamese",)),
    )

    short = whole.overridden(Overrides(only=("plain", "own")))

    assert [figure.shown for figure in short.figures] == [
        ("plain",),
        ("plain", "own"),
        ("plain", "own"),
    ]
    assert short.figures[2].points == ((1.0, "plain"), (3.0, "own"))
    assert whole.overridden(Overrides(rounds=1, epochs=1)).figures == whole.figures


def test_figures_are_only_said_about_a_study_and_leave_its_trials():
    keys = {trial.key() for _, trial in trials(study(), data="d")}
    assert keys == {trial.key() for _, trial in trials(study(boxes("plain")), data="d")}


@pytest.mark.parametrize("built_in", BUILT_IN, ids=lambda study: study.name)
def test_every_variant_of_a_published_figure_alone_still_makes_a_study(built_in):
    for figure in built_in.figures:
        short = built_in.overridden(Overrides(only=figure.shown[:1]))
        assert figure.name in [left.name for left in short.figures]
