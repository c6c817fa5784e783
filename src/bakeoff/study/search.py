"""Searches: candidates laid out from a grid or at random, all tried, the best chosen."""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Annotated, Self, TypeAlias

from pydantic import Field, model_validator

from bakeoff.data.task import Task
from bakeoff.errors import SpecError, nearest
from bakeoff.models.network import ModelSpec
from bakeoff.spec import PositiveFloat, PositiveInt, Spec
from bakeoff.study.published import Quantity
from bakeoff.study.variant import Variant
from bakeoff.training.recipe import Recipe

Scalar: TypeAlias = bool | int | float | str
Make: TypeAlias = Callable[..., Variant]
"""A plain function that returns a variant; its parameters are the factors of a search."""


class LogUniform(Spec):
    """Numbers between two ends, equally likely in every decade."""

    low: PositiveFloat
    high: PositiveFloat

    def __init__(self, low: float, high: float) -> None:
        Spec.__init__(self, low=low, high=high)

    @model_validator(mode="after")
    def _ends_in_order(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"LogUniform: given {self.low} to {self.high}; low must be below high")
        return self

    def draw(self, generator: random.Random) -> float:
        """Return one number."""
        # random() is promised to be the same in every version of Python; uniform() is not.
        low, high = math.log(self.low), math.log(self.high)
        return math.exp(low + (high - low) * generator.random())


class Candidate(Spec):
    """One combination of a search's factors.

    Attributes:
        values: the factors' names and values, in the search's order.
        variant: what they make; None where it cannot be made.
        infeasible: why it cannot be made, empty where it can.
    """

    values: tuple[tuple[str, Scalar], ...]
    variant: Variant | None = None
    infeasible: str = ""

    @property
    def label(self) -> str:
        """The combination in words: ``"kernel 3, dropout yes"``."""
        return ", ".join(f"{name.replace('_', ' ')} {word(v)}" for name, v in self.values)


class Search(Spec):
    """Candidates that are all trained on one task, and the best of them chosen.

    Ties go to the candidate with fewer parameters, then to the earlier one: a test set of a few
    hundred examples ties often, and the smaller network is the better answer.

    Attributes:
        name: unique in the study.
        task: what candidates are tried on; `KFold` cross-validates.
        candidates: from `grid` or `random_search`.
        rounds: how often each is trained; with `KFold`, once for each fold.
        epochs: for how long, where the search is shorter than the candidate's own recipe.
        choose: the figures whose lowest mean chooses. The first is the search's answer; others,
            a published selection on the test set, say, stand beside it.
        parameters: the least and the most parameters that a candidate may have; the others are
            counted and left out. None lets all be tried.
        published: the values that the search's source chose, to stand beside.
        rerun: whether what the first figure chooses is trained on the study's own task and rounds
            as well, as a further variant of the study.
    """

    name: Annotated[str, Field(min_length=1)]
    task: Task
    candidates: tuple[Candidate, ...]
    rounds: PositiveInt = 1
    epochs: PositiveInt | None = None
    choose: Annotated[tuple[Quantity, ...], Field(min_length=1)] = (Quantity(split="validation"),)
    parameters: tuple[int, int] | None = None
    published: tuple[tuple[str, Scalar], ...] = ()
    rerun: bool = True

    @model_validator(mode="after")
    def _has_candidates(self) -> Self:
        if not self.candidates:
            raise ValueError(f"search {self.name!r} has no candidates; give every factor a value")
        if not self.tried:
            reasons = [c.infeasible for c in self.candidates if c.infeasible]
            if len(reasons) == len(self.candidates):
                raise ValueError(f"search {self.name!r}: no candidate can be made: {reasons[0]}")
            raise ValueError(f"search {self.name!r}: {self._outside()}")
        factors = [name for name, _ in self.candidates[0].values]
        for name, _ in self.published:
            if name not in factors:
                raise ValueError(
                    f"search {self.name!r}: the published choice names {name!r}"
                    f"{nearest(name, factors) or ';'} its factors are {', '.join(factors)}"
                )
        for quantity in self.choose:
            splits = {quantity.split, quantity.selection.removeprefix("best_on_")} - {"final"}
            for split in sorted(splits - set(self.task.sizes)):
                raise ValueError(
                    f"search {self.name!r} chooses by the {split} split, which its task does not "
                    f"draw; it draws {', '.join(self.task.sizes)}"
                )
        return self

    @cached_property
    def tried(self) -> tuple[Candidate, ...]:
        """The candidates that are trained: feasible, and within the span of parameters."""
        return tuple(c for c in self.candidates if c.variant is not None and self._fits(c.variant))

    def trained(self, candidate: Candidate) -> Variant:
        """Return what is trained of a candidate in the search.

        Raises:
            ValueError: it is infeasible.
        """
        if candidate.variant is None:
            raise ValueError(f"{candidate.label} is infeasible: {candidate.infeasible}")
        if self.epochs is None:
            return candidate.variant
        recipe = candidate.variant.recipe.replace(epochs=self.epochs)
        return candidate.variant.replace(recipe=recipe)

    @cached_property
    def infeasible(self) -> tuple[Candidate, ...]:
        """The candidates that cannot be made."""
        return tuple(c for c in self.candidates if c.variant is None)

    @cached_property
    def outside(self) -> tuple[Candidate, ...]:
        """The candidates with too few parameters or too many."""
        return tuple(
            c for c in self.candidates if c.variant is not None and not self._fits(c.variant)
        )

    def limited(
        self,
        *,
        recipe: Callable[[Recipe], Recipe],
        rounds: int | None = None,
        candidates: int | None = None,
        examples: int | None = None,
    ) -> Search:
        """Return a smaller search of the same kind; None leaves a number as it is.

        Args:
            recipe: what becomes of each candidate's recipe.
            rounds: of each candidate, at most.
            candidates: at most so many, evenly spread over those that are tried.
            examples: in a split, at most.
        """
        chosen = self.tried
        if candidates is not None and candidates < len(chosen):
            chosen = tuple(chosen[i * len(chosen) // candidates] for i in range(candidates))
        return self.replace(
            candidates=(
                *(_with_recipe(candidate, recipe) for candidate in chosen),
                *self.infeasible,
                *self.outside,
            ),
            rounds=self.rounds if rounds is None else min(rounds, self.rounds),
            epochs=self.epochs and recipe(Recipe(epochs=self.epochs)).epochs,
            task=self.task if examples is None else self.task.limited(examples),
        )

    def _fits(self, variant: Variant) -> bool:
        if self.parameters is None:
            return True
        least, most = self.parameters
        return least <= self._count(variant) <= most

    def _count(self, variant: Variant) -> int:
        return count_parameters(variant.model, self.task.input_shape)

    def _outside(self) -> str:
        least, most = self.parameters or (0, 0)
        counts = sorted(self._count(c.variant) for c in self.candidates if c.variant)
        below = max((n for n in counts if n < least), default=None)
        above = min((n for n in counts if n > most), default=None)
        near = " and ".join(f"{n:,}" for n in (below, above) if n is not None)
        return (
            f"no candidate has {least:,} to {most:,} parameters; the nearest have {near}. Widen "
            "the span, or the factors"
        )


def grid(make: Make, factors: Mapping[str, Sequence[Scalar]]) -> tuple[Candidate, ...]:
    """Return a candidate for every combination of the factors' values, the last varying fastest.

    Args:
        make: called with one value for each factor, by name. Where it raises `SpecError`, as for
            a kernel larger than its input, the candidate is infeasible, with that reason.
        factors: the values of each of its parameters that vary.

    Raises:
        SpecError: a factor is not a parameter of `make`, or has no values.
    """
    _check_factors(make, factors)
    combinations = product(*factors.values())
    return tuple(_candidate(make, dict(zip(factors, c, strict=True))) for c in combinations)


def random_search(
    make: Make, factors: Mapping[str, Sequence[Scalar] | LogUniform], *, number: int, seed: int = 0
) -> tuple[Candidate, ...]:
    """Return candidates drawn at random, none twice (Bergstra & Bengio 2012).

    Where the factors have fewer combinations than are asked for, all are returned.

    Args:
        make: as for `grid`.
        factors: what each of its parameters is drawn from.
        number: how many candidates to draw, 1 or more.
        seed: draws others.

    Raises:
        SpecError: as for `grid`, or `number` is below 1.
    """
    _check_factors(make, factors)
    if number < 1:
        raise SpecError(f"random_search: number is {number}; it must be 1 or more.")
    lists = [values for values in factors.values() if not isinstance(values, LogUniform)]
    number = min(number, math.prod(map(len, lists))) if len(lists) == len(factors) else number
    generator = random.Random(seed)
    found: dict[tuple[Scalar, ...], None] = {}
    while len(found) < number:
        found.setdefault(tuple(_draw(values, generator) for values in factors.values()))
    return tuple(_candidate(make, dict(zip(factors, drawn, strict=True))) for drawn in found)


def count_parameters(model: ModelSpec, shape: tuple[int, ...] | None = None) -> int:
    """Return the number of trainable values, counted from the layers, or else by building.

    Args:
        model: a network.
        shape: of one example; a network of the user's may need it to know its sizes.

    Raises:
        ModelError: its sizes depend on the data, and no shape is given.
    """
    counted = model.parameters()
    if counted is not None:
        return counted
    from bakeoff.training.network import trainable

    return trainable(model, shape)


def _check_factors(make: Make, factors: Mapping[str, object]) -> None:
    name = getattr(make, "__name__", "the function")
    if not factors:
        raise SpecError(f"a search over {name} has no factors; give each a name and its values.")
    parameters = inspect.signature(make).parameters
    for factor, values in factors.items():
        if factor not in parameters:
            raise SpecError(
                f"{name} has no parameter {factor!r}{nearest(factor, parameters) or '.'} "
                f"It takes {', '.join(parameters)}."
            )
        if isinstance(values, str) or (isinstance(values, Sequence) and not values):
            raise SpecError(
                f"the factor {factor!r} of a search over {name} is given {values!r}; it needs a "
                "tuple of one value or more."
            )


def _candidate(make: Make, values: dict[str, Scalar]) -> Candidate:
    try:
        return Candidate(values=tuple(values.items()), variant=make(**values))
    except SpecError as error:
        return Candidate(values=tuple(values.items()), infeasible=str(error))


def _draw(values: Sequence[Scalar] | LogUniform, generator: random.Random) -> Scalar:
    if isinstance(values, LogUniform):
        return values.draw(generator)
    return values[int(generator.random() * len(values))]


def _with_recipe(candidate: Candidate, change: Callable[[Recipe], Recipe]) -> Candidate:
    if candidate.variant is None:
        return candidate
    recipe = change(candidate.variant.recipe)
    return candidate.replace(variant=candidate.variant.replace(recipe=recipe))


def word(value: Scalar) -> str:
    """Return a factor's value for a reader."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
