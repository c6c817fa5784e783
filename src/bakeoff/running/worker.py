"""What a worker does: one trial, from the bytes that it is sent to the answer it sends back."""

from __future__ import annotations

import io
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeAlias, TypeVar

from bakeoff.data.dataset import Cached, cached_examples
from bakeoff.data.task import Task
from bakeoff.errors import BakeoffError, DataError, RunError
from bakeoff.models.estimator import Estimator
from bakeoff.running.isolation import Change, ProcessState, Settings
from bakeoff.running.machine import environment
from bakeoff.running.pool import RunAgain, forks, in_worker, retire
from bakeoff.running.records import Answer
from bakeoff.spec import Json, canonical, digest, is_ours
from bakeoff.study.raised import raised
from bakeoff.study.reads import Reads, listening
from bakeoff.study.sources import home, relative, sources, user_classes, user_modules
from bakeoff.study.trial import Setup, Trial
from bakeoff.study.user_module import UserModule
from bakeoff.training.history import History

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bakeoff.data.splits import RoundData
    from bakeoff.training.workload import Workload


@dataclass(frozen=True)
class Site:
    """Where a worker finds and keeps its files.

    Attributes:
        checkpoints: the folder for the states of long trials, None to keep none.
    """

    checkpoints: Path | None = None

    def checkpoint(self, key: str) -> Path | None:
        """Return the file for a trial's state."""
        return None if self.checkpoints is None else self.checkpoints / f"{key}.safetensors"


Work: TypeAlias = Callable[[Trial, Site], History]
"""What workers do with a trial.

It must be importable by its name: workers are other processes, maybe on other machines.
"""


class Described(Protocol):
    """A spec that workers are sent: a trial, or what is checked before any."""

    @property
    def device(self) -> str:
        """The torch device that it is for."""

    def described(self) -> dict[str, Json]:
        """Return everything that can change what comes of it."""


DescribedT = TypeVar("DescribedT", bound=Described)
T = TypeVar("T")

Classes: TypeAlias = Mapping[str, tuple[int, ...]]

_TURN = threading.Lock()
"""Torch's number of threads and its generator belong to the whole process: trials take turns."""


@dataclass(frozen=True)
class Parcel:
    """A trial as it travels: the classes that it is made of come before it.

    Attributes:
        key: the hash of its description.
        modules: the user's files to install first.
        script: the file that was started, where the trial is made of what stands in it.
        home: the folder of the user's code that the trial depends on, None where there is none.
        code: what the trial depends on of the user's code, as `sources` gives it.
        trial: the pickled trial.
    """

    key: str
    modules: tuple[UserModule, ...]
    script: str | None
    home: str | None
    code: Mapping[str, Json]
    trial: bytes


@dataclass(frozen=True)
class Fault:
    """Why a trial gave no answer, as a sentence for the user."""

    message: str


@dataclass(frozen=True)
class Done(Generic[T]):
    """What a work gave, and what there is to know of how it did.

    Attributes:
        value: what it gave.
        device: the torch device that it was for.
        description: what ran.
        notes: sentences on what its code has changed of the process.
        files: what its code has read that its key does not cover, with digests.
    """

    value: T
    device: str
    description: dict[str, Json]
    notes: tuple[str, ...]
    files: tuple[tuple[str, str], ...]


def pack(key: str, trial: Described) -> Parcel:
    """Return a trial ready to travel.

    Raises:
        RunError: workers could not import a class that it is made of, or its code was edited since
            the run began.
    """
    try:
        pickled = pickle.dumps(trial)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise RunError(
            f"the trial cannot be sent to a worker ({error}); define its classes at the top level "
            "of a Python file."
        ) from None
    code = sources(trial)
    if digest(trial.described()) != key:
        raise RunError(
            f"the code of the trial was edited or removed while the run was under way; it is in "
            f"{', '.join(code)}. Run again."
        )
    return Parcel(key, user_modules(trial), _script(trial), home(trial), code, pickled)


def _script(trial: object) -> str | None:
    """Return the file that was started, if the trial is made of classes or functions in it."""
    if not any(cls.__module__ in {"__main__", "__mp_main__"} for cls in user_classes(trial)):
        return None
    file = getattr(sys.modules["__main__"], "__file__", None)
    return None if file is None else os.path.realpath(file)


def carry_out(parcel: Parcel, work: Work, site: Site) -> Answer | Fault:
    """Return a trial's answer; whatever goes wrong comes back as a sentence.

    Args:
        parcel: the trial.
        work: what to do with it; `answer`, but for tests.
        site: where the worker finds and keeps its files.
    """
    done = apart(parcel, work, site)
    if isinstance(done, Fault):
        return done
    history = replace(done.value, notes=(*done.value.notes, *done.notes))
    return Answer(history, environment(done.device), done.description, done.files)


def apart(parcel: Parcel, work: Callable[[DescribedT, Site], T], site: Site) -> Done[T] | Fault:
    """Return what a work gives, and leave the process as it was.

    Whatever goes wrong comes back as a sentence.

    Args:
        parcel: what the work is done on.
        work: importable by its name.
        site: where the worker finds and keeps its files.
    """
    process, forked = os.getpid(), forks()
    answer = _isolated(parcel, work, site)
    if os.getpid() != process:
        # A copy of the process, which the trial's code has made, has nothing to answer.
        os._exit(0)
    if forks() > forked:
        retire()
        return Fault(
            "the code of the trial forks its process (os.fork); the copy would train it a second "
            "time. Do without, or start another program with subprocess."
        )
    return answer


def _isolated(parcel: Parcel, work: Callable[[DescribedT, Site], T], site: Site) -> Done[T] | Fault:
    reads = Reads()
    changes: tuple[Change, ...] = ()
    answer: Done[T] | Fault
    try:
        with listening(reads) if parcel.home is not None else nullcontext():
            trial, description, notes = _unpack(parcel)
            if is_ours(trial):  # Bakeoff changes nothing of the process.
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
    except (Exception, SystemExit) as error:
        answer = Fault(raised(error))
    lasting = [change.what for change in changes if not change.undone]
    if lasting and in_worker():
        retire()
    elif lasting:
        return Fault(
            f"the code of the trial changes {', '.join(lasting)} of a process that it shares with "
            "other trials, and nothing puts that back. Leave it as it was, or give no executor: "
            "each such trial then gets a process of its own."
        )
    return answer


def _note_of(changes: Sequence[Change]) -> tuple[str, ...]:
    """Return a sentence on what a trial has changed of its process, if it has."""
    if not changes:
        return ()
    names = ", ".join(dict.fromkeys(change.what for change in changes))
    after = (
        "it was put back after the trial"
        if all(change.undone for change in changes)
        else "the next trial got a new process"
    )
    return (f"The trial's code changed {names}; {after}, so that no other trial saw it.",)


def answer(trial: Trial, site: Site) -> History:
    """Train one trial on one thread.

    Args:
        trial: what to train.
        site: where the state of a long trial is kept.

    Raises:
        DataError: the data is not the trial's, cannot be read, or is too small.
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

            return fit(workload, setup.model, seed=trial.weight_seed())
        key = trial.key()
        file = site.checkpoint(key)
        return train(
            workload,
            seed=trial.weight_seed(),
            noise=trial.noise_seed(),
            device=trial.device,
            checkpoint=Checkpoint(file, key=key) if file else None,
            fast=_bears_fast_form(trial, workload),
        )


def setting_of(
    task: Task, setup: Setup, classes: Classes, data: RoundData, *, seed: int, round: int
) -> Workload:
    """Return what is trained, on what.

    Args:
        task: whose round it is.
        setup: what is trained.
        classes: the shape of each label's head.
        data: the round.
        seed: of the study.
        round: from 0.
    """
    from bakeoff.data.tasks import batch_order
    from bakeoff.training.workload import Workload

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
    )


def initial_weights(parcel: Parcel) -> str | None:
    """Return the digest of the weights that a trial's network would start with here.

    None where it cannot be built: training it will tell why.
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


_TRIED: dict[tuple[type, str], bool] = {}
"""Whether networks bear their fast form, by class and by what a batch of it is made of: tried once
a process."""


def _bears_fast_form(trial: Trial, workload: Workload) -> bool:
    from bakeoff.training.network import bears_fast_form

    # Not of the optimizer: a search over learning rates tries a network once.
    objective, recipe = workload.objective, workload.recipe
    parts = [canonical(each) for each in (trial.task, workload.model, objective, workload.decision)]
    settings: list[Json] = [recipe.batch, recipe.fused, recipe.precision, trial.device]
    key = type(workload.model), digest([*parts, *settings])
    if key not in _TRIED:
        # The trial itself sees nothing of it.
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
    """Return the shape of each label's head, and a round's data.

    Raises:
        DataError: the data is not that of the digest, or `draw` gives no round of it.
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
    """Return a task on the data of a digest, from the cache if it is there.

    Raises:
        DataError: its data is not that of the digest.
    """
    held = task.with_data(Cached(digest)) if digest else task
    if digest and (held == task or cached_examples(digest) is None):
        # It names several datasets, or this machine has not read its own yet.
        held = task
        if task.digest() != digest:
            raise DataError("the data is not that which the run began with; run again.")
    return held


@contextmanager
def taking_turns() -> Iterator[None]:
    """Do one thing at a time in this process, on one thread."""
    import torch

    with _TURN:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def _unpack(parcel: Parcel) -> tuple[Any, dict[str, Json], tuple[str, ...]]:
    """Return a trial, what it is, and what its files would have changed of the process."""
    notes = _installed(parcel.modules, parcel.script)
    trial = pickle.loads(parcel.trial)
    description = trial.described()
    if digest(description) != parcel.key:
        code = sources(trial)
        differing = sorted(
            name for name in {*code, *parcel.code} if code.get(name) != parcel.code.get(name)
        )
        what = ", ".join(differing) or "bakeoff itself"
        raise RunError(
            f"the worker does not have the code that the run began with; what differs is {what}. A "
            "file of the study was edited meanwhile, the worker has another version of bakeoff, or "
            "a value is not the same in every process that loads the study; run again."
        )
    return trial, description, notes


_SET_BY_FILES: dict[tuple[str, ...], tuple[str, ...]] = {}
"""Sentences on what loading a study's modules would have changed of this process."""


def _installed(modules: tuple[UserModule, ...], script: str | None) -> tuple[str, ...]:
    """Install a trial's modules, and return what a reader of its numbers should know of that."""
    names = tuple(module.name for module in modules)
    read = getattr(sys.modules["__main__"], "__file__", None)
    is_read = script in {None, read} or not in_worker()
    if is_read and all(name in sys.modules for name in names):
        return _SET_BY_FILES.get(names, ())
    # A file may set what belongs to torch: what it was must be known before.
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
    """Run a script as far as to where it starts a run, as the main module of this process."""
    before, main = sys.modules["__main__"], ModuleType("__mp_main__")
    main.__file__ = path
    sys.modules["__main__"] = sys.modules["__mp_main__"] = main
    try:
        # What it prints was printed where it was started.
        with redirect_stdout(io.StringIO()):
            exec(compile(Path(path).read_bytes(), path, "exec"), main.__dict__)
    except RunAgain:
        return
    except BaseException:
        sys.modules["__main__"] = sys.modules["__mp_main__"] = before
        raise


_READ_BEFORE: dict[tuple[str, ...], dict[str, str]] = {}
"""What earlier trials of this process read, by the study's modules.

A user's code may read a file once for all trials: a later one then depends on it without opening
it again.
"""


def _files(reads: Reads, trial: object, parcel: Parcel) -> tuple[tuple[str, str], ...]:
    """Return what a trial of a user's code has read that its key does not cover.

    Raises:
        DataError: a file was changed since this process read it first.
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
        raise DataError(
            f"{path} was edited or removed while the run was under way; the trials that began "
            "before have read what it held then. Run again."
        )
    return tuple(
        sorted(
            (relative(path, parcel.home), d) for path, d in before.items() if path not in covered
        )
    )
