"""Zhou's claims."""

from bakeoff import (
    AllOf,
    AtChance,
    BestOf,
    Better,
    Claim,
    Not,
    Reaches,
    RisesAgain,
    StandsStill,
)

BASIC = ("1-layer Perceptron (SGD)", "3-layer MLP (SGD)", "1st CNN (SGD)", "2nd CNN (SGD)")
IMPROVED = ("2nd CNN (Adam)", "DP", "BN", "Deep Res", "WS", "WS-AL", "Direct-digit")
IN_THE_TEXT = (
    *("2nd CNN, L1", "2nd CNN, L2", "2nd CNN, sigmoid", "2nd CNN, sigmoid, BN"),
    "Deep, no residuals",
)

claims = (
    Claim(
        id="Z1",
        quote="When increasing the number of hidden layers of MLP, the overall performance has "
        "slightly improved.",
        test=Better("3-layer MLP (SGD)", than="1-layer Perceptron (SGD)"),
        note="Slightly improved is taken as any gain at all.",
    ),
    Claim(
        id="Z2",
        quote="[Padding, and no pooling after the first convolution, help] improve the performance "
        "on the basis of previous model.",
        test=Better("2nd CNN (SGD)", than="1st CNN (SGD)"),
    ),
    Claim(
        id="Z3",
        quote="The second CNN model has the best performance among all basic models.",
        test=BestOf("2nd CNN (SGD)", among=BASIC),
    ),
    Claim(
        id="Z4",
        quote="Adam has a better convergence speed and final accuracy in most cases.",
        test=Better("2nd CNN (Adam)", than="2nd CNN (SGD)"),
        note="The case is the 2nd CNN's, which the report prints with both.",
    ),
    Claim(
        id="Z5",
        quote="Dropout [...] improves the performance suffering from overfitting.",
        test=Better("DP", than="2nd CNN (Adam)"),
    ),
    Claim(
        id="Z6",
        quote="[With batch normalization] the accuracy of testing set increases by 2%; [it] serves "
        "as the most apparent way to improve model performance.",
        test=AllOf(
            Better("BN", than="2nd CNN (Adam)", by=0.01),
            BestOf("BN", among=("DP", "BN", "Deep Res")),
        ),
        note="About 2 points is taken as 1 at least. Deep Res has batch normalisation too.",
    ),
    Claim(
        id="Z7",
        quote="An auxiliary loss of L1 and L2 regularization does not bring an obvious improvement "
        "in performance.",
        test=AllOf(
            Not(Better("2nd CNN, L1", than="2nd CNN (Adam)", by=0.01)),
            Not(Better("2nd CNN, L2", than="2nd CNN (Adam)", by=0.01)),
        ),
        note="An obvious improvement is taken as 1 point, about what dropout is said to bring.",
    ),
    Claim(
        id="Z8",
        quote="[With sigmoid] the testing accuracy stays at 52.6%. By adding batch normalization "
        "the performance has improved a lot, but it cannot reach the level of Relu activation.",
        test=AllOf(
            AtChance("2nd CNN, sigmoid", value=0.55, margin=0.02),
            Better("2nd CNN, sigmoid, BN", than="2nd CNN, sigmoid"),
            Better("BN", than="2nd CNN, sigmoid, BN"),
        ),
        note="55.0% of pairs of MNIST's test digits are positive; 52.6% was the share in the "
        "report's draw. The margin is 2 points. The level of ReLU is that of BN, the same network.",
    ),
    Claim(
        id="Z9",
        quote="A residual block [turns out to] help improve gradient vanishing problem and bring "
        "an increase in overall performance.",
        test=Better("Deep Res", than="Deep, no residuals"),
    ),
    Claim(
        id="Z10",
        quote="[With weight sharing] without auxiliary loss of digits [...], there is a small "
        "improvement.",
        test=Better("WS", than="BN"),
        note="A small improvement is taken as any gain at all.",
    ),
    Claim(
        id="Z11",
        quote="[With the auxiliary loss] the test accuracy can rise by another 3%.",
        test=Better("WS-AL", than="WS", by=0.01),
        note="The published accuracies differ by 2.4 points: 2 to 3 is taken as 1 at least.",
    ),
    Claim(
        id="Z12",
        quote="[Training directly on the digits] has the best performance in the project, reaching "
        "around 95%.",
        test=AllOf(
            BestOf("Direct-digit", among=(*BASIC, *IMPROVED, *IN_THE_TEXT)),
            Reaches("Direct-digit", value=0.95),
        ),
    ),
    Claim(
        id="Z13",
        quote="The loss of testing set begins to slightly increase after around 20 epochs with "
        "accuracy not increasing anymore.",
        test=AllOf(
            RisesAgain("2nd CNN (SGD)", after_epoch=20),
            StandsStill("2nd CNN (SGD)", after_epoch=20, margin=0.01),
        ),
        note="Said of Figure 1, whose best model is the 2nd CNN. The accuracy stands still if it "
        "ends within 1 point of where it was.",
    ),
)
