"""The work of `bakeoff run`: the run with its progress, then the table of each study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.api.decide import MOST_ROUNDS, Decided, check_limit, run_until_decided
from bakeoff.api.plan import Plan
from bakeoff.api.run import TrialsFailed, run_plans
from bakeoff.cli.output import complain
from bakeoff.cli.progress import Display, Lines, Live
from bakeoff.errors import RunError, StudyError
from bakeoff.reporting.reports import BRIEF, report
from bakeoff.reporting.text.numbers import counted
from bakeoff.reporting.text.words import identical_words
from bakeoff.reporting.writers.terminal import Terminal
from bakeoff.running.coordinate import Interrupted
from bakeoff.running.executors import Given
from bakeoff.study.study import Study
from bakeoff.study.trial import Device


def run_and_print(
    plans: Sequence[Plan],
    *,
    jobs: int | None,
    store: Path,
    trial_timeout: float | None,
    executor: Given,
    console: Console,
) -> bool:
    """Runs the plans and prints their tables; returns whether every trial has an answer."""
    try:
        with _shown(console, [plan.study for plan in plans]) as display:
            results: Sequence[Results] = run_plans(
                plans,
                jobs=jobs,
                store=store,
                executor=executor,
                listen=display,
                trial_timeout=trial_timeout,
            )
    except TrialsFailed as error:
        _print_failed(error, console)
        return False
    _print_tables(results, console)
    return True


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
            console.print(f"{study.name}: {identical_words(group)}.", markup=False)
        try:
            with _shown(console, [study]) as display:
                decided = run_until_decided(
                    study,
                    max_rounds=limit,
                    jobs=jobs,
                    device=device,
                    store=store,
                    data=data,
                    executor=executor,
                    listen=display,
                    trial_timeout=trial_timeout,
                )
        except TrialsFailed as error:
            _print_failed(error, console)
            return False
        _print_tables([decided.results], console)
        _print_saving(decided, console)
    return True


def saving(decided: Decided) -> str:
    """Returns the number of trials in words, beside that of the rounds that the study declares.

    If no claim was decided, fewer trials are no saving.
    """
    took, fixed = decided.trials, decided.fixed
    trials = counted(took, "trial")
    text = f"{trials} instead of {fixed:,} in fixed rounds"
    if decided.undecided == len(decided.verdicts):
        return f"{trials}."
    if took == fixed:
        return f"{trials}, as many as in fixed rounds."
    if took > fixed:
        return f"{text}: {took - fixed:,} more."
    return f"{text}: {100 * (fixed - took) / fixed:.0f}% fewer."


def _print_saving(decided: Decided, console: Console) -> None:
    verdicts = decided.verdicts
    open_ = f"; {decided.undecided} left open" if decided.undecided else ""
    settled = len(verdicts) - decided.undecided
    console.print()
    console.print(
        f"{settled} of {counted(len(verdicts), 'claim')} decided{open_}. {saving(decided)}",
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
def _shown(console: Console, studies: Iterable[Study]) -> Iterator[Display]:
    """Shows a run. If the run stops because it cannot be shown, that is the error."""
    metrics = {study.name: study.metric for study in studies}
    kind = Live if console.is_terminal else Lines
    with kind(console, metrics) as display:
        try:
            yield display
        except (Interrupted, KeyboardInterrupt):
            if display.broken is not None:
                raise display.broken from None
            raise


def _print_failed(error: TrialsFailed, console: Console) -> None:
    _print_tables(error.results, console)
    for failure in error.failures:
        complain(failure)
    complain("all other trials are stored; mend the failed ones, and run again.")


def _print_tables(all_results: Sequence[Results], console: Console) -> None:
    for results in all_results:
        console.print()
        console.print(Terminal(report(results, BRIEF)))
