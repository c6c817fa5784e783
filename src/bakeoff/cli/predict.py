"""The output of `bakeoff predict`."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from bakeoff.api.predict import Prediction, predictions
from bakeoff.cli.options import AnswerFormat
from bakeoff.cli.output import complain
from bakeoff.errors import printable
from bakeoff.inference.files import Invert, Unread
from bakeoff.reporting.writers.csv import spreadsheet_safe


def predict_and_print(
    folder: Path, files: Iterable[Path], *, invert: Invert, format: AnswerFormat
) -> bool:
    """Prints a model's answers to files; returns whether each file gave one."""
    unread: list[Unread] = []

    def answered() -> Iterator[Prediction]:
        for each in predictions(folder, files, invert=invert):
            if isinstance(each, Unread):
                unread.append(each)
                complain(f"{each.name}: {each.reason}.")
            else:
                yield each

    match format:
        case AnswerFormat.text:
            for each in answered():
                print(printable("  ".join(_cells(each))))
        case AnswerFormat.csv:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow(("file", "label", "probability", "digits"))
            for each in answered():
                chance = "" if each.probability is None else repr(each.probability)
                texts = (each.name, each.label, chance, " ".join(each.digits))
                writer.writerow(spreadsheet_safe(printable(text)) for text in texts)
        case AnswerFormat.json:
            print(json.dumps([_object(each) for each in answered()], indent=1, ensure_ascii=False))
    return not unread


def _cells(answer: Prediction) -> Iterator[str]:
    yield answer.name
    yield answer.label
    if answer.probability is not None:
        yield f"{answer.probability:.3f}"
    if answer.digits:
        yield f"(digits {', '.join(answer.digits)})"


def _object(answer: Prediction) -> dict[str, object]:
    return {
        "file": answer.name,
        "label": answer.label,
        "probability": answer.probability,
        "probabilities": dict(answer.probabilities) or None,
        "digits": list(answer.digits) or None,
        "numbers": list(answer.numbers) or None,
    }
