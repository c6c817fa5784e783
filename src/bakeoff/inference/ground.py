"""What images are drawn on: dark, as MNIST's digits, or light, as paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def ground_of(images: NDArray[np.generic]) -> Literal["dark", "light", ""]:
    """Returns whether images are dark around their edge, or light; empty for neither.

    Args:
        images: bytes ``(..., rows, columns)``.
    """
    edges = [images[..., 0, :], images[..., -1, :], images[..., 0], images[..., -1]]
    middle = float(np.median(np.concatenate([edge.ravel() for edge in edges])))
    return "dark" if middle < 85 else "light" if middle > 170 else ""
