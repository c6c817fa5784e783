"""Verdicts and audit for programs, figures in their metric's own unit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

from bakeoff.analysis.audit.audit import Finding
from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import FEWEST, Summary
from bakeoff.claims.parts import Counted, Leaf, Method, Share
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.reporting.page import Page
from bakeoff.reporting.text.audit import notice
from bakeoff.reporting.text.verdicts import leaf_words
from bakeoff.spec import Json, Spec, canonical
from bakeoff.study.study import Study


def json_verdicts(results: Results) -> list[Json]:
    """Return an object for each claim of the study as run, in order."""
    return [json_verdict(one) for one in verdicts(results)]


def json_audit(results: Results) -> list[Json]:
    """Return an object for each finding of the audit, the gravest first."""
    return [_finding(one, results.study) for one in Page(results).findings]


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


def json_verdict(verdict: Verdict) -> dict[str, Json]:
    """Return a verdict with its comparisons."""
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
            _comparison(leaf, holds, verdict.method)
            for leaf, holds in zip(verdict.comparisons, verdict.holds, strict=True)
        ],
    }


def _comparison(leaf: Leaf, holds: bool | None, method: Method) -> Json:
    common: dict[str, Json] = {
        "variants": list(leaf.variants),
        "holds": holds,
        "rounds": None if leaf.rounds is None else [n + 1 for n in leaf.rounds],
    }
    if isinstance(leaf, Counted):
        return {"kind": "counted", **common, "text": leaf_words(leaf, holds)}
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
    found = leaf.evidence
    return {
        "kind": leaf.contrast.kind,
        **common,
        "asserted": leaf.asserted,
        "bound": leaf.bound,
        "margin": leaf.margin,
        "figures": [_finite(figure) for figure in leaf.figures],
        "n": found.n,
        "typical": _finite(found.estimate),
        "typical_interval95": _ends(found.interval),
        "p": p,
        "mean": found.mean,
        "sd": found.sd,
        "interval95": _ends(found.t_interval),
        "effect_size": found.effect,
        "above": found.wins.won,
        "tied": found.wins.tied,
        "below": found.wins.lost,
        "diverged": leaf.diverged,
        "left_out": leaf.left_out,
    }


def _finite(value: float | None) -> Json:
    """Return a number; None where a trial diverged, for JSON knows no infinity."""
    return None if value is None or not math.isfinite(value) else value


def _ends(ends: tuple[float, float] | None) -> Json:
    return None if ends is None else [_finite(end) for end in ends]


def _finding(finding: Finding, study: Study) -> Json:
    told = notice(finding, study)
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
