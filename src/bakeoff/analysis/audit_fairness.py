"""What a study's declaration warns of: unequal tuning, sizes and training among its variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bakeoff.analysis.results import Results
from bakeoff.analysis.sample import differences
from bakeoff.analysis.search import SearchResults, winner_name
from bakeoff.analysis.summary import Summary, summary, value_of
from bakeoff.study.published import Quantity
from bakeoff.study.search import Search
from bakeoff.study.study import names
from bakeoff.study.variant import Variant

TUNING_RATIO = 2.0
"""Candidates per candidate of a rival from which tuning is unequal: one choice against none."""

SIZE_RATIO = 2.0
"""Parameters per parameter of another from which a variant is of another size.

Within a factor of two reports speak of equal networks: weights shared between two images halve
them, and that is one of the things compared.
"""

Setting: TypeAlias = Literal["epochs", "batch", "precision"]
SETTINGS: tuple[Setting, ...] = ("epochs", "batch", "precision")
"""What a recipe sets that changes how far, or how exactly, training gets."""

Habit: TypeAlias = Literal["evaluate_in_train_mode", "train_mode_epochs"]
_OFF: dict[Habit, bool | None] = {"evaluate_in_train_mode": False, "train_mode_epochs": None}


@dataclass(frozen=True)
class Choice:
    """A variant that was chosen in a search.

    Attributes:
        variant: its name.
        search: the search's name.
        candidates: among how many that are tried here.
        by: whether the search chose it here, or its source says that it chose it.
    """

    variant: str
    search: str
    candidates: int
    by: Literal["search", "source"]


@dataclass(frozen=True)
class UnequalTuning:
    """Compared variants, some of them chosen among more candidates than others.

    Attributes:
        choices: the variants chosen in searches, the most candidates first.
        untuned: the names of those that no search chose.
    """

    choices: tuple[Choice, ...]
    untuned: tuple[str, ...]

    @property
    def fewest(self) -> int:
        """The fewest candidates; a variant that no search chose counts as one."""
        return 1 if self.untuned else self.choices[-1].candidates

    @property
    def ratio(self) -> float:
        """The most candidates over the fewest."""
        return self.choices[0].candidates / self.fewest


@dataclass(frozen=True)
class ChoiceOnTest:
    """A search that chooses by test figures.

    Attributes:
        search: its name.
        candidates: among how many.
        quantity: the figure it chooses by.
        decides: whether it is the search's answer, or stands beside it, as a source's way.
        gain: the figure of the candidate that the first choice not made on test gives, minus
            that of this choice: how much lower the test error looks. None where the search has
            no other choice, or has not run whole.
        variants: those of the study that the choice gave: the winner, or the source's choice.
    """

    search: str
    candidates: int
    quantity: Quantity
    decides: bool
    gain: float | None
    variants: tuple[str, ...]


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
    def ratio(self) -> float:
        """The most parameters over the fewest."""
        return self.most / self.fewest


@dataclass(frozen=True)
class UnequalSetting:
    """Compared variants that are trained differently.

    Attributes:
        setting: the field of their recipes.
        values: each value with the names of the variants that have it, the smallest first.
    """

    setting: Setting
    values: tuple[tuple[int | str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class OddHabit:
    """A variant whose code forgets evaluation mode, or training mode.

    Attributes:
        variant: its name.
        habit: the field of its recipe.
        epochs: after how many epochs training mode ends; None for the other habit.
        without: the name of the variant that differs in the habit alone, empty for none.
        difference: final test error with the habit minus that without it, by round.
    """

    variant: str
    habit: Habit
    epochs: int | None
    without: str
    difference: Summary


def unequal_tuning(
    group: Sequence[Variant], searches: Sequence[SearchResults]
) -> UnequalTuning | None:
    """Return how unequally compared variants were tuned, None where not by `TUNING_RATIO`.

    A variant is tuned where a search of the study chose it, or where it is what the search's
    source chose: how many the source itself tried is not known, so candidates are those of here.
    """
    choices = [choice for variant in group if (choice := _choice(variant, searches)) is not None]
    if not choices:
        return None
    tuned = {choice.variant for choice in choices}
    found = UnequalTuning(
        tuple(sorted(choices, key=lambda choice: -choice.candidates)),
        tuple(name for name in names(group) if name not in tuned),
    )
    return found if found.ratio >= TUNING_RATIO else None


def choices_on_test(found: SearchResults, variants: Sequence[Variant]) -> list[ChoiceOnTest]:
    """Return the choices that a search makes by test figures, among two candidates or more."""
    search = found.search
    other = next((q for q in search.choose if not _on_test(q)), None)
    return [
        ChoiceOnTest(
            search=search.name,
            candidates=len(search.tried),
            quantity=quantity,
            decides=number == 0,
            gain=None if other is None else _gain(found, quantity, over=other),
            variants=_chosen_by(search, quantity, variants, decides=number == 0),
        )
        for number, quantity in enumerate(search.choose)
        if _on_test(quantity) and len(search.tried) > 1
    ]


def unequal_sizes(group: Sequence[Variant], results: Results) -> UnequalSizes | None:
    """Return how far apart compared variants' sizes are, None where not by `SIZE_RATIO`.

    Models that have no parameters, or none that are counted yet, are left out.
    """
    counted = [(count, v.name) for v in group if (count := _parameters(v, results))]
    if not counted:
        return None
    (fewest, smallest), (most, largest) = (
        pick(counted, key=lambda item: item[0]) for pick in (min, max)
    )
    return UnequalSizes(smallest, fewest, largest, most) if most >= SIZE_RATIO * fewest else None


def unequal_settings(group: Sequence[Variant]) -> list[UnequalSetting]:
    """Return the settings in which compared variants differ.

    A setting in which alone they differ is what the comparison is about, and is left out.
    """
    found = []
    for setting in SETTINGS:
        by_value: dict[int | str, list[str]] = {}
        for variant in group:
            by_value.setdefault(getattr(variant.recipe, setting), []).append(variant.name)
        if len(by_value) < 2 or _alike([_without(v, setting, group[0]) for v in group]):
            continue
        values = sorted(
            by_value, key=lambda value: (0, value) if isinstance(value, str) else (value, "")
        )
        found.append(UnequalSetting(setting, tuple((v, tuple(by_value[v])) for v in values)))
    return found


def odd_habits(variant: Variant, results: Results) -> list[OddHabit]:
    """Return a variant's habits that change what is measured, with what they do to its error."""
    found = []
    for habit, off in _OFF.items():
        if getattr(variant.recipe, habit) == off:
            continue
        proper = _bare(variant.replace(recipe=variant.recipe.replace(**{habit: off})))
        other = next((v for v in results.study.variants if _bare(v) == proper), None)
        found.append(
            OddHabit(
                variant=variant.name,
                habit=habit,
                epochs=variant.recipe.train_mode_epochs if habit == "train_mode_epochs" else None,
                without="" if other is None else other.name,
                difference=summary([]) if other is None else _paired(variant, other, results),
            )
        )
    return found


def _choice(variant: Variant, searches: Sequence[SearchResults]) -> Choice | None:
    for found in searches:
        search, candidates = found.search, len(found.search.tried)
        if search.rerun and variant.name == winner_name(search, search.choose[0]):
            return Choice(variant.name, search.name, candidates, "search")
        if _is_published_choice(variant, search):
            return Choice(variant.name, search.name, candidates, "source")
    return None


def _is_published_choice(variant: Variant, search: Search) -> bool:
    wanted = dict(search.published)
    return bool(wanted) and any(
        candidate.variant is not None
        and dict(candidate.values) == wanted
        and _alike([_bare(candidate.variant), _bare(variant)])
        for candidate in search.candidates
    )


def _chosen_by(
    search: Search, quantity: Quantity, variants: Sequence[Variant], *, decides: bool
) -> tuple[str, ...]:
    """Return the study's variants that a choice gave; one that does not decide is the source's."""
    winner = winner_name(search, quantity) if decides and search.rerun else None
    return tuple(
        v.name
        for v in variants
        if (v.name == winner if decides else _is_published_choice(v, search))
    )


def _on_test(quantity: Quantity) -> bool:
    return quantity.split == "test" or quantity.selection == "best_on_test"


def _gain(found: SearchResults, quantity: Quantity, *, over: Quantity) -> float | None:
    one, other = found.chosen(quantity), found.chosen(over)
    if one is None or other is None:
        return None
    best, its = one.summary(quantity).mean, other.summary(quantity).mean
    return None if best is None or its is None else round(its - best, 12)


def _parameters(variant: Variant, results: Results) -> int | None:
    ran = (history.parameters for history in results.of(variant) if history is not None)
    return next(ran, None) or variant.model.parameters()


def _paired(variant: Variant, other: Variant, results: Results) -> Summary:
    final = Quantity()
    pairs = [
        (one, its)
        for a, b in zip(results.of(variant), results.of(other), strict=False)
        if (one := value_of(a, final)) is not None and (its := value_of(b, final)) is not None
    ]
    return summary(differences([one for one, _ in pairs], [its for _, its in pairs]).tolist())


def _bare(variant: Variant) -> Variant:
    """Return what is trained, without what is only said of it."""
    return variant.replace(name="-", rounds=None, published=(), note="")


def _without(variant: Variant, setting: Setting, like: Variant) -> Variant:
    value = getattr(like.recipe, setting)
    return _bare(variant.replace(recipe=variant.recipe.replace(**{setting: value})))


def _alike(variants: Sequence[Variant]) -> bool:
    return all(variant == variants[0] for variant in variants)
