"""Studies and variants: what is compared, on what, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bakeoff.data.task import Task
from bakeoff.errors import StudyError, nearest, unknown
from bakeoff.models.network import ModelSpec, Network
from bakeoff.spec import NonNegativeInt, PositiveInt, Spec
from bakeoff.study.published import Published
from bakeoff.training.decision import Decision, LargestLogit
from bakeoff.training.objective import CrossEntropy, Objective
from bakeoff.training.optimizers import Adam, Optimizer
from bakeoff.training.recipe import Recipe


class Variant(Spec):
    """One row of a table: a network, and how it is trained.

    The defaults suit a model with one head, ``comparison``: cross-entropy on it, its largest
    logit as the answer, Adam at 1e-3, 25 epochs.

    Attributes:
        name: what the row is called.
        published: what a report says of it, if any does.
        note: a sentence that the report prints under the table.
    """

    name: Annotated[str, Field(min_length=1)]
    model: ModelSpec
    objective: Objective = Objective(CrossEntropy("comparison"))
    decision: Decision = LargestLogit("comparison")
    optimizer: Optimizer = Adam(lr=1e-3)
    recipe: Recipe = Recipe(epochs=25)
    published: tuple[Published, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _heads_exist(self) -> Self:
        known = self.model.head_names()
        if known is not None:
            for head in (*(term.head for term in self.objective.losses()), self.decision.head):
                if head not in known:
                    raise ValueError(
                        f"variant {self.name!r} reads the head {head!r}, which its model does not "
                        f"name{nearest(head, known) or ';'} it names {', '.join(sorted(known))}"
                    )
        return self


class Shortening(Spec):
    """What a run changes of a study as declared; the defaults change nothing."""

    rounds: PositiveInt | None = None
    epochs: PositiveInt | None = None
    only: tuple[str, ...] = ()

    def __str__(self) -> str:
        changes = {"rounds": self.rounds, "epochs": self.epochs, "only": ", ".join(self.only)}
        return ", ".join(f"{name} {value}" for name, value in changes.items() if value)


class Study(Spec):
    """A controlled comparison: variants that see the same data, round for round.

    Attributes:
        name: a short word for the command line.
        title: one line.
        source: who published it and where, if anyone did.
        assumptions: what the report leaves unsaid and how it was settled; shown in the report.
        measure: whether tables speak of errors or of accuracy.
        seed: changes the data and the weights of all rounds.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    task: Task
    variants: Annotated[tuple[Variant, ...], Field(min_length=1)]
    rounds: PositiveInt = 10
    title: str = ""
    source: str = ""
    assumptions: tuple[str, ...] = ()
    measure: Literal["error", "accuracy"] = "error"
    seed: NonNegativeInt = 0

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        twice = [name for name, n in Counter(v.name for v in self.variants).items() if n > 1]
        if twice:
            raise ValueError(f"study {self.name!r} has two variants called {twice[0]!r}")
        for variant in self.variants:
            self._check_variant(variant)
        return self

    def variant(self, name: str) -> Variant:
        """Return the variant of a name.

        Raises:
            StudyError: there is none; the message gives the nearest.
        """
        for variant in self.variants:
            if variant.name == name:
                return variant
        raise StudyError(
            f"{self.name}: {unknown('variant', name, (v.name for v in self.variants))}"
        )

    def shortened(self, by: Shortening) -> Study:
        """Return the study with fewer rounds, epochs or variants, as asked.

        Raises:
            StudyError: `only` names a variant that the study does not have.
        """
        wanted = {self.variant(name).name for name in by.only}
        variants = tuple(v for v in self.variants if not wanted or v.name in wanted)
        if by.epochs is not None:
            variants = tuple(v.replace(recipe=v.recipe.replace(epochs=by.epochs)) for v in variants)
        return self.replace(variants=variants, rounds=by.rounds or self.rounds)

    def _check_variant(self, variant: Variant) -> None:
        labels = self.task.labels
        for term in variant.objective.losses():
            if term.target not in labels:
                raise ValueError(
                    f"variant {variant.name!r} trains a head on the label {term.target!r}, which "
                    f"{type(self.task).__name__} does not have{nearest(term.target, labels) or ';'}"
                    f" it has {', '.join(labels)}"
                )
        if isinstance(variant.model, Network):
            self._check_network(variant, variant.model)

    def _check_network(self, variant: Variant, network: Network) -> None:
        if network.input != self.task.input_shape:
            raise ValueError(
                f"variant {variant.name!r} takes inputs of shape {network.input}; "
                f"{type(self.task).__name__} gives {self.task.input_shape}"
            )
        for term in variant.objective.losses():
            shape, needed = network.heads[term.head], self.task.labels[term.target]
            if shape != needed:
                raise ValueError(
                    f"variant {variant.name!r}: the head {term.head!r} has shape {shape}; "
                    f"the label {term.target!r} needs {needed}"
                )


def names(variants: Collection[Variant]) -> list[str]:
    """Return the variants' names, in order."""
    return [variant.name for variant in variants]
