"""Networks composed of layers: heads tapped by name, images side by side, weights shared or not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import model_validator

from bakeoff.models.initial import NormalWeights
from bakeoff.models.layers import FLOAT, Layer
from bakeoff.models.shape import Shape, ShapeError, count
from bakeoff.spec import PositiveInt, Spec, is_ours

if TYPE_CHECKING:
    from torch import nn

    from bakeoff.models import modules


class ModelSpec(Spec, ABC):
    """What a variant trains. Subclass it with your own fields and `build` to bring a model.

    Example:
        >>> class Leaky(ModelSpec):
        ...     width: int
        ...     def build(self):
        ...         from torch import nn
        ...         first = nn.Linear(4, self.width)
        ...         return nn.Sequential(first, nn.LeakyReLU(), nn.Linear(self.width, 3))
        >>> Leaky(width=16)
        Leaky(width=16)
    """

    trains_itself: ClassVar[bool] = False
    """Whether it is fitted by a method of its own: without objective, optimizer and epochs."""

    @abstractmethod
    def build(self) -> nn.Module:
        """Returns a fresh module, its weights drawn from torch's global generator.

        Its `forward` takes a batch of inputs as the task gives them, ``(N, 2, 14, 14)`` for pairs,
        and returns its heads by name: ``{"comparison": (N, 2), "digits": (N, 2, 10)}``, either or
        both; or a plain tensor, which is read as the head named after the task's target.
        """

    def head_names(self) -> frozenset[str] | None:
        """Returns the names of the heads where they are known before building, else None."""
        return None

    def parameters(self) -> int | None:
        """Returns the number of trainable values where it is known before building, else None."""
        return None

    def multiply_adds(self) -> int | None:
        """Returns the multiply-accumulates of one example's forward pass, None where unknown.

        It serves to start the longest trials first, and as a cost of use.
        """
        return None

    def weight_bytes(self) -> int | None:
        """Returns the bytes of weights and buffers where known before building, else None."""
        return None

    def activation_bytes(self) -> int | None:
        """Returns the bytes of the largest tensor of one example on its way, None where unknown.

        The input is one of these tensors, and so is every layer's output.
        """
        return None


class Head(Layer):
    """Names an output, ``Head("digits")``, or what a side branch makes of it; passes it on.

    Example:
        >>> side = Head("digits", Linear(10))
        >>> network = Network(Linear(32), ReLU(), side, Linear(2), Head("comparison"))
        >>> sorted(network.head_names())
        ['comparison', 'digits']
    """

    name: str
    layers: tuple[Layer, ...] = ()

    def __init__(self, name: str, *layers: Layer) -> None:
        Spec.__init__(self, name=name, layers=layers)

    def output(self, shape: Shape) -> Shape:
        """Returns the shape unchanged: a head does not alter what flows past it."""
        return shape

    def heads(self, shape: Shape) -> dict[str, Shape]:
        """Returns the head's own shape, and those of heads inside the branch."""
        inner, result = _flow(self.layers, shape)
        return {**inner, self.name: result}

    def parameters(self, shape: Shape) -> int:
        """Returns the branch's parameters."""
        return _parameters(self.layers, shape)

    def multiply_adds(self, shape: Shape) -> int:
        """Returns the branch's arithmetic."""
        return _multiply_adds(self.layers, shape)

    def buffer_bytes(self, shape: Shape) -> int:
        """Returns the branch's."""
        return _buffer_bytes(self.layers, shape)

    def largest(self, shape: Shape) -> int:
        """Returns the branch's, or what passes by."""
        return _largest(self.layers, shape)

    def build(self, shape: Shape) -> nn.Module:
        """Returns a `modules.Tap`."""
        from bakeoff.models import modules

        return modules.Tap(self.name, _chain(self.layers, shape))


class Residual(Layer):
    """Adds what its layers make of their input to that input (He et al. 2016).

    Where the layers change the shape, `shortcut` must change the input's alike.

    Raises:
        ShapeError: when used, the two shapes to be added differ.

    Example:
        >>> block = Residual(Conv(16, kernel=3, padding=1), BatchNorm(), ReLU())
        >>> block.output((16, 14, 14)), block.parameters((16, 14, 14))
        ((16, 14, 14), 2352)
    """

    layers: tuple[Layer, ...]
    shortcut: tuple[Layer, ...] = ()

    def __init__(self, *layers: Layer, shortcut: tuple[Layer, ...] = ()) -> None:
        Spec.__init__(self, layers=layers, shortcut=shortcut)

    def output(self, shape: Shape) -> Shape:
        """Returns the shape of both sides of the sum."""
        body, side = (_flow(layers, shape)[1] for layers in (self.layers, self.shortcut))
        if body != side:
            raise ShapeError(
                f"Residual cannot add {body}, from its layers, to {side}, from its shortcut; "
                "give it a shortcut that makes the shapes equal"
            )
        return body

    def heads(self, shape: Shape) -> dict[str, Shape]:
        """Returns the heads named inside."""
        return _flow(self.layers, shape)[0] | _flow(self.shortcut, shape)[0]

    def parameters(self, shape: Shape) -> int:
        """Returns the parameters of both sides."""
        return _parameters(self.layers, shape) + _parameters(self.shortcut, shape)

    def multiply_adds(self, shape: Shape) -> int:
        """Returns the arithmetic of both sides."""
        return _multiply_adds(self.layers, shape) + _multiply_adds(self.shortcut, shape)

    def buffer_bytes(self, shape: Shape) -> int:
        """Returns those of both sides."""
        return _buffer_bytes(self.layers, shape) + _buffer_bytes(self.shortcut, shape)

    def largest(self, shape: Shape) -> int:
        """Returns the larger one of both sides."""
        return max(_largest(self.layers, shape), _largest(self.shortcut, shape))

    def build(self, shape: Shape) -> nn.Module:
        """Returns a `modules.Sum`."""
        from bakeoff.models import modules

        return modules.Sum(_chain(self.layers, shape), _chain(self.shortcut, shape))


class PerImage(Layer):
    """Applies the same layers to each image of a pair: a siamese network's branches.

    With ``shared=True`` both images go through the same weights; otherwise each has its own.
    ``(images, height, width)`` becomes ``(images, ...)``; heads inside become ``(images, ...)``.

    Example:
        >>> PerImage(Linear(10)).parameters((2, 14, 14))
        1970
        >>> PerImage(Linear(10), shared=False).parameters((2, 14, 14))
        3940
    """

    layers: tuple[Layer, ...]
    shared: bool = True

    def __init__(self, *layers: Layer, shared: bool = True) -> None:
        Spec.__init__(self, layers=layers, shared=shared)

    def output(self, shape: Shape) -> Shape:
        """Returns the branch's output shape, once for each image."""
        return (shape[0], *_flow(self.layers, self._image(shape))[1])

    def heads(self, shape: Shape) -> dict[str, Shape]:
        """Returns the branch's heads, once for each image."""
        inner, _ = _flow(self.layers, self._image(shape))
        return {name: (shape[0], *head) for name, head in inner.items()}

    def parameters(self, shape: Shape) -> int:
        """Returns the parameters of one branch if shared, else of all."""
        return _parameters(self.layers, self._image(shape)) * (1 if self.shared else shape[0])

    def multiply_adds(self, shape: Shape) -> int:
        """Returns the arithmetic of all branches: sharing saves weights, not work."""
        return _multiply_adds(self.layers, self._image(shape)) * shape[0]

    def buffer_bytes(self, shape: Shape) -> int:
        """Returns those of one branch if shared, else of all."""
        return _buffer_bytes(self.layers, self._image(shape)) * (1 if self.shared else shape[0])

    def largest(self, shape: Shape) -> int:
        """Returns that of all images if shared, for they pass side by side; else of a branch."""
        inner = _largest(self.layers, self._image(shape)) * (shape[0] if self.shared else 1)
        return max(inner, *map(count, (self.output(shape), *self.heads(shape).values())))

    def build(self, shape: Shape) -> nn.Module:
        """Returns a `modules.EachImage` if shared, else a `modules.OwnChainEach`."""
        from bakeoff.models import modules

        image = self._image(shape)
        if self.shared:
            return modules.EachImage(_chain(self.layers, image))
        return modules.OwnChainEach(_chain(self.layers, image) for _ in range(shape[0]))

    def _image(self, shape: Shape) -> Shape:
        if len(shape) not in {2, 3}:
            raise ShapeError(
                f"PerImage needs (images, height, width) or (images, features), given {shape}"
            )
        return (1, *shape[1:]) if len(shape) == 3 else shape[1:]


class Network(ModelSpec):
    """A network written as its layers, in order: ``Network(Linear(200), ReLU(), ...)``.

    The input is one example's shape: by default a pair of 14x14 images as two channels. What
    the network answers are its heads; one at least must be named. Weights start as torch draws
    them unless `initial` says otherwise.

    Raises:
        SpecError: a layer does not fit its input, or no head is named, or a name comes twice.

    Example:
        >>> network = Network(Linear(16), ReLU(), Linear(3), Head("label"), input=(4,))
        >>> network.parameters()
        131
    """

    layers: tuple[Layer, ...]
    input: tuple[PositiveInt, ...] = (2, 14, 14)
    initial: NormalWeights | None = None

    def __init__(
        self, *layers: Layer, input: Shape = (2, 14, 14), initial: NormalWeights | None = None
    ) -> None:
        Spec.__init__(self, layers=layers, input=input, initial=initial)

    @model_validator(mode="after")
    def _answers(self) -> Self:
        if not self.heads:
            raise ValueError('Network names no head; end it with Head("comparison"), say')
        return self

    @cached_property
    def heads(self) -> dict[str, Shape]:
        """The shape of each named output, without the batch axis."""
        return _flow(self.layers, self.input)[0]

    def head_names(self) -> frozenset[str]:
        """Returns the names of the heads."""
        return frozenset(self.heads)

    def parameters(self) -> int:
        """Returns the number of trainable values, counted without building."""
        return _parameters(self.layers, self.input)

    def multiply_adds(self) -> int:
        """Returns the multiply-accumulates of one example's forward pass."""
        return _multiply_adds(self.layers, self.input)

    def weight_bytes(self) -> int:
        """Returns the bytes of weights and buffers, counted without building."""
        return FLOAT * self.parameters() + _buffer_bytes(self.layers, self.input)

    def activation_bytes(self) -> int:
        """Returns the bytes of the largest tensor of one example: the input, or an output."""
        return FLOAT * _largest(self.layers, self.input)

    def build(self) -> modules.NetworkModule:
        """Returns the module, its weights drawn from torch's global generator."""
        from bakeoff.models import modules

        net = modules.NetworkModule(_chain(self.layers, self.input), ours=is_ours(self))
        if self.initial is not None:
            self.initial.apply(net)
        return net


def _steps(layers: tuple[Layer, ...], shape: Shape) -> Iterator[tuple[Layer, Shape]]:
    for layer in layers:
        yield layer, shape
        shape = layer.output(shape)


def _flow(layers: tuple[Layer, ...], shape: Shape) -> tuple[dict[str, Shape], Shape]:
    heads: dict[str, Shape] = {}
    for layer in layers:
        for name, head in layer.heads(shape).items():
            if name in heads:
                raise ShapeError(f"two heads are named {name!r}; give each a name of its own")
            heads[name] = head
        shape = layer.output(shape)
    return heads, shape


def _parameters(layers: tuple[Layer, ...], shape: Shape) -> int:
    return sum(layer.parameters(shape) for layer, shape in _steps(layers, shape))


def _multiply_adds(layers: tuple[Layer, ...], shape: Shape) -> int:
    return sum(layer.multiply_adds(shape) for layer, shape in _steps(layers, shape))


def _buffer_bytes(layers: tuple[Layer, ...], shape: Shape) -> int:
    return sum(layer.buffer_bytes(shape) for layer, shape in _steps(layers, shape))


def _largest(layers: tuple[Layer, ...], shape: Shape) -> int:
    return max([count(shape), *(layer.largest(shape) for layer, shape in _steps(layers, shape))])


def _chain(layers: tuple[Layer, ...], shape: Shape) -> modules.Chain:
    from bakeoff.models import modules

    return modules.Chain(layer.build(shape) for layer, shape in _steps(layers, shape))
