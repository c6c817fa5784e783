"""Claims about the share of rounds in which something happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from bakeoff.study.claims import ClaimTest, OfQuantity

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.claims.parts import Part


class WinsMostRounds(OfQuantity):
    """A variant is better than another in more than a share of all possible rounds.

    The exact binomial test judges it. A tie is not won.

    Attributes:
        winner: the better one.
        loser: the other.
        share: of the rounds, 0.75 for three in four.

    Example:
        >>> WinsMostRounds("forest", loser="linear", share=0.9)
        WinsMostRounds('forest', loser='linear', share=0.9)
    """

    named = ("winner", "loser")
    winner: str = Field(kw_only=False)
    loser: str
    share: float = 0.75

    def judge(self, results: Results) -> Part:
        """Returns the rounds won."""
        from bakeoff.claims.judge import rounds_won

        return rounds_won(
            results, self.winner, self.loser, share=self.share, quantity=self.quantity
        )


class WinsEveryRound(OfQuantity):
    """A variant is better than another in every round of the study: counted, not tested.

    Example:
        >>> WinsEveryRound("forest", loser="linear")
        WinsEveryRound('forest', loser='linear')
    """

    named = ("winner", "loser")
    is_counted = True
    winner: str = Field(kw_only=False)
    loser: str

    def judge(self, results: Results) -> Part:
        """Returns whether every round was won; one lost or tied round decides that it was not.

        All rounds that the study declares must have run, and added rounds count too.
        """
        from bakeoff.analysis.statistics.wins import wins
        from bakeoff.claims.judge import rounds_won, units_of
        from bakeoff.claims.parts import Counted, RoundsWon, Share

        names = (self.winner, self.loser)
        part = rounds_won(results, *names, share=0.5, quantity=self.quantity)
        if not isinstance(part, Share):
            return part
        needed = min(units_of(results, name) for name in names)
        won = wins([float(outcome) for outcome in part.outcomes], bound=0.5)
        holds = False if won.lost else True if won.rounds >= max(1, needed) else None
        return Counted(names, holds, RoundsWon(part.contrast, won), needed, part.rounds)


class Collapses(ClaimTest):
    """A variant learns nothing in more than a share of all possible rounds.

    It diverges, or ends no better than a constant answer may within its sampling range
    (`Metric.chance`). The exact binomial test judges it.

    Attributes:
        variant: its name.
        share: of the rounds, 0.5 for half of them.

    Example:
        >>> Collapses("high rate", share=0.1)
        Collapses('high rate', share=0.1)
    """

    named = ("variant",)
    variant: str = Field(kw_only=False)
    share: float = 0.5

    def judge(self, results: Results) -> Part:
        """Returns the rounds in which it learnt nothing."""
        from bakeoff.claims.judge import collapses

        return collapses(results, self.variant, share=self.share)
