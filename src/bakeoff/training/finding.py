"""What a look at a study's data and models finds before anything is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

ErrorKind: TypeAlias = Literal[
    "code", "loss", "sizes", "missing", "type", "shape", "range", "not_finite"
]
DoubtKind: TypeAlias = Literal["overlap", "batch_dependence", "unrepeatable"]


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, or in doubt, in the first round of a study.

    Attributes:
        kind: what is found. Where something is wrong nothing can be trained; a doubt is a warning.
        variant: the name of a variant whose model it is about; empty where it is the data.
        split: where in the data; empty where it is a model.
        part: ``inputs`` or the name of a label; the head that depends on the batch, or ``answers``
            where the decision does; ``weights``, ``answers`` or ``gradients``, whichever of a step
            first came out otherwise.
        given: what is there: a shape, a type, the ends of a range, a number.
        allowed: what may be there.
        count: how many examples, or values, it is about.
        size: of a doubt: the share of the test split, or the largest difference relative to the
            largest value.
        places: the first few examples of test that stand in training too, with their place there.
        message: of code: a sentence, with which it was refused or that it raised.

    Example:
        >>> from table import study  # examples/table.py
        >>> [finding for finding in check(study) if finding.is_error]
        []
    """

    kind: ErrorKind | DoubtKind
    variant: str = ""
    split: str = ""
    part: str = ""
    given: tuple[float | str, ...] = ()
    allowed: tuple[float | str, ...] = ()
    count: int = 0
    size: float = 0.0
    places: tuple[tuple[int, int], ...] = ()
    message: str = ""

    @property
    def is_error(self) -> bool:
        """Whether nothing can be trained before it is mended."""
        return self.kind in get_args(ErrorKind)


def refusal(finding: Finding) -> str:
    """Returns what is wrong as a sentence: what was given, what is allowed, what to do.

    Raises:
        ValueError: it is a doubt, which reports put into words.
    """
    part = "inputs" if finding.part == "inputs" else f"labels {finding.part!r}"
    values, given, allowed = f"{finding.split} {part}", finding.given, finding.allowed
    match finding.kind:
        case "code":
            text = finding.message.removesuffix(".")
        case "loss":
            text = (
                f"the loss of the first batch is {given[0]}, and must be a finite number; look for "
                "a logarithm or quotient of 0, and for overflow"
            )
        case "sizes":
            text = (
                f"draw gives {given[0]:,} {finding.split} examples, and the sizes of the task say "
                f"{allowed[0]:,}; make them agree"
            )
        case "missing":
            labels = ", ".join(map(repr, given)) or "none"
            text = (
                f"the labels of the {finding.split} split are {labels}, and the task names "
                f"{finding.part!r}; let draw give it"
            )
        case "type":
            text = f"the {values} are {given[0]}; let draw give {allowed[0]}"
        case "shape":
            needed = " or ".join(map(str, allowed))
            text = f"the {values} have shape {given[0]}; let draw give {needed}"
        case "range":
            text = (
                f"the {values} go from {given[0]} to {given[1]}, and {finding.count:,} of them are "
                f"not in {allowed[0]} to {allowed[1]}; count classes from 0, or let the task name "
                "more of them"
            )
        case "not_finite":
            text = (
                f"{finding.count:,} of {given[0]:,} {values} hold NaN or infinity; fill in or "
                "leave out what is missing"
            )
        case _:
            raise ValueError(f"{finding.kind} is a doubt")
    return f"{text}."
