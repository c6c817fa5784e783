"""What each statistic of a report means, as terms and about two sentences each."""

from __future__ import annotations

from collections.abc import Iterator

from bakeoff.analysis.summary import FEWEST
from bakeoff.claims.levels import AtChance
from bakeoff.claims.orders import Ordered
from bakeoff.claims.shares import Collapses, WinsMostRounds
from bakeoff.data.metric import Metric
from bakeoff.reporting.text.numbers import differences_in
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
    stops = any(variant.recipe.stopping is not None for variant in study.variants)
    notes = list(_figures(study.metric, published=published, stops=stops))
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
        "Variants of one round see the same data, so two are compared round by round: what is hard "
        f"or easy about a round for both cancels out. Differences are {unit}above 0 where the "
        f"first named is the better, by a {'higher' if metric.direction == 'higher' else 'lower'} "
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
    "those of which no two are told apart by the signed-rank test, with Holm's correction over "
    "all pairs; the usual bar of one fixed length would let what is said of two hang on which "
    "others were tried.",
)

_AUDIT = (
    "Audit",
    "What the trials themselves, or how variants were declared, hold against the conclusions, each "
    "with its size. A grave finding takes a conclusion away, a caution may bend one, and a note is "
    "good to know.",
)


def _figures(metric: Metric, *, published: bool, stops: bool) -> Iterator[Note]:
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
        "The figure of the network as training leaves it. "
        + (
            "Where a recipe stops early, that is with the weights of its best epoch on validation; "
            "elsewhere no choice is made on any data."
            if stops
            else "No choice is made on any data."
        ),
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
    kinds = {type(test) for claim in study.claims for test in claim.tests()}
    chance = "; where chance is claimed it counts as chance" if AtChance in kinds else ""
    yield (
        "Verdict",
        "Supported or contradicted where the test of a claim decides at 5% after correction, "
        "whichever way the rounds lean; undecided where it does not, which says nothing against "
        f"the claim. Fewer than {FEWEST} rounds decide nothing. A trial that diverged is worse "
        f"than any other{chance}. Counts of parameters, of rounds won and of choices are facts, "
        "and have no p-value.",
    )
    yield _difference(study.metric)
    yield (
        "Typical difference",
        "The middle of the averages of all pairs of rounds (Hodges and Lehmann). One bad round "
        "moves it little, where it may move the mean a lot. Its 95% interval holds what the "
        "signed-rank test does not reject.",
    )
    yield (
        "p, signed-rank test",
        "Each round's difference from what is claimed gets a rank by its size. If the typical "
        "difference lay just on the line, each sign would be a coin's: p is the share of all "
        "patterns of signs that give ranks at least as one-sided. A round right on the line has a "
        "rank and no sign.",
    )
    if always_valid:
        yield (
            "p, always-valid test",
            "Where one looks after every round, a common p-value is wrong far more often than it "
            "says. This one bets on each round in turn, and keeps its error whenever one stops, at "
            "the price of more rounds. Where a verdict of the signed-rank test was shown before, p "
            "is doubled, for that verdict could be wrong too.",
        )
    yield _HOLM
    yield (
        "Claims of several comparisons",
        "They are supported where every comparison is, so the largest p-value stands for all. They "
        "are contradicted where any one is, at the level divided by their number.",
    )
    yield (
        "Claims of equality, two one-sided tests",
        "To find no difference is not to show that there is none. A claim of equality within a "
        "margin, ±, is supported where one test shows the typical figure to lie above the lower "
        "end and another shows it to lie below the upper.",
    )
    if Ordered in kinds:
        yield (
            "Order",
            "How well a round agrees with the order claimed is the rank correlation of place and "
            "figure within it, which needs no scale of the factor. The signed-rank test of these "
            "says whether the figures follow the order on the whole; a step or two may be level "
            "or fall.",
        )
    if kinds & {WinsMostRounds, Collapses}:
        yield (
            "Share of rounds",
            "How often something happens in a round is tested by the exact binomial test; its 95% "
            "interval is that of Clopper and Pearson.",
        )
    yield (
        "Rounds as claimed",
        "The rounds whose own figure lies where the claim says: above 5 points, say, where 5 are "
        "claimed.",
    )
    yield (
        "Effect size",
        "The mean's distance from what is claimed, in standard deviations of single rounds "
        "(Cohen's d of pairs). At 1 about five rounds in six go that way: it says how plain a "
        "difference is, not how large.",
    )
