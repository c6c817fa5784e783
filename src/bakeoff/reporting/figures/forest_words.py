"""What a forest plot says of a difference, and how outcomes are called and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from bakeoff.analysis.verdicts.differences import Difference
from bakeoff.analysis.verdicts.verdicts import Outcome
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.wording import NOTHING, points

Words: TypeAlias = Mapping[Outcome, str]

CLAIM_WORDS: Words = {
    "supported": "supported",
    "contradicted": "contradicted",
    "undecided": "undecided",
}
PLAIN_WORDS: Words = {
    "supported": "first better",
    "contradicted": "second better",
    "undecided": "not told apart",
}
COLOURS: Words = {
    "supported": PAGE.supported,
    "contradicted": PAGE.contradicted,
    "undecided": PAGE.undecided,
}
FILLS: Words = {**COLOURS, "undecided": PAGE.paper}
SHAPES: Words = {"supported": "circle", "contradicted": "square", "undecided": "circle"}


def pair_words(row: Difference) -> str:
    """Return ``"BN vs DP"``."""
    return f"{row.first} vs {row.second}{row.where}"


def outcome_words(row: Difference) -> str:
    """Return ``"Z2 supported, Z3 undecided"``; a dash where there are no claims."""
    return ", ".join(f"{name} {outcome}" for name, outcome in row.outcomes if name) or NOTHING


def in_points(value: float | None) -> str:
    """Return a difference in percentage points, signed."""
    return points(None if value is None else value / 100)


def interval_words(row: Difference) -> str:
    """Return ``"0.47 to 2.15"``, or that there is but one round."""
    if row.interval is None:
        return "1 round" if len(row.figures) == 1 else NOTHING
    return " to ".join(in_points(end).lstrip("+") for end in row.interval)
