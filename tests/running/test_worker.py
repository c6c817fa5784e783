"""A worker unpacks a trial, checks that it is the one asked for, and answers or says why not."""

import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import running_fakes as fakes

import bakeoff
from bakeoff.errors import DataError, RunError
from bakeoff.models.network import Head, ModelSpec, Network
from bakeoff.running import worker
from bakeoff.running.coordinate import run_trials
from bakeoff.running.machine import environment
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.running.worker import Fault, Parcel, Site, carry_out, pack
from bakeoff.spec import digest
from bakeoff.study.load import load
from bakeoff.study.trial import distinct, trials
from bakeoff.training.recipe import Recipe

KEY, TRIAL = next(iter(fakes.some_trials().items()))

USERS_STUDY = """
from bakeoff.data.tasks import DigitPairs
from bakeoff.models.network import ModelSpec
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant

class Mine(ModelSpec):
    width: int = 3

    def build(self):
        raise RuntimeError(f"width {self.width} is unlucky")

study = Study(
    name="mine",
    task=DigitPairs(train=20, validation=0, test=10),
    variants=(Variant(name="a", model=Mine()),),
)
"""


def test_an_answer_says_what_ran_and_where():
    answer = carry_out(pack(KEY, TRIAL), fakes.quick, Site())
    assert isinstance(answer, Answer)
    assert answer.environment == environment("cpu")
    assert digest(answer.description) == KEY
    assert answer.history.curves == fakes.history(TRIAL).curves


def test_a_users_mistake_is_told_as_it_is():
    def refuse(trial, site):
        raise DataError("the file is damaged.")

    assert carry_out(pack(KEY, TRIAL), refuse, Site()) == Fault("the file is damaged.")


def test_an_error_of_the_users_code_is_told_with_its_line():
    trial = TRIAL.replace(round=1)
    fault = carry_out(pack(trial.key(), trial), fakes.faulty_in_round_1, Site())
    source = Path(fakes.__file__).read_text().splitlines()
    line = next(n for n, text in enumerate(source, 1) if "no such luck" in text)
    assert fault == Fault(
        f"ZeroDivisionError: no such luck (running_fakes.py, line {line}, in faulty_in_round_1)"
    )


def test_a_work_that_exits_is_a_fault():
    fault = carry_out(pack(KEY, TRIAL), fakes.exiting, Site())
    assert fault.message.startswith("SystemExit: enough (running_fakes.py")


def test_a_trial_that_is_not_the_one_of_its_key_is_not_run():
    parcel = Parcel(KEY, (), None, None, None, {}, pickle.dumps(TRIAL.replace(round=7)))
    fault = carry_out(parcel, fakes.quick, Site())
    assert "bakeoff itself" in fault.message


def test_a_trial_of_a_users_file_brings_the_file_along(tmp_path, monkeypatch):
    path = tmp_path / "mine.py"
    path.write_text(USERS_STUDY)
    _, trial = trials(load(path), data=fakes.DATA)[0]
    parcel = pack(trial.key(), trial)
    path.unlink()
    for module in parcel.modules:
        monkeypatch.delitem(sys.modules, module.name)
    answer = carry_out(parcel, lambda trial, site: trial.setup.model.build(), Site())
    assert answer == Fault("RuntimeError: width 3 is unlucky (mine.py, line 11, in build)")


RECIPE_STUDY = """
from bakeoff import *

class Waves(Schedule):
    turns: int = 3

    def rate(self, step, steps):
        return 1.0 - (step * self.turns / steps) % 1.0 * DEPTH

DEPTH = 0.5

class Once(Stopping):
    def stops(self, scores):
        return True

def variant(name, **recipe):
    network = Network(Linear(4), Linear(2), Head("comparison"))
    return Variant(name=name, model=network, recipe=Recipe(epochs=2, batch=5, **recipe))

study = Study(
    name="rates",
    task=DigitPairs(train=20, validation=10, test=10),
    variants=(
        variant("constant"), variant("waves", schedule=Waves()), variant("once", stopping=Once())
    ),
    rounds=1,
)
"""


def test_a_users_own_schedule_and_stopping_train_in_a_worker_and_counts_by_its_text(tmp_path):
    path = tmp_path / "rates.py"
    path.write_text(RECIPE_STUDY)
    study = load(path)
    results = bakeoff.run(study, jobs=1, store=tmp_path / "bakeoff.db")
    constant, waves, once = (results.of(variant)[0] for variant in study.variants)
    assert waves.curves != constant.curves
    assert waves.initial_weights == constant.initial_weights == once.initial_weights
    assert (constant.epochs, once.epochs) == (2, 1)

    keys = [trial.key() for _, trial in trials(study, data=fakes.DATA)]
    path.write_text(RECIPE_STUDY.replace("DEPTH = 0.5", "DEPTH = 0.25"))
    changed = [trial.key() for _, trial in trials(load(path), data=fakes.DATA)]
    assert [one == other for one, other in zip(keys, changed, strict=True)] == [True, False, True]


def test_a_class_that_workers_cannot_import_is_refused():
    class Local(ModelSpec):
        def build(self):
            raise NotImplementedError

    trial = TRIAL.replace(setup=TRIAL.setup.replace(model=Local()))
    with pytest.raises(RunError, match=r"Local.*define its classes at the top level"):
        pack("key", trial)


class TestTraining:
    """With the real loop, on a trial of a few examples."""

    @pytest.fixture
    def trial(self):
        from bakeoff.data.idx_datasets import MNIST_DIGEST

        setup = TRIAL.setup.replace(recipe=Recipe(epochs=2, batch=10))
        return TRIAL.replace(setup=setup, data=MNIST_DIGEST)

    def test_the_same_trial_gives_the_same_history(self, trial):
        first, second = (worker.answer(trial, Site()) for _ in range(2))
        assert first.curves == second.curves
        assert first.answers["probability"].tobytes() == second.answers["probability"].tobytes()
        assert (first.status, first.epochs) == ("finished", 2)

    def test_numbers_depend_neither_on_the_workers_nor_on_what_they_did_before(
        self, trial, tmp_path
    ):
        all_trials = distinct(trial.replace(round=number) for number in range(3))
        found = []
        with ThreadPoolExecutor(3) as threads:
            for jobs, executor in [(2, None), (3, threads)]:
                with Store.open(tmp_path / f"{jobs}.db") as store:
                    run_trials(all_trials, store, jobs=jobs, executor=executor)
                    found.append(store.histories(all_trials))
        assert set(found[0]) == set(found[1]) == set(all_trials)
        for key in all_trials:
            one, other = (stored[key].history for stored in found)
            assert one.curves == other.curves
            for name, values in one.answers.items():
                assert values.tobytes() == other.answers[name].tobytes()

    def test_other_rounds_and_seeds_give_other_histories(self, trial):
        histories = [
            worker.answer(t, Site()) for t in (trial, trial.replace(round=1), trial.replace(seed=1))
        ]
        assert len({str(history.curves) for history in histories}) == 3

    def test_one_thread_is_used_and_the_process_gets_its_own_back(self, trial, monkeypatch):
        import torch

        from bakeoff.training import loop

        before = torch.get_num_threads()
        torch.set_num_threads(2)
        seen = []

        def train(setting, **rest):
            seen.append(torch.get_num_threads())
            raise DataError("stop")

        monkeypatch.setattr(loop, "train", train)
        with pytest.raises(DataError, match="stop"):
            worker.answer(trial, Site())
        assert (seen, torch.get_num_threads()) == ([1], 2)
        torch.set_num_threads(before)

    def test_a_round_is_drawn_once_for_successive_trials(self, trial, monkeypatch):
        from bakeoff.data.tasks import DigitPairs

        drawn = []
        draw = DigitPairs.draw

        def counted(self, *, seed, round):
            drawn.append((seed, round))
            return draw(self, seed=seed, round=round)

        monkeypatch.setattr(DigitPairs, "draw", counted)
        worker.drawn.cache_clear()
        wide = trial.setup.replace(model=Network(Head("comparison", *trial.setup.model.layers[:3])))
        for one in (trial, trial.replace(setup=wide), trial.replace(round=1), trial):
            worker.answer(one, Site())
        assert drawn == [(0, 0), (0, 1), (0, 0)]

    def test_images_other_than_the_runs_are_refused(self, trial):
        with pytest.raises(DataError, match="the data"):
            worker.answer(trial.replace(data="e" * 64), Site())
