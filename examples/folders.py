"""Do convolutions see shapes that a linear model cannot? Colour images in a folder per class."""

from pathlib import Path

from bakeoff import *

SHAPES = ImageFolder(Path(__file__).parent / "shapes")  # circle/, square/, triangle/


def variant(name: str, *layers: Layer) -> Variant:
    network = Network(*layers, Linear(3), Head("label"), input=(3, 16, 20))
    return Variant(
        name=name, model=network, optimizer=Adam(lr=3e-3), recipe=Recipe(epochs=20, batch=10)
    )


def block(channels: int) -> tuple[Layer, ...]:
    return Conv(channels, kernel=3), BatchNorm(), ReLU(), MaxPool(2)


study = Study(
    name="shapes",
    task=Classification(SHAPES, train=80, test=40, stratify=True, metrics=(MacroF1(),)),
    rounds=10,
    variants=(variant("linear"), variant("convolutions", *block(16), *block(32))),
    claims=(Claim(id="1", quote="They do.", test=Better("convolutions", than="linear", by=0.1)),),
)
