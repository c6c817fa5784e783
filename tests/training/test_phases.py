"""Phases: what one does not train stays, epochs add up, each has its own optimizer and schedule."""

import itertools
from dataclasses import replace

import pytest
import torch

from bakeoff.analysis.audit.curves import overfit, unconverged
from bakeoff.claims.curves import RisesAgain
from bakeoff.data.metrics import Error
from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import SpecError
from bakeoff.models.layers import Flatten, Linear, ReLU
from bakeoff.models.network import Head, Network, PerImage
from bakeoff.study.claims import Claim
from bakeoff.study.study import QUICK, Overrides, Study
from bakeoff.study.trial import trials
from bakeoff.study.variant import Variant
from bakeoff.training import loop
from bakeoff.training.averaging import EMA
from bakeoff.training.checkpoint import Checkpoint
from bakeoff.training.loop import train
from bakeoff.training.objective import CrossEntropy, Objective, SquaredError
from bakeoff.training.optimizers import SGD, Adam, ParameterGroup
from bakeoff.training.recipe import Phase, Recipe
from bakeoff.training.schedules import Schedule, Warmup
from bakeoff.training.stopping import Patience
from made_history import made

NETWORK = Network(
    *(PerImage(Flatten(), Linear(16), ReLU(), Linear(10)), Head("digits")),
    *(Flatten(), Linear(2), Head("comparison")),
)
LATE = {name for name, p in NETWORK.build().named_parameters() if p.shape[0] == 2}
DIGITS = Phase(objective=CrossEntropy("digits"), epochs=3)


@pytest.fixture
def two(workload):
    return replace(workload, model=NETWORK, recipe=Recipe(epochs=2, batch=16, before=(DIGITS,)))


@pytest.fixture
def weights(monkeypatch):
    """Train, and return the history and the weights before training and after each epoch."""

    def run(workload, **fields):
        kept, real = [], loop._train_epoch

        def now(net):
            return {n: p.detach().clone() for n, p in net.named_parameters()}

        def epoch(workload, net, *rest):
            if not kept:
                kept.append(now(net))
            found = real(workload, net, *rest)
            kept.append(now(net))
            return found

        monkeypatch.setattr(loop, "_train_epoch", epoch)
        history = train(workload, seed=0, **fields)
        monkeypatch.setattr(loop, "_train_epoch", real)
        return history, kept

    return run


def same(one, other, names):
    return all(torch.equal(one[name], other[name]) for name in names)


@pytest.mark.parametrize("optimizer", [Adam(lr=1e-2, weight_decay=0.1), SGD(lr=0.1, momentum=0.9)])
def test_what_a_phase_does_not_train_stays_as_it_is(two, weights, optimizer):
    _, kept = weights(replace(two, optimizer=optimizer))
    early = set(kept[0]) - LATE
    assert LATE
    assert early
    for before, after in itertools.pairwise(kept[:4]):
        assert same(before, after, LATE)
        assert not same(before, after, early)
    assert not same(kept[3], kept[4], LATE)


def test_a_phase_is_a_training_of_its_own(two, weights):
    _, kept = weights(two)
    alone = replace(two, objective=DIGITS.objective, recipe=Recipe(epochs=3, batch=16))
    _, digits = weights(alone)
    assert all(same(one, other, one) for one, other in zip(kept[:4], digits, strict=True))


def test_curves_have_all_epochs_and_each_the_loss_of_its_phase(two):
    history = train(two, seed=0)
    assert history.epochs == two.recipe.all_epochs == 5
    assert all(len(v) == 5 for curves in history.curves.values() for v in curves.values())
    alone = replace(two, objective=DIGITS.objective, recipe=Recipe(epochs=3, batch=16))
    digits = train(alone, seed=0)
    assert history.curves["test"]["loss"][:3] == digits.curves["test"]["loss"]
    assert history.curves["test"]["loss"][3] < 1.0 < history.curves["test"]["loss"][0]


class Asked(Schedule):
    """It notes what it is asked."""

    name: str

    def rate(self, step, steps):
        ASKED.append((self.name, step, steps))
        return 1.0


ASKED = []


def test_each_phase_has_its_schedule_over_its_own_steps(two):
    ASKED.clear()
    first = DIGITS.replace(schedule=Asked(name="first"))
    recipe = two.recipe.replace(before=(first,), schedule=Asked(name="last"))
    train(replace(two, recipe=recipe), seed=0)
    each = [("first", step, 12) for step in range(12)] + [("last", step, 8) for step in range(8)]
    assert each == ASKED


def test_each_phase_begins_with_an_optimizer_of_its_own(two, weights):
    own = DIGITS.replace(optimizer=SGD(lr=0.1))
    _, kept = weights(replace(two, recipe=two.recipe.replace(before=(own,))))
    alone = replace(
        two, objective=own.objective, optimizer=SGD(lr=0.1), recipe=Recipe(epochs=3, batch=16)
    )
    _, digits = weights(alone)
    assert same(kept[3], digits[3], kept[3])
    # The one that follows remembers nothing: a phase of the same objective begins its means anew.
    halves = two.recipe.replace(before=(Phase(objective=two.objective, epochs=2),))
    _, split = weights(replace(two, recipe=halves))
    _, whole = weights(replace(two, recipe=Recipe(epochs=4, batch=16)))
    assert same(split[2], whole[2], split[2])
    assert not same(split[4], whole[4], split[4])
    _, plain = weights(replace(two, recipe=halves, optimizer=SGD(lr=0.1)))
    _, ones = weights(replace(two, recipe=Recipe(epochs=4, batch=16), optimizer=SGD(lr=0.1)))
    assert same(plain[4], ones[4], plain[4])


def test_a_group_frozen_in_one_phase_trains_in_the_next(two, weights):
    frozen = SGD(lr=0.1, groups=(ParameterGroup(layer="Linear", name="*weight", lr=0.0),))
    recipe = two.recipe.replace(before=(DIGITS.replace(optimizer=frozen),))
    history, kept = weights(replace(two, recipe=recipe))
    still = {name for name in kept[0] if name.endswith("weight")}
    assert same(kept[0], kept[3], still)
    assert not any(same(kept[3], kept[5], [name]) for name in still)
    assert history.parameters == NETWORK.parameters()


def test_what_a_phase_left_does_not_enter_the_clip_of_the_next(two, weights, tmp_path):
    """Gradients of what the last phase freezes were kept, and shortened all others."""
    frozen = SGD(lr=0.1, groups=(ParameterGroup(layer="Linear", name="*bias", lr=0.0),))
    wild = Phase(objective=CrossEntropy("digits", weight=100.0), epochs=1, optimizer=SGD(lr=1e-4))
    recipe = two.recipe.replace(before=(wild,), clip=0.5)
    workload = replace(two, recipe=recipe, optimizer=frozen)
    file = tmp_path / "key.safetensors"
    _, whole = weights(workload)
    real = Checkpoint.save

    def save_and_stop(self, net, optimizer, progress):
        real(self, net, optimizer, progress)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "save", save_and_stop)
        with pytest.raises(KeyboardInterrupt):
            train(workload, seed=0, checkpoint=Checkpoint(file, key="k", patience=0.0))
    _, again = weights(workload, checkpoint=Checkpoint(file, key="k", patience=0.0))
    assert same(whole[-1], again[-1], whole[-1])


def test_stopping_and_averaging_begin_after_the_phases(two, monkeypatch):
    asked = []

    class After(Patience):
        def stops(self, scores):
            asked.append(len(scores))
            return False

    started = []
    real = loop.fold_in
    monkeypatch.setattr(loop, "fold_in", lambda *given: started.append(1) or real(*given))
    recipe = two.recipe.replace(stopping=After(epochs=1), averaging=EMA())
    history = train(replace(two, recipe=recipe), seed=0)
    assert asked == [1, 2]
    assert len(started) == 2 * 4
    best = history.value("validation")
    assert best == min(history.curves["validation"]["error"][3:])


def test_patience_counts_the_epochs_of_the_last_phase_alone(two):
    recipe = two.recipe.replace(epochs=20, stopping=Patience(epochs=2, metric="loss"))
    history = train(replace(two, recipe=recipe, optimizer=Adam(lr=0.1)), seed=0)
    losses = history.curves["validation"]["loss"][3:]
    assert history.epochs == min(23, 3 + losses.index(min(losses)) + 3)


# Declared


def study(*before, epochs=4, **fields):
    recipe = Recipe(epochs=epochs, batch=10, before=before, **fields)
    variant = Variant(
        name="a", model=NETWORK, objective=Objective(CrossEntropy("comparison")), recipe=recipe
    )
    task = DigitPairs(train=40, validation=10, test=20)
    return Study(name="s", task=task, variants=(variant,), rounds=3)


def epochs_of(study):
    (variant,) = study.variants
    return [phase.epochs for phase in (*variant.recipe.before, variant.recipe)]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (Overrides(), [8, 2, 4]),
        (Overrides(epochs=2), [4, 1, 2]),
        (Overrides(epochs=8), [16, 4, 8]),
        (Overrides(epochs=1), [2, 1, 1]),
        (Overrides(most_epochs=7), [4, 1, 2]),
        (Overrides(most_epochs=100), [8, 2, 4]),
        (QUICK, [2, 1, 1]),
    ],
)
def test_a_shortened_run_shortens_every_phase(by, expected):
    other = Phase(objective=CrossEntropy("digits"), epochs=2)
    found = study(DIGITS.replace(epochs=8), other).overridden(by)
    assert epochs_of(found) == expected


def test_a_quick_look_is_quick_also_where_the_last_phase_is_the_shortest():
    found = study(DIGITS.replace(epochs=100), epochs=2).overridden(QUICK)
    assert epochs_of(found) == [3, 1]


def test_a_phase_is_part_of_the_key_and_no_phase_is_none():
    keys = [
        trial.key()
        for given in (study(), study(DIGITS), study(DIGITS.replace(epochs=4)), study())
        for _, trial in trials(given.overridden(Overrides(rounds=1)), data="d")
    ]
    assert len(set(keys)) == 3
    assert keys[0] == keys[3]


def test_a_loss_may_stand_for_an_objective_and_take_its_head_from_the_task():
    plain = Network(Linear(2), Head("only"))
    before = (Phase(objective=CrossEntropy(), epochs=1),)
    variant = Variant(name="a", model=plain, recipe=Recipe(epochs=1, before=before))
    found = Study(name="s", task=DigitPairs(train=40, test=20), variants=(variant,))
    (phase,) = found.variants[0].recipe.before
    assert phase.objective == Objective(CrossEntropy("only", label="comparison"))


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        (Phase(objective=CrossEntropy("digit"), epochs=1), "reads the head 'digit', which its mod"),
        (
            Phase(objective=CrossEntropy("digits", label="digit"), epochs=1),
            r"label 'digit', which DigitPairs does not have; did you mean 'digits'\?",
        ),
        (Phase(objective=SquaredError("digits"), epochs=1), "is for numbers, and the label"),
        (
            Phase(objective=CrossEntropy("comparison", label="digits"), epochs=1),
            r"head 'comparison' has shape \(N, 2\); .* needs \(N, 2, 10\)",
        ),
        (DIGITS.replace(schedule=Warmup(13)), r"cannot use Warmup\(.*13.*: it rises over 13 steps"),
    ],
)
def test_a_phase_that_cannot_be_trained_is_a_sentence_when_declared(phase, words):
    with pytest.raises(SpecError, match=words):
        study(phase)


def test_a_schedule_may_be_as_long_as_its_phase():
    study(DIGITS.replace(schedule=Warmup(12)), schedule=Warmup(16))
    with pytest.raises(SpecError, match="rises over 17 steps, and the training has 16"):
        study(DIGITS, schedule=Warmup(17))


def test_phases_that_are_nothing_are_refused():
    with pytest.raises(SpecError, match=r"Phase\.epochs"):
        Phase(objective=CrossEntropy("digits"), epochs=0)
    with pytest.raises(SpecError, match=r"Recipe\.before"):
        Recipe(epochs=1, before=DIGITS)


# What is made of them


def test_claims_and_tables_count_the_epochs_of_all_phases():
    given = study(DIGITS, epochs=2)

    def claiming(epoch):
        claim = Claim(id="1", quote="It rises.", test=RisesAgain("a", after_epoch=epoch))
        return given.replace(claims=(claim,))

    claiming(4)
    with pytest.raises(SpecError, match="it is trained for 5 epochs alone"):
        claiming(5)


def curves(losses):
    return {
        "train": {"loss": tuple(losses), "error": (0.5,) * len(losses)},
        "test": {"loss": tuple(losses), "error": (0.5,) * len(losses)},
    }


def test_the_audit_looks_at_the_last_phase_alone():
    """The loss of one phase is no sign of what the loss of another does."""
    (variant,) = study(DIGITS.replace(epochs=10), epochs=10).variants
    level = [0.1] * 10 + [0.7] * 10
    places = [replace(made(test=(0.5,)), curves=curves(level)) for _ in range(6)]
    assert overfit(variant, places, Error()) is None
    rising = [0.1] * 10 + [0.7, 0.6, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.0, 1.0]
    places = [replace(made(test=(0.5,)), curves=curves(rising)) for _ in range(6)]
    assert overfit(variant, places, Error()).since == 13
    # Two parts of three epochs are needed: the last phase of 5 has none.
    (short,) = study(DIGITS.replace(epochs=10), epochs=5).variants
    falling = [1.0] * 10 + [0.9, 0.7, 0.5, 0.3, 0.1]
    places = [replace(made(test=(0.5,)), curves=curves(falling)) for _ in range(6)]
    assert unconverged(short, places, Error()) is None
