"""Searches: candidates from a grid, at random or from a sampler, all tried, the best chosen."""

from __future__ import annotations

import inspect
import math
import random
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence, Set
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from bakeoff.data.task import Task
from bakeoff.errors import RunError, SpecError, StudyError, nearest, unknown
from bakeoff.models.built import named
from bakeoff.models.network import ModelSpec
from bakeoff.spec import NonNegativeInt, PositiveFloat, PositiveInt, Spec, plain_number
from bakeoff.study.published import Quantity
from bakeoff.study.raised import raised
from bakeoff.study.variant import Variant
from bakeoff.training.recipe import Recipe

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.samplers import BaseSampler

    from bakeoff.study.study import Overrides

Scalar: TypeAlias = bool | int | float | str
Make: TypeAlias = Callable[..., Variant]
"""A plain function that returns a variant; its parameters are the factors of a search."""


class Uniform(Spec):
    """Numbers between two ends, all equally likely.

    Example:
        >>> import random
        >>> 0.1 <= Uniform(0.1, 0.5).draw(random.Random(0)) <= 0.5
        True
    """

    low: float = Field(kw_only=False)
    high: float = Field(kw_only=False)

    @model_validator(mode="after")
    def _ends_in_order(self) -> Self:
        if self.low >= self.high:
            given = f"{type(self).__name__}: given {self.low} to {self.high}"
            raise ValueError(f"{given}; low must be below high")
        return self

    def draw(self, generator: random.Random) -> float:
        """Returns one number."""
        # random() is promised to be the same in every version of Python; uniform() is not.
        return self.low + (self.high - self.low) * generator.random()


class LogUniform(Uniform):
    """Numbers between two ends, equally likely in every decade.

    Example:
        >>> import random
        >>> 1e-4 <= LogUniform(1e-4, 1e-1).draw(random.Random(0)) <= 1e-1
        True
    """

    low: PositiveFloat = Field(kw_only=False)
    high: PositiveFloat = Field(kw_only=False)

    def draw(self, generator: random.Random) -> float:
        """Returns one number."""
        low, high = math.log(self.low), math.log(self.high)
        return math.exp(low + (high - low) * generator.random())


class Candidate(Spec):
    """One combination of a search's factors.

    Attributes:
        values: the factors' names and values, in the search's order.
        variant: what they make; None where it cannot be made.
        infeasible: why it cannot be made, empty where it can.
        words: the values for a reader, as long as it takes to tell them from those of the other
            candidates; empty where these do not matter.

    Example:
        >>> def candidate(width):
        ...     network = Network(Linear(width), ReLU(), Linear(3), Head("label"), input=(4,))
        ...     return Variant(name=f"{width} units", model=network)
        >>> grid(candidate, {"width": (8, 16)})[0].values
        (('width', 8),)
    """

    values: tuple[tuple[str, Scalar], ...]
    variant: Variant | None = None
    infeasible: str = ""
    words: tuple[str, ...] = ()

    def on(self, task: Task) -> Candidate:
        """Returns the candidate whose variant has what it leaves to the task."""
        if self.variant is None or (variant := self.variant.on(task)) is self.variant:
            return self
        return self.replace(variant=variant)

    def told(self) -> tuple[str, ...]:
        """Returns the values for a reader, in their order."""
        return self.words or tuple(word(value) for _, value in self.values)

    @property
    def label(self) -> str:
        """The combination in words: ``"kernel 3, dropout yes"``."""
        pairs = zip(self.values, self.told(), strict=True)
        return ", ".join(f"{name.replace('_', ' ')} {text}" for (name, _), text in pairs)


class Proposals(Spec):
    """Candidates that a sampler of Optuna proposes in batches, from the results of those before.

    A whole batch is proposed before anything is known of it, and has run before the next one is, so
    that the candidates do not depend on the number of jobs. The sampler is not stored: each run
    starts it again with its seed and tells it what the store holds, so that a run that was stopped
    goes on with the same candidates. Another version of Optuna may propose others.

    It needs ``pip install "bakeoff[optuna]"``.

    Attributes:
        make: where a function as for `grid` is found, ``module:name``.
        factors: what each of its parameters is drawn from. Numbers in order, a range say, are
            proposed as such, other values without an order.
        number: how many candidates are proposed, with those that cannot be made or are not tried.
        batch: how many at a time.
        seed: proposes others.
        sampler: the name of a class of `optuna.samplers`.
        options: its arguments beside the seed, by name.
        epochs: of each candidate, instead of its recipe's.
        most_epochs: of each candidate, at most.

    Example:
        >>> def net(lr, width):
        ...     layers = Linear(width), ReLU(), Linear(2), Head("comparison")
        ...     return Variant(name="net", model=Network(*layers), optimizer=Adam(lr=lr))
        >>> factors = {"lr": LogUniform(1e-4, 1e-1), "width": range(8, 129, 8)}
        >>> proposals = Proposals(net, factors, number=60)  # doctest: +SKIP
    """

    make: Make | str = Field(kw_only=False)
    factors: (
        Mapping[str, Sequence[Scalar] | Uniform]
        | tuple[tuple[str, tuple[Scalar, ...] | Uniform], ...]
    ) = Field(kw_only=False)
    number: PositiveInt
    batch: PositiveInt = 10
    seed: NonNegativeInt = 0
    sampler: str = "TPESampler"
    options: tuple[tuple[str, Scalar], ...] = ()
    epochs: PositiveInt | None = None
    most_epochs: PositiveInt | None = None

    @model_validator(mode="before")
    @classmethod
    def _as_text(cls, values: Any) -> Any:
        """Names the function, and lists the factors with their values."""
        if not {"make", "factors"} <= values.keys():
            return values
        make, factors = values["make"], values["factors"]
        if not isinstance(make, str):
            name = getattr(make, "__qualname__", repr(make))
            if not callable(make) or not name.isidentifier():
                raise ValueError(
                    f"Proposals is given {name}; it needs a function that is defined at the top "
                    "level of a file, for a run finds it by its name"
                )
            values = values | {"make": f"{make.__module__}:{name}"}
        try:
            factors = dict(factors)
        except (TypeError, ValueError):
            raise ValueError(
                f"Proposals.factors: given {factors!r}; it must be a dictionary of what each "
                "parameter is drawn from"
            ) from None
        function = named(make) if isinstance(make, str) else make
        return values | {"factors": tuple(_values(function, factors).items())}

    def batches(self) -> Generator[tuple[Candidate, ...], Sequence[float | None], None]:
        """Yields one batch of candidates after the other; its costs are sent in return.

        A smaller cost is better; it is None if a candidate cannot be made, is not tried, or
        diverged.

        Raises:
            RunError: Optuna is not installed, or something else that the sampler needs.
            SpecError: it has no such sampler, or the sampler takes no such options.
            StudyError: the function that makes candidates raised an error.
        """
        try:
            import optuna
        except ImportError:
            raise RunError(
                f"{self.sampler} is Optuna's, which is not installed: "
                'pip install "bakeoff[optuna]".'
            ) from None
        sampler = self._sampler()
        verbosity = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(sampler=sampler)
        optuna.logging.set_verbosity(verbosity)
        space = {factor: _distribution(values) for factor, values in dict(self.factors).items()}
        for start in range(0, self.number, self.batch):
            try:
                trials = [study.ask(space) for _ in range(min(self.batch, self.number - start))]
            except ImportError as error:
                raise RunError(f"{self.sampler} needs more than Optuna: {error}.") from None
            costs = yield self._made([trial.params for trial in trials])
            for trial, cost in zip(trials, costs, strict=True):
                if cost is None:
                    # A pruned trial is worse than every finished one; a failed one teaches nothing.
                    # Where the neighbours of what cannot be made were best, 6 to 10 of the last 30
                    # of 60 candidates could not be made; 18 to 23 if told as failed (8 seeds, 5.0).
                    study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                else:
                    study.tell(trial, cost)

    def _sampler(self) -> BaseSampler:
        import optuna

        samplers = [name for name in optuna.samplers.__all__ if name.endswith("Sampler")]
        if self.sampler not in samplers:
            raise SpecError(f"Proposals: {unknown('sampler', self.sampler, samplers)}")
        try:
            sampler: BaseSampler = getattr(optuna.samplers, self.sampler)(
                seed=self.seed, **dict(self.options)
            )
        except (TypeError, ValueError) as error:
            raise SpecError(
                f"Proposals: {self.sampler} with seed={self.seed} and options={self.options} "
                f"cannot be made: {error}."
            ) from None
        return sampler

    def _made(self, batch: Sequence[Mapping[str, Any]]) -> tuple[Candidate, ...]:
        make, factors = named(str(self.make)), dict(self.factors)
        combinations = [
            tuple(
                # Six digits are the same on machines whose last bits are not.
                min(max(float(f"{params[factor]:.6g}"), values.low), values.high)
                if isinstance(values, Uniform)
                else values[params[factor]]
                for factor, values in factors.items()
            )
            for params in batch
        ]
        try:
            candidates = _candidates(make, list(factors), combinations)
        except Exception as error:
            raise StudyError(f"{self.make} raised {raised(error)}.") from error
        return tuple(_with_epochs(c, self.epochs, self.most_epochs) for c in candidates)


def _distribution(values: Sequence[Scalar] | Uniform) -> BaseDistribution:
    """Returns what a sampler proposes of: a number, or the place of a value."""
    from optuna.distributions import (
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    if isinstance(values, Uniform):
        return FloatDistribution(values.low, values.high, log=isinstance(values, LogUniform))
    numbers = [value for value in values if type(value) in {int, float}]
    if len(numbers) == len(values) and numbers in (sorted(numbers), sorted(numbers)[::-1]):
        return IntDistribution(0, len(values) - 1)
    return CategoricalDistribution(range(len(values)))


class Search(Spec):
    """Candidates that are all trained on one task, and the best of them chosen.

    Ties go to the candidate with fewer parameters, then to the earlier one: a test set of a few
    hundred examples ties often, and the smaller network is the better answer.

    Attributes:
        name: unique in the study.
        task: what candidates are tried on; `KFold` cross-validates.
        candidates: from `grid` or `random_search`. With proposals they are left out, and become
            those that have been made so far.
        proposals: in place of candidates, proposes them from the results of earlier ones.
        rounds: how often each is trained; with `KFold`, once for each fold.
        epochs: for how long, where the search is shorter than the candidate's own recipe.
        choose: the figures whose best mean chooses. The first is the search's answer; others,
            a published selection on the test set, say, stand beside it.
        parameters: the least and the most parameters that a candidate may have; the others are
            counted and left out. None lets all be tried.
        published: the values that the search's source chose, to stand beside.
        rerun: whether what the first figure chooses is trained on the study's own task and rounds
            as well, as a further variant of the study.

    Example:
        >>> def candidate(width):
        ...     network = Network(Linear(width), ReLU(), Linear(3), Head("label"), input=(4,))
        ...     return Variant(name=f"{width} units", model=network)
        >>> task = Classification(Table("iris.csv", target="species"), train=100, test=50)
        >>> search = Search(
        ...     name="width",
        ...     task=KFold(task, folds=5),
        ...     rounds=5,
        ...     candidates=grid(candidate, {"width": (8, 16)}),
        ... )
        >>> len(search.tried), search.factors
        (2, ('width',))
    """

    name: Annotated[str, Field(min_length=1)]
    task: Task
    candidates: tuple[Candidate, ...] = ()
    proposals: Proposals | None = None
    rounds: PositiveInt = 1
    epochs: PositiveInt | None = None
    choose: Annotated[tuple[Quantity, ...], Field(min_length=1)] = (Quantity(split="validation"),)
    parameters: tuple[int, int] | None = None
    published: tuple[tuple[str, Scalar], ...] = ()
    rerun: bool = True

    @model_validator(mode="before")
    @classmethod
    def _name_heads(cls, values: Any) -> Any:
        """Lets candidates that name no head read that of the task's target."""
        task, candidates = values.get("task"), values.get("candidates")
        if not isinstance(task, Task) or not isinstance(candidates, tuple):
            return values
        named = (c.on(task) if isinstance(c, Candidate) else c for c in candidates)
        return values | {"candidates": tuple(named)}

    @field_validator("candidates")
    @classmethod
    def _told_apart(cls, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """Words the candidates anew where those of several grids read alike."""
        labels: dict[str, set[str]] = {}
        for candidate in candidates:
            labels.setdefault(candidate.label, set()).add(repr(candidate.values))
        if all(len(values) == 1 for values in labels.values()):
            return candidates
        columns: dict[str, list[Scalar]] = {}
        for candidate in candidates:
            for factor, value in candidate.values:
                columns.setdefault(factor, []).append(value)
        words = {factor: iter(_words(column)) for factor, column in columns.items()}
        return tuple(
            c.replace(words=tuple(next(words[factor]) for factor, _ in c.values))
            for c in candidates
        )

    @model_validator(mode="after")
    def _has_candidates(self) -> Self:
        if self.proposals and (
            self.to_come < 0 or {n for c in self.candidates for n, _ in c.values} - {*self.factors}
        ):
            raise ValueError(f"search {self.name!r} is given candidates beside proposals; give one")
        if not self.candidates and not self.to_come:
            raise ValueError(f"search {self.name!r} has no candidates; give every factor a value")
        if not self.tried and not self.to_come:
            reasons = [c.infeasible for c in self.candidates if c.infeasible]
            if len(reasons) == len(self.candidates):
                raise ValueError(f"search {self.name!r}: no candidate can be made: {reasons[0]}")
            raise ValueError(f"search {self.name!r}: {self._outside()}")
        alike = [label for label, n in Counter(c.label for c in self.tried).items() if n > 1]
        if alike:
            raise ValueError(
                f"search {self.name!r} has two candidates that read {alike[0]!r} and are not "
                "trained alike; give both a factor whose value tells them apart"
            )
        for name, _ in self.published:
            if name not in self.factors:
                raise ValueError(
                    f"search {self.name!r}: the published choice names {name!r}"
                    f"{nearest(name, self.factors) or ';'} its factors are "
                    f"{', '.join(self.factors)}"
                )
        for quantity in self.choose:
            splits = {quantity.split, quantity.selection.removeprefix("best_on_")} - {"final"}
            for split in sorted(splits - set(self.task.sizes)):
                raise ValueError(
                    f"search {self.name!r} chooses by the {split} split, which its task does not "
                    f"draw; it draws {', '.join(self.task.sizes)}"
                )
        return self

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of the factors."""
        return tuple(dict(self.proposals.factors if self.proposals else self.candidates[0].values))

    @property
    def to_come(self) -> int:
        """How many candidates are not proposed yet."""
        return self.proposals.number - len(self.candidates) if self.proposals else 0

    @property
    def number(self) -> int:
        """How many candidates are tried, at most where they are proposed."""
        return self.proposals.number if self.proposals else len(self.tried)

    @cached_property
    def tried(self) -> tuple[Candidate, ...]:
        """The candidates that are trained: feasible, within the span of parameters, none twice."""
        return self._tried_and_repeated[0]

    @cached_property
    def repeated(self) -> tuple[Candidate, ...]:
        """The candidates that would train the same as an earlier one, whatever their values."""
        return self._tried_and_repeated[1]

    @cached_property
    def _tried_and_repeated(self) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
        first: dict[Variant, Candidate] = {}
        repeated = []
        for candidate in self.candidates:
            if candidate.variant is None or not self._fits(candidate.variant):
                continue
            if first.setdefault(self.trained(candidate).bare(), candidate) is not candidate:
                repeated.append(candidate)
        return tuple(first.values()), tuple(repeated)

    @property
    def winner_name(self) -> str | None:
        """What the variant is called that the search chooses; None where it is not trained again.

        ``"ResNet, chosen on validation"``, say.
        """
        return f"{self.name}, chosen on {self.choose[0].split}" if self.rerun else None

    def trained(self, candidate: Candidate) -> Variant:
        """Returns what is trained of a candidate in the search.

        After each epoch it measures nothing but what a choice by a best epoch reads.

        Raises:
            ValueError: it is infeasible.
        """
        if candidate.variant is None:
            raise ValueError(f"{candidate.label} is infeasible: {candidate.infeasible}")
        recipe = candidate.variant.recipe.lasting(self.epochs or candidate.variant.recipe.epochs)
        by_epoch = {
            split
            for each in self.choose
            if each.selection != "final"
            for split in (each.split, each.selection.removeprefix("best_on_"))
        }
        return candidate.variant.replace(recipe=recipe.replace(evaluate=tuple(by_epoch)))

    def winner(self, chosen: Candidate) -> Variant:
        """Returns what a chosen candidate is as a variant of the study.

        Raises:
            ValueError: it is infeasible.
        """
        if chosen.variant is None or self.winner_name is None:
            raise ValueError(f"{chosen.label} cannot be trained again")
        return chosen.variant.replace(name=self.winner_name, published=(), note=f"{chosen.label}.")

    def could_choose(self, variant: Variant) -> bool:
        """Whether a variant is what the search makes of a candidate, for any number of rounds."""
        return any(self.winner(c).replace(rounds=variant.rounds) == variant for c in self.tried)

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

    def limited(self, by: Overrides) -> Search:
        """Returns a smaller search of the same kind.

        Rounds are cut to as many as are asked for, and candidates are spread evenly over those that
        are tried, or are the first to be proposed.
        """
        shorter: dict[str, Any] = {
            "rounds": min(by.rounds or self.rounds, self.rounds),
            "epochs": self.epochs
            and Recipe(epochs=self.epochs).within(by.epochs, by.most_epochs).epochs,
            "task": self.task if by.examples is None else self.task.limited(by.examples),
        }
        if self.proposals is not None:
            # Epochs that are asked for now stand above an earlier limit.
            limits = (None if by.epochs else self.proposals.most_epochs, by.most_epochs)
            fewer = self.proposals.replace(
                number=min(self.proposals.number, by.candidates or self.proposals.number),
                epochs=by.epochs or self.proposals.epochs,
                most_epochs=min((n for n in limits if n is not None), default=None),
            )
            return self.replace(candidates=(), proposals=fewer, **shorter)
        chosen, most = self.tried, by.candidates
        if most is not None and most < len(chosen):
            chosen = tuple(chosen[i * len(chosen) // most] for i in range(most))
        # One that repeats a candidate left out is left out too: it would be tried in its stead.
        setups = {self.trained(candidate).bare() for candidate in chosen}
        repeated = (c for c in self.repeated if self.trained(c).bare() in setups)
        return self.replace(
            candidates=(
                *(_with_epochs(c, by.epochs, by.most_epochs) for c in (*chosen, *repeated)),
                *self.infeasible,
                *self.outside,
            ),
            **shorter,
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
    """Returns a candidate for every combination of the factors' values, the last varying fastest.

    Args:
        make: called with one value for each factor, by name. Where it raises `SpecError`, as for
            a kernel larger than its input, the candidate is infeasible, with that reason.
        factors: the values of each of its parameters that vary.

    Raises:
        SpecError: a factor is not a parameter of `make`, has no values or one twice, or gives them
            in no fixed order.

    Example:
        >>> def candidate(width):
        ...     network = Network(Linear(width), ReLU(), Linear(3), Head("label"), input=(4,))
        ...     return Variant(name=f"{width} units", model=network)
        >>> [one.label for one in grid(candidate, {"width": (8, 16)})]
        ['width 8', 'width 16']
    """
    values = _values(make, factors)
    for factor, options in values.items():
        if isinstance(options, Uniform):
            raise SpecError(f"a grid cannot lay out {factor!r} from {options!r}; give it values.")
    lists = [options for options in values.values() if not isinstance(options, Uniform)]
    return _candidates(make, list(factors), list(product(*lists)))


def random_search(
    make: Make, factors: Mapping[str, Sequence[Scalar] | Uniform], *, number: int, seed: int = 0
) -> tuple[Candidate, ...]:
    """Returns candidates drawn at random, none twice (Bergstra & Bengio 2012).

    Where the factors have fewer combinations than are asked for, all are returned.

    Args:
        make: as for `grid`.
        factors: what each of its parameters is drawn from.
        number: how many candidates to draw, 1 or more.
        seed: draws others.

    Raises:
        SpecError: as for `grid`, or `number` or `seed` is no whole number, or `number` below 1.

    Example:
        >>> def candidate(width):
        ...     network = Network(Linear(width), ReLU(), Linear(3), Head("label"), input=(4,))
        ...     return Variant(name=f"{width} units", model=network)
        >>> len(random_search(candidate, {"width": range(4, 65)}, number=5, seed=1))
        5
    """
    values = _values(make, factors)
    number, seed = plain_number(number), plain_number(seed)
    for name, value in (("number", number), ("seed", seed)):
        if not isinstance(value, int):
            raise SpecError(f"random_search: {name} is {value!r}; it must be a whole number.")
    if number < 1:
        raise SpecError(f"random_search: number is {number}; it must be 1 or more.")
    lists = [each for each in values.values() if not isinstance(each, Uniform)]
    number = min(number, math.prod(map(len, lists))) if len(lists) == len(values) else number
    generator = random.Random(seed)
    combinations: dict[tuple[Scalar, ...], None] = {}
    while len(combinations) < number:
        combinations.setdefault(tuple(_draw(each, generator) for each in values.values()))
    return _candidates(make, list(factors), list(combinations))


def count_parameters(model: ModelSpec, shape: tuple[int, ...] | None = None) -> int:
    """Returns the number of trainable values, counted from the layers, or else by building.

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


def _values(make: Make, factors: Mapping[str, object]) -> dict[str, tuple[Scalar, ...] | Uniform]:
    """Returns each factor's values, as Python's own.

    Raises:
        SpecError: as `grid` says.
    """
    name = getattr(make, "__name__", "the function")
    if not factors:
        raise SpecError(f"a search over {name} has no factors; give each a name and its values.")
    parameters = inspect.signature(make).parameters
    values: dict[str, tuple[Scalar, ...] | Uniform] = {}
    for factor, options in factors.items():
        if factor not in parameters:
            raise SpecError(
                f"{name} has no parameter {factor!r}{nearest(factor, parameters) or '.'} "
                f"It takes {', '.join(parameters)}."
            )
        values[factor] = (
            options
            if isinstance(options, Uniform)
            else _scalars(options, f"the factor {factor!r} of a search over {name}")
        )
    return values


def _scalars(options: object, factor: str) -> tuple[Scalar, ...]:
    listed = getattr(options, "tolist", lambda: options)()  # NumPy's arrays have it.
    if isinstance(listed, str | bytes) or not isinstance(listed, Sequence) or not listed:
        hint = ", for a set has another order in every process" if isinstance(options, Set) else ""
        raise SpecError(
            f"{factor} is given {options!r}; it needs a tuple of one value or more{hint}."
        )
    values: list[Scalar] = []
    for value in map(plain_number, listed):
        if not isinstance(value, Scalar) or (isinstance(value, float) and not math.isfinite(value)):
            raise SpecError(
                f"{factor} has the value {value!r}; values are finite numbers, text, True and "
                "False."
            )
        if value in values:
            twice = values[values.index(value)]
            raise SpecError(
                f"{factor} has the value {value!r} twice"
                f"{'' if repr(twice) == repr(value) else f', for it equals {twice!r}'}; "
                "give each value once."
            )
        values.append(value)
    return tuple(values)


def _candidates(
    make: Make, factors: Sequence[str], combinations: Sequence[tuple[Scalar, ...]]
) -> tuple[Candidate, ...]:
    columns = [_words(column) for column in zip(*combinations, strict=True)]
    return tuple(
        _candidate(make, tuple(zip(factors, values, strict=True)), words)
        for values, words in zip(combinations, zip(*columns, strict=True), strict=True)
    )


def _candidate(
    make: Make, values: tuple[tuple[str, Scalar], ...], words: tuple[str, ...]
) -> Candidate:
    try:
        return Candidate(values=values, variant=make(**dict(values)), words=words)
    except SpecError as error:
        return Candidate(values=values, infeasible=str(error), words=words)


def _words(values: Sequence[Scalar]) -> list[str]:
    """Returns a factor's values for a reader, with as many digits as tell them apart."""
    distinct = len(set(map(repr, values)))
    for digits in range(_DIGITS, 18):
        words = [word(value, digits) for value in values]
        if len(set(words)) == distinct:
            return words
    return [repr(value) for value in values]  # A text may read like a number.


def _draw(values: Sequence[Scalar] | Uniform, generator: random.Random) -> Scalar:
    if isinstance(values, Uniform):
        return values.draw(generator)
    return values[int(generator.random() * len(values))]


def _with_epochs(candidate: Candidate, epochs: int | None, most: int | None) -> Candidate:
    if candidate.variant is None:
        return candidate
    recipe = candidate.variant.recipe.within(epochs, most)
    return candidate.replace(variant=candidate.variant.replace(recipe=recipe))


_DIGITS = 3
"""Digits of a float that are shown, where these tell it from others."""


def word(value: Scalar, digits: int = _DIGITS) -> str:
    """Returns a factor's value for a reader, a float with so many digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)
