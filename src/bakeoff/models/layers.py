"""Layers as frozen specs: each knows its output shape, parameters and arithmetic without torch.

A layer is built for the shape it is given, so a network is written as in a paper's table, output
sizes only. Shapes leave out the batch axis: ``(features,)`` or ``(channels, height, width)``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from bakeoff.models.shape import Shape, ShapeError, count, image, window
from bakeoff.spec import Fraction, NonNegativeInt, PositiveInt, Spec

if TYPE_CHECKING:
    from torch import nn

FLOAT = 4
"""Bytes of a number."""


class Layer(Spec, ABC):
    """One step of a network. Subclass it to add a layer; every method is pure.

    Example:
        >>> class Square(Layer):
        ...     '''Squares each value.'''
        ...     def output(self, shape):
        ...         return shape
        ...     def build(self, shape):
        ...         from torch import nn
        ...         class Module(nn.Module):
        ...             def forward(self, inputs):
        ...                 return inputs**2
        ...         return Module()
        >>> Network(Linear(8), Square(), Linear(3), Head("label"), input=(4,)).parameters()
        67
    """

    @abstractmethod
    def output(self, shape: Shape) -> Shape:
        """Returns the shape of the output for an input of `shape`.

        Raises:
            ShapeError: the layer cannot take this shape.
        """

    @abstractmethod
    def build(self, shape: Shape) -> nn.Module:
        """Returns a fresh module that maps ``(N, *shape)`` to ``(N, *self.output(shape))``."""

    def parameters(self, shape: Shape) -> int:  # noqa: ARG002
        """Returns the number of trainable values."""
        return 0

    def multiply_adds(self, shape: Shape) -> int:  # noqa: ARG002
        """Returns the multiply-accumulate operations of one forward pass of one example."""
        return 0

    def buffer_bytes(self, shape: Shape) -> int:  # noqa: ARG002
        """Returns the bytes that are kept with the weights, and not trained."""
        return 0

    def largest(self, shape: Shape) -> int:
        """Returns the numbers in the largest tensor of one example that it gives on its way."""
        return count(self.output(shape))

    def heads(self, shape: Shape) -> dict[str, Shape]:  # noqa: ARG002
        """Returns the shapes of the named outputs that the layer gives besides its own."""
        return {}


class Linear(Layer):
    """Fully connected layer; an input of any shape is flattened first.

    Example:
        >>> Linear(16).output((1, 28, 28)), Linear(16).parameters((1, 28, 28))
        ((16,), 12560)
    """

    features: PositiveInt = Field(kw_only=False)
    bias: bool = True

    def output(self, shape: Shape) -> Shape:  # noqa: ARG002
        """Returns ``(features,)``."""
        return (self.features,)

    def parameters(self, shape: Shape) -> int:
        """Returns the number of weights and biases."""
        return (count(shape) + self.bias) * self.features

    def multiply_adds(self, shape: Shape) -> int:
        """Returns inputs times outputs."""
        return count(shape) * self.features

    def build(self, shape: Shape) -> nn.Module:
        """Returns a `torch.nn.Linear`, after a flattening where one is needed."""
        from torch import nn

        linear = nn.Linear(count(shape), self.features, bias=self.bias)
        return linear if len(shape) == 1 else nn.Sequential(nn.Flatten(), linear)


class Conv(Layer):
    """Two-dimensional convolution with a square kernel.

    Attributes:
        channels: of the output.
        kernel: side of the window.
        padding: zeros on each side of the image.
        stride: from one place of the window to the next.
        bias: whether each output channel has one.
        groups: how many groups channels are split into; a group sees none of the others. As many
            as channels convolve each by itself, and a `Conv` of kernel 1 after it makes the two a
            separable convolution (Chollet 2017).

    Example:
        >>> separable = Conv(32, 3, padding=1, groups=32, bias=False), Conv(64, 1)
        >>> sum(layer.parameters((32, 14, 14)) for layer in separable)
        2400
    """

    channels: PositiveInt = Field(kw_only=False)
    kernel: PositiveInt = Field(kw_only=False)
    padding: NonNegativeInt = 0
    stride: PositiveInt = 1
    bias: bool = True
    groups: PositiveInt = 1

    @model_validator(mode="after")
    def _splits_its_channels(self) -> Self:
        if self.channels % self.groups:
            raise ValueError(
                f"Conv.groups: given {self.groups}; {self.channels} channels cannot be split into "
                "as many equal groups"
            )
        return self

    def output(self, shape: Shape) -> Shape:
        """Returns ``(channels, height, width)`` after the window has passed."""
        channels, *sides = image(self, shape)
        if channels % self.groups:
            raise ShapeError(
                f"{self!r} splits its input into {self.groups} equal groups of channels; it is "
                f"given {channels}"
            )
        windows = (window(self, side, self.kernel, self.stride, self.padding) for side in sides)
        return (self.channels, *windows)

    def parameters(self, shape: Shape) -> int:
        """Returns the number of weights and biases."""
        return (shape[0] // self.groups * self.kernel**2 + self.bias) * self.channels

    def multiply_adds(self, shape: Shape) -> int:
        """Returns output values times the window's inputs."""
        return count(self.output(shape)) * shape[0] // self.groups * self.kernel**2

    def build(self, shape: Shape) -> nn.Module:
        """Returns a `torch.nn.Conv2d`."""
        from torch import nn

        return nn.Conv2d(
            shape[0],
            self.channels,
            self.kernel,
            stride=self.stride,
            padding=self.padding,
            groups=self.groups,
            bias=self.bias,
        )


class _SameShape(Layer):
    def output(self, shape: Shape) -> Shape:
        """Returns the shape unchanged."""
        return shape


class BatchNorm(_SameShape):
    """Batch normalisation (Ioffe & Szegedy 2015) over channels, or over features.

    Example:
        >>> BatchNorm().parameters((16, 7, 7))
        32
    """

    def parameters(self, shape: Shape) -> int:
        """Returns a scale and a shift for each channel."""
        return 2 * shape[0]

    def buffer_bytes(self, shape: Shape) -> int:
        """Returns those of a running mean and variance for each channel, and of a count."""
        return 2 * FLOAT * shape[0] + 8

    def build(self, shape: Shape) -> nn.Module:
        """Returns a `torch.nn.BatchNorm2d` for images, a `BatchNorm1d` for features."""
        from torch import nn

        return nn.BatchNorm2d(shape[0]) if len(shape) == 3 else nn.BatchNorm1d(shape[0])


class ReLU(_SameShape):
    """Rectified linear activation.

    Example:
        >>> Network(Linear(16), ReLU(), Linear(3), Head("label"), input=(4,)).parameters()
        131
    """

    def build(self, shape: Shape) -> nn.Module:  # noqa: ARG002
        """Returns a `torch.nn.ReLU`."""
        from torch import nn

        return nn.ReLU()


class Sigmoid(_SameShape):
    """Logistic activation.

    Example:
        >>> Network(Linear(16), Sigmoid(), Linear(3), Head("label"), input=(4,)).parameters()
        131
    """

    def build(self, shape: Shape) -> nn.Module:  # noqa: ARG002
        """Returns a `torch.nn.Sigmoid`."""
        from torch import nn

        return nn.Sigmoid()


class Dropout(_SameShape):
    """Dropout of single values with a probability, in training only (Srivastava et al. 2014).

    Example:
        >>> Dropout(0.5)
        Dropout(0.5)
    """

    probability: Fraction = Field(kw_only=False)

    def build(self, shape: Shape) -> nn.Module:  # noqa: ARG002
        """Returns a `torch.nn.Dropout`."""
        from torch import nn

        return nn.Dropout(self.probability)


class Deslant(_SameShape):
    """Shears each channel of an image upright: preprocessing of written digits (LeCun et al. 1998).

    The slant is how far the ink moves across for each step down, by least squares over the ink,
    which is what a pixel has above the channel's least. Nothing is learned.

    Example:
        >>> Deslant().output((1, 28, 28))
        (1, 28, 28)
    """

    def output(self, shape: Shape) -> Shape:
        """Returns the shape of the image unchanged."""
        return image(self, shape)

    def build(self, shape: Shape) -> nn.Module:  # noqa: ARG002
        """Returns a `modules.Upright`."""
        from bakeoff.models import modules

        return modules.Upright()


class Rescale(_SameShape):
    """Multiplies all values: ``Rescale(255)`` gives pixels from 0 to 1 as 0 to 255 again.

    Attributes:
        factor: what values are multiplied by.

    Example:
        >>> Rescale(255)
        Rescale(255.0)
    """

    factor: float = Field(kw_only=False, allow_inf_nan=False)

    def build(self, shape: Shape) -> nn.Module:  # noqa: ARG002
        """Returns a `modules.Scaled`."""
        from bakeoff.models import modules

        return modules.Scaled(self.factor)


class MaxPool(Layer):
    """Maximum over windows: squares of an image, or runs of features.

    Windows do not overlap unless `stride` is smaller than `size`. Padding counts as less than any
    value, and may be half a window at most.

    Example:
        >>> MaxPool(2).output((16, 28, 28)), MaxPool(3, stride=2, padding=1).output((16, 28, 28))
        ((16, 14, 14), (16, 14, 14))
    """

    size: PositiveInt = Field(kw_only=False)
    stride: PositiveInt | None = None
    padding: NonNegativeInt = 0

    @model_validator(mode="after")
    def _pads_little(self) -> Self:
        if 2 * self.padding > self.size:
            raise ValueError(
                f"MaxPool.padding: given {self.padding}; it may be half the window of {self.size} "
                "at most"
            )
        return self

    def output(self, shape: Shape) -> Shape:
        """Returns the number of places that the window takes along each side, or the features."""
        if len(shape) == 1:
            return (self._windows(shape[0]),)
        channels, *sides = image(self, shape)
        return (channels, *(self._windows(side) for side in sides))

    def build(self, shape: Shape) -> nn.Module:
        """Returns a `torch.nn.MaxPool2d` for images, a `MaxPool1d` for features."""
        from torch import nn

        # MaxPool1d reads (N, features) as (channels, length): windows run along the features.
        pool = nn.MaxPool1d if len(shape) == 1 else nn.MaxPool2d
        return pool(self.size, stride=self.stride, padding=self.padding)

    def _windows(self, side: int) -> int:
        return window(self, side, self.size, self.stride or self.size, self.padding)


class Flatten(Layer):
    """Joins all axes of an example into one: of features, of channels, or of two images.

    Example:
        >>> Flatten().output((16, 7, 7))
        (784,)
    """

    def output(self, shape: Shape) -> Shape:
        """Returns ``(features,)``."""
        return (count(shape),)

    def build(self, shape: Shape) -> nn.Module:  # noqa: ARG002
        """Returns a `torch.nn.Flatten`."""
        from torch import nn

        return nn.Flatten()


class GlobalAveragePool(Layer):
    """Mean of each channel over the whole image.

    Example:
        >>> GlobalAveragePool().output((16, 7, 7))
        (16,)
    """

    def output(self, shape: Shape) -> Shape:
        """Returns ``(channels,)``."""
        return (image(self, shape)[0],)

    def build(self, shape: Shape) -> nn.Module:  # noqa: ARG002
        """Returns a `torch.nn.AdaptiveAvgPool2d` to one place, flattened."""
        from torch import nn

        return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
