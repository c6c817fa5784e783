"""Models that are named, not declared: a function or a class that builds a module."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bakeoff.errors import ModelError
from bakeoff.models.network import ModelSpec
from bakeoff.spec import Spec

if TYPE_CHECKING:
    from torch import nn


class Built(ModelSpec):
    """What a function builds, or a class of modules: a new one in each trial.

    Attributes:
        function: where it is found, ``module:name``. It takes no arguments.

    Raises:
        ModelError: given something else than a function or class at the top level of a file.

    Example:
        >>> from torch import nn
        >>> Built(nn.Identity).build()
        Identity()
    """

    function: str

    def __init__(self, function: Callable[[], nn.Module] | str) -> None:
        Spec.__init__(self, function=function if isinstance(function, str) else name_of(function))

    def build(self) -> nn.Module:
        """Returns a new module.

        Raises:
            ModelError: the function is gone, or returns something else.
        """
        from torch import nn

        net = named(self.function)()
        if not isinstance(net, nn.Module):
            raise ModelError(
                f"{self.function} returns {type(net).__name__}; it must return a torch module."
            )
        return net

    def definitions(self) -> tuple[Any, ...]:
        """Returns the function."""
        return (named(self.function),)


def name_of(function: Callable[..., Any]) -> str:
    """Returns where a function or class is found, ``module:name``.

    Raises:
        ModelError: it stands at no top level, or takes arguments without defaults.
    """
    name = getattr(function, "__qualname__", repr(function))
    if not callable(function) or not name.isidentifier():
        raise ModelError(
            f"given {name}; it must be a function or a class with a name, defined at the top level "
            "of a file: each trial finds it there and builds a model of its own. Write "
            "`def small(): return ...` and give small."
        )
    needed = [
        parameter.name
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
    ]
    if needed:
        raise ModelError(
            f"{name} needs {', '.join(needed)}; it is called without arguments. Give them "
            "defaults, or write a function that passes them."
        )
    return f"{function.__module__}:{name}"


def named(place: str) -> Any:
    """Returns what is found at ``module:name``.

    Raises:
        ModelError: nothing is.
    """
    module, _, name = place.partition(":")
    try:
        return getattr(sys.modules.get(module) or import_module(module), name)
    except (ImportError, AttributeError):
        raise ModelError(f"there is no {name} in {module}.") from None
