"""The champion: how far 1,000 pairs go, and the ladder that leads there, a step at a time."""

from bakeoff import (
    EMA,
    Accuracy,
    AdamW,
    Affine,
    Augmentation,
    BatchNorm,
    Better,
    Claim,
    CompareDigits,
    Conv,
    CrossEntropy,
    DigitAccuracy,
    DigitPairs,
    Dropout,
    Elastic,
    Ensemble,
    Flatten,
    Gamma,
    Head,
    Layer,
    Linear,
    MaxPool,
    Network,
    Objective,
    OneCycle,
    PerImage,
    Reaches,
    Recipe,
    ReLU,
    Residual,
    Study,
    Variant,
    Views,
)
from bakeoff.studies import dinh_herve

METRICS = (Accuracy(), DigitAccuracy())
DIGITS = Objective(CrossEntropy("digits"))
SMOOTH = Objective(CrossEntropy("digits", smoothing=0.05))


def block(channels: int) -> tuple[Layer, ...]:
    """Returns a convolution that keeps the size, with batch norm and ReLU."""
    return (Conv(channels, kernel=3, padding=1, bias=False), BatchNorm(), ReLU())


def residual(channels: int) -> Residual:
    """Returns two blocks beside a shortcut."""
    return Residual(*block(channels), *block(channels))


def wide(width: int) -> Network:
    """Returns the network on each digit by itself: two stages with a residual, then ten logits."""
    return Network(
        PerImage(
            *(*block(width), *block(2 * width), MaxPool(2), residual(2 * width)),
            *(*block(4 * width), MaxPool(2), residual(4 * width)),
            *(MaxPool(3), Flatten(), Dropout(0.2), Linear(10), Head("digits")),
        )
    )


def moves(strength: float) -> tuple[Augmentation, ...]:
    """Returns an affine map and an elastic one; at strength 1 they are those of training."""
    return (
        Affine(
            rotation=14 * strength,
            shift=0.1 * strength,
            scale=0.15 * strength,
            shear=14 * strength,
        ),
        Elastic(displacement_sd=0.03 * strength),
    )


WIDTH = 16
EPOCHS = 100

plain = Recipe(epochs=50, batch=100, evaluate=())
auxiliary = dinh_herve.auxiliary(100.0).replace(
    name="dinh-herve's best", recipe=plain, rounds=10, published=(), note=""
)
longer = Recipe(epochs=EPOCHS, batch=50, evaluate=(), augmentation=(*moves(1.0), Gamma(most=0.5)))
cycle = longer.replace(schedule=OneCycle(peak_at=0.2, start=0.04, final=1e-4))
averaged = cycle.replace(averaging=EMA(decay=0.995))
viewed = averaged.replace(views=Views(augmentation=moves(0.4), number=16))


def step(
    name: str,
    *,
    recipe: Recipe,
    model: Network | Ensemble | None = None,
    objective: Objective = DIGITS,
    rounds: int | None = 10,
) -> Variant:
    """Returns a step of the ladder, which answers by comparing the digits that it names."""
    return Variant(
        name=name,
        model=model or wide(WIDTH),
        objective=objective,
        decision=CompareDigits(),
        optimizer=AdamW(lr=3e-3, weight_decay=0.05),
        recipe=recipe,
        rounds=rounds,
    )


LADDER = (
    auxiliary,
    auxiliary.replace(name="+ direct digits", objective=DIGITS, decision=CompareDigits()),
    step("+ width and residuals", recipe=plain),
    step("+ augmentation", recipe=longer),
    step("+ schedule", recipe=cycle, objective=SMOOTH),
    step("+ averaging", recipe=averaged, objective=SMOOTH),
    step("+ views", recipe=viewed, objective=SMOOTH),
    step(
        "Champion",
        recipe=viewed,
        objective=SMOOTH,
        model=Ensemble(wide(WIDTH), members=5),
        rounds=None,
    ),
)

GAINS = (
    ("+ direct digits", "Digits alone, compared, beat an auxiliary loss."),
    ("+ width and residuals", "A wider network with residuals beats it."),
    ("+ augmentation", "Twice the epochs in half the batches, on images moved anew, beat it."),
    ("+ schedule", "A learning rate of one cycle, with smoothed labels, beats a constant one."),
    ("+ averaging", "The moving average of the weights beats the last weights."),
    ("+ views", "The mean over sixteen views beats the image as it is."),
    ("Champion", "Five networks beat one."),
)

claims = (
    *(
        Claim(id=f"K{number}", quote=quote, test=Better(name, than=LADDER[number - 1].name))
        for number, (name, quote) in enumerate(GAINS, start=1)
    ),
    Claim(
        id=f"K{len(GAINS) + 1}",
        quote="99.5% of comparisons are right.",
        test=Reaches("Champion", value=0.995),
        note="The goal was set before the ladder was built: one comparison in 200 wrong.",
    ),
)

study = Study(
    name="champion",
    title="How far 1,000 pairs go: dinh-herve's best network, and one ingredient after the other",
    source="bakeoff's own; docs/champion.md tells what was tried",
    task=DigitPairs(train=1000, validation=0, test=1000, metrics=METRICS),
    rounds=20,
    seed=2026,
    variants=LADDER,
    assumptions=(
        "Nothing was chosen on test images: all choices were made on images of MNIST's training "
        "side, with another seed, and 10,000 of their pairs for testing.",
        "Each step adds one ingredient to the step before. Where an ingredient needs another "
        "number of epochs or smoothed labels to work, these come with it, as its claim says.",
    ),
    claims=claims,
)
