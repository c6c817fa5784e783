"""Variants: one row of a table each, a network and how it is trained."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from bakeoff.data.task import Task
from bakeoff.errors import nearest
from bakeoff.models.network import ModelSpec
from bakeoff.spec import PositiveInt, Spec
from bakeoff.study.published import Published
from bakeoff.training.decision import Decision, LargestLogit, UsualDecision, Value
from bakeoff.training.objective import Loss, Objective, UsualLoss
from bakeoff.training.optimizers import Adam, Optimizer
from bakeoff.training.recipe import Recipe


class Variant(Spec):
    """One row of a table: a network, and how it is trained.

    The defaults suit a model with one head: cross-entropy on it against the task's target and its
    largest logit as the answer, or, where the target is a number, squared error and the output
    itself; Adam at 1e-3, 25 epochs.

    Attributes:
        name: what the row is called.
        objective: what training minimises; a single loss may stand for it.
        decision: how heads become an answer; by default as the loss of the head is usually read.
        rounds: at most so many of the study's rounds, for what takes long to train.
        published: what a report says of it, if any does.
        note: a sentence that the report prints under the table.

    Example:
        >>> network = Network(Linear(16), ReLU(), Linear(3), Head("label"), input=(4,))
        >>> wide = Variant(name="wide", model=network, recipe=Recipe(epochs=30))
        >>> wide.replace(name="slow", optimizer=Adam(lr=0.001)).optimizer
        Adam(lr=0.001)
    """

    name: Annotated[str, Field(min_length=1)]
    model: ModelSpec
    objective: Objective = Objective(UsualLoss())
    decision: Decision = UsualDecision()
    optimizer: Optimizer = Adam(lr=1e-3)
    recipe: Recipe = Recipe(epochs=25)
    rounds: PositiveInt | None = None
    published: tuple[Published, ...] = ()
    note: str = ""

    @field_validator("objective", mode="before")
    @classmethod
    def _of_one_loss(cls, value: Any) -> Any:
        return Objective(value) if isinstance(value, Loss) else value

    @model_validator(mode="after")
    def _is_trained_once(self) -> Self:
        if self.model.trains_itself:
            for name in ("objective", "decision", "optimizer"):
                if getattr(self, name) != type(self).model_fields[name].default:
                    raise ValueError(
                        f"variant {self.name!r}: {self.model!r} trains itself; {name} is for "
                        "networks"
                    )
            for name in self.recipe.extras():
                raise ValueError(
                    f"variant {self.name!r}: {self.model!r} trains itself; the recipe's {name} is "
                    "for networks"
                )
        return self

    @model_validator(mode="after")
    def _heads_exist(self) -> Self:
        known = self.model.head_names()
        if known is not None:
            for head in (*(term.head for term in self.losses), self.decision.head):
                if head and head not in known:
                    raise ValueError(
                        f"variant {self.name!r} reads the head {head!r}, which its model does not "
                        f"name{nearest(head, known) or ';'} it names {', '.join(sorted(known))}"
                    )
        return self

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The losses of the objective, then those of the phases before it."""
        phases = (phase.objective for phase in self.recipe.before)
        return tuple(term for each in (self.objective, *phases) for term in each.losses())

    def on(self, task: Task) -> Variant:
        """Returns the variant with what it leaves to the task: heads, a loss, a decision.

        The head is the only one that its model names, or one of the target's name.
        """
        if self.model.trains_itself:
            return self
        heads, target = self.model.head_names() or (), task.target
        kind = task.kind(target)
        head = next(iter(heads)) if len(heads) == 1 else target
        objective = self.objective.on(head, target=target, kind=kind)
        recipe = self.recipe.replace(
            before=tuple(
                phase.replace(objective=phase.objective.on(head, target=target, kind=kind))
                for phase in self.recipe.before
            )
        )
        decision = self.decision.on(head)
        if isinstance(decision, UsualDecision):
            terms = (term for term in objective.losses() if term.head == decision.head)
            usual = next((usual for term in terms if (usual := term.decision()) is not None), None)
            other = Value(decision.head) if kind == "numbers" else LargestLogit(decision.head)
            decision = other if usual is None else usual
        if (objective, decision, recipe) == (self.objective, self.decision, self.recipe):
            return self
        return self.replace(objective=objective, decision=decision, recipe=recipe)

    def bare(self) -> Variant:
        """Returns what is trained, without what is only said of it."""
        if self.model.trains_itself:
            return Variant(name="-", model=self.model)
        return self.replace(name="-", rounds=None, published=(), note="")
