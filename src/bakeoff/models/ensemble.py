"""Ensembles: several networks of one model that answer together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field, model_validator

from bakeoff.models.network import ModelSpec

if TYPE_CHECKING:
    from bakeoff.models.modules import EnsembleModule


class Ensemble(ModelSpec):
    """Several networks that differ in their initial weights (Hansen & Salamon 1990).

    They are trained side by side, each by itself, on the same batches with dropout of their own;
    what they say together is what `Loss.averaged` makes of it: the mean probability of a class, the
    mean of a number. Parameters, multiply-adds and seconds are those of all members. Batch norm,
    gradient clipping and weight averaging are each member's own.

    Attributes:
        model: of each member.
        members: how many.

    Example:
        >>> from bakeoff import Head, Linear, Network
        >>> small = Network(Linear(8), Linear(2), Head("comparison"))
        >>> Ensemble(small, members=3).parameters() == 3 * small.parameters()
        True
    """

    model: ModelSpec = Field(kw_only=False)
    members: Annotated[int, Field(ge=2)] = 3

    @model_validator(mode="after")
    def _of_networks(self) -> Self:
        if self.model.trains_itself or isinstance(self.model, Ensemble):
            raise ValueError(
                f"Ensemble.model: given {self.model!r}; it must be a network: an estimator has "
                "ensembles of its own, such as scikit-learn's BaggingClassifier"
            )
        return self

    def build(self) -> EnsembleModule:
        """Returns the members, one after the other drawn from torch's global generator."""
        from bakeoff.models.modules import EnsembleModule

        return EnsembleModule(self.model.build() for _ in range(self.members))

    def head_names(self) -> frozenset[str] | None:
        """Returns the names of the heads of a member."""
        return self.model.head_names()

    def parameters(self) -> int | None:
        """Returns the number of trainable values of all members."""
        one = self.model.parameters()
        return None if one is None else one * self.members

    def multiply_adds(self) -> int | None:
        """Returns the multiply-accumulates of all members."""
        one = self.model.multiply_adds()
        return None if one is None else one * self.members

    def weight_bytes(self) -> int | None:
        """Returns the bytes of weights and buffers of all members."""
        one = self.model.weight_bytes()
        return None if one is None else one * self.members

    def activation_bytes(self) -> int | None:
        """Returns the bytes of a member's largest tensor: members answer one after the other."""
        return self.model.activation_bytes()
