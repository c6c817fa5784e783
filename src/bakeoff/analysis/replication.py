"""The trials of a study in two stores: the same trials, maybe on other machines."""

from __future__ import annotations

from dataclasses import dataclass

from bakeoff.analysis.comparison import FINAL
from bakeoff.analysis.paired import figure, gain
from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import Summary, summarise
from bakeoff.data.tasks import folds_of
from bakeoff.training.history import differences


@dataclass(frozen=True)
class Replica:
    """A variant's trials that both stores hold.

    Attributes:
        variant: its name.
        trials: the number of them.
        same: those that are the same to the bit, in curves and answers.
        largest: the largest difference of two final test figures; infinite if one of two diverged,
            None without a figure.
        first: final test figures in the first store.
        second: in the second.
    """

    variant: str
    trials: int
    same: int
    largest: float | None
    first: Summary
    second: Summary


def replicas(first: Results, second: Results) -> tuple[Replica, ...]:
    """Returns the variants that both stores hold, each with the trials that both have run."""
    metric, folds = first.study.metric, folds_of(first.study.task)
    read, every = figure(FINAL, metric), []
    for name in (name for name in first.histories if name in second.histories):
        rounds = zip(first.histories[name], second.histories[name], strict=False)
        both = [(ours, theirs) if ours and theirs else (None, None) for ours, theirs in rounds]
        pairs = [(ours, theirs) for ours, theirs in both if ours and theirs]
        figures = [(read(ours), read(theirs)) for ours, theirs in pairs]
        apart = [abs(gain(metric, a, b)) for a, b in figures if a is not None and b is not None]
        ours, theirs = ([each[place] for each in both] for place in (0, 1))
        every.append(
            Replica(
                name,
                len(pairs),
                sum(not differences(a, b) for a, b in pairs),
                max(apart, default=None),
                summarise(ours, FINAL, folds=folds),
                summarise(theirs, FINAL, folds=folds),
            )
        )
    return tuple(every)
