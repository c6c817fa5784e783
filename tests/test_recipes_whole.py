"""Recipes from declaration to report: looked over, trained on any data, told to the reader."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from bakeoff.reporting.text.audit import notice
from sklearn.linear_model import LogisticRegression

import bakeoff
from bakeoff import (
    EMA,
    SGD,
    SWA,
    AdamW,
    Affine,
    Augmentation,
    BatchNorm,
    Better,
    Claim,
    Classification,
    Conv,
    Cosine,
    Crop,
    CrossEntropy,
    DigitPairs,
    Elastic,
    Ensemble,
    Erasing,
    Estimator,
    Flatten,
    Flip,
    FromFunction,
    Head,
    ImageFolder,
    KFold,
    Linear,
    MaxPool,
    Mixup,
    Network,
    Objective,
    ParameterGroup,
    Patience,
    PerImage,
    Phase,
    Recipe,
    ReduceOnPlateau,
    ReLU,
    Schedule,
    Stopping,
    Study,
    SwapImages,
    Variant,
    Views,
    Warmup,
)
from bakeoff.errors import SpecError
from bakeoff.reporting.page import Page
from bakeoff.training.averaging import Averaging
from bakeoff.training.optimizers import Optimizer

SIAMESE = Network(
    *(PerImage(Conv(4, kernel=3), BatchNorm(), ReLU(), MaxPool(2), Linear(10)), Head("digits")),
    *(Flatten(), Linear(2), Head("comparison")),
)
BOTH = Objective(CrossEntropy("comparison"), CrossEntropy("digits"))
ADAMW = AdamW(lr=1e-2)
DIGITS = Phase(objective=CrossEntropy("digits"), epochs=2, schedule=Cosine())
PAIRS = DigitPairs(train=60, validation=20, test=30)
RECIPES = {
    "plain": {},
    "augmented": {"augmentation": (Affine(rotation=10), Elastic(), Crop(padding=1), SwapImages())},
    "mixed": {"augmentation": (Mixup(), Erasing(), Flip())},
    "averaged": {"averaging": EMA(decay=0.9), "schedule": Warmup(0.2, then=Cosine())},
    "at the end": {"averaging": SWA(), "clip": 1.0},
    "digits first": {"before": (DIGITS,)},
    "seen often": {"views": Views(augmentation=(Affine(shift=0.05),), number=3)},
    "patient": {"stopping": Patience(epochs=1), "schedule": ReduceOnPlateau(patience=1)},
}


def variant(name, model=SIAMESE, optimizer=ADAMW, objective=BOTH, **fields):
    recipe = Recipe(**{"epochs": 3, "batch": 20} | fields)
    return Variant(name=name, model=model, objective=objective, optimizer=optimizer, recipe=recipe)


def study(*variants, **fields):
    return Study(**{"name": "s", "task": PAIRS, "variants": variants, "rounds": 2} | fields)


def ran(given, folder, **asked):
    with ThreadPoolExecutor(1) as executor:
        return bakeoff.run(given, store=folder / "s.db", executor=executor, jobs=1, **asked)


def found(given):
    with ThreadPoolExecutor(1) as executor:
        return bakeoff.check(given, executor=executor)


EVERY = (
    *(variant(name, **fields) for name, fields in RECIPES.items()),
    variant("three", Ensemble(model=SIAMESE, members=3)),
    variant("grouped", optimizer=SGD(lr=0.1, groups=(ParameterGroup(layer="Conv2d", lr=0.0),))),
)


def test_a_report_tells_what_each_variant_declares(tmp_path):
    claims = (
        Claim(id="1", quote="It helps.", test=Better("mixed", than="plain")),
        Claim(id="2", quote="They help.", test=Better("three", than="augmented")),
    )
    results = ran(study(*EVERY, claims=claims), tmp_path, rounds=1)
    texts = {}
    for ending in ("md", "html", "tex", "json", "csv"):
        bakeoff.report(results, tmp_path / f"r.{ending}")
        texts[ending] = (tmp_path / f"r.{ending}").read_text()
    lines = texts["md"].splitlines()
    for line in (
        "- Epochs: 3 and 5",
        "- Stopping early: Patience(epochs=1) (patient)",
        "- Schedule: Warmup(0.2, then=Cosine()) (averaged)",
        "- Longest gradient: 1.0 (at the end)",
        "- Augmentation: Affine(rotation=10.0), Elastic(), Crop(padding=1), SwapImages() "
        "(augmented)",
        "- Augmentation: Mixup(), Erasing(), Flip() (mixed)",
        "- Weight averaging: EMA(decay=0.9) (averaged)",
        "- Views: Views(augmentation=(Affine(shift=0.05),), number=3) (seen often)",
    ):
        assert line in lines
    assert (
        "- Earlier phases: Phase(objective=Objective(CrossEntropy('digits')), epochs=2"
        in (texts["md"])
    )
    for said in (
        "If a recipe has views, it is that of the mean answer",
        "If weights are averaged, all figures and curves are those of the average.",
        "If a recipe has earlier phases, epochs are counted from the first of them",
    ):
        assert said in texts["html"]
    assert "recipe.augmentation" in texts["csv"].splitlines()[0]
    # What a comparison is about is no finding; what it is not about is one.
    (unequal,) = [each for each in Page(results).findings if each.kind == "unequal_setting"]
    assert {case.setting for case in unequal.cases} == {"augmentation"}
    assert notice(unequal, results.study).text == (
        "three trains without augmentation and augmented with Affine(rotation=10.0), Elastic(), "
        "Crop(padding=1), SwapImages()."
    )
    shown = {row.variant: row.epochs for row in Page(results).table.rows}
    assert shown["digits first"] == 5
    assert shown["plain"] == 3


def test_a_short_look_at_every_ingredient_is_short(tmp_path):
    results = ran(study(*EVERY), tmp_path, quick=True)
    for each in results.study.variants:
        (history,) = results.of(each)
        assert history.status == "finished"
        assert history.epochs <= 3


def colours():
    rng = np.random.default_rng(0)
    kinds = np.arange(90) % 3
    return rng.normal(0, 0.3, (90, 3, 9, 12)).astype(np.float32) + kinds[:, None, None, None], kinds


def of_colours(layer=3):
    return Network(
        *(Conv(4, kernel=3), BatchNorm(), ReLU(), MaxPool(2), Linear(layer), Head("label")),
        input=(3, 9, 12),
    )


def test_images_in_colour_and_their_folds(tmp_path):
    task = Classification(FromFunction(colours), train=45, validation=15, test=30)
    fields = {
        "augmentation": (*(Affine(shear=5), Elastic(), Crop(size=8), Flip(), Erasing()), Mixup()),
        "averaging": SWA(),
        "views": Views(augmentation=(Flip(),), number=2),
    }
    one = variant(
        "one", Ensemble(model=of_colours()), objective=Objective(CrossEntropy()), **fields
    )
    for given in (task, KFold(task, folds=3)):
        results = ran(study(one, task=given), tmp_path)
        assert all(
            history.status == "finished" for history in results.of(results.study.variants[0])
        )
    with pytest.raises(SpecError, match="swaps the images of pairs, which KFold does not show"):
        study(
            variant(
                "two",
                of_colours(),
                objective=Objective(CrossEntropy()),
                augmentation=(SwapImages(),),
            ),
            task=KFold(task, folds=3),
        )


def test_folders_of_colour_images(tmp_path):
    from PIL import Image

    images, kinds = colours()
    for place, (image, kind) in enumerate(zip(images, kinds, strict=True)):
        folder = tmp_path / "images" / f"kind {kind}"
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.clip(image.transpose(1, 2, 0) * 60 + 60, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{place}.png")
    task = Classification(ImageFolder(str(tmp_path / "images")), train=45, validation=15, test=30)
    shape = task.input_shape
    assert len(shape) == 3
    network = Network(Linear(3), Head("label"), input=shape)
    one = variant(
        "one", network, objective=Objective(CrossEntropy()), augmentation=(Crop(padding=2), Flip())
    )
    assert all(h.status == "finished" for h in ran(study(one, task=task), tmp_path).of(one))


def test_folds_of_pairs_are_swapped_with_their_labels(tmp_path):
    folds = KFold(DigitPairs(train=60, test=20), folds=3)
    results = ran(study(variant("a", augmentation=(SwapImages(),)), task=folds), tmp_path)
    assert all(history.status == "finished" for history in results.of(results.study.variants[0]))


@pytest.mark.parametrize("field", [name for name in RECIPES if name != "plain"])
def test_an_estimator_has_none_of_it(field):
    with pytest.raises(SpecError, match="trains itself; the recipe's .* is for networks"):
        Variant(
            name="a",
            model=Estimator(LogisticRegression()),
            recipe=Recipe(epochs=3, **RECIPES[field]),
        )


DECLARED = """
from bakeoff import *

task = DigitPairs(train=40, validation=10, test=20)
net = Network(
    *(PerImage(Linear(10)), Head("digits")), *(Flatten(), Linear(2), Head("comparison"))
)
every = Recipe(
    epochs=4,
    batch=10,
    schedule=Warmup(9, then=ReduceOnPlateau()),
    stopping=Patience(epochs=2),
    augmentation=(Affine(), Elastic(), Crop(padding=1), Flip(), Erasing(), SwapImages(), Mixup()),
    averaging=EMA(),
    views=Views(augmentation=(Flip(),)),
    before=(Phase(objective=CrossEntropy("digits"), epochs=2),),
)
sgd = SGD(lr=0.1, groups=(ParameterGroup(name="no such", lr=0.0),))
model = Ensemble(model=net)
study = Study(
    name="every",
    task=KFold(task, folds=5),
    variants=(Variant(name="a", model=model, optimizer=sgd, recipe=every),),
)
"""


def command(folder, *words):
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, check=False
    )


def test_a_recipe_is_declared_without_torch(tmp_path):
    (tmp_path / "every.py").write_text(DECLARED + "import sys\nprint('torch' in sys.modules)\n")
    assert command(tmp_path, "every.py").stdout == "False\n"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ((), "no parameter fits ParameterGroup(name='no such', lr=0.0)"),
        (("--epochs", "2"), "it rises over 9 steps, and the training has 8"),
    ],
)
def test_the_command_refuses_in_a_sentence_before_training(tmp_path, asked, words):
    (tmp_path / "every.py").write_text(DECLARED)
    done = command(tmp_path, "-m", "bakeoff", "run", "every.py", *asked)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


# A look before training


class Late(Schedule):
    """It gives nonsense at its last step."""

    def rate(self, step, steps):
        return -1.0 if step == steps - 1 else 1.0


class Never(Stopping):
    def stops(self, scores):  # noqa: ARG002
        return None


class Twice(Averaging):
    def share(self, step, steps, epoch_steps):  # noqa: ARG002
        return 2.0


class Cropped(Augmentation):
    def apply(self, batch, draw):  # noqa: ARG002
        return replace(batch, inputs=batch.inputs[..., 2:])


class Undefined(Augmentation):
    def apply(self, batch, draw):  # noqa: ARG002
        return replace(batch, inputs=batch.inputs * float("nan"))


class Failing(Augmentation):
    def apply(self, batch, draw):  # noqa: ARG002
        raise ZeroDivisionError("no luck")


class OfItsOwn(Augmentation):
    """It draws from a generator that nobody seeds."""

    def apply(self, batch, draw):  # noqa: ARG002
        noise = np.random.default_rng().normal(size=tuple(batch.inputs.shape))
        return replace(batch, inputs=batch.inputs + torch.from_numpy(noise).float())


class Unbuilt(Optimizer):
    def build(self, parameters):  # noqa: ARG002
        raise ZeroDivisionError("no luck")


WRONG = {
    "schedule": ({"schedule": Late()}, r"Late\(\) gives -1\.0 at step 8 of 9"),
    "warmed": ({"schedule": Warmup(2, then=Late())}, r"gives -1\.0 at step 8 of 9"),
    "phase": ({"before": (DIGITS.replace(schedule=Late()),)}, r"gives -1\.0 at step 5 of 6"),
    "stopping": ({"stopping": Never()}, r"Never\(\) gives None; its stops must return"),
    "averaging": ({"averaging": Twice()}, r"Twice\(\) gives 2\.0 at step 0 of 9"),
    "shape": ({"augmentation": (Cropped(),)}, r"Cropped\(\) gives inputs of shape \(8, 2, 14, 12"),
    "NaN": ({"augmentation": (Flip(), Undefined())}, "inputs that hold NaN or infinity"),
    "error": ({"augmentation": (Failing(),)}, r"ZeroDivisionError: no luck \(test_recipes_whole"),
    "view": (
        {"views": Views(augmentation=(Undefined(),), number=2)},
        "inputs that hold NaN or infinity",
    ),
    "optimizer": ({"optimizer": Unbuilt()}, "ZeroDivisionError: no luck"),
    "group": (
        {"optimizer": SGD(lr=0.1, groups=(ParameterGroup(layer="Conv3d", lr=0.0),))},
        r"no parameter fits ParameterGroup\(layer='Conv3d', lr=0\.0\); there are ",
    ),
    "a phase's group": (
        {
            "before": (
                DIGITS.replace(optimizer=SGD(lr=1.0, groups=(ParameterGroup(name="x", lr=0.0),))),
            )
        },
        r"no parameter fits ParameterGroup\(name='x', lr=0\.0\)",
    ),
}


@pytest.mark.parametrize("part", WRONG)
def test_what_steers_training_is_asked_once_before_the_first_trial(tmp_path, part):
    fields, words = WRONG[part]
    with pytest.raises(bakeoff.CheckFailed, match=words) as refused:
        ran(study(variant("right"), variant("wrong", **fields)), tmp_path)
    (error,) = refused.value.findings
    assert (error.kind, error.variant) == ("code", "wrong")


def test_an_augmentation_that_nobody_seeds_cannot_be_repeated():
    (doubt,) = found(study(variant("wild", augmentation=(OfItsOwn(),))))
    assert (doubt.kind, doubt.variant) == ("unrepeatable", "wild")


def test_what_is_right_is_found_right():
    assert found(study(*EVERY)) == ()
