"""Verdicts in plain sentences."""

from __future__ import annotations

from bakeoff.analysis.statistics.power import MOST_ROUNDS
from bakeoff.analysis.statistics.sample import DECIMALS
from bakeoff.analysis.verdicts.parts import FEWEST, Counted, Leaf, Measured, Method, Ranked
from bakeoff.analysis.verdicts.together import Hinge
from bakeoff.analysis.verdicts.words import Scale, counted, named, number, worst


def whole_sentence(hinge: Hinge, *, needed: int | None, method: Method) -> str:
    """Return the evidence for a verdict in one sentence, and what must be added in others.

    Args:
        hinge: what the verdict hangs on.
        needed: rounds altogether that would settle what is undecided; None for never.
        method: which p-values decide.
    """
    text = leaf_words(hinge)
    if hinge.comparisons > 1:
        everything = "Both" if hinge.comparisons == 2 else f"All {hinge.comparisons}"
        lead = (
            f"Of {hinge.comparisons} comparisons "
            if hinge.holds is None
            else f"{everything} comparisons hold; "
        )
        text = f"{lead}the least clear: {text}"
    if hinge.holds is None and _has_rounds(hinge.leaf):
        # Planned for one look after all rounds, for which fewer are enough.
        fixed = ", fixed beforehand," if method == "always_valid" else ""
        text += (
            f", and not even {MOST_ROUNDS:,} rounds{fixed} would be likely to settle it"
            if needed is None
            else f", and about {needed:,} rounds{fixed} would probably settle it"
        )
    return " ".join([f"{text}.", *_asides(hinge.leaf)])


def alone_words(claims: int) -> str:
    """Return what to add where a claim is undecided only for being one of several."""
    return (
        f" Tested alone it would be decided; one of {claims} claims tested together needs stronger "
        "evidence."
    )


def leaf_words(hinge: Hinge) -> str:
    """Return what the rounds of a verdict's part show, without a full stop."""
    leaf = hinge.leaf
    match leaf:
        case Counted(text=text):
            return text
        case _ if not leaf.rounds:
            names = " and ".join(map(named, leaf.variants[:2]))
            them = "them" if len(leaf.variants) > 1 else "it"
            return f"{names}: no round tells of {them} yet, and at least {FEWEST} are needed"
        case Ranked():
            text = _ranked_words(leaf)
        case Measured():
            text = _tested_words(leaf)
    if len(leaf.rounds) < FEWEST:
        return f"{text}; at least {FEWEST} rounds are needed"
    return f"{text}{_conclusion(hinge)}"


def _has_rounds(leaf: Leaf) -> bool:
    return not isinstance(leaf, Counted) and len(leaf.rounds) >= FEWEST


def _conclusion(hinge: Hinge) -> str:
    """Return what follows from the figures of a part with rounds enough."""
    leaf = hinge.leaf
    if isinstance(leaf, Counted):
        return ""
    if hinge.holds is None:
        return f"; {leaf.question} is open"
    if isinstance(leaf, Ranked):
        rises = leaf.scale.rises == "rises"
        return f"; on the whole it {'rises' if hinge.holds == rises else 'falls'}"
    if leaf.equivalence is not None:
        return _within_words(leaf, leaf.equivalence.margin, holds=hinge.holds)
    return _bound_words(leaf, hinge)


def _within_words(leaf: Measured, margin: float, *, holds: bool) -> str:
    size = Scale(leaf.scale.metric).sized(margin)
    if leaf.scale.is_level:
        is_ = "is" if holds else "would be"
        return f"; chance {is_} {leaf.scale.sized(leaf.bound)}, give or take {size}"
    if len(leaf.variants) == 1:
        return f", {'less' if holds else 'more'} than {size}"
    return f"; they are {'less' if holds else 'more'} than {size} apart"


def _bound_words(leaf: Measured, hinge: Hinge) -> str:
    bound = leaf.scale.sized(leaf.bound)
    the_bound = bound if hinge.negated else f"the {bound} claimed"
    is_above = hinge.holds == (leaf.asserted == "above")
    if leaf.scale.is_level:
        return f", {'above' if is_above else 'below'} {the_bound}"
    if not leaf.bound:
        return ""
    if is_above:
        return f", more than {the_bound}"
    if _all_equal(leaf) or _is_level(leaf):
        return f"; the first does not gain {the_bound}"
    return f", less than {the_bound}" if leaf.mean > 0 else f"; it does not gain {the_bound}"


def _tested_words(leaf: Measured) -> str:
    if _all_equal(leaf):
        return f"{leaf.words.equal} in every round ({counted(len(leaf.figures), 'round')})"
    mean, is_level = leaf.mean, _is_level(leaf)
    decimals = leaf.scale.decimals(leaf.evidence.interval)
    # Of one variant's figure the sign is its own; of a difference the words say who is ahead.
    flipped = mean < 0 and not is_level and not leaf.scale.is_level
    size, inside = leaf.scale.sized(-mean if flipped else mean, decimals), []
    start = f"{leaf.below if flipped else leaf.above} {size}"
    if is_level:
        start, inside = leaf.words.level, [f"+{size}"]
    if leaf.evidence.interval is not None:
        least, most = leaf.scale.bounds
        low, high = (min(most, max(least, end)) for end in leaf.evidence.interval)
        ends = (-high, -low) if flipped else (low, high)
        inside.append("95% interval " + " to ".join(number(end, decimals) for end in ends))
    inside.append(f"{'above 0 ' if is_level else ''}{_rounds(leaf, flipped=flipped)}")
    return f"{start} ({'; '.join(inside)})"


def _all_equal(leaf: Measured) -> bool:
    """Return whether there is no difference in any round."""
    return bool(leaf.words.equal) and not any(round(value, DECIMALS) for value in leaf.figures)


def _is_level(leaf: Measured) -> bool:
    """Return whether a mean difference is 0, or is not told from 0 by the decimals shown."""
    interval = leaf.evidence.interval
    if not leaf.words.level or (interval is not None and not interval[0] <= 0 <= interval[1]):
        return False
    return float(number(abs(leaf.mean), leaf.scale.decimals(interval))) == 0


def _ranked_words(leaf: Ranked) -> str:
    trend = leaf.trend
    start, end = named(leaf.variants[0]), named(leaf.variants[-1])
    inside = f"mean rank correlation {number(trend.mean or 0.0, 2)}, where 1 is perfect order"
    return (
        f"The {leaf.scale.metric.words} {leaf.scale.rises} from {start} to {end} all the way in "
        f"{trend.ordered} of {counted(trend.rounds, 'round')} ({inside})"
    )


def _rounds(leaf: Measured, *, flipped: bool) -> str:
    rounds = counted(len(leaf.figures), "round")
    if leaf.scale.is_level:
        return rounds
    sign = -1 if flipped else 1
    return f"in {sum(sign * figure > 0 for figure in leaf.figures)} of {rounds}"


def _asides(leaf: Leaf) -> list[str]:
    if isinstance(leaf, Counted):
        return []
    asides = []
    if leaf.diverged:
        trials = counted(leaf.diverged, "diverged trial")
        as_chance = isinstance(leaf, Measured) and leaf.scale.is_level and leaf.equivalence
        what = "chance" if as_chance else worst(leaf.scale.metric)
        asides.append(f"{trials} {'counts' if leaf.diverged == 1 else 'count'} as {what}.")
    if leaf.left_out:
        rounds = counted(leaf.left_out, "round")
        asides.append(f"{rounds} {'has' if leaf.left_out == 1 else 'have'} no such figure.")
    return asides
