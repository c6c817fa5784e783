"""The figures that a study declares: all of them, in its order; networks as tables."""

from dataclasses import replace

import pytest
import sample_results as sample
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.models.layers import BatchNorm, Conv, Dropout, Flatten, Linear, MaxPool, ReLU
from bakeoff.models.network import Head, Network, PerImage, Residual
from bakeoff.reporting.charts.structure import layer_table
from bakeoff.reporting.section import Figure, Fold, Panels
from bakeoff.reporting.sections.figures import declared_figures
from bakeoff.studies import BUILT_IN
from bakeoff.study.figures import BoxFigure, FigureSpec

NAMES = tuple(variant.name for variant in sample.STUDY.variants)
NETWORKS = {
    f"{study.name}: {variant.name}": variant.model
    for study in BUILT_IN
    for variant in study.variants
    if isinstance(variant.model, Network)
}


def drawn(*figures, base=None):
    results = base or sample.whole()
    study = results.study.replace(figures=figures)
    return tuple(declared_figures(replace(results, study=study, declared=study)))


def rows_of(network):
    return [row.cells for row in layer_table("figure-1--1", "a network", network).rows]


def test_every_declared_figure_is_drawn_in_its_order():
    found = drawn(*sample.FIGURES)

    assert [type(block) for block in found] == [Panels, Figure, Figure, Figure, Fold]
    assert [block.title for block in found] == [figure.title for figure in sample.FIGURES]
    assert [block.name for block in found[:-1]] == [figure.name for figure in sample.FIGURES[:-1]]
    parts = [part for b in found for part in (b.figures if isinstance(b, Panels) else [b])]
    for figure in parts[:-1]:
        assert figure.caption.endswith(".")
        assert figure.table.rows


def test_figures_without_trials_are_left_out_and_structures_are_not():
    assert [type(block) for block in drawn(*sample.FIGURES, base=sample.empty())] == [Fold]


def test_a_kind_of_ones_own_is_drawn_as_what_it_is_made_from_or_refused():
    class Wide(BoxFigure):
        pass

    class Strange(FigureSpec):
        @property
        def shown(self):
            return NAMES

        def without(self, missing):  # noqa: ARG002
            return self

    (figure,) = drawn(Wide(title="Wide", variants=NAMES))
    assert figure.name == "figure-wide"
    with pytest.raises(TypeError, match="Strange"):
        drawn(Strange(title="Strange"))


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS.keys())
def test_the_rows_of_a_built_in_network_add_up(network):
    check_sums(network)


SIMPLE = st.lists(
    st.sampled_from(
        [Conv(3, 3, padding=1), BatchNorm(), ReLU(), Dropout(0.5), MaxPool(2, stride=1)]
    ),
    max_size=4,
)
SAME = st.lists(st.sampled_from([Conv(3, 3, padding=1), BatchNorm()]), max_size=3)


@given(stem=SIMPLE, body=SAME, tapped=SIMPLE, shared=st.booleans())
def test_the_rows_of_any_network_add_up(stem, body, tapped, shared):
    branch = PerImage(
        *stem,
        Conv(3, 3, padding=1),
        Residual(*body),
        Head("early", *tapped, Linear(3)),
        shared=shared,
    )
    check_sums(Network(branch, Flatten(), Linear(2), Head("comparison")))


def check_sums(network):
    first, *rows, last = rows_of(network)
    for place, total in ((2, network.parameters()), (3, network.multiply_adds())):
        assert sum(cells[place].value for cells in rows if cells[place]) == total
        assert last[place].value == total
    assert first[0] == "input"
    heads = {cells[0].split(": ")[-1] for cells in rows}
    assert {f"head {name}" for name in network.heads} <= heads


def test_branches_say_whether_their_weights_are_shared():
    def rows(*, shared):
        return rows_of(Network(PerImage(Linear(10), shared=shared), Linear(2), Head("comparison")))

    assert [cells[0] for cells in rows(shared=True)][1:3] == [
        "each of 2 images (shared weights): Linear(10)",
        "2 images together",
    ]
    shared, apart = (rows(shared=shared)[1][2].value for shared in (True, False))
    assert (shared, apart) == (1970, 3940)
    assert "weights of its own" in rows(shared=False)[1][0]


def test_a_shortcut_stands_after_its_body():
    widening = Residual(Conv(4, 3, padding=1), shortcut=(Conv(4, 1),))

    names = [cells[0] for cells in rows_of(Network(widening, Linear(2), Head("comparison")))]

    assert names[1:4] == ["residual: Conv(4, 3, padding=1)", "shortcut: Conv(4, 1)", "sum"]
