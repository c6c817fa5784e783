"""Times batch norm, ReLU and pooling, fused into one module, against torch's separate ones.

    python benchmarks/fused_block.py [--repeats 30]

One thread, channels-last, float32, in training mode. Both are timed in turn, so that what else the
machine does falls on both; the median is printed, in milliseconds.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from bakeoff.models import fused
from bakeoff.running.memory import keep_freed_memory


class Case(NamedTuple):
    """What is timed.

    Attributes:
        shape: of the input.
        norm: whether there is batch norm.
        relu: whether there is ReLU.
        pool: the window of max-pooling, if there is any.
        conv: the outputs of a 3x3 convolution before all this, if there is one.
    """

    shape: tuple[int, int, int, int]
    norm: bool
    relu: bool
    pool: int | None
    conv: int | None = None

    def __str__(self) -> str:
        words = [f"conv{self.conv}"] * (self.conv is not None) + ["norm"] * self.norm
        words += ["relu"] * self.relu + ["pool"] * (self.pool is not None)
        return f"{self.shape!s:>18}  {'+'.join(words)}"


CASES = (
    Case((200, 128, 12, 12), norm=True, relu=True, pool=2),
    Case((200, 128, 12, 12), norm=False, relu=True, pool=2),
    Case((200, 32, 4, 4), norm=True, relu=True, pool=2),
    Case((100, 16, 16, 16), norm=True, relu=True, pool=2),
    Case((100, 20, 12, 12), norm=True, relu=True, pool=2),
    Case((200, 16, 7, 7), norm=True, relu=True, pool=2),
    Case((200, 33, 12, 12), norm=True, relu=True, pool=2),
    Case((200, 6, 24, 24), norm=True, relu=True, pool=2),
    Case((200, 6, 24, 24), norm=False, relu=True, pool=2),
    Case((128, 50, 24, 24), norm=False, relu=True, pool=2),
    Case((128, 100, 8, 8), norm=False, relu=True, pool=2),
    Case((200, 16, 14, 14), norm=True, relu=True, pool=None),
    Case((200, 16, 14, 14), norm=True, relu=False, pool=None),
    Case((200, 64, 7, 7), norm=True, relu=True, pool=None),
    Case((200, 6, 14, 14), norm=True, relu=True, pool=None),
    Case((200, 1, 14, 14), norm=True, relu=True, pool=2, conv=128),
    Case((100, 2, 14, 14), norm=True, relu=True, pool=2, conv=128),
    Case((200, 1, 14, 14), norm=True, relu=True, pool=2, conv=64),
    Case((200, 1, 14, 14), norm=False, relu=True, pool=2, conv=64),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=30)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    keep_freed_memory()
    print(f"{'':41}{'forward':^23}  {'forward + backward':^23}  {'evaluation':^23}")
    print(f"{'':39}" + f"  {'torch':>7} {'fused':>7} {'ratio':>7}" * 3)
    for case in CASES:
        columns = [compare(case, what, repeats) for what in (forward, both, evaluation)]
        print(f"{case!s:39}" + "".join(f"  {a:7.3f} {b:7.3f} {a / b:6.1f}x" for a, b in columns))


def compare(
    case: Case, what: Callable[[nn.Module, Tensor, Tensor], Callable[[], object]], repeats: int
) -> tuple[float, float]:
    x = torch.randn(case.shape).to(memory_format=torch.channels_last)
    modules = (plain(case), fused_modules(case))
    gradient = torch.randn_like(modules[0](x))
    runs = [what(module, x, gradient) for module in modules]
    seconds: list[list[float]] = [[], []]
    for repeat in range(-3, repeats):
        for run, taken in zip(runs, seconds, strict=True):
            start = time.perf_counter()
            run()
            if repeat >= 0:
                taken.append(time.perf_counter() - start)
    a, b = (1e3 * statistics.median(taken) for taken in seconds)
    return a, b


def forward(module: nn.Module, x: Tensor, gradient: Tensor) -> Callable[[], object]:  # noqa: ARG001
    return lambda: module(x)


def both(module: nn.Module, x: Tensor, gradient: Tensor) -> Callable[[], object]:
    # The input of a network's first convolution needs no gradient, and others do.
    x = x.clone().requires_grad_(not isinstance(next(module.children(), None), nn.Conv2d))

    def run() -> None:
        x.grad = None
        module.zero_grad()
        module(x).backward(gradient)

    return run


def evaluation(module: nn.Module, x: Tensor, gradient: Tensor) -> Callable[[], object]:  # noqa: ARG001
    module = copy.deepcopy(module).eval()

    def run() -> None:
        with torch.inference_mode():
            module(x)

    return run


def plain(case: Case) -> nn.Module:
    channels = case.conv or case.shape[1]
    modules = convolution(case)
    modules += [nn.BatchNorm2d(channels)] if case.norm else []
    modules += [nn.ReLU()] if case.relu else []
    modules += [nn.MaxPool2d(case.pool)] if case.pool else []
    return nn.Sequential(*modules).to(memory_format=torch.channels_last)


def fused_modules(case: Case) -> nn.Module:
    channels = case.conv or case.shape[1]
    block = fused.block(channels if case.norm else None, relu=case.relu, pool=case.pool)
    modules = [fused.absorbing(conv, block) or conv for conv in convolution(case)]
    return nn.Sequential(*modules, block).to(memory_format=torch.channels_last)


def convolution(case: Case) -> list[nn.Conv2d]:
    return [] if case.conv is None else [nn.Conv2d(case.shape[1], case.conv, 3)]


if __name__ == "__main__":
    main()
