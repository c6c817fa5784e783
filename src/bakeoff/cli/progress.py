"""The progress of a run: a live line in a terminal, a plain line for each trial elsewhere."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from bakeoff.cli.output import OutputError
from bakeoff.data.metric import Metric
from bakeoff.errors import printable
from bakeoff.reporting.text.checks import sentence
from bakeoff.reporting.text.numbers import counted
from bakeoff.running.events import (
    Answered,
    Checked,
    Damaged,
    Event,
    Failed,
    Held,
    Late,
    Locked,
    Logged,
    Looked,
    Named,
    PlannedTrials,
    Progress,
    Retrying,
    Timing,
    Waiting,
)
from bakeoff.running.owner import Owner, this_host
from bakeoff.training.history import History


class Display(ABC):
    """Shows a run's events; use it as a context manager around the run.

    Args:
        console: where to print.
        metrics: each study's first metric, by the name of its plan.
    """

    def __init__(self, console: Console, metrics: Mapping[str, Metric]) -> None:
        self.console, self.metrics = console, metrics
        self.labels: Mapping[str, str] = {}
        self.looked = False
        self.planned = 0
        self.progress = Progress()
        self.started = time.monotonic()
        self.broken: OutputError | None = None
        self.unusual = ""
        self._noted: set[tuple[str, str]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Leaves the terminal as it was."""

    def __call__(self, event: Event) -> None:
        """Takes note of an event and shows it.

        Raises:
            KeyboardInterrupt: it cannot be shown. A run then stores the answers so far and stops.
                The reason is in `broken`, and nothing more is shown.
        """
        if self.broken is not None:
            return
        try:
            self._take(event)
        except OSError as error:
            self.broken = OutputError(error)
            raise KeyboardInterrupt from error

    def _take(self, event: Event) -> None:  # noqa: PLR0912
        self.progress = self.progress.after(event)
        match event:
            case Named(labels):
                self.labels = labels
            case Looked(rounds, decided, claims, trials):
                self.looked = True
                self._say(
                    f"{counted(rounds, 'round')}: {decided} of {counted(claims, 'claim')} decided "
                    f"({counted(trials, 'trial')})."
                )
            case Checked(study, findings):
                for finding in findings:
                    self._say(f"Warning: {study}: {sentence(finding)}")
            case PlannedTrials(total, known):
                self.started = time.monotonic()
                # What an earlier stage has trained is no news.
                if known > self.planned and not self.looked:
                    self._say(f"{known} of {total} trials are stored already.")
                self.planned = total
            case Failed(key, message):
                self._say(f"{self.labels[key]} failed: {message}")
            case Answered(key, history):
                self._note(self.labels[key], history.notes)
            case Damaged() | Retrying() | Held() | Locked() | Late() | Logged():
                line = self._unusual(event)
                if line != self.unusual:  # A wait is told once, not again and again.
                    self.unusual = line
                    self._say(line)
            case Timing(models):
                self._say(f"Timing the answers of {counted(models, 'model')}.")
            case Waiting(count) if count:
                self._say(f"Waiting for {counted(count, 'trial')} that another run is training.")
            case _:
                pass
        self._show(event)

    def _unusual(self, event: Damaged | Retrying | Held | Locked | Late | Logged) -> str:
        """Returns in words what hinders a run, or is worth a look."""
        match event:
            case Damaged(count):
                return (
                    f"{counted(count, 'stored trial')} damaged: the file does not hold what was "
                    "written. The run trains them again."
                )
            case Retrying(key, message):
                return f"{self.labels[key]} will be tried again: {message}"
            case Held(count, reason):
                held = f" {counted(count, 'finished trial')} held meanwhile." if count else ""
                return f"{reason[:1].upper()}{reason[1:]} The run tries again.{held}"
            case Late(key, seconds, expected):
                return (
                    f"{self.labels[key]} has taken {duration(seconds)}, {seconds / expected:.0f} "
                    f"times as long as expected ({duration(expected)}), and goes on. To end such "
                    "a trial: --trial-timeout SECONDS."
                )
            case Logged(path):
                return f"What trials print is in {path}."
            case Locked(holders):
                return self._locked(holders)

    def _locked(self, holders: Iterable[Owner]) -> str:
        here = this_host()
        runs = sorted(
            f"process {each.pid}, {each.status() or 'ended'}"
            if each.host == here
            else f"process {each.pid} of {each.host.partition(' ')[0]}"
            for each in holders
        )
        return printable(
            "Waiting for the store: another process is in the midst of a write to it. Runs that "
            f"use it: {'; '.join(runs) or 'unknown'}."
        )

    def _note(self, label: str, notes: Iterable[str]) -> None:
        """Prints a trial's notes, each once for all rounds of a variant."""
        variant = label.rpartition(", round ")[0]
        for note in notes:
            if (variant, note) not in self._noted:
                self._noted.add((variant, note))
                self._say(f"Note on {label}: {note}")

    def rate(self) -> float | None:
        """Returns the trials answered per second so far, None before the first."""
        seconds = time.monotonic() - self.started
        return self.progress.answered / seconds if self.progress.answered else None

    def ahead(self) -> str:
        """Returns the rate and the time left in words, as far as they are known."""
        parts = []
        if (rate := self.rate()) is not None:
            parts.append(f"{rate:.2f} trials/s" if rate >= 0.1 else f"{1 / rate:.0f} s/trial")
        if self.progress.seconds_left is not None:
            parts.append(f"{duration(self.progress.seconds_left)} left")
        return ", ".join(parts)

    @abstractmethod
    def _say(self, line: str) -> None:
        """Prints a line that stays."""

    @abstractmethod
    def _show(self, event: Event) -> None:
        """Shows the progress after an event."""


class Live(Display):
    """A progress bar that stays on its line."""

    def __init__(self, console: Console, metrics: Mapping[str, Metric]) -> None:
        super().__init__(console, metrics)
        self._bar = Bar(
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("trials"),
            TextColumn("{task.fields[ahead]}", style="dim", markup=False),
            TextColumn("{task.description}", style="dim", markup=False),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None, ahead="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with suppress(OSError):  # What cannot be printed is told already.
            self._bar.stop()

    def _say(self, line: str) -> None:
        self._bar.console.print(line, markup=False, highlight=False)

    def _show(self, event: Event) -> None:  # noqa: ARG002
        now = self.progress
        running = "; ".join(sorted(self.labels[key] for key in now.running))
        self._bar.update(
            self._task,
            total=now.total,
            completed=now.done + now.failed,
            ahead=self.ahead(),
            description=running,
        )


class Lines(Display):
    """One line for each trial that is answered."""

    def _say(self, line: str) -> None:
        print(line, file=self.console.file, flush=True)

    def _show(self, event: Event) -> None:
        if isinstance(event, Answered):
            label = self.labels[event.key]
            metric = self.metrics.get(label.partition(":")[0])
            self._say(
                f"[{self.progress.done}/{self.progress.total}] {label}: "
                f"{outcome(event.history, metric)}; {self.ahead() or 'first'}"
            )


class Dated(Lines):
    """The same lines, each with the time, for a file."""

    def _say(self, line: str) -> None:
        super()._say(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S%z} {line}")


def outcome(history: History, metric: Metric | None) -> str:
    """Returns how a trial ended in a few words, with its figure if the study's metric is known."""
    if history.status == "diverged":
        return f"diverged after {counted(history.epochs, 'epoch')} ({history.seconds:.1f} s)"
    value = history.value("test")
    if metric is None or metric.name != history.metric or not math.isfinite(value):
        return f"finished ({history.seconds:.1f} s)"
    return f"test {metric.words} {metric.printed(value)}{metric.unit} ({history.seconds:.1f} s)"


def duration(seconds: float) -> str:
    """Returns a time in its two largest units: ``1 h 5 min``, ``3 min 20 s``, ``12 s``."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
