"""Findings from a study's rounds: diverged trials, too few rounds, uneven rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bakeoff.analysis.contrast import Unit, unit_of
from bakeoff.analysis.summary import FEWEST
from bakeoff.study.variant import Variant
from bakeoff.training.history import History


@dataclass(frozen=True)
class Diverged:
    """A variant with diverged trials, which are in no mean.

    Attributes:
        variant: its name.
        rounds: the rounds that diverged, from 1.
        ran: the rounds that have run, these included.
    """

    variant: str
    rounds: tuple[int, ...]
    ran: int

    @property
    def size(self) -> float:
        """The fraction of the trials that have run."""
        return len(self.rounds) / self.ran


@dataclass(frozen=True)
class FewRounds:
    """A variant with too few rounds to decide anything.

    Attributes:
        variant: its name.
        ran: rounds that have run, diverged ones included, which take part in verdicts.
        asked: rounds that the study trains it for.
        needed: the fewest with which a verdict is given.
        unit: the unit of the counts: draws of a cross-validation, with all folds run, or rounds.
    """

    variant: str
    ran: int
    asked: int
    needed: int = FEWEST
    unit: Unit = "round"

    @property
    def size(self) -> float:
        """The rounds that lack."""
        return self.needed - self.ran


@dataclass(frozen=True)
class UnevenRounds:
    """A variant that has run for fewer rounds than another; only rounds of both make pairs.

    Attributes:
        variant: its name.
        ran: its rounds that have run.
        asked: rounds that the study trains it for.
        most: the rounds of the variant with the most.
    """

    variant: str
    ran: int
    asked: int
    most: int

    @property
    def size(self) -> float:
        """The rounds that lack."""
        return self.most - self.ran


def diverged(variant: Variant, histories: Sequence[History | None]) -> Diverged | None:
    """Returns a variant's diverged trials, None if it has none."""
    ran = [(n, history) for n, history in enumerate(histories, start=1) if history is not None]
    rounds = tuple(n for n, history in ran if history.status == "diverged")
    return Diverged(variant.name, rounds, len(ran)) if rounds else None


def few_rounds(
    variant: Variant, histories: Sequence[History | None], *, folds: int = 1
) -> FewRounds | None:
    """Returns how a variant has too few rounds, None if it has enough.

    A variant with enough declared rounds but none run counts only as incomplete.

    Args:
        variant: the variant of the rounds.
        histories: one for each round, in order.
        folds: rounds that make one draw of a cross-validation; draws are counted then.
    """
    draws = [histories[start : start + folds] for start in range(0, len(histories), folds)]
    ran = sum(None not in draw for draw in draws)
    if ran >= FEWEST or (len(draws) >= FEWEST and not ran):
        return None
    return FewRounds(variant.name, ran, len(draws), unit=unit_of(folds))


def uneven_rounds(
    variant: Variant, histories: Sequence[History | None], most: int
) -> UnevenRounds | None:
    """Returns how a variant has fewer rounds than another, None if it has as many, or none."""
    ran = sum(history is not None for history in histories)
    return UnevenRounds(variant.name, ran, len(histories), most) if 0 < ran < most else None
