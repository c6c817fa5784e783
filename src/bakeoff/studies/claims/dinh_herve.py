"""Dinh Van Chi & Herve's claims."""

from bakeoff import AllOf, BestOf, Better, Claim, Equivalent, ParametersWithin

NAIVE = ("Naive MLP", "Naive ConvNet")
SIAMESE = ("Siamese ConvNet", "Siamese ConvNet, sharing")
LEVEL = tuple(f"Siamese ConvNet, sharing, lambda {weight}" for weight in (1, 2, 5, 10))
LARGEST = "Siamese ConvNet, sharing, lambda 100"
LAMBDAS = (
    *("Siamese ConvNet, sharing, lambda 0.01", "Siamese ConvNet, sharing, lambda 0.1"),
    *(*LEVEL, LARGEST),
)

claims = (
    Claim(
        id="D1",
        quote="Using a simple MLP might lead to poor performance. [...] One can make use of "
        "convolutional layers.",
        test=Better("Naive ConvNet", than="Naive MLP"),
    ),
    Claim(
        id="D2",
        quote="The siamese networks tend to learn better than the naive models.",
        test=Better(SIAMESE, than=NAIVE),
        note="Said of Figure 5, whose siamese networks are ConvNets; the one with an auxiliary "
        "loss is left out, for that is another claim.",
    ),
    Claim(
        id="D3",
        quote="Small improvements can also be seen when the weight sharing option is activated; "
        "sharing weights considerably decreases the number of parameters.",
        test=AllOf(
            Better("Siamese MLP, sharing", than="Siamese MLP"),
            Better("Siamese ConvNet, sharing", than="Siamese ConvNet"),
            ParametersWithin(("Siamese ConvNet, sharing",), low=41_947, high=51_267),
        ),
        note="Said of Figure 3, which shows both kinds of branch. A small improvement is taken as "
        "any gain at all, about half as 45 to 55% of the 93,214 parameters without sharing.",
    ),
    Claim(
        id="D4",
        quote="Networks implemented with ConvNets tend to achieve higher accuracies.",
        test=AllOf(
            Better("Siamese ConvNet", than="Siamese MLP"),
            Better("Siamese ConvNet, sharing", than="Siamese MLP, sharing"),
        ),
        note="Said of Figure 3, of siamese networks.",
    ),
    Claim(
        id="D5",
        quote="Adding auxiliary losses outperforms the previous best model by around 10% accuracy.",
        test=Better(LARGEST, than="Siamese ConvNet, sharing", by=0.08),
        note="The published accuracies differ by 9.0 points: 9 to 10 is taken as 8 at least. The "
        "two differ in their learning rate as well, 0.01 and 0.0001.",
    ),
    Claim(
        id="D6",
        quote="Lambda was optimal for lambda = 100. [...] The accuracy tends to cap around 0.95 "
        "when lambda > 1.",
        test=AllOf(
            BestOf(LARGEST, among=LAMBDAS),
            *(Equivalent(LARGEST, each, margin=0.01) for each in LEVEL),
        ),
        note="The accuracy levels off if lambdas of 1 and more are within 1 point of 100.",
    ),
)
