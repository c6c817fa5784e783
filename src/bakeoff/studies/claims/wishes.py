"""What the authors of the reports expect of what they would have tried next."""

from bakeoff import Better, Claim

WS_AL = "WS-AL"
SIAMESE = "Siamese ConvNet, sharing, lambda 100"
RESNET = "ResNet 2 x 16, kernel 7, BN"
ALEXNET = "AlexNet"

pair_claims = (
    Claim(
        id="F1",
        quote="[There is still much that can be done to improve my model:] data augmentation "
        "[...].",
        test=Better(f"{WS_AL}, augmentation", than=WS_AL),
        note="Zhou's. Any gain at all.",
    ),
    Claim(
        id="F2",
        quote="[To improve my model:] other tricks like early stopping [...].",
        test=Better(f"{WS_AL}, early stopping", than=WS_AL),
        note="Zhou's. Any gain at all.",
    ),
    Claim(
        id="F3",
        quote="[To improve my model:] more precise hyperparameter tuning, especially learning "
        "rate, weight decay and loss ratio in weight sharing model.",
        test=Better(f"{WS_AL}, tuned, chosen on validation", than=WS_AL),
        note="Zhou's. What the search chooses, trained again; any gain at all.",
    ),
    Claim(
        id="F4",
        quote="[To go further] we could have done more pre-processing on the dataset [...].",
        test=Better(f"{SIAMESE}, deslanted", than=SIAMESE),
        note="Dinh Van Chi and Herve's. Further is taken as any gain at all.",
    ),
    Claim(
        id="F5",
        quote="[To go further] we could have tried our implementations on different optimizers "
        "[...].",
        test=Better("Siamese ConvNet, another optimizer, chosen on validation", than=SIAMESE),
        note="Dinh Van Chi and Herve's. What the search chooses among four other optimizers, "
        "trained again; further is taken as any gain at all.",
    ),
    Claim(
        id="F6",
        quote="[...] or even use some schedulers, which are known to lead to better performances.",
        test=Better(f"{SIAMESE}, cosine schedule", than=SIAMESE),
        note="Dinh Van Chi and Herve's. Any gain at all.",
    ),
    Claim(
        id="F7",
        quote="[...] the effect of the auxiliary loss might lead to real improvements in the "
        "results with a deeper network [...].",
        test=Better(f"{ALEXNET}, auxiliary loss", than=ALEXNET),
        note="Benquet, Borden and Jesslen's. Any gain at all.",
    ),
    Claim(
        id="F8",
        quote="[Of AlexNet:] the training time before convergence is expected to be higher and it "
        "would explain the poorer results [...].",
        test=Better(f"{ALEXNET}, 50 epochs", than=ALEXNET),
        note="Benquet, Borden and Jesslen's. If it explains them, more epochs help, by any amount.",
    ),
    Claim(
        id="F9",
        quote="We tried implementing a Xception network but we met computational power "
        "limitations.",
        test=Better("Xception 2 x 64, BN", than=RESNET),
        note="Benquet, Borden and Jesslen's. No sentence says what it would have brought: tried "
        "is taken as hoped to be better than ResNet, their best, by any amount.",
    ),
)

digit_claims = (
    Claim(
        id="F10",
        quote="Dropout layers [...] thus allows for better generalization.",
        test=Better("Dropout, 10 epochs", than="2 linear layers, 10 epochs"),
        note="Chen's, who compared dropout with none after one epoch alone. Any gain at all on the "
        "test set.",
    ),
    Claim(
        id="F11",
        quote="We thus train this model with 10 epochs with a momentum of 0.9.",
        test=Better("Momentum 0.9, 10 epochs", than="Base network, 10 epochs"),
        note="Chen's, whose best model alone was trained so, with nothing beside it. Any gain at "
        "all of the base network.",
    ),
)
