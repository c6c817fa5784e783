"""A first convolution that does its block's work answers as the two would apart."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from bakeoff.models import fused


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    # Two threads of small work wait for each other, for long where others use the cores.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


KINDS = [  # norm, relu, bias
    (True, True, True),
    (True, False, True),
    (True, True, False),
    (False, True, True),
    (False, False, False),
]
SHAPES = [(4, 1, 14, 14), (3, 2, 8, 9), (1, 1, 4, 4), (2, 1, 5, 7), (1, 2, 6, 4)]


def twins(
    channels: int,
    kind: tuple[bool, bool, bool],
    dtype: torch.dtype = torch.float64,
    train: bool = True,
    outputs: int | None = None,
) -> tuple[nn.Sequential, nn.Sequential]:
    """A convolution that absorbed its block, and torch's own modules with the same state."""
    norm, relu, bias = kind
    outputs = outputs or 32 * channels**2
    torch.manual_seed(1)
    conv = nn.Conv2d(channels, outputs, 3, bias=bias)
    following = fused.block(outputs if norm else None, relu=relu, pool=2)
    stem = fused.absorbing(conv, following)
    assert stem is not None
    ours = nn.Sequential(stem, following)
    between = [nn.BatchNorm2d(outputs) if norm else nn.Identity()]
    plain = nn.Sequential(nn.Conv2d(channels, outputs, 3, bias=bias), *between)
    if norm:
        for name, tensor in following.state_dict().items():
            if name == "running_var":
                tensor.uniform_(0.1, 2)
            elif tensor.is_floating_point():
                tensor.normal_()
    plain.load_state_dict(ours.state_dict())
    plain.extend([nn.ReLU() if relu else nn.Identity(), nn.MaxPool2d(2)])
    return ours.to(dtype).train(train), plain.to(dtype).train(train)


def images(shape: tuple[int, ...], seed: int = 0) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=draw, dtype=torch.float64) * 2 + 1


def answers(module: nn.Module, x: Tensor) -> dict[str, Tensor]:
    y = module(x)
    draw = torch.Generator().manual_seed(0)
    y.backward(torch.randn(y.shape, generator=draw, dtype=torch.float64).to(y.dtype))
    found = {"output": y.detach()}
    found |= {f"{name} gradient": p.grad for name, p in module.named_parameters()}
    return found | {name: b.clone() for name, b in module.named_buffers()}


def is_stem(y: Tensor) -> bool:
    return y.grad_fn is not None and y.grad_fn.name() == "_StemBackward"


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_float64_answers_are_torchs(
    shape: tuple[int, ...], kind: tuple[bool, bool, bool], train: bool
) -> None:
    ours, theirs = twins(shape[1], kind, train=train)
    x = images(shape)
    assert is_stem(ours(x))
    theirs(x)  # as many updates of the running statistics
    found, expected = answers(ours, x), answers(theirs, x)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-10, msg=name)


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(4, 12), st.integers(4, 12)),
    more=st.integers(0, 40),
    kind=st.sampled_from(KINDS),
    train=st.booleans(),
)
def test_float64_answers_are_torchs_for_any_shape(
    shape: tuple[int, ...], more: int, kind: tuple[bool, bool, bool], train: bool
) -> None:
    ours, theirs = twins(shape[1], kind, train=train, outputs=32 * shape[1] ** 2 + more)
    found, expected = answers(ours, images(shape)), answers(theirs, images(shape))
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-7, atol=1e-8, msg=name)


@pytest.mark.parametrize("mean", [0.0, 30.0])
@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(100, 1, 14, 14), (25, 2, 14, 14)])
def test_float32_is_as_near_to_the_truth_as_torch(
    shape: tuple[int, ...], kind: tuple[bool, bool, bool], train: bool, mean: float
) -> None:
    x = (images(shape) + mean).float()
    truth = answers(twins(shape[1], kind, train=train)[1], x.double())
    ours, theirs = (answers(m, x) for m in twins(shape[1], kind, torch.float32, train))
    for name, value in truth.items():
        if not value.is_floating_point():
            continue
        # Not the largest: where two of a window are nearly equal, rounding decides between them.
        errors = [
            (each[name].double() - value).abs().flatten().quantile(0.9).item()
            for each in (ours, theirs)
        ]
        rounding = torch.finfo(torch.float32).eps * value.abs().max().item()
        assert errors[0] <= 3 * errors[1] + 4 * rounding, (name, errors)


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_and_gradients_of_gradients_are_those_of_the_function(
    kind: tuple[bool, bool, bool], train: bool
) -> None:
    module = twins(1, kind, train=train)[0]
    x = images((2, 1, 7, 6))
    names = [name for name, _ in module.named_parameters()]
    values = tuple(p.detach().clone().requires_grad_() for p in module.parameters())

    def function(*values: Tensor) -> Tensor:
        named = dict(zip(names, values, strict=True))
        return torch.func.functional_call(module, named, (x,))  # type: ignore[no-any-return]

    assert is_stem(function(*values))
    assert torch.autograd.gradcheck(function, values, fast_mode=True)
    assert torch.autograd.gradgradcheck(function, values, fast_mode=True)


@pytest.mark.parametrize("special", [math.nan, math.inf])
def test_what_is_not_finite_passes_as_in_torch(special: float) -> None:
    x = images((3, 1, 8, 9))
    x[0, 0, 2, 3] = x[1, 0, 7, 0] = special
    for kind in KINDS:
        ours, theirs = twins(1, kind)
        assert torch.equal(ours(x).isnan(), theirs(x).isnan())
        ours, theirs = twins(1, kind)
        with torch.no_grad():
            ours[0].weight[5] = theirs[0].weight[5] = special
        finite = images((3, 1, 8, 9))
        assert torch.equal(ours(finite).isnan(), theirs(finite).isnan())


def test_of_equal_values_the_first_gets_the_gradient() -> None:
    x = torch.ones(2, 1, 8, 8, dtype=torch.float64)
    x[0, 0, 3:] = 2
    for kind, train in itertools.product(KINDS, (True, False)):
        found, expected = (answers(module, x) for module in twins(1, kind, train=train))
        for name, value in expected.items():
            torch.testing.assert_close(found[name], value, rtol=1e-7, atol=1e-7, msg=name)


def test_the_same_input_gives_the_same_bits() -> None:
    x = images((30, 2, 9, 9)).float()
    for kind in KINDS:
        first, second = (answers(twins(2, kind, torch.float32)[0], x) for _ in range(2))
        for name, value in first.items():
            assert torch.equal(second[name], value)


def test_modules_are_called_apart_where_the_stem_does_not_apply() -> None:
    for kind in KINDS:
        ours, theirs = twins(1, kind)
        x = images((3, 1, 8, 8)).requires_grad_()
        y = ours(x)
        assert not is_stem(y)
        torch.testing.assert_close(y, theirs(x))
        half = copy.deepcopy(ours).bfloat16()(images((3, 1, 8, 8)).bfloat16())
        assert not is_stem(half)
        assert half.shape == y.shape


def test_evaluation_without_gradients_is_the_same() -> None:
    x = images((4, 1, 14, 14)).float()
    for kind in KINDS:
        ours, theirs = twins(1, kind, torch.float32, train=False)
        with torch.inference_mode():
            torch.testing.assert_close(ours(x), theirs(x))


def test_layout_of_input_and_filters_does_not_matter() -> None:
    x = images((4, 2, 8, 8))
    expected = answers(twins(2, KINDS[0])[1], x)
    for module_format, input_format in itertools.product(
        (torch.channels_last, torch.contiguous_format), repeat=2
    ):
        ours = twins(2, KINDS[0])[0].to(memory_format=module_format)
        found = answers(ours, x.contiguous(memory_format=input_format))
        for name, value in expected.items():
            torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-10, msg=name)


def test_absorbing_keeps_names_parameters_and_the_generator() -> None:
    torch.manual_seed(0)
    conv, following = nn.Conv2d(1, 64, 3), fused.block(64, relu=True, pool=2)
    before = torch.get_rng_state()
    stem = fused.absorbing(conv, following)
    assert torch.equal(torch.get_rng_state(), before)
    assert stem is not None
    assert stem.weight is conv.weight
    assert stem.bias is conv.bias
    plain = nn.Sequential(conv, nn.BatchNorm2d(64))
    assert list(nn.Sequential(stem, following).state_dict()) == list(plain.state_dict())


def test_a_copy_is_a_module_of_its_own() -> None:
    ours = twins(1, KINDS[0])[0]
    other = copy.deepcopy(ours)
    x = images((3, 1, 8, 8))
    before = other[1].running_mean.clone()  # type: ignore[union-attr, operator]
    ours(x)
    assert torch.equal(other[1].running_mean, before)  # type: ignore[arg-type]
    torch.testing.assert_close(ours(x), other(x))
    assert not torch.equal(other[1].running_mean, before)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("conv", "following"),
    [
        (nn.Conv2d(1, 31, 3), fused.FusedNorm(31, pool=2)),
        (nn.Conv2d(2, 127, 3), fused.FusedNorm(127, pool=2)),
        (nn.Conv2d(1, 64, 5), fused.FusedNorm(64, pool=2)),
        (nn.Conv2d(1, 64, 3, stride=2), fused.FusedNorm(64, pool=2)),
        (nn.Conv2d(1, 64, 3, padding=1), fused.FusedNorm(64, pool=2)),
        (nn.Conv2d(1, 64, 3, dilation=2), fused.FusedNorm(64, pool=2)),
        (nn.Conv2d(1, 64, 3), fused.FusedNorm(64, relu=True)),
        (nn.Conv2d(1, 64, 3), fused.FusedNorm(63, pool=2)),
        (nn.Conv2d(2, 128, 3, groups=2), fused.FusedNorm(128, pool=2)),
        (nn.Conv2d(1, 64, 3), nn.ReLU()),
    ],
)
def test_nothing_is_absorbed_where_it_would_not_pay(conv: nn.Conv2d, following: nn.Module) -> None:
    assert fused.absorbing(conv, following) is None
    assert not getattr(following, "absorbed", False)
