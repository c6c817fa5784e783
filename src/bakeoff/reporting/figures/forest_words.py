"""What a forest plot says of a difference, and how outcomes are called and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from bakeoff.claims.pairs import Difference
from bakeoff.claims.verdicts import Outcome
from bakeoff.reporting.figures.down import SIZE, letters, shortened
from bakeoff.reporting.figures.drawing import BOLD, length
from bakeoff.reporting.palette import PAGE
from bakeoff.reporting.text.words import Scale, called
from bakeoff.reporting.wording import NOTHING, counted, difference

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


FEWEST = 6
"""Letters of a claim's name that are drawn, however many claims there are."""


def claim_names(row: Difference, width: float) -> list[str]:
    """Return the names of a row's claims, cut where they would take more than so many pixels."""
    names = [name for name, _ in row.outcomes]
    if sum(length(name, SIZE, bold=True) for name in names) <= width:
        return names
    most = max(letters(width / len(names), size=SIZE * BOLD), FEWEST)
    return [shortened(name, most) for name in names]


def pair_words(row: Difference) -> str:
    """Return ``"BN vs DP"``."""
    return f"{row.first} vs {row.second}{called(row.contrast)}"


def outcome_words(row: Difference) -> str:
    """Return ``"Z2 supported, Z3 undecided"``; a dash where there are no claims."""
    return ", ".join(f"{name} {outcome}" for name, outcome in row.outcomes if name) or NOTHING


def sized(value: float | None, row: Difference) -> str:
    """Return a difference of a row, signed."""
    scale = Scale.of(row.contrast)
    return difference(None if value is None else scale.within(value), scale.metric)


def interval_words(row: Difference) -> str:
    """Return ``"0.47 to 2.15"``, or how few rounds there are."""
    if row.evidence.interval is None:
        return counted(len(row.figures), row.contrast.unit)
    return " to ".join(sized(end, row).lstrip("+") for end in row.evidence.interval)
