"""What each statistic of a report means, as terms and about two sentences each."""

from __future__ import annotations

from collections.abc import Iterator

from bakeoff.analysis.verdicts.words import worst
from bakeoff.data.metric import Metric
from bakeoff.reporting.wording import differences_in
from bakeoff.study.claim_tests import Ordered
from bakeoff.study.study import Study

Note = tuple[str, str]


def method_notes(
    study: Study,
    *,
    always_valid: bool = False,
    differences: bool = False,
    ranks: bool = False,
    published: bool = True,
) -> list[Note]:
    """Return the notes that the report of a study needs.

    Args:
        study: as run; what its claims do not ask for is not explained.
        always_valid: whether rounds were added until claims were decided.
        differences: whether paired differences are shown, with claims or without.
        ranks: whether a critical-difference diagram is shown.
        published: whether anything published is shown.
    """
    notes = list(_figures(study.metric, published=published))
    if study.claims:
        notes += _tests(study, always_valid=always_valid)
    elif differences or ranks:
        notes += [_difference(study.metric), _HOLM]
    if ranks:
        notes.append(_RANKS)
    return [*notes, _AUDIT]


def _difference(metric: Metric) -> Note:
    unit = f"in {differences_in(metric)}, " if metric.unit else ""
    return (
        "Paired difference",
        "Variants of one round see the same data, so two are compared round by round, and what is "
        f"hard or easy about a round cancels out. Differences are {unit}above 0 where the first "
        f"named is the better, by a {'higher' if metric.direction == 'higher' else 'lower'} "
        f"{metric.words}.",
    )


_HOLM = (
    "Holm's correction",
    "Who tests many things finds some by chance, so the smallest of m p-values is multiplied by m, "
    "the next by m \N{MINUS SIGN} 1, and so on. The chance that any of them is found wrongly is "
    "then at most 5%.",
)

_RANKS = (
    "Critical difference",
    "Variants are ranked in each round, the best 1, and stand at their mean rank. A bar joins "
    "those of which no two are told apart by the paired t-test, with Holm's correction over all "
    "pairs; the usual bar of one fixed length would let what is said of two hang on which others "
    "were tried.",
)

_AUDIT = (
    "Audit",
    "What the trials themselves, or how variants were declared, hold against the conclusions, each "
    "with its size. A grave finding takes a conclusion away, a caution may bend one, and a note is "
    "good to know.",
)


def _figures(metric: Metric, *, published: bool) -> Iterator[Note]:
    unit = f", in {differences_in(metric)}" if metric.unit else ""
    best = "highest" if metric.direction == "higher" else "lowest"
    if published:
        yield (
            "Published",
            "The mean that the source reports, with its standard deviation over rounds in brackets "
            "where it gives one. A dash means that the source gives none.",
        )
    yield (
        "Measured, sd",
        f"The mean {metric.words} over rounds, and the standard deviation of single rounds with "
        "n \N{MINUS SIGN} 1 in the denominator. The first says how good a variant is, the "
        "second how much one draw of data and weights changes it.",
    )
    yield (
        "95% interval, t-interval",
        "Where the mean of endlessly many rounds may lie, from the mean and spread of those run "
        "and Student's t distribution. Were the whole study repeated many times, 95 in 100 such "
        "intervals would hold it.",
    )
    if published:
        yield (
            "Difference from published",
            f"Measured minus published{unit}. It is a reading, not a test: the source drew other "
            "data.",
        )
    yield (
        "Final epoch",
        "The figure of the network as training leaves it. No choice is made on any data.",
    )
    yield (
        "Best epoch on validation",
        f"The test figure at the epoch with the {best} {metric.words} on validation data, the "
        "earliest if several. The test data have no part in the choice, so it is a fair figure.",
    )
    yield (
        "Best epoch on test",
        "The test figure at the epoch that was best on the test data themselves. It flatters, more "
        "so the longer the training and the smaller the test split, and is shown because sources "
        "publish it.",
    )
    yield (
        "Parameters, seconds",
        "Trainable values, counted in the built network; and the mean wall time of a trial, "
        "training and evaluation together. Times hold for the machine named above and for what "
        "else ran on it.",
    )


def _tests(study: Study, *, always_valid: bool) -> Iterator[Note]:
    yield (
        "Verdict",
        "Supported or contradicted where the test of a claim decides at 5% after correction, "
        "whichever way the rounds lean; undecided where it does not, which says nothing against "
        f"the claim. A diverged trial counts as {worst(study.metric)}; counts of parameters, "
        "of rounds won and of choices are facts, and have no p-value.",
    )
    yield _difference(study.metric)
    yield (
        "p, paired t-test",
        "The chance of a mean at least as far from what is claimed as the one seen, were the truth "
        "just on the line between claim and contrary. It takes the differences of single rounds to "
        "be near to normally distributed.",
    )
    if always_valid:
        yield (
            "p, always-valid test",
            "Rounds were added until claims were decided, and a common p-value that is looked at "
            "after every round is wrong far more often than it says. This one bets on each round "
            "in turn, and keeps its error whenever one stops, at the price of more rounds.",
        )
    yield (
        "p, permutation test",
        "If two variants do not differ, the sign of each round's difference is a coin's: p is the "
        "share of all patterns of signs that give a mean at least as far from 0. It is exact "
        "whatever the distribution, cannot fall to 5% with fewer than 6 rounds, and stands beside "
        "the t-test as a check.",
    )
    yield _HOLM
    yield (
        "Claims of several comparisons",
        "They are supported where every comparison is, so the largest p-value stands for all. They "
        "are contradicted where any one is, at the level divided by their number.",
    )
    yield (
        "Equivalence, two one-sided tests",
        "To find no difference is not to show that there is none. A claim of equality within a "
        "margin, ±, is supported where one test shows the mean to lie above the lower end and "
        "another shows it to lie below the upper.",
    )
    if any(isinstance(test, Ordered) for claim in study.claims for test in claim.tests()):
        yield (
            "Page's test",
            "An order along a factor is tested by the rank correlation of place and figure within "
            "each round, which needs no scale of the factor. Its p-value is exact, over all orders "
            "that a round could have shown; a step or two may be level or fall.",
        )
    yield (
        "95% bootstrap interval",
        "Rounds are drawn again with replacement, 9,999 times from a fixed seed, and the interval "
        "is read off the means so got, corrected for bias and skewness (BCa). It assumes no "
        "distribution, is too narrow for few rounds, and decides nothing here.",
    )
    yield (
        "Won in a round",
        "The estimated chance that a single round goes as claimed, ties counted half, with "
        "Wilson's 95% interval in brackets. A small but steady gain wins nearly every round, a "
        "large but erratic one does not.",
    )
    yield (
        "Effect size",
        "The mean's distance from what is claimed, in standard deviations of single rounds "
        "(Cohen's d of pairs). At 1 about five rounds in six go that way: it says how plain a "
        "difference is, not how large.",
    )
    yield (
        "Rounds to settle it",
        "With how many rounds altogether the test would decide in 8 of 10 such studies: a single "
        "comparison at 5%, a claim at the level that Holm's correction asks of it. It takes the "
        "means and spreads seen to be the true ones, and so is a plan, not a finding.",
    )
