"""Trials: one variant in one round, with a key made of everything that can change its result."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from bakeoff.data.task import Task
from bakeoff.models.network import ModelSpec
from bakeoff.spec import Json, NonNegativeInt, Spec, canonical, digest
from bakeoff.study.search import Candidate, Search
from bakeoff.study.sources import home, sources
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training.decision import Decision
from bakeoff.training.objective import Objective
from bakeoff.training.optimizers import Optimizer
from bakeoff.training.recipe import Recipe
from bakeoff.training.workload import stream_seed

RESULTS_VERSION = 4
"""Raised whenever a change to this package changes any trial's numbers: old trials then count
as answers to another question, and are trained anew."""

Device = Literal["cpu", "cuda"]


class Setup(Spec):
    """What of a variant is trained: all but its name and what is said about it."""

    model: ModelSpec
    objective: Objective
    decision: Decision
    optimizer: Optimizer
    recipe: Recipe

    @classmethod
    def of(cls, variant: Variant) -> Setup:
        """Returns the setup of a variant."""
        whole = variant.bare()
        return cls(**{name: getattr(whole, name) for name in cls.model_fields})


class Trial(Spec):
    """One variant in one round: the unit that runs and is stored.

    The round's data is seeded by `seed` and `round`, the weights by these and the model, so that
    rivals see the same pairs, and the same setup asked for by two studies is one trial.
    """

    task: Task
    setup: Setup
    round: NonNegativeInt
    seed: NonNegativeInt
    data: str
    device: Device = "cpu"

    def described(self) -> dict[str, Json]:
        """Returns everything that can change the result, as JSON: what the key is the hash of."""
        shared = _shared(self)
        return self._described(shared, sources(self))

    def _described(self, shared: Mapping[str, Json], code: Mapping[str, Json]) -> dict[str, Json]:
        own: dict[str, Json] = {
            name: getattr(self, name) for name in ("round", "seed", "data", "device")
        }
        return {
            "trial": {"type": "Trial", **shared, **own},
            "sources": dict(code),
            "results_version": RESULTS_VERSION,
        }

    def key(self) -> str:
        """Returns the SHA-256 of the description, as 64 hexadecimal digits."""
        return digest(self.described())

    def weight_seed(self) -> int:
        """Returns the seed of initial weights, below 2**63: of study seed, round and model alone.

        Variants that share a model start from the same weights, whatever else tells them apart.
        """
        return self._stream("weights", digest(canonical(self.setup.model, defaults=False)))

    def noise_seed(self) -> int:
        """Returns the seed of dropout, and of what else a network draws as it trains, below 2**63.

        It is of study seed and round alone, and a stream apart from that of the weights.
        """
        return self._stream("noise")

    def _stream(self, *names: str) -> int:
        return stream_seed((self.seed, self.round, *names))

    def multiply_adds(self) -> int | None:
        """Returns the estimated multiply-accumulates of the whole trial, None where unknown.

        A training step counts three forward passes: one forward, two backward.
        """
        forward, recipe = self.setup.model.multiply_adds(), self.setup.recipe
        if forward is None:
            return None
        sizes = self.task.sizes
        by_epoch, at_end = (
            sum(sizes.get(name, 0) for name in splits)
            for splits in (recipe.evaluated, recipe.evaluated_at_end)
        )
        # The pass at the end stands for that of the last epoch.
        evaluated = by_epoch * (recipe.all_epochs - 1) + at_end
        views = recipe.views.number - 1 if recipe.views else 0
        return forward * (3 * sizes["train"] * recipe.all_epochs + evaluated + at_end * views)


def _shared(trial: Trial) -> dict[str, Json]:
    """Returns what trials of one variant have in common, without fields at their default.

    A later version may add fields: what it does by default is what was done before.
    """
    return {name: canonical(getattr(trial, name), defaults=False) for name in ("task", "setup")}


def trials(study: Study, *, data: str, device: Device = "cpu") -> list[tuple[Variant, Trial]]:
    """Returns the trials of the study's variants with the variant of each, round by round.

    Args:
        study: as declared, or shortened.
        data: the digest of the task's data.
        device: where the trials run.
    """
    setups = {variant.name: Setup.of(variant) for variant in study.variants}
    return [
        (
            variant,
            Trial(
                task=study.task,
                setup=setups[variant.name],
                round=number,
                seed=study.seed,
                data=data,
                device=device,
            ),
        )
        for number in range(study.rounds)
        for variant in study.variants
        if number < study.rounds_of(variant)
    ]


def search_trials(
    study: Study, search: Search, *, data: str, device: Device = "cpu"
) -> list[tuple[Candidate, Trial]]:
    """Returns the trials of one of the study's searches with the candidate of each.

    Args:
        study: whose seed the trials take.
        search: one of its searches.
        data: the digest of the task's data.
        device: where the trials run.
    """
    setups = [Setup.of(search.trained(candidate)) for candidate in search.tried]
    return [
        (
            candidate,
            Trial(
                task=search.task,
                setup=setup,
                round=number,
                seed=study.seed,
                data=data,
                device=device,
            ),
        )
        for number in range(search.rounds)
        for candidate, setup in zip(search.tried, setups, strict=True)
    ]


def keys(all_trials: Iterable[Trial]) -> list[str]:
    """Returns the key of each trial, as `Trial.key` does.

    What the trials of a variant share, the user's code above all, is traced once for all of them.
    """
    traced: dict[tuple[int, int], tuple[Mapping[str, Json], Mapping[str, Json]]] = {}
    all_trials = list(all_trials)
    keys = []
    for trial in all_trials:
        place = id(trial.task), id(trial.setup)
        if place not in traced:
            shared = _shared(trial)
            traced[place] = shared, sources(trial)
        keys.append(digest(trial._described(*traced[place])))
    return keys


def homes(all_trials: Mapping[str, Trial]) -> dict[str, str]:
    """Returns the folder of the user's code that each trial depends on, for those that do."""
    known: dict[tuple[int, int], str | None] = {}
    folders = {}
    for key, trial in all_trials.items():
        place = id(trial.task), id(trial.setup)
        if place not in known:
            known[place] = home(trial)
        folder = known[place]
        if folder is not None:
            folders[key] = folder
    return folders


def distinct(all_trials: Iterable[Trial]) -> dict[str, Trial]:
    """Returns the trials by key, each once, in order of first appearance."""
    all_trials = list(all_trials)
    trials: dict[str, Trial] = {}
    for key, trial in zip(keys(all_trials), all_trials, strict=True):
        trials.setdefault(key, trial)
    return trials
