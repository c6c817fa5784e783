"""Keys of claims, which are equal if the question is the same.

Under the key, the store records the number of rounds at which a verdict was first shown. Later
rounds then count as added, even if the study was renamed, shortened, or moved to another file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress

from bakeoff.claims.composed import AllOf
from bakeoff.claims.differences import BestOf, Better, BetterFigure
from bakeoff.claims.facts import ParametersWithin
from bakeoff.claims.levels import Near, Reaches
from bakeoff.data.metric import Metric
from bakeoff.data.task import Task
from bakeoff.data.tasks import KFold
from bakeoff.errors import SpecError
from bakeoff.spec import Json, canonical, digest
from bakeoff.study.claims import ClaimTest
from bakeoff.study.sources import nameless_sources
from bakeoff.study.study import Study
from bakeoff.study.trial import Setup

_UNORDERED = (AllOf, BestOf, Better, BetterFigure, Near, ParametersWithin, Reaches)
"""Tests whose meaning does not depend on the order of their names or parts."""


def claim_key(test: ClaimTest, study: Study, *, data: str | None = None) -> str:
    """Returns the SHA-256 of a claim's question, as 64 hexadecimal digits.

    It covers the test with each variant as it is trained, the task with its data and with the
    metrics that the test reads, the study's seed, and the user's code behind all these. It does not
    cover names, rounds, notes, published figures or the file.

    Two kinds of name are covered as they are: a name that the study does not have, and that of a
    variant that a search chooses, for the chosen candidate may change while the search runs.

    Args:
        test: what must hold for the claim to be true.
        study: the claim's study, as declared, shortened, or with the winners of its searches.
        data: the digest of the task's data; None to ask the task.

    Raises:
        DataError: the data is missing or damaged.
        StudyError: the source text of a class cannot be read.
    """
    winners = {search.winner_name for search in study.searches}
    setups = {v.name: Setup.of(v) for v in study.variants if v.name not in winners}
    trained = {name: digest(canonical(setup, defaults=False)) for name, setup in setups.items()}
    form = _form(test, trained)
    metrics, task = _read(form, study.task), _without_metrics(study.task)
    about = tuple(setups[name] for name in _names(test) if name in setups)
    return digest(
        {
            "test": form,
            "task": canonical(task, defaults=False),
            "metrics": canonical(metrics, defaults=False),
            "data": study.task.digest() if data is None else data,
            "seed": study.seed,
            "sources": nameless_sources((test, task, metrics, about)),
        }
    )


def _form(test: ClaimTest, trained: Mapping[str, str]) -> dict[str, Json]:
    """Returns a test as JSON, with the digest of a variant in place of its name."""
    whole = canonical(test, defaults=False)
    form = whole if isinstance(whole, dict) else {}
    for field, names in test.compared.items():
        form[field] = [trained.get(name, name) for name in names]
    for field in type(test).model_fields:
        match getattr(test, field):
            case ClaimTest() as part:
                form[field] = _form(part, trained)
            case (ClaimTest(), *_) as parts:
                form[field] = [_form(part, trained) for part in parts]
    if isinstance(test, _UNORDERED):
        for field, held in form.items():
            if isinstance(held, list):
                form[field] = sorted(held, key=lambda each: json.dumps(each, sort_keys=True))
    return form


def _names(test: ClaimTest) -> Iterator[str]:
    """Yields the names of variants in a test and in its parts."""
    for names in test.compared.values():
        yield from names
    for field in type(test).model_fields:
        held = getattr(test, field)
        for part in held if isinstance(held, tuple) else (held,):
            if isinstance(part, ClaimTest):
                yield from _names(part)


def _read(form: Json, task: Task) -> tuple[Metric, ...]:
    """Returns the metrics that a test reads: the first, which it means by none, and those named."""
    (first, *others), named = task.measured, set(_named_metrics(form))
    return (first, *(metric for metric in others if metric.name in named))


def _named_metrics(form: Json) -> Iterator[str]:
    match form:
        case dict():
            for field, held in form.items():
                if field == "metric" and isinstance(held, str):
                    yield held
                yield from _named_metrics(held)
        case list():
            for held in form:
                yield from _named_metrics(held)


def _without_metrics(task: Task) -> Task:
    """Returns the rounds alone: another metric beside those that are read changes no question."""
    with suppress(SpecError):  # A user's own task may insist on some.
        bare = task.replace(metrics=())
        return bare.replace(task=_without_metrics(bare.task)) if isinstance(bare, KFold) else bare
    return task
