"""The data of a report's sections, each part computed once."""

from __future__ import annotations

from functools import cached_property

from bakeoff.analysis.audit.audit import AuditFinding, audit
from bakeoff.analysis.comparison import ComparisonTable, comparison_table
from bakeoff.analysis.leaders import Leaders, leaders
from bakeoff.analysis.results import Results
from bakeoff.analysis.use import UseTable, use_table
from bakeoff.claims.head_to_head import HeadToHead
from bakeoff.claims.verdicts import Verdict, verdicts
from bakeoff.data.truth import TruthOf, truths_of
from bakeoff.reporting.palette import styles
from bakeoff.reporting.section import Keys
from bakeoff.study.study import names

MANY = 40
"""With more variants the best are shown first, and the others in tables."""


class Page:
    """The results of a study, and the data that a report computes from them.

    Attributes:
        results: of the study, maybe partly run.
        pair: its two variants head to head, on a page about them alone.
    """

    def __init__(self, results: Results, pair: HeadToHead | None = None) -> None:
        self.results = results
        self.pair = pair

    @cached_property
    def table(self) -> ComparisonTable:
        """The published figures beside the measured ones."""
        return comparison_table(self.results)

    @cached_property
    def use(self) -> UseTable:
        """What it costs to use each variant's model."""
        return use_table(self.results)

    @cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """A verdict for each claim."""
        return verdicts(self.results)

    @cached_property
    def findings(self) -> tuple[AuditFinding, ...]:
        """The audit's findings, the gravest first; few rounds only if something is compared."""
        study = self.results.study
        # A search that is not finished has not chosen the variant that a claim may name.
        known = set(names(study.variants))
        groups = [known.intersection(claim.variants()) for claim in study.claims]
        findings = audit(self.results, groups=groups)
        if len(study.variants) > 1 or study.claims:
            return tuple(findings)
        return tuple(finding for finding in findings if finding.kind != "few_rounds")

    @cached_property
    def leaders(self) -> Leaders | None:
        """The best variant, and those that do not differ from it significantly.

        None for a pair, which is judged as one of its study's claims or pairs.
        """
        return None if self.pair else leaders(self.results)

    @cached_property
    def keys(self) -> Keys:
        """The colours of the variants; empty for many."""
        shown = names(self.results.study.variants)
        return dict(styles(tuple(shown))) if len(shown) <= MANY else {}

    @cached_property
    def truth(self) -> TruthOf | None:
        """The right answers to the test examples, None if their data is not on this machine.

        Raises:
            DataError: the data is damaged, or was removed.
        """
        results, task = self.results, self.results.study.task
        if not results.data or not results.answered or task.kind(task.target) == "numbers":
            return None
        return truths_of(task, seed=results.study.seed) if task.digest() == results.data else None
