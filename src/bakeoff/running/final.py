"""A trial trained for its model: the final network, beside the history that tells what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakeoff.data.splits import Scale
from bakeoff.data.transforms import Preprocessing
from bakeoff.models.estimator import Estimator
from bakeoff.running.worker import Site, answer, on_kept_data
from bakeoff.study.trial import Trial
from bakeoff.training.history import History

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bakeoff.training.workload import Workload


@dataclass(frozen=True)
class FinalModel:
    """What a trial ends with.

    Attributes:
        history: what it measured.
        weights: of the network that was measured, as safetensors; empty for an estimator, and
            where training diverged.
        graph: of an estimator, as ONNX.
        preprocessing: of the round's inputs; None where the task does not tell.
        scale: of its target.
        raw: the test split's inputs before preprocessing.
    """

    history: History
    weights: bytes = b""
    graph: bytes = b""
    preprocessing: Preprocessing | None = None
    scale: Scale | None = None
    raw: NDArray[np.generic] | None = None


def final_model(trial: Trial, site: Site) -> FinalModel:
    """Trains one trial on one thread, and keeps its model.

    Args:
        trial: the trial to train.
        site: the place for the state of a long trial.

    Raises:
        DataError: as `answer`.
        ModelError: as `answer`; or an estimator has no ONNX graph.
    """
    from bakeoff.inference.describe import raw_test
    from bakeoff.inference.folder import weights_file

    made: dict[str, Any] = {}

    def keep(workload: Workload, model: Any) -> None:
        data = workload.data
        # The function of a `FromFunction` is not imported here; what it returned is cached.
        task = on_kept_data(trial.task, trial.data)
        raw = raw_test(task, data)
        made.update(preprocessing=data.preprocessing, scale=data.scale, raw=raw)
        if isinstance(workload.model, Estimator):
            from bakeoff.inference.onnx import estimator_graph

            is_number = task.kind(workload.target) == "numbers"
            classes = 0 if is_number else workload.classes[workload.target][-1]
            made["graph"] = estimator_graph(
                model, data.preprocessing, made["raw"], classes=classes, scale=data.scale
            )
        else:
            made["weights"] = weights_file(model)

    history = answer(trial, site, keep)
    return FinalModel(history, **made)
