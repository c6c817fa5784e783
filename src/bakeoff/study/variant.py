"""Variants: one row of a table each, a network and how it is trained."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from bakeoff.errors import nearest
from bakeoff.models.network import ModelSpec
from bakeoff.spec import PositiveInt, Spec
from bakeoff.study.published import Published
from bakeoff.training.decision import Decision, LargestLogit
from bakeoff.training.objective import CrossEntropy, Objective
from bakeoff.training.optimizers import Adam, Optimizer
from bakeoff.training.recipe import Recipe


class Variant(Spec):
    """One row of a table: a network, and how it is trained.

    The defaults suit a model with one head: cross-entropy on it against the task's target, its
    largest logit as the answer, Adam at 1e-3, 25 epochs.

    Attributes:
        name: what the row is called.
        rounds: at most so many of the study's rounds, for what takes long to train.
        published: what a report says of it, if any does.
        note: a sentence that the report prints under the table.
    """

    name: Annotated[str, Field(min_length=1)]
    model: ModelSpec
    objective: Objective = Objective(CrossEntropy())
    decision: Decision = LargestLogit()
    optimizer: Optimizer = Adam(lr=1e-3)
    recipe: Recipe = Recipe(epochs=25)
    rounds: PositiveInt | None = None
    published: tuple[Published, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _heads_exist(self) -> Self:
        known = self.model.head_names()
        if known is not None:
            for head in (*(term.head for term in self.objective.losses()), self.decision.head):
                if head and head not in known:
                    raise ValueError(
                        f"variant {self.name!r} reads the head {head!r}, which its model does not "
                        f"name{nearest(head, known) or ';'} it names {', '.join(sorted(known))}"
                    )
        return self

    def on(self, target: str) -> Variant:
        """Return the variant with a head where none is named.

        That is the only head that its model names, or one of the task's target's name.
        """
        heads = self.model.head_names() or ()
        head = next(iter(heads)) if len(heads) == 1 else target
        named = self.objective.on(head, target=target), self.decision.on(head)
        if named == (self.objective, self.decision):
            return self
        return self.replace(objective=named[0], decision=named[1])

    def bare(self) -> Variant:
        """Return what is trained, without what is only said of it."""
        return self.replace(name="-", rounds=None, published=(), note="")
