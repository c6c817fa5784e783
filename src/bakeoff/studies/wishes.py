"""What the reports name as future work, each wish tried on a network of its report."""

from bakeoff import (
    SGD,
    Accuracy,
    Adam,
    AdamW,
    Affine,
    BatchNorm,
    Conv,
    Cosine,
    CrossEntropy,
    Deslant,
    DigitAccuracy,
    DigitPairs,
    ExponentialDecay,
    GlobalAveragePool,
    Linear,
    LogUniform,
    Objective,
    Optimizer,
    Patience,
    RAdam,
    ReLU,
    Residual,
    RMSprop,
    Search,
    Study,
    Variant,
    grid,
    random_search,
)
from bakeoff.studies import benquet, chen, dinh_herve, zhou
from bakeoff.studies.chen_networks import TASK as TASK_OF_DIGITS
from bakeoff.studies.claims.wishes import digit_claims, pair_claims

TASK = DigitPairs(train=1000, test=1000, metrics=(Accuracy(), DigitAccuracy()))


def reported(study: Study, name: str) -> Variant:
    """Returns a report's variant; what was published of it stands in the report's own study."""
    variant = study.variant(name)
    recipe = variant.recipe.replace(evaluate=("test",))
    return variant.replace(recipe=recipe, published=(), note="", rounds=None)


def with_recipe(variant: Variant, words: str, **changes: object) -> Variant:
    """Returns a variant whose recipe alone is changed, the words added to its name."""
    recipe = variant.recipe.replace(**changes)
    return variant.replace(name=f"{variant.name}, {words}", recipe=recipe)


weight_sharing = reported(zhou.study, "WS-AL")
siamese = reported(dinh_herve.study, "Siamese ConvNet, sharing, lambda 100")
resnet = reported(benquet.study, "ResNet 2 x 16, kernel 7, BN")
alexnet = reported(benquet.study, "AlexNet")

augmented = with_recipe(
    weight_sharing, "augmentation", augmentation=(Affine(rotation=15, shift=0.1, scale=0.1),)
)
stopped = with_recipe(weight_sharing, "early stopping", stopping=Patience(epochs=10))


def tuned(lr: float, weight_decay: float, loss_ratio: float) -> Variant:
    """Returns WS-AL with other rates, and another weight of the digit losses to begin with."""
    decaying = ExponentialDecay(initial=loss_ratio, factor=0.9)
    return weight_sharing.replace(
        objective=Objective(zhou.COMPARISON, CrossEntropy("digits", weight=decaying)),
        optimizer=Adam(lr=lr, weight_decay=weight_decay),
    )


deslanted = siamese.replace(
    name=f"{siamese.name}, deslanted",
    model=dinh_herve.siamese(Deslant(), *dinh_herve.conv_branch(128, 32, 50), shared=True),
)
scheduled = with_recipe(siamese, "cosine schedule", schedule=Cosine())


def other_optimizer(optimizer: str, lr: float) -> Variant:
    """Returns the siamese ConvNet with an optimizer that its report does not use."""
    optimizers: dict[str, Optimizer] = {
        "SGD": SGD(lr=lr, momentum=0.9, nesterov=True),
        "AdamW": AdamW(lr=lr),
        "RAdam": RAdam(lr=lr),
        "RMSprop": RMSprop(lr=lr),
    }
    return siamese.replace(optimizer=optimizers[optimizer])


def xception(*, blocks: int, channels: int) -> Variant:
    """Returns the report's ResNet with each convolution of its blocks made separable."""
    stem = Conv(channels, kernel=7, padding=3)
    separable = (
        Conv(channels, kernel=3, padding=1, groups=channels, bias=False),
        Conv(channels, kernel=1),
    )
    active = benquet.active(batch_norm=True)
    block = (Residual(*separable, *active, *separable, BatchNorm()), ReLU())
    return benquet.variant(
        f"Xception {blocks} x {channels}",
        *(stem, *active, *(block * blocks), GlobalAveragePool(), Linear(10)),
        batch_norm=True,
    )


longer = with_recipe(alexnet, "50 epochs", epochs=50)

searches = (
    Search(
        name="WS-AL, tuned",
        task=TASK,
        candidates=random_search(
            tuned,
            {
                "lr": LogUniform(3e-4, 1e-2),
                "weight_decay": LogUniform(1e-6, 1e-2),
                "loss_ratio": LogUniform(0.5, 50),
            },
            number=20,
        ),
        rounds=2,
    ),
    Search(
        name="Siamese ConvNet, another optimizer",
        task=TASK,
        candidates=grid(
            other_optimizer,
            {"optimizer": ("SGD", "AdamW", "RAdam", "RMSprop"), "lr": (1e-4, 1e-3, 1e-2)},
        ),
        rounds=2,
    ),
)

pairs = Study(
    name="wishes",
    title="What three reports would have tried next on pairs of digits",
    source="The future work of the reports of zhou, dinh-herve and benquet",
    task=TASK,
    rounds=11,
    seed=1,
    variants=(
        *(weight_sharing, augmented, stopped),
        *(siamese, deslanted, scheduled),
        *(resnet, xception(blocks=2, channels=64)),
        *(alexnet, benquet.alexnet(auxiliary=True), longer),
    ),
    assumptions=(
        "Each wish is tried on a network of the report that names it, trained as its own study "
        "does, and is the only difference from that network. Dong, Huang and Xia name none; what "
        "Chen names is about single digits of 28x28, another task: see wishes-digits.",
        "A report that wishes for something expects it to help: the claim is that it is better "
        "than the same network without, after the final epoch, by any gain at all.",
        "Zhou's wishes are tried on WS-AL, the weight-sharing model that the last of them names.",
        "Augmentation moves each image by an affine map of its own: up to 15 degrees, a tenth of "
        "the side, and a tenth of the size.",
        "Early stopping is a patience of 10 epochs on validation accuracy, 50 epochs at most, "
        "the best weights restored.",
        "Tuning draws 20 combinations: learning rates from 0.0003 to 0.01, weight decays of Adam "
        "from 1e-6 to 0.01, and first weights of the digit losses, gamma, from 0.5 to 50, each "
        "equally likely in every decade; the report has 0.001, 0 and 5. Two rounds each, chosen by "
        "mean validation accuracy.",
        "Dinh Van Chi and Herve's wishes are tried on their best model, lambda 100. Preprocessing "
        "beyond standardised pixels is to shear each image upright, as LeCun et al. (1998) did. "
        "The schedule is half a cosine from the report's learning rate to 0.",
        "The other optimizers are SGD with Nesterov's momentum of 0.9, AdamW, RAdam and RMSprop at "
        "learning rates of 1e-4, 1e-3 and 1e-2, those that dinh-herve tries for Adam. Two rounds "
        "each, chosen by mean validation accuracy.",
        "Benquet, Borden and Jesslen's deeper network is AlexNet, the only one of theirs with more "
        "layers than LeNet and without batch normalisation, so that gradients can vanish. Its "
        "auxiliary head, one linear layer of ten, reads the third of its five convolutions; its "
        "loss has weight 1, as LeNet's has.",
        "AlexNet with more epochs has 50, twice the report's.",
        "The Xception-like network is the report's ResNet with each convolution of its blocks made "
        "separable: one of kernel 3 of each channel by itself, then one of kernel 1 across them "
        "(Chollet 2017). It has 64 channels where ResNet has 16, so 23,434 parameters to 51,370; "
        "on one CPU core a step takes half as long again.",
    ),
    searches=searches,
    claims=pair_claims,
)

EPOCHS = 10


def beyond_one_epoch(name: str) -> Variant:
    """Returns one of Chen's variants, trained for as long as its best model."""
    return with_recipe(reported(chen.study, name), f"{EPOCHS} epochs", epochs=EPOCHS)


digits = Study(
    name="wishes-digits",
    title="Dropout and momentum beyond one epoch, on single digits",
    source="What the report of chen tried for one epoch, or with one model alone",
    task=TASK_OF_DIGITS.replace(train=8_000, test=5_000),
    rounds=10,
    seed=1,
    variants=tuple(
        map(beyond_one_epoch, ("2 linear layers", "Dropout", "Base network", "Momentum 0.9"))
    ),
    assumptions=(
        "A round draws 8,000 training and 5,000 test images of MNIST's 60,000 and 10,000, so that "
        "ten epochs have a third more steps than the report's one.",
        "Ten epochs are what the report gives its best model; all else is as in its own study.",
        "Dropout stands between two linear layers, so its rival is the network with two linear "
        "layers; momentum is 0.9 at the base network's learning rate of 0.1.",
    ),
    claims=digit_claims,
)
