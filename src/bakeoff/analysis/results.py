"""What a study has answered so far: every trial's history, in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bakeoff.study.study import Shortening, Study, names
from bakeoff.study.variant import Variant
from bakeoff.training.history import History


@dataclass(frozen=True)
class Results:
    """A study with the histories of its trials; those not run yet are None.

    Attributes:
        study: as run, maybe shortened.
        declared: as its author wrote it.
        shortening: what was asked to be changed.
        histories: by variant's name, one place for each round, in order.
        environments: each machine and set of versions that ran some trial, as names and values.
        store: where the histories were read from, for the reader to see.
        finished: when the newest trial ended, None where unknown.

    Raises:
        ValueError: `histories` does not hold one place per variant and round.
    """

    study: Study
    declared: Study
    shortening: Shortening
    histories: Mapping[str, tuple[History | None, ...]]
    environments: tuple[Mapping[str, object], ...] = ()
    store: str = ""
    finished: datetime | None = None

    def __post_init__(self) -> None:
        given = {name: len(places) for name, places in self.histories.items()}
        needed = dict.fromkeys(names(self.study.variants), self.study.rounds)
        if given != needed:
            raise ValueError(f"histories have {given} places by variant; the study needs {needed}")

    def of(self, variant: Variant) -> tuple[History | None, ...]:
        """Return a variant's histories by round."""
        return self.histories[variant.name]

    def places(self) -> Iterator[tuple[Variant, int, History | None]]:
        """Yield every variant, round (from 0) and history, variant by variant."""
        for variant in self.study.variants:
            for number, history in enumerate(self.of(variant)):
                yield variant, number, history

    def answered_histories(self) -> list[History]:
        """Return the histories that there are, diverged ones included."""
        return [history for _, _, history in self.places() if history is not None]

    @property
    def expected(self) -> int:
        """The number of trials that the study needs."""
        return len(self.study.variants) * self.study.rounds

    @property
    def answered(self) -> int:
        """The number of trials that have run, diverged ones included."""
        return len(self.answered_histories())

    @property
    def missing(self) -> int:
        """The number of trials that have not run."""
        return self.expected - self.answered

    @property
    def diverged(self) -> int:
        """The number of trials whose loss stopped being finite."""
        return sum(history.status == "diverged" for history in self.answered_histories())

    @property
    def seconds(self) -> float:
        """The sum of the trials' wall times, in seconds: work done, not time waited."""
        return sum(history.seconds for history in self.answered_histories())

    @property
    def is_shortened(self) -> bool:
        """Whether the run asks for less than the study declares: rounds, epochs or variants."""
        run, whole = self.study, self.declared
        return (
            run.rounds < whole.rounds
            or len(run.variants) < len(whole.variants)
            or any(v.recipe.epochs < whole.variant(v.name).recipe.epochs for v in run.variants)
        )

    @property
    def label(self) -> str:
        """How the run differs from the study as declared, empty where it does not."""
        return shortening_label(self.study, self.declared)


def shortening_label(study: Study, declared: Study) -> str:
    """Return how a study differs from its declaration: ``"2 of 15 rounds, 3 of 25 epochs"``.

    Empty where it does not differ.
    """
    parts = []
    if study.rounds != declared.rounds:
        parts.append(_part(study.rounds, (declared.rounds,), "round"))
    pairs = {(v.recipe.epochs, declared.variant(v.name).recipe.epochs) for v in study.variants}
    changed = sorted(pair for pair in pairs if pair[0] != pair[1])
    if changed:
        parts.append(_part(changed[0][0], tuple(before for _, before in changed), "epoch"))
    if len(study.variants) != len(declared.variants):
        parts.append(_part(len(study.variants), (len(declared.variants),), "variant"))
    return ", ".join(parts)


def _part(now: int, before: tuple[int, ...], word: str) -> str:
    low, high = min(before), max(before)
    span = str(low) if low == high else f"{low} to {high}"
    if now <= high:
        return f"{now} of {span} {word}s"
    return f"{now} {word}{'' if now == 1 else 's'} rather than {span}"
