"""Specs from their JSON form: only classes that are known, and code of the folder never."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bakeoff.data.dataset import Cached
from bakeoff.data.idx_datasets import MNIST
from bakeoff.data.metric import Metric
from bakeoff.data.task import Task
from bakeoff.data.transforms import Preprocessing
from bakeoff.errors import ModelError, SpecError, nearest
from bakeoff.inference.description import Description, Inputs, Origin, TableColumn, Unit
from bakeoff.models.built import Built, name_of
from bakeoff.models.ensemble import Ensemble
from bakeoff.models.initial import NormalWeights
from bakeoff.models.layers import Layer
from bakeoff.models.network import Network
from bakeoff.spec import Json, Spec
from bakeoff.training.augmentation import Augmentation, Views
from bakeoff.training.decision import Decision
from bakeoff.training.objective import Loss

Code = type[Spec] | Callable[[], Any]
"""A class of the user's own, or a function or class that builds a module."""

_BASES = (Layer, Decision, Loss, Augmentation, Metric, Task)
"""Whose subclasses in bakeoff may be named: none of them imports or opens what it is told to."""

_SINGLE: tuple[type[Spec], ...] = (
    *(Network, Ensemble, NormalWeights, Views, Preprocessing, Cached, MNIST),
    *(Description, Origin, Inputs, TableColumn, Unit),
)

_DEEPEST = 50
"""Levels of lists and specs in each other; beyond, a file is no description."""


_CODE: dict[str, Json] = {"model": None, "decision": None, "losses": [], "views": None}
"""The fields that may hold the user's own classes, and what stands for them."""


def description_from(
    value: Json, code: Iterable[Code] = (), *, graph_only: bool = False
) -> Description:
    """Returns the description of which a value is the JSON form.

    Args:
        value: what `canonical` made.
        code: the user's own classes and functions that it is made of.
        graph_only: whether to leave out the network where it is made of classes that are not
            given, because an ONNX graph answers for it.

    Raises:
        ModelError: it is made of other classes.
        SpecError: a field is missing or has a wrong value.
    """
    own: dict[str, Any] = {str(getattr(each, "__name__", each)): each for each in code}
    known: dict[str, Any] = {cls.__name__: cls for cls in (*_SINGLE, *_ours())}
    try:
        described = _decoded(value, {**known, **own}, 0)
    except ModelError:
        if not graph_only or not isinstance(value, dict):
            raise
        described = _decoded({**value, **_CODE}, known, 0)
    if not isinstance(described, Description):
        raise SpecError("it describes no model")
    return described


def _decoded(value: Json, known: dict[str, Any], depth: int) -> Any:
    if depth > _DEEPEST:
        raise SpecError(f"it is nested more than {_DEEPEST} levels deep")
    match value:
        case dict():
            fields = {
                name: _decoded(held, known, depth + 1)
                for name, held in value.items()
                if name != "type"
            }
            return _made(value.get("type"), fields, known)
        case list():
            return tuple(_decoded(item, known, depth + 1) for item in value)
        case _:
            return value


def _made(name: Json, fields: dict[str, Any], known: dict[str, Any]) -> Spec:
    if name == "Built":
        function = str(fields.get("function")).rpartition(":")[2]
        if function not in known or isinstance(known[function], type(Spec)):
            raise _missing(function)
        return Built(name_of(known[function]))
    cls = known.get(str(name))
    if cls is None:
        raise _missing(str(name), known)
    if not isinstance(cls, type(Spec)):
        raise ModelError(f"{name} is given as code, and is no class of bakeoff.Spec's kind.")
    # As `Spec.replace` does: a class may take its fields in another way than by their names.
    spec: Spec = cls.__new__(cls)
    Spec.__init__(spec, **fields)
    return spec


def _missing(name: str, known: Iterable[str] = ()) -> ModelError:
    return ModelError(
        f"the model is made of {name!r}, which is no class of bakeoff's"
        f"{nearest(name, known) or '.'} If it is your own, import it and give it to load_model: "
        f"code=[{name}]. Code from a folder is never run."
    )


def _ours() -> Iterator[type[Spec]]:
    """Yields bakeoff's own classes that may be named."""
    import bakeoff.data.metrics
    import bakeoff.data.supervised
    import bakeoff.data.tasks  # noqa: F401

    waiting: list[type[Spec]] = list(_BASES)
    while waiting:
        cls = waiting.pop()
        waiting += cls.__subclasses__()
        if cls.__module__.startswith("bakeoff."):
            yield cls
