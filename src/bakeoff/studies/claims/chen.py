"""Chen's claims."""

from bakeoff import (
    AllOf,
    AtChance,
    BestOf,
    Better,
    Claim,
    Equivalent,
    LearnsFaster,
    Not,
    Ordered,
    Quantity,
    Reaches,
)

CHANCE = (
    "A network that gives one answer is wrong on 88.7 to 91.1% of the test images: chance is "
    "taken as 90%, give or take 5 points."
)

claims = (
    Claim(
        id="C1",
        quote="Accuracy saturates after 1 epoch. Validation accuracy on the test set is 97.220%.",
        test=Reaches("Base network", value=0.97),
    ),
    Claim(
        id="C2",
        quote="A learning rate of 0.1 seems to give the best accuracy.",
        test=BestOf("Base network", among=("Learning rate 0.01", "Learning rate 1")),
    ),
    Claim(
        id="C3",
        quote="Using a learning rate of 1.0, training starts smoothly then abruptly drops and "
        "becomes stuck.",
        test=AtChance("Learning rate 1", value=0.1, margin=0.05),
        note=CHANCE,
    ),
    Claim(
        id="C4",
        quote="By the end of 1 epoch, the accuracy of smaller batch sizes far exceed that of "
        "[2048].",
        test=Ordered(
            (
                *("Batches of 2048", "Batches of 1024", "Batches of 512", "Batches of 256"),
                "Base network",
            )
        ),
        note="The base network has batches of 128.",
    ),
    Claim(
        id="C5",
        quote="A momentum of 0.9 allows training to progress faster in the initial iterations "
        "while too high a momentum prevents training from progressing smoothly.",
        test=AllOf(
            LearnsFaster("Momentum 0.9", than="Base network", iterations=100),
            Better("Momentum 0.9", than="Momentum 0.99"),
        ),
        note="The initial iterations are taken as 100 of 469. Too high is 0.99.",
    ),
    Claim(
        id="C6",
        quote="Higher weight decay factors seem to progressively result in lower accuracies: "
        "96.670, 95.380, 90.570 and 11.350.",
        test=AllOf(
            Ordered(
                (
                    *("Weight decay 1", "Weight decay 0.1", "Weight decay 0.01"),
                    "Weight decay 0.001",
                )
            ),
            AtChance("Weight decay 1", value=0.1, margin=0.05),
        ),
        note=CHANCE,
    ),
    Claim(
        id="C7",
        quote="SGD [with momentum] seems to give the best performance, followed by Adam and then "
        "Adagrad.",
        test=AllOf(Better("Momentum 0.9", than="Adam"), Better("Adam", than="Adagrad")),
    ),
    Claim(
        id="C8",
        quote="Accuracy between [cross-entropy and its balanced version] can be considered to be "
        "within the margin of error of 1% or less.",
        test=Equivalent("Balanced cross-entropy", "Base network", margin=0.01),
    ),
    Claim(
        id="C9",
        quote="Having more convolutional layers [...]: accuracy is higher as a result.",
        test=Ordered(("1 convolution", "Base network", "3 convolutions")),
        note="The base network has 2 convolutions.",
    ),
    Claim(
        id="C10",
        quote="Test accuracies drops as more fully connected layers are added.",
        test=Ordered(("3 linear layers", "2 linear layers", "Base network")),
        note="The base network has 1 linear layer.",
    ),
    Claim(
        id="C11",
        quote="Having more channels definitely have a positive impact on the accuracy.",
        test=Ordered(("5 channels", "10 channels", "25 channels", "Base network")),
        note="The base network has 50 channels.",
    ),
    Claim(
        id="C12",
        quote="[ResNet-18, -34, -50 and -101:] test accuracies are 97.870, 96.810, 97.950 and "
        "97.630 respectively.",
        test=Not(
            AllOf(
                Better("ResNet-34", than="ResNet-18"),
                Better("ResNet-50", than="ResNet-34"),
                Better("ResNet-101", than="ResNet-50"),
            )
        ),
        note="Taken to say that depth brings no steady gain: not every step is one.",
    ),
    Claim(
        id="C13",
        quote="Adding dropout layers resulted in a test accuracy of 97.200; adding momentum and "
        "weight decay further bumps test accuracy to 97.460.",
        test=AllOf(
            Better("Dropout", than="Base network"),
            Better("Dropout, momentum, weight decay", than="Dropout"),
        ),
    ),
    Claim(
        id="C14",
        quote="The best model gave [...] a top-5 test accuracy of 100%.",
        test=Reaches("Best model", value=0.995, quantity=Quantity(metric="top5_accuracy")),
        note="Printed without decimals: taken as what rounds to it, 99.5% at least.",
    ),
)
