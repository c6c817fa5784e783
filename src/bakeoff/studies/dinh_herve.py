"""Dinh Van Chi & Herve: naive and siamese networks, weight sharing, an auxiliary loss."""

from bakeoff import (
    Accuracy,
    Adam,
    BatchNorm,
    BoxFigure,
    Candidate,
    Conv,
    CrossEntropy,
    Curve,
    CurvesFigure,
    DigitAccuracy,
    DigitPairs,
    FactorFigure,
    Flatten,
    Head,
    KFold,
    Layer,
    Linear,
    MaxPool,
    Network,
    Objective,
    PerImage,
    Published,
    Quantity,
    Recipe,
    ReLU,
    Scalar,
    Search,
    StructureFigure,
    Study,
    Variant,
    grid,
)
from bakeoff.studies.claims.dinh_herve import claims

METRICS = (Accuracy(), DigitAccuracy())
BEST = Quantity(split="test", selection="best_on_test")
RECIPE = Recipe(epochs=50, batch=100)


def block(channels: int) -> tuple[Layer, ...]:
    """Returns the report's convolution block."""
    return (Conv(channels, kernel=3), BatchNorm(), ReLU(), MaxPool(2))


def siamese(*branch: Layer, shared: bool) -> Network:
    """Returns two branches of ten logits each, and the head 20-100-2 on both."""
    return Network(
        PerImage(*branch, shared=shared),
        Head("digits"),
        *(Flatten(), Linear(100), ReLU(), Linear(2)),
        Head("comparison"),
    )


def mlp(linear_1: int, linear_2: int) -> Network:
    """Returns the naive MLP of Figure 1."""
    return Network(
        *(Linear(linear_1), ReLU(), Linear(linear_2), ReLU(), Linear(2)), Head("comparison")
    )


def convnet(conv_1: int, conv_2: int, linear_1: int) -> Network:
    """Returns the naive ConvNet of Figure 1."""
    return Network(
        *(*block(conv_1), *block(conv_2), Linear(linear_1), ReLU(), Linear(2)), Head("comparison")
    )


def mlp_branch(linear_1: int, linear_2: int) -> tuple[Layer, ...]:
    """Returns a branch of the siamese MLP."""
    return (Linear(linear_1), ReLU(), Linear(linear_2), ReLU(), Linear(10))


def conv_branch(conv_1: int, conv_2: int, linear_1: int) -> tuple[Layer, ...]:
    """Returns a branch of the siamese ConvNet."""
    return (*block(conv_1), *block(conv_2), Linear(linear_1), ReLU(), Linear(10))


naive_mlp = mlp(200, 100)
naive_convnet = convnet(128, 32, 400)
siamese_mlp = siamese(*mlp_branch(150, 100), shared=False)
siamese_mlp_shared = siamese(*mlp_branch(150, 100), shared=True)
siamese_convnet = siamese(*conv_branch(128, 32, 50), shared=False)
siamese_convnet_shared = siamese(*conv_branch(128, 32, 50), shared=True)


def plain(
    name: str, model: Network, *published: Published, lr: float = 1e-4, note: str = ""
) -> Variant:
    """Returns a variant trained on the comparison alone."""
    return Variant(
        name=name,
        model=model,
        optimizer=Adam(lr=lr),
        recipe=RECIPE,
        published=published,
        note=note,
    )


def auxiliary(weight: float, *published: Published) -> Variant:
    """Returns the shared siamese ConvNet with digit losses of a weight, lambda in the report."""
    return Variant(
        name=f"Siamese ConvNet, sharing, lambda {weight:g}",
        model=siamese_convnet_shared,
        objective=Objective(CrossEntropy("comparison"), CrossEntropy("digits", weight=weight)),
        optimizer=Adam(lr=1e-2),
        recipe=RECIPE,
        published=published,
    )


def search(
    name: str, candidates: tuple[Candidate, ...], published: tuple[tuple[str, Scalar], ...]
) -> Search:
    """Returns a search of Tables 1 and 2: 5-fold cross-validation on 25 epochs."""
    return Search(
        name=name,
        task=KFold(DigitPairs(train=1000, test=200, metrics=METRICS), folds=5),
        candidates=candidates,
        rounds=5,
        epochs=25,
        parameters=(90_000, 110_000),
        published=published,
    )


def any_mlp(linear_1: int, linear_2: int, lr: float) -> Variant:
    """Returns a candidate for the naive MLP."""
    return plain("Naive MLP", mlp(linear_1, linear_2), lr=lr)


def any_convnet(conv_1: int, conv_2: int, linear_1: int, lr: float) -> Variant:
    """Returns a candidate for the naive ConvNet."""
    return plain("Naive ConvNet", convnet(conv_1, conv_2, linear_1), lr=lr)


def any_siamese_mlp(linear_1: int, linear_2: int, lr: float) -> Variant:
    """Returns a candidate for the siamese MLP."""
    return plain("Siamese MLP", siamese(*mlp_branch(linear_1, linear_2), shared=False), lr=lr)


def any_siamese_convnet(conv_1: int, conv_2: int, linear_1: int, lr: float) -> Variant:
    """Returns a candidate for the siamese ConvNet."""
    branch = conv_branch(conv_1, conv_2, linear_1)
    return plain("Siamese ConvNet", siamese(*branch, shared=False), lr=lr)


MLP_FACTORS = {
    "linear_1": (100, 125, 150, 175, 200, 225, 250),
    "linear_2": (10, 50, 100, 150, 200),
    "lr": (1e-4, 1e-3, 1e-2),
}
CONV_FACTORS = {
    "conv_1": (32, 64, 128),
    "conv_2": (32, 64, 128),
    "linear_1": (50, 100, 200, 400),
    "lr": (1e-4, 1e-3, 1e-2),
}

searches = (
    search(
        "Naive MLP",
        grid(any_mlp, MLP_FACTORS),
        published=(("linear_1", 200), ("linear_2", 100), ("lr", 1e-4)),
    ),
    search(
        "Naive ConvNet",
        grid(any_convnet, CONV_FACTORS),
        published=(("conv_1", 128), ("conv_2", 32), ("linear_1", 400), ("lr", 1e-4)),
    ),
    search(
        "Siamese MLP",
        grid(any_siamese_mlp, MLP_FACTORS),
        published=(("linear_1", 150), ("linear_2", 100), ("lr", 1e-4)),
    ),
    search(
        "Siamese ConvNet",
        grid(any_siamese_convnet, CONV_FACTORS),
        published=(("conv_1", 128), ("conv_2", 32), ("linear_1", 50), ("lr", 1e-4)),
    ),
)

as_run = Variant(
    name="Siamese ConvNet, sharing, as the authors ran it",
    model=siamese_convnet_shared,
    optimizer=Adam(lr=1e-4),
    recipe=RECIPE.replace(shuffle=False, train_mode_epochs=1),
    published=(Published(mean=0.856, sd=0.011, of=BEST),),
    note="As in the authors' public code, batches are not shuffled, and batch normalisation is "
    "frozen after the first epoch.",
)

LAMBDAS = (0.01, 0.1, 1.0, 2.0, 5.0, 10.0, 100.0)

figures = (
    StructureFigure(
        title="Figure 1: structures of the MLP and the ConvNet",
        variants=("Naive MLP", "Naive ConvNet"),
    ),
    StructureFigure(
        title="Figure 2: siamese architecture, with MLPs and with ConvNets",
        variants=("Siamese MLP", "Siamese ConvNet, sharing"),
    ),
    BoxFigure(
        title="Figure 3: siamese networks with and without weight sharing",
        variants=(
            "Siamese MLP",
            "Siamese MLP, sharing",
            "Siamese ConvNet",
            "Siamese ConvNet, sharing",
        ),
        quantity=BEST,
    ),
    FactorFigure(
        title="Figure 4: accuracy against lambda",
        factor="lambda",
        points=tuple((weight, auxiliary(weight).name) for weight in LAMBDAS),
        log=True,
        quantity=BEST,
    ),
    CurvesFigure(
        title="Figure 5: test accuracy during training",
        variants=(
            "Naive MLP",
            "Naive ConvNet",
            "Siamese ConvNet",
            "Siamese ConvNet, sharing",
            "Siamese ConvNet, sharing, lambda 100",
        ),
        curves=(Curve("accuracy", "test"),),
    ),
)

study = Study(
    name="dinh-herve",
    title="Naive and siamese networks, weight sharing, and an auxiliary loss on the digits",
    source="A. Dinh Van Chi and N. Herve, EE-559 Deep Learning, project 1, EPFL",
    task=DigitPairs(train=1000, test=1000, metrics=METRICS),
    rounds=15,
    seed=1,
    variants=(
        plain("Naive MLP", naive_mlp, Published(mean=0.807, sd=0.015, of=BEST)),
        plain("Naive ConvNet", naive_convnet, Published(mean=0.834, sd=0.011, of=BEST)),
        plain("Siamese MLP", siamese_mlp, Published(mean=0.810, sd=0.013, of=BEST)),
        plain("Siamese MLP, sharing", siamese_mlp_shared),
        plain("Siamese ConvNet", siamese_convnet, Published(mean=0.842, sd=0.011, of=BEST)),
        plain(
            "Siamese ConvNet, sharing",
            siamese_convnet_shared,
            Published(mean=0.856, sd=0.011, of=BEST),
        ),
        *(auxiliary(weight) for weight in LAMBDAS[:-1]),
        auxiliary(100.0, Published(mean=0.946, sd=0.010, of=BEST)),
        as_run,
    ),
    assumptions=(
        "A published accuracy is the mean over runs of each run's best test accuracy over its "
        "epochs, which is a selection on the test set. It is beside the same figure measured here. "
        "The final epoch's accuracy is next to it.",
        "The authors' public code never shuffles the batches. It sets training mode once, before "
        "the first epoch, so that batch normalisation is frozen from the second on. Here batches "
        "are shuffled, and training mode is set in every epoch. One variant trains as they did.",
        "Table 2 gives 0.810 for the siamese MLP, and does not say whether its weights are shared. "
        "The figure is entered for the one without sharing.",
        "There is no activation between the branches' ten outputs and the head 20-100-2.",
        "Images are standardised with the mean and standard deviation of the training set.",
        "All seven lambdas of Figure 4 train with the learning rate given for lambda 100.",
        "The report does not give the searched values, only the span of 90,000 to 110,000 "
        "parameters. Here the grids of Tables 1 and 2 hold the published choices, widths around "
        "them, and learning rates of 1e-4, 1e-3 and 1e-2. Each fold of 200 pairs is held out once, "
        "on one draw of 1,000 pairs. The lowest mean error on the held-out folds after 25 epochs "
        "chooses.",
    ),
    searches=searches,
    figures=figures,
    claims=claims,
)
