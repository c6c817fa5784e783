"""Verdicts and audit for programs, figures in their metric's own unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from bakeoff.analysis.audit.audit import Finding
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.paired import Evidence
from bakeoff.analysis.statistics.sides import Sides
from bakeoff.analysis.summary import Summary
from bakeoff.analysis.verdicts.parts import Counted, Leaf, Measured, Ranked
from bakeoff.analysis.verdicts.verdicts import Verdict, method_of, verdicts
from bakeoff.reporting.audit import findings, remark
from bakeoff.spec import Json, Spec, canonical
from bakeoff.study.study import Study


def json_verdicts(results: Results) -> list[Json]:
    """Return an object for each claim of the study as run, in order."""
    method = method_of(results)
    return [_verdict(one, method) for one in verdicts(results)]


def json_audit(results: Results) -> list[Json]:
    """Return an object for each finding of the audit, the gravest first."""
    return [_finding(one, results.study) for one in findings(results)]


def json_summary(summary: Summary) -> dict[str, Json]:
    """Return a sample over rounds."""
    return {
        "n": summary.n,
        "mean": summary.mean,
        "sd": summary.sd,
        "interval95": None if summary.interval is None else list(summary.interval),
        "min": summary.low,
        "max": summary.high,
        "diverged": summary.diverged,
    }


def _verdict(verdict: Verdict, method: str) -> Json:
    return {
        "id": verdict.claim.id,
        "quote": verdict.claim.quote,
        "note": verdict.claim.note,
        "outcome": verdict.outcome,
        "sentence": verdict.sentence,
        "method": "count" if verdict.is_counted else method,
        "p": verdict.p,
        "adjusted": verdict.adjusted,
        "permutation_p": verdict.permutation_p,
        "rounds": verdict.rounds,
        "rounds_needed": verdict.rounds_needed,
        "comparisons": [_comparison(leaf) for leaf in verdict.comparisons],
    }


def _comparison(leaf: Leaf) -> Json:
    match leaf:
        case Counted():
            return {
                "kind": "counted",
                "variants": list(leaf.variants),
                "holds": leaf.holds,
                "text": leaf.text,
                "rounds": None if leaf.rounds is None else [n + 1 for n in leaf.rounds],
            }
        case Ranked():
            return _ranked(leaf)
        case Measured():
            return _measured(leaf)


def _ranked(leaf: Ranked) -> Json:
    trend = leaf.trend
    return {
        "kind": "ordered",
        "metric": leaf.scale.metric.name,
        "variants": list(leaf.variants),
        "n": trend.rounds,
        "mean_rank_correlation": trend.mean,
        "interval95": None if trend.interval is None else list(trend.interval),
        "ordered_rounds": trend.ordered,
        "p_page": _two_sided(trend.page, enough=trend.rounds > 1),
        "rounds": [n + 1 for n in leaf.rounds],
        "diverged": leaf.diverged,
        "left_out": leaf.left_out,
    }


def _measured(leaf: Measured) -> Json:
    found, scale = leaf.evidence, 1 / leaf.scale.factor
    test = leaf.equivalence or found
    return {
        "kind": "measured",
        "metric": leaf.scale.metric.name,
        "figure": _figure(leaf),
        "variants": list(leaf.variants),
        "asserted": leaf.asserted,
        "bound": scale * leaf.bound,
        "margin": None if leaf.equivalence is None else scale * leaf.equivalence.margin,
        "figures": [scale * figure for figure in leaf.figures],
        "n": found.n,
        "mean": _scaled(found.mean, scale),
        "sd": _scaled(found.sd, scale),
        "interval95": _ends(found.interval, scale),
        "bootstrap95": _ends(found.bootstrap, scale),
        **_effects(found),
        "p_t_test": _two_sided(test.t_test, enough=found.n > 1),
        "p_permutation": _two_sided(test.permutation, enough=found.n > 1),
        "won": found.wins.won,
        "tied": found.wins.tied,
        "lost": found.wins.lost,
        "win_probability": found.wins.share,
        "win_interval95": _ends(found.wins.interval, 1.0),
        "rounds": [n + 1 for n in leaf.rounds],
        "diverged": leaf.diverged,
        "left_out": leaf.left_out,
    }


def _figure(leaf: Measured) -> str:
    if leaf.scale.is_level:
        return "value"
    return "lead" if len(leaf.variants) > 1 else "change"


def _effects(found: Evidence) -> dict[str, Json]:
    return {"effect_size": found.effect, "corrected_effect_size": found.corrected_effect}


def _finding(finding: Finding, study: Study) -> Json:
    told = remark(finding, study)
    return {
        "kind": finding.kind,
        "severity": finding.severity,
        "title": told.title,
        "text": told.text,
        "variants": list(finding.variants),
        "cases": [_plain(case) for case in finding.cases],
    }


def _plain(value: object) -> Json:  # noqa: PLR0911
    """Return a case's fields by name, and what is in them as JSON knows it."""
    match value:
        case Summary():
            return json_summary(value)
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


def _two_sided(sides: Sides | None, *, enough: bool) -> float | None:
    return sides.two_sided if sides is not None and enough else None


def _scaled(value: float | None, scale: float) -> float | None:
    return None if value is None else scale * value


def _ends(ends: tuple[float, float] | None, scale: float) -> Json:
    return None if ends is None else [scale * end for end in ends]
