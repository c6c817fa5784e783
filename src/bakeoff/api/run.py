"""Running studies: what a store does not know of them is trained, searches first decide."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext
from pathlib import Path

from bakeoff.analysis.results import Results
from bakeoff.api.check import check_data, grouped, look_over_new, try_claims
from bakeoff.api.plan import DEFAULT_STORE, Plan, plan_of, read_results
from bakeoff.api.shown import with_shown
from bakeoff.errors import BakeoffError
from bakeoff.running.coordinate import run_trials
from bakeoff.running.events import Checked, Event, Named
from bakeoff.running.machine import check_device, check_jobs, cores
from bakeoff.running.pool import WorkerPool, leave_if_worker
from bakeoff.running.store import Store
from bakeoff.study.study import Study
from bakeoff.study.trial import Device, Trial


class TrialsFailed(BakeoffError):  # noqa: N818
    """Some trials gave no answer; all others are stored, and a later run tries these again."""

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
    executor: Executor | None = None,
) -> Results:
    """Train what the store does not know of a study, and return all its results.

    Args:
        study: what to compare.
        rounds: run so many rounds instead of the study's; the results are marked as shortened.
        epochs: train so many epochs instead of each recipe's; likewise.
        only: run these variants alone; likewise.
        quick: run one round of few epochs, examples and candidates, unless the above say
            otherwise; likewise.
        jobs: trials at work at a time; None for one per core. Numbers do not depend on it.
        device: ``cpu`` or ``cuda``.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.
        executor: runs the trials instead of worker processes on this machine.

    Raises:
        StudyError: `only` names a variant that the study lacks, or a kind of claim of one's own
            cannot be asked; if it shows before training, no trial is trained, if after, all are
            stored.
        DataError: the data is missing, damaged, or too small.
        StoreError: the store cannot be opened or written.
        RunError: `jobs` is below 1, or there is no such device.
        CheckFailed: data or models are such that no trial could be trained; none is.
        TrialsFailed: some trials raised an error; all others are stored.
        Interrupted: the user stopped the run; what was answered is stored.
    """
    leave_if_worker()
    plan = plan_of(
        study, rounds=rounds, epochs=epochs, only=only, device=device, data=data, quick=quick
    )
    return run_plans([plan], jobs=jobs, store=Path(store), executor=executor)[0]


def run_plans(
    plans: Sequence[Plan],
    *,
    jobs: int | None,
    store: Path,
    executor: Executor | None = None,
    listen: Callable[[Event], None] | None = None,
    record: bool = True,
) -> list[Results]:
    """Run several studies as one: the workers are shared, and the longest trials go first.

    Args:
        plans: what is asked for.
        jobs: trials at work at a time, None for one per core.
        store: the file of results.
        executor: runs the trials instead of worker processes on this machine.
        listen: is told of every event.
        record: note in the store that these runs were asked for.

    Raises:
        BakeoffError: as `run` does.
    """
    jobs = cores() if jobs is None else jobs
    check_jobs(jobs)
    for plan in plans:
        check_device(plan.device)
        try_claims(plan.study)
        check_data(plan)
    with Store.open(store) as opened:
        with WorkerPool(jobs) if executor is None else nullcontext(executor) as workers:
            stage = _Stage(
                opened, jobs=jobs, executor=workers, listen=listen or _silence, record=record
            )
            # What searches propose and choose is known only once earlier trials have run.
            while stage.run(plans):
                pass
        answered = [with_shown(read_results(plan, opened), opened) for plan in plans]
    if stage.failures:
        failures = ((stage.labels[key], message) for key, message in stage.failures.items())
        raise TrialsFailed(grouped(failures), answered)
    return answered


class _Stage:
    """Runs what a store does not know of some plans, as far as their searches have got.

    Run again, it goes on with what they have proposed or chosen since; what failed is not tried
    again.
    """

    def __init__(
        self,
        store: Store,
        *,
        jobs: int,
        executor: Executor,
        listen: Callable[[Event], None],
        record: bool,
    ) -> None:
        self.store, self.jobs, self.executor, self.listen = store, jobs, executor, listen
        self.record = record
        self.labels: dict[str, str] = {}
        self.failures: dict[str, str] = {}

    def run(self, plans: Sequence[Plan]) -> bool:
        """Run the plans' trials, unless all have been seen before; return whether more may come."""
        wanted: dict[str, Trial] = {}
        seen = set(self.labels)
        is_open = False
        for plan in plans:
            results = read_results(plan, self.store)
            study = results.study
            is_open |= not all(found.is_complete for found in results.searches)
            labelled = plan.labelled_trials(study)
            its = {key: trial for key, (_, trial) in labelled.items()}
            doubts = look_over_new(plan.named_trials(study), its, self.store, self.executor, study)
            if doubts:
                self.listen(Checked(study.name, doubts))
            if self.record:
                self.store.record_run(plan.record(), its)
            wanted |= its
            self.labels |= {key: label for key, (label, _) in labelled.items()}
        if seen and seen == set(self.labels):
            return False
        self.listen(Named(self.labels))
        outcome = run_trials(
            {key: trial for key, trial in wanted.items() if key not in self.failures},
            self.store,
            jobs=self.jobs,
            executor=self.executor,
            listen=self.listen,
        )
        self.failures |= outcome.failures
        return is_open


def _silence(event: Event) -> None:
    """Listen to nothing."""
