"""Stored trials trained once more: a sample of a study's, each held against what is stored."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path

from bakeoff.api.plan import DEFAULT_STORE, Plan, plan_of
from bakeoff.api.stored import meant, nothing_stored
from bakeoff.errors import RunError
from bakeoff.running.executors import Given, jobs_of, workers_of
from bakeoff.running.machine import Environment, check_device, environment
from bakeoff.running.pool import WorkerDied, leave_if_worker
from bakeoff.running.records import Stored
from bakeoff.running.store import Store
from bakeoff.running.worker import Fault, Site, answer, carry_out, pack
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import Device, Trial, homes, keys
from bakeoff.training.history import Difference, differences


@dataclass(frozen=True)
class Verified:
    """A stored trial that was trained once more.

    Attributes:
        name: of the variant, or of the candidate of a search.
        round: from 1.
        key: the trial's key.
        differences: from the stored trial; empty where it came out the same to the bit.
        failure: why it could not be trained; empty where it was.
        stored: the machine and the versions of the stored trial.
        here: those of now.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> again = verify(study, sample=2, rounds=6, epochs=2, store="irises.db")
        >>> [one.is_same for one in again]
        [True, True]
    """

    name: str
    round: int
    key: str
    differences: tuple[Difference, ...]
    failure: str
    stored: Environment
    here: Environment

    @property
    def is_same(self) -> bool:
        """Whether it came out as it is stored."""
        return not (self.differences or self.failure)


@dataclass(frozen=True)
class Drawn:
    """The trials to verify.

    Attributes:
        chosen: name, key and trial of each.
        answers: what is stored, by key, of all trials of the run.
    """

    chosen: tuple[tuple[str, str, Trial], ...]
    answers: Mapping[str, Stored]


def verify(
    study: Study,
    *,
    sample: int = 5,
    seed: int = 0,
    rounds: int | None = None,
    epochs: int | None = None,
    jobs: int | None = None,
    device: Device = "cpu",
    store: Path | str = DEFAULT_STORE,
    data: Path | str | None = None,
    executor: Given = None,
) -> tuple[Verified, ...]:
    """Trains some of a study's stored trials once more, and tells whether they come out the same.

    They are drawn at random, from each variant in turn, and from each candidate of a search.
    The store is not changed. Without `rounds` and `epochs` the run is meant that `report` would
    take. On another machine, or another version of torch, numbers may differ by rounding.

    Args:
        study: the study.
        sample: how many trials; all where fewer are stored.
        seed: of the draw; the same trials are drawn from the same store.
        rounds: as in `run`; likewise the following.
        epochs: what it was run for, where it was not what each recipe says.
        jobs: trials at work at a time; None for one per core.
        device: where they ran.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.
        executor: as in `run`.

    Raises:
        StoreError: the store holds no trial of the study, does not exist, or cannot be read.
        RunError: `sample` or `jobs` is below 1, or there is no such device.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> again = verify(study, sample=2, rounds=6, epochs=2, store="irises.db")
        >>> [one.is_same for one in again]
        [True, True]
    """
    leave_if_worker()
    asked = Overrides.of(rounds=rounds, epochs=epochs)
    plan = plan_of(study, asked, device=device, data=data)
    drawn = draw_trials(plan, sample=sample, seed=seed, store=Path(store))
    return tuple(verified(drawn, jobs=jobs, executor=executor))


def draw_trials(plan: Plan, *, sample: int, seed: int, store: Path) -> Drawn:
    """Returns the trials to verify.

    Raises:
        StoreError: as `verify`.
        RunError: likewise.
    """
    if sample < 1:
        raise RunError(f"sample is {sample}; at least 1 trial must be trained.")
    check_device(plan.device)
    with Store.read(store) as opened:
        results = meant(plan, opened)
        if results is None:
            raise nothing_stored(plan, opened)
        plan = replace(plan, overrides=results.overrides)
        named = plan.named_trials(results.study)
        trials: dict[str, tuple[str, Trial]] = {}
        for key, each in zip(keys(trial for _, trial in named), named, strict=True):
            trials.setdefault(key, each)
        opened.locate(homes({key: trial for key, (_, trial) in trials.items()}))
        answers = opened.histories(trials)
    groups: dict[str, list[tuple[str, str, Trial]]] = {}
    for key, (name, trial) in trials.items():
        if key in answers:
            groups.setdefault(name, []).append((name, key, trial))
    chance = random.Random(seed)
    queues = [chance.sample(group, len(group)) for group in groups.values()]
    chance.shuffle(queues)
    turns = (each for turn in zip_longest(*queues) for each in turn if each is not None)
    return Drawn(tuple(islice(turns, sample)), answers)


def verified(drawn: Drawn, *, jobs: int | None, executor: Given) -> Iterator[Verified]:
    """Yields the trials that were trained once more, as they end.

    Raises:
        RunError: `jobs` is below 1, or the code of a trial was edited meanwhile.
    """
    most = jobs_of(executor, jobs)
    with workers_of(executor, min(most or 1, len(drawn.chosen))) as workers:
        waiting = {
            workers.submit(carry_out, pack(key, trial), answer, Site()): (name, key, trial)
            for name, key, trial in drawn.chosen
        }
        for future in as_completed(waiting):
            name, key, trial = waiting[future]
            before = drawn.answers[key]
            try:
                now = future.result()
            except WorkerDied as death:
                now = Fault(str(death))
            apart, failure, here = (
                ((), now.message, environment(trial.device))
                if isinstance(now, Fault)
                else (differences(before.history, now.history), "", now.environment)
            )
            yield Verified(
                name, trial.round + 1, key, apart, failure, stored=before.environment, here=here
            )
