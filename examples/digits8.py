"""Do 8x8 digits need convolutions? Ten classes, and a model of one's own."""

from sklearn.datasets import load_digits
from torch import nn

from bakeoff import *


def digits():
    images, labels = load_digits(return_X_y=True)
    return images.reshape(-1, 1, 8, 8), labels


class Convolution(ModelSpec):
    channels: int

    def build(self) -> nn.Module:
        conv = nn.Conv2d(1, self.channels, 3, padding=1)
        return nn.Sequential(conv, nn.ReLU(), nn.Flatten(), nn.Linear(64 * self.channels, 10))


linear = Variant(name="linear", model=Network(Linear(10), Head("label"), input=(1, 8, 8)))
study = Study(
    name="digits8",
    task=Classification(FromFunction(digits), train=1000, validation=300, test=497),
    variants=(linear, Variant(name="convolution", model=Convolution(channels=8))),
    claims=(Claim(id="1", quote="They do.", test=Better("convolution", than="linear")),),
)
