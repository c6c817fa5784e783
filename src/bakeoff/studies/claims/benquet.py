"""Benquet, Borden & Jesslen's claims."""

from bakeoff import (
    AllOf,
    BestOf,
    Better,
    BetterFigure,
    Claim,
    Equivalent,
    Not,
    Quantity,
    SearchChose,
)

LINEAR = "Linear 2 x 128"
LINEAR_DROPOUT = "Linear 2 x 128, dropout"
LENET_PLAIN = "LeNet, kernel 5, BN"
LENET = "LeNet, kernel 5, BN, auxiliary loss"
RESNET = "ResNet 2 x 16, kernel 7, BN"
ALEXNET = "AlexNet"

BN_ALONE = (("batch_norm", True), ("dropout", False))

claims = (
    Claim(
        id="B1",
        quote="The 3 cNNs we implemented give better results than linear NNs.",
        test=Better((LENET_PLAIN, LENET, RESNET, ALEXNET), than=LINEAR),
    ),
    Claim(
        id="B2",
        quote="ResNet performs slightly better than LeNet; [it] gives the best predictions.",
        test=AllOf(
            BestOf(RESNET, among=(LINEAR, LENET, RESNET, ALEXNET)),
            Equivalent(RESNET, LENET, margin=0.005),
        ),
        note="Of the four networks of Table II. Slightly is taken as half a point at most, twice "
        "what is published.",
    ),
    Claim(
        id="B3",
        quote="[AlexNet's] training time before convergence is expected to be higher and it would "
        "explain the poorer results.",
        test=Better((LENET, RESNET), than=ALEXNET),
    ),
    Claim(
        id="B4",
        quote="[With dropout on the linear network] the results are overall similar.",
        test=Not(Better(LINEAR_DROPOUT, than=LINEAR, by=0.005)),
        note="Dropout does not help if it gains less than half a point.",
    ),
    Claim(
        id="B5",
        quote="The predictions are slightly better with the auxiliary loss.",
        test=Better(LENET, than=LENET_PLAIN),
        note="Slightly better is taken as any gain at all.",
    ),
    Claim(
        id="B6",
        quote="After testing the different combinations, we found BN without dropout to be the "
        "best.",
        test=AllOf(SearchChose("LeNet", BN_ALONE), SearchChose("ResNet", BN_ALONE)),
        note="Found, as in the report, by the grid: one round of 350 pairs, chosen by validation "
        "error. It says what was chosen, not by how much it is better.",
    ),
    Claim(
        id="B7",
        quote="The best combination for each neural net is represented in bold [in Table I].",
        test=AllOf(
            SearchChose("Linear", (("layers", 2), ("nodes", 128), ("dropout", False))),
            SearchChose("LeNet", (("kernel", 5), *BN_ALONE, ("auxiliary", True))),
            SearchChose("ResNet", (("blocks", 2), ("channels", 16), ("kernel", 7), *BN_ALONE)),
        ),
        note="Chosen by validation error, in one round of 350 pairs.",
    ),
    Claim(
        id="B8",
        quote="[Table II: the comparison's test error is below that of the digits in every "
        "network.]",
        test=BetterFigure(
            (LINEAR, LENET, RESNET, ALEXNET),
            of=Quantity(),
            than=Quantity(metric="digit_error"),
        ),
    ),
)
