"""Sentences about a trial that was trained again, and about what it left behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bakeoff.reporting.text.numbers import counted, listed
from bakeoff.training.history import Difference

if TYPE_CHECKING:
    from bakeoff.inference.predictor import Agreement

SHOWN = 5
"""Differences that are told one by one."""


def replication_words(differences: Sequence[Difference], *, was_stored: bool) -> str:
    """Returns whether a trial came out as it is stored, in a sentence."""
    if not was_stored:
        return "The trial had not run; it was trained, and is stored now."
    if not differences:
        return (
            "The trial was trained again and is the stored one: its curves and its answers are the "
            "same to the bit."
        )
    return (
        f"The trial was trained again and is not the stored one to the bit; these differ: "
        f"{difference_words(differences)}. Another machine or version of torch rounds otherwise."
    )


def difference_words(differences: Sequence[Difference]) -> str:
    """Returns in what two histories of a trial differ, as a list."""
    rest = len(differences) - SHOWN
    return listed([*map(_phrase, differences[:SHOWN]), *([f"{rest} more"] if rest > 0 else [])])


def _phrase(difference: Difference) -> str:
    text = f"the {difference.what}"
    if difference.count is not None:
        text = f"{counted(difference.count, 'test example')} by {difference.what}"
    if difference.epoch is not None:
        text += f" from epoch {difference.epoch}"
    return text if difference.largest is None else f"{text} (by {difference.largest:.3g} at most)"


def checked_words(agreement: Agreement) -> str:
    """Returns that a model answers as its trial did."""
    return (
        "Loaded from its weights, it answers the test split as it did in its "
        f"trial{_but(agreement)}"
    )


def exported_words(agreement: Agreement, graph: bytes) -> str:
    """Returns what an ONNX graph is, and that it was checked."""
    import onnx

    model = onnx.load_from_string(graph)
    opsets = (f"{each.domain or 'ONNX'} {each.version}" for each in model.opset_import)
    return (
        f"model.onnx has opset {listed(opsets)} and {len(graph):,} bytes; by onnxruntime it "
        f"answers the test split as the model does{_but(agreement)}"
    )


def _but(agreement: Agreement) -> str:
    what = counted(agreement.examples, "example")
    if agreement.different:
        return f" ({what}, {agreement.different} of them otherwise, by rounding)."
    return f" ({what}, probabilities or numbers within {agreement.largest:.1g})."
