"""The meaning of each statistic of a report, in about two sentences each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bakeoff.analysis.summary import FEWEST
from bakeoff.claims.levels import AtChance
from bakeoff.claims.orders import Ordered
from bakeoff.claims.shares import Collapses, WinsMostRounds
from bakeoff.data.metric import Metric
from bakeoff.reporting.text.numbers import differences_in
from bakeoff.study.study import Study
from bakeoff.training.recipe import Recipe

Note = tuple[str, str]


def method_notes(
    study: Study,
    *,
    pair: bool = False,
    always_valid: bool = False,
    differences: bool = False,
    ranks: bool = False,
    published: bool = True,
) -> list[Note]:
    """Returns the notes that the report of a study needs.

    Args:
        study: as run; statistics that its claims do not need are not explained.
        pair: whether its two variants are tested head to head.
        always_valid: whether rounds were added until claims were decided.
        differences: whether paired differences are shown, with claims or without.
        ranks: whether a critical-difference diagram is shown.
        published: whether anything published is shown.
    """
    notes = list(_figures(study.metric, [v.recipe for v in study.variants], published=published))
    if study.claims:
        notes += _tests(study, always_valid=always_valid)
    elif pair:
        notes += [_difference(study.metric), _TYPICAL, _SIGNED_RANK]
        notes += [*[_ALWAYS_VALID] * always_valid, _HOLM, _SHARE, _EFFECT]
    elif differences or ranks:
        notes += [_difference(study.metric), _HOLM]
    if ranks:
        notes.append(_RANKS)
    return [*notes, _AUDIT]


def _difference(metric: Metric) -> Note:
    unit = f"in {differences_in(metric)}, " if metric.unit else ""
    return (
        "Paired difference",
        "All variants see the same data in a round, so two variants are compared round by round: "
        "what makes a round hard or easy for both cancels out. Differences are "
        f"{unit}above 0 where the variant named first is better, by a "
        f"{'higher' if metric.direction == 'higher' else 'lower'} {metric.words}.",
    )


_HOLM = (
    "Holm's correction",
    "Among many tests some are significant by chance. So the smallest of m p-values is multiplied "
    "by m, the next by m \N{MINUS SIGN} 1, and so on. The chance of any false finding among them "
    "is then at most 5%.",
)

_TYPICAL = (
    "Typical difference",
    "The middle of the averages of all pairs of rounds (Hodges and Lehmann). One bad round "
    "moves it little but may move the mean a lot. Its 95% interval holds what the "
    "signed-rank test does not reject.",
)

_SIGNED_RANK = (
    "p, signed-rank test",
    "Each round's difference from what is claimed gets a rank by its size. If the typical "
    "difference were exactly what is claimed, each sign would be a coin toss: p is the share "
    "of all patterns of signs that give ranks at least as one-sided. A round with exactly what "
    "is claimed has a rank and no sign.",
)

_ALWAYS_VALID = (
    "p, always-valid test",
    "If one looks after every round, a common p-value is wrong far more often than it "
    "says. This test bets on each round in turn. Its p-value holds whenever one stops, but "
    "it needs more rounds. If a verdict of the signed-rank test was shown before, p is "
    "doubled, for that verdict could be wrong too.",
)

_SHARE = (
    "Share of rounds",
    "The exact binomial test judges the share of rounds in which something happens. The "
    "95% interval of the share is that of Clopper and Pearson.",
)

_EFFECT = (
    "Effect size",
    "The mean's distance from what is claimed, in standard deviations of single rounds "
    "(Cohen's d of pairs). At 1 about five rounds in six go that way. It says how clear a "
    "difference is, not how large.",
)

_RANKS = (
    "Critical difference",
    "Variants are ranked in each round, where 1 is the best, and drawn at their mean rank. A bar "
    "joins variants if no two of them differ by the signed-rank test, with Holm's correction over "
    "all pairs. The usual bar of one fixed length is not used: with it, the result for two "
    "variants would depend on which others were tried.",
)

_AUDIT = (
    "Audit",
    "Reasons to doubt the conclusions, from the trials themselves or from how the variants were "
    "declared, each with its size. A grave finding invalidates a conclusion, a caution may bias "
    "one, and a note is good to know.",
)


def _figures(metric: Metric, recipes: Sequence[Recipe], *, published: bool) -> Iterator[Note]:
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
        "n \N{MINUS SIGN} 1 in the denominator. The mean says how good a variant is. "
        "The standard deviation says how much one draw of data and weights changes that.",
    )
    yield (
        "95% interval, t-interval",
        "The range in which the mean of infinitely many rounds may lie. It comes from the mean and "
        "spread of the rounds run and Student's t distribution. If the whole study were repeated "
        "many times, 95 in 100 of these intervals would hold that mean.",
    )
    if published:
        yield (
            "Difference from published",
            f"Measured minus published{unit}. It is a description, not a test: the source drew "
            "other data.",
        )
    yield (
        "Final epoch",
        "The figure after the last epoch of training. "
        + (
            "If a recipe stops early, it has the weights of the best epoch on validation; "
            "otherwise no data are used to choose it."
            if any(recipe.stopping is not None for recipe in recipes)
            else "No data are used to choose it."
        )
        + " If a recipe has views, it is that of the mean answer over them; curves, and figures at "
        "best epochs, are without."
        * any(recipe.views is not None for recipe in recipes)
        + " If weights are averaged, all figures and curves are those of the average."
        * any(recipe.averaging is not None for recipe in recipes)
        + " If a recipe has earlier phases, epochs are counted from the first of them; each phase "
        "has a loss of its own." * any(bool(recipe.before) for recipe in recipes),
    )
    yield (
        "Best epoch on validation",
        f"The test figure at the epoch with the {best} {metric.words} on validation data, the "
        "earliest if several. The test data have no part in the choice, so the figure is fair.",
    )
    yield (
        "Best epoch on test",
        "The test figure at the epoch that was best on the test data themselves. It flatters a "
        "variant, and more so if training is long and the test split small. It is shown because "
        "sources publish it.",
    )
    yield (
        "Parameters, seconds",
        "The trainable values, counted in the built network, and the mean wall time of a trial, "
        "with training and evaluation. Times depend on the machine named above and on what else "
        "ran on it.",
    )


def _tests(study: Study, *, always_valid: bool) -> Iterator[Note]:
    kinds = {type(test) for claim in study.claims for test in claim.tests()}
    chance = "; in a claim of chance it counts as chance" if AtChance in kinds else ""
    yield (
        "Verdict",
        "A claim is supported or contradicted if its test decides at 5% after correction, by the "
        "direction in which the rounds lean. It is undecided otherwise, which says nothing against "
        f"the claim. Fewer than {FEWEST} rounds decide nothing. A trial that diverged is worse "
        f"than any other{chance}. Counts of parameters, of rounds won and of choices are facts and "
        "have no p-value.",
    )
    yield _difference(study.metric)
    yield _TYPICAL
    yield _SIGNED_RANK
    if always_valid:
        yield _ALWAYS_VALID
    yield _HOLM
    yield (
        "Claims of several comparisons",
        "A claim is supported if every comparison is, so its p-value is the largest of theirs. It "
        "is contradicted if any one comparison is, at the level divided by their number.",
    )
    yield (
        "Claims of equality, two one-sided tests",
        "A difference that is not significant does not show equality. A claim of equality within a "
        "margin, ±, is supported if one test shows that the typical figure lies above the lower "
        "end and another shows that it lies below the upper end.",
    )
    if Ordered in kinds:
        yield (
            "Order",
            "The rank correlation of place and figure says how well a round agrees with the order "
            "claimed. It needs no scale of the factor. The signed-rank test of these correlations "
            "says whether the figures follow the order on the whole; a step or two may be level "
            "or fall.",
        )
    if kinds & {WinsMostRounds, Collapses}:
        yield _SHARE
    yield (
        "Rounds as claimed",
        "The number of rounds whose own figure is as claimed: above 5 points, for example, if the "
        "claim says 5.",
    )
    yield _EFFECT
