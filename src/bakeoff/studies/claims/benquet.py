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
from bakeoff.studies.claims import slightly

LINEAR = "Linear 2 x 128"
LINEAR_DROPOUT = "Linear 2 x 128, dropout"
LENET_PLAIN = "LeNet, kernel 5, BN"
LENET = "LeNet, kernel 5, BN, auxiliary loss"
RESNET = "ResNet 2 x 16, kernel 7, BN"
ALEXNET = "AlexNet"

BN_ALONE = (("batch_norm", True), ("dropout", False))
FOUND = {LINEAR: "Linear", LENET: "LeNet", RESNET: "ResNet"}

claims = (
    Claim(
        id="B1",
        quote="One can see that the 3 cNNs we implemented give better results than linear NNs.",
        test=Better((LENET, RESNET, ALEXNET), than=LINEAR),
        note="The networks are those of Table II. Any gain at all.",
    ),
    Claim(
        id="B2a",
        quote="[...] the ResNet network using batch normalization with 2 residual blocks gives the "
        "best predictions.",
        test=BestOf(RESNET, among=(LINEAR, LENET, RESNET, ALEXNET)),
        note="The four networks are those of Table II.",
    ),
    Claim(
        id="B2b",
        quote="We observe that ResNet performs slightly better than LeNet [...].",
        test=AllOf(*slightly(RESNET, than=LENET, below=0.005)),
        note="Slightly is a gain of less than 0.5 points, a fifth of LeNet's printed error of "
        "2.3%.",
    ),
    Claim(
        id="B3",
        quote="As AlexNet architecture has more parameters than LeNet and ResNet, the training "
        "time before convergence is expected to be higher and it would explain the poorer results "
        "using this architecture.",
        test=Better((LENET, RESNET), than=ALEXNET),
        note="The poorer results are tested; their reason is not.",
    ),
    Claim(
        id="B4",
        quote="[With dropout on the linear network] the results are overall similar [...].",
        test=Equivalent(LINEAR_DROPOUT, LINEAR, margin=0.005),
        note="Similar is within half a point either way, because the report says that trials "
        "differ by a few tenths of a percent.",
    ),
    Claim(
        id="B5",
        quote="The predictions are slightly better with the auxiliary loss.",
        test=AllOf(*slightly(LENET, than=LENET_PLAIN, below=0.005)),
        note="Slightly is a gain of less than 0.5 points, a fifth of the printed error of 2.4% "
        "without it.",
    ),
    Claim(
        id="B6",
        quote="[...] after testing the different combinations, we found BN without dropout to be "
        "the best.",
        test=AllOf(SearchChose("LeNet", BN_ALONE), SearchChose("ResNet", BN_ALONE)),
        note="As in the report, the grid finds it: one round of 350 pairs, chosen by validation "
        "error. This tests what was chosen, not by how much it is better.",
    ),
    Claim(
        id="B7",
        quote="The best combination for each neural net is represented in bold.",
        test=AllOf(
            *(
                Not(Better(f"{search}, chosen on validation", than=best, by=0.005))
                for best, search in FOUND.items()
            )
        ),
        note="The grid's choice here is trained again beside the combination in bold, which must "
        "not be worse by half a point: the report warns that a few tenths may change the order.",
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
        note="This is a reading of Table II; no sentence of the report says so.",
    ),
)
