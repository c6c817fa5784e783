"""The shortest way in: models and data are given, every pair of models is compared."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, TypeAlias

from bakeoff.analysis.results import Results
from bakeoff.api.plan import DEFAULT_STORE
from bakeoff.api.run import run
from bakeoff.claims.differences import Better
from bakeoff.claims.verdicts import rounds_asked
from bakeoff.data.arrays import examples_of
from bakeoff.data.dataset import Cached, Dataset, Examples
from bakeoff.data.metric import Metric
from bakeoff.data.supervised import Classification, Regression, Supervised
from bakeoff.data.table import Table
from bakeoff.errors import DataError, StudyError
from bakeoff.models.built import Built
from bakeoff.models.estimator import Estimator
from bakeoff.models.network import ModelSpec
from bakeoff.reporting.text.scope_sentences import needed_words
from bakeoff.running.pool import leave_if_worker
from bakeoff.study.claims import Claim, testable_claims
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant
from bakeoff.training.recipe import Recipe

Missing: TypeAlias = Literal["refuse", "mean", "median"]

_GROUPS = "groups given beside the DataFrame"

TESTED = 0.25
"""The share of the examples that a round tests on."""


def compare(
    models: Mapping[str, Any],
    X: Any,  # noqa: N803
    y: Any = None,
    *,
    rounds: int = 10,
    metric: Metric | None = None,
    epochs: int = 25,
    batch: int = 100,
    groups: Any = None,
    missing: Missing = "refuse",
    seed: int = 0,
    jobs: int | None = None,
    store: Path | str = DEFAULT_STORE,
) -> Results:
    """Compares every pair of some models on given data, and returns the results.

    It declares a study and runs it. In each round, a quarter of the examples is drawn for testing
    and the rest for training, the same for all models. If a dataset has a test side, that side is
    tested on. Labels that are text or whole numbers are classes. Labels with decimals are numbers,
    and so are all labels if the metric is one of numbers. Each pair has a claim that the first is
    better; p-values are adjusted over all pairs. Stored trials are not trained again.

    Args:
        models: by name: a function that builds a torch module, or a class of modules; an estimator
            of scikit-learn; a spec; or a whole `Variant`, whose name is ignored.
        X: inputs ``(N, ...)``, a DataFrame, or a `Dataset`.
        y: labels ``(N,)`` or ``(N, outputs)``; for a DataFrame, the name of the column; for a
            `Dataset`, nothing.
        rounds: how often each model is trained.
        metric: what is measured; None for the error if labels are classes, and for the mean
            absolute error if they are numbers.
        epochs: passes of each network over its training examples.
        batch: examples in each step of a network.
        groups: ``(N,)``: examples of one group are never split; or a column of a DataFrame.
        missing: what to do with missing numbers of a DataFrame, as `Table` says.
        seed: changes the data and the weights of all rounds.
        jobs: trials at work at a time; None for one per core.
        store: the SQLite file that holds all results.

    Raises:
        StudyError: there are fewer than two models, or one that was built already.
        DataError: inputs and labels do not fit each other, or hold values that cannot be used.
        BakeoffError: as `bakeoff.run`.

    Example:
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> from sklearn.tree import DecisionTreeClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> models = {"linear": LogisticRegression(max_iter=500), "tree": DecisionTreeClassifier()}
        >>> compare(models, X, y, rounds=6, store="irises.db")
        <Results compare: 2 variants, 12 of 12 trials>
    """
    leave_if_worker()
    if not isinstance(models, Mapping) or len(models) < 2:
        raise StudyError(
            "compare needs two models or more, by name: "
            "compare({'small': make_small, 'forest': RandomForestClassifier()}, X, y)"
        )
    if metric is not None and not isinstance(metric, Metric):
        raise StudyError(
            f"compare: the metric is {metric!r}; give a metric, for example Accuracy() or MAE()."
        )
    recipe = Recipe(epochs=epochs, batch=batch)
    task = _task(_dataset(X, y, groups, missing), metric)
    variants = tuple(_variant(name, model, recipe).on(task) for name, model in models.items())
    claims = tuple(
        Claim(id=f"{a}, {b}", quote=f"{a} is better than {b}.", test=Better(a, than=b))
        for a, b in combinations(models, 2)
    )
    study = Study(
        name="compare",
        title=f"{', '.join(models)}",
        task=task,
        rounds=rounds,
        variants=variants,
        # A model without probabilities has no figure that depends on them, and no claim.
        claims=tuple(
            claim.replace(id=str(number))
            for number, claim in enumerate(testable_claims(claims, variants, (), task), start=1)
        ),
        seed=seed,
    )
    if rounds < rounds_asked(study):
        warnings.warn(needed_words(study), stacklevel=2)
    return run(study, jobs=jobs, store=store)


def _variant(name: str, model: Any, recipe: Recipe) -> Variant:
    match model:
        case Variant():
            return model.replace(name=name)
        case ModelSpec():
            return Variant(name=name, model=model, recipe=recipe)
        case _ if hasattr(model, "get_params"):
            return Variant(name=name, model=Estimator(model))
        case _ if not isinstance(model, type) and hasattr(model, "named_parameters"):
            raise StudyError(
                f"compare: {name!r} is a {type(model).__name__} that is built already. Each round "
                "starts from other weights: give the function that builds it, or its class."
            )
        case _:
            return Variant(name=name, model=Built(model), recipe=recipe)


def _dataset(inputs: Any, labels: Any, groups: Any, missing: Missing) -> Dataset:
    if isinstance(inputs, Dataset):
        if labels is not None or groups is not None:
            raise DataError(f"{inputs!r} has its own labels and groups; leave out y and groups.")
        return inputs
    if hasattr(inputs, "columns"):
        return _of_frame(inputs, labels, groups, missing)
    if labels is None:
        raise DataError(
            "compare was given inputs without labels; give both: compare(models, X, y)."
        )
    arrays = (inputs, labels) if groups is None else (inputs, labels, groups)
    return Cached.of(examples_of(arrays, source="compare"))


def _of_frame(frame: Any, labels: Any, groups: Any, missing: Missing) -> Dataset:
    target = labels if isinstance(labels, str) else "y"
    whole = frame
    if not isinstance(labels, str):
        if labels is None or len(labels) != len(frame):
            count = "none" if labels is None else f"{len(labels):,}"
            raise DataError(
                f"the DataFrame has {len(frame):,} rows, and the number of labels is {count}; give "
                "one for each row, or the name of the column."
            )
        if target in frame.columns:
            raise DataError("the DataFrame has a column 'y' beside the labels; rename it.")
        whole = frame.assign(**{target: list(labels)})
    if groups is not None and not isinstance(groups, str):
        if len(groups) != len(frame):
            raise DataError(
                f"the DataFrame has {len(frame):,} rows, and the number of groups is "
                f"{len(groups):,}; give one for each row, or the name of the column."
            )
        whole, groups = whole.assign(**{_GROUPS: list(groups)}), _GROUPS
    table = Table("the DataFrame", target=target, groups=groups, missing=missing)
    return Cached.of(table.examples(whole))


def _task(dataset: Dataset, metric: Metric | None) -> Supervised:
    examples = dataset.load()
    train, test = sizes_for(examples)
    metrics = () if metric is None else (metric,)
    numbers = metric is not None and metric.kind == "numbers"
    if numbers or not examples.classes:
        return Regression(dataset, train=train, test=test, metrics=metrics)
    return Classification(dataset, train=train, test=test, metrics=metrics)


def sizes_for(examples: Examples) -> tuple[int, int]:
    """Returns how many examples a round trains on and tests on; together, all of the data."""
    first, second = len(examples.train), len(examples.test or ())
    tested = second or max(1, round(TESTED * first))
    return (first if second else first - tested), tested
