"""Failed trials, counted separately from differences."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.binomial import share_interval
from bakeoff.analysis.summary import FEWEST, value_of
from bakeoff.data.metric import Metric
from bakeoff.data.tasks import folds_of
from bakeoff.study.published import Quantity
from bakeoff.training.history import History

FINAL = Quantity()


@dataclass(frozen=True)
class Failures:
    """How often a variant's trials fail.

    Attributes:
        variant: its name.
        trials: the trials that have run.
        diverged: of these, those whose loss stopped being finite.
        near_chance: of these, those that ended no better than a constant answer may
            (`Metric.chance`).
        interval: the 95% interval of the chance that a trial fails, by Clopper and Pearson; None
            for fewer than six trials.
        rival: the rival of `break_even`; empty for none.
        break_even: the chance of failing at which the variant's mean lead over a rival would be
            gone, if the rival never failed; None if it has no lead, or if the figure of chance is
            not known.
    """

    variant: str
    trials: int
    diverged: int
    near_chance: int
    interval: tuple[float, float] | None
    rival: str = ""
    break_even: float | None = None

    @property
    def failed(self) -> int:
        """The trials that failed."""
        return self.diverged + self.near_chance


def failures(results: Results, name: str, *, rival: str = "") -> Failures | None:
    """Returns how often a variant's trials fail; None if none has run.

    Args:
        results: of a study.
        name: the variant's.
        rival: the variant over which its lead would be gone; empty for none.
    """
    ran = [history for history in results.histories.get(name, ()) if history is not None]
    if not ran:
        return None
    diverged = sum(history.status == "diverged" for history in ran)
    near = sum(history.near_chance for history in ran)
    # Folds of one draw are not independent trials.
    enough = len(ran) >= FEWEST and folds_of(results.study.task) == 1
    return Failures(
        variant=name,
        trials=len(ran),
        diverged=diverged,
        near_chance=near,
        interval=share_interval(diverged + near, len(ran)) if enough else None,
        rival=rival,
        break_even=_break_even(results, ran, rival) if rival and enough else None,
    )


def _break_even(results: Results, ran: list[History], rival: str) -> float | None:
    metric = results.study.metric
    ours = _mean([history for history in ran if not history.collapsed])
    theirs = _mean([h for h in results.histories[rival] if h is not None and not h.collapsed])
    chance = [history.chance for history in ran if history.chance is not None]
    if ours is None or theirs is None or not chance:
        return None
    return _share(metric, ours, theirs, fmean(chance))


def _share(metric: Metric, ours: float, theirs: float, chance: float) -> float | None:
    """Returns the share of trials at chance that makes two means equal."""
    lead, cost = metric.gain(ours, theirs), metric.gain(ours, chance)
    return lead / cost if 0 < lead < cost else None


def _mean(histories: list[History]) -> float | None:
    values = [value for h in histories if (value := value_of(h, FINAL)) is not None]
    return fmean(values) if values else None
