"""A trial's network, built and made ready: the one that was written, in its fastest form."""

from __future__ import annotations

import hashlib
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin

from bakeoff.errors import ModelError
from bakeoff.models.ensemble import Ensemble
from bakeoff.models.modules import lay_out, members
from bakeoff.models.network import ModelSpec, Network
from bakeoff.spec import is_ours
from bakeoff.training.evaluate import check_heads, forward, forward_all
from bakeoff.training.losses import fitted_losses, loss
from bakeoff.training.steps import grouped
from bakeoff.training.workload import Workload

if TYPE_CHECKING:
    from bakeoff.training.recipe import Precision

_CLOSE = {torch.float64: 1e-5, torch.float32: 1e-3}
"""Relative difference up to which two ways of computing are the same but for rounding."""

_DROPOUT = (
    nn.Dropout,
    nn.Dropout1d,
    nn.Dropout2d,
    nn.Dropout3d,
    nn.AlphaDropout,
    nn.FeatureAlphaDropout,
)


@dataclass(frozen=True)
class Prepared:
    """A network ready to train.

    Attributes:
        net: in the form that trains fastest.
        initial_weights: SHA-256 of its parameters and buffers.
        notes: sentences that a reader of its numbers should know.
        groups: the parameters of each group of the optimizer of each stage, by name.
    """

    net: nn.Module
    initial_weights: str
    notes: tuple[str, ...]
    groups: tuple[tuple[tuple[str, ...], ...], ...]


def prepare(workload: Workload, *, device: str, fast: bool) -> Prepared:
    """Builds a network, and puts it into the form in which it is trained.

    Args:
        workload: with the round's data on the device.
        device: a torch device.
        fast: whether it is trained in the fast form, as `bears_fast_form` tells.

    Raises:
        ModelError: a head is missing or of the wrong shape, or a group of the optimizer holds no
            parameter.
    """
    net = built(workload.model, workload.shape, device)
    initial_weights = weights_digest(net)
    _check_heads(net, workload)
    groups = tuple(grouped(net, stage.optimizer.groups) for stage in workload.stages)
    notes: tuple[str, ...] = ()
    if fast:
        _speed_up(net, workload, device)
    else:
        notes = (
            "The network gives something else, or fails, with fused blocks or channels innermost; "
            "it was trained as it is written, which takes longer.",
        )
    return Prepared(net, initial_weights, notes, groups)


def bears_fast_form(workload: Workload, *, seed: int, device: str) -> bool:
    """Returns whether a network trains to the same in its fast form, having tried it.

    That form has fused blocks, and channels innermost in memory. Networks of `bakeoff` layers bear
    it. Of a network with a module or layer of the user's own, one batch is computed by two builds,
    as written and in the fast form, in training and in evaluation; where these differ, it does not.
    Trying also compiles what has to be.

    Args:
        workload: with the round's data on the device.
        seed: of the generators, as `seeded` takes it.
        device: a torch device.

    Raises:
        ModelError: a head is missing or of the wrong shape, or two builds share a tensor.
    """
    ours = _is_ours(workload.model)
    with seeded(seed):
        fast = built(workload.model, workload.shape, device)
        _check_heads(fast, workload)
    if not ours:
        with seeded(seed):
            check_apart(built(workload.model, workload.shape, device), fast)
        if not _is_same_in_both_forms(workload, seed=seed, device=device):
            return False
    try:
        with seeded(seed):
            _speed_up(fast, workload, device)
            _batch(workload, fast, precision=workload.recipe.precision)
    except Exception:
        if ours:
            raise
        return False
    return True


def _is_same_in_both_forms(workload: Workload, *, seed: int, device: str) -> bool:
    """Returns whether a batch gives the same as written and in the fast form.

    It is computed in double precision if the network can be. In single precision rounding turns
    single ReLUs on or off, and the gradients of a deep network then differ by a percent: whether
    two forms are the same would hang on the round.
    """
    for dtype in (torch.float64, torch.float32):
        with seeded(seed):
            written = built(workload.model, workload.shape, device)
            fast = built(workload.model, workload.shape, device)
        try:
            fast.load_state_dict(written.state_dict())
        except Exception:
            return False
        try:
            with seeded(seed), _as_default(dtype):
                expected = _batch(workload, _in(written, dtype), dtype=dtype)
        except Exception:
            if dtype == torch.float32:
                raise
            continue
        try:
            with seeded(seed), _as_default(dtype):
                _speed_up(_in(fast, dtype), workload, device)
                actual = _batch(workload, fast, dtype=dtype)
        except Exception:
            return False
        room = _CLOSE[dtype]
        return len(actual) == len(expected) and all(
            _is_close(one, other, room) for one, other in zip(actual, expected, strict=True)
        )
    raise AssertionError("unreachable")


def _in(net: nn.Module, dtype: torch.dtype) -> nn.Module:
    # Unlike `to`, it leaves complex tensors as they are.
    return net.double() if dtype == torch.float64 else net


@contextmanager
def _as_default(dtype: torch.dtype) -> Iterator[None]:
    """Lets new tensors have a type, those that a network makes on its way for example."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def batch_norm_told() -> Iterator[None]:
    """Says what to do where batch norm meets a batch of one example, which torch refuses.

    Raises:
        ModelError: with advice.
    """
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        raise ModelError(
            "batch normalization cannot train on a batch of one example, for one value has no "
            "variance; give the recipe a batch of 2 or more, or the model another normalization, "
            "nn.GroupNorm say"
        ) from None


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seeds the global generators of torch, Python and numpy, and puts them back as they were."""
    python, numpy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        if torch.cuda.is_available():
            torch.manual_seed(seed)
        else:
            # The same, without a note of the call for a GPU that may yet come.
            torch.default_generator.manual_seed(seed)
        random.seed(seed)
        np.random.seed(seed % 2**32)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numpy)


def trainable(model: ModelSpec, shape: tuple[int, ...] | None = None) -> int:
    """Returns the number of a model's trainable values; the generators are left as they were.

    Args:
        model: built without memory where it bears that.
        shape: of one example, for lazy layers.

    Raises:
        ModelError: it has lazy layers, and no shape is given.
        Exception: whatever its `build` raises.
    """
    with seeded(0):
        try:
            # Torch warns of a value that is read, before it fails.
            with torch.device("meta"), warnings.catch_warnings(action="ignore"):
                net = model.build()
        except Exception:
            # A build that reads a value needs memory.
            net = model.build()
        if _is_lazy(net):
            if shape is None:
                raise ModelError(
                    f"{type(model).__name__} has lazy layers: how many parameters it has is known "
                    "only once it has seen data"
                )
            net = built(model, shape, "cpu")
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


def initial_weights(model: ModelSpec, shape: tuple[int, ...], *, seed: int, device: str) -> str:
    """Returns the SHA-256 of the weights and buffers that a trial's network starts with.

    Args:
        model: what is built.
        shape: of one example.
        seed: of the generators, as `seeded` takes it.
        device: a torch device.
    """
    with seeded(seed):
        return weights_digest(built(model, shape, device))


def weights_digest(net: nn.Module) -> str:
    """Returns the SHA-256 of a network's parameters and buffers: names, types, shapes, bytes."""
    hasher = hashlib.sha256()
    for name, tensor in (*net.named_parameters(), *net.named_buffers()):
        # A sparse tensor has no bytes in a row.
        value = tensor.detach().to_dense().cpu().contiguous()
        hasher.update(f"{name} {value.dtype} {tuple(value.shape)}\n".encode())
        hasher.update(value.flatten().view(torch.uint8).numpy().tobytes())
    return hasher.hexdigest()


def built(model: ModelSpec, shape: tuple[int, ...], device: str) -> nn.Module:
    """Returns a model's network as it is written, on a device.

    Args:
        model: what is built.
        shape: of one example, for lazy layers.
        device: a torch device.
    """
    net = model.build().to(device)
    if not _is_ours(model):
        lay_out(net, innermost=False)
    if _is_lazy(net):
        # Lazy layers take their sizes, and draw their weights, from the first batch they see.
        with torch.no_grad():
            net.eval()(torch.zeros(2, *shape, device=device))
    return net


def _is_ours(model: ModelSpec) -> bool:
    """Whether a network is made of bakeoff's layers alone."""
    of_layers = isinstance(model.model if isinstance(model, Ensemble) else model, Network)
    return of_layers and is_ours(model)


def _is_lazy(net: nn.Module) -> bool:
    return any(isinstance(module, LazyModuleMixin) for module in net.modules())


def _speed_up(net: nn.Module, workload: Workload, device: str) -> None:
    if workload.recipe.fused and device == "cpu":
        # Compiled kernels are loaded only where they are used.
        from bakeoff.models.fuse import fuse

        fuse(net)
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    lay_out(net, innermost=True)


def _check_heads(net: nn.Module, workload: Workload) -> None:
    """Tries a network on two examples.

    Raises:
        ModelError: a head is missing or of the wrong shape.
    """
    inputs = workload.data.train.inputs[:2]
    for member in members(net.eval()):
        heads = forward_all(member, inputs, target=workload.target, batch=2)
        check_heads(workload, heads, len(inputs))


def _batch(
    workload: Workload,
    net: nn.Module,
    *,
    precision: Precision = "float32",
    dtype: torch.dtype = torch.float32,
) -> list[Tensor]:
    """Returns what one batch gives in training and in evaluation, dropout left out.

    That is: heads, gradients and buffers.
    """
    split, objective = workload.data.train, workload.objective
    size = workload.recipe.batch
    labels = {term.target: split.labels[term.target][:size] for term in objective.losses()}
    tensors: list[Tensor] = []
    for training in (True, False):
        net.train(training)
        for module in net.modules():
            if isinstance(module, _DROPOUT):
                # Its mask follows the layout of memory.
                module.eval()
        inputs = split.inputs[:size].to(dtype, copy=True)
        with torch.set_grad_enabled(training), batch_norm_told():
            heads = forward(net, inputs, target=workload.target, precision=precision)
            if training:
                losses = fitted_losses(objective, split.labels, workload.classes)
                value = loss(losses, heads, labels, 0)
                if value.requires_grad:
                    value.backward()  # type: ignore[no-untyped-call]
        tensors += [head.detach() for _, head in sorted(heads.items()) if isinstance(head, Tensor)]
    tensors += [p.grad for _, p in sorted(net.named_parameters()) if p.grad is not None]
    return [*tensors, *(buffer for _, buffer in sorted(net.named_buffers()))]


def _is_close(actual: Tensor, expected: Tensor, room: float) -> bool:
    if actual.shape != expected.shape:
        return False
    actual, expected = actual.to_dense(), expected.to_dense()
    if torch.equal(actual, expected):
        return True
    difference = (actual - expected).norm()
    return bool(difference <= room * expected.norm() + room / 10)


def check_apart(net: nn.Module, other: nn.Module) -> None:
    """Refuses two builds of a model that have a tensor in common.

    Raises:
        ModelError: as said; training one would train the other.
    """
    taken = {place: name for name, place in _places(net)}
    for name, place in _places(other):
        if place in taken:
            raise ModelError(
                f"two builds of the model share {name!r}: training one trial would go on training "
                "another's network. Make every module and tensor inside build(), of a constant a "
                "clone(); to start from given weights, load a copy of them there: "
                "net.load_state_dict(torch.load(...))"
            )


def _places(net: nn.Module) -> Iterator[tuple[str, int]]:
    """Yields the name of each tensor of a network, and where its values lie."""
    for path, module in net.named_modules():
        # A module's attributes are tensors, too, without being parameters or buffers.
        for held in (module._parameters, module._buffers, vars(module)):
            for name, tensor in held.items():
                if isinstance(tensor, Tensor) and tensor.numel() > 0:
                    is_sparse = tensor.layout != torch.strided
                    place = id(tensor) if is_sparse else tensor.untyped_storage().data_ptr()
                    yield f"{path}.{name}".lstrip("."), place
