"""Is a hidden layer worth its weights on Fisher's irises? A table, four columns, three species."""

from pathlib import Path

from bakeoff import *

IRISES = Table(Path(__file__).with_name("iris.csv"), target="species")


def variant(name: str, *layers: Layer) -> Variant:
    network = Network(*layers, Linear(3), Head("label"), input=(4,))
    return Variant(
        name=name, model=network, optimizer=Adam(lr=0.02), recipe=Recipe(epochs=30, batch=15)
    )


study = Study(
    name="irises",
    task=Classification(IRISES, train=90, validation=20, test=40, stratify=True),
    rounds=10,
    variants=(variant("linear"), variant("hidden layer", Linear(16), ReLU())),
    claims=(Claim(id="1", quote="It is.", test=Better("hidden layer", than="linear")),),
)
