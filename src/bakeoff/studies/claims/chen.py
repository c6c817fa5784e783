"""Chen's claims."""

from bakeoff import (
    AllOf,
    BestOf,
    Better,
    Claim,
    Collapses,
    Equivalent,
    LearnsFaster,
    Near,
    Ordered,
    StandsStill,
)

claims = (
    Claim(
        id="C1a",
        quote="Because accuracy saturates after 1 epoch on the simple MNIST dataset, we show "
        "accuracy by iteration instead of epoch [...].",
        test=StandsStill("Base network, 3 epochs", after_epoch=1, margin=0.01),
        note="It saturates if the test accuracy after 3 epochs is within 1 point of that after 1.",
    ),
    Claim(
        id="C1b",
        quote="Validation accuracy on the test set is 97.220%.",
        test=Near("Base network", value=0.9722, margin=0.01),
        note="Within 1 point either way. The report prints 96.56 to 97.43% for this network in "
        "other places.",
    ),
    Claim(
        id="C2",
        quote="A learning rate of 0.1 seems to give the best accuracy in the least number of "
        "iterations and epochs.",
        test=BestOf("Base network", among=("Learning rate 0.01", "Learning rate 1")),
        note="All three train for one epoch, as in Figure 2.",
    ),
    Claim(
        id="C3",
        quote="Using a learning rate of 1.0, training starts smoothly then abruptly drops and "
        "becomes stuck [...].",
        test=Collapses("Learning rate 1"),
        note="It becomes stuck if more than half of the trials diverge or end at chance.",
    ),
    Claim(
        id="C4",
        quote="[...] by the end of 1 epoch, the accuracy of smaller batch sizes far exceed that of "
        "[2048] [...].",
        test=Better(
            ("Base network", "Batches of 256", "Batches of 512", "Batches of 1024"),
            than="Batches of 2048",
            by=0.02,
        ),
        note="Far is 2 points at least, for each of the smaller sizes. The base network has "
        "batches of 128.",
    ),
    Claim(
        id="C5a",
        quote="We can see that a momentum of 0.9 [...] allows training to progress faster in the "
        "initial iterations [...].",
        test=LearnsFaster("Momentum 0.9", than="Base network", iterations=100),
        note="The initial iterations are taken as 100 of 469. The figure is the mean accuracy on "
        "their batches.",
    ),
    Claim(
        id="C5b",
        quote="[...] too high a momentum prevents training from progressing smoothly [...].",
        test=LearnsFaster("Momentum 0.9", than="Momentum 0.99", iterations=469),
        note="Too high is 0.99. Training does not progress smoothly if its mean accuracy on the "
        "batches of all 469 iterations is lower than with 0.9.",
    ),
    Claim(
        id="C6a",
        quote="Higher weight decay factors seem to progressively result in lower accuracies [...].",
        test=AllOf(
            Better("Weight decay 0.001", than="Weight decay 0.01"),
            Better("Weight decay 0.01", than="Weight decay 0.1"),
            Better("Weight decay 0.1", than="Weight decay 1"),
        ),
        note="Progressively means at every step, by any amount. The accuracy is that on the test "
        "set.",
    ),
    Claim(
        id="C6b",
        quote="[With the highest of four weight decay factors,] a respective accuracy of [...] "
        "11.350 [...].",
        test=Collapses("Weight decay 1"),
        note="This is a reading of the printed figure; no sentence of the report says so. The "
        "figure is chance, the accuracy of one answer to all images. The network is at chance if "
        "more than half of the trials diverge or end there. The factor is not printed: 1 was "
        "chosen to come near this figure, so the verdict is partly by construction.",
    ),
    Claim(
        id="C7",
        quote="SGD seems to give the best performance with an accuracy of 98.310 on the test set "
        "followed by Adam, 97.950 and then Adagrad, 97.340.",
        test=AllOf(Better("Momentum 0.9", than="Adam"), Better("Adam", than="Adagrad")),
        note="SGD is SGD with momentum. Every step of the order must hold, by any amount.",
    ),
    Claim(
        id="C8",
        quote="Accuracy between both [cross-entropies, plain and balanced,] can be considered to "
        "be within the margin of error of 1% or less [...].",
        test=Equivalent("Balanced cross-entropy", "Base network", margin=0.01),
        note="The margin is the report's own.",
    ),
    Claim(
        id="C9",
        quote="[...] having more convolutional layers result in relatively slower learning "
        "initially, but accuracy is higher as a result.",
        test=Ordered(("1 convolution", "Base network", "3 convolutions")),
        note="The trend of the accuracy is tested; the speed is not. The base network has 2 "
        "convolutions.",
    ),
    Claim(
        id="C10",
        quote="[...] test accuracies drops as more fully connected layers are added.",
        test=Ordered(("3 linear layers", "2 linear layers", "Base network")),
        note="The trend is tested. The base network has 1 linear layer.",
    ),
    Claim(
        id="C11",
        quote="We can see that having more channels definitely have a positive impact on the "
        "accuracy.",
        test=Ordered(("5 channels", "10 channels", "25 channels", "Base network")),
        note="The trend is tested. The base network has 50 channels.",
    ),
    Claim(
        id="C13a",
        quote="[...] adding dropout layers between 2 fully connected layers resulted in a test "
        "accuracy of 97.200. We can see that even though training accuracy is lower, test accuracy "
        "is higher.",
        test=Better("Dropout", than="Base network"),
        note="Any gain at all. The network with dropout also has a second linear layer.",
    ),
    Claim(
        id="C13b",
        quote="Finally, adding momentum and weight decay to the dropout model further bumps test "
        "accuracy to 97.460.",
        test=Better("Dropout, momentum, weight decay", than="Dropout"),
        note="Any gain at all.",
    ),
)
