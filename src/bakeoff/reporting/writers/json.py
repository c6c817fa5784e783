"""The report as JSON, figures in their metric's own unit: an error of 10 percent is 0.1.

``report.schema.json``, a JSON Schema beside this module, describes every field. A value that does
not exist is null. An open end of an interval, and a difference that a diverged trial makes
infinite, are ``"Infinity"`` or ``"-Infinity"``. Lists of objects have one on a line.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass

from bakeoff.analysis.audit.audit import AuditFinding
from bakeoff.analysis.comparison import Comparison, ComparisonTable, VariantRow
from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import SearchResults
from bakeoff.analysis.summary import FEWEST, Summary, value_of
from bakeoff.analysis.use import UseRow
from bakeoff.claims.parts import Counted, Leaf, Method, Share
from bakeoff.claims.verdicts import Verdict
from bakeoff.inference.use_cost import BATCH
from bakeoff.reporting.page import Page
from bakeoff.reporting.text.audit_notices import notice
from bakeoff.reporting.text.notes import flat
from bakeoff.reporting.text.verdict_sentences import leaf_words
from bakeoff.spec import Json, Spec, canonical
from bakeoff.study.measured import metric_of
from bakeoff.study.search import count_parameters
from bakeoff.study.study import Study
from bakeoff.training.history import History

SCHEMA_VERSION = 3
"""Raised when a field of the JSON report changes its name or its meaning; added fields do not."""


def as_summary(results: Results) -> str:
    """Returns what `as_json` does, without the declaration, and with the curves of claims alone.

    It is a small file, from which every verdict can be computed again.
    """
    return document(_report(results, whole=False))


def as_json(results: Results) -> str:
    """Returns everything but the answers on single test items."""
    return document(_report(results, whole=True))


def _report(results: Results, *, whole: bool) -> dict[str, Json]:
    page = Page(results)
    study, table = results.study, page.table
    claimed = _claimed_curves(study)
    return {
        "schema_version": SCHEMA_VERSION,
        "study": {
            "name": study.name,
            "title": study.title,
            "source": study.source,
            "metrics": [
                {"name": metric.name, "direction": metric.direction, "unit": metric.unit}
                for metric in study.task.measured
            ],
            "assumptions": list(study.assumptions),
            "rounds": study.rounds,
            "seed": study.seed,
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
        "timed_on": (
            {"processor": page.use.processor, "torch": page.use.torch, "batch": BATCH}
            if page.use.processor
            else None
        ),
        "environments": [dict(flat(environment)) for environment in results.environments],
        "verdicts": [json_verdict(verdict) for verdict in page.verdicts],
        "audit": [_json_finding(finding, study) for finding in page.findings],
        "searches": [_json_search(search) for search in results.searches],
        "table": [
            _json_row(table, row, use) for row, use in zip(table.rows, page.use.rows, strict=True)
        ],
        "trials": [
            {
                "variant": variant.name,
                "round": number + 1,
                **_json_trial(history, table, None if whole else claimed.get(variant.name, set())),
            }
            for variant, number, history in results.places()
        ],
    }


def as_declaration(study: Study) -> str:
    """Returns a study before it runs: its variants with their sizes, its claims, its trials."""
    shape = study.task.input_shape
    return document(
        {
            "name": study.name,
            "title": study.title,
            "source": study.source,
            "task": repr(study.task),
            "rounds": study.rounds,
            "seed": study.seed,
            "trials": study.most_trials,
            "variants": [
                {
                    "name": variant.name,
                    "note": variant.note,
                    "parameters": count_parameters(variant.model, shape),
                    "rounds": study.rounds_of(variant),
                }
                for variant in study.variants
            ],
            "searches": [
                {"name": s.name, "candidates": s.number, "rounds": s.rounds} for s in study.searches
            ],
            "claims": [{"id": c.id, "quote": c.quote, "note": c.note} for c in study.claims],
            "assumptions": list(study.assumptions),
            "declaration": canonical(study),
        }
    )


def _json_search(search: SearchResults) -> Json:
    declared = search.search
    chosen = [search.chosen(quantity) for quantity in declared.choose]
    return {
        "name": declared.name,
        "rounds": declared.rounds,
        "candidates": len(declared.candidates),
        "outside": len(declared.outside),
        "choose": [canonical(quantity) for quantity in declared.choose],
        "chosen": [dict(candidate.candidate.values) if candidate else None for candidate in chosen],
        "published": dict(declared.published),
        "infeasible": [
            {"values": dict(c.values), "reason": c.infeasible} for c in declared.infeasible
        ],
        "tried": [
            {
                "values": dict(candidate.candidate.values),
                "parameters": candidate.parameters,
                "figures": [_json_summary(search.summary(candidate, q)) for q in declared.choose],
                "by_round": [
                    [value_of(history, quantity) for history in candidate.histories]
                    for quantity in declared.choose
                ],
                "seconds": [h.seconds if h else None for h in candidate.histories],
            }
            for candidate in search.tried
        ],
    }


def _json_row(table: ComparisonTable, row: VariantRow, use: UseRow) -> Json:
    return {
        "variant": row.variant,
        "note": row.note,
        "comparisons": [_json_comparison(c) for c in (row.main, *row.others)],
        **{name: _json_summary(summary) for name, summary in table.summaries(row).items()},
        "parameters": row.parameters,
        "seconds_per_trial": row.seconds,
        "use": {
            "multiply_adds": use.multiply_adds,
            "weight_bytes": use.weight_bytes,
            "disk_bytes": use.disk_bytes,
            "activation_bytes": use.activation_bytes,
            "seconds": use.seconds,
            "batch_seconds": use.batch_seconds,
        },
        "epochs": row.epochs,
        "rounds": row.rounds,
        "answered": row.answered,
        "diverged": row.diverged,
    }


def _json_comparison(comparison: Comparison) -> Json:
    return {
        "metric": comparison.metric.name,
        "split": comparison.quantity.split,
        "selection": comparison.quantity.selection,
        "where": comparison.where,
        "published_mean": comparison.published_mean,
        "published_sd": comparison.published_sd,
        "measured": _json_summary(comparison.measured),
        "difference": comparison.difference,
    }


def _claimed_curves(study: Study) -> dict[str, set[tuple[str, str]]]:
    """Returns the curves that claims read, by variant: split and metric."""
    curves: dict[str, set[tuple[str, str]]] = {}
    for test in (test for claim in study.claims for test in claim.tests()):
        read = {(curve.split, metric_of(study.task, curve.metric).name) for curve in test.curves}
        for name in (name for names in test.compared.values() for name in names):
            curves.setdefault(name, set()).update(read)
    return curves


def _json_trial(
    history: History | None, table: ComparisonTable, curves: Collection[tuple[str, str]] | None
) -> dict[str, Json]:
    """Returns a trial's figures, and these of its curves; all of them for None."""
    if history is None:
        return {"status": "missing"}
    trial: dict[str, Json] = {
        "status": history.status,
        "parameters": history.parameters,
        "seconds": history.seconds,
        "near_chance": _near_chance(history),
        **{name: value_of(history, quantity) for name, quantity in table.figures.items()},
    }
    if curves is None or curves:
        trial["curves"] = {
            split: {
                metric: [_finite(v) for v in values]
                for metric, values in metrics.items()
                if curves is None or (split, metric) in curves
            }
            for split, metrics in history.curves.items()
            if curves is None or split in {split for split, _ in curves}
        }
    return trial


def _near_chance(history: History) -> bool | None:
    """Returns whether a trial ended near chance; None if that is not known."""
    known = history.status == "diverged" or (
        history.chance is not None and not math.isnan(history.value("test"))
    )
    return history.near_chance if known else None


def _json_summary(summary: Summary) -> dict[str, Json]:
    """Returns a sample over rounds."""
    return {
        "n": summary.n,
        "mean": summary.mean,
        "sd": summary.sd,
        "interval95": None if summary.interval is None else list(summary.interval),
        "min": summary.low,
        "max": summary.high,
        "diverged": summary.diverged,
    }


def json_verdict(verdict: Verdict) -> dict[str, Json]:
    """Returns a verdict with its comparisons."""
    return {
        "id": verdict.claim.id,
        "quote": verdict.claim.quote,
        "note": verdict.claim.note,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "sentence": verdict.sentence,
        "method": "count" if verdict.is_counted else verdict.method,
        "p": verdict.p,
        "adjusted": verdict.adjusted,
        "family": verdict.family,
        "rounds": verdict.rounds,
        "comparisons": [
            _json_leaf(leaf, holds, verdict.method)
            for leaf, holds in zip(verdict.comparisons, verdict.holds, strict=True)
        ],
    }


def _json_leaf(leaf: Leaf, holds: bool | None, method: Method) -> Json:
    common: dict[str, Json] = {
        "variants": list(leaf.variants),
        "holds": holds,
        "rounds": None if leaf.rounds is None else [n + 1 for n in leaf.rounds],
        "text": leaf_words(leaf, holds),
    }
    if isinstance(leaf, Counted):
        return {"kind": "counted", **common}
    common |= {"metric": leaf.contrast.metric.name, "unit": leaf.contrast.unit}
    p = leaf.sides(method).two_sided if len(leaf.rounds) >= FEWEST else None
    if isinstance(leaf, Share):
        return {
            "kind": leaf.contrast.kind,
            **common,
            "share": leaf.share,
            "happened": sum(leaf.outcomes),
            "n": len(leaf.outcomes),
            "p": p,
        }
    evidence = leaf.evidence
    return {
        "kind": leaf.contrast.kind,
        **common,
        "asserted": leaf.asserted,
        "bound": leaf.bound,
        "margin": leaf.margin,
        "figures": [_number(figure) for figure in leaf.figures],
        "n": evidence.n,
        "typical": _number(evidence.estimate),
        "typical_interval95": _ends(evidence.interval),
        "p": p,
        "mean": evidence.mean,
        "sd": evidence.sd,
        "interval95": _ends(evidence.t_interval),
        "effect_size": evidence.effect,
        "above": evidence.wins.won,
        "tied": evidence.wins.tied,
        "below": evidence.wins.lost,
        "diverged": leaf.diverged,
        "left_out": leaf.left_out,
    }


def _finite(value: float | None) -> float | None:
    """Returns a number, None for one that JSON does not know."""
    return None if value is None or not math.isfinite(value) else value


def _number(value: float | None) -> Json:
    """Returns a number; ``"Infinity"`` or ``"-Infinity"`` for one beyond all others."""
    if value is not None and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return _finite(value)


def _ends(ends: tuple[float, float] | None) -> Json:
    return None if ends is None else [_number(end) for end in ends]


def _json_finding(finding: AuditFinding, study: Study) -> Json:
    words = notice(finding, study)
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "title": words.title,
        "text": words.text,
        "variants": list(finding.variants),
        "cases": [_plain(case) for case in finding.cases],
    }


def _plain(value: object) -> Json:  # noqa: PLR0911
    """Returns a case's fields by name, and their contents as JSON values."""
    match value:
        case Summary():
            return _json_summary(value)
        case Spec():
            return canonical(value)
        case Mapping():
            return {str(name): _plain(item) for name, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int() | str():
            return value
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return str(value)


def document(report: dict[str, Json]) -> str:
    """Returns a report as JSON text, with lists of objects one on a line."""
    return "{\n" + ",\n".join(f"{_dump(k)}: {_block(v)}" for k, v in report.items()) + "\n}\n"


def _block(value: Json) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f" {_dump(item)}" for item in value) + "\n]"
    return _dump(value)


def _dump(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
