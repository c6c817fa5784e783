"""What it costs to use a model: bytes are those of its files and tensors, times are taken once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from made_models import DIGITS, PAIRS, pairs_variant, study_of
from sklearn.linear_model import LogisticRegression

import bakeoff
from bakeoff import (
    Affine,
    BatchNorm,
    Classification,
    Conv,
    Ensemble,
    Estimator,
    Head,
    Linear,
    ModelSpec,
    Network,
    PerImage,
    Recipe,
    Study,
    Variant,
    Views,
)
from bakeoff.api.plan import plan_of
from bakeoff.api.run import run_plans
from bakeoff.inference.use_cost import median_seconds
from bakeoff.running.events import Timing
from bakeoff.running.use import use_cost, use_key
from bakeoff.running.worker import Site
from bakeoff.training.optimizers import SGD

NORMED = Network(
    PerImage(Conv(4, 3), BatchNorm(), Linear(10), shared=False), Linear(2), Head("comparison")
)


class Joined(ModelSpec):
    """Its widest tensor is made between its modules."""

    def build(self):
        class Net(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.wide, self.last = torch.nn.Linear(392, 500), torch.nn.Linear(1000, 2)
                self.register_buffer("shift", torch.zeros(7, dtype=torch.float64))

            def forward(self, x):
                wide = self.wide(x.flatten(1))
                return self.last(torch.cat([wide, -wide], dim=1))

        return Net()


def first_trial(study: Study):
    plan = plan_of(study)
    ((_, trial), *_) = plan.named_trials(plan.study)
    return trial


def cost_of(variant: Variant, task=PAIRS):
    return use_cost(first_trial(study_of(variant, task)), Site())


@pytest.mark.parametrize(
    "variant",
    [
        pairs_variant(DIGITS),
        pairs_variant(NORMED),
        pairs_variant(Ensemble(NORMED, members=2)),
        pairs_variant(views=Views(augmentation=(Affine(rotation=5),), number=3)),
    ],
    ids=["layers", "batch norm", "ensemble", "views"],
)
def test_bytes_counted_without_torch_are_those_of_the_built_network_and_its_file(trained, variant):
    cost = cost_of(variant)
    assert cost.weight_bytes == variant.model.weight_bytes()
    assert cost.activation_bytes == variant.model.activation_bytes()
    model = trained(study_of(variant))
    assert cost.disk_bytes == (model.folder / "model.safetensors").stat().st_size
    assert cost.seconds > 0
    assert cost.batch_seconds > 0


def test_bytes_of_a_network_of_ones_own_are_those_of_its_tensors(trained):
    cost = cost_of(pairs_variant(Joined()))
    assert cost.weight_bytes == 4 * (392 * 500 + 500 + 1000 * 2 + 2) + 8 * 7
    assert cost.activation_bytes == 4 * 1000
    model = trained(study_of(pairs_variant(Joined())))
    assert cost.disk_bytes == (model.folder / "model.safetensors").stat().st_size
    assert cost.seconds > 0
    assert cost.batch_seconds > 0


def test_half_precision_halves_an_activation():
    whole, half = cost_of(pairs_variant()), cost_of(pairs_variant(precision="bfloat16"))
    assert half.weight_bytes == whole.weight_bytes
    assert half.activation_bytes == whole.activation_bytes  # The input is the largest.
    wide = Network(Linear(900), Linear(2), Head("comparison"))
    assert cost_of(pairs_variant(wide)).activation_bytes == 4 * 900
    assert cost_of(pairs_variant(wide, precision="bfloat16")).activation_bytes == 2 * 900


def test_a_network_that_is_tested_in_training_mode_answers_batches_alone():
    cost = cost_of(pairs_variant(NORMED, evaluate_in_train_mode=True))
    assert cost.seconds is None
    assert cost.batch_seconds > 0


def test_an_estimator_is_timed_and_has_no_tensors():
    task = Classification(bakeoff.MNIST(), train=50, validation=20, test=30)
    cost = cost_of(Variant(name="v", model=Estimator(LogisticRegression(max_iter=5))), task)
    assert cost.seconds > 0
    assert cost.batch_seconds > 0
    assert (cost.weight_bytes, cost.disk_bytes, cost.activation_bytes) == (None, None, None)


def test_the_process_is_left_as_it_was():
    torch.manual_seed(1)
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    cost_of(pairs_variant())
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.get_num_threads() == threads


def test_a_slow_model_is_called_a_few_times_and_a_fast_one_often():
    calls = []
    assert median_seconds(lambda: calls.append(1)) > 0
    assert len(calls) > 100
    # The first call alone takes longer than all may take.
    clock = iter(range(0, 10_000, 5))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.perf_counter", lambda: float(next(clock)))
        patch.setattr("time.process_time", lambda: 0.0)
        calls.clear()
        median_seconds(lambda: calls.append(1))
    assert len(calls) == 2


def test_only_what_is_used_counts():
    key = use_key(first_trial(study_of(pairs_variant())))
    faster = pairs_variant(epochs=9).replace(optimizer=SGD(lr=0.5))
    assert use_key(first_trial(study_of(faster, seed=5))) == key
    others = (
        pairs_variant(Network(Linear(9), Linear(2), Head("comparison"))),
        pairs_variant(Ensemble(DIGITS, members=2)),
        pairs_variant(precision="bfloat16"),
        pairs_variant(evaluate_in_train_mode=True),
        pairs_variant(views=Views(augmentation=(Affine(rotation=5),), number=3)),
    )
    assert len({key, *(use_key(first_trial(study_of(each))) for each in others)}) == 6


def test_a_run_times_each_model_once_and_reports_tell_it(tmp_path):
    """Variants of one network share one measurement; nothing of it is in a trial's key."""
    one, two = pairs_variant(), pairs_variant().replace(name="two", optimizer=SGD(lr=0.1))
    ours = pairs_variant(NORMED).replace(name="three")
    study = Study(name="s", task=PAIRS, variants=(one, two, ours), rounds=1)
    events = []

    def ran(wanted: Study):
        (results,) = run_plans(
            [plan_of(wanted)], jobs=1, store=tmp_path / "s.db", listen=events.append
        )
        return results, [event for event in events if isinstance(event, Timing)]

    first, told = ran(study.replace(variants=(one, two)))
    assert told == [Timing(1)]
    assert first.use.costs["v"] == first.use.costs["two"]
    whole, told = ran(study)
    assert told == [Timing(1), Timing(1)]
    assert whole.use.costs.items() > first.use.costs.items()
    again, told = ran(study)
    assert told == [Timing(1), Timing(1)]
    assert again.use == whole.use == bakeoff.results(study, store=tmp_path / "s.db").use
    assert bakeoff.results(study.replace(seed=3), store=tmp_path / "s.db").answered == 0

    model = bakeoff.train(study, "two", tmp_path / "w", store=tmp_path / "s.db")
    assert not model.differences
    text = (model.folder / "README.md").read_text()
    assert whole.use.processor in text
    assert "Time to answer" in text


def test_an_executor_of_ones_own_measures_nothing(tmp_path):
    with ThreadPoolExecutor(1) as executor:
        study = study_of(pairs_variant())
        results = bakeoff.run(study, store=tmp_path / "s.db", executor=executor)
    assert results.use is None
    assert replace(results, use=None) == results


def test_a_model_that_cannot_be_timed_is_left_out(tmp_path):
    """Of a study with an estimator that takes long to fit, the others are timed."""
    task = Classification(bakeoff.MNIST(), train=50, validation=20, test=30)
    small = Network(Linear(10), Head("label"), input=task.input_shape)
    variants = (
        Variant(name="net", model=small, recipe=Recipe(epochs=1)),
        Variant(name="fit", model=Estimator(LogisticRegression(max_iter=5))),
    )
    study = Study(name="s", task=task, variants=variants, rounds=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bakeoff.api.use._FITTED_AGAIN", 0.0)
        assert set(bakeoff.run(study, store=tmp_path / "s.db").use.costs) == {"net"}
    assert set(bakeoff.run(study, store=tmp_path / "s.db").use.costs) == {"net", "fit"}
