"""Two variants of a study head to head, in the rounds that they share."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from math import comb, isfinite
from typing import NamedTuple

from bakeoff.analysis.answers.agreement import Agreement, Round, agreement
from bakeoff.analysis.comparison import BEST_ON_VALIDATION, FINAL
from bakeoff.analysis.contrast import Contrast
from bakeoff.analysis.paired import figure, paired
from bakeoff.analysis.results import Results
from bakeoff.analysis.statistics.evidence import Evidence, evidence
from bakeoff.analysis.statistics.holm import holm
from bakeoff.analysis.summary import ALPHA, FEWEST, Summary, summary
from bakeoff.claims.differences import Better
from bakeoff.claims.parts import Measured, Method
from bakeoff.claims.verdicts import family, method_of, unfinished, verdicts
from bakeoff.data.metric import Metric
from bakeoff.data.truth import TruthOf
from bakeoff.errors import StudyError
from bakeoff.study.claims import Claim
from bakeoff.study.published import Quantity
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant


@dataclass(frozen=True)
class Duel:
    """Both variants compared in one figure, over the rounds in which both have it.

    Attributes:
        contrast: the figure, and whether it is of a round or of a draw.
        rounds: their numbers, from 0.
        first: the first's figure.
        second: the second's.
        figures: of the first and the second in each round.
        leads: the difference in each round, above 0 if the first is better; infinite if one
            diverged.
        evidence: the evidence of the leads for the claim that the first is better.
        p: two-sided, of the test that decides; None for fewer than six rounds, and if requested
            rounds have not run.
        adjusted: the same multiplied by the number of comparisons tested together.
    """

    contrast: Contrast
    rounds: tuple[int, ...]
    first: Summary
    second: Summary
    figures: tuple[tuple[float, float], ...]
    leads: tuple[float, ...]
    evidence: Evidence
    p: float | None
    adjusted: float | None

    @property
    def decided(self) -> bool:
        """Whether one of the two is told to be better, at 5%."""
        return self.adjusted is not None and self.adjusted <= ALPHA


@dataclass(frozen=True)
class HeadToHead:
    """Two variants of a study, in the rounds that they share.

    Attributes:
        results: of the two alone, the first of them first.
        final: on test, after the last epoch.
        best_on_validation: on test, at the epoch that was best on validation; None if the task
            draws no validation split, or no trial has a curve on it.
        agreement: which variant is right on which test examples, after the last epoch.
        family: the number of comparisons tested together: the study's claims if one of them names
            the pair, else all pairs of its variants.
        named: whether a claim names the pair.
        method: the p-value that decides.

    Example:
        >>> from table import study  # examples/table.py
        >>> results = run(study, rounds=6, epochs=2, store="irises.db")
        >>> pair = "linear", "hidden layer"
        >>> two = head_to_head(study, *pair, rounds=6, epochs=2, store="irises.db")
        >>> two.metric
        Error()
    """

    results: Results
    final: Duel
    best_on_validation: Duel | None
    agreement: Agreement
    family: int
    named: bool
    method: Method

    def _repr_html_(self) -> str:
        """Returns the HTML that a notebook shows."""
        return str(import_module("bakeoff.reporting.write").as_notebook(self))

    def __str__(self) -> str:
        """Returns the text that the command prints."""
        return str(import_module("bakeoff.reporting.write").as_text(self))

    @property
    def first(self) -> str:
        """The name of the variant that leads if a lead is above 0."""
        return self.results.study.variants[0].name

    @property
    def second(self) -> str:
        """The name of the other."""
        return self.results.study.variants[1].name

    @property
    def metric(self) -> Metric:
        """The study's first metric."""
        return self.results.study.metric

    @property
    def duels(self) -> tuple[Duel, ...]:
        """The known figures, the final epoch's first."""
        return tuple(duel for duel in (self.final, self.best_on_validation) if duel is not None)


def head_to_head(results: Results, first: str, second: str, truth: TruthOf) -> HeadToHead:
    """Returns two variants head to head, from their histories.

    Rounds that one of them has not run are left out. A diverged trial is worse than any other.

    Args:
        results: of their study, maybe partly run.
        first: a variant's name.
        second: another's.
        truth: gives the right answers to the test examples of a round, from 0.

    Raises:
        StudyError: the study has no such variant, or both are the same.
    """
    study = results.study
    if first == second:
        raise StudyError(
            f"{study.name}: both variants are {first!r}; name two different ones to compare."
        )
    alone = _alone(results, (study.variant(first), study.variant(second)))
    claim = _claim(results, first, second)
    pairs = comb(len(results.declared.variants) + len(results.declared.searches), 2)
    size = pairs if claim is None else family(results.declared)
    others = [each.p for each in verdicts(results) if claim is not None and each.claim != claim]
    how = _Rule(
        size,
        _method(results, first, second, claim),
        tuple(p for p in others if p is not None),
    )
    validated = "validation" in study.task.sizes and any(
        history is not None and "validation" in history.curves
        for name in (first, second)
        for history in results.histories[name]
    )
    return HeadToHead(
        results=alone,
        final=_duel(results, first, second, FINAL, how),
        best_on_validation=(
            _duel(results, first, second, BEST_ON_VALIDATION, how) if validated else None
        ),
        family=size,
        named=claim is not None,
        method=how.method,
        agreement=agreement(_rounds(results, first, second, truth)),
    )


def _alone(results: Results, pair: tuple[Variant, Variant]) -> Results:
    """Returns the results of two variants, as of a study that has no others and claims nothing."""
    first, second = (variant.name for variant in pair)

    def of(study: Study) -> Study:
        known = tuple(v for name in (first, second) for v in study.variants if v.name == name)
        # What a search chose is not declared.
        return study.replace(variants=known or pair, claims=(), figures=(), searches=())

    return replace(
        results,
        study=of(results.study),
        declared=of(results.declared),
        histories={name: results.histories[name] for name in (first, second)},
        searches=(),
        failures=tuple(each for each in results.failures if each.variant in {first, second}),
        doubts=tuple(each for each in results.doubts if each.variant in {first, second, ""}),
    )


class _Rule(NamedTuple):
    """How the pair is judged; others are p-values of the other claims of its family."""

    family: int
    method: Method
    others: tuple[float, ...]

    def adjusted(self, p: float) -> float:
        unknown = self.family - 1 - len(self.others)
        return holm([p, *self.others, *[1.0] * unknown])[0]


def _claim(results: Results, first: str, second: str) -> Claim | None:
    """Returns the claim that compares the two, in whatever figure; None without one."""
    for claim in results.declared.claims:
        for test in claim.tests():
            fields = [names for names in test.compared.values() if {first, second} & set(names)]
            if len(fields) == 2:
                return claim
    return None


def _method(results: Results, first: str, second: str, claim: Claim | None) -> Method:
    pair = claim or Claim(id="pair", quote="pair", test=Better(first, than=second))
    read = figure(FINAL, results.study.metric)
    rounds = len(paired(results, [(first, read), (second, read)]).rounds)
    # A claim that is not the study's may have the id of one that is.
    return method_of(results, pair, rounds if claim else None)


def _duel(results: Results, first: str, second: str, quantity: Quantity, rule: _Rule) -> Duel:
    metric = results.study.metric_of(quantity)
    read = figure(quantity, metric)
    pairs = paired(results, [(first, read), (second, read)])
    ours, theirs = ([row[place] for row in pairs.rows] for place in (0, 1))
    leads = tuple(pairs.gains(metric))
    leaf = Measured(
        Contrast("difference", (first, second), metric, quantity, unit=pairs.unit),
        "above",
        leads,
        pairs.rounds,
        evidence(leads),
    )
    ready = len(leads) >= FEWEST and (
        rule.method != "signed_rank" or not unfinished(results, (leaf,))
    )
    p = leaf.sides(rule.method).two_sided if ready else None
    return Duel(
        contrast=leaf.contrast,
        rounds=pairs.rounds,
        first=summary([value for value in ours if isfinite(value)]),
        second=summary([value for value in theirs if isfinite(value)]),
        figures=tuple(zip(ours, theirs, strict=True)),
        leads=leads,
        evidence=leaf.evidence,
        p=p,
        adjusted=None if p is None else rule.adjusted(p),
    )


def _rounds(results: Results, first: str, second: str, truth: TruthOf) -> list[Round]:
    if results.study.task.kind(results.study.task.target) == "numbers":
        return []  # No number is right or wrong.
    pairs = zip(results.histories[first], results.histories[second], strict=False)
    return [
        Round(number, ours, theirs, truth(number))
        for number, (ours, theirs) in enumerate(pairs)
        if ours is not None and theirs is not None and ours.answers and theirs.answers
    ]
