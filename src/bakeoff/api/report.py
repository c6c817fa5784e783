"""Reports and figures, written to files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args

from bakeoff.analysis.results import Results
from bakeoff.api.plan import DEFAULT_STORE, plan_of
from bakeoff.api.stored import stored
from bakeoff.claims.head_to_head import HeadToHead
from bakeoff.data.files import write_whole
from bakeoff.errors import RunError, StoreError, StudyError
from bakeoff.reporting.formats import FigureFormat, Format, format_of
from bakeoff.reporting.write import render
from bakeoff.running.store import Store
from bakeoff.study.study import Overrides, Study
from bakeoff.study.trial import Device

INDEX = "index"
"""The name of the page over all studies."""


def report(results: Results | HeadToHead, path: Path | str, format: Format | None = None) -> Path:
    """Writes a report and returns its path.

    Args:
        results: from `run` or `results`; or from `compare`, which is written as ``html`` alone.
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
    if _is_database(target):
        raise RunError(f"{target} is a store of results; give the report another file.")
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
) -> tuple[Path, ...]:
    """Writes a page for each study with trials in a store, and an index of all.

    If no trial of a whole study is stored, its page is about its last shortened run. The index
    names the studies that have no stored trial at all.

    Args:
        studies: the studies; no two have the same name.
        directory: the folder, made if it does not exist. ``index.html`` and the pages, which are
            named after their studies, are overwritten.
        rounds: as in `run`; likewise the following.
        epochs: what they were run for, where it was not what each recipe says.
        device: where they ran.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.

    Returns:
        The files' paths, the index first.

    Raises:
        StoreError: the store holds no trial of any of them, does not exist, or cannot be read.
        DataError: the data is missing or damaged.
        StudyError: two studies have the same name, or one has the name of the index.
        RunError: the folder cannot be made, or a file cannot be written.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> asked = {"rounds": 6, "epochs": 2, "store": "irises.db"}
        >>> [page.name for page in report_all([study], "pages", **asked)]  # doctest: +SKIP
        ['index.html', 'irises.html']
    """
    from bakeoff.reporting.reports import overview_report
    from bakeoff.reporting.writers.html import as_html

    wanted, asked = tuple(studies), Overrides.of(rounds=rounds, epochs=epochs)
    _check_names([study.name for study in wanted])
    results_of: list[tuple[Study, Results | None]] = []
    with Store.read(Path(store)) as opened:
        for study in wanted:
            plan = plan_of(study, asked, device=device, data=data)
            results_of.append((study, stored(plan, opened)))
    whole = [results for _, results in results_of if results is not None]
    if not whole:
        names = ", ".join(study.name for study in wanted)
        raise StoreError(f"the store {store} holds no trial of {names}. Run a study first.")
    folder = Path(directory)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(
            f"the reports cannot be written to {folder}: {error.strerror}; give another folder."
        ) from None
    pages = [report(results, folder / f"{results.study.name}.html", "html") for results in whole]
    index = folder / f"{INDEX}.html"
    _write(index, as_html(overview_report(results_of)))
    return (index, *pages)


def figures(
    results: Results, directory: Path | str, format: FigureFormat = "svg"
) -> tuple[Path, ...]:
    """Writes every figure of a report into a folder, and returns the files' paths.

    Files are named after the study and the figure, ``dinh-herve-figure-4.svg``; existing ones are
    overwritten. Figures without any trial that has run are left out.

    Args:
        results: from `run` or `results`.
        directory: the folder, made if it does not exist.
        format: ``svg`` or ``png``.

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
    return write_figures(results, Path(directory), format)


def _check_names(names: Sequence[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise StudyError(
            f"two studies are called {twice[0]!r}, so their pages would be one file; rename one."
        )
    if INDEX in names:
        raise StudyError(f"a study is called {INDEX!r}, so its page would be the index; rename it.")


def _write(path: Path, text: str) -> None:
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise RunError(
            f"the report cannot be written to {path}: {error.strerror}; give another file."
        ) from None


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(15) == b"SQLite format 3"
    except OSError:
        return False
