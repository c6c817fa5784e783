"""What bakeoff itself takes beside training: to start, to plan, and around each trial.

    python benchmarks/overhead.py
    python benchmarks/overhead.py --profile --variants 20 --rounds 50 --jobs 1

- `--help` and `list`: seconds of a process, the median of 10, beside those of Python alone.
- The first of many: seconds until the first of `--waiting` trials is taken by a worker.
- Taking the next of many: of a backlog of 1,000 trials and of 100,000, all of different length.
- Around a trial: short trials of a user's own class of networks, through `run_trials` with a store
  on disk, with one worker and with two. What a trial takes beyond its training is the processor's
  time of both sides, and the wall's time less the trial's own seconds.

Processor seconds are disturbed least by what else runs on the machine.
"""

from __future__ import annotations

import cProfile
import pstats
import resource
import statistics
import subprocess
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from bakeoff.api.plan import plan_of
from bakeoff.running import worker
from bakeoff.running.backlog import Backlog, Place
from bakeoff.running.coordinate import Interrupted, run_trials
from bakeoff.running.cost import Costs, MeasuredCost
from bakeoff.running.events import Answered, Event, Started
from bakeoff.running.machine import environment
from bakeoff.running.memory import keep_freed_memory
from bakeoff.running.pool import WorkerPool
from bakeoff.running.store import Store
from bakeoff.study.load import load
from bakeoff.study.study import Study
from bakeoff.study.trial import Trial
from bakeoff.training import loop
from bakeoff.training.history import History

FILE = '''
from torch import nn

from bakeoff import *


class Hidden(ModelSpec):
    """One hidden layer."""

    width: int

    def build(self):
        return nn.Sequential(
            nn.Flatten(), nn.Linear(2 * 14 * 14, self.width), nn.ReLU(), nn.Linear(self.width, 2)
        )


study = Study(
    name="short",
    task=DigitPairs(train=100, validation=0, test=100),
    rounds={rounds},
    variants=tuple(
        Variant(name=f"{{8 + n}} units", model=Hidden(width=8 + n), recipe=Recipe(epochs=1))
        for n in range({variants})
    ),
)
'''


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--variants", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=50, help="of the trials that are trained")
    parser.add_argument("--waiting", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, nargs="*", default=[1, 2])
    parser.add_argument("--profile", action="store_true", help="only the trials, in one process")
    asked = parser.parse_args()
    facts = environment("cpu")
    print(f"{facts.processor}, {facts.cores} cores, torch {facts.torch}, Python {facts.python}")
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        short = study_of(folder, asked.variants, asked.rounds)
        if asked.profile:
            here(short, folder, profiled=True)
            return
        starting()
        first_of(study_of(folder, asked.variants, asked.waiting // asked.variants), folder)
        for number in (1_000, 100_000):
            taking(number)
        here(short, folder, profiled=False)
        for jobs in asked.jobs:
            around(short, folder, jobs)


def study_of(folder: Path, variants: int, rounds: int) -> Study:
    file = folder / f"short{rounds}.py"
    file.write_text(FILE.format(variants=variants, rounds=rounds))
    return load(file)


def trials_of(study: Study) -> dict[str, Trial]:
    return {key: trial for key, (_, trial) in plan_of(study).labelled_trials().items()}


def starting() -> None:
    for words in (["-c", "pass"], ["-m", "bakeoff", "--help"], ["-m", "bakeoff", "list"]):
        walls, processor = [], []
        for _ in range(10):
            before, started = _children(), time.perf_counter()
            subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
            walls.append(time.perf_counter() - started)
            processor.append(_children() - before)
        print(
            f"python {' '.join(words):<20} {statistics.median(walls):6.3f} s, of the processor "
            f"{statistics.median(processor):6.3f} s",
            flush=True,
        )


class Nobody(WorkerPool):
    """Workers that take a trial and never answer."""

    def submit(self, *_: object, **__: object) -> Future:
        raise KeyboardInterrupt


def first_of(study: Study, folder: Path) -> None:
    wall, processor = time.perf_counter(), time.process_time()
    trials = trials_of(study)
    planned = time.process_time() - processor
    with Store.open(folder / "first.db") as store, Nobody(1) as nobody, suppress(Interrupted):
        run_trials(trials, store, jobs=1, executor=nobody)
    print(
        f"the first of {len(trials):,} starts after {time.perf_counter() - wall:.1f} s, of the "
        f"processor {time.process_time() - processor:.1f} s ({planned:.1f} s of them for keys)",
        flush=True,
    )


def taking(number: int) -> None:
    places = {str(n): Place(n // 100, str(n)) for n in range(number)}
    costs = Costs({str(n): n + 1 for n in range(number)}, {"0": MeasuredCost(1.0, 1)})
    backlog, times = Backlog(places), []
    for _ in range(20):
        started = time.process_time()
        backlog.take(costs)
        times.append(time.process_time() - started)
    print(
        f"the next of {number:,}: {1000 * statistics.median(times):.3f} ms, the longest of 20 "
        f"{1000 * max(times):.3f} ms",
        flush=True,
    )


def around(study: Study, folder: Path, jobs: int) -> None:
    trials = trials_of(study)
    seconds: list[float] = []
    marks: list[tuple[float, float, float]] = []

    def listen(event: Event) -> None:
        match event:
            case Started() if len(seconds) >= 2 * jobs and not marks:
                # Workers are warm by now: torch is imported, the data is mapped.
                marks.append((time.perf_counter(), time.process_time(), theirs()))
                seconds.clear()
            case Answered(history=history):
                seconds.append(history.seconds)

    def theirs() -> float:
        return sum(_processor_of(worker._process.pid) for worker in pool._workers)

    with Store.open(folder / f"{jobs}.db") as store, WorkerPool(jobs) as pool:
        run_trials(trials, store, jobs=jobs, executor=pool, listen=listen)
        now = (time.perf_counter(), time.process_time(), theirs())
        wall, processor, of_workers = (b - a for a, b in zip(marks[0], now, strict=True))
    number, trained = len(seconds), sum(seconds)
    each = wall / number
    print(
        f"{number} trials, {jobs} worker{'s' * (jobs > 1)}: {1000 * each:.1f} ms a trial, training "
        f"{1000 * trained / number:.1f} ms, beyond it "
        f"{1000 * (wall * jobs - trained) / number:.1f} ms of a worker; the processor's time "
        f"{1000 * processor / number:.1f} ms here, {1000 * of_workers / number:.1f} ms in workers",
        flush=True,
    )


def _processor_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def here(study: Study, folder: Path, *, profiled: bool) -> None:
    """Print what trials take of the processor, all in this process, and how much is training."""
    trained: list[float] = []

    class Here(WorkerPool):
        def submit(self, function: Callable[..., object], /, *args: object) -> Future:
            future: Future = Future()
            future.set_result(function(*args))
            return future

    def train(*args: object) -> History:
        started = time.process_time()
        history = training(*args)
        trained.append(time.process_time() - started)
        return history

    trials = trials_of(study)
    few = dict(list(trials.items())[:4])
    rest = {key: trial for key, trial in trials.items() if key not in few}
    training, in_worker = loop._train, worker.in_worker
    loop._train, worker.in_worker = train, lambda: True
    # Only what a worker would have loaded counts as the user's; multiprocessing gives the script a
    # second name.
    sys.modules["__main__"] = sys.modules["__mp_main__"] = type(sys)("__main__")
    keep_freed_memory()
    watch = cProfile.Profile(time.process_time)
    try:
        with Store.open(folder / "here.db") as store, Here(1) as pool:
            run_trials(few, store, jobs=1, executor=pool)
            trained.clear()
            started = time.process_time()
            if profiled:
                watch.runcall(run_trials, rest, store, jobs=1, executor=pool)
            else:
                run_trials(rest, store, jobs=1, executor=pool)
            processor = time.process_time() - started
    finally:
        loop._train, worker.in_worker = training, in_worker
    number = len(trained)
    print(
        f"{number} trials in one process: {1000 * processor / number:.1f} ms of the processor a "
        f"trial, training {1000 * sum(trained) / number:.1f} ms, beyond it "
        f"{1000 * (processor - sum(trained)) / number:.1f} ms",
        flush=True,
    )
    if profiled:
        pstats.Stats(watch).sort_stats("cumulative").print_stats(90)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
