"""What a chart holds, for tests to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sample_results as sample

from bakeoff.analysis.results import Results
from bakeoff.data.metric import Metric, Predictions
from bakeoff.reporting.charts import kit
from bakeoff.reporting.section import Figure
from bakeoff.study.claims import Claim, ClaimTest


class Regret(Metric):
    """A number without bounds or unit."""

    def compute(self, predictions: Predictions) -> float:
        return float((predictions.answers != predictions.target).sum())


def records(figure: Figure) -> list[dict[str, Any]]:
    """Return the records of all layers."""
    sets = figure.chart.to_dict()["datasets"].values()
    return [record for records in sets for record in records]


def data(figure: Figure) -> list[dict[str, Any]]:
    """Return the records of all layers; the chart can be drawn."""
    text = kit.svg(figure.chart)
    assert "NaN" not in text
    assert "undefined" not in text
    return records(figure)


def claimed(*tests: ClaimTest, base: Results | None = None) -> Results:
    claims = tuple(Claim(id=f"X{n}", quote="So.", test=test) for n, test in enumerate(tests))
    results = base or sample.whole()
    study = results.study.replace(claims=claims)
    return replace(results, study=study, declared=study)


def diverging(results: Results, name: str) -> Results:
    """Return results in which all trials of a variant diverged."""
    broken = tuple(h and replace(h, status="diverged") for h in results.histories[name])
    return replace(results, histories={**results.histories, name: broken})


def unbounded(results: Results) -> Results:
    """Return results of a metric without bounds or unit, in thousands."""
    task = results.study.task.replace(metrics=(Regret(),))
    variants = tuple(v.replace(published=()) for v in results.study.variants)
    study = results.study.replace(task=task, variants=variants)
    histories = {
        name: tuple(
            h
            and replace(
                h, curves={"test": {"regret": (4000 * h.value("test", "error"),)}}, metric="regret"
            )
            for h in places
        )
        for name, places in results.histories.items()
    }
    return replace(results, study=study, declared=study, histories=histories)


def many(number: int, rounds: int = 4) -> Results:
    """Return results of many variants, of long names and of sizes that differ."""
    first = sample.STUDY.variants[0]
    variants = tuple(
        first.replace(
            name=f"{n:03} " + 56 * "n",
            model=sample.PLAIN.replace(
                layers=(
                    sample.PLAIN.layers[0],
                    sample.PLAIN.layers[1].replace(features=20 + n),
                    *sample.PLAIN.layers[2:],
                )
            ),
        )
        for n in range(number)
    )
    return sample.whole(sample.STUDY.replace(variants=variants, rounds=rounds))
