"""The work of `bakeoff run`: the run with its progress, then the table of each study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.api.check import CheckFailed
from bakeoff.api.decide import MOST_ROUNDS, Decided, check_limit, run_until_decided
from bakeoff.api.plan import Plan
from bakeoff.api.report import check_may_write
from bakeoff.api.run import TrialsFailed, run_plans
from bakeoff.cli.output import complain, say
from bakeoff.cli.progress import Dated, Display, Lines, Live
from bakeoff.errors import BakeoffError, RunError, StudyError
from bakeoff.reporting.reports import BRIEF, report
from bakeoff.reporting.text.numbers import counted
from bakeoff.reporting.text.words import identical_words
from bakeoff.reporting.writers.terminal import Terminal
from bakeoff.running.coordinate import Interrupted
from bakeoff.running.events import Event
from bakeoff.running.executors import Given
from bakeoff.study.study import Study
from bakeoff.study.trial import Device


@dataclass(frozen=True)
class Shown:
    """Where the progress of a run is shown.

    Attributes:
        console: for standard error; None for nowhere.
        log: a file that gets a line for each trial, with the time; None for none.
    """

    console: Console | None
    log: Path | None = None


def run_and_print(
    plans: Sequence[Plan],
    *,
    jobs: int | None,
    store: Path,
    trial_timeout: float | None,
    executor: Given,
    shown: Shown,
    console: Console,
) -> tuple[list[Plan], bool]:
    """Runs the plans and prints their tables.

    Of several studies, one that cannot run is named, and the others run.

    Returns:
        The plans that could run, and whether every trial of all plans has an answer.
    """
    ran = list(plans)

    def refuse(plan: Plan, error: BakeoffError) -> None:
        ran.remove(plan)
        # The check names the study and the variant by itself.
        complain(error if isinstance(error, CheckFailed) else f"{plan.name}: {error}")

    try:
        with _listening(shown, {plan.name: plan.study for plan in plans}) as listen:
            results: Sequence[Results] = run_plans(
                plans,
                jobs=jobs,
                store=store,
                executor=executor,
                listen=listen,
                trial_timeout=trial_timeout,
                refused=refuse if len(plans) > 1 else None,
            )
    except TrialsFailed as error:
        _print_failed(error, console, ran)
        return ran, False
    _print_tables(results, console, ran)
    return ran, len(ran) == len(plans)


def decide_and_print(
    studies: Sequence[Study],
    *,
    max_rounds: int | None,
    jobs: int | None,
    device: Device,
    store: Path,
    data: Path | None,
    trial_timeout: float | None,
    executor: Given,
    shown: Shown,
    console: Console,
) -> bool:
    """Runs studies one after the other until their claims are decided, and prints the results.

    Returns:
        Whether every trial has an answer.

    Raises:
        StudyError: a study has no claims; no study is run then.
        RunError: the limit is too low to decide a study's claims; likewise.
    """
    without = [study.name for study in studies if not study.claims]
    if without:
        raise StudyError(
            f"{without[0]} has no claims to decide; declare some, or run it without "
            "--until-decided."
        )
    limit = MOST_ROUNDS if max_rounds is None else max_rounds
    for study in studies:
        check_limit(study, limit)
    for study in studies:
        for group in study.identical():
            if shown.console is not None:
                shown.console.print(f"{study.name}: {identical_words(group)}.", markup=False)
        try:
            with _listening(shown, {study.name: study}) as listen:
                decided = run_until_decided(
                    study,
                    max_rounds=limit,
                    jobs=jobs,
                    device=device,
                    store=store,
                    data=data,
                    executor=executor,
                    listen=listen,
                    trial_timeout=trial_timeout,
                )
        except TrialsFailed as error:
            _print_failed(error, console)
            return False
        _print_tables([decided.results], console)
        _print_decided(decided, console)
    return True


def _print_decided(decided: Decided, console: Console) -> None:
    verdicts = decided.verdicts
    open_ = f"; {decided.undecided} left open" if decided.undecided else ""
    settled = len(verdicts) - decided.undecided
    console.print()
    added = f", {decided.added:,} of them added" if decided.added else ""
    console.print(
        f"{settled} of {counted(len(verdicts), 'claim')} decided{open_}. "
        f"{counted(decided.trials, 'trial')}{added}.",
        markup=False,
        highlight=False,
    )


@contextmanager
def place_of(on: str | None, *, other_versions: bool, checkpoints: Path | None) -> Iterator[Given]:
    """Gives where trials run: None for this machine, else the cluster of `--on`.

    Args:
        on: the option's value.
        other_versions: whether --other-versions is given, which is for a cluster.
        checkpoints: the value of --checkpoints; likewise.

    Raises:
        RunError: Dask is not installed, or no scheduler answers; or an option is for a cluster.
    """
    if on is None:
        for name, is_given in (
            ("--other-versions", other_versions),
            ("--checkpoints", checkpoints is not None),
        ):
            if is_given:
                raise RunError(
                    f"{name} is for the workers of a cluster; add --on, or leave it out."
                )
        yield None
        return
    try:
        from bakeoff.running.cluster import connected
    except ImportError:
        raise RunError("--on needs Dask; install it: pip install 'bakeoff[dask]'.") from None
    with connected(on, other_versions=other_versions, checkpoints=checkpoints) as cluster:
        yield cluster


@contextmanager
def _listening(shown: Shown, studies: Mapping[str, Study]) -> Iterator[Callable[[Event], None]]:
    """Shows a run. If the run stops because it cannot be shown, that is the error.

    Raises:
        RunError: the log cannot be opened.
    """
    metrics = {name: study.metric for name, study in studies.items()}
    with ExitStack() as stack:
        displays: list[Display] = []
        if shown.console is not None:
            kind = Live if shown.console.is_terminal else Lines
            displays.append(stack.enter_context(kind(shown.console, metrics)))
        if shown.log is not None:
            file = stack.enter_context(_opened(shown.log))
            displays.append(Dated(Console(file=file, width=160), metrics))

        def listen(event: Event) -> None:
            for display in displays:
                display(event)

        try:
            yield listen
        except (Interrupted, KeyboardInterrupt):
            for display in displays:
                if display.broken is not None:
                    raise display.broken from None
            raise


def _opened(log: Path) -> TextIO:
    """Returns a log, open to add lines.

    Raises:
        RunError: it cannot be opened, or holds something else.
    """
    check_may_write(log)
    try:
        return log.open("a", encoding="utf-8", errors="replace")
    except OSError as error:
        raise RunError(
            f"the log cannot be written to {log}: {error.strerror}; give another file."
        ) from None


def _print_failed(error: TrialsFailed, console: Console, plans: Sequence[Plan] = ()) -> None:
    _print_tables(error.results, console, plans)
    for failure in error.failures:
        complain(failure)
    complain("all other trials are stored; mend the failed ones, and run again.")


def _print_tables(
    all_results: Sequence[Results], console: Console, plans: Sequence[Plan] = ()
) -> None:
    for number, results in enumerate(all_results):
        console.print()
        if number < len(plans) and plans[number].apart:
            say(plans[number].name, console)
        console.print(Terminal(report(results, BRIEF)))
