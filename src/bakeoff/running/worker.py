"""The work of a worker: one trial, from the bytes that it receives to the answer it sends."""

from __future__ import annotations

import io
import os
import pickle
import platform
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar, cast

from bakeoff.data.dataset import Cached, cached_examples, datasets, sent_here
from bakeoff.data.task import Task
from bakeoff.errors import BakeoffError, DataError, RunError, printable
from bakeoff.models.estimator import Estimator
from bakeoff.running.isolation import Change, ProcessState, Settings
from bakeoff.running.machine import environment
from bakeoff.running.pool import RunAgain, WorkerPool, forks, in_worker, retire
from bakeoff.running.records import Answer
from bakeoff.spec import Json, digest, is_ours
from bakeoff.study.raised import raised
from bakeoff.study.reads import Reads, listening
from bakeoff.study.session import Session, session_of
from bakeoff.study.sources import Definition, home, relative, user_classes, user_modules
from bakeoff.study.trial import Setup, Trial
from bakeoff.study.user_module import UserModule, is_session
from bakeoff.training.history import History

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bakeoff.data.splits import RoundData
    from bakeoff.training.workload import Workload


@dataclass(frozen=True)
class Site:
    """The places of a worker's files.

    Attributes:
        checkpoints: the folder for the states of long trials; None to keep none.
        shared: whether workers on other machines have this folder, too.
        key: of the trial at work, so that it is not described once more; empty if not given.
    """

    checkpoints: Path | None = None
    shared: bool = False
    key: str = ""

    def checkpoint(self, key: str) -> Path | None:
        """Returns the file for a trial's state; None to keep none."""
        return None if self.checkpoints is None else self.checkpoints / f"{key}.safetensors"


Work: TypeAlias = Callable[[Trial, Site], History]
"""The function that workers call on a trial.

It must be importable by its name: workers are other processes, maybe on other machines.
"""


class Described(Protocol):
    """A spec that is sent to workers: a trial, or the subject of a check."""

    @property
    def device(self) -> str:
        """Its torch device."""

    def described(self) -> dict[str, Json]:
        """Returns everything that can change its result; ``sources`` is the user's code of it."""


DescribedT = TypeVar("DescribedT", bound=Described)
T = TypeVar("T")

_NAMED = 5
"""The names that a sentence lists of many."""

Classes: TypeAlias = Mapping[str, tuple[int, ...]]

_TURN = threading.Lock()
"""Trials take turns, because torch's threads and generator belong to the whole process."""


@dataclass(frozen=True)
class Arrival:
    """Where a trial's code and data are on a machine that has none of the coordinator's files.

    Attributes:
        paths: folders that the user's modules are imported from.
        folder: the working folder of the trial; None for the worker's own.
        data: the digests of the task's datasets, in their order, whose examples the cache holds;
            empty for one that comes with bakeoff.
    """

    paths: tuple[str, ...]
    folder: str | None
    data: tuple[str, ...]


@dataclass(frozen=True)
class Parcel:
    """A trial as it is sent to a worker, with the user's code behind it.

    Attributes:
        key: the hash of its description.
        modules: the user's files to install first.
        script: the file that was started, if the trial is made of classes or functions in it.
        session: the part of a notebook that it is made of, if there is any.
        home: the folder of the user's code behind the trial; None if there is no such code.
        code: the user's code behind the trial, from `sources`.
        trial: the pickled trial.
        arrival: where its code and data are; None where it was packed.
    """

    key: str
    modules: tuple[UserModule, ...]
    script: str | None
    session: Session | None
    home: str | None
    code: Mapping[str, Json]
    trial: bytes
    arrival: Arrival | None = None


@dataclass(frozen=True)
class Fault:
    """The reason why a trial gave no answer, as a sentence for the user."""

    message: str


@dataclass(frozen=True)
class Done(Generic[T]):
    """The result of a work, with its circumstances.

    Attributes:
        value: the result itself.
        device: the torch device.
        description: the description of what ran.
        notes: sentences about changes that its code made to the process.
        files: files that its code read and its key does not cover, with digests.
    """

    value: T
    device: str
    description: dict[str, Json]
    notes: tuple[str, ...]
    files: tuple[tuple[str, str], ...]


def pack(key: str, trial: Described) -> Parcel:
    """Returns a trial as it is sent to a worker.

    Raises:
        RunError: workers could not import a class of the trial, or its code was edited since the
            run began.
    """
    try:
        pickled = pickle.dumps(trial)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise RunError(
            f"the trial cannot be sent to a worker ({error}); define its classes at the top level "
            "of a Python file or of a notebook's cell."
        ) from None
    description = trial.described()
    code = cast("dict[str, Json]", description["sources"])
    if digest(description) != key:
        for path in _gone(trial):
            raise RunError(f"{path} was deleted during the run; put it back, and run again.")
        raise RunError(
            f"the code of the trial was edited during the run: {_several(code)}; run again."
        )
    classes = user_classes(trial)
    script, session = _script(classes), _session(classes)
    return Parcel(key, user_modules(trial), script, session, home(trial), code, pickled)


def _gone(trial: object) -> list[str]:
    """Returns the files of the user's code behind a trial that are no longer there."""
    modules = user_modules(trial)
    classes = (sys.modules.get(cls.__module__) for cls in user_classes(trial))
    files = {path for module in modules for path in (module.path, *dict(module.files))}
    files |= {file for module in classes if (file := getattr(module, "__file__", None))}
    return sorted(path for path in files if not Path(path).exists())


def _several(names: Iterable[str]) -> str:
    """Returns some of many names."""
    every = list(names)
    rest = len(every) - _NAMED
    return ", ".join(every[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _script(classes: Iterable[Definition]) -> str | None:
    """Returns the file that was started, if a trial is made of classes or functions in it."""
    if not any(cls.__module__ in {"__main__", "__mp_main__"} for cls in classes):
        return None
    if is_session(sys.modules["__main__"]):
        return None
    file = getattr(sys.modules["__main__"], "__file__", None)
    return None if file is None else os.path.realpath(file)


def _session(classes: Iterable[Definition]) -> Session | None:
    """Returns the part of the notebook that a trial is made of, if there is any."""
    names = [cls.__name__ for cls in classes if cls.__module__ == "__main__"]
    return session_of(names) if names and is_session(sys.modules["__main__"]) else None


def carry_out(parcel: Parcel, work: Work, site: Site) -> Answer | Fault:
    """Returns a trial's answer; an error comes back as a sentence.

    Args:
        parcel: the trial.
        work: the function to call on it; `answer`, except in tests.
        site: the places of the worker's files.
    """
    done = apart(parcel, work, site)
    if isinstance(done, Fault):
        return done
    history = replace(done.value, notes=(*done.value.notes, *done.notes))
    return Answer(history, environment(done.device), done.description, done.files)


def carry_out_within(seconds: float, parcel: Parcel, work: Work, site: Site) -> Answer | Fault:
    """Does the same in a process of its own, which is ended after some seconds.

    For executors whose workers are not ours, and cannot be ended one by one.

    Raises:
        TookTooLong: it took longer.
        WorkerDied: the process ended.
        RunError: no process can be started.
    """
    with WorkerPool(1, limit=seconds) as pool:
        return pool.submit(carry_out, parcel, work, site).result()


def apart(parcel: Parcel, work: Callable[[DescribedT, Site], T], site: Site) -> Done[T] | Fault:
    """Returns the result of a work, and leaves the process as it was.

    An error comes back as a sentence.

    Args:
        parcel: the subject of the work.
        work: a function that is importable by its name.
        site: the places of the worker's files.
    """
    process, forked = os.getpid(), forks()
    answer = _isolated(parcel, work, site)
    if os.getpid() != process:
        # This is a copy of the process, made by the trial's code; it must not answer.
        os._exit(0)
    if forks() > forked:
        retire()
        return Fault(
            "the code of the trial forks its process (os.fork), and the copy would train it a "
            "second time; do without, or start another program with subprocess."
        )
    return answer


def _isolated(parcel: Parcel, work: Callable[[DescribedT, Site], T], site: Site) -> Done[T] | Fault:
    reads = Reads()
    changes: tuple[Change, ...] = ()
    answer: Done[T] | Fault
    try:
        with listening(reads) if parcel.home is not None else nullcontext():
            trial, description, notes = _unpack(parcel)
            site = replace(site, key=parcel.key)
            if is_ours(trial):  # Bakeoff's own code changes nothing in the process.
                value = work(trial, site)
            else:
                state = ProcessState(ours=in_worker())
                try:
                    value = work(trial, site)
                finally:
                    changes = state.restored()
        files = _files(reads, trial, parcel)
        answer = Done(value, trial.device, description, (*notes, *_note_of(changes)), files)
    except BakeoffError as error:
        answer = Fault(str(error))
    except BaseException as error:
        # In a user's own process, the main thread alone hears Ctrl-C.
        if isinstance(error, KeyboardInterrupt) and not in_worker() and _is_main_thread():
            raise
        answer = Fault(raised(error))
    lasting = [change.what for change in changes if not change.undone]
    if lasting and in_worker():
        retire()
    elif lasting:
        return Fault(
            f"the code of the trial changes {', '.join(lasting)} of a process that it shares with "
            "other trials, and this cannot be undone. Do not change it, or give no executor: each "
            "such trial then gets its own process."
        )
    return answer


def _is_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _note_of(changes: Sequence[Change]) -> tuple[str, ...]:
    """Returns a sentence about the changes that a trial made to its process, if any."""
    if not changes:
        return ()
    names = printable(", ".join(dict.fromkeys(change.what for change in changes)))
    after = (
        "it was put back after the trial"
        if all(change.undone for change in changes)
        else "the next trial got a new process"
    )
    return (f"The trial's code changed {names}; {after}, so that no other trial saw it.",)


def answer(
    trial: Trial, site: Site, keep: Callable[[Workload, Any], None] | None = None
) -> History:
    """Trains one trial on one thread.

    Args:
        trial: the trial to train.
        site: the place for the state of a long trial.
        keep: is called with the final network, or the fitted estimator.

    Raises:
        DataError: the data is not that of the trial, cannot be read, or is too small.
        ModelError: the model lacks a head, or gives one of the wrong shape.
    """
    from bakeoff.training.checkpoint import Checkpoint
    from bakeoff.training.loop import train

    task, setup, seed, number = trial.task, trial.setup, trial.seed, trial.round
    with taking_turns():
        classes, data = drawn(task, trial.data, seed, number)
        workload = setting_of(task, setup, classes, data, seed=seed, round=number)
        if isinstance(setup.model, Estimator):
            from bakeoff.training.fit import fit

            return fit(workload, setup.model, seed=trial.weight_seed(), keep=keep)
        key = site.key or trial.key()
        file = site.checkpoint(key)
        return train(
            workload,
            seed=trial.weight_seed(),
            noise=trial.noise_seed(),
            device=trial.device,
            checkpoint=Checkpoint(file, key=key) if file else None,
            fast=_bears_fast_form(trial, workload),
            keep=keep,
        )


def setting_of(
    task: Task, setup: Setup, classes: Classes, data: RoundData, *, seed: int, round: int
) -> Workload:
    """Returns the model with its data and all that training needs.

    Args:
        task: the task of the round.
        setup: the model and how it is trained.
        classes: the shape of each label's head.
        data: the round's data.
        seed: the study's seed.
        round: the round's number, from 0.
    """
    from bakeoff.data.tasks import batch_order
    from bakeoff.training.workload import Workload, stream_seed

    size = len(data.train.inputs)

    def order(epoch: int) -> NDArray[np.int64]:
        return batch_order(size, seed=seed, round=round, epoch=epoch)

    return Workload(
        model=setup.model,
        objective=setup.objective,
        decision=setup.decision,
        optimizer=setup.optimizer,
        recipe=setup.recipe,
        target=task.target,
        classes=classes,
        data=data,
        order=order,
        metrics=task.measured,
        images=task.images,
        swap=task.swapped,
        stream=lambda names: stream_seed((seed, round, *names)),
    )


def initial_weights(parcel: Parcel) -> str | None:
    """Returns the digest of the weights with which a trial's network would start here.

    None if it cannot be built; training then gives the reason.
    """
    from bakeoff.training import network

    try:
        trial, _, _ = _unpack(parcel)
        state = ProcessState(ours=in_worker())
        try:
            with taking_turns():
                return network.initial_weights(
                    trial.setup.model,
                    trial.task.input_shape,
                    seed=trial.weight_seed(),
                    device=trial.device,
                )
        finally:
            state.restored()
    except (Exception, SystemExit):
        return None


_TRIED: dict[tuple[object, ...], bool] = {}
"""Whether networks bear their fast form, by all that a batch depends on. A process tries each
once."""


def _bears_fast_form(trial: Trial, workload: Workload) -> bool:
    from bakeoff.training.network import bears_fast_form

    # The optimizer is left out, so that a search over learning rates tries a network once.
    recipe = workload.recipe
    parts = (trial.task, workload.model, workload.objective, workload.decision)
    key = (*parts, recipe.batch, recipe.fused, recipe.precision, trial.device)
    if key not in _TRIED:
        # The trial itself must not notice.
        state = ProcessState(ours=in_worker())
        try:
            _TRIED[key] = bears_fast_form(
                workload.on(trial.device), seed=trial.weight_seed(), device=trial.device
            )
        finally:
            state.restored()
    return _TRIED[key]


@lru_cache(maxsize=1)  # The next trial is often of the same round; two rounds may not fit.
def drawn(task: Task, digest: str, seed: int, round: int) -> tuple[Classes, RoundData]:
    """Returns the shape of each label's head, and a round's data.

    Raises:
        DataError: the data has another digest, or `draw` returns no `RoundData`.
    """
    from bakeoff.data.splits import RoundData

    held = on_kept_data(task, digest)
    data = held.draw(seed=seed, round=round)
    if not isinstance(data, RoundData):
        raise DataError(
            f"{type(task).__name__}.draw returns {type(data).__name__!r}; it must return "
            "bakeoff.RoundData."
        )
    return held.labels, data


def on_kept_data(task: Task, digest: str) -> Task:
    """Returns a task on the data of a digest, from the cache if it holds the data.

    Raises:
        DataError: the task's data has another digest.
    """
    held = task.with_data(Cached(digest)) if digest else task
    if digest and (held == task or cached_examples(digest) is None):
        # The task has several datasets, or this machine has not read its data yet.
        held = task
        if task.digest() != digest:
            raise DataError("the data has changed since the run began; run again.")
    return held


@contextmanager
def taking_turns() -> Iterator[None]:
    """Lets one trial at a time run in this process, on one thread."""
    import torch

    with _TURN:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def _unpack(parcel: Parcel) -> tuple[Any, dict[str, Json], tuple[str, ...]]:
    """Returns a trial, its description, and notes on what its files would change."""
    arrival = parcel.arrival
    if arrival is not None:
        sys.path += [path for path in arrival.paths if path not in sys.path]
        if arrival.folder is not None:
            os.chdir(arrival.folder)
    try:
        notes = _installed(parcel.modules, parcel.script)
        if parcel.session is not None:
            parcel.session.install()
        trial = pickle.loads(parcel.trial)
    except ModuleNotFoundError as error:
        if arrival is None:
            raise
        raise RunError(
            f"the study imports {error.name}, which the worker on {platform.node()} lacks; "
            "install it there, or put the module beside the study's file."
        ) from None
    if arrival is not None:
        for dataset, content in zip(datasets(trial.task), arrival.data, strict=True):
            if content:
                sent_here(dataset, content)
    description = trial.described()
    if digest(description) != parcel.key:
        code = cast("dict[str, Json]", description["sources"])
        differing = sorted(
            name for name in {*code, *parcel.code} if code.get(name) != parcel.code.get(name)
        )
        for path in _gone(trial):
            raise RunError(f"{path} was deleted during the run; put it back, and run again.")
        what = _several(differing) or "bakeoff itself"
        raise RunError(
            f"the worker has other code than the run began with; this differs: {what}. A file of "
            "the study was edited meanwhile, the worker has another version of bakeoff, or a value "
            "differs between processes that load the study; run again."
        )
    return trial, description, notes


_SET_BY_FILES: dict[tuple[str, ...], tuple[str, ...]] = {}
"""Sentences about changes that the loading of a study's modules would make to this process."""


def _installed(modules: tuple[UserModule, ...], script: str | None) -> tuple[str, ...]:
    """Installs a trial's modules, and returns notes for the readers of its numbers."""
    names = tuple(module.name for module in modules)
    read = getattr(sys.modules["__main__"], "__file__", None)
    is_read = script in {None, read} or not in_worker()
    if is_read and all(name in sys.modules for name in names):
        return _SET_BY_FILES.get(names, ())
    # A file may change torch's settings, so they are read before.
    import torch.nn  # noqa: F401

    settings = Settings()
    try:
        if script is not None and not is_read:
            _read_script(script)
        for module in modules:
            module.install()
    finally:
        changed = ", ".join(change.what for change in settings.restored())
    if changed:
        file = Path(modules[-1].path if modules else script or "").name
        note = f"{file} changes {changed} when it is loaded; its trials ran without that."
        _SET_BY_FILES[names] = (note,)
    return _SET_BY_FILES.get(names, ())


def _read_script(path: str) -> None:
    """Runs a script as the main module of this process, up to the line that starts a run."""
    before, main = sys.modules["__main__"], ModuleType("__mp_main__")
    main.__file__ = path
    sys.modules["__main__"] = sys.modules["__mp_main__"] = main
    try:
        # Its output was printed already, in the process that was started.
        with redirect_stdout(io.StringIO()):
            exec(compile(Path(path).read_bytes(), path, "exec"), main.__dict__)
    except RunAgain:
        return
    except BaseException:
        sys.modules["__main__"] = sys.modules["__mp_main__"] = before
        raise


_READ_BEFORE: dict[tuple[str, ...], dict[str, str]] = {}
"""The files that earlier trials of this process read, by the study's modules.

A user's code may read a file once for all trials; later trials then depend on it without opening
it again.
"""


def _files(reads: Reads, trial: object, parcel: Parcel) -> tuple[tuple[str, str], ...]:
    """Returns the files that a trial of a user's code read and its key does not cover.

    Raises:
        DataError: a file was changed since this process first read it.
    """
    if parcel.home is None:
        return ()
    modules = [sys.modules.get(cls.__module__) for cls in user_classes(trial)]
    covered = {module.path for module in parcel.modules}
    covered |= {os.path.realpath(getattr(module, "__file__", None) or "") for module in modules}
    before = _READ_BEFORE.setdefault(tuple(module.name for module in parcel.modules), {})
    changed = [p for p, d in reads.digests.items() if before.get(p, d) != d]
    before |= {path: digest for path, digest in reads.digests.items() if path not in before}
    for path in (*changed, *Reads(before).changed()):
        how = "edited" if Path(path).exists() else "deleted"
        raise DataError(
            f"{path} was {how} during the run, and earlier trials have read its old content; run "
            "again."
        )
    return tuple(
        sorted(
            (relative(path, parcel.home), d) for path, d in before.items() if path not in covered
        )
    )
