"""A process that trials share: a change by one is undone, or the next gets another process."""

from __future__ import annotations

import builtins
import gc
import math
import os
import random
import signal
import sys
import threading
import time
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from operator import is_
from typing import Any, TypeAlias

from bakeoff.running.children import Children
from bakeoff.running.user_state import UserState
from bakeoff.study.user_module import is_users, loader_of


@dataclass(frozen=True)
class Change:
    """A part of the process that a trial left in another state.

    Attributes:
        what: its name for the user: ``the default dtype of torch (torch.float64)``.
        undone: whether it was put back.
    """

    what: str
    undone: bool = True


@dataclass(frozen=True)
class Setting:
    """One setting of the whole process.

    Attributes:
        name: its name for the user.
        get: returns its value.
        put: sets it; None if it cannot be set.
        notable: whether a reader should know of a change that was put back.
    """

    name: str
    get: Callable[[], Any]
    put: Callable[[Any], object] | None
    notable: bool = True


class ProcessState:
    """The state of the process before a trial: settings, torch's functions, the user's globals.

    Random generators of the process are no part of it: training seeds them and puts them back.

    Args:
        ours: whether the process runs trials alone. In another, a user's own, only torch's
            settings and functions and the modules of studies are looked at.
    """

    def __init__(self, *, ours: bool) -> None:
        self._settings = Settings((*_of_torch(), *(_of_python() if ours else ())))
        self._loaded = frozenset(_user_modules(ours=ours))
        self._user = UserState(sys.modules[name] for name in self._loaded)
        self._children = Children() if ours else None
        self._ours = ours

    def restored(self) -> tuple[Change, ...]:
        """Puts back what has changed since, and returns it."""
        changes = [
            *self._settings.restored(),
            *(Change(name) for name in self._user.restored()),
            *(Change(name) for name in (self._children.ended() if self._children else ())),
        ]
        # A module of the user that the trial loaded first is loaded anew by the next.
        for name in _user_modules(ours=self._ours):
            if name not in self._loaded:
                del sys.modules[name]
        return tuple(changes)


class Settings:
    """Settings of the process, and the functions that its trials call.

    Args:
        settings: the settings to look at; by default torch's.
    """

    def __init__(self, settings: Iterable[Setting] | None = None) -> None:
        settings = _of_torch() if settings is None else settings
        self._settings = [(each, each.get()) for each in settings]
        self._functions = [(name, space, vars(space).copy()) for name, space in _namespaces()]

    def restored(self) -> tuple[Change, ...]:
        """Puts back what has changed since, and returns it."""
        # Functions first: settings are read and set by them.
        return (*self._functions_restored(), *self._settings_restored())

    def _settings_restored(self) -> Iterator[Change]:
        for setting, before in self._settings:
            now = setting.get()
            if now == before:
                continue
            if setting.put is not None:
                # If it raises an error, the next look shows whether it is back.
                with suppress(Exception):
                    setting.put(before)
            undone = setting.get() == before
            if setting.notable or not undone:
                yield Change(f"{setting.name}{_shown(before, now)}", undone)

    def _functions_restored(self) -> Iterator[Change]:
        for name, space, before in self._functions:
            now = vars(space)
            # Nearly always nothing has changed, which is seen for thousands of names at once.
            if len(now) == len(before) and all(map(is_, now.values(), before.values())):
                continue
            for each, value in before.items():
                if not _is_same(now.get(each, _GONE), value) and (name, each) != _BY_TORCH:
                    with suppress(AttributeError, TypeError):
                        setattr(space, each, value)
                    yield Change(f"{name}.{each}", vars(space).get(each, _GONE) is value)


_GONE = object()


def _is_same(now: object, before: object) -> bool:
    """Whether a name still holds what it held; reading the clock makes `time.tzname` anew."""
    return now is before or (isinstance(before, tuple) and now == before)


_BY_TORCH = ("torch", "manual_seed")
"""Torch's compiler wraps it when it is first imported."""


Modules: TypeAlias = Mapping[str, types.ModuleType]

_LOOKS: dict[Callable[[Modules], list[str]], tuple[Modules, list[str]]] = {}
"""The modules of the process at the last look of each kind, and what was found."""


def _looked_for(find: Callable[[Modules], list[str]]) -> list[str]:
    """Returns what a look at all modules finds; it is taken again when some have changed.

    Between two trials hardly ever one has, and there are thousands.
    """
    before, found = _LOOKS.get(find, ({}, []))
    if sys.modules != before:  # Modules are equal where they are the same.
        modules = sys.modules.copy()
        found = find(modules)
        _LOOKS[find] = modules, found
    return found


def _users(modules: Modules) -> list[str]:
    """Returns the names of the user's modules."""
    return [name for name, each in _perhaps_users(modules) if is_users(each)]


def _studies(modules: Modules) -> list[str]:
    """Returns the names of the modules of studies."""
    return [name for name, each in _perhaps_users(modules) if loader_of(each)]


def _own(modules: Modules) -> list[str]:
    """Returns the names of bakeoff's own modules that train."""
    return [name for name in modules if name.startswith(_OWN)]


def _perhaps_users(modules: Modules) -> list[tuple[str, types.ModuleType]]:
    # Most belong to installed packages, and need no look.
    packages = [(name, each) for name, each in modules.items() if "." not in name]
    installed = {name for name, each in packages if not _may_be_users(each)}
    return [pair for pair in modules.items() if pair[0].partition(".")[0] not in installed]


def _user_modules(*, ours: bool) -> list[str]:
    """Returns the names of the user's modules; in a user's own process, those of studies."""
    return _looked_for(_users if ours else _studies)


def _may_be_users(package: types.ModuleType) -> bool:
    """Whether a module, or one inside it, may be the user's; a folder without a file may."""
    return is_users(package) or getattr(package, "__file__", None) is None


def _shown(before: Any, now: Any) -> str:
    """Returns a change in words, if a few are enough; else an empty text."""
    match before, now:
        case {}, {}:
            names = {name for name in {*before, *now} if before.get(name) != now.get(name)}
            texts = sorted(name for name in names if isinstance(name, str))
            return f" ({', '.join(texts)})" if texts else ""
        case _:
            text = f" ({before} to {now})"
            return text if len(text) < 80 else ""


def _of_python() -> Iterator[Setting]:
    yield Setting("the environment", _environment, _put_environment)
    yield Setting("the working directory", os.getcwd, os.chdir)
    yield Setting("sys.path", lambda: list(sys.path), _put_path, notable=False)
    yield Setting("the filters of warnings", lambda: list(warnings.filters), _put_filters, False)
    yield Setting("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit)
    yield Setting(
        "garbage collection", gc.isenabled, lambda on: gc.enable() if on else gc.disable()
    )
    for stream in ("stdout", "stderr"):
        yield Setting(f"sys.{stream}", partial(getattr, sys, stream), partial(setattr, sys, stream))
    yield Setting("threads", _threads, None)
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            yield Setting(
                f"the handler of {number.name}",
                partial(signal.getsignal, number),
                partial(signal.signal, number),
            )
    if hasattr(signal, "getitimer"):
        yield Setting("an alarm", _alarm, lambda _: signal.setitimer(signal.ITIMER_REAL, 0))
    if hasattr(os, "sched_setaffinity"):
        yield Setting(
            "the cores that it may use",
            lambda: os.sched_getaffinity(0),
            lambda cores: os.sched_setaffinity(0, cores),
        )
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        yield Setting("numpy.seterr", numpy.geterr, lambda before: numpy.seterr(**before))


_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGALRM") if hasattr(signal, name)
)


def _of_torch() -> Iterator[Setting]:
    import torch.nn

    cudnn, own = torch.backends.cudnn, torch._C
    yield Setting("the default dtype of torch", torch.get_default_dtype, torch.set_default_dtype)
    yield Setting(
        "the default device of torch",
        lambda: vars(torch._GLOBAL_DEVICE_CONTEXT).get("device_context"),
        lambda mode: torch.set_default_device(mode and mode.device),
    )
    yield Setting("gradients", torch.is_grad_enabled, torch.set_grad_enabled)
    yield Setting("inference mode", torch.is_inference_mode_enabled, None)
    yield Setting("anomaly detection", torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly)
    for device in ("cpu", "cuda"):
        yield Setting(f"autocast on {device}", partial(torch.is_autocast_enabled, device), None)
        yield Setting(
            f"the dtype of autocast on {device}", partial(torch.get_autocast_dtype, device), None
        )
    yield Setting(
        "deterministic algorithms",
        lambda: (
            torch.are_deterministic_algorithms_enabled(),
            torch.is_deterministic_algorithms_warn_only_enabled(),
        ),
        lambda before: torch.use_deterministic_algorithms(before[0], warn_only=before[1]),
    )
    for flag in ("enabled", "benchmark", "deterministic", "allow_tf32"):
        yield Setting(
            f"torch.backends.cudnn.{flag}",
            partial(getattr, cudnn, flag),
            partial(setattr, cudnn, flag),
        )
    yield Setting("torch.backends.mkldnn.enabled", own._get_mkldnn_enabled, own._set_mkldnn_enabled)
    yield Setting(
        "the precision of matrix products",
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    )
    yield Setting("flushing of denormal numbers", _flushes, torch.set_flush_denormal)
    yield Setting("torch's number of threads", torch.get_num_threads, torch.set_num_threads)
    yield Setting(
        "modes of torch functions",
        lambda: (own._len_torch_function_stack(), own._len_torch_dispatch_stack()),
        None,
    )
    hooks = torch.nn.modules.module
    for name in vars(hooks):
        if name.startswith("_global_") and isinstance(getattr(hooks, name), dict):
            yield Setting(
                "the hooks of all modules",
                partial(dict.copy, getattr(hooks, name)),
                partial(_refill, getattr(hooks, name)),
            )


_OWN = ("bakeoff.training.", "bakeoff.models.", "bakeoff.data.")


def _namespaces() -> Iterator[tuple[str, Any]]:
    """Yields the modules and classes that a user's code may patch, each with its name."""
    import torch.nn

    numpy = sys.modules.get("numpy")
    modules = [builtins, math, random, time, torch, torch.nn, torch.nn.functional, torch.nn.init]
    own = [sys.modules[name] for name in _looked_for(_own)]
    for module in (*modules, *([numpy] if numpy is not None else []), *own):
        if isinstance(module, types.ModuleType):
            yield module.__name__, module
    yield "torch.Tensor", torch.Tensor
    for name, layer in vars(torch.nn).items():
        if isinstance(layer, type):
            yield f"torch.nn.{name}", layer


def _threads() -> frozenset[int]:
    """Returns the threads that are alive."""
    return frozenset(each.ident or 0 for each in threading.enumerate())


def _alarm() -> bool:
    return signal.getitimer(signal.ITIMER_REAL)[0] > 0


def _flushes() -> bool:
    tiny = sys.float_info.min
    return tiny / 2 == 0


def _environment() -> dict[str, str]:
    """Returns the environment without the variables that torch's compiler sets when imported."""
    return {k: v for k, v in os.environ.items() if not k.startswith("TORCHINDUCTOR_")}


def _put_environment(before: Mapping[str, str]) -> None:
    for name in _environment():
        if name not in before:
            del os.environ[name]
    os.environ.update(before)


def _put_path(before: list[str]) -> None:
    sys.path[:] = before


def _put_filters(before: list[Any]) -> None:
    warnings.filters[:] = before  # type: ignore[index]
    # Python caches the result of filters until it is told of a change.
    warnings._filters_mutated()  # type: ignore[attr-defined]


def _refill(target: dict[Any, Any], before: Mapping[Any, Any]) -> None:
    target.clear()
    target.update(before)
