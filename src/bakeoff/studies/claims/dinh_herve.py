"""Dinh Van Chi & Herve's claims."""

from bakeoff import AllOf, BestOf, Better, BetterBy, Claim, Equivalent, ParametersWithin
from bakeoff.studies.claims import slightly

NAIVE = ("Naive MLP", "Naive ConvNet")
SIAMESE = ("Siamese ConvNet", "Siamese ConvNet, sharing")
ABOVE_1 = tuple(f"Siamese ConvNet, sharing, lambda {weight}" for weight in (2, 5, 10))
LARGEST = "Siamese ConvNet, sharing, lambda 100"
LAMBDAS = (
    *(f"Siamese ConvNet, sharing, lambda {weight}" for weight in (0.01, 0.1, 1)),
    *(*ABOVE_1, LARGEST),
)

claims = (
    Claim(
        id="D1",
        quote="[...] using a simple MLP might lead to poor performance. [...] One can make use of "
        "convolutional layers [...].",
        test=Better("Naive ConvNet", than="Naive MLP"),
        note="Poor is taken as worse than the ConvNet, by any amount.",
    ),
    Claim(
        id="D2",
        quote="[...] the siamese networks tend to learn better than the naive models.",
        test=Better(SIAMESE, than=NAIVE),
        note="The report says so of Figure 5, whose siamese networks are ConvNets. The one with an "
        "auxiliary loss is left out, because it belongs to another claim.",
    ),
    Claim(
        id="D3a",
        quote="Small improvements can also be seen when the weight sharing option is activated.",
        test=AllOf(
            *slightly("Siamese MLP, sharing", than="Siamese MLP", below=0.038),
            *slightly("Siamese ConvNet, sharing", than="Siamese ConvNet", below=0.032),
        ),
        note="The report says so of Figure 3, which shows both kinds of branch. Small is a gain of "
        "less than a fifth of the printed errors of 19.0% (MLP) and 15.8% (ConvNet).",
    ),
    Claim(
        id="D3b",
        quote="[...] sharing weights considerably decreases the number of parameters of the model "
        "[...].",
        test=ParametersWithin("Siamese ConvNet, sharing", low=1, high=74_571),
        note="Considerably is a fifth at least, so at most four fifths of the 93,214 parameters "
        "without sharing are left.",
    ),
    Claim(
        id="D4",
        quote="[...] networks implemented with ConvNets tend to achieve higher accuracies.",
        test=AllOf(
            Better("Siamese ConvNet", than="Siamese MLP"),
            Better("Siamese ConvNet, sharing", than="Siamese MLP, sharing"),
        ),
        note="The report says so of Figure 3, of siamese networks. Any gain at all.",
    ),
    Claim(
        id="D5",
        quote="[...] adding auxiliary losses outperforms the previous best model by around 10% "
        "accuracy.",
        test=BetterBy(LARGEST, than="Siamese ConvNet, sharing", about=0.10, margin=0.02),
        note="Around 10 points is taken as 8 to 12. The learning rates differ too, 0.01 and "
        "0.0001.",
    ),
    Claim(
        id="D6a",
        quote="λ was optimal for λ = 100 [...].",
        test=BestOf(LARGEST, among=LAMBDAS),
        note="Optimal is any gain over each of the other six.",
    ),
    Claim(
        id="D6b",
        quote="[...] the accuracy tends to cap around 0.95 when λ > 1 [...].",
        test=AllOf(*(Equivalent(each, LARGEST, margin=0.01) for each in ABOVE_1)),
        note="The accuracy caps if it is within 1 point of that for lambda 100 with lambdas of 2, "
        "5 and 10. The 0.95 is not tested, because it is the best epoch's on the test set.",
    ),
)
