"""Dong, Huang & Xia: weight sharing and an auxiliary loss at equal numbers of parameters."""

from bakeoff import (
    Adam,
    BatchNorm,
    Better,
    BetterBy,
    BoxFigure,
    Claim,
    Conv,
    CrossEntropy,
    Curve,
    CurvesFigure,
    DigitPairs,
    Dropout,
    Flatten,
    Head,
    L2Penalty,
    Linear,
    MaxPool,
    Network,
    Objective,
    ParametersWithin,
    PerImage,
    Published,
    Quantity,
    Recipe,
    ReLU,
    RoundsFigure,
    StructureFigure,
    Study,
    Variant,
    WinsMostRounds,
)

TRAIN_ERROR = Quantity(split="train")
TEST_ERROR = Quantity(split="test")

baseline = Network(
    Flatten(),
    *(Linear(160), BatchNorm(), ReLU(), MaxPool(2)),
    *(Dropout(0.5), Linear(128), BatchNorm(), ReLU(), MaxPool(2)),
    *(Dropout(0.5), Linear(2)),
    Head("comparison"),
)

cnn = Network(
    *(Conv(16, kernel=5, padding=3), BatchNorm(), ReLU(), MaxPool(2)),
    *(Conv(20, kernel=3, padding=3), BatchNorm(), ReLU(), MaxPool(2)),
    *(Flatten(), BatchNorm(), Linear(100), ReLU(), Dropout(0.5), Linear(2)),
    Head("comparison"),
)

cnn_auxiliary = Network(
    PerImage(
        *(Conv(16, kernel=5, padding=3), BatchNorm(), ReLU(), MaxPool(2)),
        *(Conv(20, kernel=5, padding=3), BatchNorm(), ReLU(), MaxPool(2)),
        *(Linear(120), ReLU(), Linear(10)),
        Head("digits"),
        *(ReLU(), Linear(1)),
    ),
    Flatten(),
    Head("comparison"),
)

MODELS = ("Baseline", "CNN", "CNN + auxiliary loss")

figures = (
    StructureFigure(
        title="Figure 1: structure of the CNN model with auxiliary loss",
        variants=("CNN + auxiliary loss",),
    ),
    BoxFigure(
        title="Figure 2: train errors and their spread",
        variants=MODELS,
        quantity=TRAIN_ERROR,
    ),
    BoxFigure(
        title="Figure 3: test errors and their spread",
        variants=MODELS,
        quantity=TEST_ERROR,
    ),
    CurvesFigure(
        title="Figure 4: convergence of the loss",
        variants=MODELS,
        curves=(Curve("loss", "train"),),
    ),
    RoundsFigure(
        title="Figure 5: train errors of each round",
        variants=MODELS,
        quantity=TRAIN_ERROR,
    ),
    RoundsFigure(
        title="Figure 6: test errors of each round",
        variants=MODELS,
        quantity=TEST_ERROR,
    ),
)

variants = (
    Variant(
        name="Baseline",
        model=baseline,
        objective=Objective(CrossEntropy("comparison"), L2Penalty(0.1)),
        optimizer=Adam(lr=5e-4),
        recipe=Recipe(epochs=25, batch=100),
        published=(
            Published(mean=0.2504, sd=0.014, of=TEST_ERROR),
            Published(mean=0.0751, sd=0.012, of=TRAIN_ERROR),
        ),
        note="It is far from both published errors because the authors' code measures something "
        "else: the study dong-code takes its steps one by one.",
    ),
    Variant(
        name="CNN",
        model=cnn,
        objective=Objective(CrossEntropy("comparison"), L2Penalty(0.1)),
        optimizer=Adam(lr=5e-4),
        recipe=Recipe(epochs=25, batch=100),
        published=(
            Published(mean=0.1976, sd=0.012, of=TEST_ERROR),
            Published(mean=0.0158, sd=0.008, of=TRAIN_ERROR),
        ),
    ),
    Variant(
        name="CNN + auxiliary loss",
        model=cnn_auxiliary,
        objective=Objective(CrossEntropy("comparison"), CrossEntropy("digits"), L2Penalty(0.1)),
        optimizer=Adam(lr=1e-3),
        recipe=Recipe(epochs=25, batch=100),
        published=(
            Published(mean=0.1353, sd=0.014, of=TEST_ERROR),
            Published(mean=0.0737, sd=0.012, of=TRAIN_ERROR),
        ),
    ),
)

claims = (
    Claim(
        id="W1",
        quote="[...] from Baseline Model to CNN Model, weight sharing improves the performance by "
        "about 5%.",
        test=BetterBy("CNN", than="Baseline", about=0.05, margin=0.01),
        note="About 5 points are taken as 4 to 6.",
    ),
    Claim(
        id="W2a",
        quote="[Auxiliary loss] improves CNN Model [...].",
        test=Better("CNN + auxiliary loss", than="CNN"),
        note="Any gain at all.",
    ),
    Claim(
        id="W2b",
        quote="[Auxiliary loss] reduces the error rate by 6%.",
        test=BetterBy("CNN + auxiliary loss", than="CNN", about=0.06, margin=0.01),
        note="6 points are taken as 5 to 7.",
    ),
    Claim(
        id="W3",
        quote="[...] model with auxiliary loss outperforms CNN Model stably within 15 rounds.",
        test=WinsMostRounds("CNN + auxiliary loss", loser="CNN", share=0.75),
        note="Stably means in more than three rounds of four.",
    ),
    Claim(
        id="W4",
        quote="All models contain 70000 parameters.",
        test=ParametersWithin(MODELS, low=65_000, high=74_999),
        note="A number of parameters is 70000 if it rounds to it. The report's Table III prints "
        "69849 to 77530.",
    ),
)

study = Study(
    name="dong",
    title="Weight sharing and an auxiliary loss at equal numbers of parameters",
    source="T. Dong, Y.-T. Huang and S. Xia, EE-559 Deep Learning, mini-project 1, EPFL",
    task=DigitPairs(train=1000, test=1000, standardise=False),
    rounds=15,
    seed=1,
    variants=variants,
    assumptions=(
        "The report names an L2 penalty without its factor. The authors' public code adds 0.1 "
        "times the sum of squares of all parameters to the loss, and so does this study.",
        "That code never switches dropout and batch normalisation to evaluation mode, so the "
        "published errors include dropout at test time. It trains on batches of 50 images in fixed "
        "order, which are 25 pairs for the auxiliary loss, and on pixels from 0 to 255; the "
        "Baseline ends in a ReLU; Baseline and CNN answer by the larger of two values that a "
        "softmax normalised over the 50 examples of a batch, so that an answer depends on its "
        "neighbours. Here networks train on pixels from 0 to 1 and are tested in evaluation mode; "
        "the study dong-code does as that code does.",
        "The auxiliary loss is the sum of the cross-entropies of the two digits, with weight 1.",
        "Batches come in a new order every epoch. Weights start from PyTorch's defaults.",
        "Train errors are measured after the last epoch, on the whole training set, in evaluation "
        "mode.",
    ),
    figures=figures,
    claims=claims,
)
