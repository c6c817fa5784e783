"""Networks drawn from their layers: every layer, head and parameter, whole and in its place."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.models.layers import (
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    GlobalAveragePool,
    Linear,
    MaxPool,
    ReLU,
    Sigmoid,
)
from bakeoff.models.network import Head, Network, PerImage, Residual
from bakeoff.reporting.figures.blocks import TIMES, Block, Branches, Sum, Tap, blocks, count
from bakeoff.reporting.figures.drawing import Pen, document, moved, wrapped
from bakeoff.reporting.figures.structure import structure, structure_grid
from bakeoff.reporting.palette import DARK, LIGHT, PAGE
from bakeoff.studies import BUILT_IN, dong, zhou

NETWORKS = {
    f"{study.name}: {variant.name}": variant.model
    for study in BUILT_IN
    for variant in study.variants
    if isinstance(variant.model, Network)
}


class Attention(Linear):
    """A user's own layer, which is not the layer that it is made from."""

    def __init__(self, features, *, bias=True):
        super().__init__(features, bias=bias)


def boxes_of(network):
    return blocks(network.layers, network.input)


def svg(network, paint=LIGHT):
    piece = structure(network, Pen(paint))
    marks = moved(piece.marks, piece.left + 1, 1)
    return document([marks], width=piece.width + 2, height=piece.height + 2)


def words(network):
    return [text.text for text in ET.fromstring(svg(network)).iter() if text.tag.endswith("text")]


def convolutional(*layers):
    return Network(*layers, Linear(2), Head("comparison"))


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_the_boxes_of_a_built_in_network_hold_all_its_parameters(network):
    assert count(boxes_of(network)) == network.parameters()
    rows = structure_grid("a network", network).rows
    assert rows[-1] == ("All", "", f"{network.parameters():,}")
    assert {f"head {name}" for name in network.heads} <= {row[0].split(": ")[-1] for row in rows}


CONV = st.builds(
    lambda c, k, bias: Conv(c, k, padding=k // 2, bias=bias),
    st.integers(1, 4),
    st.sampled_from([1, 3, 5]),
    st.booleans(),
)
AFTER = st.sampled_from([BatchNorm(), ReLU(), Sigmoid(), Dropout(0.5), MaxPool(2, stride=1)])
SIMPLE = st.lists(st.one_of(CONV, AFTER), max_size=6)
SAME = st.lists(st.sampled_from([Conv(3, 3, padding=1), BatchNorm(), ReLU()]), max_size=4)


@given(stem=SIMPLE, body=SAME, again=st.integers(0, 3), tapped=SIMPLE, shared=st.booleans())
def test_any_network_is_drawn_whole_and_inside_its_edges(stem, body, again, tapped, shared):
    network = Network(
        PerImage(
            *stem,
            *(Conv(3, 3, padding=1), *[Residual(*body)] * again),
            Head("early", *tapped, Linear(3)),
            shared=shared,
        ),
        *(Flatten(), Linear(2), Head("comparison")),
    )

    piece = structure(network, Pen(LIGHT))

    assert count(boxes_of(network)) == network.parameters()
    root = ET.fromstring(svg(network))
    for x, y, width, height in placed(root):
        assert 0 <= x <= x + width <= piece.width + 2
        assert 0 <= y <= y + height <= piece.height + 2


def placed(element, x=0.0, y=0.0):
    """Yield the place and size of every rectangle of a drawing, and where its texts stand."""
    if shift := re.fullmatch(r"translate\((\S+) (\S+)\)", element.get("transform", "")):
        x, y = x + float(shift[1]), y + float(shift[2])
    kind = element.tag.rpartition("}")[2]
    if kind in {"rect", "text"}:
        size = (float(element.get(side, 0)) for side in ("width", "height"))
        yield x + float(element.get("x")), y + float(element.get("y")), *size
    for inner in element:
        yield from placed(inner, x, y)


def test_a_layer_with_weights_takes_what_follows_it_into_its_box():
    first, last, _ = boxes_of(
        convolutional(Conv(8, 3, stride=2, bias=False), BatchNorm(), ReLU(), MaxPool(3, stride=1))
    )

    assert first == Block(
        title=f"Conv 3{TIMES}3, 8",
        details=("stride 2", "no bias", "batch norm", "ReLU", "max-pool 3, stride 1"),
        kind="convolution",
        shape=(8, 4, 4),
        parameters=2 * 9 * 8 + 16,
    )
    assert (last.title, last.kind, last.shape) == ("Linear 2", "linear", (2,))


def test_equal_boxes_in_a_row_are_folded_into_one():
    pair = (Conv(2, 3, padding=1), ReLU())
    nodes = boxes_of(convolutional(*pair * 5))

    assert [(node.title, node.times) for node in nodes[:-1]] == [
        (f"Conv 3{TIMES}3, 2", 5),
        ("Linear 2", 1),
    ]
    assert f"{TIMES} 5" in words(convolutional(*pair * 5))


def test_a_change_of_shape_or_of_what_follows_ends_a_fold():
    nodes = boxes_of(
        convolutional(Conv(2, 3), ReLU(), Conv(2, 3), ReLU(), Conv(2, 1), Sigmoid(), Conv(2, 1))
    )

    assert [node.times for node in nodes[:-1]] == [1] * 5


def test_equal_residual_connections_are_folded_with_what_follows_their_sum():
    blocks_of_two = (Residual(Conv(2, 3, padding=1), BatchNorm()), ReLU())
    nodes = boxes_of(convolutional(*blocks_of_two * 3, GlobalAveragePool()))

    assert isinstance(nodes[0], Sum)
    assert (nodes[0].times, nodes[0].after) == (3, ("ReLU",))
    assert nodes[1].title == "Average over the image"


def test_a_shortcut_with_layers_is_drawn_beside_the_body():
    widening = Residual(Conv(4, 3, padding=1), shortcut=(Conv(4, 1), BatchNorm()))
    plain = Residual(Conv(2, 3, padding=1))

    said = words(convolutional(widening))

    assert f"Conv 1{TIMES}1, 4" in said
    assert structure(convolutional(widening), Pen(LIGHT)).right > (
        structure(convolutional(plain), Pen(LIGHT)).right + 100
    )
    assert any(
        row[0].startswith("shortcut: ") for row in structure_grid("", convolutional(widening)).rows
    )


@pytest.mark.parametrize(
    ("shared", "says"), [(True, "shared weights"), (False, "separate weights")]
)
def test_branches_say_whether_their_weights_are_shared(shared, says):
    branch = PerImage(Conv(128, 3), ReLU(), Linear(10), shared=shared)
    network = Network(branch, Flatten(), Linear(2), Head("comparison"))

    assert words(network).count(says) == 1
    assert words(network).count(f"Conv 3{TIMES}3, 128") == 1  # The second image's has no words.
    dashed = [e for e in ET.fromstring(svg(network)).iter() if e.get("stroke-dasharray")]
    assert bool(dashed) == shared


def test_branches_end_where_nothing_joins_them():
    network = Network(PerImage(Linear(10), Head("digits")))

    (branches,) = boxes_of(network)

    assert branches == Branches(
        body=(
            Block("Linear 10", (), "linear", (10,), 1970),
            Tap("digits", (10,)),
        ),
        images=2,
        shared=True,
        given=(1, 14, 14),
    )
    assert "Concatenate" not in words(network)
    assert "Concatenate" in words(dong.cnn_auxiliary)


def test_many_images_are_drawn_as_the_first_and_the_rest():
    network = Network(PerImage(Linear(3)), Linear(2), Head("a"), input=(5, 4, 4))

    assert {"1", "2\N{EN DASH}5"} <= set(words(network))


def test_heads_are_named_with_their_shapes_wherever_they_are_tapped():
    said = words(zhou.weight_sharing)

    assert said.count("digits") == 1
    assert said.count("comparison") == 1
    assert "1,010 parameters" in said  # The layer that makes the digits of 100 features.


def test_a_layer_of_the_user_is_drawn_under_its_own_name():
    (block, *_) = boxes_of(Network(Attention(7), ReLU(), Linear(2), Head("a")))

    assert (block.title, block.kind, block.details) == ("Attention(7)", "linear", ("ReLU",))


def test_hostile_names_stay_text():
    network = Network(Linear(2), Head('</text><script>alert("1")</script>'))

    text = svg(network)

    assert "<script" not in text
    assert '</text><script>alert("1")</script>' in words(network)


@pytest.mark.parametrize("paint", [LIGHT, DARK], ids=["light", "dark"])
def test_a_drawing_for_a_file_has_colours_and_for_a_page_their_names(paint):
    assert "var(" not in svg(zhou.weight_sharing, paint)
    assert paint.series[0] in svg(zhou.weight_sharing, paint)
    colours = re.findall(r'(?:fill|stroke)="([^"]*)"', svg(zhou.weight_sharing, PAGE))
    assert {c for c in colours if not c.startswith("var(--")} == {"none"}


def test_a_drawing_has_no_ids_that_could_clash_in_a_page():
    assert not re.search(r"\b(id|class)=", svg(zhou.deep_residual))


def test_details_are_broken_between_layers_and_never_inside():
    lines = wrapped(("padding 1", "batch norm", "ReLU"), between=" . ", width=160, size=11)

    assert lines == ["padding 1 . batch norm", "ReLU"]
    assert wrapped(("x" * 99,), between=" ", width=10, size=11) == ["x" * 99]
