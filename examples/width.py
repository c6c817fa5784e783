"""Does a wider hidden layer help to compare two digits, and does leaking?"""

from torch import nn

from bakeoff import Adam, Better, Claim, DigitPairs, ModelSpec, Recipe, Study, Variant


class Leaky(ModelSpec):
    """One hidden layer; `leak` is the slope of its activation below zero."""

    width: int
    leak: float = 0.0

    def build(self) -> nn.Module:
        return nn.Sequential(
            nn.Flatten(),
            nn.Linear(2 * 14 * 14, self.width),
            nn.LeakyReLU(self.leak),
            nn.Linear(self.width, 2),
        )


def variant(name: str, model: Leaky) -> Variant:
    return Variant(name=name, model=model, optimizer=Adam(lr=1e-3), recipe=Recipe(epochs=15))


study = Study(
    name="width",
    title="Width and leak of one hidden layer",
    task=DigitPairs(train=1000, test=1000),
    rounds=10,
    variants=(
        variant("20 units", Leaky(width=20)),
        variant("200 units", Leaky(width=200)),
        variant("200 units, leaky", Leaky(width=200, leak=0.1)),
    ),
    claims=(
        Claim(id="1", quote="Wider is better.", test=Better("200 units", than="20 units")),
        Claim(id="2", quote="Leaking helps.", test=Better("200 units, leaky", than="200 units")),
    ),
)
