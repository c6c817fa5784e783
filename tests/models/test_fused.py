"""The fused block answers as torch's separate modules do, wherever either would be used."""

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
from bakeoff.models.kernels.compiler import compiled


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    # Two threads of small work wait for each other, for long where others use the cores.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


KINDS = [  # norm, relu, pool
    (True, True, 2),
    (True, False, 2),
    (True, True, None),
    (True, False, None),
    (True, True, 3),
    (False, True, 2),
    (False, False, 2),
]
SHAPES = [
    (6, 16, 8, 8),
    (5, 17, 7, 9),
    (1, 3, 4, 5),
    (2, 33, 3, 3),
    (40, 32, 4, 4),
    (3, 130, 6, 3),
    (4, 1, 6, 6),
    (1, 1, 3, 4),
]


def plain(channels: int, norm: bool, relu: bool, pool: int | None) -> nn.Sequential:
    modules: list[nn.Module] = [nn.BatchNorm2d(channels)] if norm else []
    modules += [nn.ReLU()] if relu else []
    return nn.Sequential(*modules, *([nn.MaxPool2d(pool)] if pool else []))


def twins(
    channels: int,
    norm: bool,
    relu: bool,
    pool: int | None,
    dtype: torch.dtype = torch.float64,
    train: bool = True,
) -> tuple[nn.Module, nn.Module]:
    """The fused module and torch's, their parameters and running statistics alike and random."""
    modules = (
        fused.block(channels if norm else None, relu=relu, pool=pool),
        plain(channels, norm, relu, pool),
    )
    draw = torch.Generator().manual_seed(channels)
    values = [torch.randn(channels, generator=draw, dtype=torch.float64) for _ in range(4)]
    for module in modules:
        module.to(dtype).train(train)
        for layer in module.modules():
            if isinstance(layer, nn.BatchNorm2d):
                with torch.no_grad():
                    layer.weight.copy_(values[0])
                    layer.bias.copy_(values[1])
                    layer.running_mean.copy_(values[2])  # type: ignore[union-attr]
                    layer.running_var.copy_(values[3].abs() + 0.1)  # type: ignore[union-attr]
    return modules


def answers(module: nn.Module, x: Tensor) -> dict[str, Tensor]:
    """Everything a training step takes from a module, with a fixed gradient of the output."""
    x = x.detach().requires_grad_()
    y = module(x)
    draw = torch.Generator().manual_seed(0)
    y.backward(torch.randn(y.shape, generator=draw, dtype=torch.float64).to(y.dtype))
    assert x.grad is not None
    found = {"output": y.detach(), "input gradient": x.grad}
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            found |= {f"{name} gradient": p.grad for name, p in layer.named_parameters()}
            found |= {name: b.clone() for name, b in layer.named_buffers()}
    return found


def images(shape: tuple[int, ...], dtype: torch.dtype = torch.float64, seed: int = 0) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(shape, generator=draw, dtype=torch.float64) * 2 + 1
    return x.to(dtype).contiguous(memory_format=torch.channels_last)


def is_fused(y: Tensor) -> bool:
    """Whether the kernels made `y`, a non-overlapping pooling of torch's aside."""
    node = y.grad_fn
    while node is not None and node.name().startswith("MaxPool"):
        node = node.next_functions[0][0]
    return node is not None and node.name() in {"_BatchNormBackward", "_AffineBackward"}


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
def test_float64_answers_are_torchs(
    shape: tuple[int, ...], kind: tuple[bool, bool, int | None], train: bool
) -> None:
    ours, theirs = twins(shape[1], *kind, train=train)
    x = images(shape)
    assert is_fused(ours(x.clone().requires_grad_()))
    theirs(x)  # as many updates of the running statistics
    found, expected = answers(ours, x), answers(theirs, x)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-10, msg=name)


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(*(st.integers(1, most) for most in (5, 70, 9, 9))),
    kind=st.sampled_from(KINDS),
    train=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_float64_answers_are_torchs_for_any_shape(
    shape: tuple[int, ...], kind: tuple[bool, bool, int | None], train: bool, seed: int
) -> None:
    side = min(shape[2:])
    kind = (kind[0], kind[1], kind[2] if side >= (kind[2] or 1) else None)
    if math.prod(shape) == shape[1]:
        train = False
    ours, theirs = twins(shape[1], *kind, train=train)
    x = images(shape, seed=seed)
    found, expected = answers(ours, x), answers(theirs, x)
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-7, atol=1e-8, msg=name)


@pytest.mark.parametrize("mean", [0.0, 300.0])
@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(200, 16, 7, 7), (50, 128, 6, 6), (10, 5, 12, 12)])
def test_float32_is_as_near_to_the_truth_as_torch(
    shape: tuple[int, ...], kind: tuple[bool, bool, int | None], train: bool, mean: float
) -> None:
    x = (images(shape) + mean).float()
    truth = answers(twins(shape[1], *kind, train=train)[1], x.double())
    ours, theirs = (answers(m, x) for m in twins(shape[1], *kind, dtype=torch.float32, train=train))
    for name, value in truth.items():
        if not value.is_floating_point():
            continue
        errors = [(each[name].double() - value).abs().max().item() for each in (ours, theirs)]
        rounding = torch.finfo(torch.float32).eps * value.abs().max().item()
        assert errors[0] <= 3 * errors[1] + 4 * rounding, (name, errors)


def test_running_statistics_follow_torch_over_many_steps() -> None:
    for momentum in (0.1, 0.5, None):
        ours = fused.FusedNorm(5, relu=True, pool=2, eps=1e-2, momentum=momentum).double()
        theirs = nn.BatchNorm2d(5, eps=1e-2, momentum=momentum).double()
        for seed in range(4):
            x = images((3, 5, 6, 7), seed=seed)
            y = torch.max_pool2d(theirs(x).relu(), 2)
            torch.testing.assert_close(ours(x), y, rtol=1e-10, atol=1e-12)
        assert ours.state_dict().keys() == theirs.state_dict().keys()
        for name, value in theirs.state_dict().items():
            torch.testing.assert_close(ours.state_dict()[name], value, rtol=1e-12, atol=0)


LAYOUTS = {
    "contiguous": lambda x: x.contiguous(),
    "sliced": lambda x: torch.cat([x, x], dim=2)[:, :, ::2],
    "transposed": lambda x: x.transpose(2, 3),
    "expanded": lambda x: x[:1].expand(x.shape),
    "flipped": lambda x: x.flip(1)[:, :, 1:, 1:],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_layout_of_the_input_does_not_matter(
    kind: tuple[bool, bool, int | None], layout: str
) -> None:
    x = LAYOUTS[layout](images((4, 12, 8, 6)))
    ours, theirs = twins(12, *kind)
    found, expected = answers(ours, x), answers(theirs, x)
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-10, msg=name)


def test_the_output_is_laid_out_channels_last() -> None:
    for kind in KINDS:
        y = twins(12, *kind)[0](images((4, 12, 8, 6)).contiguous())
        assert y.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("special", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_nan_and_infinity_pass_as_in_torch(
    kind: tuple[bool, bool, int | None], train: bool, special: float
) -> None:
    x = images((3, 20, 6, 7))
    x[0, 1, 2, 3] = x[2, 18, 0, 0] = x[1, 4, 5, 6] = special
    x[0, 7, :2, :2] = special
    x[0, 8, 0, 0], x[0, 8, 0, 1] = special, 50.0
    ours, theirs = twins(20, *kind, train=train)
    found, expected = answers(ours, x), answers(theirs, x)
    if "weight gradient" in found and not train and kind[2] == 2:
        # torch multiplies what pooling left out by a gradient of zero, and makes it NaN.
        unclear = expected["weight gradient"].isnan()
        expected["weight gradient"][unclear] = found["weight gradient"][unclear]
    for name, value in expected.items():
        torch.testing.assert_close(
            found[name], value, rtol=1e-9, atol=1e-10, equal_nan=True, msg=name
        )


def test_a_nan_in_the_gradient_passes_as_in_torch() -> None:
    for kind, train in itertools.product(KINDS, (True, False)):
        found = []
        for module in twins(3, *kind, train=train):
            x = images((2, 3, 6, 6)).requires_grad_()
            y = module(x)
            gradient = torch.ones_like(y)
            gradient[0, 1, 0, 0] = math.nan
            y.backward(gradient)
            found.append(x.grad)
        torch.testing.assert_close(*found, equal_nan=True)


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_of_equal_values_the_first_gets_the_gradient(
    kind: tuple[bool, bool, int | None], train: bool
) -> None:
    draw = torch.Generator().manual_seed(0)
    x = torch.randint(-1, 2, (6, 10, 6, 6), generator=draw).double()
    ours, theirs = twins(10, *kind, train=train)
    found, expected = answers(ours, x), answers(theirs, x)
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, rtol=1e-9, atol=1e-10, msg=name)


@pytest.mark.parametrize("train", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_and_gradients_of_gradients_are_those_of_the_function(
    kind: tuple[bool, bool, int | None], train: bool
) -> None:
    module = twins(3, *kind, train=train)[0]
    x = images((2, 3, 5, 4)).requires_grad_()
    parameters = tuple(p.detach().clone().requires_grad_() for p in module.parameters())
    names = [name for name, _ in module.named_parameters()]

    def function(x: Tensor, *values: Tensor) -> Tensor:
        named = dict(zip(names, values, strict=True))
        return torch.func.functional_call(module, named, (x,))  # type: ignore[no-any-return]

    assert is_fused(function(x, *parameters))
    assert torch.autograd.gradcheck(function, (x, *parameters), fast_mode=True)
    assert torch.autograd.gradgradcheck(function, (x, *parameters), fast_mode=True)


def test_the_same_input_gives_the_same_bits() -> None:
    for kind in KINDS:
        x = images((30, 20, 7, 7), torch.float32)
        first, second = (answers(twins(20, *kind, dtype=torch.float32)[0], x) for _ in range(2))
        for name, value in first.items():
            assert torch.equal(second[name], value)


@pytest.mark.parametrize("channels", [3, 16, 20])
@pytest.mark.parametrize("kind", KINDS)
def test_evaluation_has_the_same_bits_with_and_without_gradients(
    kind: tuple[bool, bool, int | None], channels: int
) -> None:
    x = images((5, channels, 7, 6), torch.float32)
    # Equal values, zeros of both signs, and what is no number.
    x[0, :, :2, :2], x[1, :, 2:4, 2:4] = 0.5, 0.0
    x[1, :, 2, 2] = -0.0
    x[2, 0, 0, 0], x[2, 1, 3, 3] = math.nan, math.inf
    block = twins(channels, *kind, dtype=torch.float32, train=False)[0]
    expected = block(x).detach()
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            found = block(x)
        assert found.numpy().tobytes() == expected.numpy().tobytes()


def test_state_moves_between_fused_and_plain_both_ways() -> None:
    ours, theirs = fused.block(6, relu=True, pool=2), nn.BatchNorm2d(6)
    assert isinstance(ours, nn.BatchNorm2d)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours(images((4, 6, 4, 4), torch.float32))
    theirs.load_state_dict(ours.state_dict())
    again = fused.block(6, relu=True, pool=2)
    again.load_state_dict(theirs.state_dict())
    for name, value in ours.state_dict().items():
        assert torch.equal(again.state_dict()[name], value)
    assert not fused.block(None, relu=True, pool=2).state_dict()


def test_evaluation_leaves_the_statistics_and_training_without_gradients_moves_them() -> None:
    x = images((4, 6, 4, 4), torch.float32)
    for train, mode in itertools.product((True, False), (torch.no_grad, torch.inference_mode)):
        ours, theirs = twins(6, True, True, 2, torch.float32, train)
        before = copy.deepcopy(ours.state_dict())
        with mode():
            torch.testing.assert_close(ours(x), theirs(x))
        after = ours.state_dict()
        moved = [not torch.equal(after[name], before[name]) for name in before]
        assert moved == [False, False, train, train, train]


def test_an_input_that_wants_no_gradient_still_trains_the_parameters() -> None:
    for train in (True, False):
        ours, theirs = twins(6, True, True, 2, train=train)
        x = images((4, 6, 4, 4))
        for module in (ours, theirs):
            module(x).square().sum().backward()
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert mine.grad is not None
            torch.testing.assert_close(mine.grad, other.grad)


def test_frozen_parameters_get_no_gradient() -> None:
    for train in (True, False):
        ours = twins(6, True, True, 2, train=train)[0].requires_grad_(False)
        x = images((4, 6, 4, 4)).requires_grad_()
        ours(x).sum().backward()
        assert x.grad is not None
        assert all(parameter.grad is None for parameter in ours.parameters())


def test_a_retained_graph_gives_the_same_gradient_again() -> None:
    for kind in KINDS:
        x = images((4, 6, 6, 6)).requires_grad_()
        y = twins(6, *kind)[0](x).square().sum()
        first, second = (torch.autograd.grad(y, x, retain_graph=True)[0] for _ in range(2))
        assert torch.equal(first, second)


def test_an_input_changed_before_the_backward_pass_is_noticed() -> None:
    leaf = images((4, 6, 6, 6)).requires_grad_()
    x = leaf * 1
    y = fused.block(6, relu=True, pool=2).double()(x)
    x += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


@pytest.mark.parametrize("kind", KINDS)
def test_torch_takes_over_where_the_kernels_do_not_apply(
    kind: tuple[bool, bool, int | None],
) -> None:
    ours, theirs = twins(6, *kind, dtype=torch.bfloat16)
    x = images((4, 6, 6, 6), torch.bfloat16).requires_grad_()
    assert torch.equal(ours(x), theirs(x))
    assert not is_fused(ours(x))
    ours, theirs = twins(6, *kind, dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        assert not is_fused(ours(x.float()))
    empty = images((4, 6, 6, 6), torch.float32)[:0]
    assert ours(empty).shape == theirs(empty).shape
    meta = ours.to("meta")(x.float().to("meta"))
    assert meta.shape == theirs(x.float()).shape


def test_errors_are_torchs_own() -> None:
    ours, theirs = twins(6, True, True, 2, torch.float32)
    for shape in ((1, 6, 1, 1), (4, 6, 1, 5), (6, 8, 8), (4, 5, 8, 8)):
        with pytest.raises((ValueError, RuntimeError)) as expected:
            theirs(torch.zeros(shape))
        with pytest.raises(expected.type) as found:
            ours(torch.zeros(shape))
        assert str(found.value) == str(expected.value)


def test_a_copy_is_a_module_of_its_own() -> None:
    ours = twins(6, True, True, 2)[0]
    other = copy.deepcopy(ours)
    x = images((4, 6, 6, 6))
    ours(x)
    assert not torch.equal(ours.running_mean, other.running_mean)  # type: ignore[arg-type]
    torch.testing.assert_close(ours(x), other(x))
    assert "relu=True, pool=2" in repr(ours)


def test_blocks_without_norm_or_known_pooling_are_torchs_modules() -> None:
    x = images((2, 3, 6, 6))
    for relu, pool in itertools.product((True, False), (None, 3)):
        block = fused.block(None, relu=relu, pool=pool)
        assert torch.equal(block(x), plain(3, False, relu, pool)(x))
        assert not any(isinstance(m, fused.FusedPool) for m in block.modules())


def test_a_kernel_runs_where_nothing_can_be_kept_on_disk() -> None:
    # Code without a file has no place in the cache, as code where no folder can be written.
    double = compiled(eval("lambda x: 2 * x"))
    assert double(3) == 6
