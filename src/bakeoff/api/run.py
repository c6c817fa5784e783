"""Runs of studies: trials that the store lacks are trained, those of searches first."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path

from bakeoff.analysis.results import Results
from bakeoff.api.check import check_data, grouped, look_over_new, try_claims
from bakeoff.api.live import live_line
from bakeoff.api.plan import DEFAULT_STORE, Plan, plan_of, read_results, read_study
from bakeoff.api.shown import with_shown
from bakeoff.api.use import with_use
from bakeoff.errors import BakeoffError, RunError, StoreError
from bakeoff.running.coordinate import run_trials
from bakeoff.running.events import Checked, Event, Locked, Named
from bakeoff.running.executors import Given, is_cluster, jobs_of, workers_of
from bakeoff.running.machine import check_device
from bakeoff.running.pool import leave_if_worker
from bakeoff.running.store import Store
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import Device, Trial, homes

_PATIENCE = 2.0
"""Seconds of waiting for another process that writes before that is told, and again after it."""


class TrialsFailed(BakeoffError):  # noqa: N818
    """Some trials failed; all others are stored, and a later run tries the failed ones again."""

    def __init__(self, failures: Sequence[str], results: Sequence[Results]) -> None:
        super().__init__("\n".join(failures))
        self.failures = tuple(failures)
        self.results = tuple(results)


def run(
    study: Study,
    *,
    rounds: int | None = None,
    epochs: int | None = None,
    only: Collection[str] = (),
    quick: bool = False,
    jobs: int | None = None,
    device: Device = "cpu",
    store: Path | str = DEFAULT_STORE,
    data: Path | str | None = None,
    executor: Given = None,
    trial_timeout: float | None = None,
    seed: int | None = None,
) -> Results:
    """Trains the trials of a study that the store lacks, and returns all its results.

    Args:
        study: the study to run.
        rounds: rounds to run instead of the study's; the results are marked as shortened.
        epochs: epochs to train instead of each recipe's; likewise.
        only: names of the only variants to run; likewise.
        quick: whether to run one round of few epochs, examples and candidates, unless the
            arguments above say otherwise; likewise.
        jobs: trials at work at a time; None for one per core, or one per thread of a cluster's
            workers. Numbers do not depend on it.
        device: ``cpu`` or ``cuda``.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.
        executor: runs the trials instead of worker processes on this machine: a client of a Dask
            cluster, a `Cluster`, or any executor of the standard kind.
        trial_timeout: seconds that a trial may take; one that takes longer fails, and its process
            is ended. None for any number.
        seed: instead of the study's; the results say so.

    Raises:
        StudyError: `only` names a variant that the study lacks, or a user's own kind of claim
            raises an error. If it does so before training, no trial is trained; if after, all
            trials are stored.
        DataError: the data is missing, damaged, or too small.
        StoreError: the store cannot be opened or written.
        RunError: `jobs` is below 1, `trial_timeout` is not above 0, there is no such device, or
            a cluster is lost, has no workers or has some with other versions.
        CheckFailed: something is wrong with the data or a model; no trial is trained.
        TrialsFailed: some trials raised an error; all others are stored.
        Interrupted: the user stopped the run; what was answered is stored.

    Example:
        >>> from table import study  # examples/table.py
        >>> run(study, rounds=6, epochs=2, store="irises.db")
        <Results irises: 2 variants, 12 of 12 trials>
    """
    leave_if_worker()
    asked = Overrides.of(rounds=rounds, epochs=epochs, only=only, quick=quick, seed=seed)
    plan = plan_of(study, asked, device=device, data=data)
    return run_plans(
        [plan], jobs=jobs, store=Path(store), executor=executor, trial_timeout=trial_timeout
    )[0]


def run_plans(
    plans: Sequence[Plan],
    *,
    jobs: int | None,
    store: Path,
    executor: Given = None,
    listen: Callable[[Event], None] | None = None,
    record: bool = True,
    trial_timeout: float | None = None,
    refused: Callable[[Plan, BakeoffError], None] | None = None,
) -> list[Results]:
    """Runs several studies as one: they share the workers, and the longest trials go first.

    Args:
        plans: the studies as requested.
        jobs: trials at work at a time, None for one per core.
        store: the file of results.
        executor: runs the trials instead of worker processes on this machine.
        listen: is called with every event; None for a live line in a notebook.
        record: whether to note in the store that these runs were requested.
        trial_timeout: seconds that a trial may take; None for any number.
        refused: is called with each study that cannot run, for an error in its data, models or
            claims; the others run. None to raise the error.

    Returns:
        The results of the studies that could run, in order.

    Raises:
        BakeoffError: as `run` does.
    """
    most = jobs_of(executor, jobs)
    check_timeout(trial_timeout)
    listen = listen or live_line()
    for plan in plans:
        check_device(plan.device, here=not is_cluster(executor))
    able = _Able(plans, refused)
    for plan in able:
        with able.guarded(plan):
            try_claims(plan.study)
            check_data(plan)
    with open_patiently(store, listen) as opened:
        answered = []
        with workers_of(executor, most, trial_timeout) as workers:
            stage = _Stage(
                opened,
                jobs=most,
                executor=workers,
                listen=listen,
                record=record,
                limit=trial_timeout,
            )
            # What searches propose and choose is known only once earlier trials have run.
            while stage.run(able):
                pass
            for plan in able:
                with able.guarded(plan):
                    results = read_results(plan, opened)
                    answered.append(with_use(results, opened, workers, stage.listen))
        answered = [with_shown(results, opened) for results in answered]
    if stage.failures:
        failures = ((stage.labels[key], message) for key, message in stage.failures.items())
        raise TrialsFailed(grouped(failures), answered)
    return answered


def check_timeout(seconds: float | None) -> None:
    """Refuses a limit that no trial could keep.

    Raises:
        RunError: it is not above 0.
    """
    if seconds is not None and not seconds > 0:
        raise RunError(
            f"trial_timeout is {seconds:g}; it must be a number of seconds above 0. Leave it out "
            "to let trials take any time."
        )


def open_patiently(store: Path, listen: Callable[[Event], None]) -> Store:
    """Returns a store to write, which waits for another process in the midst of a write.

    That is told once for each wait: such a process may be stopped, and go on much later.
    """
    return Store.open(store, patience=_PATIENCE, waiting=lambda runs: listen(Locked(runs)))


class _Able:
    """The plans that can run.

    Args:
        plans: all that are asked for.
        refused: is told of the others; None to let their errors pass.
    """

    def __init__(
        self, plans: Sequence[Plan], refused: Callable[[Plan, BakeoffError], None] | None
    ) -> None:
        self._plans, self._refused = list(plans), refused

    def __iter__(self) -> Iterator[Plan]:
        return iter(tuple(self._plans))

    @contextmanager
    def guarded(self, plan: Plan) -> Iterator[None]:
        """Takes a plan out if an error is its own, and not the store's or the machine's."""
        try:
            yield
        except (StoreError, RunError):
            raise
        except BakeoffError as error:
            if self._refused is None:
                raise
            self._plans = [each for each in self._plans if each is not plan]
            self._refused(plan, error)


class _Stage:
    """Runs the trials of some plans that a store lacks, as far as their searches have got.

    A second `run` goes on with what was proposed or chosen meanwhile, and does not try failed
    trials again.
    """

    def __init__(
        self,
        store: Store,
        *,
        jobs: int | None,
        executor: Executor,
        listen: Callable[[Event], None],
        record: bool,
        limit: float | None,
    ) -> None:
        self.limit = limit
        self.store, self.jobs, self.executor, self.listen = store, jobs, executor, listen
        self.record = record
        self.labels: dict[str, str] = {}
        self.failures: dict[str, str] = {}

    def run(self, plans: _Able) -> bool:
        """Runs the plans' trials, unless all were seen before; returns whether more may come."""
        wanted: dict[str, Trial] = {}
        seen = set(self.labels)
        is_open = False
        for plan in plans:
            with plans.guarded(plan):
                study, is_settled = read_study(plan, self.store)
                labelled = plan.labelled_trials(study)
                its = {key: trial for key, (_, trial) in labelled.items()}
                self.store.locate(homes(its))
                doubts = look_over_new(
                    plan.named_trials(study), its, self.store, self.executor, plan.name
                )
                if doubts:
                    self.listen(Checked(plan.name, doubts))
                if self.record:
                    self.store.record_run(plan.record(), its)
                wanted |= its
                self.labels |= {key: label for key, (label, _) in labelled.items()}
                is_open |= not is_settled
        if seen and seen == set(self.labels):
            return False
        self.listen(Named(self.labels))
        outcome = run_trials(
            {key: trial for key, trial in wanted.items() if key not in self.failures},
            self.store,
            jobs=self.jobs,
            executor=self.executor,
            listen=self.listen,
            limit=self.limit,
        )
        self.failures |= outcome.failures
        return is_open
