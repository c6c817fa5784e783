"""Studies and variants: what is compared, on what, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from importlib import import_module
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from bakeoff.data.dataset import Dataset
from bakeoff.data.metric import Metric
from bakeoff.data.task import Task
from bakeoff.errors import ModelError, RunError, StudyError, nearest, unknown
from bakeoff.models.ensemble import Ensemble
from bakeoff.models.estimator import Estimator
from bakeoff.models.network import Network
from bakeoff.spec import NonNegativeInt, PositiveInt, Spec, canonical
from bakeoff.study.claims import Claim, check_claims, testable_claims
from bakeoff.study.figures import FigureSpec, check_figures, shown_figures
from bakeoff.study.measured import curve_missing, metric_of, quantity_missing
from bakeoff.study.published import Quantity
from bakeoff.study.search import Search
from bakeoff.study.variant import Variant
from bakeoff.training.heads import check_shapes


class Overrides(Spec):
    """What a run changes of a study as declared; the defaults change nothing.

    Attributes:
        rounds: so many instead of the study's.
        epochs: so many instead of each recipe's.
        most_epochs: at most so many.
        only: these variants alone, and no search.
        examples: at most so many in a split.
        candidates: at most so many in a search.
        each: these variants alone, each with its own rounds: what a run until claims were
            decided took. What a search chooses may be named too.
        seed: instead of the study's.
    """

    rounds: PositiveInt | None = None
    epochs: PositiveInt | None = None
    most_epochs: PositiveInt | None = None
    only: tuple[str, ...] = ()
    examples: PositiveInt | None = None
    candidates: PositiveInt | None = None
    each: tuple[tuple[str, PositiveInt], ...] = ()
    seed: NonNegativeInt | None = None

    @classmethod
    def of(
        cls,
        *,
        rounds: int | None = None,
        epochs: int | None = None,
        only: Collection[str] = (),
        quick: bool = False,
        seed: int | None = None,
    ) -> Overrides:
        """Returns what the arguments of `bakeoff.run` ask for.

        Raises:
            RunError: `rounds` or `epochs` is below 1, or `seed` below 0.
        """
        for name, number in (("rounds", rounds), ("epochs", epochs)):
            if isinstance(number, int) and number < 1:
                raise RunError(f"{name} is {number}; it must be 1 or more.")
        if isinstance(seed, int) and seed < 0:
            raise RunError(f"seed is {seed}; it must be 0 or more.")
        asked = {"rounds": rounds, "epochs": epochs, "only": tuple(only), "seed": seed}
        return (QUICK if quick else cls()).replace(
            **{k: v for k, v in asked.items() if v is not None}
        )

    def __str__(self) -> str:
        changes = {name.replace("_", " "): getattr(self, name) for name in type(self).model_fields}
        changes["only"] = ", ".join(self.only)
        rounds = {number for _, number in changes.pop("each")}
        seed = changes.pop("seed")
        parts = [f"{name} {value}" for name, value in changes.items() if value]
        parts += [] if seed is None else [f"seed {seed}"]
        if rounds:
            span = " to ".join(map(str, sorted({min(rounds), max(rounds)})))
            parts.append(f"{span} round{'' if rounds == {1} else 's'}, until decided")
        return ", ".join(parts)


QUICK = Overrides(rounds=1, most_epochs=3, examples=1000, candidates=4)
"""A look at a study in a minute or two: it shows that everything runs, and decides nothing."""


class Study(Spec):
    """A controlled comparison: variants that see the same data, round for round.

    Attributes:
        name: a short word for the command line.
        title: one line.
        source: who published it and where, if anyone did.
        searches: candidates to choose among, tried on tasks of their own.
        figures: the report's own, in its order and numbering.
        claims: what the report concludes, each with what settles it.
        assumptions: what the report leaves unsaid and how it was settled; shown in the report.
        seed: changes the data and the weights of all rounds.

    Example:
        >>> task = Classification(Table("iris.csv", target="species"), train=100, test=50)
        >>> def variant(name, *layers):
        ...     network = Network(*layers, Linear(3), Head("label"), input=(4,))
        ...     return Variant(name=name, model=network)
        >>> study = Study(
        ...     name="irises",
        ...     task=task,
        ...     rounds=10,
        ...     variants=(variant("linear"), variant("hidden", Linear(16), ReLU())),
        ...     claims=(Claim(id="1", quote="It helps.", test=Better("hidden", than="linear")),),
        ... )
        >>> study
        <Study irises: 2 variants, 10 rounds>
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    task: Task
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    rounds: PositiveInt = 10
    title: str = ""
    source: str = ""
    assumptions: tuple[str, ...] = ()
    seed: NonNegativeInt = 0
    searches: tuple[Search, ...] = ()
    figures: tuple[FigureSpec, ...] = ()
    claims: tuple[Claim, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _name_heads(cls, values: Any) -> Any:
        """Lets variants that name no head read that of the task's target."""
        task, variants = values.get("task"), values.get("variants")
        if not isinstance(task, Task) or not isinstance(variants, tuple):
            return values
        named = (v.on(task) if isinstance(v, Variant) else v for v in variants)
        return values | {"variants": tuple(named)}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        twice = [name for name, n in Counter(v.name for v in self.variants).items() if n > 1]
        if twice:
            raise ValueError(
                f"study {self.name!r} has two variants called {twice[0]!r}; rename one"
            )
        for variant in self.variants:
            _check_variant(variant, self.task)
            _check_published(variant, self.task)
        _check_metrics(self.task)
        again = [name for name, n in Counter(s.name for s in self.searches).items() if n > 1]
        if again:
            raise ValueError(
                f"study {self.name!r} has two searches called {again[0]!r}; rename one"
            )
        for search in self.searches:
            self._check_search(search)
            self._check_winner(search)
        check_figures(self.figures, self.variants, self.task)
        check_claims(self.claims, self.variants, self.searches, self.task)
        return self

    def __repr__(self) -> str:
        # The code that makes a study is as long as its file.
        variants, rounds = len(self.variants), self.rounds
        return (
            f"<Study {self.name}: {variants} variant{'s' * (variants != 1)}, "
            f"{rounds} round{'s' * (rounds != 1)}>"
        )

    __str__ = __repr__

    @property
    def metric(self) -> Metric:
        """The first of the task's metrics: what the study is about."""
        return self.task.metric

    def metric_of(self, quantity: Quantity) -> Metric:
        """Returns the metric of a quantity."""
        return metric_of(self.task, quantity.metric)

    def variant(self, name: str) -> Variant:
        """Returns the variant of a name.

        Raises:
            StudyError: there is none; the message gives the nearest.
        """
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise StudyError(
            f"{self.name}: {unknown('variant', name, (v.name for v in self.variants))}"
        )

    def _repr_html_(self) -> str:
        """Returns what a notebook shows."""
        # English begins above, and is asked for only here.
        return str(import_module("bakeoff.reporting.write").as_notebook(self))

    def on(self, dataset: Dataset) -> Study:
        """Returns the study with its tasks on other data."""
        searches = tuple(s.replace(task=s.task.with_data(dataset)) for s in self.searches)
        return self.replace(task=self.task.with_data(dataset), searches=searches)

    def identical(self) -> tuple[tuple[str, ...], ...]:
        """Returns the names of variants that are trained in the same way, each group of them.

        They are one trial in each round, so that no claim between them can be settled.
        """
        groups: dict[Variant, list[str]] = {}
        for variant in self.variants:
            groups.setdefault(variant.bare(), []).append(variant.name)
        return tuple(tuple(group) for group in groups.values() if len(group) > 1)

    @property
    def most_trials(self) -> int:
        """How many trials it has at most: what its searches choose may be declared too."""
        return (
            sum(self.rounds_of(variant) for variant in self.variants)
            + sum(search.number * search.rounds for search in self.searches)
            + sum(self.rounds for search in self.searches if search.rerun)
        )

    def rounds_of(self, variant: Variant) -> int:
        """Returns the number of rounds that a variant is trained for."""
        return min(self.rounds, variant.rounds or self.rounds)

    def overridden(self, by: Overrides) -> Study:
        """Returns the study with fewer rounds, epochs, variants or examples, as asked.

        Figures and claims keep what is left to show and to test.

        Raises:
            StudyError: `only` or `each` names a variant that the study does not have.
        """
        wanted = {self.variant(name).name for name in by.only}
        winners = {search.winner_name for search in self.searches}
        each = {
            name if name in winners else self.variant(name).name: number for name, number in by.each
        }
        variants = tuple(
            v.replace(
                recipe=v.recipe.within(by.epochs, by.most_epochs),
                rounds=each.get(v.name, v.rounds),
            )
            for v in self.variants
            if v.name in (each or wanted or {v.name})
        )
        task = self.task if by.examples is None else self.task.limited(by.examples)
        searches = tuple(search.limited(by) for search in self.searches if not wanted)
        return self.replace(
            variants=variants,
            rounds=max(each.values(), default=by.rounds or self.rounds),
            task=task,
            searches=searches,
            figures=shown_figures(self.figures, names(variants)),
            claims=testable_claims(self.claims, variants, searches, task),
            seed=self.seed if by.seed is None else by.seed,
        )

    def _check_winner(self, search: Search) -> None:
        for variant in self.variants:
            if variant.name == search.winner_name and not search.could_choose(variant):
                raise ValueError(
                    f"study {self.name!r} has a variant called {variant.name!r}, which is what the "
                    f"search {search.name!r} calls the variant that it chooses; rename one, or "
                    "give the search rerun=False"
                )

    def _check_search(self, search: Search) -> None:
        for candidate in search.tried:
            try:
                _check_variant(search.trained(candidate), search.task)
                if search.rerun and candidate.variant is not None:
                    _check_variant(candidate.variant, self.task)
            except ValueError as error:
                raise ValueError(f"search {search.name!r}, {candidate.label}: {error}") from None


def _check_variant(variant: Variant, task: Task) -> None:
    if isinstance(variant.model, Estimator):
        _check_estimator(variant.name, variant.model, task)
        return
    labels = task.labels
    for term in variant.losses:
        if term.target not in labels:
            raise ValueError(
                f"variant {variant.name!r} trains a head on the label {term.target!r}, which "
                f"{type(task).__name__} does not have{nearest(term.target, labels) or ';'}"
                f" it has {', '.join(labels)}"
            )
        kind = task.kind(term.target)
        if term.kind not in {None, kind}:
            raise ValueError(
                f"variant {variant.name!r}: {term!r} is for {term.kind}, and the label "
                f"{term.target!r} of {type(task).__name__} holds {kind}; give it a loss for "
                f"{kind}, {'SquaredError()' if kind == 'numbers' else 'CrossEntropy()'} say"
            )
    _check_recipe(variant, task)
    kind = task.kind(task.target)
    if variant.decision.kind != kind:
        raise ValueError(
            f"variant {variant.name!r}: {variant.decision!r} answers {variant.decision.kind}, and "
            f"the target {task.target!r} of {type(task).__name__} holds {kind}"
        )
    model = variant.model.model if isinstance(variant.model, Ensemble) else variant.model
    if isinstance(model, Network):
        _check_network(variant, model, task)
    else:
        canonical(model)  # Its fields hold what can be told by value.


def _check_recipe(variant: Variant, task: Task) -> None:
    recipe = variant.recipe
    steps = recipe.epoch_steps(task.sizes["train"])
    for split in recipe.evaluate:
        if split not in task.sizes:
            raise ValueError(
                f"variant {variant.name!r} is to be measured on {split} after each epoch, and "
                f"{type(task).__name__} draws {', '.join(task.sizes)} alone; leave {split} out of "
                "its recipe's evaluate, or let the task draw it"
            )
    schedules = [(phase.schedule, phase.epochs) for phase in recipe.before]
    schedules.append((recipe.schedule, recipe.epochs))
    for schedule, epochs in schedules:
        if reason := schedule.misfit(steps * epochs):
            raise ValueError(f"variant {variant.name!r} cannot use {schedule!r}: {reason}")
    for rule in recipe.rules:
        watched = rule.watched()
        if watched and (reason := curve_missing(watched.metric, watched.split, variant, task)):
            raise ValueError(f"variant {variant.name!r} goes by {rule!r}: {reason}")
    for each in (*recipe.augmentation, *(recipe.views.augmentation if recipe.views else ())):
        if reason := each.misfit(task, variant.losses):
            raise ValueError(f"variant {variant.name!r} cannot use {each!r}: {reason}")


def _check_published(variant: Variant, task: Task) -> None:
    """Refuses a published figure of a best epoch that the variant's trials do not have."""
    for each in variant.published:
        chosen = each.of.selection != "final"
        if chosen and (reason := quantity_missing(each.of, variant, task)):
            raise ValueError(f"variant {variant.name!r}: published {each.of!r}: {reason}")


def _check_metrics(task: Task) -> None:
    """Refuses a metric that was asked for and that no model can have, for want of classes."""
    for metric in task.metrics:
        if metric.kind != "classes" or metric.label or metric.least_classes <= 2:
            continue
        classes = task.labels[task.target][-1]
        if classes < metric.least_classes:
            raise ValueError(
                f"{type(task).__name__}.metrics: {metric!r} needs {metric.least_classes} classes "
                f"or more, and the label {task.target!r} has {classes}; leave it out"
            )


def _check_estimator(name: str, model: Estimator, task: Task) -> None:
    kind = task.kind(task.target)
    if model.kind not in {"", kind}:
        raise ValueError(
            f"variant {name!r}: {model!r} answers {model.kind}, and the target {task.target!r} of "
            f"{type(task).__name__} holds {kind}"
        )


def _check_network(variant: Variant, network: Network, task: Task) -> None:
    if network.input != task.input_shape:
        raise ValueError(
            f"variant {variant.name!r} takes inputs of shape {network.input}; "
            f"{type(task).__name__} gives {task.input_shape}"
        )
    try:
        check_shapes(
            network.heads,
            variant.losses,
            variant.decision,
            target=task.target,
            labels=task.labels,
        )
    except ModelError as error:
        raise ValueError(f"variant {variant.name!r}: {error}") from None


def names(variants: Collection[Variant]) -> list[str]:
    """Returns the variants' names, in order."""
    return [variant.name for variant in variants]
