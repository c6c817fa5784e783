"""The hardest test examples of a study."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from bakeoff.analysis.answers.items import SHOWN, HardItem, HardItems, hardest_items
from bakeoff.data.task import Task
from bakeoff.reporting.page import Page
from bakeoff.reporting.section import (
    Card,
    Column,
    Fold,
    Gallery,
    Keys,
    Paragraph,
    Reply,
    Row,
    Section,
    TableBlock,
)
from bakeoff.reporting.sections.examples import answer_text, noun, pictures, truth_text
from bakeoff.reporting.text.numbers import counted, spans

NAMED = 3
"""The most variants that a card names as right."""

WRONG = 2
"""The most wrong answers that a card lists one by one."""


def section(page: Page) -> Section | None:
    """Returns the test examples that the most variants get wrong; None without any.

    Raises:
        ValueError: the answers stored belong to other examples.
    """
    results, task = page.results, page.results.study.task
    items = None if page.truth is None else hardest_items(results, page.truth, most=SHOWN)
    if items is None or not items.hardest:
        return None
    names = tuple(results.histories)
    return Section(
        "hardest",
        f"The hardest {noun(task)}s",
        (
            Paragraph(_text(items, task)),
            Gallery(tuple(_card(item, task) for item in items.hardest)),
            Fold("What each variant answered", (_table(items.hardest, task, names, page.keys),)),
        ),
    )


def _text(items: HardItems, task: Task) -> str:
    what, variants = noun(task), counted(items.variants, "variant")
    of = f"the {items.examples:,} {what}s of {counted(items.rounds, 'round')}"
    if items.variants < 2:
        return f"Some {what}s that the one variant got wrong after the final epoch, out of {of}."
    return (
        f"Shown: the {counted(len(items.hardest), what)} that the most variants got wrong after "
        f"the final epoch, out of {of} that {variants} answered."
    )


def _card(item: HardItem, task: Task) -> Card:
    where = f"Round{'' if len(item.rounds) == 1 else 's'} {spans(item.rounds)}"
    return Card(
        images=pictures(task, item),
        truth=truth_text(task, item),
        where=where,
        replies=tuple(_replies(item, task)),
    )


def _replies(item: HardItem, task: Task) -> Iterator[Reply]:
    """Yields the answers given, the most frequent first, and the number of other wrong ones."""
    times = Counter(answer for reply in item.replies for answer in reply.answers)
    of = counted(times.total(), "variant" if len(item.rounds) == 1 else "trial")
    answers = sorted(times, key=lambda answer: (-times[answer], answer))
    wrong = [answer for answer in answers if answer != item.truth]
    rest = wrong[WRONG:] if len(wrong) > WRONG + 1 else []
    for answer in answers:
        text = answer_text(task, answer, item.classes)
        if answer == item.truth:
            yield Reply(text, f"{times[answer]} of {of}{_who(item)}", True)
        elif answer not in rest:
            yield Reply(text, f"{times[answer]} of {of}", False)
    if rest:
        yield Reply("Others", f"{sum(times[answer] for answer in rest)} of {of}", False)


def _who(item: HardItem) -> str:
    """Returns the variants that were right, if they are few."""
    names = [reply.variant for reply in item.replies if reply.right]
    return f": {', '.join(names)}" if len(names) <= NAMED else ""


def _table(
    items: tuple[HardItem, ...], task: Task, names: tuple[str, ...], keys: Keys
) -> TableBlock:
    between = " " if all(len(name) == 1 for name in items[0].classes) else ", "
    answers = [
        {
            reply.variant: between.join(
                answer_text(task, answer, item.classes) for answer in reply.answers
            )
            for reply in item.replies
        }
        for item in items
    ]
    variants = [name for name in names if any(name in replies for replies in answers)]
    return TableBlock(
        "hardest",
        f"What each variant answered to these {noun(task)}s, in the order shown; a dash where it "
        "was not tested",
        (Column("Variant", "text"), *(Column(truth_text(task, item)) for item in items)),
        tuple(Row((name, *(replies.get(name) for replies in answers))) for name in variants),
        keys,
    )
