"""The run of trials: each is claimed in the store, sent to a worker, and stored when answered."""

from __future__ import annotations

import shlex
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bakeoff.data.files import sweep
from bakeoff.errors import BakeoffError, RunError, StoreError
from bakeoff.running.backlog import Backlog, Place
from bakeoff.running.cost import Costs, workloads
from bakeoff.running.events import (
    Answered,
    Damaged,
    Event,
    Failed,
    Forecast,
    Held,
    Late,
    Logged,
    PlannedTrials,
    Progress,
    Retrying,
    Started,
    Waiting,
)
from bakeoff.running.flights import Flights, Send
from bakeoff.running.machine import check_jobs, cores, environment
from bakeoff.running.output import Log, Printed
from bakeoff.running.owner import Owner
from bakeoff.running.pool import (
    Lost,
    OwnProcesses,
    TookTooLong,
    WorkerDied,
    WorkerPool,
    leave_if_worker,
)
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.running.worker import (
    Fault,
    Site,
    Work,
    answer,
    carry_out,
    carry_out_within,
    initial_weights,
    pack,
)
from bakeoff.spec import digest
from bakeoff.study.trial import Trial, homes

Listener: TypeAlias = Callable[[Event], None]

_POLL = 0.5
"""Seconds between looks at what other runs have stored."""

_BEAT = 10.0
"""Seconds between signs of life for runs on other hosts."""

_FOLD = 2.0
"""Seconds for which an answer may lie beside the store's own file, in its log."""

_ATTEMPTS = 2
"""The number of times that a trial may end its worker before it counts as failed."""

_PATIENCE = 60.0
"""Seconds for which a store that cannot be written is tried again, once no trial is at work."""

_LATE = 40.0
"""How many times as long as expected a trial takes before that is told."""

_SOON = 60.0
"""Seconds before which no trial is late, whatever was expected."""


@dataclass(frozen=True)
class Outcome:
    """The end of a run: its counts, and the errors of failed trials, by key."""

    progress: Progress
    failures: Mapping[str, str]


class Interrupted(BakeoffError):  # noqa: N818
    """The user stopped the run; all answers until then are stored."""

    def __init__(self, progress: Progress) -> None:
        super().__init__(
            f"stopped: {progress.done} of {progress.total} trials are stored; the same command "
            "goes on from there."
        )
        self.progress = progress


def ignore(event: Event) -> None:
    """Listens to nothing."""


def run_trials(
    trials: Mapping[str, Trial],
    store: Store,
    *,
    jobs: int | None,
    executor: Executor | None = None,
    work: Work = answer,
    listen: Listener = ignore,
    limit: float | None = None,
) -> Outcome:
    """Runs all trials that the store lacks, and stores each answer as it comes.

    Several runs may share a store: one of them trains a trial, and the others wait for it if they
    need it too. A trial that fails does not stop the others.

    Args:
        trials: the trials by key.
        store: the store, open to write.
        jobs: the number of trials at work at a time; None for as many as there are places.
        executor: runs the trials; None for one worker process per job, on this machine.
        work: the function that trains a trial.
        listen: is called with every event, in the calling thread.
        limit: seconds that a trial may take before its process is ended; None for any number. A
            pool of workers that is given has a limit of its own.

    Raises:
        RunError: `jobs` is below 1, or workers cannot be started.
        StoreError: the store cannot be written for a while; what was stored stays, and trials that
            finished meanwhile are in another store, which the message names.
        Interrupted: after a `KeyboardInterrupt`, when workers are stopped and leases given up.
    """
    leave_if_worker()
    if jobs is not None:
        check_jobs(jobs)
    store.locate(homes(trials))
    known = store.known(trials)
    known -= _with_other_weights(known, trials, store, executor)
    missing = {key: trial for key, trial in trials.items() if key not in known}
    if damaged := store.damaged & missing.keys():
        listen(Damaged(len(damaged)))
    planned = PlannedTrials(len(trials), len(known))
    listen(planned)
    progress = Progress().after(planned)
    shared = executor.checkpoints if isinstance(executor, OwnProcesses) else None
    beside = store.path.with_name(f"{store.path.name}.checkpoints").resolve()
    site = Site(shared or beside, shared=shared is not None)
    _sweep(site, store, known)
    if not missing:
        return Outcome(progress, {})
    device = next(iter(missing.values())).device
    most = min(cores() if jobs is None else jobs, len(missing))
    with _pool(executor, most, limit) as workers:
        own = workers if isinstance(workers, OwnProcesses) else None

        def send(key: str) -> Future[Answer | Fault]:
            parcel = pack(key, missing[key])
            if limit is not None and own is None:
                return workers.submit(carry_out_within, limit, parcel, work, site)
            return workers.submit(carry_out, parcel, work, site)

        def places() -> int:
            if jobs is not None or own is None:
                return jobs or most
            return own.places(device)

        run = _Run(
            missing, store, places=places, site=site, send=send, progress=progress, listen=listen
        )
        return run.to_the_end()


def _pool(
    executor: Executor | None, jobs: int, limit: float | None
) -> AbstractContextManager[Executor]:
    return WorkerPool(jobs, limit=limit) if executor is None else nullcontext(executor)


def _sweep(site: Site, store: Store, answered: Iterable[str] = ()) -> None:
    """Removes what killed runs left: the states of answered trials, and half-written files.

    If another run is at work, it may be writing these.
    """
    folder = site.checkpoints
    if folder is None or not folder.is_dir():
        return
    with suppress(OSError, StoreError):
        for key in answered:
            _drop_checkpoint(site, key)
        if not store.is_leased():
            sweep(folder)
            folder.rmdir()


def _drop_checkpoint(site: Site, key: str) -> None:
    file = site.checkpoint(key)
    if file is not None:
        with suppress(OSError):
            file.unlink()
            file.parent.rmdir()


def _with_other_weights(
    known: Collection[str], trials: Mapping[str, Trial], store: Store, executor: Executor | None
) -> set[str]:
    """Returns the answered trials whose networks would start from other weights today.

    Their answers are superseded. One trial of each of the user's own networks is tried, if its
    answer comes from this version of torch on such a processor; on others, weights may differ.
    """
    alike: dict[int, list[str]] = {}
    for key in homes(trials):
        if key in known:
            alike.setdefault(id(trials[key].setup), []).append(key)
    # Elsewhere processors may differ, and a device that is there may not be here.
    here = None if isinstance(executor, OwnProcesses) and not executor.is_here else executor
    if here is not executor:
        alike = {k: keys for k, keys in alike.items() if trials[keys[0]].device == "cpu"}
    origins = store.origins(keys[0] for keys in alike.values())
    asked = [
        keys
        for keys in alike.values()
        if origins[keys[0]].is_like(environment(trials[keys[0]].device))
    ]
    if not asked:
        return set()
    other: set[str] = set()
    with _pool(here, 1, None) as workers:
        for keys in asked:
            with suppress(RunError, WorkerDied, RuntimeError):
                parcel = pack(keys[0], trials[keys[0]])
                weights = workers.submit(initial_weights, parcel).result()
                if weights not in {None, origins[keys[0]].initial_weights}:
                    other.update(keys)
    store.supersede(other, "the network starts from other weights")
    return other


class _Run:
    """The state of one run: each missing trial is in one of its collections until it is settled."""

    def __init__(
        self,
        trials: Mapping[str, Trial],
        store: Store,
        *,
        places: Callable[[], int],
        site: Site,
        send: Send,
        progress: Progress,
        listen: Listener,
    ) -> None:
        self.trials, self.store, self.places = trials, store, places
        self.progress, self.listen = progress, listen
        self.site = site
        self.owner = Owner.here()
        work_of = workloads(trials)
        self.workloads = {key: workload for key, (workload, _) in work_of.items()}
        work = dict(work_of.values())
        self.costs = Costs(work, store.measured(work))
        self.failed_before = store.failures(trials)
        self.failures: dict[str, str] = {}
        self.deaths: Counter[str] = Counter()
        self.last_beat = self.last_fold = time.monotonic()
        store.fold()
        self.trouble = ""
        self.quiet_since: float | None = None
        self.late: set[str] = set()
        self.log = Log(store.path.with_name(f"{store.path.name}.log"))
        self.logged = False

        self.backlog = Backlog(
            {key: Place(trial.round, self.workloads[key]) for key, trial in trials.items()}
        )
        self.flights = Flights(send)
        self.once_more: list[str] = []
        self.elsewhere: set[str] = set()

    def to_the_end(self) -> Outcome:
        """Runs until every trial is answered or has failed."""
        try:
            while self._own_trials_left() or self.elsewhere:
                try:
                    # Workers come first, so that none waits while answers are written.
                    self._fill()
                    self._settle_landed()
                    self._look_elsewhere()
                    self._beat()
                    self.trouble, self.quiet_since = "", None
                except StoreError as error:
                    self._hold(error)
                self._forecast()
                self._wait()
        except KeyboardInterrupt:
            self.store.wait_no_longer()
            with suppress(KeyboardInterrupt):  # A second interrupt stops even that.
                self.flights.land()
                try:
                    self._settle_landed(stopping=True)
                except StoreError as error:
                    raise self._with_rescued(error) from None
            raise Interrupted(self.progress) from None
        finally:
            self.flights.cancel()
            with suppress(StoreError):
                self.store.release(self.owner)
                _sweep(self.site, self.store)
        return Outcome(self.progress, self.failures)

    def _hold(self, error: StoreError) -> None:
        """Keeps what landed while the store cannot be written, and tries again for a while.

        Raises:
            StoreError: it has been so for too long, and nothing is at work.
        """
        held = len(self._answers())
        if str(error) != self.trouble:
            self.trouble = str(error)
            self._tell(Held(held, self.trouble))
        if self.flights.flying:
            self.quiet_since = None
            return
        now = time.monotonic()
        self.quiet_since = now if self.quiet_since is None else self.quiet_since
        if now - self.quiet_since >= _PATIENCE:
            raise self._with_rescued(error)

    def _answers(self) -> dict[str, Answer]:
        """Returns the answers that landed and are not stored."""
        answers: dict[str, Answer] = {}
        # Answers land first; after an error that is not one trial's, there are none.
        with suppress(RunError):
            for key in self.flights.landed:
                result = self.flights.result(key)
                if isinstance(result, Answer):
                    answers[key] = result
        return answers

    def _with_rescued(self, error: StoreError) -> StoreError:
        """Writes answers to another store, and returns the error with what became of them."""
        held = self._answers()
        if not held:
            return error
        name = f"{self.store.path.stem}-rescued-{self.owner.id[:8]}.db"
        for folder in (Path(tempfile.gettempdir()), Path.home(), Path.cwd()):
            path = folder / name
            with suppress(StoreError, OSError), Store.open(path) as other:
                for key, answer in held.items():
                    other.add(key, self.trials[key], answer)
                store = self.store.path
                return StoreError(
                    f"{error} The trials that finished meanwhile are in {path}: {len(held)}. This "
                    "puts them into the store, once it can be written: bakeoff merge "
                    f"{shlex.quote(str(path))} -o {shlex.quote(str(store))}"
                )
        return StoreError(
            f"{error} The trials that finished meanwhile could be written nowhere, and are lost: "
            f"{len(held)}."
        )

    def _own_trials_left(self) -> bool:
        return bool(self.backlog or self.flights.flying or self.flights.landed or self.once_more)

    def _tell(self, event: Event) -> None:
        self.progress = self.progress.after(event)
        self.listen(event)

    def _fill(self) -> None:
        while self.flights.flying < self.places() and self.backlog:
            key = self.backlog.take(self.costs)
            try:
                claim = self.store.claim(key, self.owner)
            except StoreError:
                self.backlog.put(key)
                raise
            match claim:
                case "ours":
                    self._start(key)
                case "taken":
                    self.elsewhere.add(key)
                case "answered":
                    self._answered_elsewhere({key})
        # The worker may have died for want of memory: the next attempt has all of it.
        if self.once_more and not self.flights.flying:
            self._start(self.once_more.pop())

    def _start(self, key: str) -> None:
        try:
            self.flights.start(key)
        except RunError as error:
            self._fail(key, str(error))
        else:
            self._tell(Started(key))

    def _wait(self) -> None:
        if self.flights.flying:
            self.flights.wait(_POLL)
            self.flights.land()
        elif self.trouble or (self.elsewhere and not self._own_trials_left()):
            time.sleep(_POLL)

    def _settle_landed(self, *, stopping: bool = False) -> None:
        for key in self.flights.landed:
            printed = self.flights.printed(key)
            match self.flights.result(key):
                case Answer(description=other) if digest(dict(other)) != key:
                    self._fail(key, "its worker gave the answer of another trial; run again.")
                case Answer(history) as answer:
                    added = self.store.add(key, self.trials[key], answer)
                    self.flights.settle(key)
                    _drop_checkpoint(self.site, key)
                    self._log(key, printed)
                    if history.status == "finished":
                        self.costs = self.costs.after(self.workloads[key], history.seconds)
                    self._tell(Answered(key, history, by_other=not added))
                case Fault(message):
                    self._fail(key, printed.after(message))
                    self._log(key, printed)
                case TookTooLong() | Lost() as death:
                    self._fail(key, printed.after(str(death)))
                    self._log(key, printed)
                case WorkerDied() as death if not stopping:
                    # When stopping, the interrupt has most likely stopped the worker too.
                    self._died(key, str(death), printed)
                    self._log(key, printed)

    def _log(self, key: str, printed: Printed) -> None:
        if not printed.bytes:
            return
        trial = self.trials[key]
        name = f"{trial.setup.model!r:.200}, round {trial.round + 1}, key {key[:12]}"
        if self.log.add(name, printed) and not self.logged:
            self.logged = True
            self._tell(Logged(self.log.path))

    def _died(self, key: str, death: str, printed: Printed) -> None:
        if self.deaths[key] + 1 >= _ATTEMPTS:
            self._fail(key, printed.after(f"{death} ({_ATTEMPTS} attempts)"))
        else:
            message = printed.after(death)
            attempt = self.store.fail(key, message)
            self.deaths[key] += 1
            self.flights.settle(key)
            self.once_more.append(key)
            self._tell(Retrying(key, message, attempt))

    def _fail(self, key: str, message: str) -> None:
        attempt = self.store.fail(key, message)
        self.store.release(self.owner, key)
        self.flights.settle(key)
        self.failures[key] = message
        self._tell(Failed(key, message, attempt))

    def _look_elsewhere(self) -> None:
        """Notes the answers of other runs, and takes over the trials that these left."""
        if not self.elsewhere:
            return
        self._answered_elsewhere(self.store.known(self.elsewhere))
        leases = self.store.others(self.elsewhere, self.owner)
        left = {key for key in self.elsewhere if not leases.get(key, False)}
        # A trial may have been stored, and its lease ended, since the look above.
        self._answered_elsewhere(self.store.known(left))
        self._left_elsewhere(left & self.elsewhere, dead=leases.keys())
        waiting = 0 if self._own_trials_left() else len(self.elsewhere)
        if waiting != self.progress.waiting:
            self._tell(Waiting(waiting))

    def _answered_elsewhere(self, keys: set[str]) -> None:
        answered = self.store.histories(keys)
        self.elsewhere -= keys
        for key, stored in answered.items():
            self._tell(Answered(key, stored.history, by_other=True))

    def _left_elsewhere(self, keys: set[str], dead: Collection[str]) -> None:
        """Takes over the trials that no live run leases, unless they failed there."""
        failures = self.store.failures(keys)
        self.elsewhere -= keys
        for key in keys:
            before, now = self.failed_before.get(key), failures.get(key)
            if key in dead or now is None or now == before:
                self.backlog.put(key)
            else:
                self.failures[key] = now.message
                self._tell(Failed(key, now.message, now.attempts, by_other=True))

    def _beat(self) -> None:
        if time.monotonic() - self.last_beat > _BEAT:
            self.store.beat(self.owner)
            self.last_beat = time.monotonic()
        if time.monotonic() - self.last_fold > _FOLD:
            self.store.fold()
            self.last_fold = time.monotonic()

    def _forecast(self) -> None:
        pending = Counter(self.backlog.counts())
        pending.update(self.workloads[key] for key in self.once_more)
        running = [(self.workloads[key], spent) for key, spent in self.flights.elapsed().items()]
        self._tell(Forecast(self.costs.time_left(pending, running, self.places())))
        for key, spent in self.flights.elapsed().items():
            expected = self.costs.usual(self.workloads[key])
            if spent > _SOON and expected and spent > _LATE * expected and key not in self.late:
                self.late.add(key)
                self._tell(Late(key, spent, expected))
