"""The torch side of the composed layers: modules that may give named outputs on their way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

Heads: TypeAlias = dict[str, Tensor]


class Tapped(nn.Module):
    """A module whose `forward` takes, besides its input, the dictionary of heads to add to."""

    def forward(self, x: Tensor, heads: Heads) -> Tensor:
        """Returns the output for `x`, and puts named outputs into `heads`."""
        raise NotImplementedError


class Chain(Tapped):
    """Modules applied one after the other, named ``0``, ``1``, ... as in `torch.nn.Sequential`."""

    def __init__(self, modules: Iterable[nn.Module]) -> None:
        super().__init__()
        for position, module in enumerate(modules):
            self.add_module(str(position), module)

    def forward(self, x: Tensor, heads: Heads) -> Tensor:
        """Returns the last module's output."""
        # Not `children`, which takes longer than a small layer does.
        for module in self._modules.values():
            assert module is not None
            x = module(x, heads) if isinstance(module, Tapped) else module(x)
        return x


class Tap(Tapped):
    """Names what a side chain makes of its input, and passes the input on."""

    def __init__(self, name: str, side: Chain) -> None:
        super().__init__()
        self.name = name
        self.side = side

    def forward(self, x: Tensor, heads: Heads) -> Tensor:
        """Returns `x` itself."""
        heads[self.name] = self.side(x, heads)
        return x


class Sum(Tapped):
    """The sum of two chains of the same input; an empty chain is the identity."""

    def __init__(self, body: Chain, shortcut: Chain) -> None:
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x: Tensor, heads: Heads) -> Tensor:
        """Returns ``body(x) + shortcut(x)``."""
        y: Tensor = self.body(x, heads) + self.shortcut(x, heads)
        return y


class EachImage(Tapped):
    """Applies one chain to every image: ``(N, images, H, W)`` to ``(N, images, ...)``.

    Batch normalisation inside sees all images of the batch at once.

    Attributes:
        innermost: whether images are laid out with their channels innermost in memory.
    """

    innermost = True

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self.chain = chain

    def forward(self, x: Tensor, heads: Heads) -> Tensor:
        """Folds the images into the batch, apply the chain, and unfold."""
        pair = x.shape[:2]
        inner: Heads = {}
        y: Tensor = self.chain(_as_one_channel(x.flatten(0, 1), self.innermost), inner)
        heads.update({name: head.reshape(*pair, *head.shape[1:]) for name, head in inner.items()})
        return y.reshape(*pair, *y.shape[1:])


class OwnChainEach(Tapped):
    """Applies to each image a chain of its own: ``(N, images, H, W)`` to ``(N, images, ...)``.

    Attributes:
        innermost: whether images are laid out with their channels innermost in memory.
    """

    innermost = True

    def __init__(self, chains: Iterable[Chain]) -> None:
        super().__init__()
        self.chains = nn.ModuleList(chains)

    def forward(self, x: Tensor, heads: Heads) -> Tensor:
        """Applys each chain to its image and stack the outputs."""
        inner: list[Heads] = [{} for _ in self.chains]
        outputs = [
            chain(_as_one_channel(x[:, position], self.innermost), inner[position])
            for position, chain in enumerate(self.chains)
        ]
        for name in inner[0]:
            heads[name] = torch.stack([each[name] for each in inner], dim=1)
        return torch.stack(outputs, dim=1)


class Upright(nn.Module):
    """Images sheared so that their ink, down the image, moves neither left nor right."""

    def forward(self, x: Tensor) -> Tensor:
        """Returns ``(N, channels, H, W)`` for the same, resampled bilinearly."""
        images = x.reshape(-1, 1, *x.shape[2:])
        ink = images - images.amin((2, 3), keepdim=True)
        ink = (ink / ink.sum((2, 3), keepdim=True).clamp_min(1e-6)).squeeze(1)
        down, across = (
            (2 * torch.arange(side, dtype=x.dtype, device=x.device) + 1) / side - 1
            for side in x.shape[2:]
        )
        down = down[:, None]
        middle = (ink * down).sum((1, 2), keepdim=True)
        spread = (ink * (down - middle) ** 2).sum((1, 2)).clamp_min(1e-6)
        slant = (ink * (down - middle) * across).sum((1, 2)) / spread
        ones, zeros = torch.ones_like(slant), torch.zeros_like(slant)
        shears = [ones, slant, -slant * middle.flatten(), zeros, ones, zeros]
        grid = functional.affine_grid(
            torch.stack(shears, dim=1).reshape(-1, 2, 3), list(images.shape), align_corners=False
        )
        upright = functional.grid_sample(images, grid, padding_mode="border", align_corners=False)
        return upright.reshape(x.shape)


class Scaled(nn.Module):
    """Values multiplied by a factor."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Returns the values multiplied, of the same shape."""
        return x * self.factor


class NetworkModule(nn.Module):
    """A chain whose answer is its heads by name, for a batch ``(N, *shape)``.

    Attributes:
        ours: whether all its layers are bakeoff's: these bear channels innermost in memory, and
            none writes to its input.
        innermost: whether images are laid out with their channels innermost in memory: not where
            the first layer flattens them or takes them apart.
    """

    innermost = True

    def __init__(self, chain: Chain, *, ours: bool = True) -> None:
        super().__init__()
        self.chain = chain
        self.ours = ours

    def forward(self, x: Tensor) -> Heads:
        """Returns every head, by name."""
        heads: Heads = {}
        self.chain(channels_last(x) if self.innermost else x, heads)
        return heads

    def begins_with_images(self) -> bool:
        """Whether the first layer takes images as they are: others would undo their layout."""
        first = next(self.chain.children(), None)
        if type(first) is nn.Sequential:
            first = next(first.children(), None)
        return not isinstance(first, nn.Flatten | EachImage | OwnChainEach)


class EnsembleModule(nn.Module):
    """Networks of one kind that are trained side by side, each by itself.

    Training and evaluation go through `members`; called as a whole, it gives the mean of heads.
    """

    def __init__(self, members: Iterable[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, x: Tensor) -> Heads | Tensor:
        """Returns the mean over members of every head, or of the plain output."""
        outputs = [member(x) for member in self.members]
        if isinstance(outputs[0], Tensor):
            return torch.stack(outputs).mean(0)
        return {name: torch.stack([each[name] for each in outputs]).mean(0) for name in outputs[0]}


def members(net: nn.Module) -> list[nn.Module]:
    """Returns the networks that are trained side by side: those of an ensemble, or the one."""
    return list(net.members) if isinstance(net, EnsembleModule) else [net]


def lay_out(net: nn.Module, *, innermost: bool) -> None:
    """Lets a network's own modules lay images out with channels innermost in memory, or not."""
    for module in net.modules():
        if isinstance(module, NetworkModule):
            module.innermost = innermost and module.begins_with_images()
        elif isinstance(module, EachImage | OwnChainEach):
            module.innermost = innermost


def channels_last(x: Tensor) -> Tensor:
    """Returns a batch of images laid out with its channels innermost; other inputs unchanged."""
    return x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x


def _as_one_channel(x: Tensor, innermost: bool) -> Tensor:
    # (N, H, W) images become (N, 1, H, W) with strides that torch reads as channels-last: with one
    # channel both layouts are the same bytes, and convolution would otherwise choose the slow one.
    if x.dim() != 3:
        return x
    x = x.contiguous()
    if not innermost:
        return x.unsqueeze(1)
    n, h, w = x.shape
    return x.as_strided((n, 1, h, w), (h * w, 1, w, 1))
