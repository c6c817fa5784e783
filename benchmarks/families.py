"""The families of networks that the five reports train, one network of each."""

from __future__ import annotations

from dataclasses import dataclass

from bakeoff import (
    SGD,
    Adam,
    BatchNorm,
    CompareDigits,
    Conv,
    CrossEntropy,
    DigitPairs,
    Digits,
    Dropout,
    GlobalAveragePool,
    Head,
    LargestLogit,
    Layer,
    Linear,
    MaxPool,
    Network,
    Objective,
    PerImage,
    Recipe,
    ReLU,
    Residual,
    Study,
    Variant,
)
from bakeoff.studies import dinh_herve, dong
from bakeoff.study.study import Overrides
from bakeoff.training.recipe import Precision


@dataclass(frozen=True)
class Family:
    """A study of one variant or several, and how many epochs make a trial worth timing."""

    study: Study
    epochs: int = 2

    def shortened(self, rounds: int, *, test_alone: bool = False) -> Study:
        """A study of few rounds and epochs that evaluates all splits or test after each epoch."""
        study = self.study.overridden(Overrides(rounds=rounds, epochs=self.epochs))
        splits = ("test",) if test_alone else tuple(study.task.sizes)
        return study.replace(
            variants=tuple(
                v.replace(recipe=v.recipe.replace(evaluate=splits)) for v in study.variants
            )
        )


def only(study: Study, name: str, epochs: int = 2) -> Family:
    return Family(study.overridden(Overrides(only=(name,))), epochs)


def pairs(*layers: Layer, epochs: int = 2) -> Family:
    """A network on pairs, trained on the comparison."""
    model = Network(*layers, Linear(2), Head("comparison"))
    return _family(
        DigitPairs(), Variant(name="pairs", model=model, optimizer=Adam(lr=1e-3)), epochs
    )


def each(*layers: Layer, epochs: int = 2) -> Family:
    """A network on single digits of pairs, their comparison by arithmetic."""
    model = Network(PerImage(*layers, Linear(10)), Head("digits"))
    variant = Variant(
        name="each",
        model=model,
        objective=Objective(CrossEntropy("digits")),
        decision=CompareDigits(),
        optimizer=SGD(lr=0.05, momentum=0.9),
    )
    return _family(DigitPairs(), variant, epochs)


def single(*layers: Layer, precision: Precision = "float32") -> Family:
    """A network on single digits of 28x28; 3,000 of them stand for the 60,000."""
    variant = Variant(
        name="single",
        model=Network(*layers, Linear(10), Head("digit"), input=(1, 28, 28)),
        objective=Objective(CrossEntropy("digit")),
        decision=LargestLogit("digit"),
        optimizer=SGD(lr=0.1),
        recipe=Recipe(epochs=1, batch=128, precision=precision),
    )
    return _family(Digits(train=3000, test=1000), variant, epochs=1)


def _family(task: DigitPairs | Digits, variant: Variant, epochs: int) -> Family:
    return Family(Study(name="family", task=task, variants=(variant,)), epochs)


def normed(channels: int, kernel: int) -> tuple[Layer, ...]:
    return (Conv(channels, kernel, padding=kernel // 2), BatchNorm(), ReLU())


def basic(channels: int, kernel: int) -> tuple[Layer, ...]:
    inner = (*normed(channels, kernel), Conv(channels, kernel, padding=kernel // 2), BatchNorm())
    return (Residual(*inner), ReLU())


def bottleneck(channels: int, wide: int) -> tuple[Layer, ...]:
    inner = (*normed(channels, 1), *normed(channels, 3), Conv(wide, 1), BatchNorm())
    return (Residual(*inner, shortcut=(Conv(wide, 1), BatchNorm())), ReLU())


WIDE = (
    *(Conv(50, 3, padding=1), ReLU(), MaxPool(2)),
    *(Conv(100, 3, padding=1), ReLU(), MaxPool(2)),
)

FAMILIES = {
    "siamese ConvNet": only(dinh_herve.study, "Siamese ConvNet, sharing"),
    "naive ConvNet": only(dinh_herve.study, "Naive ConvNet"),
    "small CNN, no BN": pairs(
        *(Conv(8, 3, padding=1), ReLU()),
        *(Conv(16, 3, padding=1), ReLU(), MaxPool(2), Linear(100), ReLU()),
        epochs=25,
    ),
    "MLP": only(dinh_herve.study, "Naive MLP", epochs=25),
    "siamese MLP": only(dinh_herve.study, "Siamese MLP", epochs=25),
    "LeNet": each(
        *(Conv(6, 5, padding=2), BatchNorm(), ReLU(), MaxPool(2)),
        *(Conv(16, 5, padding=1), BatchNorm(), ReLU()),
        *(Linear(120), ReLU(), Linear(84), ReLU()),
        epochs=25,
    ),
    "ResNet k7": each(*normed(16, 7), *basic(16, 7), *basic(16, 7), GlobalAveragePool()),
    "AlexNet-like": each(
        *(Conv(32, 3, padding=1), ReLU(), MaxPool(2), Conv(96, 3, padding=1), ReLU(), MaxPool(2)),
        *(Conv(192, 3, padding=1), ReLU(), Conv(128, 3, padding=1), ReLU()),
        *(Conv(128, 3, padding=1), ReLU(), Linear(512), ReLU(), Dropout(0.5)),
        *(Linear(512), ReLU(), Dropout(0.5)),
    ),
    "28x28, 50/100 channels": single(*WIDE),
    "28x28, bfloat16": single(*WIDE, precision="bfloat16"),
    "bottleneck ResNet": single(
        *normed(32, 3), MaxPool(2), *bottleneck(32, 128), *bottleneck(32, 128), GlobalAveragePool()
    ),
    "dong, whole": Family(dong.study, epochs=5),
    "dinh-herve, Table 3": Family(
        dinh_herve.study.overridden(
            Overrides(
                only=(
                    *("Naive MLP", "Naive ConvNet", "Siamese ConvNet"),
                    *("Siamese ConvNet, sharing", "Siamese ConvNet, sharing, lambda 100"),
                )
            )
        ),
        epochs=10,
    ),
}
