"""Claims made of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bakeoff.spec import Spec
from bakeoff.study.claims import ClaimTest

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.claims.parts import Part


class AllOf(ClaimTest):
    """All of several tests hold.

    Supported where every comparison is, at the full level; contradicted where one is, its p-value
    times their number. An `AllOf` within it counts as its tests.
    """

    needs_rounds = False
    tests: tuple[ClaimTest, ...]

    def __init__(self, *tests: ClaimTest) -> None:
        Spec.__init__(self, tests=tests)

    @property
    def parts(self) -> tuple[ClaimTest, ...]:
        """The tests."""
        return self.tests

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Yields that there are none."""
        if not self.tests:
            yield "tests", "it is empty; give it at least one test"

    def judge(self, results: Results) -> Part:
        """Returns the parts of all tests."""
        from bakeoff.claims.judge import part_of
        from bakeoff.claims.parts import together

        return together(part_of(test, results) for test in self.tests)


class Not(ClaimTest):
    """A test does not hold: ``Not(Better("L2", than="none", by=0.01))`` gains less than a point."""

    needs_rounds = False
    test: ClaimTest

    def __init__(self, test: ClaimTest) -> None:
        Spec.__init__(self, test=test)

    @property
    def parts(self) -> tuple[ClaimTest, ...]:
        """The test."""
        return (self.test,)

    def judge(self, results: Results) -> Part:
        """Returns the contrary of the test's part."""
        from bakeoff.claims.judge import part_of
        from bakeoff.claims.parts import Contrary

        return Contrary(part_of(self.test, results))
