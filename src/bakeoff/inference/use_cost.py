"""What it costs to use a model: bytes, which are counted, and times, which are measured."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from bakeoff.data.transforms import Preprocessing
    from bakeoff.inference.predictor import Predictor

BATCH = 100
"""Examples of the batch whose answers are timed; `Predictor.predict` answers so many at a time."""

_WARM_UP = 3
_FEWEST = 7
_ENOUGH = 0.05
"""Seconds after which a time is known well enough, if it was taken often enough."""

_WAITED = 0.05
"""The share of a call's time from which on it counts as disturbed, if nothing was computed then."""

_LONGEST = 0.5
"""Seconds after which there is no other call."""


@dataclass(frozen=True)
class UseCost:
    """What it costs to use one model. Bytes are None for an estimator, which has no tensors.

    Attributes:
        disk_bytes: of `model.safetensors`, its header included.
        weight_bytes: of parameters and buffers.
        activation_bytes: of the largest tensor of one example that a module takes or gives.
        seconds: from one raw example to its answer, the median of many, on one thread; None for a
            model that answers no single example.
        batch_seconds: the same for `BATCH` examples at once.
    """

    batch_seconds: float
    seconds: float | None = None
    disk_bytes: int | None = None
    weight_bytes: int | None = None
    activation_bytes: int | None = None


@dataclass(frozen=True)
class MeasuredUse:
    """The costs of use of several models on one machine.

    Attributes:
        processor: the name of its model.
        torch: the version, with its build.
        costs: by the models' names, or keys.
    """

    processor: str
    torch: str
    costs: Mapping[str, UseCost] = field(default_factory=dict)


def network_cost(predictor: Predictor, raw: NDArray[np.generic]) -> UseCost:
    """Returns what it costs to use a network; its weights may be any.

    Args:
        predictor: the network with its preprocessing and decision.
        raw: some examples before preprocessing, ``(N, *shape)``.
    """
    import numpy as np
    import torch

    from bakeoff.inference.folder import weights_file

    def answered(inputs: NDArray[np.generic]) -> Callable[[], object]:
        def call() -> object:
            with torch.inference_mode():
                return predictor(torch.tensor(inputs))

        return call

    net = predictor.net
    return UseCost(
        seconds=None if predictor.description.train_mode else median_seconds(answered(raw[:1])),
        batch_seconds=median_seconds(answered(np.resize(raw, (BATCH, *raw.shape[1:])))),
        disk_bytes=len(weights_file(net)),
        weight_bytes=sum(
            tensor.numel() * tensor.element_size() for tensor in (*net.parameters(), *net.buffers())
        ),
        activation_bytes=_largest_activation(predictor, np.resize(raw, (2, *raw.shape[1:]))),
    )


def estimator_cost(
    estimator: Any, preprocessing: Preprocessing | None, raw: NDArray[np.generic]
) -> UseCost:
    """Returns what it costs to use a fitted estimator of scikit-learn.

    Args:
        estimator: as it was fitted.
        preprocessing: of its inputs.
        raw: some examples before preprocessing, ``(N, *shape)``.
    """
    import numpy as np
    import torch
    from threadpoolctl import threadpool_limits

    from bakeoff.inference.predictor import Preprocess

    first: torch.nn.Module = torch.nn.Identity()
    if preprocessing is not None:
        first = Preprocess(preprocessing, raw.shape[1:])

    def answered(inputs: NDArray[np.generic]) -> Callable[[], object]:
        return lambda: estimator.predict(first(torch.tensor(inputs)).flatten(1).numpy())

    with threadpool_limits(1), warnings.catch_warnings(action="ignore"):
        return UseCost(
            seconds=median_seconds(answered(raw[:1])),
            batch_seconds=median_seconds(answered(np.resize(raw, (BATCH, *raw.shape[1:])))),
        )


def median_seconds(call: Callable[[], object]) -> float:
    """Returns the median time of a call, after some that warm up caches.

    Calls that had to wait for another process are left out. On a machine so busy that hardly any
    is left, it is the mean processor time of all: what a call would take alone. It takes 0.05
    seconds, or 7 calls; no call begins after half a second.
    """
    started = time.perf_counter()
    for _ in range(_WARM_UP):
        call()
        if time.perf_counter() - started > _LONGEST / 2:
            break
    calls: list[tuple[float, float]] = []
    undisturbed: list[float] = []
    while True:
        began, computed = time.perf_counter(), time.process_time()
        call()
        calls.append((time.perf_counter() - began, time.process_time() - computed))
        taken, computed = calls[-1]
        if computed > (1 - _WAITED) * taken:
            undisturbed.append(taken)
        if len(undisturbed) >= _FEWEST and sum(undisturbed) > _ENOUGH:
            return median(undisturbed)
        if time.perf_counter() - started > _LONGEST:
            break
    if len(undisturbed) >= min(_FEWEST, len(calls)):
        return median(undisturbed)
    return fmean(computed for _, computed in calls)


def _largest_activation(predictor: Predictor, examples: NDArray[np.generic]) -> int:
    import torch
    from torch.nn.modules.module import register_module_forward_hook

    own, largest = set(predictor.net.modules()), 0

    def note(module: Any, inputs: Any, output: Any) -> None:
        nonlocal largest
        if module in own:
            sizes = (each.numel() * each.element_size() for each in _tensors((inputs, output)))
            largest = max(largest, *sizes, 0)

    handle = register_module_forward_hook(note)
    try:
        with torch.inference_mode():
            predictor(torch.tensor(examples))
    finally:
        handle.remove()
    return largest // len(examples)


def _tensors(value: Any) -> Iterator[Tensor]:
    import torch

    match value:
        case torch.Tensor():
            yield value
        case tuple() | list():
            for each in value:
                yield from _tensors(each)
        case dict():
            yield from _tensors(tuple(value.values()))
