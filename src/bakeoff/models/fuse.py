"""The one place that decides where fused blocks stand in for torch's own modules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from torch import nn

from bakeoff.models.fused import FusedNorm, absorbing, block
from bakeoff.models.modules import (
    Chain,
    EachImage,
    EnsembleModule,
    NetworkModule,
    OwnChainEach,
    Sum,
    Tap,
)

_KNOWN = {
    *(nn.Sequential, nn.ModuleList, Chain, Tap, Sum, EachImage, OwnChainEach),
    *(NetworkModule, EnsembleModule),
}
"""Modules that call their children as wholes, in order, and nothing else."""


def fuse(net: nn.Module) -> None:
    """Puts fused blocks in place of batch norm, ReLU and 2x2 max-pooling that follow each other.

    Only runs within a `Chain` or a `torch.nn.Sequential` are replaced, for only there is the order
    known; a `Sequential` inside a module of the user's own is left alone, for that module may call
    its parts one by one. A module that stands in two places is left alone as well. The block takes
    the place, the parameters and the buffers of the run's first module, the others become
    identities: names, state dict and initial weights stay what they were. A small convolution
    before it takes over the block's work where that pays, its output never stored.
    """
    uses = Counter(
        id(child)
        for module in net.modules()
        for child in module._modules.values()
        if child is not None
    )
    _fuse(net, {module for module, count in uses.items() if count > 1})


def _fuse(net: nn.Module, shared: Collection[int]) -> None:
    if type(net) not in _KNOWN or _is_watched(net, hooks=False):
        return
    for child in net.children():
        _fuse(child, shared)
    if type(net) in {Chain, nn.Sequential}:
        # Not `named_children`, which gives a module that stands twice once.
        children = {name: child for name, child in net._modules.items() if child is not None}
        for names in _runs(children, shared):
            _absorb(net, _replace(net, names), shared)


def _runs(children: dict[str, nn.Module], shared: Collection[int]) -> Iterator[list[str]]:
    """Yields the names of each run of children that one block can do."""
    names = list(children)
    while names:
        run: list[str] = []
        for is_next in (_is_norm, _is_relu, _is_pool):
            following = children[names[len(run)]] if len(run) < len(names) else None
            if following is not None and id(following) not in shared and is_next(following):
                run.append(names[len(run)])
        # A ReLU alone is best left to torch.
        if (run and not _is_relu(children[run[-1]])) or len(run) > 1:
            yield run
        del names[: max(1, len(run))]


def _replace(container: nn.Module, names: list[str]) -> str:
    """Puts a block in place of the named children, and returns its name."""
    modules = [container.get_submodule(name) for name in names]
    norm = next((m for m in modules if isinstance(m, nn.BatchNorm2d)), None)
    pool = next((2 for m in modules if isinstance(m, nn.MaxPool2d)), None)
    relu = any(isinstance(m, nn.ReLU) for m in modules)
    fused = block(norm.num_features if norm else None, relu=relu, pool=pool)
    if norm is not None and isinstance(fused, FusedNorm):
        fused.eps, fused.momentum = norm.eps, norm.momentum
        fused.weight, fused.bias = norm.weight, norm.bias
        fused.train(norm.training)
        for name, buffer in norm.named_buffers():
            fused.register_buffer(name, buffer)
    setattr(container, names[0], fused)
    for name in names[1:]:
        setattr(container, name, nn.Identity())
    return names[0]


def _absorb(container: nn.Module, name: str, shared: Collection[int]) -> None:
    """Lets the convolution before a block do the block's work too, where it can."""
    children = {name: child for name, child in container._modules.items() if child is not None}
    position = list(children).index(name)
    before = list(children)[position - 1] if position else name
    conv = children[before]
    if type(conv) is nn.Conv2d and id(conv) not in shared and not _is_watched(conv):
        fused = absorbing(conv, children[name])
        if fused is not None:
            setattr(container, before, fused)


def _is_norm(module: nn.Module) -> bool:
    return (
        type(module) is nn.BatchNorm2d
        and module.affine
        and module.track_running_stats
        and not _is_watched(module)
    )


def _is_relu(module: nn.Module) -> bool:
    return type(module) is nn.ReLU and not _is_watched(module)


def _is_pool(module: nn.Module) -> bool:
    return (
        type(module) is nn.MaxPool2d
        and module.kernel_size in {2, (2, 2)}
        and module.stride in {2, (2, 2)}
        and module.padding in {0, (0, 0)}
        and module.dilation in {1, (1, 1)}
        and not module.ceil_mode
        and not module.return_indices
        and not _is_watched(module)
    )


def _is_watched(module: nn.Module, *, hooks: bool = True) -> bool:
    """Whether somebody looks at what the module itself takes and gives, or changed what it does."""
    hooked = hooks and any(
        getattr(module, name)
        for name in (
            "_forward_hooks",
            "_forward_pre_hooks",
            "_backward_hooks",
            "_backward_pre_hooks",
        )
    )
    changed = any(
        callable(value) and hasattr(type(module), name) for name, value in vars(module).items()
    )
    return hooked or changed
