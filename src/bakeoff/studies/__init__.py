"""The studies that ship with bakeoff: five reports, what they wish for, and a champion.

To make all of them takes a third of a second, so that they are imported when they are needed:
`bakeoff list` prints what stands here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bakeoff.study.study import Study

    REPORTS: tuple[Study, ...]
    """In the order of the reports."""

    BUILT_IN: tuple[Study, ...]
    """The reports, the code of one, what they would have tried next, then how far one gets."""


class Listed(NamedTuple):
    """A study's line of the list, and where it is declared.

    Attributes:
        name: the study's.
        module: of this package.
        attribute: the study's name in the module.
        variants: their number.
        rounds: of the study.
        trials: at most so many.
        title: the study's.
    """

    name: str
    module: str
    attribute: str
    variants: int
    rounds: int
    trials: int
    title: str

    def study(self) -> Study:
        """Returns the study itself."""
        study: Study = getattr(import_module(f"{__name__}.{self.module}"), self.attribute)
        return study


LISTED = (
    Listed(
        "zhou",
        "zhou",
        "study",
        16,
        10,
        160,
        "Tricks for comparing two digits, one after the other, on a small network",
    ),
    Listed(
        "dinh-herve",
        "dinh_herve",
        "study",
        14,
        15,
        630,
        "Naive and siamese networks, weight sharing, and an auxiliary loss on the digits",
    ),
    Listed(
        "dong",
        "dong",
        "study",
        3,
        15,
        45,
        "Weight sharing and an auxiliary loss at equal numbers of parameters",
    ),
    Listed(
        "chen",
        "chen",
        "study",
        31,
        12,
        317,
        "One factor at a time on a small convolutional network for digits, then ResNets",
    ),
    Listed(
        "benquet",
        "benquet",
        "study",
        6,
        20,
        537,
        "Four families of networks that name digits, each searched by grid",
    ),
    Listed(
        "dong-code",
        "dong_code",
        "study",
        12,
        15,
        120,
        "What the code of Dong, Huang and Xia does beyond their report, step by step",
    ),
    Listed(
        "wishes",
        "wishes",
        "pairs",
        11,
        11,
        207,
        "What three reports would have tried next on pairs of digits",
    ),
    Listed(
        "wishes-digits",
        "wishes",
        "digits",
        4,
        10,
        40,
        "Dropout and momentum beyond one epoch, on single digits",
    ),
    Listed(
        "champion",
        "champion",
        "study",
        8,
        20,
        90,
        "How far 1,000 pairs go: dinh-herve's best network, and one ingredient after the other",
    ),
)
"""A line for each study; a test holds them against the studies."""

_REPORTS = 5


def __getattr__(name: str) -> tuple[Study, ...]:
    match name:
        case "REPORTS":
            return tuple(each.study() for each in LISTED[:_REPORTS])
        case "BUILT_IN":
            return tuple(each.study() for each in LISTED)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
