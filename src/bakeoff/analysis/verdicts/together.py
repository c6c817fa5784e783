"""What the parts of a claim say as a whole."""

from __future__ import annotations

from typing import NamedTuple

from bakeoff.analysis.statistics.sides import UNKNOWN, Sides, all_of
from bakeoff.analysis.verdicts.parts import (
    FEWEST,
    Contrary,
    Counted,
    Leaf,
    Measured,
    Method,
    Part,
    Plan,
    Ranked,
    Together,
)


class Hinge(NamedTuple):
    """What a verdict hangs on.

    Attributes:
        leaf: the part that decides, or is least clear.
        comparisons: of how many that must all hold it is one; 1 where it decides alone.
        holds: whether it holds; None where it is undecided.
        negated: whether the claim says that it does not.
    """

    leaf: Leaf
    comparisons: int
    holds: bool | None
    negated: bool


class Said(NamedTuple):
    """What a part comes to.

    Attributes:
        fact: whether it holds, where facts alone decide it; None where they do not.
        sides: what the rounds say; None where there is nothing to test.
    """

    fact: bool | None
    sides: Sides | None


def said(part: Part, method: Method) -> Said:
    """Return what a part comes to.

    Facts that hold leave the decision to the tests beside them; one that does not hold
    contradicts the whole, and needs no p-value.
    """
    match part:
        case Counted():
            return Said(part.holds, None)
        case Measured() | Ranked():
            return Said(None, part.sides(method))
        case Contrary():
            fact, sides = said(part.part, method)
            return Said(None if fact is None else not fact, sides and sides.negated())
        case Together():
            return _all([said(each, method) for each in part.parts])


def plan(part: Part, alpha: float) -> Plan:
    """Return how many rounds would settle a part at a two-sided level, if they go on as they do.

    All parts must be supported, for which the one that needs the most rounds stands; one
    contradicted is enough, at the level divided by their number. The chance is 80% for that one
    part.
    """
    match part:
        case Counted(holds=None):
            return Plan(part.needed, None)
        case Counted():
            return Plan(FEWEST, None) if part.holds else Plan(None, FEWEST)
        case Measured() | Ranked():
            return part.plan(alpha)
        case Contrary():
            return plan(part.part, alpha).negated()
        case Together():
            return _all_plans(part, alpha)


def leaves(part: Part) -> tuple[Leaf, ...]:
    """Return the parts that are not made of others, in order."""
    match part:
        case Contrary():
            return leaves(part.part)
        case Together():
            return tuple(leaf for each in part.parts for leaf in leaves(each))
        case _:
            return (part,)


def has_evidence(part: Part) -> bool:
    """Return whether anything in a part has been tested: two rounds or more."""
    tested = (leaf for leaf in leaves(part) if not isinstance(leaf, Counted))
    return any(len(leaf.rounds) >= FEWEST for leaf in tested)


def unsettled(part: Part, method: Method, level: float) -> tuple[Leaf, ...]:
    """Return the leaves that more rounds could help to decide a part.

    Where all of several must hold, those that hold already, at the two-sided level, are not among
    them: no further round of theirs is needed, whatever comes of the others.
    """
    match part:
        case Contrary():
            return unsettled(part.part, method, level)
        case Together(parts=parts):
            still = [each for each in parts if not _holds(each, method, level)]
            return tuple(leaf for each in still for leaf in unsettled(each, method, level))
        case _:
            return (part,)


def deciding(part: Part, method: Method, *, supported: bool | None) -> Hinge:
    """Return what a verdict hangs on.

    Where one thing is enough it is the one that decides; where all of several must hold, the
    least clear.

    Args:
        part: the whole.
        method: whose p-values decide.
        supported: whether the whole is supported, contradicted (False) or undecided (None).
    """
    match part:
        case Contrary():
            flipped = None if supported is None else not supported
            hinge = deciding(part.part, method, supported=flipped)
            return hinge._replace(negated=not hinge.negated)
        case Together(parts=parts):
            if supported is False:
                worst = min(parts, key=lambda each: _against(each, method))
                return deciding(worst, method, supported=False)
            worst = max(parts, key=lambda each: _for(each, method))
            hinge = deciding(worst, method, supported=supported)
            return hinge._replace(comparisons=max(hinge.comparisons, len(leaves(part))))
        case _:
            return Hinge(part, 1, supported, negated=False)


def _all(parts: list[Said]) -> Said:
    if any(part.fact is False for part in parts):
        return Said(False, None)
    open_parts = [part for part in parts if part.fact is None]
    if not open_parts:
        return Said(True, None)
    if all(part.sides is None for part in open_parts):
        return Said(None, None)
    return Said(None, all_of([part.sides or UNKNOWN for part in open_parts]))


def _all_plans(whole: Together, alpha: float) -> Plan:
    supporting = [plan(each, alpha).support for each in whole.parts]
    known = [rounds for rounds in supporting if rounds is not None]
    if len(known) == len(supporting):
        return Plan(max(known), None)
    against = (plan(each, alpha / len(whole.parts)).contradict for each in whole.parts)
    return Plan(None, min((rounds for rounds in against if rounds is not None), default=None))


def _holds(part: Part, method: Method, level: float) -> bool:
    fact, sides = said(part, method)
    return fact is True or (fact is None and sides is not None and 2 * sides.supporting <= level)


def _for(part: Part, method: Method) -> float:
    """Return how little speaks for a part, from 0 for a fact to 1."""
    fact, sides = said(part, method)
    return 0.0 if fact else 1.0 if sides is None else sides.supporting


def _against(part: Part, method: Method) -> float:
    fact, sides = said(part, method)
    return 0.0 if fact is False else 1.0 if sides is None else sides.opposing
