"""The work of `bakeoff compare`: two variants are read from the store, and printed or written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import SearchResults
from bakeoff.api.duel import compared
from bakeoff.api.plan import Plan
from bakeoff.api.report import report
from bakeoff.cli.output import say
from bakeoff.cli.report import stored_results
from bakeoff.errors import RunError, StoreError
from bakeoff.reporting.reports import comparison_report, stores_report
from bakeoff.reporting.writers.terminal import Terminal
from bakeoff.study.study import names

PAGES = (".html", ".htm")


def print_comparison(
    plan: Plan, first: str, second: str, *, store: Path, output: Path | None, console: Console
) -> None:
    """Prints two variants head to head, or writes them as a page and prints its path.

    Raises:
        StudyError: the study has no such variant, or both are the same.
        StoreError: the store holds no trial of the study, or of one of the two.
        RunError: the file cannot be written, or its ending is not that of a page.
    """
    if output is not None and output.suffix.lower() not in PAGES:
        raise RunError(
            f"a comparison is written as a page; {output} must end in {' or '.join(PAGES)}."
        )
    results = stored_results(plan, store)
    _check_told(results, plan, (first, second))
    duel = compared(results, first, second)
    for name, histories in duel.results.histories.items():
        if not any(histories):
            label = f" ({results.label})" if results.label else ""
            raise StoreError(
                f"the store {store} holds no trial of {name!r} of {plan.declared.name}{label}. "
                f"{_why_none(results, name)}"
            )
    if output is not None:
        say(report(duel, output).resolve(), console)
        return
    console.print(Terminal(comparison_report(duel, brief=True)))


def print_stores(
    plan: Plan, first: Path, second: Path, *, output: Path | None, console: Console
) -> None:
    """Prints whether the trials of a study are the same in two stores.

    Raises:
        StoreError: one of them holds no trial of the study.
        RunError: a file is asked for.
    """
    if output is not None:
        raise RunError("the trials of two stores are printed, not written; leave out --output.")
    results = stored_results(plan, first)
    # The run that the first store gives, so that the same trials are asked of both.
    same = replace(plan, overrides=results.overrides)
    console.print(Terminal(stores_report(results, stored_results(same, second))))


def _why_none(results: Results, name: str) -> str:
    """Returns why a variant has no trials: they failed, or have not run."""
    why = [failed.message for failed in results.failures if failed.variant == name]
    return f"Its trials failed: {why[0]}" if why else "Run the study first."


def _check_told(results: Results, plan: Plan, asked: tuple[str, ...]) -> None:
    """Refuses variants that the stored run leaves out, or that a search has not chosen yet."""
    pending = {
        search.search.winner_name: search
        for search in results.searches
        if search.search.rerun and search.winner() is None
    }
    for name in asked:
        if name in pending:
            raise StoreError(f"{plan.declared.name}: {_why_unknown(name, pending[name])}")
        if name not in results.histories and name in names(plan.declared.variants):
            raise StoreError(
                f"the store {results.store} holds only a run of {plan.declared.name} that leaves "
                f"out {name!r} ({results.overrides}). Run the study first."
            )


def _why_unknown(name: str, search: SearchResults) -> str:
    """Returns why a search has not chosen the variant of this name."""
    if search.is_complete:
        return f"there is no {name!r}: all candidates of its search diverged."
    return (
        f"{name!r} is not known yet: {search.answered:,} of {search.expected:,} trials of its "
        "search have run. Run the study first."
    )
