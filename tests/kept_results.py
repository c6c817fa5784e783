"""The studies' results as the files in results/ hold them, read back without a store."""

import json
import math
from pathlib import Path
from typing import Any

from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import SearchResults, searched, with_winners
from bakeoff.study.measured import metric_of
from bakeoff.study.search import Search
from bakeoff.study.study import Overrides, Study
from bakeoff.training.history import History

ROOT = Path(__file__).parents[1]


def kept(name: str) -> dict[str, Any]:
    """Return what the file of a study holds."""
    return json.loads((ROOT / "results" / f"{name}.json").read_text(encoding="utf-8"))


def results(study: Study, held: dict[str, Any]) -> Results:
    """Return a study's results, as far as verdicts read them."""
    trials = {(trial["variant"], trial["round"] - 1): trial for trial in held["trials"]}
    each = {row["variant"]: row["rounds"] for row in held["table"]}
    decided = "until decided" in held["study"]["shortened"]
    overrides = Overrides(each=tuple(each.items()) if decided else ())
    asked = study.overridden(overrides)
    searches = tuple(
        _search(s, one) for s, one in zip(asked.searches, held["searches"], strict=True)
    )
    whole = with_winners(asked, searches, each if decided else None)
    histories = {
        variant.name: tuple(
            _history(study, trials.get((variant.name, number)))
            for number in range(whole.rounds_of(variant))
        )
        for variant in whole.variants
    }
    return Results(whole, study, overrides, histories, searches=searches)


def _history(study: Study, trial: dict[str, Any] | None) -> History | None:
    if trial is None or trial["status"] == "missing":
        return None
    figures: dict[str, dict[str, float]] = {"test": {"loss": math.nan}}
    curves: dict[str, dict[str, tuple[float, ...]]] = {}
    for metric in study.task.measured:
        for split in ("test", "train"):
            final = trial.get(f"{split}_{metric.name}_final")
            if final is not None:
                figures.setdefault(split, {})[metric.name] = final
            best = trial.get(f"{split}_{metric.name}_best_on_test")
            if best is not None:
                # A curve of the best epoch alone.
                curves.setdefault(split, {})[metric.name] = (best,)
    for split, metrics in trial.get("curves", {}).items():
        for name, values in metrics.items():
            whole = tuple(math.nan if value is None else value for value in values)
            curves.setdefault(split, {})[name] = whole
    return History(
        status=trial["status"],
        curves=curves,
        final=figures if trial["status"] == "finished" else {},
        parameters=trial["parameters"],
        seconds=trial["seconds"],
        metric=study.metric.name,
        direction=study.metric.direction,
        # The file says whether a trial ended near chance, not where that begins.
        chance=figures["test"].get(study.metric.name) if trial["near_chance"] else None,
    )


def _search(search: Search, held: dict[str, Any]) -> SearchResults:
    """Return what a search found: each candidate's figures are the last of curves of one value."""
    quantities = [(q, metric_of(search.task, q.metric)) for q in search.choose]

    def read(asked: Search, first: int) -> list[tuple[History | None, ...]]:
        return [_tried(one) for one in held["tried"][first : len(asked.tried)]]

    def _tried(one: dict[str, Any]) -> tuple[History | None, ...]:
        return tuple(
            None if seconds is None else _candidate(one, number, seconds)
            for number, seconds in enumerate(one["seconds"])
        )

    def _candidate(one: dict[str, Any], number: int, seconds: float) -> History:
        curves: dict[str, dict[str, tuple[float, ...]]] = {}
        for (quantity, metric), by_round in zip(quantities, one["by_round"], strict=True):
            value = by_round[number]
            if value is not None:
                curves.setdefault(quantity.split, {})[metric.name] = (value,)
        metric = search.task.metric
        return History(
            status="finished" if curves else "diverged",
            curves=curves,
            parameters=one["parameters"],
            seconds=seconds,
            metric=metric.name,
            direction=metric.direction,
        )

    return searched(search, read)
