"""A run on a Dask cluster: the same numbers as here, whatever becomes of its workers."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import bakeoff
from bakeoff.running.events import Answered, Started
from bakeoff.studies.dong_code import study as dong
from bakeoff.study.load import load
from bakeoff.training.history import differences

pytest.importorskip("distributed")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

OWN = """
from pathlib import Path

import numpy as np
from torch import nn

from bakeoff import *
from layers import hidden

WIDTHS = [int(n) for n in (Path(__file__).parent / "widths.txt").read_text().split()]
SCALE = float(open("scale.txt").read())


class Own(ModelSpec):
    width: int = 8

    def build(self):
        return nn.Sequential(nn.Flatten(), *hidden(self.width, SCALE), nn.Linear(self.width, 3))


study = Study(
    name="own",
    task=Classification(Npz("digits.npz"), train=60, validation=0, test=60),
    rounds=2,
    variants=tuple(
        Variant(name=f"width {w}", model=Own(width=w), recipe=Recipe(epochs=2, batch=20))
        for w in WIDTHS
    ),
)
"""

LAYERS = """
from torch import nn


class Scaled(nn.Linear):
    def __init__(self, width, scale):
        super().__init__(25, width)
        self.scale = scale

    def forward(self, x):
        return super().forward(x) * self.scale


def hidden(width, scale):
    return Scaled(width, scale), nn.ReLU()
"""

BLIND = """
import sys


def refuse(event, arguments):
    if event == "open" and str(arguments[0]).startswith({folder!r}):
        raise FileNotFoundError(f"{{arguments[0]}} is on another machine")


sys.addaudithook(refuse)
"""


@contextmanager
def ended(process):
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def scheduler(tmp_path):
    """The address of a scheduler, of which nobody else knows."""
    file = tmp_path / "scheduler.json"
    words = ("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", file)
    with ended(dask(words, tmp_path)):
        yield address_in(file)


def dask(words, folder, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *map(str, words)],
        cwd=folder,
        env=os.environ | environment,
        stdout=(folder / "log").open("ab"),
        stderr=subprocess.STDOUT,
    )


def address_in(file):
    import json

    until = time.monotonic() + 60
    while time.monotonic() < until:
        if file.exists() and file.stat().st_size:
            return json.loads(file.read_text())["address"]
        time.sleep(0.05)
    raise TimeoutError(f"no scheduler wrote {file}")


@contextmanager
def worker(scheduler, folder, *options, **environment):
    """A worker with a folder and a cache of its own."""
    folder.mkdir()
    words = ("worker", scheduler, "--nthreads", 1, "--no-dashboard", "--local-directory", folder)
    environment |= {"BAKEOFF_CACHE": str(folder / "cache")}
    with ended(dask((*words, *options), folder, **environment)) as process:
        yield process


@pytest.fixture
def client(scheduler):
    from distributed import Client

    with Client(scheduler) as client:
        yield client


def assert_same(results, expected):
    assert results.histories.keys() == expected.histories.keys()
    for name, histories in expected.histories.items():
        for one, other in zip(results.histories[name], histories, strict=True):
            assert differences(one, other) == ()


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """What local workers store of the study that is run on clusters."""
    store = tmp_path_factory.mktemp("here") / "s.db"
    return bakeoff.run(dong, rounds=3, epochs=1, store=store)


def test_worker_processes_of_dask_store_the_same_numbers(tmp_path, here):
    store = tmp_path / "s.db"
    words = (
        "run",
        "dong-code",
        "--rounds",
        "3",
        "--epochs",
        "1",
        "--on",
        "local:2",
        "--store",
        store,
    )
    subprocess.run([sys.executable, "-m", "bakeoff", *map(str, words)], check=True, timeout=300)
    assert_same(bakeoff.results(dong, rounds=3, epochs=1, store=store), here)


@pytest.mark.parametrize("nanny", ["--nanny", "--no-nanny"])
def test_a_worker_that_is_killed_loses_nothing(tmp_path, scheduler, client, here, nanny):
    from bakeoff.api.plan import plan_of
    from bakeoff.api.run import run_plans
    from bakeoff.study.study import Overrides

    plan = plan_of(dong, Overrides.of(rounds=3, epochs=1))
    events = []
    with (
        worker(scheduler, tmp_path / "one", nanny) as first,
        worker(scheduler, tmp_path / "two", nanny),
    ):

        def hear(event):
            events.append(event)
            if isinstance(event, Started) and len(keys(events, Answered)) == 5:
                first.send_signal(signal.SIGKILL)

        (results,) = run_plans(
            [plan], jobs=None, store=tmp_path / "s.db", executor=client, listen=hear
        )
    assert_same(results, here)
    answered = keys(events, Answered)
    assert len(answered) == len(set(answered)) == 36


def keys(events, kind):
    return [event.key for event in events if isinstance(event, kind)]


def test_workers_need_none_of_the_coordinators_files(tmp_path, scheduler, client, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    rng = np.random.default_rng(0)
    labels = np.arange(150) % 3
    inputs = rng.normal(labels[:, None], 1, (150, 25)).astype(np.float32)
    np.savez(home / "digits.npz", inputs=inputs, labels=labels)
    (home / "study.py").write_text(OWN)
    (home / "layers.py").write_text(LAYERS)
    (home / "widths.txt").write_text("4 9")
    (home / "scale.txt").write_text("0.5")
    blind = tmp_path / "blind"
    blind.mkdir()
    (blind / "sitecustomize.py").write_text(BLIND.format(folder=str(home)))
    monkeypatch.chdir(home)
    study = load(Path("study.py"))
    expected = bakeoff.run(study, store=tmp_path / "here.db")
    path = os.pathsep.join([str(blind), *filter(None, [os.environ.get("PYTHONPATH")])])
    with worker(scheduler, tmp_path / "one", PYTHONPATH=path):
        results = bakeoff.run(study, store=tmp_path / "there.db", executor=client)
    assert_same(results, expected)
