"""Chen: one factor at a time on a small network that names digits, then ResNets."""

from bakeoff import (
    SGD,
    Adagrad,
    Adam,
    CrossEntropy,
    Curve,
    CurvesFigure,
    LargestLogit,
    Network,
    Objective,
    Optimizer,
    Published,
    Quantity,
    Recipe,
    Study,
    Variant,
)
from bakeoff.studies.chen_networks import TASK, resnet, simple_cnn
from bakeoff.studies.claims.chen import claims

RECIPE = Recipe(epochs=1, batch=128, record="iterations")
PLAIN = SGD(lr=0.1)
WITH_MOMENTUM = SGD(lr=0.1, momentum=0.9)
BEST = Quantity(selection="best_on_test")
TOP5 = Quantity(metric="top5_accuracy")


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
    """Returns the base network with one change; `accuracies` are those printed, if any."""
    return Variant(
        name=name,
        model=model,
        objective=objective or Objective(CrossEntropy("digit")),
        decision=LargestLogit("digit"),
        optimizer=optimizer,
        recipe=recipe,
        rounds=rounds,
        published=(*(Published(mean=each) for each in accuracies), *published),
        note=note,
    )


def names(*variants: Variant) -> tuple[str, ...]:
    """Returns the variants' names, in order."""
    return tuple(each.name for each in variants)


first = variant(
    "Base network",
    base,
    published=(
        Published(mean=0.97220, where="Figure 1"),
        Published(mean=0.96560, where="Figure 8, two convolutions"),
        Published(mean=0.97280, where="Figure 9, one linear layer"),
        Published(mean=0.97430, where="Figure 10, taken for 50 channels"),
        Published(mean=0.96960, where="Figure 12, vanilla"),
    ),
    note="The report prints this network's accuracy in five places, each from another run.",
)
longer = variant(
    "Base network, 3 epochs",
    recipe=RECIPE.replace(epochs=3),
    note="The report trains this network for one epoch, and says that the accuracy saturates then. "
    "Two more epochs show whether it does.",
)

slow = variant("Learning rate 0.01", optimizer=SGD(lr=0.01))
fast = variant("Learning rate 1", optimizer=SGD(lr=1.0))

batches = tuple(
    variant(f"Batches of {size}", recipe=RECIPE.replace(batch=size))
    for size in (256, 512, 1024, 2048)
)

momentum = variant("Momentum 0.9", base, 0.98310, optimizer=WITH_MOMENTUM)
high_momentum = variant("Momentum 0.99", optimizer=WITH_MOMENTUM.replace(momentum=0.99))

decays = tuple(
    variant(
        f"Weight decay {decay:g}",
        base,
        accuracy,
        optimizer=PLAIN.replace(weight_decay=decay),
        note=note,
    )
    for decay, accuracy, note in (
        (0.001, 0.96670, ""),
        (
            0.01,
            0.95380,
            "The report does not print its factors. Its 95.38% is between what 0.01 and 0.1 give "
            "here.",
        ),
        (
            0.1,
            0.90570,
            "The report does not print its factors, and trained this network once. Single rounds "
            "here are from 80.53% to 92.01%, so its 90.57% is among them.",
        ),
        (1.0, 0.11350, ""),
    )
)

adam = variant("Adam", base, 0.97950, optimizer=Adam(lr=0.001))
adagrad = variant("Adagrad", base, 0.97340, optimizer=Adagrad(lr=0.01))

balanced = variant(
    "Balanced cross-entropy", objective=Objective(CrossEntropy("digit", balanced=True))
)

one_conv = variant("1 convolution", simple_cnn(50), 0.93820)
three_convs = variant("3 convolutions", simple_cnn(50, 100, 200), 0.97560)

two_linears = variant("2 linear layers", simple_cnn(50, 100, hidden=(500,)), 0.97090)
three_linears = variant("3 linear layers", simple_cnn(50, 100, hidden=(500, 500)), 0.96440)

widths = tuple(
    variant(f"{width} channels", simple_cnn(width, 2 * width), accuracy)
    for width, accuracy in ((5, 0.95170), (10, 0.96280), (25, 0.96870))
)

resnets = tuple(
    variant(name, model, accuracy, rounds=1, note=note)
    for name, model, accuracy, note in (
        ("ResNet-18", resnet(2, 2, 2, 2), 0.97870, ""),
        (
            "ResNet-34",
            resnet(3, 4, 6, 3),
            0.96810,
            "Both the report and this study have one run. An earlier run, with another seed, gave "
            "96.86%: single runs of this network differ by more than a point.",
        ),
        ("ResNet-50", resnet(3, 4, 6, 3, bottlenecks=True), 0.97950, ""),
        (
            "ResNet-101",
            resnet(3, 4, 23, 3, bottlenecks=True),
            0.97630,
            "Both the report and this study have one run. Two others gave 96.60% and, on "
            "standardised images, 96.84%.",
        ),
    )
)

with_dropout = simple_cnn(50, 100, hidden=(500,), dropout=0.5)
ladder = (
    variant("Dropout", with_dropout, 0.97200),
    variant(
        "Dropout, momentum, weight decay",
        with_dropout,
        0.97460,
        optimizer=WITH_MOMENTUM.replace(weight_decay=5e-4),
        note="The report prints neither the momentum nor the weight decay of this step, and "
        "trained it once.",
    ),
    variant(
        "Best model",
        simple_cnn(100, 200, hidden=(500,), dropout=0.5),
        0.97890,
        optimizer=WITH_MOMENTUM,
        recipe=RECIPE.replace(epochs=10),
        rounds=1,
        published=(Published(mean=0.98320, of=BEST), Published(mean=1.0, of=TOP5)),
        note="With a learning rate of 0.01, it gave 99.06% in one round, in bfloat16. Why the "
        "published network is below that was not found.",
    ),
)

FIGURE_1 = names(first)
FIGURE_2 = names(slow, first, fast)
FIGURE_3 = names(first, *batches)
FIGURE_4 = names(first, momentum, high_momentum)
FIGURE_5 = names(*decays)
FIGURE_6 = names(momentum, adam, adagrad)
FIGURE_7 = names(first, balanced)
FIGURE_8 = names(one_conv, first, three_convs)
FIGURE_9 = names(first, two_linears, three_linears)
FIGURE_10 = names(*widths, first)
FIGURE_11 = names(*resnets)
FIGURE_12 = names(first, *ladder)


def training(title: str, variants: tuple[str, ...], *, last_epoch: bool = False) -> CurvesFigure:
    """Returns a figure of training accuracies per iteration."""
    return CurvesFigure(
        title=title,
        variants=variants,
        curves=(Curve("accuracy", "batch"),),
        running_mean=20,
        last_epoch=last_epoch,
    )


figures = (
    training("Figure 1: training accuracy of the base network", FIGURE_1),
    training("Figure 2: learning rates of 0.01, 0.1 (base network) and 1", FIGURE_2),
    training("Figure 3: batches of 128 (base network) to 2048", FIGURE_3),
    training("Figure 4: momentum of 0 (base network), 0.9 and 0.99", FIGURE_4),
    training("Figure 5: weight decay", FIGURE_5),
    training("Figure 6: SGD with momentum, Adam and Adagrad", FIGURE_6),
    training("Figure 7: cross-entropy, plain (base network) and balanced", FIGURE_7),
    training("Figure 8: one, two (base network) and three convolutions", FIGURE_8),
    training("Figure 9: one (base network), two and three linear layers", FIGURE_9),
    training("Figure 10: channels of the first convolution, to 50 (base network)", FIGURE_10),
    training("Figure 11: ResNets", FIGURE_11),
    training(
        "Figure 12: improvements, and the best model's last epoch", FIGURE_12, last_epoch=True
    ),
)

study = Study(
    name="chen",
    title="One factor at a time on a small convolutional network for digits, then ResNets",
    source="Chen Y., AI6121 Computer Vision, course project, Nanyang Technological University",
    task=TASK,
    rounds=12,
    seed=1,
    variants=(
        *(first, longer, slow, fast, *batches, momentum, high_momentum, *decays),
        *(adam, adagrad, balanced, one_conv, three_convs, two_linears, three_linears),
        *(*widths, *resnets, *ladder),
    ),
    assumptions=(
        "Images are from 0 to 1, not standardised. Both were tried on all images, 3 rounds. On "
        "standardised images, 1 convolution gave 97.29% (published: 93.820%), 5 channels gave "
        "96.77% (95.170%), and 3 linear layers gave 97.54% (96.440%). On images from 0 to 1, they "
        "gave 94.61%, 95.07% and 96.45%.",
        "Other factors that the report does not give were settled before, by probes on "
        "standardised images in float32. A probe is one round on 20,000 training images, or on all "
        "60,000 if the text below says so, and is read on the 10,000 test images. Some factors "
        "were chosen because they came near the published accuracies, so agreement there is partly "
        "by construction. On 20,000 images, the base network gave 93.68% and 90.31% in two rounds, "
        "so differences of a few points there decide nothing. PyTorch 2.13.0, one thread.",
        "Kernels are 3x3 with padding 1. With a learning rate of 0.1, the base network gave 98.20% "
        "on all images, enough for the published 97.220%. Kernels of 5 took more than twice as "
        "long. On 20,000 images and the same round, they gave 95.68%, against 93.68%.",
        "The base learning rate is 0.1. On 20,000 images, rates of 0.01, 0.05 and 1 gave 82.77%, "
        "93.31% and 10.28%.",
        "Variants with momentum keep the base learning rate of 0.1. Two rates were tried on all "
        "images, from 0 to 1, 3 rounds. With 0.01, momentum 0.9 gave 97.10% (published: 98.310%), "
        "and the best model, one round, gave 99.06% (97.890%). Too high a momentum is 0.99.",
        "Adam and Adagrad have PyTorch's default rates, 0.001 and 0.01. On 20,000 images, Adam "
        "gave 97.66% (96.27% with 0.01), and Adagrad gave 95.02% (89.83% with 0.1).",
        "The weight decays are 0.001, 0.01, 0.1 and 1, chosen to match the published accuracies. "
        "On all images, 0.01 and 0.1 gave 97.77% and 89.92%. On 20,000 images, 0.5 and 1 gave "
        "32.87% and 10.28%. A decay of 0.001 was not tried.",
        "The four widths are 5, 10, 25 and 50; the base network is the widest. On all images, 5 "
        "and 10 gave 96.79% and 97.58%, both above the published figures. A width of 25 was not "
        "tried.",
        "Hidden linear layers are 500 wide, with ReLU. On 20,000 images, one and two of them gave "
        "92.57% and 89.11%. With a width of 100, they gave 92.79% and 88.09%.",
        "Dropout is 0.5. With momentum, the weight decay is 0.0005, a usual value that was not "
        "tried. The best model has no weight decay, because the report names none there.",
        "The ResNets are those of He et al. (2016) with one input channel and ten classes. They "
        "begin with a 7x7 convolution and max-pooling, have He's normal weights, and are trained "
        "like the base network.",
        "All networks train in float32. The trials told above of 3 rounds, and those of a rate of "
        "0.01 with momentum, are from an earlier version of this study, with another seed and in "
        "bfloat16. No loss from bfloat16 was found: its accuracy minus that "
        "of float32 was 0.00 points on the base network (12,000 images, 5 rounds, sd 0.04), and on "
        "ResNet-18 -1.14 points on 3,072 images (10 rounds, 95% interval from -3.18 to 0.90) and "
        "0.24 on 12,288 (5 rounds, -0.60 to 1.08). It takes about three quarters of the time on a "
        "processor that computes it, and about ten times as long on one that does not.",
        "The report prints one run of each network, and five of the base network. Here each runs "
        "12 rounds. The ResNets and the best model run one, because they take long. They have no "
        "spread, so they are described and not judged.",
    ),
    figures=figures,
    claims=claims,
)
