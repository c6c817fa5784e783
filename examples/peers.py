"""What are published designs for comparing two digits worth, all trained and tested alike?"""

from bakeoff import *

FIRST = (Conv(6, kernel=5, padding=2), ReLU(), MaxPool(2), Conv(16, kernel=5, padding=1), ReLU())
LENET = (*FIRST, Linear(120), ReLU(), Linear(84), ReLU())
EACH = PerImage(*LENET, Linear(10), Head("digits"))

pair = Network(*LENET, Linear(2), Head("comparison"))
siamese = Network(EACH, Flatten(), Linear(20), ReLU(), Linear(2), Head("comparison"))
moved = (SwapImages(), Affine(rotation=10, shift=0.1))
both = Objective(CrossEntropy("comparison"), CrossEntropy("digits", weight=0.5))
named = {"objective": CrossEntropy("digits"), "decision": CompareDigits()}
recipe = Recipe(epochs=25, batch=32)

study = Study(
    name="peers",
    task=DigitPairs(metrics=(Accuracy(),)),
    variants=(
        Variant(name="LeNet", model=pair, recipe=recipe),
        Variant(name="LeNet, moved", model=pair, recipe=recipe.replace(augmentation=moved)),
        Variant(name="siamese, 0.5", model=siamese, objective=both, recipe=recipe),
        Variant(name="digits compared", model=Network(EACH), recipe=recipe, **named),
    ),
    claims=(
        Claim(id="1", quote="Moving helps.", test=Better("LeNet, moved", than="LeNet")),
        Claim(id="2", quote="Digits do.", test=Better("digits compared", than="siamese, 0.5")),
    ),
)
