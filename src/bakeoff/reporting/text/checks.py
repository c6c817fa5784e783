"""The findings of the check before training, in sentences."""

from __future__ import annotations

import math

from bakeoff.reporting.text.numbers import counted, listed
from bakeoff.training.finding import Finding, refusal


def sentence(finding: Finding) -> str:
    """Returns a finding as a sentence that names its variant."""
    if not finding.is_error:
        return doubt(finding, finding.variant)
    return f"{finding.variant}: {refusal(finding)}" if finding.variant else refusal(finding)


def doubt(finding: Finding, variant: str) -> str:
    """Returns a warning as a sentence about a variant, which it calls so."""
    match finding.kind:
        case "overlap":
            (test, training), *others = finding.places
            first = f"test example {test} is training example {training}"
            pairs = listed([first, *(f"{n} is {place}" for n, place in others)])
            more = " among them" if finding.count > len(finding.places) else ""
            return (
                f"{counted(finding.count, 'test example')} of round 1 "
                f"({100 * finding.size:.2f}%) {'has' if finding.count == 1 else 'have'} the inputs "
                f"of a training example, so that memorising them counts as right:{more} "
                f"{pairs}, counted from 0."
            )
        case "batch_dependence" if not finding.part:
            return (
                f"{variant} answers a batch in evaluation mode but fails on single examples: the "
                "last batch of a split may hold a single one."
            )
        case "batch_dependence" if finding.part == "answers":
            return (
                f"{variant} answers {100 * finding.size:.2g}% of examples differently in a batch "
                "than one by one, because its decision reads the batch together: its figures "
                "depend on the other examples."
            )
        case "batch_dependence":
            return (
                f"{variant} answers examples differently in a batch than one by one, in evaluation "
                f"mode, {_by(finding.size)} at the head {finding.part!r}: its figures depend on "
                "the other examples of a batch, or on chance."
            )
        case "unrepeatable" if finding.part == "weights":
            return (
                f"{variant} starts from other weights when it is built again with the same seed: "
                "it draws from a generator of its own, and its figures cannot be repeated."
            )
        case "unrepeatable":
            return (
                f"{variant} gives other {finding.part} when a training step is taken again with "
                f"the same seed, {_by(finding.size)}: its figures cannot be repeated."
            )
        case _:
            raise ValueError(f"{finding.kind} is an error")


def _by(size: float) -> str:
    return f"by {100 * size:.2g}% of the largest" if math.isfinite(size) else "of another shape"
