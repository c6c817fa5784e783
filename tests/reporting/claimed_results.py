"""The made-up results with claims: one that holds, one that does not, one that is open, a count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import sample_results as sample

from bakeoff.analysis.results import Results
from bakeoff.claims.composed import AllOf
from bakeoff.claims.differences import Better, Equivalent
from bakeoff.claims.facts import ParametersWithin
from bakeoff.claims.orders import Ordered
from bakeoff.data.idx_datasets import MNIST_DIGEST
from bakeoff.data.truth import truth_of
from bakeoff.study.claims import Claim
from bakeoff.study.study import Overrides
from bakeoff.training.history import History

BASELINE, CNN, AUXILIARY = (variant.name for variant in sample.STUDY.variants)

CLAIMS = (
    Claim(id="S1", quote="The auxiliary loss helps.", test=Better(AUXILIARY, than=CNN)),
    Claim(id="S2", quote="The CNN is worse.", test=Better(BASELINE, than=CNN), note="By any gain."),
    Claim(
        id="S3",
        quote="The CNN gains 5 points, and the two are the same within 5.2.",
        test=AllOf(Better(CNN, than=BASELINE, by=0.05), Equivalent(CNN, BASELINE, margin=0.052)),
    ),
    Claim(
        id="S4",
        quote="They are small.",
        test=ParametersWithin((BASELINE, CNN), low=1000, high=100_000),
    ),
    Claim(id="S5", quote="Each step helps.", test=Ordered((BASELINE, CNN, AUXILIARY))),
)
STUDY = sample.STUDY.replace(claims=CLAIMS)


def whole(rounds: int = 15) -> Results:
    """Return results with every trial finished."""
    return sample.whole(STUDY.replace(rounds=rounds))


def empty() -> Results:
    """Return results of which nothing has run."""
    histories = {variant.name: (None,) * STUDY.rounds for variant in STUDY.variants}
    return Results(STUDY, STUDY, Overrides(), histories)


def until_decided() -> Results:
    """Return results whose rounds were added until claims were decided."""
    results = whole()
    each = tuple((variant.name, 15) for variant in STUDY.variants)
    return replace(results, overrides=Overrides(each=each))


def answered(rounds: int = 2) -> Results:
    """Return results with an answer to every test pair of the packaged MNIST."""
    results = whole(rounds)
    histories = {
        name: tuple(_answered(history, number) for number, history in enumerate(places))
        for name, places in results.histories.items()
    }
    return replace(results, histories=histories, data=MNIST_DIGEST)


def _answered(history: History | None, number: int) -> History:
    assert history is not None
    truth = truth_of(STUDY.task, seed=STUDY.seed, round=number).answers
    wrong = np.arange(len(truth)) < round(history.value("test", "error") * len(truth))
    answers = np.where(wrong, 1 - truth, truth).astype(np.uint8)
    return replace(history, answers={"answer": answers})
