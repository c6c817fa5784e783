"""A study's searches: the values of each factor, the choice, and every candidate."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bakeoff.analysis.results import Results
from bakeoff.analysis.search import SearchResults, Tried
from bakeoff.analysis.summary import summarise
from bakeoff.analysis.table import FINAL
from bakeoff.data.tasks import folds_of
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import (
    Block,
    Cell,
    Column,
    Fold,
    Heading,
    Number,
    Paragraph,
    Row,
    Section,
    Table,
)
from bakeoff.reporting.sections.results import count, measured
from bakeoff.reporting.text import cells
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
from bakeoff.study.search import Scalar, Search

SHOWN = 10
"""Candidates of a search that a page shows unfolded."""


def section(page: Page) -> Section | None:
    """Returns the searches; None without any."""
    results = page.results
    if not results.searches:
        return None
    blocks: list[Block] = [factors_table(results)]
    for number, found in enumerate(results.searches, start=1):
        blocks += _blocks(results, found, f"search-{number}")
    return Section("searches", "Searches", tuple(blocks))


def brief(page: Page) -> Section | None:
    """Returns what each search tried and chose, in sentences; None without searches."""
    results = page.results
    texts = (f"{s.search.name}: {search_words(results, s)}" for s in results.searches)
    blocks = tuple(Paragraph(text) for text in texts)
    return Section("searches", "Searches", blocks) if blocks else None


def search_words(results: Results, found: SearchResults) -> str:
    """Returns what a search tried, chose, cost and gained, in sentences."""
    return " ".join((*_text(found), *_worth(results, found)))


def factors_table(results: Results) -> Table:
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
    return Table(
        "factors",
        "What was searched" + (f": {', '.join(marks)}" if marks else ""),
        (
            Column("Factor", "text"),
            *(Column(found.search.name, "text") for found in results.searches),
        ),
        tuple(
            Row(
                (
                    factor.replace("_", " "),
                    *(_factor_cell(found, factor) or None for found in results.searches),
                )
            )
            for factor in factors
        ),
    )


def _blocks(results: Results, found: SearchResults, name: str) -> Iterator[Block]:
    search = found.search
    ranked = found.ranking(search.choose[0])
    rows = [_row(found, str(place), one) for place, one in enumerate(ranked, start=1)]
    rows += [_row(found, _unranked(found, one), one) for one in found.tried if one not in ranked]
    rows += [
        Row(
            (
                "infeasible",
                *c.told(),
                *[c.infeasible] * bool(search.choose),
                *[None] * (len(search.choose) + 1),
            )
        )
        for c in search.infeasible
    ]
    columns = (
        Column("Rank", "text"),
        *(Column(name.replace("_", " "), "text") for name in search.factors),
        *(
            Column(capital(quantity_label(q, found.metric(q))), weight=min(place, 1))
            for place, q in enumerate(search.choose)
        ),
        Column("Parameters", short="Params", weight=2),
        Column("s/trial", weight=3),
    )
    unit = in_unit(found.metric(search.choose[0]))
    caption = f"{search.name}: {counted(search.rounds, 'round')} each, mean (sd){unit}"
    yield Heading(search.name)
    yield Paragraph(search_words(results, found))
    yield Table(name, caption, columns, tuple(rows[:SHOWN]))
    if rest := rows[SHOWN:]:
        table = Table(f"{name}-rest", f"{caption}, the rest", columns, tuple(rest))
        yield Fold(f"{len(rest)} more candidates", (table,))


def _row(found: SearchResults, rank: str, one: Tried) -> Row:
    ran = [history.seconds for history in one.histories if history is not None]
    shown: list[Cell] = [
        measured(found.summary(one, q), found.metric(q)) for q in found.search.choose
    ]
    seconds = Number(sum(ran) / len(ran) if ran else None, "seconds")
    return Row((rank, *one.candidate.told(), *shown, count(one.parameters), seconds))


def _unranked(found: SearchResults, one: Tried) -> str:
    """Returns why a candidate has no rank."""
    ran, rounds = sum(history is not None for history in one.histories), found.search.rounds
    if not ran:
        return "not run"
    return "diverged" if ran == rounds else f"{ran} of {counted(rounds, 'round')}"


def _text(found: SearchResults) -> Iterator[str]:
    search = found.search
    laid_out = counted(len(search.candidates), "candidate")
    if search.proposals is not None:
        laid_out = (
            f"{f'{len(search.candidates)} of ' if search.to_come else ''}"
            f"{counted(search.number, 'candidate')} proposed by {search.proposals.sampler}, "
            f"{search.proposals.batch} at a time"
        )
    left_out = []
    if search.infeasible:
        left_out.append(f"{len(search.infeasible)} cannot be made")
    if search.outside and search.parameters:
        least, most = search.parameters
        left_out.append(
            f"{len(search.outside)} have fewer or more than {least:,} to {most:,} parameters and "
            "were not trained"
        )
    if search.repeated:
        left_out.append(f"{len(search.repeated)} would train the same as an earlier one")
    tried = f"{len(search.tried)} {'tried' if found.is_complete else 'to try'}"
    yield f"{laid_out}{': ' + listed(left_out) if left_out else ''}; {tried}."
    if not found.is_complete:
        yield f"{found.answered:,} of {counted(found.expected, 'trial')} have run."
        return
    for number, quantity in enumerate(search.choose):
        chosen = found.chosen(quantity)
        if chosen is None:
            yield "No candidate finished every round."
        else:
            yield _chosen(found, quantity, chosen, first=number == 0)
    published = _published(search, found)
    if published is not None:
        ranked = found.ranking(search.choose[0])
        place = ranked.index(published) + 1 if published in ranked else None
        label = published.candidate.label
        yield (
            f"The published choice, {label}, ranks {place} of {len(ranked)} here."
            if place
            else f"The published choice, {label}, diverged here."
        )
    elif search.published:
        yield "The published choice is not among the candidates tried."


def _chosen(found: SearchResults, quantity: Quantity, chosen: Tried, *, first: bool) -> str:
    metric = found.metric(quantity)
    label = quantity_label(quantity, metric)
    best = found.summary(chosen, quantity)
    figure = f"{cells.text(Number(best.mean, metric=metric))}{metric.unit}"
    means = [found.summary(one, quantity).mean for one in found.ranking(quantity)]
    ties = means.count(best.mean) - 1
    tied = f", tied with {counted(ties, 'other')}" if ties else ""
    if first:
        return f"Chosen by {label}: {chosen.candidate.label} ({figure}{tied})."
    return f"The choice by {label}, would be: {chosen.candidate.label} ({figure}{tied})."


def _worth(results: Results, found: SearchResults) -> Iterator[str]:
    """Yields what a search cost, and what its choice gained by it, once it is known."""
    search, quantity = found.search, found.search.choose[0]
    chosen = found.chosen(quantity)
    if chosen is None:
        return
    metric = found.metric(quantity)
    means = [found.summary(one, quantity).mean for one in found.ranking(quantity)]
    known = [mean for mean in means if mean is not None]
    seconds = sum(history.seconds for history in found.histories())
    yield (
        f"The search cost {counted(found.answered, 'trial')} and {duration(seconds)} of computing"
        + (
            f"; the choice is {apart(metric.gain(known[0], median(known)), metric)} better than "
            "the median candidate, by the figure that chose it."
            if len(known) > 1
            else "."
        )
    )
    study = results.study
    finals = {
        v.name: summarise(results.of(v), FINAL, folds=folds_of(study.task)).mean
        for v in study.variants
    }
    its = finals.pop(search.winner_name or "", None)
    rivals = {
        v.name: mean for v in results.declared.variants if (mean := finals.get(v.name)) is not None
    }
    if its is None or not rivals:
        return
    best = max(rivals, key=lambda name: study.metric.sign * rivals[name])
    gain = study.metric.gain(its, rivals[best])
    size = apart(abs(gain), study.metric)
    lead = f"{size} {'better' if gain > 0 else 'worse'} than" if gain else "the same as"
    yield (
        f"Trained again, its mean {quantity_label(FINAL, study.metric)}, is {lead} that of {best}, "
        "the best of the variants declared."
    )


def _published(search: Search, found: SearchResults) -> Tried | None:
    if not search.published:
        return None
    wanted = dict(search.published)
    fits = (one for one in found.tried if dict(one.candidate.values) == wanted)
    return next(fits, None)


def _factor_cell(found: SearchResults, factor: str) -> str:
    words: dict[Scalar, str] = {}
    for candidate in found.search.candidates:
        for (name, value), text in zip(candidate.values, candidate.told(), strict=True):
            if name == factor:
                words.setdefault(value, text)
    # Candidates outside a span of parameters are not tried, so values may come out of order.
    if all(type(value) in {int, float} for value in words):
        words = dict(sorted(words.items()))
    chosen = found.chosen(found.search.choose[0])
    ours = dict(chosen.candidate.values).get(factor) if chosen else None
    theirs = dict(found.search.published).get(factor)
    if len(words) > SHOWN:
        return f"{len(words)} values" + (f", [{words[ours]}]" if ours is not None else "")
    return ", ".join(
        (f"[{text}]" if value == ours else text) + ("*" if value == theirs else "")
        for value, text in words.items()
    )
