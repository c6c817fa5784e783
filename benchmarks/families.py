"""The families of networks that the five reports train, one network of each."""

from __future__ import annotations

from dataclasses import dataclass

from bakeoff.studies import dinh_herve, dong
from bakeoff.study.study import Study, Variant


@dataclass(frozen=True)
class Family:
    """Variants of a study, or all of them."""

    study: Study
    variants: tuple[Variant, ...]


def one(study: Study, name: str) -> Family:
    return Family(study, (study.variant(name),))


FAMILIES = {
    "siamese ConvNet": one(dinh_herve.study, "Siamese ConvNet, sharing"),
    "naive ConvNet": one(dinh_herve.study, "Naive ConvNet"),
    "MLP": one(dinh_herve.study, "Naive MLP"),
    "siamese MLP": one(dinh_herve.study, "Siamese MLP"),
    "dong, whole": Family(dong.study, dong.study.variants),
}
