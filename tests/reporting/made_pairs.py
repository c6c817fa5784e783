"""Two variants head to head, from chosen mistakes, for the golden page and for the tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from accurate import accurate
from bakeoff.claims.head_to_head import HeadToHead, head_to_head
from bakeoff.data.tasks import DigitPairs
from bakeoff.models.layers import Flatten, Linear
from bakeoff.study.variant import Variant
from bakeoff.training.history import History
from made_duel import DIVERGED, EXAMPLES, NET, duel, several, truth, wrong

Trials = Sequence[History | None]


def met(one: Trials, other: Trials, **changes: object) -> HeadToHead:
    """Return two variants with these trials."""
    return head_to_head(duel(one, other, **changes), "one", "other", truth)


def counts(*mistakes: int) -> list[History]:
    """Return trials with these numbers of mistakes."""
    return [wrong(*range(n)) for n in mistakes]


ONES, OTHERS = counts(1, 1, 2, 1, 1, 2), counts(4, 4, 4, 4, 5, 5)
SIX = met(ONES, OTHERS)
LAG = met(OTHERS, ONES)
FEW = met(counts(1, 2, 1, 1, 1), counts(3, 3, 3, 3, 3))
THIRD = {"one": ONES, "other": OTHERS, "third": counts(*[5] * 6)}
SAME = tuple(
    Variant(name=name, model=NET.replace(layers=(Flatten(), Linear(3), *NET.layers[1:])))
    for name in ("one", "other")
)
UNVALIDATED = DigitPairs(train=4, validation=0, test=EXAMPLES)
PAIRS = {
    "six wins of six": SIX,
    "six losses": LAG,
    "five rounds": FEW,
    "a lead by chance": met(counts(2, 3, 1, 3, 1, 3), counts(4, 3, 2, 2, 3, 1)),
    "no lead": met(counts(1, 3, 1, 3, 2, 2), counts(3, 1, 3, 1, 2, 2)),
    "one of three pairs": head_to_head(several(THIRD), "one", "other", truth),
    "a round to run": met([*ONES, None], [*OTHERS, wrong(0)]),
    "one diverged": met(ONES, [*OTHERS[:5], DIVERGED]),
    "all diverged": met(counts(*[1] * 6), [DIVERGED] * 6),
    "level in two rounds": met(counts(1, 2), counts(1, 2)),
    "level in one round": met(counts(1), counts(1)),
    "no shared round": met([wrong(0), None], [None, wrong(1)]),
    "rounds left out": met([*counts(1, 1, 1), None, DIVERGED], [wrong(0), None, DIVERGED]),
    "one network": met(counts(1, 2), counts(1, 2), variants=SAME),
    "a changed run": replace(
        SIX,
        results=replace(SIX.results, declared=SIX.results.declared.replace(rounds=15)),
    ),
    "accuracy": head_to_head(accurate(duel(ONES, OTHERS)), "one", "other", truth),
    "one with probabilities": met(
        [wrong(0, 1, 4), wrong(1, 2), wrong(3)],
        [wrong(4, 5, probability=[0.5] * 10), wrong(6), wrong(7, 8)],
    ),
    "without validation": met(counts(1), counts(2), task=UNVALIDATED),
}
