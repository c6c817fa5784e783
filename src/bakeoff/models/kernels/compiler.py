"""How the kernels are compiled: one setting for all, their machine code kept on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar

import numba
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")

Array: TypeAlias = "NDArray[Any]"
"""A C-contiguous float32 or float64 array; all arrays of one call share the type unless said."""

Bytes: TypeAlias = "NDArray[np.uint8]"

Real: TypeAlias = float | np.floating[Any]
"""A scalar of the arrays' own type: a plain float would turn float32 arithmetic into float64."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compiles at the first call with each type of arguments, or load what an earlier process left.

    The cache lies beside the source, or under the user's cache directory where that cannot be
    written; ``NUMBA_CACHE_DIR`` overrides both. It is read again only by the same processor model
    and while the function's own file is unchanged, so a kernel calls helpers of its file alone.
    """
    return _compiled(function, forceinline=False)


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compiles a helper into its callers: for what is called within a loop over places.

    The test that its arrays do not overlap is then made once, and not at each call.
    """
    return _compiled(function, forceinline=True)


def _compiled(function: Callable[P, R], *, forceinline: bool) -> Callable[P, R]:
    try:
        return _decorated(function, forceinline=forceinline, cache=True)
    except RuntimeError:
        # There is nowhere to keep the code: every process compiles for itself.
        return _decorated(function, forceinline=forceinline, cache=False)


def _decorated(function: Callable[P, R], *, forceinline: bool, cache: bool) -> Callable[P, R]:
    # Multiply and add may become one instruction. No other liberty is taken: sums keep their
    # order, so the same input gives the same bits, and NaN and infinity go where they should.
    decorate = numba.njit(
        cache=cache,
        nogil=True,
        boundscheck=False,
        error_model="numpy",
        fastmath={"contract"},
        forceinline=forceinline,
    )
    result: Callable[P, R] = decorate(function)
    return result
