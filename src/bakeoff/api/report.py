"""Reports and figures, written to files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import get_args

from bakeoff.analysis.results import Results
from bakeoff.api.plan import DEFAULT_STORE, Plan, named_apart, plan_of
from bakeoff.api.stored import stored
from bakeoff.claims.head_to_head import HeadToHead
from bakeoff.data.files import write_whole
from bakeoff.errors import BakeoffError, RunError, StoreError, StudyError
from bakeoff.reporting.formats import FigureFormat, Format, format_of
from bakeoff.reporting.write import render
from bakeoff.running.store import Store
from bakeoff.study.apart import stems
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import Device

INDEX = "index"
"""The name of the page over all studies."""


def report(results: Results | HeadToHead, path: Path | str, format: Format | None = None) -> Path:
    """Writes a report and returns its path.

    Args:
        results: from `run`, `results` or `compare`; or from `head_to_head`, which is written as
            ``html``, ``md`` or ``tex``.
        path: the file to write.
        format: ``html``, ``md``, ``tex``, ``json``; ``csv``, a line for each trial and metric;
            ``csv-summary``, a line for each variant; or ``summary``, JSON without curves. None for
            the format of the file's ending, or ``html`` if it has no ending.

    Raises:
        RunError: the file cannot be written, or is a store; or its ending is that of another
            format, or of none if no format is given.
        TypeError: `results` is something else, for example a study.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> report(results, "irises.md").name
        'irises.md'
    """
    if not isinstance(results, Results | HeadToHead):
        raise TypeError(
            f"a report is of Results, from run or results, not of {type(results).__name__}"
        )
    target = Path(path)
    _write(target, render(results, format_of(target, format)))
    return target


def report_all(
    studies: Iterable[Study],
    directory: Path | str,
    *,
    rounds: int | None = None,
    epochs: int | None = None,
    device: Device = "cpu",
    store: Path | str = DEFAULT_STORE,
    data: Path | str | None = None,
    seed: int | None = None,
    broken: Iterable[tuple[str, str]] = (),
    left_out: Callable[[str, BakeoffError], None] | None = None,
) -> tuple[Path, ...]:
    """Writes a page for each study with trials in a store, and an index of all.

    If no trial of a whole study is stored, its page is about its last shortened run. The index
    names the studies that have no stored trial at all.

    Args:
        studies: the studies. Those of one name are told apart by their files.
        directory: the folder, made if it does not exist. ``index.html`` and the pages, which are
            named after their studies, are overwritten.
        rounds: as in `run`; likewise the following.
        epochs: what they were run for, where it was not what each recipe says.
        device: where they ran.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.
        seed: what they were run with, where it was not the study's.
        broken: names of further studies or files that the index is to tell of, each with an error.
        left_out: is called with each study whose data or claims raise an error; the index tells of
            it, and the others have their pages. None to raise the error.

    Returns:
        The files' paths, the index first.

    Raises:
        StoreError: the store holds no trial of any of them, does not exist, or cannot be read.
        DataError: the data is missing or damaged.
        StudyError: two studies have the same name and no files to tell them apart, or one has the
            name of the index.
        RunError: the folder cannot be made, or a file cannot be written.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> asked = {"rounds": 6, "epochs": 2, "store": "irises.db"}
        >>> [page.name for page in report_all([study], "pages", **asked)]  # doctest: +SKIP
        ['index.html', 'irises.html']
    """
    from bakeoff.reporting.reports import overview_report
    from bakeoff.reporting.sections.overview import Entry
    from bakeoff.reporting.writers.html import as_html

    asked = Overrides.of(rounds=rounds, epochs=epochs, seed=seed)
    wanted = [plan_of(study, asked, device=device, data=data) for study in studies]
    plans = named_apart(wanted)
    _check_names(plans)
    failed = list(broken)
    entries: list[Entry] = []
    pages: dict[Path, str] = {}
    folder = Path(directory)
    with Store.read(Path(store)) as opened:
        names = stems((plan.declared.name, plan.apart) for plan in plans)
        for plan, stem in zip(plans, names, strict=True):
            try:
                results = stored(plan, opened)
                if results is not None:
                    pages[folder / f"{stem}.html"] = render(results)
                entries.append(Entry(plan.declared, results, plan.apart, stem))
            except (StoreError, RunError):
                raise
            except BakeoffError as error:
                if left_out is None:
                    raise
                failed.append((plan.name, str(error)))
                left_out(plan.name, error)
    if not pages:
        told = ", ".join(plan.name for plan in plans)
        raise StoreError(f"the store {store} holds no trial of {told}. Run a study first.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"the reports cannot be written to {folder}: {error.strerror}; give another folder."
        ) from None
    index = folder / f"{INDEX}.html"
    for path, text in {**pages, index: as_html(overview_report(entries, failed))}.items():
        _write(path, text)
    return (index, *pages)


def figures(
    results: Results, directory: Path | str, format: FigureFormat = "svg", *, name: str = ""
) -> tuple[Path, ...]:
    """Writes every figure of a report into a folder, and returns the files' paths.

    Files are named after the study and the figure, ``dinh-herve-figure-4.svg``; existing ones are
    overwritten. Figures without any trial that has run are left out.

    Args:
        results: from `run` or `results`.
        directory: the folder, made if it does not exist.
        format: ``svg`` or ``png``.
        name: what files are named after instead of the study; empty for the study.

    Raises:
        RunError: the folder cannot be made or written, or there is no such format.
        TypeError: `results` is something else, for example a study.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> len(figures(results, "drawings")) > 0  # doctest: +SKIP
        True
    """
    if not isinstance(results, Results):
        raise TypeError(
            f"figures are of Results, from run or results, not of {type(results).__name__}"
        )
    from bakeoff.reporting.writers.files import write_figures

    known = get_args(FigureFormat)
    if format not in known:
        raise RunError(f"figures cannot be written as {format!r}. Known: {', '.join(known)}.")
    return write_figures(results, Path(directory), format, name=name)


def check_may_write(path: Path) -> None:
    """Refuses to write over a store of results.

    Raises:
        RunError: as said.
    """
    # What is no file, as a pipe, is not looked into: that would wait for a writer.
    if not path.is_file():
        return
    with suppress(OSError), path.open("rb") as file:
        if file.read(15) == b"SQLite format 3":
            raise RunError(f"{path} is a store of results; give another file.")


def _check_names(plans: Sequence[Plan]) -> None:
    times = Counter(plan.name for plan in plans)
    twice = [name for name, number in times.items() if number > 1]
    if twice:
        raise StudyError(
            f"two studies are called {twice[0]!r}, so their pages would be one file; rename one."
        )
    if any(plan.declared.name == INDEX for plan in plans):
        raise StudyError(f"a study is called {INDEX!r}, so its page would be the index; rename it.")


def _write(path: Path, text: str) -> None:
    check_may_write(path)
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise RunError(
            f"the report cannot be written to {path}: {error.strerror}; give another file."
        ) from None
