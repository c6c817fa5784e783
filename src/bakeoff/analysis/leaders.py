"""The best variant of a study, and those that these rounds do not tell from it."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

from bakeoff.analysis.paired import figure, paired
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.statistics.typical import signed_rank
from bakeoff.analysis.summary import FEWEST, summarise
from bakeoff.analysis.table import FINAL

ALPHA = 0.05


@dataclass(frozen=True)
class Leaders:
    """The variant with the best mean final figure on test, and who cannot be told from it.

    Attributes:
        best: its name.
        level: variants that the rounds do not tell from it, in the study's order.
        tested: whether the best shares rounds enough with any to be told from it.
    """

    best: str
    level: tuple[str, ...]
    tested: bool


def leaders(results: Results) -> Leaders | None:
    """Return the leaders, None for fewer than two variants with a figure.

    Each other variant is told from the best by the signed-rank test on the rounds that both have
    run. The p-values are adjusted by Holm's method over all pairs of the study, for which variant
    is the best is known from these rounds alone.
    """
    metric = results.study.metric
    means = {name: summarise(places, FINAL).mean for name, places in results.histories.items()}
    known = {name: mean for name, mean in means.items() if mean is not None}
    if len(known) < 2:
        return None
    best = max(known, key=lambda name: metric.sign * known[name])
    read = figure(FINAL, metric)
    shared = {
        name: paired(results, [(best, read), (name, read)])
        for name in results.histories
        if name != best and name in known
    }
    gains = {name: found.gains(metric) for name, found in shared.items()}
    p = [signed_rank(gain).two_sided if len(gain) >= FEWEST else 1.0 for gain in gains.values()]
    pairs = comb(max(len(results.histories), len(results.declared.variants)), 2)
    adjusted = holm([*p, *[1.0] * (pairs - len(p))])
    return Leaders(
        best=best,
        level=tuple(name for name, value in zip(gains, adjusted, strict=False) if value > ALPHA),
        tested=any(len(gain) >= FEWEST for gain in gains.values()),
    )
