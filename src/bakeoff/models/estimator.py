"""scikit-learn's estimators as models."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar, Literal

from bakeoff.errors import ModelError
from bakeoff.models.built import named
from bakeoff.models.network import ModelSpec
from bakeoff.spec import Spec, plain_number


class Estimator(ModelSpec):
    """An estimator or a pipeline of scikit-learn, or of what follows its conventions.

    It is made anew in each trial, from its class and parameters, and seeded there. Inputs are given
    as rows: images are flattened. It has no epochs, and so no curves.

    Attributes:
        made_of: its class, and the names and values of its parameters.
        versions: of the packages that its classes come from, which are part of a trial's key.

    Raises:
        ModelError: it is no estimator, or a parameter is no plain value.

    Example:
        >>> from sklearn.ensemble import RandomForestClassifier
        >>> Estimator(RandomForestClassifier(n_estimators=200))
        Estimator(RandomForestClassifier(n_estimators=200))
    """

    trains_itself: ClassVar[bool] = True

    made_of: tuple[Any, ...]
    versions: tuple[tuple[str, str], ...]

    def __init__(self, estimator: Any) -> None:
        if isinstance(estimator, type):
            raise ModelError(
                f"Estimator: given the class {estimator.__name__}; give an estimator: "
                f"{estimator.__name__}()"
            )
        if not (hasattr(estimator, "get_params") and hasattr(estimator, "fit")):
            raise ModelError(
                f"Estimator: given {estimator!r}; it needs an estimator of scikit-learn, or one "
                "that has get_params and fit as those have"
            )
        if not hasattr(estimator, "predict"):
            raise ModelError(
                f"Estimator: {estimator!r} does not predict; a transformer stands in a pipeline, "
                "before an estimator: make_pipeline(StandardScaler(), LogisticRegression())"
            )
        made_of = _frozen(estimator, type(estimator).__name__)
        packages = {place.split(":")[0].split(".")[0] for place in _classes(made_of)}
        Spec.__init__(self, made_of=made_of, versions=tuple(sorted(_versions(packages))))

    def build(self) -> Any:
        """Returns the estimator, not fitted."""
        return _thawed(self.made_of)

    def definitions(self) -> tuple[Any, ...]:
        """Returns the classes of the user's own that it is made of."""
        installed = {name for name, _ in self.versions}
        names = dict.fromkeys(_classes(self.made_of))
        return tuple(named(p) for p in names if p.split(":")[0].split(".")[0] not in installed)

    @property
    def gives_probabilities(self) -> bool:
        """Whether it can tell the probability of each class."""
        return hasattr(self.build(), "predict_proba")

    @property
    def kind(self) -> Literal["classes", "numbers", ""]:
        """What it answers, classes or numbers; empty where it does not say."""
        from sklearn.base import is_classifier, is_regressor

        estimator = self.build()
        if is_classifier(estimator):
            return "classes"
        return "numbers" if is_regressor(estimator) else ""

    def __repr__(self) -> str:
        return f"Estimator({self.build()!r})"


def _frozen(value: Any, where: str) -> Any:  # noqa: PLR0911
    """Returns a value of a parameter as tuples of plain values, which `_thawed` turns back."""
    value = plain_number(value)
    match value:
        case float() if not math.isfinite(value):
            return ("@float", str(value))
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple():
            tag = "@list" if isinstance(value, list) else "@tuple"
            return (tag, *(_frozen(item, where) for item in value))
        case Mapping():
            items = sorted(value.items(), key=repr)
            return ("@dict", *((_frozen(k, where), _frozen(v, where)) for k, v in items))
        case type():
            return ("@class", _place(value))
        case _ if hasattr(value, "get_params"):
            parameters = value.get_params(deep=False).items()
            return (
                "@estimator",
                _place(type(value)),
                *((name, _frozen(each, f"{where}.{name}")) for name, each in sorted(parameters)),
            )
        case _ if callable(value) and getattr(value, "__qualname__", "").isidentifier():
            return ("@class", _place(value))
        case _:
            raise ModelError(
                f"Estimator: {where} is {value!r}; a parameter must be a number, text, a list or a "
                "dictionary of such, an estimator, or a function at the top level of a file"
            )


def _thawed(frozen: Any) -> Any:  # noqa: PLR0911
    match frozen:
        case ("@estimator", place, *parameters):
            return named(place)(**{name: _thawed(value) for name, value in parameters})
        case ("@list", *items):
            return [_thawed(item) for item in items]
        case ("@tuple", *items):
            return tuple(_thawed(item) for item in items)
        case ("@dict", *items):
            return {_thawed(key): _thawed(value) for key, value in items}
        case ("@class", place):
            return named(place)
        case ("@float", text):
            return float(text)
        case _:
            return frozen


def _place(definition: Any) -> str:
    return f"{definition.__module__}:{definition.__qualname__}"


def _classes(frozen: Any) -> Iterator[str]:
    """Yields where the classes and functions are found that a frozen value names."""
    if isinstance(frozen, tuple):
        if frozen and frozen[0] in {"@estimator", "@class"}:
            yield frozen[1]
        for item in frozen:
            yield from _classes(item)


def _versions(packages: set[str]) -> Iterator[tuple[str, str]]:
    for name in packages:
        try:
            yield name, version("scikit-learn" if name == "sklearn" else name)
        except PackageNotFoundError:
            continue  # It is the user's own, and counts by its text.
