"""Views: the final answer is the mean over several; curves are without; passes are counted."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import SpecError
from bakeoff.models.layers import Linear, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.study.study import Study
from bakeoff.study.trial import trials
from bakeoff.study.variant import Variant
from bakeoff.training import loop
from bakeoff.training.augmentation import (
    Affine,
    Augmentation,
    Erasing,
    Flip,
    Mixup,
    SwapImages,
    Views,
)
from bakeoff.training.loop import train
from bakeoff.training.recipe import Recipe
from bakeoff.training.stopping import Patience

NOISY = Views(augmentation=(Affine(rotation=20, shift=0.1), Erasing()), number=4)


def seen_by(workload, views, **fields):
    return replace(workload, recipe=workload.recipe.replace(views=views, **fields))


@pytest.fixture
def passes(monkeypatch):
    """Train, and return the history and the heads of each evaluation of all splits."""

    def run(workload, **fields):
        found, real = [], loop._evaluate

        def evaluate(workload, net, inputs):
            heads = real(workload, net, inputs)
            found.append((inputs, heads))
            return heads

        monkeypatch.setattr(loop, "_evaluate", evaluate)
        history = train(workload, seed=0, **fields)
        monkeypatch.setattr(loop, "_evaluate", real)
        return history, found

    return run


def test_there_are_as_many_passes_as_views_and_the_first_is_the_example(workload, passes):
    history, found = passes(seen_by(workload, NOISY))
    assert len(found) == workload.recipe.epochs + NOISY.number - 1
    plain, views = found[workload.recipe.epochs - 1], found[workload.recipe.epochs :]
    for name, split in workload.data.splits().items():
        assert plain[0][name] is split.inputs
        for given, _ in views:
            assert given[name].shape == split.inputs.shape
            assert not torch.equal(given[name], split.inputs)
    probabilities = [heads["test"]["comparison"].softmax(-1) for _, heads in (plain, *views)]
    mean = torch.stack(probabilities).mean(0)
    assert np.allclose(history.answers["probability"], mean[:, 1].numpy(), atol=1e-6)
    label = workload.data.test.labels["comparison"]
    assert history.value("test", "loss") == pytest.approx(
        torch.nn.functional.nll_loss(mean.log(), label).item(), rel=1e-5
    )
    assert history.value("test") == (mean.argmax(1) != label).float().mean().item()


def test_final_figures_are_those_of_the_views_and_curves_are_without(workload):
    plain, history = train(workload, seed=0), train(seen_by(workload, NOISY), seed=0)
    assert history.curves == plain.curves
    assert set(history.final) == {"train", "validation", "test"}
    for split, curves in history.curves.items():
        assert history.value(split, "loss") == history.final[split]["loss"] != curves["loss"][-1]
        best = history.value(split, "loss", "best_on_test")
        assert best in curves["loss"]
    assert (
        history.answers["answer"] != workload.data.test.labels["comparison"].numpy()
    ).mean() == (history.value("test"))


def test_views_that_change_nothing_answer_as_the_example(workload):
    nothing = Views(augmentation=(Affine(),), number=3)
    plain, history = train(workload, seed=0), train(seen_by(workload, nothing), seed=0)
    assert np.allclose(history.answers["probability"], plain.answers["probability"], atol=1e-5)


def test_rivals_are_shown_the_same_views(workload, passes):
    other = replace(workload, model=Network(Linear(5), ReLU(), Linear(2), Head("comparison")))
    _, one = passes(seen_by(workload, NOISY))
    _, two = passes(seen_by(other, NOISY, epochs=2), noise=9)
    for (mine, _), (its, _) in zip(one[-3:], two[-3:], strict=True):
        assert all(torch.equal(mine[name], its[name]) for name in mine)
    inputs = [given["test"] for given, _ in one[-3:]]
    assert not torch.equal(inputs[0], inputs[1])


def test_views_are_of_the_best_weights_where_training_stops_early(workload):
    stopping = Patience(epochs=1, metric="loss")
    recipe = {"epochs": 30, "stopping": stopping}
    history = train(seen_by(workload, Views(augmentation=(Flip(),), number=2), **recipe), seed=0)
    losses = history.curves["validation"]["loss"]
    best = losses.index(min(losses))
    assert best < len(losses) - 1
    shorter = seen_by(workload, Views(augmentation=(Flip(),), number=2), epochs=best + 1)
    alone = train(shorter, seed=0)
    assert history.value("test", "loss") == alone.value("test", "loss")


def test_views_of_recorded_batches_are_of_the_splits_that_are_measured(workload):
    history = train(seen_by(workload, NOISY, record="iterations"), seed=0)
    assert set(history.final) == {"validation", "test"}


def test_seconds_count_the_views(workload, monkeypatch):
    clock = iter(range(10_000))
    real = loop._evaluate
    spent = []

    def evaluate(*given):
        spent.append(1)
        return real(*given)

    monkeypatch.setattr(loop, "_evaluate", evaluate)
    monkeypatch.setattr(loop.time, "perf_counter", lambda: float(len(spent)) + 0 * next(clock))
    history = train(seen_by(workload, NOISY), seed=0)
    assert history.seconds == workload.recipe.epochs + NOISY.number - 1


def test_a_users_own_view_works_in_place_on_a_copy(workload):
    class Dark(Augmentation):
        def apply(self, batch, draw):  # noqa: ARG002
            assert not batch.labels  # What is right must not make a view.
            batch.inputs.mul_(0.5)
            return batch

    before = copy.deepcopy(workload.data)
    train(seen_by(workload, Views(augmentation=(Dark(),), number=3)), seed=0)
    for name, split in workload.data.splits().items():
        assert torch.equal(split.inputs, before.splits()[name].inputs)


def test_the_arithmetic_of_views_is_counted():
    def work(views):
        network = Network(Linear(2), Head("comparison"))
        recipe = Recipe(epochs=2, views=views)
        variant = Variant(name="a", model=network, recipe=recipe)
        task = DigitPairs(train=40, validation=10, test=20)
        study = Study(name="s", task=task, variants=(variant,), rounds=1)
        ((_, trial),) = trials(study, data="d")
        return trial.multiply_adds(), network.multiply_adds()

    (plain, each), (viewed, _) = work(None), work(NOISY)
    assert viewed - plain == (NOISY.number - 1) * 70 * each


@pytest.mark.parametrize("wrong", [SwapImages(), Mixup()], ids=repr)
def test_a_view_that_changes_what_is_right_is_refused(wrong):
    with pytest.raises(SpecError, match=r"Recipe\.views: given .* changes what is right"):
        Recipe(epochs=1, views=Views(augmentation=(Flip(), wrong)))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Views(augmentation=()), r"Views\.augmentation"),
        (lambda: Views(augmentation=(Flip(),), number=1), r"Views\.number"),
    ],
)
def test_what_is_no_view_is_refused(make, words):
    with pytest.raises(SpecError, match=words):
        make()
