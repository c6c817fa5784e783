"""Schedules are pure functions of the step; what they do to training is repeated to the bit."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn, optim

from bakeoff.data.tasks import DigitPairs, KFold
from bakeoff.errors import ModelError, SpecError
from bakeoff.models.layers import Linear
from bakeoff.models.network import Head, Network
from bakeoff.study.study import Overrides, Study
from bakeoff.study.variant import Variant
from bakeoff.training import loop, recipe
from bakeoff.training.checkpoint import Checkpoint
from bakeoff.training.evaluate import parts
from bakeoff.training.loop import train
from bakeoff.training.optimizers import SGD, Adam, AdamW, Optimizer
from bakeoff.training.schedules import (
    Constant,
    Cosine,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
    Warmup,
)
from bakeoff.training.steps import scale_rate
from bakeoff.training.stopping import Patience

factors = st.floats(0, 1)
shares = st.floats(0.01, 0.99)
plain = st.one_of(
    st.just(Constant()),
    st.builds(Cosine, final=factors),
    st.builds(OneCycle, peak_at=shares, start=factors, final=factors),
    st.builds(StepDecay, every=shares, factor=st.floats(0.01, 1)),
)
any_schedule = plain | st.builds(Warmup, shares | st.integers(1, 50), then=plain)
many = st.integers(1, 500)


class Halved(Schedule):
    """A user's own."""

    def rate(self, step, steps):  # noqa: ARG002
        return 0.5


class Torchs(Optimizer):
    def build(self, parameters):
        return optim.SGD(parameters, lr=0.1, momentum=0.9)


def rates(schedule, steps):
    return [schedule.rate(step, steps) for step in range(steps)]


@given(any_schedule, many)
def test_a_rate_is_at_most_the_optimizers_own_and_never_negative(schedule, steps):
    assert all(0 <= rate <= 1 for rate in rates(schedule, steps))


@given(any_schedule, many)
def test_a_rate_is_a_function_of_the_step_alone(schedule, steps):
    assert rates(schedule, steps)[::-1] == [
        schedule.rate(step, steps) for step in reversed(range(steps))
    ]


@given(factors, shares, factors, many)
def test_ends_are_those_declared(start, peak_at, final, steps):
    cycle = OneCycle(peak_at=peak_at, start=start, final=final)
    assert Cosine(final=final).rate(0, steps) == 1
    assert cycle.rate(0, steps) == pytest.approx(start)
    for schedule in (Cosine(final=final), cycle):
        assert schedule.rate(steps, steps) == pytest.approx(final, abs=1e-12)
    assert max(rates(cycle, 1000)) > 0.98


@given(st.one_of(st.builds(Cosine, final=factors), st.builds(OneCycle, start=factors)))
def test_smooth_schedules_have_no_jump(schedule):
    steps = 1000
    found = rates(schedule, steps)
    # Half a cosine over a share of 0.3 changes by pi / 2 / 0.3 of it at its steepest.
    assert max(abs(a - b) for a, b in itertools.pairwise(found)) < 6 / steps


@given(shares | st.integers(1, 50), plain, many)
def test_a_warm_up_rises_evenly_and_leaves_the_rest_to_what_follows(over, then, steps):
    found = rates(Warmup(over, then=then), steps)
    rising = over if isinstance(over, int) else max(1, round(over * steps))
    assert found[:rising] == [(step + 1) / rising for step in range(min(rising, steps))]
    assert found[rising:] == rates(then, max(0, steps - rising))


@pytest.mark.parametrize("drops", range(2, 31))
def test_a_step_decay_drops_at_the_step_that_is_meant(drops):
    found = rates(StepDecay(every=1 / drops, factor=0.5), 10 * drops)
    assert found == [0.5 ** (step // 10) for step in range(10 * drops)]


def test_a_cosine_is_torchs_own():
    parameter = nn.Parameter(torch.ones(1))
    optimizer = optim.SGD([parameter], lr=1.0)
    theirs = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=50, eta_min=0.1)
    expected = []
    for _ in range(50):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()
    assert rates(Cosine(final=0.1), 50) == pytest.approx(expected)


scores = st.lists(
    st.one_of(st.integers(0, 4).map(float), st.floats(-1, 1), st.just(-math.inf)), max_size=40
)


@given(scores, st.integers(1, 6), st.sampled_from([0.1, 0.5]))
def test_a_plateau_is_torchs_with_a_patience_of_one_less(scores, patience, factor):
    optimizer = optim.SGD([nn.Parameter(torch.ones(1))], lr=1.0)
    theirs = optim.lr_scheduler.ReduceLROnPlateau(
        *(optimizer, "max", factor, patience - 1), threshold=0.0, threshold_mode="abs", eps=0.0
    )
    ours = ReduceOnPlateau(factor=factor, patience=patience)
    for epoch, score in enumerate(scores, start=1):
        theirs.step(score)
        expected = optimizer.param_groups[0]["lr"]
        assert ours.reduction(tuple(scores[:epoch])) == pytest.approx(expected, rel=1e-9)


@given(scores, st.integers(1, 6))
def test_a_plateau_reduces_when_patience_would_first_stop(scores, patience):
    reduced = [
        ReduceOnPlateau(patience=patience).reduction(tuple(scores[:epoch])) < 1
        for epoch in range(1, len(scores) + 1)
    ]
    stops = [
        Patience(epochs=patience).stops(tuple(scores[:epoch]))
        for epoch in range(1, len(scores) + 1)
    ]
    # A first score of minus infinity is the best so far, and no better than before it.
    if not scores or scores[0] > -math.inf:
        assert (reduced.index(True) if any(reduced) else -1) == (
            stops.index(True) if any(stops) else -1
        )


@given(st.integers(1, 50), plain, many)
def test_a_warm_up_fits_as_many_steps_as_it_rises_over(over, then, steps):
    assert bool(Warmup(over, then=then).misfit(steps)) is (over > steps)
    assert bool(Warmup(5, then=Warmup(over)).misfit(steps)) is (over + 5 > steps)
    assert not Warmup(0.5, then=then).misfit(steps)


@given(st.integers(1, 60), st.integers(1, 20))
def test_steps_are_counted_as_batches_are_made(examples, batch):
    found = recipe.Recipe(epochs=1, batch=batch).epoch_steps(examples)
    assert found == len(parts(examples, batch, joined=True))


PAIRS = DigitPairs(train=100, validation=0, test=20)


def study(schedule, task=PAIRS, **fields):
    network = Network(Linear(2), Head("comparison"))
    asked = recipe.Recipe(**{"epochs": 4, "batch": 10, "schedule": schedule} | fields)
    return Study(name="s", task=task, variants=(Variant(name="a", model=network, recipe=asked),))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda: study(Warmup(41)),
            r"'a' cannot use Warmup\(41\): it rises over 41 steps, and the training has 40; a "
            r"share of them fits a training of any length: Warmup\(0\.1\)",
        ),
        (lambda: study(Warmup(0.5, then=Warmup(21))), "rises over 21 steps, .* has 20"),
        (lambda: study(Warmup(40)).overridden(Overrides(epochs=3)), "the training has 30"),
        (
            lambda: study(Warmup(33), KFold(PAIRS, folds=5)),
            "rises over 33 steps, and the training has 32",
        ),
        (lambda: study(Never()), r"cannot use Never\(\): it never fits 40 steps"),
        (
            lambda: study(ReduceOnPlateau()),
            r"'a' goes by ReduceOnPlateau\(\): .* the task draws train, test alone",
        ),
        (
            lambda: study(ReduceOnPlateau(split="train", metric="eror")),
            "'eror'; did you mean 'error'",
        ),
    ],
)
def test_what_a_training_cannot_follow_is_a_sentence_when_declared(make, words):
    with pytest.raises(SpecError, match=words):
        make()


class Never(Schedule):
    def rate(self, step, steps):  # noqa: ARG002
        return 1.0

    def misfit(self, steps):
        return f"it never fits {steps} steps"


def test_a_schedule_as_long_as_the_training_is_declared():
    study(Warmup(40))
    study(Warmup(32), KFold(PAIRS, folds=5))
    study(ReduceOnPlateau(split="train"))
    study(Warmup(2, then=ReduceOnPlateau(split="train")), record="iterations")


@pytest.mark.parametrize("split", ["validation", "train"])
def test_a_plateau_lowers_the_rate_of_the_epochs_that_follow_it(workload, monkeypatch, split):
    factors = []
    monkeypatch.setattr(loop, "scale_rate", lambda _, factor: factors.append(factor))
    rule = ReduceOnPlateau(factor=0.5, patience=1, split=split)
    if split == "train":
        workload = replace(workload, data=replace(workload.data, validation=None))
    asked = workload.recipe.replace(epochs=12, schedule=rule)
    history = train(replace(workload, optimizer=SGD(lr=2.0), recipe=asked), seed=0)
    scores = tuple(-error for error in history.curves[split]["error"])
    expected = [rule.reduction(scores[:epoch]) for epoch in range(12) for _ in range(4)]
    assert factors == expected
    assert expected[-1] < 1


@pytest.mark.parametrize("value", [-1.0, math.nan, None, "half"])
def test_a_reduction_that_is_none_is_told(workload, value):
    class Odd(ReduceOnPlateau):
        def reduction(self, scores):
            return value if scores else 1.0

    odd = replace(workload, recipe=workload.recipe.replace(schedule=Odd()))
    with pytest.raises(ModelError, match=r"Odd\(\) gives .* at the scores \(-?[\d.]+,\); it must"):
        train(odd, seed=0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Warmup(1.5), r"Warmup\.over: given 1\.5; it must be a share .* or a whole number"),
        (lambda: Warmup(0), r"Warmup\.over: given 0;"),
        (lambda: StepDecay(every=10, factor=0.1), r"StepDecay\.every: given 10; .* less than 1"),
        (lambda: Cosine(final=-0.1), r"Cosine\.final: given -0\.1; .* greater than or equal to 0"),
        (
            lambda: recipe.Recipe(epochs=1, schedule=Cosine),
            r"made by calling the class: Cosine\(\)",
        ),
    ],
)
def test_what_is_no_schedule_is_refused(make, words):
    with pytest.raises(SpecError, match=words):
        make()


@pytest.mark.parametrize("optimizer", [SGD(lr=0.1), AdamW(lr=1e-2), Torchs()], ids=repr)
def test_a_schedule_multiplies_the_rate_of_ours_and_of_torchs(workload, optimizer):
    halved = replace(workload, recipe=workload.recipe.replace(schedule=Halved()))
    slow = train(replace(halved, optimizer=optimizer), seed=0)
    own = {SGD(lr=0.1): SGD(lr=0.05), AdamW(lr=1e-2): AdamW(lr=5e-3)}.get(optimizer)
    if own is not None:
        assert slow.curves == train(replace(workload, optimizer=own), seed=0).curves
    assert slow.curves != train(replace(workload, optimizer=optimizer), seed=0).curves


def test_a_schedule_scales_every_group_from_its_own_rate():
    parameters = [nn.Parameter(torch.ones(1)) for _ in range(2)]
    groups = [{"params": [parameters[0]], "lr": 0.1}, {"params": [parameters[1]], "lr": 0.2}]
    optimizer = optim.SGD(groups, lr=1.0)
    for factor in (0.5, 0.25):
        scale_rate(optimizer, factor)
    assert [group["lr"] for group in optimizer.param_groups] == [0.025, 0.05]


def test_a_constant_schedule_changes_nothing_and_a_cosine_does(workload):
    cosine = replace(workload, recipe=workload.recipe.replace(schedule=Cosine()))
    ones = type("Ones", (Schedule,), {"rate": lambda self, step, steps: 1})
    always = replace(workload, recipe=workload.recipe.replace(schedule=ones()))
    constant = train(workload, seed=0)
    assert train(always, seed=0).curves == constant.curves
    assert train(cosine, seed=0).curves["train"] != constant.curves["train"]


def test_a_subclass_of_the_constant_has_its_own_rate(workload):
    class Lower(Constant):
        def rate(self, step, steps):
            return super().rate(step, steps) / 2

    lower, halved = (
        train(replace(workload, recipe=workload.recipe.replace(schedule=each)), seed=0)
        for each in (Lower(), Halved())
    )
    assert lower.curves == halved.curves != train(workload, seed=0).curves


@pytest.mark.parametrize("optimizer", [Adam(lr=1e-2), Torchs()], ids=repr)
def test_a_schedule_resumes_to_the_bit(workload, tmp_path, monkeypatch, optimizer):
    warm = Warmup(0.2, then=Cosine())
    cosine = replace(
        workload, optimizer=optimizer, recipe=workload.recipe.replace(epochs=5, schedule=warm)
    )
    whole = train(cosine, seed=3)
    path = tmp_path / "key.safetensors"
    saved = Checkpoint.save

    def save_and_stop(checkpoint, net, optimizer, progress):
        saved(checkpoint, net, optimizer, progress)
        if progress.epoch == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Checkpoint, "save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        train(cosine, seed=3, checkpoint=Checkpoint(path, key="k", patience=0.0))
    again = train(cosine, seed=3, checkpoint=Checkpoint(path, key="k", patience=0.0))
    assert again.curves == whole.curves
    assert np.array_equal(again.answers["answer"], whole.answers["answer"])


def test_a_schedule_follows_the_number_of_epochs(workload):
    asked = []

    class Asked(Schedule):
        def rate(self, step, steps):
            asked.append((step, steps))
            return 1.0

    train(replace(workload, recipe=workload.recipe.replace(epochs=2, schedule=Asked())), seed=0)
    # 60 examples in batches of 16.
    assert asked == [(step, 8) for step in range(8)]


@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf, "fast", None])
def test_what_is_no_rate_is_told(workload, value):
    class Odd(Schedule):
        def rate(self, step, steps):  # noqa: ARG002
            return value

    odd = replace(workload, recipe=workload.recipe.replace(schedule=Odd()))
    with pytest.raises(ModelError, match=r"the schedule Odd\(\) gives .* at step 0 of 16; it must"):
        train(odd, seed=0)


def test_an_optimizer_whose_rate_nobody_knows_is_told(workload):
    class Own(Optimizer):
        def build(self, parameters):
            steps = SGD(lr=0.1).build(parameters)
            return type("Mine", (), {"zero_grad": steps.zero_grad, "step": steps.step})()

    own = replace(workload, optimizer=Own(), recipe=workload.recipe.replace(schedule=Cosine()))
    with pytest.raises(ModelError, match="builds a Mine, whose learning rate no schedule can"):
        train(own, seed=0)
