"""Chen's networks: convolutions with pooling, and ResNets, for digits of 28x28."""

from bakeoff import (
    Accuracy,
    BatchNorm,
    Conv,
    Digits,
    Dropout,
    GlobalAveragePool,
    Head,
    Layer,
    Linear,
    MaxPool,
    Network,
    NormalWeights,
    ReLU,
    Residual,
    TopKAccuracy,
)

TASK = Digits(standardise=False, metrics=(Accuracy(), TopKAccuracy()))


def simple_cnn(
    *channels: int, hidden: tuple[int, ...] = (), dropout: float | None = None
) -> Network:
    """Returns convolutions, each with ReLU and pooling, then linear layers, the last of ten.

    Args:
        channels: the channels of each convolution.
        hidden: the widths of the linear layers before the last.
        dropout: the probability of dropout after each of these; None for no dropout.
    """
    layers: list[Layer] = []
    for number in channels:
        layers += (Conv(number, kernel=3, padding=1), ReLU(), MaxPool(2))
    for width in hidden:
        layers += (Linear(width), ReLU(), *([] if dropout is None else [Dropout(dropout)]))
    return Network(*layers, Linear(10), Head("digit"), input=TASK.input_shape)


def basic_block(channels: int, stride: int, *, widens: bool) -> tuple[Layer, ...]:
    """Returns ResNet-18's and -34's block, two 3x3 convolutions, and the ReLU after the sum."""
    body: tuple[Layer, ...] = (
        *(Conv(channels, kernel=3, padding=1, stride=stride, bias=False), BatchNorm(), ReLU()),
        *(Conv(channels, kernel=3, padding=1, bias=False), BatchNorm()),
    )
    return (Residual(*body, shortcut=shortcut(channels, stride) if widens else ()), ReLU())


def bottleneck(channels: int, stride: int, *, widens: bool) -> tuple[Layer, ...]:
    """Returns ResNet-50's and -101's block, a 3x3 between two 1x1 convolutions, and a ReLU."""
    body: tuple[Layer, ...] = (
        *(Conv(channels, kernel=1, bias=False), BatchNorm(), ReLU()),
        *(Conv(channels, kernel=3, padding=1, stride=stride, bias=False), BatchNorm(), ReLU()),
        *(Conv(4 * channels, kernel=1, bias=False), BatchNorm()),
    )
    return (Residual(*body, shortcut=shortcut(4 * channels, stride) if widens else ()), ReLU())


def shortcut(channels: int, stride: int) -> tuple[Layer, ...]:
    """Returns the convolution that gives a block's input the shape of its output."""
    return (Conv(channels, kernel=1, stride=stride, bias=False), BatchNorm())


def resnet(*blocks: int, bottlenecks: bool = False) -> Network:
    """Returns a ResNet (He et al. 2016) of four stages, with a number of blocks in each."""
    layers: list[Layer] = [
        *(Conv(64, kernel=7, padding=3, stride=2, bias=False), BatchNorm(), ReLU()),
        MaxPool(3, stride=2, padding=1),
    ]
    block = bottleneck if bottlenecks else basic_block
    for stage, number in enumerate(blocks):
        for place in range(number):
            stride = 2 if stage and not place else 1
            # Basic blocks of the first stage have the stem's 64 channels already.
            widens = not place and (stage > 0 or bottlenecks)
            layers += block(64 * 2**stage, stride, widens=widens)
    return Network(
        *layers,
        *(GlobalAveragePool(), Linear(10), Head("digit")),
        input=TASK.input_shape,
        initial=NormalWeights(),
    )
