"""The layers of networks, as tables."""

from __future__ import annotations

from collections.abc import Iterator

from bakeoff.analysis.results import Results
from bakeoff.models.layers import Layer
from bakeoff.models.network import Head, Network, PerImage, Residual
from bakeoff.models.shape import Shape
from bakeoff.reporting.section import Column, Fold, Number, Row, TableBlock
from bakeoff.study.figures import StructureFigure


def structures(spec: StructureFigure, results: Results) -> Fold:
    """Returns a table for each network, from its input to its last head."""
    models = {name: results.study.variant(name).model for name in spec.shown}
    tables = tuple(
        layer_table(f"{spec.name}--{place + 1}", name, model)
        for place, (name, model) in enumerate(models.items())
        if isinstance(model, Network)
    )
    return Fold(spec.title, tables)


def layer_table(name: str, variant: str, network: Network) -> TableBlock:
    """Returns a network's layers, with the output, trainable values and arithmetic of each."""
    total = (Number(network.parameters(), "count"), Number(network.multiply_adds(), "count"))
    return TableBlock(
        name=name,
        caption=f"Layers of {variant}, as the study declares them; multiply-adds are for one "
        "example",
        columns=(
            Column("Layer", "text"),
            Column("Output"),
            Column("Trainable values"),
            Column("Multiply-adds"),
        ),
        rows=(
            Row(("input", _size(network.input), None, None)),
            *_rows(network.layers, network.input),
            Row(("all", None, *total)),
        ),
    )


def _rows(
    layers: tuple[Layer, ...], shape: Shape, where: str = "", copies: int = 1, passes: int = 1
) -> Iterator[Row]:
    """Yields a row for each layer; the rows of inner layers come before that of their result.

    Args:
        layers: in order.
        shape: the input of the first.
        where: the enclosing layers, printed before their names.
        copies: how often their weights exist.
        passes: how often an example passes through them.
    """
    for layer in layers:
        gives = layer.output(shape)
        match layer:
            case Head():
                name = f"head {layer.name}"
                yield from _rows(layer.layers, shape, f"{where}{name}: ", copies, passes)
                yield Row((f"{where}{name}", _size(layer.heads(shape)[layer.name]), None, None))
            case Residual():
                yield from _rows(layer.layers, shape, f"{where}residual: ", copies, passes)
                yield from _rows(layer.shortcut, shape, f"{where}shortcut: ", copies, passes)
                yield Row((f"{where}sum", _size(gives), None, None))
            case PerImage():
                weights = "shared weights" if layer.shared else "weights of its own"
                yield from _rows(
                    layer.layers,
                    (1, *shape[1:]) if len(shape) == 3 else shape[1:],
                    f"{where}each of {shape[0]} images ({weights}): ",
                    copies if layer.shared else copies * shape[0],
                    passes * shape[0],
                )
                yield Row((f"{where}{shape[0]} images together", _size(gives), None, None))
            case _:
                numbers = (copies * layer.parameters(shape), passes * layer.multiply_adds(shape))
                counts = (Number(number, "count") if number else None for number in numbers)
                yield Row((f"{where}{layer!r}", _size(gives), *counts))
        shape = gives


def _size(shape: Shape) -> str:
    return " \N{MULTIPLICATION SIGN} ".join(f"{side:,}" for side in shape)
