"""Chen: one factor at a time on a small network that names digits, then ResNets."""

from bakeoff import (
    SGD,
    Adagrad,
    Adam,
    BatchNorm,
    Conv,
    CrossEntropy,
    Digits,
    Dropout,
    GlobalAveragePool,
    Head,
    LargestLogit,
    Layer,
    Linear,
    MaxPool,
    Network,
    NormalWeights,
    Objective,
    Optimizer,
    Published,
    Quantity,
    Recipe,
    ReLU,
    Residual,
    Study,
    Variant,
)

TASK = Digits()
RECIPE = Recipe(epochs=1, batch=128, record="iterations")
PLAIN = SGD(lr=0.1)
WITH_MOMENTUM = SGD(lr=0.01, momentum=0.9)
BEST = Quantity(selection="best_on_test")
TOP5 = Quantity(metric="top5_error")


def simple_cnn(
    *channels: int, hidden: tuple[int, ...] = (), dropout: float | None = None
) -> Network:
    """Return convolutions, each with ReLU and pooling, then linear layers, the last of ten.

    Args:
        channels: of each convolution.
        hidden: widths of the linear layers before the last.
        dropout: probability after each of these, None for no dropout.
    """
    layers: list[Layer] = []
    for number in channels:
        layers += (Conv(number, kernel=3, padding=1), ReLU(), MaxPool(2))
    for width in hidden:
        layers += (Linear(width), ReLU(), *([] if dropout is None else [Dropout(dropout)]))
    return Network(*layers, Linear(10), Head("digit"), input=TASK.input_shape)


base = simple_cnn(50, 100)


def variant(
    name: str,
    model: Network = base,
    *accuracies: float,
    optimizer: Optimizer = PLAIN,
    objective: Objective | None = None,
    recipe: Recipe = RECIPE,
    rounds: int | None = None,
    published: tuple[Published, ...] = (),
    note: str = "",
) -> Variant:
    """Return the base network with one thing changed; `accuracies` are those printed, if any."""
    return Variant(
        name=name,
        model=model,
        objective=objective or Objective(CrossEntropy("digit")),
        decision=LargestLogit("digit"),
        optimizer=optimizer,
        recipe=recipe,
        rounds=rounds,
        published=(*(Published.accuracy(each) for each in accuracies), *published),
        note=note,
    )


def basic_block(channels: int, stride: int, *, widens: bool) -> tuple[Layer, ...]:
    """Return ResNet-18's and -34's block, two 3x3 convolutions, and the ReLU after the sum."""
    body: tuple[Layer, ...] = (
        *(Conv(channels, kernel=3, padding=1, stride=stride, bias=False), BatchNorm(), ReLU()),
        *(Conv(channels, kernel=3, padding=1, bias=False), BatchNorm()),
    )
    return (Residual(*body, shortcut=shortcut(channels, stride) if widens else ()), ReLU())


def bottleneck(channels: int, stride: int, *, widens: bool) -> tuple[Layer, ...]:
    """Return ResNet-50's and -101's block, a 3x3 between two 1x1 convolutions, and a ReLU."""
    body: tuple[Layer, ...] = (
        *(Conv(channels, kernel=1, bias=False), BatchNorm(), ReLU()),
        *(Conv(channels, kernel=3, padding=1, stride=stride, bias=False), BatchNorm(), ReLU()),
        *(Conv(4 * channels, kernel=1, bias=False), BatchNorm()),
    )
    return (Residual(*body, shortcut=shortcut(4 * channels, stride) if widens else ()), ReLU())


def shortcut(channels: int, stride: int) -> tuple[Layer, ...]:
    """Return the convolution that gives a block's input the shape of its output."""
    return (Conv(channels, kernel=1, stride=stride, bias=False), BatchNorm())


def resnet(*blocks: int, bottlenecks: bool = False) -> Network:
    """Return a ResNet (He et al. 2016) of four stages, so many blocks in each."""
    layers: list[Layer] = [
        *(Conv(64, kernel=7, padding=3, stride=2, bias=False), BatchNorm(), ReLU()),
        MaxPool(3, stride=2, padding=1),
    ]
    block = bottleneck if bottlenecks else basic_block
    for stage, number in enumerate(blocks):
        for place in range(number):
            stride = 2 if stage and not place else 1
            # Basic blocks of the first stage have the stem's 64 channels from the start.
            widens = not place and (stage > 0 or bottlenecks)
            layers += block(64 * 2**stage, stride, widens=widens)
    return Network(
        *layers,
        *(GlobalAveragePool(), Linear(10), Head("digit")),
        input=TASK.input_shape,
        initial=NormalWeights(),
    )


FIGURE_1 = (
    variant(
        "Base network",
        base,
        0.97220,
        note="Other figures print the same network at 96.560 (two convolutions), 97.280 (one "
        "linear layer), 97.430 (50 channels) and 96.960 (vanilla).",
    ),
)

FIGURE_2 = (
    variant("Learning rate 0.01", optimizer=SGD(lr=0.01)),
    variant("Learning rate 1", optimizer=SGD(lr=1.0)),
)

FIGURE_3 = tuple(
    variant(f"Batches of {size}", recipe=RECIPE.replace(batch=size))
    for size in (256, 512, 1024, 2048)
)

FIGURE_4 = (
    variant("Momentum 0.9", base, 0.98310, optimizer=WITH_MOMENTUM),
    variant("Momentum 0.99", optimizer=WITH_MOMENTUM.replace(momentum=0.99)),
)

FIGURE_5 = tuple(
    variant(f"Weight decay {decay:g}", base, accuracy, optimizer=PLAIN.replace(weight_decay=decay))
    for decay, accuracy in ((0.001, 0.96670), (0.01, 0.95380), (0.1, 0.90570), (1.0, 0.11350))
)

FIGURE_6 = (
    variant("Adam", base, 0.97950, optimizer=Adam(lr=0.001)),
    variant("Adagrad", base, 0.97340, optimizer=Adagrad(lr=0.01)),
)

FIGURE_7 = (
    variant(
        "Balanced cross-entropy", objective=Objective(CrossEntropy("digit", balanced=True))
    ),
)

FIGURE_8 = (
    variant("1 convolution", simple_cnn(50), 0.93820),
    variant("3 convolutions", simple_cnn(50, 100, 200), 0.97560),
)

FIGURE_9 = (
    variant("2 linear layers", simple_cnn(50, 100, hidden=(500,)), 0.97090),
    variant("3 linear layers", simple_cnn(50, 100, hidden=(500, 500)), 0.96440),
)

FIGURE_10 = tuple(
    variant(f"{width} channels", simple_cnn(width, 2 * width), accuracy)
    for width, accuracy in ((5, 0.95170), (10, 0.96280), (25, 0.96870))
)

FIGURE_11 = (
    variant("ResNet-18", resnet(2, 2, 2, 2), 0.97870, rounds=1),
    variant("ResNet-34", resnet(3, 4, 6, 3), 0.96810, rounds=1),
    variant("ResNet-50", resnet(3, 4, 6, 3, bottlenecks=True), 0.97950, rounds=1),
    variant("ResNet-101", resnet(3, 4, 23, 3, bottlenecks=True), 0.97630, rounds=1),
)

dropout = simple_cnn(50, 100, hidden=(500,), dropout=0.5)

FIGURE_12 = (
    variant("Dropout", dropout, 0.97200),
    variant(
        "Dropout, momentum, weight decay",
        dropout,
        0.97460,
        optimizer=WITH_MOMENTUM.replace(weight_decay=5e-4),
    ),
    variant(
        "Best model",
        simple_cnn(100, 200, hidden=(500,), dropout=0.5),
        0.97890,
        optimizer=WITH_MOMENTUM,
        recipe=RECIPE.replace(epochs=10),
        rounds=1,
        published=(
            Published.accuracy(0.98320, of=BEST),
            Published.accuracy(1.0, of=TOP5),
        ),
    ),
)

study = Study(
    name="chen",
    title="One factor at a time on a small convolutional network for digits, then ResNets",
    source="Chen Y., AI6121 Computer Vision, course project, Nanyang Technological University",
    task=TASK,
    rounds=3,
    measure="accuracy",
    variants=(
        *FIGURE_1,
        *FIGURE_2,
        *FIGURE_3,
        *FIGURE_4,
        *FIGURE_5,
        *FIGURE_6,
        *FIGURE_7,
        *FIGURE_8,
        *FIGURE_9,
        *FIGURE_10,
        *FIGURE_11,
        *FIGURE_12,
    ),
)
