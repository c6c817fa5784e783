"""Histories with chosen errors, for tests to summarise."""

from __future__ import annotations

from collections.abc import Sequence

from bakeoff.training.history import History, Status


def made(
    *,
    test: Sequence[float],
    validation: Sequence[float] = (),
    train: Sequence[float] = (),
    digits: Sequence[float] = (),
    status: Status = "finished",
    parameters: int = 100,
    seconds: float = 2.0,
) -> History:
    """Return a history with the given errors after each epoch."""
    on_test = {"error": tuple(test)}
    if digits:
        on_test["digit_error"] = tuple(digits)
    curves = {"train": {"error": tuple(train)}, "test": on_test}
    if validation:
        curves["validation"] = {"error": tuple(validation)}
    return History(status=status, curves=curves, parameters=parameters, seconds=seconds)
