"""Networks: their counts are the published ones, and what is built is what was counted."""

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import nn

from bakeoff.errors import SpecError
from bakeoff.models.ensemble import Ensemble
from bakeoff.models.initial import NormalWeights
from bakeoff.models.layers import (
    BatchNorm,
    Conv,
    Deslant,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Linear,
    MaxPool,
    ReLU,
    Rescale,
    Sigmoid,
)
from bakeoff.models.modules import lay_out
from bakeoff.models.network import Head, Network, PerImage, Residual
from bakeoff.studies import BUILT_IN, dinh_herve, dong

PUBLISHED = {
    98_902: dinh_herve.naive_mlp,
    92_050: dinh_herve.naive_convnet,
    93_214: dinh_herve.siamese_convnet,
    47_758: dinh_herve.siamese_convnet_shared,
    73_954: dong.baseline,
    77_530: dong.cnn,
    69_849: dong.cnn_auxiliary,
}


@pytest.mark.parametrize(("count", "network"), PUBLISHED.items())
def test_parameter_counts_are_the_published_ones(count, network):
    assert network.parameters() == count
    assert sum(p.numel() for p in network.build().parameters()) == count


@pytest.mark.parametrize(
    "variant", [v for s in BUILT_IN for v in s.variants], ids=lambda variant: variant.name
)
def test_built_networks_have_the_parameters_and_give_the_heads_they_declare(variant):
    net = variant.model.build().eval()
    assert sum(p.numel() for p in net.parameters()) == variant.model.parameters()
    assert weight_bytes(net) == variant.model.weight_bytes()
    network = variant.model.model if isinstance(variant.model, Ensemble) else variant.model
    heads = net(torch.randn(3, *network.input))
    assert {name: tuple(head.shape) for name, head in heads.items()} == {
        name: (3, *shape) for name, shape in network.heads.items()
    }


def weight_bytes(net: nn.Module) -> int:
    tensors = (*net.parameters(), *net.buffers())
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def activation_bytes(net: nn.Module, x: torch.Tensor) -> int:
    """Return the bytes of the largest tensor that a module gives, the input among them."""
    sizes = [x.numel()]

    def note(module, inputs, output):
        tensors = output.values() if isinstance(output, dict) else (output,)
        sizes.extend(tensor.numel() for tensor in tensors)

    handles = [module.register_forward_hook(note) for module in net.modules()]
    net(x)
    for handle in handles:
        handle.remove()
    return 4 * max(sizes) // len(x)


few = st.integers(1, 3)
image_layers = st.one_of(
    st.builds(Conv, st.integers(1, 5), st.integers(1, 5), padding=st.integers(0, 2)),
    st.builds(lambda each, kernel, n: Conv(each * n, kernel, groups=n), few, few, few),
    st.builds(MaxPool, st.integers(1, 3)),
    st.sampled_from([BatchNorm(), ReLU(), Sigmoid(), Dropout(0.3), Deslant(), Rescale(255)]),
)
feature_layers = st.one_of(
    st.builds(Linear, st.integers(1, 9), bias=st.booleans()),
    st.sampled_from([BatchNorm(), ReLU(), MaxPool(2)]),
)


@given(
    st.lists(image_layers, max_size=5),
    st.lists(feature_layers, max_size=4),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_shapes_and_counts_without_torch_are_those_of_the_built_module(
    images, features, siamese, shared
):
    branch = (*images, Linear(7), *features)
    try:
        network = (
            Network(PerImage(*branch, shared=shared), Head("out"))
            if siamese
            else Network(*branch, Head("out"))
        )
    except SpecError:
        assume(False)
    net = network.build().eval()
    assert sum(p.numel() for p in net.parameters()) == network.parameters()
    assert weight_bytes(net) == network.weight_bytes()
    assert activation_bytes(net, torch.randn(2, 2, 14, 14)) == network.activation_bytes()
    assert net(torch.randn(2, 2, 14, 14))["out"].shape == (2, *network.heads["out"])


def test_a_shared_branch_treats_both_images_alike():
    net = Network(PerImage(Conv(4, 3), ReLU(), Linear(5)), Head("each")).build()
    one = torch.randn(3, 1, 14, 14)
    first, second = net(torch.cat([one, one], dim=1))["each"].unbind(dim=1)
    assert torch.equal(first, second)


def test_branches_of_their_own_treat_the_images_apart():
    net = Network(PerImage(Conv(4, 3), ReLU(), Linear(5), shared=False), Head("each")).build()
    one = torch.randn(3, 1, 14, 14)
    first, second = net(torch.cat([one, one], dim=1))["each"].unbind(dim=1)
    assert not torch.allclose(first, second)


def test_each_image_goes_where_it_belongs():
    """The head of a pair is the branch applied to its first and its second image."""
    net = Network(PerImage(Conv(4, 3), ReLU(), Linear(5), Head("digits")), Head("out")).build()
    x = torch.randn(6, 2, 14, 14)
    heads = net(x)
    for position in (0, 1):
        alone = net(torch.stack([x[:, position]] * 2, dim=1))["digits"][:, 0]
        torch.testing.assert_close(heads["digits"][:, position], alone)


def test_a_head_may_hang_on_a_side_branch_and_changes_nothing_downstream():
    torch.manual_seed(0)
    plain = Network(Linear(6), ReLU(), Linear(2), Head("comparison"))
    tapped = Network(
        Linear(6), ReLU(), Linear(2), Head("comparison"), Head("early", Linear(3), Linear(4))
    )
    assert tapped.heads == {"comparison": (2,), "early": (4,)}
    assert tapped.parameters() == plain.parameters() + 2 * 3 + 3 + 3 * 4 + 4


def test_bytes_of_a_network_are_counted_by_hand():
    network = Network(
        PerImage(Conv(8, 3), BatchNorm(), Linear(4), shared=False),
        Residual(Linear(8), shortcut=(Linear(8),)),
        Head("out", Linear(2000)),
    )
    branch = (8 * 9 + 8) + 16 + (8 * 144 * 4 + 4)
    floats = 2 * branch + 2 * (8 * 8 + 8) + (8 * 2000 + 2000)
    assert network.weight_bytes() == 4 * floats + 2 * (4 * 16 + 8)
    assert network.activation_bytes() == 4 * 2000
    shared = network.replace(layers=(PerImage(Conv(8, 3), Linear(4)), *network.layers[1:]))
    assert shared.activation_bytes() == 4 * 2 * 8 * 144
    assert Ensemble(network, members=3).weight_bytes() == 3 * network.weight_bytes()
    assert Ensemble(network, members=3).activation_bytes() == network.activation_bytes()


def test_multiply_adds_of_a_convolution_are_counted_by_hand():
    # 4 channels of 12 x 12 places, each over 2 channels of 3 x 3.
    assert Conv(4, 3).multiply_adds((2, 14, 14)) == 4 * 12 * 12 * 2 * 9
    network = Network(Conv(4, 3), Linear(10), Head("x"))
    assert network.multiply_adds() == 4 * 12 * 12 * 2 * 9 + 4 * 12 * 12 * 10


def test_groups_of_channels_are_convolved_apart_as_torch_does():
    conv = Conv(6, 3, padding=1, groups=3)
    # 6 channels, each over 1 of 3 channels of 3 x 3.
    assert conv.parameters((3, 14, 14)) == 6 * 9 + 6
    assert conv.multiply_adds((3, 14, 14)) == 6 * 14 * 14 * 9
    built = conv.build((3, 14, 14))
    x = torch.randn(2, 3, 14, 14)
    alone = built(x * torch.tensor([1.0, 0.0, 0.0]).reshape(3, 1, 1))
    torch.testing.assert_close(built(x)[:, :2], alone[:, :2])
    assert not torch.allclose(built(x)[:, 2:], alone[:, 2:])
    with pytest.raises(SpecError, match="6 channels cannot be split into as many"):
        Conv(6, 3, groups=4)
    with pytest.raises(SpecError, match=r"Conv\(6, 3, groups=3\).*given 2"):
        Network(Conv(6, 3, groups=3), Head("x"))


def test_deslanted_strokes_stand_upright_and_upright_ones_stay():
    places = torch.arange(28)
    bar = torch.zeros(28, 28)
    bar[4:24, 12:16] = 1
    slanted = torch.stack([row.roll((14 - y) // 2) for y, row in enumerate(bar)])
    pair = torch.stack([bar, slanted])[None] * 2 - 0.4
    straight, bent = Deslant().build((2, 28, 28))(pair)[0] + 0.4

    def spread(image):
        across = (image * places).sum(1)[6:22] / image.sum(1)[6:22]
        return (across.max() - across.min()).item()

    torch.testing.assert_close(straight, pair[0, 0] + 0.4)
    assert spread(slanted) > 7
    assert spread(bent) < 0.6
    blank = torch.full((1, 1, 14, 14), 3.0)
    torch.testing.assert_close(Deslant().build((1, 14, 14))(blank), blank)


def test_max_pool_of_features_pools_neighbouring_features():
    pool = MaxPool(2).build((6,))
    x = torch.tensor([[1.0, 5.0, 2.0, 2.0, 9.0, 0.0]])
    assert pool(x).tolist() == [[5.0, 2.0, 9.0]]


def test_the_pair_seen_as_an_image_is_convolved_as_torch_would():
    torch.manual_seed(1)
    net = Network(Conv(3, 3), BatchNorm(), ReLU(), MaxPool(2), Flatten(), Linear(2), Head("c"))
    built = net.build().train()
    torch.manual_seed(1)
    plain = nn.Sequential(
        nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(108, 2),
    ).train()  # fmt: skip
    x = torch.randn(5, 2, 14, 14)
    torch.testing.assert_close(built(x)["c"], plain(x))


def test_a_residual_block_adds_its_input():
    net = Network(Residual(Conv(2, 3, padding=1)), Flatten(), Head("x")).build()
    x = torch.randn(3, 2, 14, 14)
    body = net.chain.get_submodule("0.body.0")
    torch.testing.assert_close(net(x)["x"], (x + body(x)).flatten(1))


def test_a_residual_block_that_changes_shape_needs_a_shortcut():
    with pytest.raises(SpecError, match=r"\(4, 7, 7\).*\(2, 14, 14\)"):
        Network(Residual(Conv(4, 3, padding=1, stride=2)), Head("x"))
    shortcut = (Conv(4, 1, stride=2, bias=False),)
    network = Network(Residual(Conv(4, 3, padding=1, stride=2), shortcut=shortcut), Head("x"))
    assert network.heads["x"] == (4, 7, 7)
    assert network.parameters() == 4 * 2 * 9 + 4 + 4 * 2


def test_a_global_average_is_the_mean_of_each_channel():
    net = Network(GlobalAveragePool(), Head("x")).build()
    x = torch.randn(3, 2, 14, 14)
    torch.testing.assert_close(net(x)["x"], x.mean(dim=(2, 3)))


@pytest.mark.parametrize(("sd", "wanted"), [(0.05, 0.05), (None, (2 / 392) ** 0.5)])
def test_weights_may_start_from_a_normal_distribution(sd, wanted):
    torch.manual_seed(0)
    network = Network(Linear(500), Head("x"), initial=NormalWeights(sd=sd))
    weight, bias = network.build().parameters()
    assert weight.std().item() == pytest.approx(wanted, rel=0.02)
    assert not bias.any()


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param((Linear(20), ReLU()), id="flattened"),
        pytest.param((Flatten(), BatchNorm(), Linear(20)), id="a layer that flattens"),
        pytest.param((PerImage(Conv(3, kernel=3), Linear(10)), Flatten()), id="shared branches"),
        pytest.param((PerImage(Linear(10), shared=False), Flatten()), id="two branches"),
        pytest.param((Rescale(255), Linear(20)), id="rescaled"),
    ],
)
def test_images_that_are_not_taken_whole_give_the_same_bits_in_either_layout(layers):
    torch.manual_seed(0)
    net = Network(*layers, Linear(2), Head("comparison")).build()
    x = torch.randn(30, 2, 14, 14)
    found = []
    for inputs in (x, x.contiguous(memory_format=torch.channels_last)):
        lay_out(net, innermost=True)
        net.zero_grad()
        head = net(inputs)["comparison"]
        head.square().sum().backward()
        found.append([head.detach(), *(p.grad for p in net.parameters())])
    for one, other in zip(*found, strict=True):
        assert torch.equal(one, other)
