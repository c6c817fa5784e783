"""Trials that cost nothing, and works that stand in for training; workers import them from here.

The folder that a run gives to its work, meant for images, is where these works leave their marks.
"""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import psutil

from bakeoff.data.tasks import DigitPairs
from bakeoff.errors import ModelError
from bakeoff.models.layers import Linear, ReLU
from bakeoff.models.network import Head, Network
from bakeoff.running.machine import Environment
from bakeoff.running.records import Answer
from bakeoff.running.worker import Site
from bakeoff.study.study import Study
from bakeoff.study.trial import Trial, distinct, trials
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

DATA = "d" * 64
TASK = DigitPairs(train=20, validation=10, test=10)
ENVIRONMENT = Environment("0.1", "2.13", "3.11", "Processor X", 2, "Linux 6", "cpu")


def study(*, widths: tuple[int, ...] = (4, 8), rounds: int = 3) -> Study:
    """Return a study whose variants differ in width: the wider, the more arithmetic."""
    variants = tuple(
        Variant(
            name=f"width {width}",
            model=Network(Linear(width), ReLU(), Linear(2), Head("comparison")),
        )
        for width in widths
    )
    return Study(name="fake", task=TASK, variants=variants, rounds=rounds)


def some_trials(*, widths: tuple[int, ...] = (4, 8), rounds: int = 3) -> dict[str, Trial]:
    return distinct(trial for _, trial in trials(study(widths=widths, rounds=rounds), data=DATA))


def history(trial: Trial, *, seconds: float = 1.0) -> History:
    """Return a history that can be told from any other trial's."""
    width = trial.setup.model.parameters()
    errors = (0.5, trial.round / 100)
    return History(
        status="finished",
        curves={"train": {"loss": errors}, "test": {"loss": errors, "error": errors}},
        parameters=width,
        seconds=seconds,
        answers={"answer": np.full(10, trial.round, dtype=np.uint8)},
    )


def answer_to(trial: Trial, **fields) -> Answer:
    return Answer(history(trial, **fields), ENVIRONMENT, trial.described())


def executed(folder: Path) -> list[str]:
    """Return the keys of all executions begun so far, in order."""
    log = folder / "executed"
    return log.read_text().split() if log.exists() else []


def quick(trial: Trial, site: Site) -> History:
    folder = folder_of(site)
    _log(trial, folder)
    return history(trial)


def slow(trial: Trial, site: Site) -> History:
    folder = folder_of(site)
    _log(trial, folder)
    time.sleep(0.1)
    return history(trial)


def gated_after_round_0(trial: Trial, site: Site) -> History:
    """Wait for a file called `open`, but in round 0."""
    folder = folder_of(site)
    _log(trial, folder)
    while trial.round > 0 and not (folder / "open").exists():
        time.sleep(0.02)
    return history(trial)


def diverging(trial: Trial, site: Site) -> History:
    folder = folder_of(site)
    _log(trial, folder)
    return History("diverged", {"train": {"loss": ()}}, 10, 1.0)


def faulty_in_round_1(trial: Trial, site: Site) -> History:
    folder = folder_of(site)
    _log(trial, folder)
    if trial.round == 1:
        raise ZeroDivisionError("no such luck")
    return history(trial)


def faulty_once_in_round_1(trial: Trial, site: Site) -> History:
    folder = folder_of(site)
    again = trial.key() in executed(folder)
    _log(trial, folder)
    if trial.round == 1 and not again:
        raise ModelError("the model has no head.")
    return history(trial)


def exiting(trial: Trial, site: Site) -> History:
    folder = folder_of(site)
    _log(trial, folder)
    sys.exit("enough")


def killed_in_round_1(trial: Trial, site: Site) -> History:
    folder = folder_of(site)
    _log(trial, folder)
    if trial.round == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return history(trial)


def killed_once_in_round_1(trial: Trial, site: Site) -> History:
    folder = folder_of(site)
    again = trial.key() in executed(folder)
    _log(trial, folder)
    if trial.round == 1 and not again:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return history(trial)


def still_alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes that do not end within some seconds; nobody need have taken note."""
    until = time.monotonic() + 20
    while alive := [process for process in processes if not _is_over(process)]:
        if time.monotonic() > until:
            break
        time.sleep(0.02)
    return alive


def _is_over(process: psutil.Process) -> bool:
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def folder_of(site: Site) -> Path | None:
    """Return the folder of the store, where runs leave their traces."""
    return None if site.checkpoints is None else site.checkpoints.parent


def _log(trial: Trial, folder: Path | None) -> None:
    if folder is not None:
        with (folder / "executed").open("a") as file:
            file.write(f"{trial.key()}\n")
