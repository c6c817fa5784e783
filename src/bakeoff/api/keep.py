"""The models of a run, kept in a folder beside its store."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from bakeoff.analysis.comparison import FINAL
from bakeoff.analysis.results import Results
from bakeoff.analysis.summary import summarise
from bakeoff.api.plan import Plan, read_results
from bakeoff.api.train import TrainedModel, trained
from bakeoff.data.tasks import folds_of
from bakeoff.errors import BakeoffError, ModelError
from bakeoff.inference.folder import read_description
from bakeoff.running.pool import WorkerPool
from bakeoff.running.store import Store
from bakeoff.study.study import names
from bakeoff.study.trial import Setup, Trial
from bakeoff.study.variant import Variant

Kept: TypeAlias = Literal["winner", "all"]


@dataclass(frozen=True)
class PassedOver:
    """A variant that is better than the winner, and the reason why it cannot be used alone."""

    reason: str


def unable(setup: Setup | Variant) -> str:
    """Returns why a model answers no single example; empty if it does."""
    if setup.recipe.evaluate_in_train_mode:
        return "it is measured in training mode, and answers no single example"
    if setup.decision.reads_batch:
        return "its decision reads the whole batch, and answers no single example"
    return ""


def ranking(results: Results) -> list[str]:
    """Returns the variants by their mean first metric at the end, the best first."""
    metric, folds = results.study.metric, folds_of(results.study.task)
    means = {
        name: mean
        for name, histories in results.histories.items()
        if (mean := summarise(histories, FINAL, folds=folds).mean) is not None
    }
    return sorted(means, key=lambda name: -metric.sign * means[name])


def winner(results: Results) -> tuple[str | None, dict[str, PassedOver]]:
    """Returns the best variant that answers single examples, and the better ones that do not.

    The winner is None before any variant has a figure, and if none of them can.
    """
    passed: dict[str, PassedOver] = {}
    for name in ranking(results):
        reason = unable(results.study.variant(name))
        if not reason:
            return name, passed
        passed[name] = PassedOver(reason)
    return None, passed


def trials_of(plan: Plan, results: Results, *, round: int | None = None) -> list[tuple[str, Trial]]:
    """Returns the trials of a run's variants, each with the variant's name.

    Args:
        plan: the study as it was run.
        results: of the plan, with what its searches chose.
        round: from 1; None for all rounds.
    """
    variants = names(results.study.variants)
    return [
        (name, trial)
        for name, trial in plan.named_trials(results.study)
        if name in variants and round in {None, trial.round + 1}
    ]


def keep(
    plans: Sequence[Plan], which: Kept, *, store: Path
) -> Iterator[tuple[str, TrainedModel | Path | BakeoffError | PassedOver]]:
    """Yields the model of each trial that is kept, with its label: variant and round.

    The winner is the best variant that can be used on single examples; better ones are told of.

    The trials are trained again for it, and compared with what is stored. A model that is in its
    folder already is a path; an error is that of one model, and the others are kept.

    Args:
        plans: the studies as they were run.
        which: the best variant's models, of all its rounds, or all variants'.
        store: the file of results; the folder is called after it, ``bakeoff.db.models``.
    """
    with Store.open(store) as opened, WorkerPool(1) as workers:
        for plan in plans:
            results = read_results(plan, opened)
            trials = trials_of(plan, results)
            if which == "winner":
                best, passed = winner(results)
                yield from ((f"{plan.name}: {name}", reason) for name, reason in passed.items())
                trials = [each for each in trials if each[0] == best]
            for (name, trial), model in kept(plan, trials, opened, workers):
                yield f"{plan.name}: {name}, round {trial.round + 1}", model


def kept(
    plan: Plan, trials: Iterable[tuple[str, Trial]], store: Store, workers: Executor
) -> Iterator[tuple[tuple[str, Trial], TrainedModel | Path | BakeoffError]]:
    """Yields the model of each trial of a plan, with the trial, as `keep` does.

    Args:
        plan: the study as it was run.
        trials: those to keep, each with its variant's name.
        store: open to write.
        workers: run the trials.
    """
    for name, trial in trials:
        folder = folder_of(store.path, plan.declared.name, name, trial)
        model: TrainedModel | Path | BakeoffError = folder
        if not is_kept(folder, trial):
            try:
                model = trained(plan, name, trial, folder, store, workers, onnx=False)
            except BakeoffError as error:
                model = error
        yield (name, trial), model


def folder_of(store: Path, study: str, variant: str, trial: Trial) -> Path:
    """Returns the folder of a trial's model, beside a store."""
    short = re.sub(r"[^a-z0-9]+", "-", variant.lower()).strip("-")[:60]
    place = store.with_name(f"{store.name}.models") / re.sub(r"[^\w.-]+", "-", study)
    return place / f"{short}-round-{trial.round + 1}-{trial.key()[:8]}"


def is_kept(folder: Path, trial: Trial) -> bool:
    """Whether a folder holds a trial's model."""
    try:
        return read_description(folder, graph_only=True).origin.key == trial.key()
    except ModelError:
        return False
