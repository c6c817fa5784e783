"""Every trial sees pristine data and a pristine process, whatever another trial's code does."""

import dataclasses

import numpy as np
import pytest

from bakeoff.api.plan import plan_of
from bakeoff.running.coordinate import run_trials
from bakeoff.running.pool import WorkerPool
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.running.worker import Site, answer, carry_out, pack
from bakeoff.study.load import load

pytestmark = pytest.mark.slow

STUDY = """
import contextlib
import functools
import gc
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from bakeoff import (
    DigitPairs, Head, Linear, ModelSpec, Network, Recipe, ReLU, Study, Variant
)

COUNT = 0
SIZES = {"width": [6]}
SCALE = np.ones(2)
SHIFT = torch.zeros(1)
DICE = random.Random(3)
NOISE = np.random.default_rng(3)
DRAWS = torch.Generator().manual_seed(3)
STACK = contextlib.ExitStack()


class Counter:
    seen = 0

    def __init__(self):
        self.calls = 0


COUNTER = Counter()


@functools.lru_cache
def remembered():
    return []


def width(default=[6]):
    global COUNT
    return default[0] + COUNT + COUNTER.calls + Counter.seen + len(remembered())


class Net(nn.Module):
    def __init__(self, width, first=None):
        super().__init__()
        self.first = first or nn.Identity()
        self.net = nn.Sequential(
            nn.Flatten(), nn.Linear(392, width), nn.ReLU(), nn.Linear(width, 2)
        )

    def forward(self, x):
        return self.net(self.first(x) * float(SCALE.mean()) + SHIFT)


class Good(ModelSpec):
    slope: float = 0.0

    def build(self):
        n = width() + SIZES["width"][0]
        net = Net(n, nn.LeakyReLU(self.slope + DICE.random() / 9))
        with torch.no_grad():
            net.net[1].weight += 0.1 * torch.randn(n, 392, generator=DRAWS)
            net.net[1].bias += torch.tensor(NOISE.normal(size=n), dtype=torch.float32)
        return net


class On(nn.Module):
    def __init__(self, change, only=None):
        super().__init__()
        self.change, self.only = change, only

    def forward(self, x):
        if self.only is None or self.only == self.training:
            self.change(x)
        return x


def halve(x):
    x *= 0.5


def center(x):
    x -= x.mean()


def through_data(x):
    x.data.mul_(0.5)


def through_numpy(x):
    x.detach().numpy()[:] *= 0.5


def fork(child):
    def build():
        if os.fork() == 0:
            child()
    return build


def wait_for_child():
    child = os.fork()
    if child:
        os.waitpid(child, 0)


def leave():
    raise SystemExit(0)


def count():
    global COUNT
    COUNT += 5


def made_up():
    global NEW
    NEW = globals().get("NEW", 0) + 1
    SIZES["width"][0] += NEW


def patch_linear():
    nn.Linear.forward = lambda self, x: F.linear(x, self.weight * 2, self.bias)


def filters():
    warnings.simplefilter("error")


IN_FORWARD = {
    "halves": lambda: On(halve),
    "centers": lambda: On(center),
    "halves through data": lambda: On(through_data),
    "halves through numpy": lambda: On(through_numpy),
    "halves in training": lambda: On(halve, True),
    "halves in evaluation": lambda: On(halve, False),
    "relu in place": lambda: nn.ReLU(inplace=True),
}
IN_BUILD = {
    "dtype": lambda: torch.set_default_dtype(torch.float64),
    "device": lambda: torch.set_default_device("meta"),
    "gradients": lambda: torch.set_grad_enabled(False),
    "inference": lambda: STACK.enter_context(torch.inference_mode()),
    "autocast": lambda: STACK.enter_context(torch.autocast("cpu", dtype=torch.bfloat16)),
    "mode": lambda: STACK.enter_context(torch.device("meta")),
    "anomaly": lambda: torch.autograd.set_detect_anomaly(True),
    "deterministic": lambda: torch.use_deterministic_algorithms(True),
    "denormal": lambda: torch.set_flush_denormal(True),
    "threads": lambda: torch.set_num_threads(2),
    "precision": lambda: torch.set_float32_matmul_precision("medium"),
    "mkldnn": lambda: setattr(torch.backends.mkldnn, "enabled", False),
    "python's seed": lambda: random.seed(0),
    "numpy's seed": lambda: np.random.seed(0),
    "torch's seed": lambda: torch.manual_seed(0),
    "environment": lambda: os.environ.update(OMP_NUM_THREADS="7", BAKEOFF_SIGN="1"),
    "filters": filters,
    "F.relu": lambda: setattr(F, "relu", lambda x, inplace: x),
    "Linear": patch_linear,
    "randn": lambda: setattr(torch, "randn", lambda *a, **k: torch.ones(a)),
    "hooks": lambda: nn.modules.module.register_module_forward_hook(lambda m, i, o: o * 2),
    "seterr": lambda: np.seterr(all="raise"),
    "directory": lambda: os.chdir("/"),
    "count": count,
    "attribute": lambda: setattr(COUNTER, "calls", COUNTER.calls + 1),
    "class attribute": lambda: setattr(Counter, "seen", Counter.seen + 1),
    "collection": lambda: SIZES["width"].__setitem__(0, 9),
    "default": lambda: width.__defaults__[0].__setitem__(0, 9),
    "cache": lambda: remembered().append(1),
    "array": lambda: SCALE.__imul__(2),
    "tensor": lambda: SHIFT.add_(1),
    "generators": lambda: (DICE.random(), NOISE.normal(), torch.rand(1, generator=DRAWS)),
    "new name": made_up,
    "alarm": lambda: signal.setitimer(signal.ITIMER_REAL, 0.5),
    "handler": lambda: signal.signal(signal.SIGTERM, signal.SIG_IGN),
    "output": lambda: setattr(sys, "stdout", None),
    "collection of garbage": gc.disable,
    "thread": lambda: threading.Thread(target=time.sleep, args=(60,), daemon=True).start(),
    "child process": lambda: subprocess.Popen(["sleep", "60"]),
    "error": lambda: (torch.set_default_dtype(torch.float64), 1 / 0),
}
FORKING = {
    "fork that goes on": fork(lambda: None),
    "fork that leaves": fork(leave),
    "fork that ends": fork(lambda: os._exit(0)),
    "fork that fails": fork(lambda: 1 / 0),
    "fork that is waited for": wait_for_child,
}


class Offender(ModelSpec):
    what: str

    def build(self):
        if self.what in IN_FORWARD:
            return Net(12, IN_FORWARD[self.what]())
        {**IN_BUILD, **FORKING}[self.what]()
        return Net(12)


def variant(name, model):
    return Variant(name=name, model=model, recipe=Recipe(epochs=2))


GOOD = (
    variant("good", Good()),
    variant("good too", Good(slope=0.5)),
    variant("layers", Network(Linear(9), ReLU(), Linear(2), Head("comparison"))),
)
OFFENDERS = tuple(variant(name, Offender(what=name)) for name in {
    **IN_FORWARD, **IN_BUILD, **FORKING
})


study = Study(
    name="all",
    task=DigitPairs(train=60, validation=0, test=60),
    rounds=1,
    variants=(*GOOD, *OFFENDERS),
)
"""

GOOD = ("good", "good too", "layers")
FORKING = (
    "fork that goes on",
    "fork that leaves",
    "fork that ends",
    "fork that fails",
    "fork that is waited for",
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Return a study of good variants and of many that change what they share with these."""
    path = tmp_path_factory.mktemp("isolation") / "offenders.py"
    path.write_text(STUDY)
    return load(path)


@pytest.fixture(scope="module")
def parcels(study):
    """Return its trials, ready to travel, by variant."""
    labelled = plan(study).labelled_trials()
    return {
        label.removeprefix("all: ").removesuffix(", round 1"): pack(key, trial)
        for key, (label, trial) in labelled.items()
    }


@pytest.fixture(scope="module")
def alone(parcels):
    """Return what each good variant gives in a process of its own."""
    found = {}
    for name in GOOD:
        with WorkerPool(1) as pool:
            found[name] = told(pool.submit(carry_out, parcels[name], answer, Site()).result())
    return found


@pytest.fixture(scope="module")
def worker():
    """Return a pool of one worker that all offenders go through."""
    with WorkerPool(1) as pool:
        yield pool


def plan(study):
    return plan_of(study)


def told(found):
    """Return an answer's figures, apart from its seconds."""
    assert isinstance(found, Answer), found
    history = found.history
    answers = {name: (each.dtype, each.tobytes()) for name, each in history.answers.items()}
    return dataclasses.replace(history, seconds=0, answers=answers, notes=())


def test_no_offender_changes_what_its_rivals_get(parcels, alone, worker):
    wrong = []
    for offender in [name for name in parcels if name not in GOOD]:
        first = worker.submit(carry_out, parcels[offender], answer, Site()).result()
        for name in ("good", "layers"):
            found = worker.submit(carry_out, parcels[name], answer, Site()).result()
            if not isinstance(found, Answer) or told(found) != alone[name]:
                wrong.append((offender, name))
        if isinstance(first, Answer):
            again = worker.submit(carry_out, parcels[offender], answer, Site()).result()
            assert told(again) == told(first), offender
            assert again.history.notes == first.history.notes
    assert not wrong


@pytest.mark.parametrize(("order", "jobs"), [(1, 1), (-1, 2)])
def test_a_run_stores_what_each_good_variant_gets_alone(study, alone, tmp_path, order, jobs):
    variants = tuple(v for v in study.variants if v.name not in FORKING[2:])
    asked = plan(study.replace(variants=variants[::order]))
    file = tmp_path / "results.db"
    labelled = asked.labelled_trials()
    with Store.open(file) as store:
        run_trials({key: trial for key, (_, trial) in labelled.items()}, store, jobs=jobs)
        stored = store.histories(labelled)
        failures = store.failures(labelled)
    by_name = {
        label.removeprefix("all: ").removesuffix(", round 1"): key
        for key, (label, _) in labelled.items()
    }
    for name, history in alone.items():
        found = stored[by_name[name]].history
        assert found.curves == history.curves, name
        for each, (dtype, content) in history.answers.items():
            assert np.frombuffer(content, dtype).tolist() == found.answers[each].ravel().tolist()
    assert {*FORKING[:2], "error"} <= {n for n, key in by_name.items() if key in failures}
    assert not set(stored) & set(failures)
    assert len(stored) + len(failures) == len(by_name)


@pytest.mark.parametrize("kept", ["halves", "layers", "torch's seed"])
def test_nothing_is_told_of_a_trial_that_leaves_the_process_as_it_was(parcels, worker, kept):
    found = worker.submit(carry_out, parcels[kept], answer, Site()).result()
    assert found.history.notes == ()


@pytest.mark.parametrize("kept", ["precision", "F.relu", "environment", "count", "child process"])
def test_a_change_of_the_process_is_told(parcels, worker, kept):
    (note,) = worker.submit(carry_out, parcels[kept], answer, Site()).result().history.notes
    words = {
        "precision": "precision",
        "F.relu": "torch.nn.functional.relu",
        "environment": "BAKEOFF_SIGN",
        "count": ".COUNT",
        "child process": "process",
    }
    assert words[kept] in note
