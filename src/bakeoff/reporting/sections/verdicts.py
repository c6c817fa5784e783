"""The verdict on each claim, with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bakeoff.analysis.failures import Failures, failures
from bakeoff.analysis.summary import FEWEST
from bakeoff.claims.parts import Counted, Measured, Method, Share, Tested
from bakeoff.claims.verdicts import Outcome, Verdict
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import (
    Badge,
    Block,
    Cell,
    Column,
    Interval,
    Items,
    Kind,
    Link,
    Number,
    Paragraph,
    Row,
    Section,
    TableBlock,
    Tally,
    Terms,
)
from bakeoff.reporting.text.audit_notices import notice
from bakeoff.reporting.text.numbers import share_of
from bakeoff.reporting.text.scope_sentences import failures_lines
from bakeoff.reporting.text.verdict_sentences import (
    SHOWN,
    TICKS,
    as_claimed,
    caption_of,
    claimed,
    comparisons,
    leaf_words,
    rule,
    short,
    tests,
    untested,
)
from bakeoff.reporting.text.words import quoted, subject

OUTCOMES: tuple[Outcome, ...] = ("supported", "contradicted", "undecided")

COLUMNS = (
    Column("Id", "text"),
    Column("Verdict", "text"),
    Column("Claim", "text", weight=1),
    Column("Evidence", "text"),
)


def section(page: Page) -> Section | None:
    """Returns the number of claims by outcome, and the table of verdicts; None without claims."""
    return Section("verdicts", "Verdicts", tuple(_blocks(page))) if page.verdicts else None


def brief(page: Page) -> Section | None:
    """Returns the verdicts, the rule, and which variants fail, for a terminal."""
    if not page.verdicts:
        text = untested(page.results)
        return Section("verdicts", "Verdicts", (Paragraph(text),)) if text else None
    outcomes = [verdict.outcome for verdict in page.verdicts]
    totals = ", ".join(f"{n} {word}" for word in OUTCOMES if (n := outcomes.count(word)))
    return Section("verdicts", f"Verdicts: {totals}", tuple(_brief(page)))


def verdicts_table(page: Page) -> TableBlock:
    """Returns a row for each claim, with its comparisons in the fold of the row."""
    rows = tuple(
        Row(
            cells=(verdict.claim.id, *verdict_cells(verdict)),
            detail=tuple(_behind(verdict, page)),
            summary=f"Behind {verdict.claim.id}",
            anchor=f"claim-{place}",
        )
        for place, verdict in enumerate(page.verdicts, start=1)
    )
    return TableBlock("verdicts", rule(page.verdicts, page.results), COLUMNS, rows)


def verdict_cells(verdict: Verdict) -> tuple[Cell, ...]:
    """Returns the outcome of a claim, the claim and the evidence."""
    badge = Badge(verdict.outcome, verdict.outcome)
    return badge, quoted(verdict.claim.quote), "\n".join(short(verdict))


def tally(pages: Iterable[Page], href: str | None = "") -> Tally:
    """Returns how many claims have each outcome, with links to their rows unless `href` is None."""
    judged = [each for page in pages for each in enumerate(page.verdicts, start=1)]

    def links(outcome: Outcome) -> tuple[Link, ...]:
        group = [(n, verdict) for n, verdict in judged if verdict.outcome == outcome]
        return tuple(Link(verdict.claim.id, f"{href}#claim-{n}") for n, verdict in group)

    every = {outcome: links(outcome) for outcome in OUTCOMES}
    return Tally(
        tuple(
            (Badge(outcome, outcome), len(group), () if href is None else group)
            for outcome, group in every.items()
        )
    )


def evidence_table(verdict: Verdict) -> TableBlock | None:
    """Returns a row for each comparison of a claim; None if everything is counted.

    Figures and intervals are as their metric prints them: in percentage points if two errors are
    compared, in percent if one variant is. An order is shown by its rank correlation, and a share
    by its share of the rounds.
    """
    pairs = [
        (leaf, held)
        for leaf, held in zip(verdict.comparisons, verdict.holds, strict=True)
        if not isinstance(leaf, Counted)
    ]
    if not pairs:
        return None
    columns = (
        Column("Comparison", "text"),
        Column("Claimed"),
        Column("Typical"),
        Column("95% interval"),
        Column("p"),
        Column("Mean (sd)", weight=1),
        Column("95% t-interval", weight=3),
        Column("Rounds as claimed", weight=1),
        Column("Effect size", weight=2),
    )
    rows = tuple(_evidence(leaf, held, verdict.method) for leaf, held in pairs)
    return TableBlock(
        f"evidence-{verdict.claim.id}", caption_of([leaf for leaf, _ in pairs]), columns, rows
    )


def alone(verdict: Verdict) -> tuple[Block, ...]:
    """Returns the p-values and the comparisons behind one verdict; empty if all is counted."""
    table = evidence_table(verdict)
    return () if table is None else (Terms(tests(verdict)), table)


def _blocks(page: Page) -> Iterator[Block]:
    # The reader must know that few rounds were run before reading a verdict that was counted.
    yield from (notice(f, page.results.study) for f in page.findings if f.kind == "few_rounds")
    yield tally([page])
    yield verdicts_table(page)
    if text := untested(page.results):
        yield Paragraph(text, aside=True)


def _brief(page: Page) -> Iterator[Block]:
    table = verdicts_table(page)
    yield TableBlock(
        table.name,
        "",
        (table.columns[0], table.columns[1], table.columns[3]),
        tuple(Row((row.cells[0], row.cells[1], row.cells[3])) for row in table.rows),
    )
    yield Paragraph(table.caption, aside=True)
    if text := untested(page.results):
        yield Paragraph(text)


def _behind(verdict: Verdict, page: Page) -> Iterator[Block]:
    if verdict.claim.note:
        yield Paragraph(verdict.claim.note, aside=True)
    sentences = comparisons(verdict) if len(verdict.comparisons) > SHOWN else ()
    counts = [
        f"{leaf_words(leaf, held)}."
        for leaf, held in zip(verdict.comparisons, verdict.holds, strict=True)
        if isinstance(leaf, Counted)
    ]
    table = evidence_table(verdict)
    if sentences:
        yield Items(sentences)
    elif counts and (table is not None or len(counts) > 1):
        yield Items(tuple(counts))
    if table is None:
        return
    if facts := tests(verdict):
        yield Terms(facts)
    yield table
    if lines := failures_lines(_failures(verdict, page)):
        yield Paragraph(" ".join(lines), aside=True)


def _failures(verdict: Verdict, page: Page) -> list[Failures]:
    """Returns how often the variants of a claim about pairs fail, each once."""
    by_name: dict[str, Failures] = {}
    for leaf in verdict.comparisons:
        if isinstance(leaf, Measured) and leaf.contrast.kind == "difference":
            first, second = leaf.variants
            if (leaf.evidence.estimate or 0.0) < 0:
                first, second = second, first
            for name, rival in ((first, second), (second, "")):
                case = failures(page.results, name, rival=rival)
                if case is not None and (name not in by_name or by_name[name].break_even is None):
                    by_name[name] = case
    return list(by_name.values())


def _evidence(leaf: Tested, holds: bool | None, method: Method) -> Row:
    compared = f"{TICKS[holds]} {subject(leaf.contrast)}"
    enough = len(leaf.rounds) >= FEWEST
    p = Number(leaf.sides(method).two_sided if enough else None, "p")
    if isinstance(leaf, Share):
        n, k = len(leaf.outcomes), sum(leaf.outcomes)
        share = Number(k / n if n else None, "share")
        return Row((compared, claimed(leaf), share, None, p, None, None, share_of(k, n), None))
    evidence, contrast = leaf.evidence, leaf.contrast
    kind: Kind = "level" if contrast.is_level else "difference"
    metric = None if contrast.kind == "order" else contrast.metric
    cells: tuple[Cell, ...] = (
        compared,
        claimed(leaf),
        Number(evidence.estimate, kind, metric),
        Interval(evidence.interval, kind, metric),
        p,
        Number(evidence.mean, kind, metric, evidence.sd),
        Interval(evidence.t_interval, kind, metric),
        as_claimed(leaf),
        Number(evidence.effect, "effect"),
    )
    return Row(cells)
