"""Findings from a study's declaration: unequal sizes and unequal training of its variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from bakeoff.analysis.contrast import Unit
from bakeoff.analysis.paired import PairedFigures, paired
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.sample import differences
from bakeoff.analysis.summary import Summary, summary, value_of
from bakeoff.study.published import Quantity
from bakeoff.study.variant import Variant
from bakeoff.training.history import History

SIZE_RATIO = 2.0
"""The ratio of parameters from which two variants have unequal sizes.

Reports that call networks equal in size mean within a few percent (`dong`), or from 90,000 to
110,000 (`dinh-herve`); a factor of two is beyond any of these spans.
"""

Setting: TypeAlias = Literal[
    "epochs", "batch", "precision", "stopping", "augmentation", "averaging", "views", "before"
]
SETTINGS: tuple[Setting, ...] = get_args(Setting)
"""The fields of a recipe that change how long or precisely it trains, or what it sees and gives."""

Habit: TypeAlias = Literal["evaluate_in_train_mode", "train_mode_epochs"]
_OFF: dict[Habit, bool | None] = {"evaluate_in_train_mode": False, "train_mode_epochs": None}


@dataclass(frozen=True)
class Identical:
    """Variants that are trained in the same way: they share one trial in each round."""

    variants: tuple[str, ...]

    @property
    def size(self) -> float:
        """The number of variants."""
        return len(self.variants)


@dataclass(frozen=True)
class UnequalSizes:
    """Compared variants whose numbers of parameters are far apart.

    Attributes:
        smallest: the name of the smallest variant.
        fewest: its parameters.
        largest: the name of the largest.
        most: its parameters.
    """

    smallest: str
    fewest: int
    largest: str
    most: int

    @property
    def size(self) -> float:
        """The most parameters over the fewest."""
        return self.most / self.fewest


@dataclass(frozen=True)
class UnequalSetting:
    """Compared variants that are trained differently.

    Attributes:
        setting: the field of their recipes.
        values: each value with the names of the variants that have it, the smallest first; an
            empty text for an empty tuple.
    """

    setting: Setting
    values: tuple[tuple[int | str, tuple[str, ...]], ...]

    @property
    def size(self) -> float:
        """The largest value over the smallest; 1 for values that are words."""
        low, high = self.values[0][0], self.values[-1][0]
        return high / low if isinstance(low, int) and isinstance(high, int) else 1.0


@dataclass(frozen=True)
class OddHabit:
    """A variant whose code forgets evaluation mode, or training mode.

    Attributes:
        variant: its name.
        habit: the field of its recipe.
        epochs: after how many epochs training mode ends; None for the other habit.
        without: the name of the variant that differs only in the habit, empty for none.
        difference: final test figure with the habit minus that without it, by round or draw.
        unit: what is counted.
    """

    variant: str
    habit: Habit
    epochs: int | None
    without: str
    difference: Summary
    unit: Unit = "round"

    @property
    def size(self) -> float:
        """The mean difference, without its sign; 0 where not measured."""
        return abs(self.difference.mean or 0.0)

    @property
    def is_clear(self) -> bool:
        """Whether the 95% interval of the difference leaves 0; not without an interval."""
        low, high = self.difference.interval or (0.0, 0.0)
        return low > 0 or high < 0


def identical(results: Results) -> list[Identical]:
    """Returns the declared variants that are one; what a search chose may well be one of them."""
    declared = {variant.name for variant in results.declared.variants}
    groups = (tuple(n for n in group if n in declared) for group in results.study.identical())
    return [Identical(group) for group in groups if len(group) > 1]


def unequal_sizes(group: Sequence[Variant], results: Results) -> UnequalSizes | None:
    """Returns the unequal sizes of compared variants, None if the ratio is below `SIZE_RATIO`.

    Models without parameters, or without counted ones yet, are left out. Models that train
    themselves are left out too, for nodes of trees are not weights.
    """
    networks = (variant for variant in group if not variant.model.trains_itself)
    counted = [(count, v.name) for v in networks if (count := _parameters(v, results))]
    if not counted:
        return None
    (fewest, smallest), (most, largest) = (
        pick(counted, key=lambda item: item[0]) for pick in (min, max)
    )
    return UnequalSizes(smallest, fewest, largest, most) if most >= SIZE_RATIO * fewest else None


def unequal_settings(group: Sequence[Variant]) -> list[UnequalSetting]:
    """Returns the settings in which compared variants differ.

    A setting in which alone they differ is what the comparison is about, and is left out.
    """
    settings = []
    group = [variant for variant in group if not variant.model.trains_itself]
    for setting in SETTINGS:
        by_value: dict[int | str, list[str]] = {}
        for variant in group:
            value = getattr(variant.recipe, setting)
            parts = value if isinstance(value, tuple) else (value,)
            plain = value if isinstance(value, int | str) else ", ".join(map(repr, parts))
            by_value.setdefault(plain, []).append(variant.name)
        if len(by_value) < 2 or _alike([_without(v, setting, group[0]) for v in group]):
            continue
        values = sorted(
            by_value, key=lambda value: (0, value) if isinstance(value, str) else (value, "")
        )
        settings.append(UnequalSetting(setting, tuple((v, tuple(by_value[v])) for v in values)))
    return settings


def odd_habits(variant: Variant, results: Results) -> list[OddHabit]:
    """Returns a variant's habits that change its measurement, with their effect on its figure."""
    habits = []
    for habit, off in _OFF.items():
        if getattr(variant.recipe, habit) == off:
            continue
        proper = variant.replace(recipe=variant.recipe.replace(**{habit: off})).bare()
        other = next((v for v in results.study.variants if v.bare() == proper), None)
        pairs = PairedFigures((), ()) if other is None else _paired(variant, other, results)
        change = differences([own for own, _ in pairs.rows], [its for _, its in pairs.rows])
        habits.append(
            OddHabit(
                variant=variant.name,
                habit=habit,
                epochs=variant.recipe.train_mode_epochs if habit == "train_mode_epochs" else None,
                without="" if other is None else other.name,
                difference=summary(change.tolist()),
                unit=pairs.unit,
            )
        )
    return habits


def _parameters(variant: Variant, results: Results) -> int | None:
    ran = (history.parameters for history in results.of(variant) if history is not None)
    return next(ran, None) or variant.model.parameters()


def _paired(variant: Variant, other: Variant, results: Results) -> PairedFigures:
    def final(history: History) -> float | None:
        return value_of(history, Quantity())

    return paired(results, [(variant.name, final), (other.name, final)])


def _without(variant: Variant, setting: Setting, like: Variant) -> Variant:
    value = getattr(like.recipe, setting)
    return variant.replace(recipe=variant.recipe.replace(**{setting: value})).bare()


def _alike(variants: Sequence[Variant]) -> bool:
    return all(variant == variants[0] for variant in variants)
