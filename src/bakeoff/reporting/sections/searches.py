"""A study's searches: the values of each factor, the choice, and every candidate."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean, median

from bakeoff.analysis.comparison import FINAL
from bakeoff.analysis.results import Results
from bakeoff.analysis.search_results import SearchResults, Tried
from bakeoff.analysis.summary import summarise
from bakeoff.data.tasks import folds_of
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import (
    Block,
    Column,
    Fold,
    Heading,
    Number,
    Paragraph,
    Row,
    Section,
    TableBlock,
)
from bakeoff.reporting.text import cells
from bakeoff.reporting.text.cells import mean_cell
from bakeoff.reporting.text.numbers import (
    apart,
    capital,
    counted,
    duration,
    in_unit,
    listed,
    quantity_label,
)
from bakeoff.study.published import Quantity
from bakeoff.study.search import Scalar

SHOWN = 10
"""Candidates of a search that a page shows unfolded."""


def section(page: Page) -> Section | None:
    """Returns the searches; None without any."""
    results = page.results
    if not results.searches:
        return None
    blocks: list[Block] = [factors_table(results)]
    for number, search in enumerate(results.searches, start=1):
        blocks += _blocks(results, search, f"search-{number}")
    return Section("searches", "Searches", tuple(blocks))


def brief(page: Page) -> Section | None:
    """Returns what each search tried and chose, in sentences; None without searches."""
    results = page.results
    texts = (f"{s.search.name}: {search_words(results, s)}" for s in results.searches)
    blocks = tuple(Paragraph(text) for text in texts)
    return Section("searches", "Searches", blocks) if blocks else None


def search_words(results: Results, search: SearchResults) -> str:
    """Returns what a search tried, chose, cost and gained, in sentences."""
    return " ".join((*_text(search), *_worth(results, search)))


def factors_table(results: Results) -> TableBlock:
    """Returns each factor with the values that each search tries, the chosen marked.

    Brackets mark the value chosen here, a star the value that the source chose.
    """
    factors = dict.fromkeys(
        name for s in results.searches for c in s.search.candidates for name, _ in c.values
    )
    marks = [
        *["[chosen here]"]
        * any(s.chosen(s.search.choose[0]) is not None for s in results.searches),
        *["published choice*"] * any(s.search.published for s in results.searches),
    ]
    return TableBlock(
        "factors",
        "What was searched" + (f": {', '.join(marks)}" if marks else ""),
        (
            Column("Factor", "text"),
            *(Column(search.search.name, "text") for search in results.searches),
        ),
        tuple(
            Row(
                (
                    factor.replace("_", " "),
                    *(_factor_cell(search, factor) or None for search in results.searches),
                )
            )
            for factor in factors
        ),
    )


def _blocks(results: Results, search: SearchResults, name: str) -> Iterator[Block]:
    declared = search.search
    ranked = search.ranking(declared.choose[0])
    rows = [_row(search, str(place), tried) for place, tried in enumerate(ranked, start=1)]
    rows += [_row(search, _unranked(search, t), t) for t in search.tried if t not in ranked]
    rows += [
        Row(
            (
                "infeasible",
                *c.told(),
                *[c.infeasible] * bool(declared.choose),
                *[None] * (len(declared.choose) + 1),
            )
        )
        for c in declared.infeasible
    ]
    columns = (
        Column("Rank", "text"),
        *(Column(name.replace("_", " "), "text") for name in declared.factors),
        *(
            Column(capital(quantity_label(q, search.metric(q))), weight=min(place, 1))
            for place, q in enumerate(declared.choose)
        ),
        Column("Parameters", short="Params", weight=2),
        Column("s/trial", weight=3),
    )
    unit = in_unit(search.metric(declared.choose[0]))
    caption = f"{declared.name}: {counted(declared.rounds, 'round')} each, mean (sd){unit}"
    yield Heading(declared.name)
    yield Paragraph(search_words(results, search))
    yield TableBlock(name, caption, columns, tuple(rows[:SHOWN]))
    if rest := rows[SHOWN:]:
        table = TableBlock(f"{name}-rest", f"{caption}, the rest", columns, tuple(rest))
        yield Fold(f"{len(rest)} more candidates", (table,))


def _row(search: SearchResults, rank: str, tried: Tried) -> Row:
    seconds = [history.seconds for history in tried.histories if history is not None]
    return Row(
        (
            rank,
            *tried.candidate.told(),
            *(mean_cell(search.summary(tried, q), search.metric(q)) for q in search.search.choose),
            Number(tried.parameters, "count"),
            Number(fmean(seconds) if seconds else None, "seconds"),
        )
    )


def _unranked(search: SearchResults, tried: Tried) -> str:
    """Returns why a candidate has no rank."""
    ran, rounds = sum(history is not None for history in tried.histories), search.search.rounds
    if not ran:
        return "not run"
    return "diverged" if ran == rounds else f"{ran} of {counted(rounds, 'round')}"


def _text(search: SearchResults) -> Iterator[str]:
    declared = search.search
    laid_out = counted(len(declared.candidates), "candidate")
    if declared.proposals is not None:
        laid_out = (
            f"{f'{len(declared.candidates)} of ' if declared.to_come else ''}"
            f"{counted(declared.number, 'candidate')} proposed by {declared.proposals.sampler}, "
            f"{declared.proposals.batch} at a time"
        )
    left_out = []
    if declared.infeasible:
        left_out.append(f"{len(declared.infeasible)} cannot be made")
    if declared.outside and declared.parameters:
        least, most = declared.parameters
        left_out.append(
            f"{len(declared.outside)} have fewer or more than {least:,} to {most:,} parameters and "
            "were not trained"
        )
    if declared.repeated:
        left_out.append(f"{len(declared.repeated)} would train the same as an earlier one")
    tried = f"{len(declared.tried)} {'tried' if search.is_complete else 'to try'}"
    yield f"{laid_out}{': ' + listed(left_out) if left_out else ''}; {tried}."
    if not search.is_complete:
        yield f"{search.answered:,} of {counted(search.expected, 'trial')} have run."
        return
    for number, quantity in enumerate(declared.choose):
        chosen = search.chosen(quantity)
        if chosen is None:
            yield "No candidate finished every round."
        else:
            yield _chosen(search, quantity, chosen, first=number == 0)
    if not declared.published:
        return
    wanted = dict(declared.published)
    published = next((c for c in search.tried if dict(c.candidate.values) == wanted), None)
    ranked = search.ranking(declared.choose[0])
    if published is None:
        yield "The published choice is not among the candidates tried."
    elif published in ranked:
        place = f"{ranked.index(published) + 1} of {len(ranked)}"
        yield f"The published choice, {published.candidate.label}, ranks {place} here."
    else:
        yield f"The published choice, {published.candidate.label}, diverged here."


def _chosen(search: SearchResults, quantity: Quantity, chosen: Tried, *, first: bool) -> str:
    metric = search.metric(quantity)
    label = quantity_label(quantity, metric)
    best = search.summary(chosen, quantity)
    figure = f"{cells.text(Number(best.mean, metric=metric))}{metric.unit}"
    means = [search.summary(candidate, quantity).mean for candidate in search.ranking(quantity)]
    ties = means.count(best.mean) - 1
    tied = f", tied with {counted(ties, 'other')}" if ties else ""
    if first:
        return f"Chosen by {label}: {chosen.candidate.label} ({figure}{tied})."
    return f"The choice by {label}, would be: {chosen.candidate.label} ({figure}{tied})."


def _worth(results: Results, search: SearchResults) -> Iterator[str]:
    """Yields what a search cost, and what its choice gained by it, once it is known."""
    quantity = search.search.choose[0]
    if search.chosen(quantity) is None:
        return
    metric = search.metric(quantity)
    means = [
        mean
        for tried in search.ranking(quantity)
        if (mean := search.summary(tried, quantity).mean) is not None
    ]
    seconds = sum(history.seconds for history in search.histories())
    yield (
        f"The search cost {counted(search.answered, 'trial')} and {duration(seconds)} of computing"
        + (
            f"; the choice is {apart(metric.gain(means[0], median(means)), metric)} better than "
            "the median candidate, by the figure that chose it."
            if len(means) > 1
            else "."
        )
    )
    study = results.study
    finals = {
        v.name: summarise(results.of(v), FINAL, folds=folds_of(study.task)).mean
        for v in study.variants
    }
    winner = finals.pop(search.search.winner_name or "", None)
    rivals = {
        v.name: mean for v in results.declared.variants if (mean := finals.get(v.name)) is not None
    }
    if winner is None or not rivals:
        return
    best = max(rivals, key=lambda name: study.metric.sign * rivals[name])
    gain = study.metric.gain(winner, rivals[best])
    size = apart(abs(gain), study.metric)
    lead = f"{size} {'better' if gain > 0 else 'worse'} than" if gain else "the same as"
    yield (
        f"Trained again, its mean {quantity_label(FINAL, study.metric)}, is {lead} that of {best}, "
        "the best of the variants declared."
    )


def _factor_cell(search: SearchResults, factor: str) -> str:
    words: dict[Scalar, str] = {}
    for candidate in search.search.candidates:
        for (name, value), text in zip(candidate.values, candidate.told(), strict=True):
            if name == factor:
                words.setdefault(value, text)
    # Candidates outside a span of parameters are not tried, so values may come out of order.
    if all(type(value) in {int, float} for value in words):
        words = dict(sorted(words.items()))
    chosen = search.chosen(search.search.choose[0])
    ours = dict(chosen.candidate.values).get(factor) if chosen else None
    theirs = dict(search.search.published).get(factor)
    if len(words) > SHOWN:
        return f"{len(words)} values" + (f", [{words[ours]}]" if ours is not None else "")
    return ", ".join(
        (f"[{text}]" if value == ours else text) + ("*" if value == theirs else "")
        for value, text in words.items()
    )
