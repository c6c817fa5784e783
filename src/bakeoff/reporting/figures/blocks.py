"""A network's layers as the boxes of its drawing: each weighted layer with what follows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Literal, TypeAlias

from bakeoff.models.layers import (
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Layer,
    Linear,
    MaxPool,
    ReLU,
    Sigmoid,
)
from bakeoff.models.network import Head, PerImage, Residual
from bakeoff.models.shape import Shape

Kind: TypeAlias = Literal["convolution", "linear", "other"]

TIMES = "\N{MULTIPLICATION SIGN}"

FOLLOWERS = (BatchNorm, ReLU, Sigmoid, Dropout, MaxPool, GlobalAveragePool)
"""Layers that belong to the box of the layer before them."""

AFTER_SUM = (BatchNorm, ReLU, Sigmoid, Dropout)
"""Those of them that belong to a sum: a pool after the last of equal sums would set it apart."""


@dataclass(frozen=True)
class Block:
    """One box.

    Attributes:
        title: its first layer.
        details: what else there is to say of it, and the layers that follow.
        kind: what sort of layer it is.
        shape: of its output.
        parameters: of one such box.
        times: how many of them follow one another.
    """

    title: str
    details: tuple[str, ...]
    kind: Kind
    shape: Shape
    parameters: int
    times: int = 1


@dataclass(frozen=True)
class Tap:
    """A head: what it is called, and the side branch that makes it, if any.

    Attributes:
        name: of the head.
        shape: of the head.
        branch: boxes of its own.
    """

    name: str
    shape: Shape
    branch: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Sum:
    """A residual connection.

    Attributes:
        body: the layers' boxes.
        shortcut: boxes on the way around them; empty for the input itself.
        after: layers that follow the sum.
        shape: of the output.
        times: how many such connections follow one another.
    """

    body: tuple[Node, ...]
    shortcut: tuple[Node, ...]
    after: tuple[str, ...]
    shape: Shape
    times: int = 1


@dataclass(frozen=True)
class Branches:
    """The same boxes for each image.

    Attributes:
        body: the boxes of one image.
        images: how many images there are.
        shared: whether they go through the same weights.
        given: the shape of one image.
    """

    body: tuple[Node, ...]
    images: int
    shared: bool
    given: Shape


Node: TypeAlias = Block | Tap | Sum | Branches


def blocks(layers: tuple[Layer, ...], shape: Shape) -> tuple[Node, ...]:
    """Return the boxes of layers that are given `shape`, equal neighbours folded into one."""
    nodes: list[Node] = []
    for place, layer in enumerate(layers):
        result = layer.output(shape)
        last = nodes[-1] if nodes else None
        if isinstance(layer, Flatten) and _joins(nodes):
            nodes.append(Block("Concatenate", (), "other", result, 0))
        elif isinstance(layer, Flatten) and isinstance(_following(layers, place), Linear):
            pass  # A linear layer flattens what it is given.
        elif isinstance(layer, FOLLOWERS) and isinstance(last, Block):
            nodes[-1] = _with(last, layer, shape)
        elif isinstance(layer, AFTER_SUM) and isinstance(last, Sum):
            nodes[-1] = replace(last, after=(*last.after, ", ".join(words(layer))))
        else:
            nodes.append(_node(layer, shape))
        shape = result
    return _folded(nodes)


def count(nodes: tuple[Node, ...]) -> int:
    """Return the number of parameters that boxes stand for."""
    return sum(_count(node) for node in nodes)


def size(shape: Shape) -> str:
    """Return a shape for reading, its sides with a multiplication sign between them."""
    return f" {TIMES} ".join(f"{side:,}" for side in shape)


def _joins(nodes: list[Node]) -> bool:
    """Whether what flows out of these are still the branches of several images."""
    flowing = [node for node in nodes if not isinstance(node, Tap)]
    return bool(flowing) and isinstance(flowing[-1], Branches)


def _following(layers: tuple[Layer, ...], place: int) -> Layer | None:
    return layers[place + 1] if place + 1 < len(layers) else None


def _node(layer: Layer, shape: Shape) -> Node:
    match layer:
        case Head():
            branch = blocks(layer.layers, shape)
            return Tap(layer.name, layer.heads(shape)[layer.name], branch)
        case Residual():
            sides = (blocks(layer.layers, shape), blocks(layer.shortcut, shape))
            return Sum(*sides, (), layer.output(shape))
        case PerImage():
            one = (1, *shape[1:]) if len(shape) == 3 else shape[1:]
            return Branches(blocks(layer.layers, one), shape[0], layer.shared, one)
        case _:
            # A user's subclass of a layer is not that layer.
            known = type(layer) in words.registry
            title, *details = words(layer) if known else (repr(layer),)
            return Block(
                title[0].upper() + title[1:],
                tuple(details),
                _kind(layer),
                layer.output(shape),
                layer.parameters(shape),
            )


def _with(node: Block, layer: Layer, shape: Shape) -> Block:
    return replace(
        node,
        details=(*node.details, ", ".join(words(layer))),
        shape=layer.output(shape),
        parameters=node.parameters + layer.parameters(shape),
    )


def _folded(nodes: list[Node]) -> tuple[Node, ...]:
    folded: list[Node] = []
    for node in nodes:
        last = folded[-1] if folded else None
        if isinstance(last, Block | Sum) and replace(last, times=1) == node:
            folded[-1] = replace(last, times=last.times + 1)
        else:
            folded.append(node)
    return tuple(folded)


def _count(node: Node) -> int:
    match node:
        case Block():
            return node.times * node.parameters
        case Tap():
            return count(node.branch)
        case Sum():
            return node.times * (count(node.body) + count(node.shortcut))
        case Branches():
            return count(node.body) * (1 if node.shared else node.images)


def _kind(layer: Layer) -> Kind:
    if isinstance(layer, Conv):
        return "convolution"
    return "linear" if isinstance(layer, Linear) else "other"


@singledispatch
def words(layer: Layer) -> tuple[str, ...]:
    """Return what a layer is called in a drawing, and what sets it apart from the usual."""
    return (repr(layer),)


@words.register
def _(layer: Conv) -> tuple[str, ...]:
    options = {
        f"stride {layer.stride}": layer.stride != 1,
        f"padding {layer.padding}": layer.padding != 0,
        "no bias": not layer.bias,
    }
    kernel = f"{layer.kernel}{TIMES}{layer.kernel}"
    return (f"Conv {kernel}, {layer.channels:,}", *(text for text, told in options.items() if told))


@words.register
def _(layer: Linear) -> tuple[str, ...]:
    return (f"Linear {layer.features:,}", *(() if layer.bias else ("no bias",)))


@words.register
def _(layer: MaxPool) -> tuple[str, ...]:
    stride = layer.stride not in {None, layer.size}
    return (
        f"max-pool {layer.size}",
        *((f"stride {layer.stride}",) if stride else ()),
        *((f"padding {layer.padding}",) if layer.padding else ()),
    )


@words.register
def _(layer: Dropout) -> tuple[str, ...]:
    return (f"dropout {layer.probability:g}",)


@words.register(BatchNorm)
def _(_layer: BatchNorm) -> tuple[str, ...]:
    return ("batch norm",)


@words.register(ReLU)
def _(_layer: ReLU) -> tuple[str, ...]:
    return ("ReLU",)


@words.register(Sigmoid)
def _(_layer: Sigmoid) -> tuple[str, ...]:
    return ("sigmoid",)


@words.register(Flatten)
def _(_layer: Flatten) -> tuple[str, ...]:
    return ("flatten",)


@words.register(GlobalAveragePool)
def _(_layer: GlobalAveragePool) -> tuple[str, ...]:
    return ("average over the image",)
