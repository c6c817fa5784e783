"""The hardest test examples of a study, as cards for a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bakeoff.analysis.answers.items import SHOWN, HardItem, HardItems, hardest_items
from bakeoff.analysis.results import Results
from bakeoff.data.task import Task
from bakeoff.data.truth import TruthOf
from bakeoff.reporting.compare.words import numbers
from bakeoff.reporting.gallery import Card, Reply, answer_text, noun, pictures, truth_text
from bakeoff.reporting.grids import Column, Grid
from bakeoff.reporting.wording import NOTHING, counted

NAMED = 3
"""The most variants that a card names for being right."""

WRONG = 2
"""The most wrong answers that a card tells of one by one."""


@dataclass(frozen=True)
class Hardest:
    """The test examples that the most variants get wrong.

    Attributes:
        title: of the section.
        text: how they were found, in a sentence or two.
        cards: for the macro ``gallery`` of ``images.html.j2``.
        grid: what each variant answered: a row for each variant, a column for each card.
    """

    title: str
    text: str
    cards: tuple[Card, ...]
    grid: Grid


def hardest(results: Results, truth: TruthOf, *, most: int = SHOWN) -> Hardest | None:
    """Return the examples that the most variants get wrong, None where there is none to show.

    Args:
        results: of the study, maybe partly run.
        truth: gives the right answers to the test examples of a round, see
            `bakeoff.data.truth.truths_of`.
        most: how many to show.

    Raises:
        ValueError: the answers stored belong to other examples.
    """
    found = hardest_items(results, truth, most=most)
    if found is None or not found.hardest:
        return None
    task = results.study.task
    return Hardest(
        title=f"The hardest {noun(task)}s",
        text=_text(found, task),
        cards=tuple(_card(item, task) for item in found.hardest),
        grid=_grid(found, task, tuple(results.histories)),
    )


def _text(found: HardItems, task: Task) -> str:
    what, variants = noun(task), counted(found.variants, "variant")
    of = f"the {found.examples:,} {what}s of {counted(found.rounds, 'round')}"
    if found.variants < 2:
        return f"Of {of}: some that the one variant got wrong after the final epoch."
    return (
        f"Of {of} that {variants} answered: the {counted(len(found.hardest), what)} that the most "
        "got wrong after the final epoch."
    )


def _card(item: HardItem, task: Task) -> Card:
    where = f"Round{'' if len(item.rounds) == 1 else 's'} {numbers(item.rounds)}"
    return Card(
        images=pictures(task, item),
        truth=truth_text(task, item),
        where=where,
        replies=tuple(_replies(item, task)),
    )


def _replies(item: HardItem, task: Task) -> Iterator[Reply]:
    """Yield the answers given, the most frequent first, and what remains of the wrong ones."""
    times = Counter(answer for reply in item.replies for answer in reply.answers)
    of = counted(times.total(), "variant" if len(item.rounds) == 1 else "trial")
    given = sorted(times, key=lambda answer: (-times[answer], answer))
    wrong = [answer for answer in given if answer != item.truth]
    rest = wrong[WRONG:] if len(wrong) > WRONG + 1 else []
    for answer in given:
        text = answer_text(task, answer, item.classes)
        if answer == item.truth:
            yield Reply(text, f"{times[answer]} of {of}{_who(item)}", True)
        elif answer not in rest:
            yield Reply(text, f"{times[answer]} of {of}", False)
    if rest:
        yield Reply("Others", f"{sum(times[answer] for answer in rest)} of {of}", False)


def _who(item: HardItem) -> str:
    """Return the variants that were right, where they are few."""
    names = [reply.variant for reply in item.replies if reply.right]
    return f": {', '.join(names)}" if len(names) <= NAMED else ""


def _grid(found: HardItems, task: Task, names: tuple[str, ...]) -> Grid:
    items = found.hardest
    between = " " if all(len(name) == 1 for name in items[0].classes) else ", "
    given = [
        {
            reply.variant: between.join(
                answer_text(task, answer, item.classes) for answer in reply.answers
            )
            for reply in item.replies
        }
        for item in items
    ]
    told = [name for name in names if any(name in replies for replies in given)]
    return Grid(
        caption=f"What each variant answered to these {noun(task)}s, in the order shown; a dash "
        "where it was not tested on one",
        columns=(
            Column("Variant", "text"),
            *(Column(truth_text(task, item)) for item in items),
        ),
        rows=tuple((name, *(replies.get(name, NOTHING) for replies in given)) for name in told),
    )
