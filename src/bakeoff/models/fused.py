"""Batch norm, ReLU and pooling of images as one module: one pass over memory instead of three.

On a CPU these layers cost a small network more than its convolutions, and nearly all of it is
memory traffic. `block` gives the module, and `absorbing` a first convolution that does its block's
work as well. They run the compiled `kernels`, in training and in evaluation, where `_fits` says
that these apply, and torch's own operations everywhere else.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from bakeoff.models.kernels.functions import affine, batch_norm
from bakeoff.models.kernels.stem_function import stem
from bakeoff.models.kernels.tensors import After, Running

_WINDOW = 2  # the pooling window that the kernels know
# A convolution of one input with fewer outputs, or of n inputs with n * n times fewer, is as cheap
# to store: measured on 14x14 and 28x28 images with `benchmarks/fused_block.py`.
_FEWEST_OUTPUTS = 32


def block(norm: int | None, *, relu: bool, pool: int | None) -> nn.Module:
    """Returns batch norm, then ReLU, then max-pooling of images, any of them left out.

    Max-pooling before ReLU is the same function, so the order of these two does not matter.

    Args:
        norm: the number of channels to normalise; None for no batch norm.
        relu: whether ReLU follows.
        pool: the side of the pooling window, windows not overlapping; None for no pooling.

    Returns:
        A module that maps ``(N, C, H, W)`` to ``(N, C, H // pool, W // pool)`` and gives what
        torch's modules give one after the other, up to rounding. With `norm` it is a
        `torch.nn.BatchNorm2d`, its parameters and buffers under their usual names.
    """
    if norm is not None:
        return FusedNorm(norm, relu=relu, pool=pool)
    if pool == _WINDOW:
        return FusedPool(relu=relu)
    rest: list[nn.Module] = [nn.ReLU()] if relu else []
    return nn.Sequential(*rest, *([] if pool is None else [nn.MaxPool2d(pool)]))


def absorbing(conv: nn.Conv2d, following: nn.Module) -> FusedConv | None:
    """Returns a convolution to put in place of `conv`, that does the work of the next block too.

    The block stays where it is, with its parameters, and from then on passes its input on.

    Args:
        conv: the convolution; the one returned has its parameters.
        following: the module that is called with its output, and nothing else is.

    Returns:
        None where it would not pay. It pays in a network's first layer, where few channels become
        many: the output is then large and quickly computed, and need not be stored.
    """
    if not isinstance(following, FusedNorm | FusedPool):
        return None
    pays = (
        following.pool == _WINDOW
        and type(conv) is nn.Conv2d
        and conv.kernel_size == (3, 3)
        and conv.stride == conv.dilation == (1, 1)
        and conv.padding == (0, 0)
        and conv.groups == 1
        and (isinstance(following, FusedPool) or following.num_features == conv.out_channels)
        and conv.out_channels >= _FEWEST_OUTPUTS * conv.in_channels**2
    )
    return FusedConv(conv, following) if pays else None


class FusedNorm(nn.BatchNorm2d):
    """Batch normalisation, then ReLU and max-pooling where asked for.

    Attributes:
        relu: whether ReLU follows.
        pool: the side of the pooling window, or None.
        absorbed: whether the convolution before does all this, and `forward` nothing.
    """

    def __init__(
        self,
        channels: int,
        *,
        relu: bool = False,
        pool: int | None = None,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
    ) -> None:
        super().__init__(channels, eps=eps, momentum=momentum)
        self.relu = relu
        self.pool = pool
        self.absorbed = False

    def forward(self, x: Tensor) -> Tensor:
        """Returns ``(N, C, H // pool, W // pool)`` for ``(N, C, H, W)``."""
        return x if self.absorbed else self.work(x)

    def work(self, x: Tensor) -> Tensor:
        """Returns ``(N, C, H // pool, W // pool)`` for ``(N, C, H, W)``, absorbed or not."""
        after = After(self.relu, self.pool == _WINDOW)
        # One value in a channel has no variance: torch says so better.
        alone = self.training and x.numel() == self.num_features
        if alone or not _fits(x, *self.vectors(), side=_WINDOW if after.pool else 1):
            y = after._replace(pool=False).plain(super().forward(x))
            return y if self.pool is None else functional.max_pool2d(y, self.pool)
        x = x.contiguous(memory_format=torch.channels_last)
        statistics = self.statistics()
        if isinstance(statistics, Running):
            y = batch_norm(x, self.weight, self.bias, self.eps, statistics, after)
        else:
            y = affine(x, self.weight, self.bias, statistics, self.eps, after)
        return y if self.pool is None or after.pool else functional.max_pool2d(y, self.pool)

    def vectors(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Returns weight, bias, and running mean and variance: one value for each channel."""
        assert self.running_mean is not None
        assert self.running_var is not None
        return self.weight, self.bias, self.running_mean, self.running_var

    def statistics(self) -> Running | tuple[Tensor, Tensor]:
        """Returns the running mean and variance; in training, count the batch that moves them."""
        _, _, mean, variance = self.vectors()
        if not self.training:
            return mean, variance
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        factor = 1 / int(self.num_batches_tracked) if self.momentum is None else self.momentum
        return Running(mean, variance, factor)

    def extra_repr(self) -> str:
        """Returns the settings, in the constructor's words."""
        norm = super().extra_repr()  # type: ignore[no-untyped-call]
        return f"{norm}, relu={self.relu}, pool={self.pool}"


class FusedPool(nn.Module):
    """Max-pooling of 2x2 windows, after ReLU where asked for.

    Attributes:
        relu: whether ReLU comes first.
        pool: 2.
        absorbed: whether the convolution before does all this, and `forward` nothing.
    """

    def __init__(self, *, relu: bool = False) -> None:
        super().__init__()
        self.relu = relu
        self.pool = _WINDOW
        self.absorbed = False

    def forward(self, x: Tensor) -> Tensor:
        """Returns ``(N, C, H // 2, W // 2)`` for ``(N, C, H, W)``."""
        return x if self.absorbed else self.work(x)

    def work(self, x: Tensor) -> Tensor:
        """Returns ``(N, C, H // 2, W // 2)`` for ``(N, C, H, W)``, absorbed or not."""
        after = After(self.relu, pool=True)
        if not _fits(x, side=_WINDOW):
            return after.plain(x)
        x = x.contiguous(memory_format=torch.channels_last)
        return affine(x, None, None, None, 0.0, after)

    def extra_repr(self) -> str:
        """Returns the settings, in the constructor's words."""
        return f"relu={self.relu}"


class FusedConv(nn.Conv2d):
    """A 3x3 convolution and the block after it, whose work it absorbs: see `absorbing`."""

    def __init__(self, conv: nn.Conv2d, following: FusedNorm | FusedPool) -> None:
        # On no device: nothing is drawn from the generator, for the parameters are another's.
        biased = conv.bias is not None
        super().__init__(conv.in_channels, conv.out_channels, 3, bias=biased, device="meta")
        self.weight, self.bias = conv.weight, conv.bias
        self.train(conv.training)
        # In a tuple, it is no submodule: its place in the network is its own.
        self._following = (following,)
        following.absorbed = True

    def forward(self, x: Tensor) -> Tensor:
        """Returns ``(N, C, (H - 2) // 2, (W - 2) // 2)`` for ``(N, channels, H, W)``."""
        (following,) = self._following
        norm = following if isinstance(following, FusedNorm) else None
        others = () if norm is None else norm.vectors()
        fits = (
            _fits(x, side=2 + _WINDOW)
            and x.shape[1] == self.in_channels
            and not x.requires_grad
            and all(_alike(each, x) for each in (self.weight, *others))
        )
        if not fits:
            return following.work(super().forward(x))
        x = x.contiguous(memory_format=torch.channels_last)
        if norm is None:
            return stem(self.weight, self.bias, None, None, x, None, 0.0, following.relu)
        arguments = self.weight, self.bias, norm.weight, norm.bias, x
        return stem(*arguments, norm.statistics(), norm.eps, norm.relu)


def _fits(x: Tensor, *vectors: Tensor, side: int) -> bool:
    """Whether kernels can take `x`, its sides as long, with one value in each vector a channel."""
    return (
        x.dim() == 4
        and x.dtype in {torch.float32, torch.float64}
        and x.device.type == "cpu"
        # The kernels check nothing: a wrong size would read and write other memory.
        and all(each.numel() == x.shape[1] and _alike(each, x) for each in vectors)
        and x.numel() > 0
        and min(x.shape[2:]) >= side
        # Arrays cannot be taken from what stands for a tensor, nor traced by a compiler.
        and type(x) in {Tensor, nn.Parameter}
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
    )


def _alike(first: Tensor, second: Tensor) -> bool:
    return first.dtype == second.dtype and first.device == second.device
