"""What it costs to use the models of a study: measured once, and read from a store."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import replace

from bakeoff.analysis.results import Results
from bakeoff.errors import RunError
from bakeoff.inference.use_cost import MeasuredUse
from bakeoff.running.coordinate import ignore
from bakeoff.running.events import Event, Timing
from bakeoff.running.machine import environment
from bakeoff.running.pool import WorkerDied, WorkerPool
from bakeoff.running.store import Store
from bakeoff.running.use import use_cost, use_key
from bakeoff.running.worker import Done, Site, apart, pack
from bakeoff.study.study import Study
from bakeoff.study.trial import Setup, Trial, homes

_FITTED_AGAIN = 10.0
"""Seconds that an estimator may take to be fitted, so that it is fitted again to be timed."""


def read_use(study: Study, data: str, store: Store) -> MeasuredUse | None:
    """Returns the costs of use on the machine that measured most variants; None without any.

    Of several such machines it is the latest: times of two machines do not compare.

    Args:
        study: whose variants are used.
        data: the digest of the task's data.
        store: holds what was measured.
    """
    keys = {name: key for name, (key, _) in _first(study, data, store).items()}
    uses = store.uses(keys.values())
    if not uses:
        return None
    best = max(reversed(uses), key=lambda use: len(use.costs))
    costs = {name: best.costs[key] for name, key in keys.items() if key in best.costs}
    return replace(best, costs=costs)


def with_use(
    results: Results,
    store: Store,
    workers: Executor,
    listen: Callable[[Event], None] = ignore,
) -> Results:
    """Returns results with the costs of use, measured if this machine has not yet.

    It is done when all trials have run, one model after the other, so that nothing of ours disturbs
    a time. A variant without an answered trial is left out; likewise an estimator that takes long
    to fit, and a model that raises an error. Workers that are not bakeoff's own processes may be on
    several machines, whose times do not compare: they measure nothing.

    Args:
        results: of a study.
        store: takes what is measured.
        workers: measure.
        listen: is told.
    """
    if not isinstance(workers, WorkerPool):
        return results
    first, machine = _first(results.study, results.data, store), environment("cpu")
    here = (machine.processor, machine.torch)
    known = {
        key
        for use in store.uses(key for key, _ in first.values())
        if (use.processor, use.torch) == here
        for key in use.costs
    }
    missing = {}
    for name, (key, trial) in first.items():
        history = next(filter(None, results.histories[name]), None)
        if history is None or key in known:
            continue
        if not trial.setup.model.trains_itself or history.seconds <= _FITTED_AGAIN:
            missing[key] = trial
    if not missing:
        return results
    listen(Timing(len(missing)))
    for key, trial in missing.items():
        with suppress(RunError, WorkerDied, RuntimeError):
            done = workers.submit(apart, pack(trial.key(), trial), use_cost, Site()).result()
            if isinstance(done, Done):
                store.note_use(key, MeasuredUse(*here, {key: done.value}), done.files)
    return replace(results, use=read_use(results.study, results.data, store))


def _first(study: Study, data: str, store: Store) -> dict[str, tuple[str, Trial]]:
    """Returns a trial of each variant on a CPU, with the key of its use, by the variant's name."""
    first: dict[str, tuple[str, Trial]] = {}
    for variant in study.variants:
        trial = Trial(task=study.task, setup=Setup.of(variant), round=0, seed=study.seed, data=data)
        first[variant.name] = use_key(trial), trial
    store.locate(homes(dict(first.values())))
    return first
