"""How long and in what portions a variant is trained."""

from __future__ import annotations

from typing import Any, Literal, Self, TypeAlias

from pydantic import Field, field_validator, model_validator

from bakeoff.spec import PositiveFloat, PositiveInt, Spec
from bakeoff.training.augmentation import Augmentation, Mixup, Views
from bakeoff.training.averaging import Averaging
from bakeoff.training.history import SPLITS, SplitName
from bakeoff.training.objective import Loss, Objective
from bakeoff.training.optimizers import Optimizer
from bakeoff.training.schedules import Constant, Schedule
from bakeoff.training.stopping import Stopping

Precision: TypeAlias = Literal["float32", "bfloat16"]


class Phase(Spec):
    """Epochs of training with losses of their own, before the variant's own objective.

    Attributes:
        objective: what it minimises; a single loss may stand for it.
        epochs: passes over the training split.
        optimizer: begins anew; None for one like the variant's.
        schedule: over the steps of the phase.

    Example:
        >>> from bakeoff import CrossEntropy
        >>> digits = Phase(CrossEntropy("digits"), epochs=20)
        >>> Recipe(epochs=10, before=(digits,)).all_epochs
        30
    """

    objective: Objective = Field(kw_only=False)
    epochs: PositiveInt
    optimizer: Optimizer | None = None
    schedule: Schedule = Constant()

    @field_validator("objective", mode="before")
    @classmethod
    def _of_one_loss(cls, given: Any) -> Any:
        return Objective(given) if isinstance(given, Loss) else given


class Recipe(Spec):
    """Epochs, batches, rates and kernels, and two habits of code that change what is measured.

    Attributes:
        epochs: passes over the training split; at most so many where it stops early.
        batch: examples per step; the last batch of an epoch may be smaller.
        shuffle: draw a new order in every epoch, the same for all variants of a round.
        train_mode_epochs: after so many epochs the network stays in evaluation mode while it
            trains, as in code that calls ``model.train()`` once: batch norm keeps the statistics
            gathered till then, dropout ends. None, the right way, never.
        evaluate_in_train_mode: measure with dropout on and batch norm on the statistics of the
            batch, as in code that never calls ``model.eval()``.
        fused: on CPUs, batch norm, ReLU and max-pooling that follow each other are one compiled
            operation; False leaves them to torch. Results differ by rounding.
        precision: ``bfloat16`` lets torch's autocast do convolutions and matrix products in it;
            weights, gradients and losses stay float32. It takes a quarter less time on processors
            that have it, and about ten times as long on those that do not, for example without
            AVX-512 (``docs/performance.md``).
        record: ``iterations`` keeps the loss and the error of every training batch, measured on
            it in training mode before its step, as the curves of a split named ``batch``; the
            training split is then not measured at the end unless `evaluate` names it, which would
            cost as much again as a third of an epoch's training.
        evaluate: the splits that are measured after each epoch, ``("validation", "test")`` say, or
            ``()``; what stopping and schedules go by is measured in any case, and at the end all
            are. Each costs a pass. Unless it names ``train``, the curve of training is the mean
            over the epoch's batches while they train, augmented and with dropout, and free.
        schedule: what the optimizer's learning rate is multiplied by, step by step, over all
            epochs however many they are: `Cosine`, `OneCycle`, `StepDecay`, `Warmup`,
            `ReduceOnPlateau`.
        clip: the longest that the gradient may be, all parameters and penalties taken together (the
            L2 norm), of an ensemble those of each member; a longer one is shortened to it before
            the step. None for any length.
        stopping: when training ends early, by what validation says, and the best weights are
            restored: `Patience`. None for never; the last weights are then the final ones.
        augmentation: what is done to the examples of a batch before each step, in order: `Affine`,
            `Elastic`, `Crop`, `Flip`, `Gamma`, `Erasing`, `Mixup`, `SwapImages`.
        averaging: of weights; what is measured is then the average: `EMA`, `SWA`.
        views: of each example that the final answers are the mean of; None for the example alone.
        before: what is trained first, in order, with other losses: the recipe's `epochs` come
            after it. The rest of the recipe holds for all; stopping and averaging begin after it.

    Example:
        >>> from bakeoff import Affine, Cosine, EMA
        >>> Recipe(epochs=30, batch=64, schedule=Cosine(final=0.01))
        Recipe(epochs=30, batch=64, schedule=Cosine(final=0.01))
        >>> moved = Recipe(epochs=30, augmentation=(Affine(rotation=10),), averaging=EMA())
        >>> sorted(moved.extras())
        ['augmentation', 'averaging']
    """

    epochs: PositiveInt
    batch: PositiveInt = 100
    shuffle: bool = True
    train_mode_epochs: PositiveInt | None = None
    evaluate_in_train_mode: bool = False
    fused: bool = True
    precision: Precision = "float32"
    record: Literal["epochs", "iterations"] = "epochs"
    evaluate: tuple[SplitName, ...] = ("test",)
    schedule: Schedule = Constant()
    clip: PositiveFloat | None = None
    stopping: Stopping | None = None
    augmentation: tuple[Augmentation, ...] = ()
    averaging: Averaging | None = None
    views: Views | None = None
    before: tuple[Phase, ...] = ()

    @field_validator("evaluate", mode="before")
    @classmethod
    def _of_splits(cls, given: Any) -> Any:
        if not isinstance(given, tuple) or any(split not in SPLITS for split in given):
            raise ValueError(
                f"given {given!r}; it must be a tuple of splits, ('validation', 'test') say, or () "
                f"to measure after the last epoch alone; splits are {', '.join(SPLITS)}"
            )
        return tuple(split for split in SPLITS if split in given)

    @model_validator(mode="after")
    def _records_what_is_right(self) -> Self:
        mixed = [each for each in self.augmentation if isinstance(each, Mixup)]
        if len(mixed) > 1:
            raise ValueError(
                f"Recipe.augmentation: given {mixed[0]!r} and {mixed[1]!r}; examples can be mixed "
                "once alone"
            )
        if mixed and self.record == "iterations":
            raise ValueError(
                f"Recipe: record='iterations' measures each training batch, and {mixed[0]!r} "
                "leaves no answer to it that is right; record epochs"
            )
        for each in self.views.augmentation if self.views else ():
            if each.changes_labels:
                raise ValueError(
                    f"Recipe.views: given {each!r}, which changes what is right; a view must show "
                    "what has the same answer"
                )
        return self

    @property
    def all_epochs(self) -> int:
        """Its epochs, with those before."""
        return self.epochs + sum(phase.epochs for phase in self.before)

    @property
    def rules(self) -> tuple[Stopping | Schedule, ...]:
        """What may go by a curve: schedules, those before first, and the rule of stopping."""
        schedules = (*(phase.schedule for phase in self.before), self.schedule)
        return schedules if self.stopping is None else (self.stopping, *schedules)

    @property
    def evaluated(self) -> tuple[SplitName, ...]:
        """The splits that are measured after each epoch: those asked for, those gone by."""
        watched = (rule.watched() for rule in self.rules)
        asked = {*self.evaluate, *(each.split for each in watched if each is not None)}
        return tuple(split for split in SPLITS if split in asked)

    @property
    def evaluated_at_end(self) -> tuple[SplitName, ...]:
        """The splits that are measured on the final network."""
        if self.record == "epochs":
            return SPLITS
        return tuple(split for split in SPLITS if split != "train" or split in self.evaluated)

    def lasting(self, epochs: int) -> Recipe:
        """Returns the recipe with other epochs; what comes before shrinks or grows alike."""
        return self.scaled(epochs / self.epochs)

    def scaled(self, share: float) -> Recipe:
        """Returns the recipe with a share of the epochs, and of those before; 1 or more of each."""

        def epochs(part: Recipe | Phase) -> int:
            return max(1, round(part.epochs * share))

        before = tuple(phase.replace(epochs=epochs(phase)) for phase in self.before)
        return self.replace(epochs=epochs(self), before=before)

    def epoch_steps(self, examples: int) -> int:
        """Returns the steps of an epoch; a last batch of one example joins the one before it."""
        full, rest = divmod(examples, self.batch)
        return full + (rest > (full > 0))

    def within(self, epochs: int | None, most: int | None) -> Recipe:
        """Returns the recipe with other epochs, and at most so many with those before.

        None leaves them as they are.
        """
        recipe = self.lasting(epochs or self.epochs)
        return recipe.scaled(min(1, (most or recipe.all_epochs) / recipe.all_epochs))

    def extras(self) -> dict[str, object]:
        """Returns what it asks for beside epochs and batches, by field: what only networks have."""
        fields = type(self).model_fields
        names = ("schedule", "clip", "stopping", "augmentation", "averaging", "views", "before")
        return {
            name: value for name in names if (value := getattr(self, name)) != fields[name].default
        }
