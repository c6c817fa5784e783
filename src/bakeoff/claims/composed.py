"""Claims that combine other claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from bakeoff.spec import Spec
from bakeoff.study.claims import ClaimTest

if TYPE_CHECKING:
    from bakeoff.analysis.results import Results
    from bakeoff.claims.parts import Part


class AllOf(ClaimTest):
    """All of several tests hold.

    It is supported if every comparison is, at the full level. It is contradicted if one is, with
    its p-value multiplied by their number. The tests of an inner `AllOf` count one by one.

    Example:
        >>> AllOf(Better("deep", than="wide"), Better("wide", than="linear"))
        AllOf(Better('deep', than='wide'), Better('wide', than='linear'))
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
        """Yields an error if there are no tests."""
        if not self.tests:
            yield "tests", "it is empty; give it at least one test"

    def judge(self, results: Results) -> Part:
        """Returns the parts of all tests."""
        from bakeoff.claims.judge import part_of
        from bakeoff.claims.parts import together

        return together(part_of(test, results) for test in self.tests)


class Not(ClaimTest):
    """A test does not hold: ``Not(Better("L2", than="none", by=0.01))`` gains less than a point.

    Example:
        >>> Not(Better("L2", than="none", by=0.01))
        Not(Better('L2', than='none', by=0.01))
    """

    needs_rounds = False
    test: ClaimTest = Field(kw_only=False)

    @property
    def parts(self) -> tuple[ClaimTest, ...]:
        """The test."""
        return (self.test,)

    def judge(self, results: Results) -> Part:
        """Returns the contrary of the test's part."""
        from bakeoff.claims.judge import part_of
        from bakeoff.claims.parts import Contrary

        return Contrary(part_of(self.test, results))
