"""Two variants of a study head to head, from stored trials."""

from __future__ import annotations

from pathlib import Path

from bakeoff.analysis.results import Results
from bakeoff.api.plan import DEFAULT_STORE, results
from bakeoff.claims.head_to_head import HeadToHead
from bakeoff.claims.head_to_head import head_to_head as judged
from bakeoff.data.truth import truths_of
from bakeoff.study.study import Study
from bakeoff.study.trial import Device


def head_to_head(
    study: Study,
    first: str,
    second: str,
    *,
    rounds: int | None = None,
    epochs: int | None = None,
    device: Device = "cpu",
    store: Path | str = DEFAULT_STORE,
    data: Path | str | None = None,
) -> HeadToHead:
    """Returns two variants head to head from the store, without training.

    `report` writes it as a page, with the test examples on which the two disagree most.

    Args:
        study: the study of both variants.
        first: the name of a variant.
        second: the name of another.
        rounds: as in `run`; likewise the following.
        epochs: what they were run for, where it was not what each recipe says.
        device: where they ran.
        store: the SQLite file that holds all results.
        data: a folder of the four IDX files of an archive, None for the packaged MNIST.

    Raises:
        StudyError: the study has no such variant, or both are the same.
        DataError: the data is missing, damaged, or too small.
        StoreError: the store does not exist or cannot be read.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> pair = "linear", "hidden layer"
        >>> two = head_to_head(study, *pair, rounds=6, epochs=2, store="irises.db")
        >>> two.first, two.second
        ('linear', 'hidden layer')
    """
    stored = results(study, rounds=rounds, epochs=epochs, device=device, store=store, data=data)
    return compared(stored, first, second)


def compared(results: Results, first: str, second: str) -> HeadToHead:
    """Returns two variants of some results head to head.

    Args:
        results: the results of their study, maybe partly run.
        first: the name of a variant.
        second: the name of another.

    Raises:
        StudyError: the study has no such variant, or both are the same.
        DataError: the data is missing, damaged, or too small.
    """
    study = results.study
    truth = truths_of(study.task, seed=study.seed)
    return judged(results, first, second, truth)
