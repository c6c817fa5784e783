"""The cost of using a variant's model, measured by a worker, apart from training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bakeoff.inference.use_cost import UseCost, estimator_cost, network_cost
from bakeoff.models.ensemble import Ensemble
from bakeoff.models.estimator import Estimator
from bakeoff.running.worker import Site, answer, drawn, taking_turns
from bakeoff.spec import canonical, digest
from bakeoff.study.sources import sources
from bakeoff.study.trial import Trial
from bakeoff.training.recipe import Recipe

if TYPE_CHECKING:
    from bakeoff.data.splits import RoundData
    from bakeoff.training.workload import Workload

_VERSION = 1
"""Raised when models are used, or their use is measured, in another way."""


def use_key(trial: Trial) -> str:
    """Returns the digest of what the cost of using a trial's model depends on.

    Optimizer, epochs and seeds are not among it, so that variants that differ in nothing else
    share one measurement.
    """
    setup, recipe = trial.setup, trial.setup.recipe
    used = Recipe(
        epochs=1,
        views=recipe.views,
        precision=recipe.precision,
        evaluate_in_train_mode=recipe.evaluate_in_train_mode,
    )
    averages = recipe.views is not None or isinstance(setup.model, Ensemble)
    parts = (trial.task, setup.model, setup.decision, used, setup.objective if averages else None)
    return digest(
        {
            "use": [None if part is None else canonical(part, defaults=False) for part in parts],
            "data": trial.data,
            "sources": sources(trial),
            "version": _VERSION,
        }
    )


def use_cost(trial: Trial, site: Site) -> UseCost:  # noqa: ARG001
    """Returns the cost of using a trial's model on one thread of a CPU; workers call it.

    A network has fresh weights, whose values change no time. An estimator is fitted.

    Raises:
        DataError: the data is not that of the trial.
        ModelError: the model cannot be built, or fitted.
    """
    from bakeoff.inference.describe import description_of, raw_test
    from bakeoff.inference.predictor import Predictor
    from bakeoff.training.network import built, seeded

    task, setup = trial.task, trial.setup
    if isinstance(setup.model, Estimator):
        fitted: list[tuple[RoundData, Any]] = []

        def keep(workload: Workload, model: Any) -> None:
            fitted.append((workload.data, model))

        answer(trial, Site(), keep)
        with taking_turns():
            ((data, model),) = fitted
            return estimator_cost(model, data.preprocessing, raw_test(task, data))
    with taking_turns():
        _, data = drawn(task, trial.data, trial.seed, trial.round)
        description = description_of(
            trial,
            study="",
            variant="",
            shortened="",
            preprocessing=data.preprocessing,
            scale=data.scale,
        )
        with seeded(trial.weight_seed()):
            net = built(setup.model, task.input_shape, "cpu")
            return network_cost(Predictor(description, net), raw_test(task, data))
