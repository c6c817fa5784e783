"""The wishes: each differs from its report's own network in what it says, and in nothing else."""

import pytest
from trained_apart import differences

from bakeoff.models.layers import Conv, Deslant
from bakeoff.models.network import Head, Residual
from bakeoff.studies import REPORTS, benquet, wishes

WS_AL = "WS-AL"
SIAMESE = "Siamese ConvNet, sharing, lambda 100"
CHANGED = {
    "WS-AL, augmentation": (WS_AL, {"recipe.augmentation"}),
    "WS-AL, early stopping": (WS_AL, {"recipe.stopping"}),
    f"{SIAMESE}, deslanted": (SIAMESE, {"model"}),
    f"{SIAMESE}, cosine schedule": (SIAMESE, {"recipe.schedule"}),
    "Xception 2 x 64, BN": ("ResNet 2 x 16, kernel 7, BN", {"model"}),
    "AlexNet, auxiliary loss": ("AlexNet", {"model", "objective"}),
    "AlexNet, 50 epochs": ("AlexNet", {"recipe.epochs"}),
    "Dropout, 10 epochs": ("2 linear layers, 10 epochs", {"model"}),
    "Momentum 0.9, 10 epochs": ("Base network, 10 epochs", {"optimizer"}),
}
"""What is trained beside which network, and the fields that tell them apart."""

SEARCHED = {
    "WS-AL, tuned": (WS_AL, {"objective", "optimizer"}),
    "Siamese ConvNet, another optimizer": (SIAMESE, {"optimizer"}),
}
VARIANTS = {v.name: v for study in (wishes.pairs, wishes.digits) for v in study.variants}
PUBLISHED = {v.name: v for study in REPORTS for v in study.variants}


def branch(variant):
    """Return the layers that each image goes through."""
    return variant.model.layers[0].layers


def test_every_variant_is_a_wish_or_what_it_is_held_against():
    assert set(VARIANTS) == {*CHANGED, *(baseline for baseline, _ in CHANGED.values())}


@pytest.mark.parametrize("name", CHANGED)
def test_a_wish_changes_what_it_says_and_nothing_else(name):
    baseline, changed = CHANGED[name]
    assert differences(VARIANTS[name], VARIANTS[baseline]) == changed


@pytest.mark.parametrize("search", wishes.pairs.searches, ids=lambda search: search.name)
def test_what_is_searched_is_all_that_tells_candidates_from_their_baseline(search):
    baseline, searched = SEARCHED[search.name]
    for candidate in search.tried:
        found = differences(candidate.variant, VARIANTS[baseline])
        assert found == searched, candidate.label
    assert search.task == wishes.pairs.task
    assert all(quantity.split == "validation" for quantity in search.choose)


@pytest.mark.parametrize("name", sorted({baseline for baseline, _ in CHANGED.values()}))
def test_baselines_are_the_networks_of_the_reports(name):
    own = PUBLISHED[name.removesuffix(", 10 epochs")].bare()
    epochs = 10 if name.endswith(", 10 epochs") else own.recipe.epochs
    recipe = own.recipe.replace(epochs=epochs, evaluate=("test",))
    assert VARIANTS[name].bare() == own.replace(recipe=recipe)


def test_every_claim_holds_a_wish_against_its_baseline():
    pairs = {name: baseline for name, (baseline, _) in CHANGED.items()}
    pairs |= {search.winner_name: SEARCHED[search.name][0] for search in wishes.pairs.searches}
    claims = (*wishes.pairs.claims, *wishes.digits.claims)
    assert {claim.test.better: claim.test.than for claim in claims} == pairs


def test_networks_differ_from_their_baselines_in_the_layers_that_are_wished_for():
    deslanted, plain = VARIANTS[f"{SIAMESE}, deslanted"], VARIANTS[SIAMESE]
    assert branch(deslanted) == (Deslant(), *branch(plain))

    auxiliary, alexnet = VARIANTS["AlexNet, auxiliary loss"], VARIANTS["AlexNet"]
    heads = [each for each in branch(auxiliary) if getattr(each, "name", "") == "auxiliary"]
    assert [type(head) for head in heads] == [Head]
    assert tuple(each for each in branch(auxiliary) if each not in heads) == branch(alexnet)

    def joined(layers):
        """Return layers with each separable convolution made a plain one."""
        for layer in layers:
            match layer:
                case Residual():
                    yield Residual(*joined(layer.layers))
                case Conv(groups=64):
                    yield layer.replace(kernel=7, padding=3, groups=1, bias=True)
                case Conv(kernel=1):
                    continue
                case _:
                    yield layer

    xception = VARIANTS["Xception 2 x 64, BN"]
    resnet = benquet.resnet(batch_norm=True, dropout=False, blocks=2, channels=64, kernel=7)
    assert tuple(joined(branch(xception))) == branch(resnet)
