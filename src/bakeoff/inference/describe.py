"""The description of a trial's model, and what its test examples are before preprocessing."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from bakeoff.data.dataset import Cached
from bakeoff.data.idx_datasets import MNIST
from bakeoff.data.image_folder import ImageFolder
from bakeoff.data.splits import RoundData, Scale
from bakeoff.data.supervised import Supervised, gathered
from bakeoff.data.table import Table
from bakeoff.data.tasks import DigitPairs, DrawnTask
from bakeoff.data.truth import drawn_task
from bakeoff.inference.description import Description, Inputs, Origin, TableColumn, Unit
from bakeoff.inference.ground import ground_of
from bakeoff.models.ensemble import Ensemble
from bakeoff.spec import is_ours
from bakeoff.training.evaluate import DIGITS, head_on
from bakeoff.training.workload import stream_seed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bakeoff.data.dataset import Dataset
    from bakeoff.data.task import Task
    from bakeoff.data.transforms import Preprocessing
    from bakeoff.study.trial import Trial

_EDGES = 1000
"""Training images whose edges are looked at."""


def description_of(
    trial: Trial,
    *,
    study: str,
    variant: str,
    shortened: str,
    preprocessing: Preprocessing | None,
    scale: Scale | None,
) -> Description:
    """Returns the description of a trial's model.

    Args:
        trial: the trial.
        study: the name of its study.
        variant: the name of its variant.
        shortened: how the run differs from the study as declared.
        preprocessing: as its round's was fitted.
        scale: likewise, of the target.
    """
    task, setup = trial.task, trial.setup
    dealt = drawn_task(task)
    network = None if setup.model.trains_itself else setup
    recipe = setup.recipe
    averages = recipe.views is not None or isinstance(setup.model, Ensemble)
    head = head_on(DIGITS, setup.objective, setup.decision) if network else ""
    return Description(
        origin=Origin(
            study=study,
            variant=variant,
            round=trial.round + 1,
            shortened=shortened,
            key=trial.key(),
            seed=trial.seed,
            task=_portable(task, trial.data),
            versions=(
                *(("bakeoff", version("bakeoff")), ("torch", version("torch"))),
                *(("numpy", version("numpy")), ("python", platform.python_version())),
            ),
        ),
        inputs=inputs_of(task, known=preprocessing is not None),
        preprocessing=preprocessing,
        model=setup.model if network else None,
        code=repr(setup.model),
        target=task.target,
        decision=setup.decision if network else None,
        losses=tuple(term for term in setup.objective.losses()) if network and averages else (),
        precision=recipe.precision,
        views=recipe.views if network else None,
        view_seeds=tuple(
            tuple(
                stream_seed((trial.seed, trial.round, "views", "test", number, place))
                for place, _ in enumerate(recipe.views.augmentation)
            )
            for number in range(1, recipe.views.number)
        )
        if recipe.views is not None
        else (),
        train_mode=recipe.evaluate_in_train_mode,
        unit=None if scale is None else Unit(mean=_numbers(scale.mean), sd=_numbers(scale.sd)),
        classes=task.class_names(),
        digits_head=head,
        digits=dealt.dataset.load().classes if isinstance(dealt, DigitPairs) and head else (),
    )


def _numbers(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(map(float, np.atleast_1d(values)))


def _portable(task: Task, data: str) -> Task | None:
    """Returns the task on data that is known by its digest; None for one of the user's own."""
    if not is_ours(task.with_data(MNIST())):
        return None
    dealt = drawn_task(task)
    is_packaged = isinstance(getattr(dealt, "dataset", None), MNIST)
    return task if is_packaged or not data else task.with_data(Cached(data))


def inputs_of(task: Task, *, known: bool) -> Inputs:
    """Returns what an example of a task is before preprocessing.

    Args:
        task: what is asked.
        known: whether its preprocessing is.
    """
    dealt = drawn_task(task)
    if not known or not isinstance(dealt, DrawnTask | Supervised):
        return Inputs(shape=task.input_shape, kind="ready", images=task.images)
    dataset: Dataset = dealt.dataset
    examples = dataset.load()
    pixels = examples.train.inputs
    is_bytes = pixels.dtype == np.uint8 and pixels.ndim == 4
    shape = examples.shape
    if isinstance(dealt, DrawnTask):
        shape = (dealt.images, *shape[1:])
    columns: tuple[TableColumn, ...] = ()
    if isinstance(dataset, Table):
        columns = tuple(
            TableColumn(name=name, categories=categories) for name, categories in dataset.columns()
        )
    return Inputs(
        shape=shape,
        kind="bytes" if is_bytes else "numbers",
        images=task.images,
        ground=ground_of(pixels[:_EDGES]) if is_bytes and pixels.shape[1] == 1 else "",
        keeps_sides=not isinstance(dataset, ImageFolder),
        columns=columns,
    )


def raw_test(task: Task, data: RoundData) -> NDArray[np.generic]:
    """Returns the test split's inputs before preprocessing, as `inputs_of` says.

    Args:
        task: what is asked.
        data: a round of it.
    """
    dealt = drawn_task(task)
    if data.preprocessing is None or not isinstance(dealt, DrawnTask | Supervised):
        return np.asarray(data.test.inputs.numpy())
    examples, items = dealt.dataset.load(), data.test.items
    if isinstance(dealt, Supervised):
        return gathered(examples, items[:, 0])
    assert examples.test is not None
    return np.asarray(examples.test.inputs[:, 0][items])
