"""Tables for programs, with a line for each trial and metric, or for each variant."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias, get_args

from bakeoff.analysis.comparison import ComparisonTable, VariantRow
from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import value_of
from bakeoff.analysis.use import UseRow, UseTable
from bakeoff.errors import printable
from bakeoff.inference.use_cost import BATCH
from bakeoff.models.estimator import Estimator
from bakeoff.models.layers import Layer
from bakeoff.reporting.page import Page
from bakeoff.spec import Spec
from bakeoff.study.measured import quantity_missing
from bakeoff.study.published import Quantity
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training.history import Selection, SplitName

if TYPE_CHECKING:
    import pandas as pd

SELECTIONS: tuple[Selection, ...] = ("final", "best_on_validation")

PARTS = ("model", "objective", "decision", "optimizer", "recipe")
"""The fields of a variant that change what is trained; a model that trains itself has the first."""

Field: TypeAlias = bool | int | float | str | None


def as_csv(results: Results) -> str:
    r"""Returns a line for each trial, metric, split and selection; `pandas.read_csv` reads it.

    The columns:

    - ``study``; ``shortened``: how the run differs from the declaration, empty if it does not.
    - ``variant``, then the fields in which variants differ, under dotted names: ``model.width``,
      ``optimizer`` (its class), ``optimizer.lr``, ``recipe.epochs``. A field that all variants
      share is not there, nor are layers: the JSON report's ``declaration`` has them.
    - ``round``, from 1; ``status``: finished, diverged or missing.
    - ``split``, ``metric``, its ``unit`` and ``direction`` (whether lower or higher is better),
      ``selection``: the epoch, the last (final) or the best on validation.
    - ``value``: in the metric's unit as reports print it: an error of 13.5 percent is 13.5, and
      ``unit`` is ``%``. Empty if the trial has none: diverged and missing trials keep their
      lines.
    - ``parameters``, ``seconds`` and ``epochs`` of the trial; ``epochs`` counts those it finished,
      and is empty for a model that is not trained by epochs.

    A text that a spreadsheet would take for a formula, as ``=1+1`` or ``+ dropout``, has an
    apostrophe before it. Other names are written as they are, so that they read back the same;
    pandas takes one called ``NA`` for no value, unless told ``keep_default_na=False``.
    """
    return _written(list(_rows(results)))


def as_frame(results: Results) -> pd.DataFrame:
    """Returns the lines of `as_csv` as a pandas DataFrame."""
    import pandas as pd

    return pd.DataFrame(list(_rows(results)))


def as_csv_summary(results: Results) -> str:
    """Returns the comparison table: a line for each variant, figures as they are computed.

    An error of 13.5 percent is 0.135. ``measured_*`` and ``difference`` speak of the figure that
    ``metric``, ``split`` and ``selection`` name; an empty cell means that there is no figure.
    ``shortened`` says how the run differs from the study as declared, and is empty if it does
    not. What using a model costs comes last: ``answer_seconds`` for one example,
    ``answer_seconds_100`` for a batch, on the processor ``timed_on``.
    """
    page = Page(results)
    return _written(
        [
            _summary(results, page.table, row) | _use(page.use, its)
            for row, its in zip(page.table.rows, page.use.rows, strict=True)
        ]
    )


def _written(rows: Sequence[dict[str, Field]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {
            name: spreadsheet_safe(value) if isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in rows
    )
    return text.getvalue()


def spreadsheet_safe(text: str) -> str:
    """Returns a cell's text, with an apostrophe before what a spreadsheet takes for a formula."""
    text = printable(text, most=1_000_000)
    if not text.startswith(("=", "+", "-", "@", "\t")):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def _rows(results: Results) -> Iterator[dict[str, Field]]:
    study = results.study
    fields = _differing(study)
    quantities = {variant.name: list(_quantities(study, variant)) for variant in study.variants}
    for variant, number, history in results.places():
        has_epochs = not variant.model.trains_itself
        for quantity in quantities[variant.name]:
            metric, value = study.metric_of(quantity), value_of(history, quantity)
            if value is not None and metric.scale != 1:
                # 100 * 0.07 is 7.000000000000001.
                value = float(f"{metric.scale * value:.12g}")
            yield {
                "study": study.name,
                "shortened": results.label,
                "variant": variant.name,
                **fields[variant.name],
                "round": number + 1,
                "status": history.status if history else "missing",
                "split": quantity.split,
                "metric": metric.name,
                "unit": metric.unit,
                "direction": metric.direction,
                "selection": quantity.selection,
                "value": value,
                "parameters": history.parameters if history else None,
                "seconds": history.seconds if history else None,
                "epochs": history.epochs if history and has_epochs else None,
            }


def _quantities(study: Study, variant: Variant) -> Iterator[Quantity]:
    """Yields the figures that a variant's trials have; the study's first on test in any case."""
    main = Quantity(metric=study.metric.name)
    for metric in study.task.measured:
        for split in get_args(SplitName):
            for selection in SELECTIONS:
                quantity = Quantity(metric=metric.name, split=split, selection=selection)
                if quantity == main or not quantity_missing(quantity, variant, study.task):
                    yield quantity


def _differing(study: Study) -> dict[str, dict[str, Field]]:
    """Returns the fields in which variants differ, by variant's name; None if one has none."""
    fields = {variant.name: dict(_fields_of(variant)) for variant in study.variants}
    every = dict.fromkeys(name for each in fields.values() for name in each)
    names = sorted(every, key=lambda name: PARTS.index(name.partition(".")[0]))
    differing = [name for name in names if len({each.get(name) for each in fields.values()}) > 1]
    return {
        variant: {name: each.get(name) for name in differing} for variant, each in fields.items()
    }


def _fields_of(variant: Variant) -> Iterator[tuple[str, Field]]:
    for part in PARTS[:1] if variant.model.trains_itself else PARTS:
        yield from _flat(part, getattr(variant, part))


def _flat(name: str, value: object) -> Iterator[tuple[str, Field]]:
    """Yields a field, and those of a spec that it holds, by their dotted names."""
    match value:
        case Estimator():
            yield name, " ".join(repr(value).split())
        case Spec():
            yield name, type(value).__name__
            for inner in type(value).model_fields:
                yield from _flat(f"{name}.{inner}", getattr(value, inner))
        case tuple() if any(isinstance(item, Layer) for item in value):
            return
        case tuple():
            yield name, ", ".join(map(repr, value))
        case None | bool() | int() | float() | str():
            yield name, value


def _summary(results: Results, table: ComparisonTable, row: VariantRow) -> dict[str, Field]:
    main, measured = row.main, row.main.measured
    low, high = measured.interval or (None, None)
    return {
        "study": results.study.name,
        "shortened": results.label,
        "variant": row.variant,
        "metric": main.metric.name,
        "split": main.quantity.split,
        "selection": main.quantity.selection,
        "published_mean": main.published_mean,
        "published_sd": main.published_sd,
        "measured_mean": measured.mean,
        "measured_sd": measured.sd,
        "measured_low95": low,
        "measured_high95": high,
        "measured_n": measured.n,
        "difference": main.difference,
        "parameters": row.parameters,
        "seconds_per_trial": row.seconds,
        "epochs": row.epochs,
        "rounds": row.rounds,
        "answered": row.answered,
        "diverged": row.diverged,
        **{
            f"{name}_{part}": getattr(summary, part)
            for name, summary in table.summaries(row).items()
            for part in ("mean", "sd")
        },
    }


def _use(table: UseTable, row: UseRow) -> dict[str, Field]:
    return {
        "multiply_adds": row.multiply_adds,
        "weight_bytes": row.weight_bytes,
        "disk_bytes": row.disk_bytes,
        "activation_bytes": row.activation_bytes,
        "answer_seconds": row.seconds,
        f"answer_seconds_{BATCH}": row.batch_seconds,
        "timed_on": table.processor,
    }
