"""Averages of weights are torch's own and a naive loop's; what is measured is the average."""

import doctest
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.swa_utils import AveragedModel, update_bn

from bakeoff.errors import ModelError, SpecError
from bakeoff.models.layers import BatchNorm, Conv, Linear, MaxPool, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.training import averaging, loop
from bakeoff.training.averaging import EMA, SWA, Averaging
from bakeoff.training.loop import train
from bakeoff.training.network import built, seeded
from bakeoff.training.recipe import Recipe

NETWORK = Network(
    *(Conv(4, kernel=3), BatchNorm(), ReLU(), MaxPool(2), Linear(2), Head("comparison"))
)


@pytest.fixture
def long(workload):
    return replace(workload, model=NETWORK, recipe=Recipe(epochs=6, batch=16))


@pytest.fixture
def trained(monkeypatch):
    """Train, and return the history, the weights after each step, and the last average."""

    def run(workload):
        steps, nets, averages = [], [], []
        real_build, real_epoch = loop.build_steps, loop._train_epoch

        def build(optimizer, net, names):
            stepper = real_build(optimizer, net, names)
            real = stepper.step

            def step():
                real()
                steps.append({n: p.detach().clone() for n, p in net.named_parameters()})

            stepper.step = step
            nets.append(net)
            return stepper

        def epoch(workload, net, optimizer, progress, fitted):
            found = real_epoch(workload, net, optimizer, progress, fitted)
            averages[:] = [progress.average]
            return found

        monkeypatch.setattr(loop, "build_steps", build)
        monkeypatch.setattr(loop, "_train_epoch", epoch)
        history = train(workload, seed=0)
        monkeypatch.setattr(loop, "build_steps", real_build)
        monkeypatch.setattr(loop, "_train_epoch", real_epoch)
        return history, steps, nets[0], averages[0]

    return run


def averaged(workload, rule):
    return replace(workload, recipe=workload.recipe.replace(averaging=rule))


def test_the_examples_in_the_docstrings_run():
    found = doctest.testmod(averaging)
    assert found.attempted > 0
    assert found.failed == 0


def test_ema_is_that_of_a_naive_loop(long, trained):
    _, steps, _, average = trained(averaged(long, EMA(decay=0.6)))
    _, plain, _, _ = trained(long)
    assert all(torch.equal(a[n], b[n]) for a, b in zip(steps, plain, strict=True) for n in a)
    with seeded(0):
        start = built(NETWORK, (2, 14, 14), "cpu")
    naive = {name: p.detach().clone() for name, p in start.named_parameters()}
    for step, weights in enumerate(steps):
        decay = min(0.6, (1 + step) / (10 + step))
        for name, value in weights.items():
            naive[name] = decay * naive[name] + (1 - decay) * value
    for name, value in average.named_parameters():
        assert torch.allclose(value, naive[name], atol=1e-6)


@pytest.mark.parametrize("fused", [True, False])
def test_swa_is_torchs_with_batch_norm_gathered_anew(long, trained, fused):
    workload = replace(long, recipe=long.recipe.replace(fused=fused))
    _, steps, net, average = trained(averaged(workload, SWA(start=0.5)))
    theirs = AveragedModel(net)
    ends = steps[3::4]  # 60 examples in batches of 16.
    assert len(ends) == 6
    for weights in ends[3:]:
        for name, parameter in net.named_parameters():
            parameter.data.copy_(weights[name])
        theirs.update_parameters(net)
    inputs = workload.data.train.inputs[torch.from_numpy(workload.order(5))]
    update_bn(inputs.split(16), theirs)
    for name, value in average.named_parameters():
        assert torch.allclose(value, theirs.module.get_parameter(name), atol=1e-6)
    for name, value in average.named_buffers():
        if value.is_floating_point():
            assert torch.allclose(value, theirs.module.get_buffer(name), atol=1e-5)


def test_before_it_starts_the_weights_themselves_are_measured(long):
    long = replace(long, recipe=long.recipe.replace(evaluate=("train", "validation", "test")))
    plain = train(long, seed=0)
    late = train(averaged(long, SWA(start=0.5)), seed=0)
    assert set(plain.curves) == {"train", "validation", "test"}
    for split, curves in plain.curves.items():
        # The fourth epoch is the first of the mean: a mean of one.
        assert late.curves[split]["loss"][:4] == curves["loss"][:4]
        assert late.curves[split]["loss"][4:] != curves["loss"][4:]


def test_training_goes_on_from_the_weights_and_not_from_the_average(long, trained):
    _, plain, _, _ = trained(long)
    for rule in (EMA(decay=0.9), SWA(start=0.2)):
        _, steps, _, _ = trained(averaged(long, rule))
        assert all(torch.equal(a[n], b[n]) for a, b in zip(steps, plain, strict=True) for n in a)


def test_figures_and_answers_are_those_of_the_average(long, trained):
    history, _, _, average = trained(averaged(long, EMA(decay=0.8)))
    with torch.no_grad():
        heads = average.eval()(long.data.test.inputs)
    assert (heads["comparison"].argmax(1).numpy() == history.answers["answer"]).all()


@given(st.integers(1, 30), st.integers(1, 7), st.floats(0, 0.99))
def test_swa_is_the_plain_mean_of_the_ends_of_the_last_epochs(epochs, each, start):
    rule, value, steps = SWA(start=start), 0.0, epochs * each
    for step in range(steps):
        share = rule.share(step, steps, each)
        assert 0 <= share <= 1
        value += share * (step - value)
    # The share of the training after which weights count, in whole epochs.
    first = min(epochs - 1, int(start * epochs + 1e-9))
    ends = [(epoch + 1) * each - 1 for epoch in range(first, epochs)]
    assert value == pytest.approx(sum(ends) / len(ends))


@pytest.mark.parametrize("start", [0.07, 0.29, 0.57, 0.58])
def test_a_share_that_is_a_whole_number_of_epochs_is_that_number(start):
    shares = [SWA(start=start).share(step, 100, 1) for step in range(100)]
    # 0.29 * 100 is 28.999999999999996.
    assert shares.index(0.5) == round(100 * start) + 1


@given(st.floats(0, 0.999), st.integers(0, 10_000))
def test_ema_keeps_at_most_its_decay(decay, step):
    assert 1 - decay <= EMA(decay=decay).share(step, 10_001, 10) <= 1


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan"), None, "half", True])
def test_a_share_that_is_none_is_told(workload, value):
    class Odd(Averaging):
        def share(self, step, steps, epoch_steps):  # noqa: ARG002
            return value

    if value is True:  # A number as any other.
        train(averaged(workload, Odd()), seed=0)
        return
    with pytest.raises(ModelError, match=r"Odd\(\) gives .* at step 0 of 16; its share must"):
        train(averaged(workload, Odd()), seed=0)


def test_an_average_of_ones_own_that_is_none_changes_nothing(workload):
    class Last(Averaging):
        renews_norm = True

        def share(self, step, steps, epoch_steps):  # noqa: ARG002
            return 1.0

    plain = train(workload, seed=0)
    last = train(averaged(workload, Last()), seed=0)
    assert last.curves == plain.curves
    assert (last.answers["answer"] == plain.answers["answer"]).all()


@pytest.mark.parametrize("make", [lambda: EMA(decay=1.0), lambda: SWA(start=1.0)])
def test_what_would_never_average_is_refused(make):
    with pytest.raises(SpecError, match="less than 1"):
        make()
