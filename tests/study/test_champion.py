"""The champion's ladder: each step differs from the one before in what it is called for."""

import pytest
from trained_apart import differences

from bakeoff.claims.differences import Better
from bakeoff.models.network import Network
from bakeoff.studies import champion, dinh_herve
from bakeoff.training.schedules import Constant

STEPS = {
    "+ direct digits": {"objective", "decision"},
    "+ width and residuals": {"model", "optimizer"},
    "+ augmentation": {"recipe.epochs", "recipe.batch", "recipe.augmentation"},
    "+ schedule": {"recipe.schedule", "objective"},
    "+ averaging": {"recipe.averaging"},
    "+ views": {"recipe.views"},
    "Champion": {"model"},
}
LADDER = champion.study.variants


def test_the_ladder_begins_with_the_best_network_of_a_report():
    reported = dinh_herve.study.variant("Siamese ConvNet, sharing, lambda 100")
    assert differences(LADDER[0], reported) == {"recipe.evaluate"}


@pytest.mark.parametrize("place", range(1, len(LADDER)))
def test_a_step_adds_what_it_says_and_nothing_else(place):
    step = LADDER[place]
    assert differences(step, LADDER[place - 1]) == STEPS[step.name]


def test_every_step_has_a_claim_to_beat_the_one_before():
    tests = [claim.test for claim in champion.study.claims if isinstance(claim.test, Better)]
    pairs = [(test.better, test.than) for test in tests]
    names = [variant.name for variant in LADDER]
    assert pairs == list(zip(names[1:], names[:-1], strict=True))


def test_nothing_is_chosen_on_test_and_the_last_epoch_is_measured():
    for variant in LADDER:
        assert variant.recipe.evaluated == ()
        assert variant.recipe.stopping is None
    assert champion.study.searches == ()
    assert champion.study.task.sizes == {"train": 1000, "test": 1000}


def test_members_and_width_are_counted():
    network, ensemble = LADDER[-2].model, LADDER[-1].model
    assert isinstance(network, Network)
    assert ensemble.parameters() == ensemble.members * network.parameters()
    assert type(LADDER[2].recipe.schedule) is Constant
