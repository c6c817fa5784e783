"""Models as ONNX graphs: raw inputs go in, answers come out, checked before they are written."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from bakeoff.errors import ModelError, RunError
from bakeoff.inference.predictor import Answers, Predictor, Preprocess, checked

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from torch import nn

    from bakeoff.data.splits import Scale
    from bakeoff.data.transforms import Preprocessing
    from bakeoff.inference.description import Description

OPSET = 18
"""The version of ONNX's operators: old enough for the runtimes of phones and browsers."""

_ML_OPSET = 3
_IR = 10


def check_installed(*further: str) -> None:
    """Refuses to go on without the packages that read and write ONNX.

    Args:
        further: packages that are needed beside onnx and onnxruntime.

    Raises:
        RunError: one is not installed.
    """
    for name in ("onnx", "onnxruntime", *further):
        if find_spec(name) is None:
            raise RunError(f"ONNX needs the package {name}: pip install 'bakeoff[onnx]'.")


def network_graph(predictor: Predictor) -> bytes:
    """Returns the graph of a network, with its preprocessing and its decision.

    Raises:
        ModelError: its answers depend on the rest of the batch, or it has what ONNX lacks.
        RunError: a package is missing.
    """
    import torch

    check_installed("onnxscript")
    description = predictor.description
    if description.by_batch:
        raise ModelError(
            f"{description.origin.variant!r} cannot be exported, for its answer to an example "
            f"depends on the rest of the batch: {description.by_batch}."
        )
    inputs = description.inputs
    example = torch.zeros(3, *inputs.shape, dtype=getattr(torch, inputs.dtype))
    with torch.no_grad():
        names = list(predictor(example))
    try:
        return _exported(predictor, example, names)
    except Exception as error:
        raise ModelError(
            f"{description.origin.variant!r} cannot be exported as ONNX: {_reason(error)}"
        ) from None


def _exported(net: nn.Module, example: Any, names: list[str]) -> bytes:
    import torch

    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            net,
            (example,),
            dynamo=True,
            opset_version=OPSET,
            input_names=["inputs"],
            output_names=names,
            dynamic_shapes=({0: torch.export.Dim("examples", min=1)},),
            verbose=False,
        )
        assert program is not None
        content: bytes = program.model_proto.SerializeToString()
    return content


def estimator_graph(
    estimator: Any,
    preprocessing: Preprocessing | None,
    raw: NDArray[np.generic],
    *,
    classes: int,
    scale: Scale | None,
) -> bytes:
    """Returns the graph of a fitted estimator behind its preprocessing.

    Args:
        estimator: of scikit-learn.
        preprocessing: of its inputs.
        raw: some examples before preprocessing.
        classes: of its target; 0 for numbers.
        scale: of its target.

    Raises:
        ModelError: there is no such graph of it.
        RunError: a package is missing.
    """
    check_installed("skl2onnx", "onnxscript")
    import onnx
    import torch
    from onnx import compose
    from skl2onnx import to_onnx

    name = type(estimator).__name__
    if classes and list(estimator.classes_) != list(range(classes)):
        raise ModelError(f"{name} has seen no example of some class, and cannot be exported.")
    few = torch.tensor(raw[:3])
    first: nn.Module = torch.nn.Identity()
    if preprocessing is not None:
        first = Preprocess(preprocessing, raw.shape[1:])
    rows = first(few).flatten(1)
    try:
        with _quiet():
            graph = to_onnx(
                estimator,
                rows[:1].numpy(),
                options={"zipmap": False} if classes else None,
                target_opset={"": OPSET, "ai.onnx.ml": _ML_OPSET},
            )
    except Exception as error:
        raise ModelError(f"{name} cannot be exported as ONNX: {_reason(error)}") from None
    before = onnx.load_from_string(
        _exported(torch.nn.Sequential(first, torch.nn.Flatten()), few, ["rows"])
    )
    before.ir_version = graph.ir_version = _IR
    # skl2onnx declares what it uses; to be joined, both must declare the same.
    del graph.opset_import[:]
    graph.opset_import.extend(
        [onnx.helper.make_opsetid("", OPSET), onnx.helper.make_opsetid("ai.onnx.ml", _ML_OPSET)]
    )
    del before.opset_import[:]
    before.opset_import.extend(graph.opset_import)
    whole = compose.merge_models(
        compose.add_prefix(before, "before/", rename_inputs=False),
        compose.add_prefix(graph, "model/"),
        io_map=[("before/rows", f"model/{graph.graph.input[0].name}")],
    )
    # Joined, the two declare everything twice.
    del whole.opset_import[:]
    whole.opset_import.extend(graph.opset_import)
    answer, *others = list(whole.graph.output)
    steps: list[tuple[str, NDArray[Any]]] = []
    if not classes:
        if len(answer.type.tensor_type.shape.dim) == 2 and _width(answer) == 1:
            steps.append(("Squeeze", np.array([1])))
        if scale is not None:
            steps += [
                ("Mul", np.asarray(scale.sd, np.float32)),
                ("Add", np.asarray(scale.mean, np.float32)),
            ]
    place = answer.name
    for number, (operator, value) in enumerate(steps):
        whole.graph.initializer.append(
            onnx.numpy_helper.from_array(np.asarray(value), f"s{number}")
        )
        whole.graph.node.append(
            onnx.helper.make_node(operator, [place, f"s{number}"], [f"step{number}"])
        )
        place = f"step{number}"
    whole.graph.node.append(onnx.helper.make_node("Identity", [place], ["answer"]))
    answer.name = "answer"
    if steps and steps[0][0] == "Squeeze":
        del answer.type.tensor_type.shape.dim[1]
    for output in others:
        whole.graph.node.append(onnx.helper.make_node("Identity", [output.name], ["probabilities"]))
        output.name = "probabilities"
    onnx.checker.check_model(whole)
    content: bytes = whole.SerializeToString()
    return content


class Graph:
    """A graph that answers raw inputs, by onnxruntime on one thread.

    Attributes:
        description: of the model.

    Raises:
        ModelError: the graph is damaged.
        RunError: onnxruntime is not installed.
    """

    def __init__(self, description: Description, content: bytes) -> None:
        check_installed()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.description = description
        try:
            self.session = onnxruntime.InferenceSession(
                content, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelError(f"the ONNX graph is damaged: {str(error).splitlines()[0]}") from None

    def predict(self, inputs: ArrayLike, *, batch: int = 100) -> Answers:
        """Returns the answers to raw inputs ``(N, *shape)``.

        Args:
            inputs: an array as `description.inputs` says.
            batch: examples that go through the graph at a time.

        Raises:
            DataError: the inputs have another shape or type.
        """
        raw = checked(inputs, self.description)
        names = [output.name for output in self.session.get_outputs()]
        parts = [
            self.session.run(names, {"inputs": raw[n : n + batch]})
            for n in range(0, len(raw), batch)
        ]
        if not parts:
            return Answers((), np.zeros(0))
        outputs: dict[str, NDArray[Any]] = {
            name: np.concatenate([part[place] for part in parts])
            for place, name in enumerate(names)
        }
        return Answers.of(self.description, outputs)


def _width(output: Any) -> int:
    return int(output.type.tensor_type.shape.dim[1].dim_value)


def _reason(error: BaseException) -> str:
    """Returns the first line of what an exporter stumbled over; it wraps that in advice."""
    inner = error.__cause__ or error
    line = next((line for line in str(inner).splitlines() if line.strip()), "")
    return f"{type(inner).__name__}: {line}"


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps exporters from printing."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    with (
        warnings.catch_warnings(action="ignore"),
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
    ):
        try:
            yield
        finally:
            logging.disable(before)
