"""Results of errors as the same results in accuracy."""

from __future__ import annotations

from dataclasses import replace

from bakeoff.analysis.results import Results
from bakeoff.data.metrics import Accuracy, DigitAccuracy
from bakeoff.study.study import Study
from bakeoff.training.history import History

TURNED = {"error": "accuracy", "digit_error": "digit_accuracy"}


def accurate(results: Results) -> Results:
    """Return the results as they would be had the study measured accuracy."""
    histories = {n: tuple(h and _turned(h) for h in hs) for n, hs in results.histories.items()}
    study, declared = _of_accuracy(results.study), _of_accuracy(results.declared)
    return replace(results, study=study, declared=declared, histories=histories)


def _of_accuracy(study: Study) -> Study:
    variants = tuple(
        v.replace(published=tuple(p.replace(mean=round(1 - p.mean, 6)) for p in v.published))
        for v in study.variants
    )
    task = study.task.replace(metrics=(Accuracy(), DigitAccuracy()))
    return study.replace(task=task, variants=variants)


def _turned(history: History) -> History:
    curves = {
        split: {
            TURNED.get(name, name): values
            if name not in TURNED
            else tuple(round(1 - value, 12) for value in values)
            for name, values in named.items()
        }
        for split, named in history.curves.items()
    }
    return replace(history, curves=curves, metric="accuracy", direction="higher")
