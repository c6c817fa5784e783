"""A study's searches as tables: what each factor could be, what was chosen, every candidate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bakeoff.analysis.results import Results
from bakeoff.analysis.search import SearchResults, Tried
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.wording import (
    capital,
    counted,
    in_unit,
    integer,
    listed,
    quantity_label,
    seconds,
    summary_cell,
)
from bakeoff.study.published import Quantity
from bakeoff.study.search import Scalar, Search

SHOWN = 10
"""Candidates of a search that a page shows before it is unfolded."""


@dataclass(frozen=True)
class SearchSection:
    """One search for a reader.

    Attributes:
        name: the search's.
        text: what was tried and what came out, in sentences.
        best: the best candidates.
        rest: the others, ranked after them, and those that were not tried; None for none.
    """

    name: str
    text: str
    best: Grid
    rest: Grid | None


def factors_grid(results: Results) -> Grid | None:
    """Return each search's factors with their values, the chosen marked; None without searches.

    A value in brackets is the one chosen here, one with a star the one that the source chose.
    """
    if not results.searches:
        return None
    factors = list(
        dict.fromkeys(
            name for s in results.searches for c in s.search.candidates for name, _ in c.values
        )
    )
    rows = [
        (found.search.name, *(_factor_cell(found, factor) for factor in factors))
        for found in results.searches
    ]
    marks = [
        *["[chosen here]"]
        * any(s.chosen(s.search.choose[0]) is not None for s in results.searches),
        *["published choice*"] * any(s.search.published for s in results.searches),
    ]
    return Grid(
        caption="What was searched" + (f": {', '.join(marks)}" if marks else ""),
        columns=(
            Column("Search", "text"),
            *(Column(factor.replace("_", " "), "text") for factor in factors),
        ),
        rows=tuple(rows),
    )


def search_sections(results: Results) -> list[SearchSection]:
    """Return every search of a study, in order."""
    return [_section(found) for found in results.searches]


def _section(found: SearchResults) -> SearchSection:
    search = found.search
    ranked = found.ranking(search.choose[0])
    rows = [_row(found, place, one) for place, one in enumerate(ranked, start=1)]
    unranked = [one for one in found.tried if one not in ranked]
    rows += [_row(found, None, one) for one in unranked]
    rows += [
        (
            "infeasible",
            *c.told(),
            *[c.infeasible] * bool(search.choose),
            *[""] * (len(search.choose) + 1),
        )
        for c in search.infeasible
    ]
    columns = (
        Column("Rank", "text"),
        *(Column(name.replace("_", " "), "text") for name, _ in search.candidates[0].values),
        *(
            Column(capital(quantity_label(q, found.metric(q))), "number" if n else "key")
            for n, q in enumerate(search.choose)
        ),
        Column("Parameters"),
        Column("s/trial"),
    )
    unit = in_unit(found.metric(search.choose[0]))
    caption = f"{search.name}: {counted(search.rounds, 'round')} each, mean (sd){unit}"
    rest = Grid(f"{caption}, the rest", columns, tuple(rows[SHOWN:])) if rows[SHOWN:] else None
    best = Grid(caption, columns, tuple(rows[:SHOWN]))
    return SearchSection(search.name, " ".join(_text(found)), best, rest)


def _row(found: SearchResults, place: int | None, one: Tried) -> tuple[str, ...]:
    ran = [history.seconds for history in one.histories if history is not None]
    shown = (summary_cell(found.summary(one, q), found.metric(q)) for q in found.search.choose)
    return (
        str(place) if place else _unranked(len(ran), found.search.rounds),
        *one.candidate.told(),
        *shown,
        integer(one.parameters),
        seconds(sum(ran) / len(ran) if ran else None),
    )


def _unranked(ran: int, rounds: int) -> str:
    """Return why a candidate has no rank, by how many of its rounds have run."""
    if not ran:
        return "not run"
    return "diverged" if ran == rounds else f"{ran} of {counted(rounds, 'round')}"


def _text(found: SearchResults) -> Iterator[str]:
    search = found.search
    laid_out = counted(len(search.candidates), "candidate")
    left_out = []
    if search.infeasible:
        left_out.append(f"{len(search.infeasible)} cannot be made")
    if search.outside and search.parameters:
        least, most = search.parameters
        left_out.append(
            f"{len(search.outside)} lie outside {least:,} to {most:,} parameters and were counted, "
            "not trained"
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
    figure = f"{summary_cell(best, metric)}{metric.unit}"
    means = [found.summary(one, quantity).mean for one in found.ranking(quantity)]
    ties = means.count(best.mean) - 1
    tied = f", tied with {counted(ties, 'other')}" if ties else ""
    if first:
        return f"Chosen by {label}: {chosen.candidate.label} ({figure}{tied})."
    return f"By {label} it would have been: {chosen.candidate.label} ({figure}{tied})."


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
    # What is outside a span of parameters is not tried: values come in the order of what is left.
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
