"""The report for programs: CSV of the table, JSON of everything, figures in their own unit."""

from __future__ import annotations

import csv
import io
import json
import math

from bakeoff.analysis.results import Results
from bakeoff.analysis.search import SearchResults
from bakeoff.analysis.summary import Summary, value_of
from bakeoff.analysis.table import (
    BEST_ON_TEST,
    BEST_ON_VALIDATION,
    FINAL,
    TRAIN,
    Comparison,
    Row,
    Table,
    comparison_table,
)
from bakeoff.data.metric import Metric
from bakeoff.reporting.export_verdicts import json_audit, json_summary, json_verdicts
from bakeoff.reporting.text.notes import flat
from bakeoff.spec import Json, canonical
from bakeoff.study.published import Quantity
from bakeoff.training.history import History

SCHEMA_VERSION = 3
"""Raised when a field of the JSON report changes its name or its meaning; added fields do not."""


def _figures(table: Table) -> dict[str, Quantity]:
    """Return the figures of every variant and trial, by what they are called."""
    first = table.metric.name
    return {
        f"test_{first}_final": FINAL,
        f"test_{first}_best_on_validation": BEST_ON_VALIDATION,
        f"test_{first}_best_on_test": BEST_ON_TEST,
        f"train_{first}_final": TRAIN,
        **{f"test_{m.name}_final": Quantity(metric=m.name) for m in table.further},
    }


def as_csv(results: Results) -> str:
    """Return the comparison table as CSV: a line for each variant, figures in their own unit.

    ``measured_*`` and ``difference`` speak of the figure that ``metric``, ``split`` and
    ``selection`` name; an empty cell is a figure that there is none of. ``shortened`` says how
    the run differs from the study as declared, and is empty where it does not.
    """
    table = comparison_table(results)
    rows = [_csv_row(results, table, row) for row in table.rows]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def as_summary(results: Results) -> str:
    """Return what `as_json` does but for the declaration and every trial's curves: a small file."""
    return document(_report(results, whole=False))


def as_json(results: Results) -> str:
    """Return everything but the answers on single test items as JSON.

    Figures are in their metric's own unit, an error of 10% as 0.1. The fields, in
    ``schema_version`` 3:

    - ``study``: name, title, source, metrics (the first is the study's), assumptions, rounds,
      ``shortened`` (how the run differs from the declaration, or empty) and the whole
      ``declaration``.
    - ``counts``: trials expected, answered, missing, diverged.
    - ``seconds``: the trials' wall times, summed. ``finished``: when the newest ended, or null.
    - ``environments``: machines and versions, as flat names and values.
    - ``verdicts``: an object for each claim: its id and quote, its ``outcome`` (supported,
      contradicted, undecided), the ``reason`` for an undecided one, the evidence in a
      ``sentence``, the ``method`` (signed_rank; always_valid, where rounds were added;
      always_valid_after_verdict, where p-values are doubled too; count), the two-sided p-values
      that decide (``p``, and ``adjusted`` by Holm's method over ``family`` claims), and how many
      rounds it has. ``comparisons`` have a ``kind`` (difference, level, figures, change, speed,
      order; wins, collapses; counted) and say whether each ``holds``, null while it is open. The
      first have n figures, one for each of their rounds (null where a trial diverged), the typical
      one with its interval, and what is asserted of it against ``bound`` (above, below, or within
      ``margin``); p is of this comparison alone. Mean, sd, t-interval and effect size leave out
      trials that diverged; rounds are counted above, at and below the bound. Shares have how often
      it ``happened`` of ``n``. What is counted has a text.
    - ``audit``: an object for each warning: its kind, ``severity`` (grave, caution, note), title,
      text, the variants concerned and every case with its numbers, which vary with the kind.
    - ``searches``: an object for each search: what was tried, in the order declared, with the
      figures that ``choose`` names, what cannot be made, and the values that each figure chose.
    - ``table``: an object for each variant with its comparisons and summaries.
    - ``trials``: an object for each variant and round, from 1, with its ``status``: finished,
      diverged or missing; and unless missing its parameters, seconds, the figures of the table,
      ``near_chance`` (whether it finished no better on test than a constant answer may be, null
      where that cannot be told), and ``curves``: by split and metric, the values after each epoch.

    A value that does not exist, or is not finite, is null. Lists of objects have one on a line.
    """
    return document(_report(results, whole=True))


def _report(results: Results, *, whole: bool) -> dict[str, Json]:
    study, table = results.study, comparison_table(results)
    return {
        "schema_version": SCHEMA_VERSION,
        "study": {
            "name": study.name,
            "title": study.title,
            "source": study.source,
            "metrics": [_json_metric(metric) for metric in study.task.measured],
            "assumptions": list(study.assumptions),
            "rounds": study.rounds,
            "shortened": results.label,
            **({"declaration": canonical(study)} if whole else {}),
        },
        "counts": {
            "expected": results.expected,
            "answered": results.answered,
            "missing": results.missing,
            "diverged": results.diverged,
        },
        "seconds": results.seconds,
        "finished": results.finished.isoformat() if results.finished else None,
        "environments": [dict(flat(environment)) for environment in results.environments],
        "verdicts": json_verdicts(results),
        "audit": json_audit(results),
        "searches": [_json_search(found) for found in results.searches],
        "table": [_json_row(table, row) for row in table.rows],
        "trials": [
            {"variant": variant.name, "round": number + 1, **_json_trial(history, table, whole)}
            for variant, number, history in results.places()
        ],
    }


def _json_metric(metric: Metric) -> Json:
    return {"name": metric.name, "direction": metric.direction, "unit": metric.unit}


def document(report: dict[str, Json]) -> str:
    """Return a report as JSON, with lists of objects one on a line."""
    return "{\n" + ",\n".join(f"{_dump(k)}: {_block(v)}" for k, v in report.items()) + "\n}\n"


def _json_search(found: SearchResults) -> Json:
    search = found.search
    chosen = [found.chosen(quantity) for quantity in search.choose]
    return {
        "name": search.name,
        "rounds": search.rounds,
        "candidates": len(search.candidates),
        "outside": len(search.outside),
        "choose": [canonical(quantity) for quantity in search.choose],
        "chosen": [dict(one.candidate.values) if one else None for one in chosen],
        "published": dict(search.published),
        "infeasible": [
            {"values": dict(c.values), "reason": c.infeasible} for c in search.infeasible
        ],
        "tried": [
            {
                "values": dict(one.candidate.values),
                "parameters": one.parameters,
                "figures": [json_summary(found.summary(one, q)) for q in search.choose],
                "seconds": [h.seconds if h else None for h in one.histories],
            }
            for one in found.tried
        ],
    }


def _csv_row(results: Results, table: Table, row: Row) -> dict[str, object]:
    main, measured = row.main, row.main.measured
    ends = measured.interval or (None, None)
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
        "measured_low95": ends[0],
        "measured_high95": ends[1],
        "measured_n": measured.n,
        "difference": main.difference,
        "parameters": row.parameters,
        "seconds_per_trial": row.seconds,
        "epochs": row.epochs,
        "rounds": row.rounds,
        "answered": row.answered,
        "diverged": row.diverged,
        **{
            f"{name}_{part}": getattr(found, part)
            for name, found in _summaries(table, row).items()
            for part in ("mean", "sd")
        },
    }


def _json_row(table: Table, row: Row) -> Json:
    return {
        "variant": row.variant,
        "note": row.note,
        "comparisons": [_json_comparison(c) for c in (row.main, *row.others)],
        **{name: json_summary(found) for name, found in _summaries(table, row).items()},
        "parameters": row.parameters,
        "seconds_per_trial": row.seconds,
        "epochs": row.epochs,
        "rounds": row.rounds,
        "answered": row.answered,
        "diverged": row.diverged,
    }


def _summaries(table: Table, row: Row) -> dict[str, Summary]:
    found = (row.final, row.best_on_validation, row.best_on_test, row.train, *row.further)
    return dict(zip(_figures(table), found, strict=True))


def _json_comparison(comparison: Comparison) -> Json:
    return {
        "metric": comparison.metric.name,
        "split": comparison.quantity.split,
        "selection": comparison.quantity.selection,
        "where": comparison.where,
        "published_mean": comparison.published_mean,
        "published_sd": comparison.published_sd,
        "measured": json_summary(comparison.measured),
        "difference": comparison.difference,
    }


def _json_trial(history: History | None, table: Table, curves: bool) -> dict[str, Json]:
    if history is None:
        return {"status": "missing"}
    found: dict[str, Json] = {
        "status": history.status,
        "parameters": history.parameters,
        "seconds": history.seconds,
        "near_chance": _near_chance(history),
        **{name: value_of(history, quantity) for name, quantity in _figures(table).items()},
    }
    if curves:
        found["curves"] = {
            split: {metric: [_finite(v) for v in values] for metric, values in metrics.items()}
            for split, metrics in history.curves.items()
        }
    return found


def _near_chance(history: History) -> bool | None:
    """Return whether a trial ended near chance; None where that cannot be told."""
    known = history.status == "diverged" or (
        history.chance is not None and not math.isnan(history.value("test"))
    )
    return history.near_chance if known else None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _block(value: Json) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f" {_dump(item)}" for item in value) + "\n]"
    return _dump(value)


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
