"""The training loop: what a history holds, what ends a trial, and what repeats to the bit."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from bakeoff.data.metric import Metric
from bakeoff.data.metrics import CalibrationError, DigitError, Error, MacroF1
from bakeoff.errors import ModelError
from bakeoff.models.ensemble import Ensemble
from bakeoff.models.layers import BatchNorm, Conv, Dropout, Flatten, Linear, MaxPool, ReLU
from bakeoff.models.network import Head, ModelSpec, Network, PerImage
from bakeoff.training import loop
from bakeoff.training.augmentation import Flip, Mixup, Views
from bakeoff.training.averaging import EMA
from bakeoff.training.decision import CompareDigits
from bakeoff.training.loop import train
from bakeoff.training.objective import CrossEntropy, L2Penalty, Objective
from bakeoff.training.optimizers import SGD, Adagrad, Adam
from bakeoff.training.schedules import ReduceOnPlateau
from bakeoff.training.steps import SGDSteps
from bakeoff.training.stopping import Patience

SIAMESE = Network(
    PerImage(Conv(4, 3), BatchNorm(), ReLU(), MaxPool(2), Dropout(0.2), Linear(10)),
    Head("digits"),
    *(Flatten(), Linear(2), Head("comparison")),
)
AUXILIARY = Objective(CrossEntropy("comparison"), CrossEntropy("digits", weight=2.0))


def same(one, other):
    """Whether two histories agree to the bit, seconds aside."""
    answers = one.answers.keys() == other.answers.keys() and all(
        np.array_equal(one.answers[name], other.answers[name]) for name in one.answers
    )
    return one.curves == other.curves and answers and one.status == other.status


EVERY = ("train", "validation", "test")


def evaluated(workload, *splits, **fields):
    return replace(workload, recipe=workload.recipe.replace(evaluate=splits, **fields))


def test_every_split_asked_for_has_a_value_per_epoch_and_metric(workload):
    siamese = replace(workload, model=SIAMESE, objective=AUXILIARY)
    history = train(evaluated(siamese, *EVERY), seed=0)
    assert history.status == "finished"
    assert set(history.curves) == {"train", "validation", "test"}
    for curves in history.curves.values():
        assert {name: len(values) for name, values in curves.items()} == {
            "loss": 4, "error": 4, "digit_error": 4,
        }  # fmt: skip
    assert history.parameters == SIAMESE.parameters()
    assert history.seconds > 0


NOISY = Network(Linear(16), BatchNorm(), Dropout(0.5), Linear(2), Head("comparison"))


@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"evaluate_in_train_mode": True},
        {"stopping": Patience(epochs=1, metric="loss"), "epochs": 12},
        {"averaging": EMA(decay=0.5)},
        {"views": Views(augmentation=(Flip(),), number=2)},
        {"record": "iterations"},
    ],
    ids=str,
)
@pytest.mark.parametrize("model", [NOISY, SIAMESE, Ensemble(NOISY, members=2)], ids=repr)
def test_final_figures_are_the_same_whatever_is_measured_on_the_way(workload, model, recipe):
    trained = replace(workload, model=model, metrics=(Error(), MacroF1()))
    histories = [
        train(evaluated(trained, *splits, **recipe), seed=0) for splits in (EVERY, ("test",), ())
    ]
    whole = histories[0]
    assert set(whole.final["test"]) == {"loss", "error", "macro_f1"}
    for history in histories[1:]:
        assert all(history.final[split] == whole.final[split] for split in history.final)
        assert {"validation", "test"} <= set(history.final)
        assert np.array_equal(history.answers["answer"], whole.answers["answer"])
        assert history.epochs == whole.epochs
    if not recipe:
        for split, curves in whole.curves.items():
            assert whole.value(split) == curves["error"][-1]


def test_only_what_is_asked_for_or_gone_by_is_evaluated_after_an_epoch(workload, monkeypatch):
    passes, real = [], loop._evaluate

    def evaluate(workload, net, inputs):
        passes.append(tuple(inputs))
        return real(workload, net, inputs)

    monkeypatch.setattr(loop, "_evaluate", evaluate)
    for splits, recipe, between in (
        (("test",), {}, ("test",)),
        ((), {}, ()),
        ((), {"stopping": Patience(epochs=9)}, ("validation",)),
        (("test",), {"schedule": ReduceOnPlateau(split="train")}, ("train", "test")),
        (("train",), {"record": "iterations"}, ("train",)),
    ):
        passes.clear()
        history = train(evaluated(workload, *splits, **recipe), seed=0)
        # What stopping restores is measured once more.
        assert passes[:4] == [*[between] * 3, EVERY]
        assert set(history.final) == set(EVERY)
        assert set(history.curves) - {"batch"} == {"train", *between}


def test_the_curve_of_training_is_the_mean_over_its_batches(workload):
    siamese = replace(workload, model=SIAMESE, objective=AUXILIARY)
    history = train(evaluated(siamese, record="iterations"), seed=0)
    sizes = [16, 16, 16, 12]
    for name in ("loss", "error"):
        by_batch = np.array(history.curves["batch"][name]).reshape(4, 4)
        means = np.average(by_batch, axis=1, weights=sizes)
        assert history.curves["train"][name] == pytest.approx(means.tolist(), rel=1e-12)
    assert len(history.curves["train"]["digit_error"]) == 4
    # Weights do not move where the rate is 0, and this network has no dropout.
    still = replace(workload, optimizer=SGD(lr=1e-30))
    moving, exact = (train(evaluated(still, *splits), seed=0) for splits in ((), ("train",)))
    assert moving.curves["train"]["error"] == pytest.approx(exact.curves["train"]["error"])
    assert moving.curves["train"]["loss"] == pytest.approx(exact.curves["train"]["loss"], rel=1e-5)


def test_mixed_batches_have_a_loss_and_no_error(workload):
    history = train(evaluated(workload, augmentation=(Mixup(),)), seed=0)
    assert {name: len(curve) for name, curve in history.curves["train"].items()} == {"loss": 4}
    assert history.epochs == 4
    assert {"loss", "error"} <= set(history.final["train"])


def test_a_head_that_is_a_view_of_weights_is_measured_as_it_was(workload):
    class Constant(ModelSpec):
        def build(self):
            return _Constant()

    class _Constant(nn.Module):
        def __init__(self):
            super().__init__()
            self.logits = nn.Parameter(torch.tensor([0.0, 1e-3]))

        def forward(self, x):
            return self.logits.expand(len(x), 2)

    constant = replace(workload, model=Constant(), optimizer=SGD(lr=10.0))
    history = train(evaluated(constant, epochs=1, batch=60), seed=0)
    ones = workload.data.train.labels["comparison"].double().mean().item()
    assert history.curves["train"]["error"] == (pytest.approx(1 - ones),)


def test_final_answers_are_those_that_the_last_errors_count(workload, round_data):
    history = train(replace(workload, model=SIAMESE, objective=AUXILIARY), seed=0)
    labels = round_data.test.labels
    wrong = history.answers["answer"] != labels["comparison"].numpy()
    assert wrong.mean() == history.value("test", "error")
    digits = history.answers["digits"] != labels["digits"].numpy()
    assert digits.mean() == history.value("test", "digit_error")
    assert history.answers["digits"].shape == (40, 2)
    assert ((history.answers["probability"] > 0.5) == history.answers["answer"]).all()


def test_without_a_trained_digit_head_there_is_no_digit_figure(workload):
    history = train(replace(workload, model=SIAMESE), seed=0)
    assert "digit_error" not in history.curves["test"]
    assert "digits" not in history.answers


def test_the_comparison_of_digits_answers_by_arithmetic(workload):
    direct = replace(
        workload,
        model=Network(PerImage(Linear(10)), Head("digits")),
        objective=Objective(CrossEntropy("digits")),
        decision=CompareDigits(),
        recipe=workload.recipe.replace(epochs=30),
    )
    history = train(direct, seed=0)
    first, second = history.answers["digits"].T
    assert (history.answers["answer"] == (first <= second)).all()
    assert history.value("test", "error") < 0.2


@pytest.mark.parametrize("optimizer", [Adam(lr=1e-2), SGD(lr=0.1, momentum=0.9), Adagrad(lr=0.1)])
def test_training_lowers_the_training_loss(workload, optimizer):
    faster = evaluated(replace(workload, optimizer=optimizer), "train")
    losses = train(faster, seed=0).curves["train"]["loss"]
    assert losses[-1] < losses[0]


def test_the_same_seed_gives_the_same_history_and_another_seed_another(workload):
    siamese = replace(workload, model=SIAMESE, objective=AUXILIARY)
    first = train(siamese, seed=5)
    torch.manual_seed(99)
    assert same(first, train(siamese, seed=5))
    assert not same(first, train(siamese, seed=6))


def test_weights_and_noise_are_drawn_apart(workload):
    dropped = replace(
        workload, model=Network(Linear(16), Dropout(0.5), Linear(2), Head("comparison"))
    )
    first, noisier = (train(dropped, seed=5, noise=noise) for noise in (1, 2))
    assert first.initial_weights == noisier.initial_weights
    assert not same(first, noisier)
    other = train(dropped, seed=6, noise=1)
    assert other.initial_weights != first.initial_weights
    # Without dropout nothing is drawn as it trains.
    assert same(train(workload, seed=5, noise=1), train(workload, seed=5, noise=2))


def test_torchs_own_generator_is_left_as_it_was(workload):
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    train(workload, seed=0)
    assert torch.equal(torch.rand(1), wanted)


@pytest.mark.parametrize("clip", [0.5, 1e9])
def test_a_clipped_step_is_as_long_as_allowed_and_penalties_count(workload, monkeypatch, clip):
    steps = SGDSteps.step
    lengths = []

    def step(self):
        lengths.append(torch.cat([p.grad.flatten() for p in self.parameters]).norm().item())
        steps(self)

    monkeypatch.setattr(SGDSteps, "step", step)
    penalised = replace(
        workload,
        objective=Objective(CrossEntropy("comparison"), L2Penalty(1.0)),
        optimizer=SGD(lr=1e-3),
    )
    free = train(penalised, seed=0)
    assert min(lengths) > 0.5
    lengths.clear()
    held = train(replace(penalised, recipe=workload.recipe.replace(clip=clip)), seed=0)
    # torch divides by the length plus 1e-6.
    assert all(length == pytest.approx(0.5, rel=1e-4) for length in lengths) is (clip == 0.5)
    assert (held.curves == free.curves) is (clip == 1e9)


def test_without_shuffling_the_order_is_never_asked_for(workload):
    def refuse(epoch):
        raise AssertionError(epoch)

    history = train(
        replace(workload, order=refuse, recipe=workload.recipe.replace(shuffle=False)), seed=0
    )
    assert history.epochs == 4


def test_a_loss_that_is_not_finite_ends_the_trial_and_keeps_what_came_before(workload):
    history = train(replace(workload, optimizer=SGD(lr=1e20)), seed=0)
    assert history.status == "diverged"
    assert history.epochs < 4
    assert all(np.isfinite(v) for c in history.curves.values() for vs in c.values() for v in vs)
    assert np.isnan(history.value("test", "error"))
    assert history.answers == {}


def test_test_data_never_reaches_the_training(workload, round_data):
    blank = replace(round_data.test, inputs=torch.zeros_like(round_data.test.inputs))
    siamese = replace(workload, model=SIAMESE, objective=AUXILIARY)
    siamese = evaluated(siamese, *EVERY)
    real = train(siamese, seed=0)
    other = train(replace(siamese, data=replace(round_data, test=blank)), seed=0)
    assert real.curves["train"] == other.curves["train"]
    assert real.curves["validation"] == other.curves["validation"]
    assert real.curves["test"] != other.curves["test"]


def test_evaluating_in_train_mode_leaves_no_trace_in_training(workload, round_data):
    model = Network(Linear(8), BatchNorm(), Dropout(0.5), Linear(2), Head("comparison"))
    recipe = workload.recipe.replace(train_mode_epochs=1, evaluate_in_train_mode=True)
    odd = replace(workload, model=model, recipe=recipe)
    blank = replace(round_data.test, inputs=torch.zeros_like(round_data.test.inputs))
    other = train(replace(odd, data=replace(round_data, test=blank)), seed=0)
    assert train(odd, seed=0).curves["train"] == other.curves["train"]


def test_a_last_batch_of_one_example_joins_the_one_before(workload):
    normed = Network(Linear(8), BatchNorm(), ReLU(), Linear(2), Head("comparison"))
    history = train(
        replace(workload, model=normed, recipe=workload.recipe.replace(batch=59)), seed=0
    )
    assert history.status == "finished"


def test_evaluating_in_train_mode_keeps_dropout_on(workload):
    dropped = Network(Linear(64), ReLU(), Dropout(0.9), Linear(2), Head("comparison"))
    recipe = workload.recipe.replace(epochs=20)
    right = train(replace(workload, model=dropped, recipe=recipe), seed=0)
    as_published = train(
        replace(workload, model=dropped, recipe=recipe.replace(evaluate_in_train_mode=True)), seed=0
    )
    assert as_published.value("train", "error") > right.value("train", "error")


def test_leaving_train_mode_after_an_epoch_freezes_batch_norm(workload):
    model = Network(Linear(8), BatchNorm(), ReLU(), Linear(2), Head("comparison"))
    recipe = workload.recipe
    frozen = train(
        replace(workload, model=model, recipe=recipe.replace(train_mode_epochs=1)), seed=0
    )
    proper = train(replace(workload, model=model), seed=0)
    assert frozen.curves["train"]["loss"][0] == proper.curves["train"]["loss"][0]
    assert frozen.curves["train"]["loss"][1] != proper.curves["train"]["loss"][1]


def test_without_validation_its_curves_and_selection_are_absent(workload, round_data):
    history = train(replace(workload, data=replace(round_data, validation=None)), seed=0)
    assert set(history.curves) == {"train", "test"}
    assert history.selected_epoch("best_on_validation") is None


class Own(ModelSpec):
    """A user's model, whose head and classes are as told."""

    head: str | None = None
    classes: int = 2

    def build(self):
        return _Named(nn.Sequential(nn.Flatten(), nn.Linear(392, self.classes)), self.head)


class _Named(nn.Module):
    def __init__(self, net, head):
        super().__init__()
        self.net, self.head = net, head

    def forward(self, x):
        y = self.net(x)
        return y if self.head is None else {self.head: y}


def test_a_users_model_may_return_a_plain_tensor(workload):
    assert train(replace(workload, model=Own()), seed=0).epochs == 4


def test_a_head_that_is_missing_or_misshapen_is_named_before_training(workload):
    with pytest.raises(ModelError, match="no head called 'comparison'; did you mean 'comparisons'"):
        train(replace(workload, model=Own(head="comparisons")), seed=0)
    with pytest.raises(ModelError, match=r"\(N, 3\).*needs \(N, 2\)"):
        train(replace(workload, model=Own(classes=3)), seed=0)


def test_the_probability_of_compared_digits_sums_all_ordered_pairs():
    torch.manual_seed(0)
    logits = torch.randn(5, 2, 10)
    p, q = logits.softmax(-1).unbind(1)
    wanted = torch.stack(
        [sum(p[n, a] * q[n, b] for a in range(10) for b in range(a, 10)) for n in range(5)]
    )
    torch.testing.assert_close(CompareDigits().probabilities({"digits": logits})[:, 1], wanted)
    answers = CompareDigits(by="probability").answer({"digits": logits})
    assert answers.tolist() == (wanted >= 0.5).long().tolist()
    # A 3 that may be an 8 beside a certain 5: most likely below it, and not so by far.
    doubt = torch.full((1, 2, 10), -50.0)
    doubt[0, 0, 3], doubt[0, 0, 8], doubt[0, 0, 9], doubt[0, 1, 5] = 1.0, 0.9, 0.9, 50.0
    assert CompareDigits().answer({"digits": doubt}).tolist() == [1]
    assert CompareDigits(by="probability").answer({"digits": doubt}).tolist() == [0]


def test_bfloat16_trains_to_about_the_same_and_keeps_float32_weights(workload):
    recipe = workload.recipe.replace(epochs=12)
    siamese = replace(workload, model=SIAMESE, objective=AUXILIARY)
    exact = train(replace(siamese, recipe=recipe), seed=0)
    rough = train(replace(siamese, recipe=recipe.replace(precision="bfloat16")), seed=0)
    assert rough.curves["train"]["loss"] != exact.curves["train"]["loss"]
    assert rough.value("train", "loss") == pytest.approx(exact.value("train", "loss"), rel=0.2)


def test_fused_and_plain_training_agree_but_for_rounding(workload):
    # Without dropout: its mask is drawn in the order of memory, which may differ.
    normed = Network(
        PerImage(Conv(4, 3), BatchNorm(), ReLU(), MaxPool(2), Linear(10), Head("digits")),
        *(Flatten(), Linear(2), Head("comparison")),
    )
    siamese = replace(workload, model=normed, objective=AUXILIARY)
    fused = train(siamese, seed=0)
    plain = train(replace(siamese, recipe=workload.recipe.replace(fused=False)), seed=0)
    # Not closer: Adam turns the rounding of a gradient near zero into steps of full size.
    assert fused.curves["train"]["loss"] == pytest.approx(plain.curves["train"]["loss"], rel=0.03)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda x: (x, x), "the model gives 'tuple'; its forward must return a tensor, or a dict"),
        (lambda _: None, "the model gives 'NoneType'"),
        (lambda _: {}, "the model gives 'dict'"),
    ],
)
def test_a_model_that_answers_with_something_else_is_told(workload, given, words):
    class Odd(ModelSpec):
        def build(self):
            net = nn.Linear(2, 2)
            net.forward = given
            return net

    with pytest.raises(ModelError, match=words):
        train(replace(workload, model=Odd()), seed=0)


def test_a_head_that_the_decision_cannot_read_is_told(workload):
    odd = replace(workload, model=Own(), decision=CompareDigits("comparison"))
    with pytest.raises(ModelError, match=r"\(N, 2\); CompareDigits.* needs \(N, 2, 10\)"):
        train(odd, seed=0)


@pytest.mark.parametrize(
    ("metrics", "limit"),
    [
        ((Error(), DigitError()), 17 / 40 - 1.96 * np.sqrt(17 * 23 / 40**3)),
        ((DigitError(), Error()), None),  # No head is trained on digits.
        ((CalibrationError(), Error()), None),
    ],
)
def test_a_history_knows_what_chance_gets_by_the_first_metric(workload, round_data, metrics, limit):
    labels = round_data.test.labels["comparison"].numpy()
    assert labels.sum() == 23
    history = train(replace(workload, metrics=metrics), seed=0)
    assert history.chance == (None if limit is None else pytest.approx(limit))


def test_a_trial_that_diverges_knows_it_as_well(workload):
    history = train(replace(workload, optimizer=SGD(lr=1e20)), seed=0)
    assert (history.status, history.near_chance, history.collapsed) == ("diverged", False, True)
    assert history.chance is not None


class Unclear(Metric):
    """Its chance is no number."""

    def compute(self, predictions):
        return float((predictions.answers != predictions.target).mean())

    def chance(self, truth):
        return f"never of {len(truth)}"


def test_chance_that_is_no_number_is_refused(workload):
    with pytest.raises(ModelError, match="'never of 40' as chance; it must be a number or None"):
        train(replace(workload, metrics=(Unclear(),)), seed=0)
