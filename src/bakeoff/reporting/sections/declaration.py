"""A study before it runs: its task, its variants, its claims."""

from __future__ import annotations

from collections.abc import Iterator

from bakeoff.models.network import ModelSpec
from bakeoff.reporting.section import (
    Block,
    Cell,
    Column,
    Items,
    Number,
    Paragraph,
    Row,
    Section,
    TableBlock,
    Terms,
)
from bakeoff.reporting.text.numbers import listed
from bakeoff.reporting.text.scope_sentences import needed_words
from bakeoff.study.published import Published
from bakeoff.study.search import count_parameters
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant


def sections(study: Study) -> tuple[Section, ...]:
    """Returns how the study is run, its variants, its claims and its assumptions."""
    variants: list[Block] = [_variants(study)]
    variants += [Paragraph(f"{v.name}: {v.note}", aside=True) for v in study.variants if v.note]
    parts = [
        Section("protocol", "Protocol", (Terms(tuple(_protocol(study))),)),
        Section("variants", "Variants", tuple(variants)),
    ]
    if study.claims:
        parts.append(Section("claims", "Claims", (_claims(study), Paragraph(needed_words(study)))))
    if study.assumptions:
        parts.append(Section("assumptions", "Assumptions", (Items(study.assumptions),)))
    return tuple(parts)


def _protocol(study: Study) -> Iterator[tuple[str, str]]:
    sizes = listed(f"{n:,} {split}" for split, n in study.task.sizes.items())
    yield "Task", f"{study.task!r}: {sizes} examples, inputs of shape {study.task.input_shape}"
    few = [f"{v.name}: {study.rounds_of(v)}" for v in study.variants if v.rounds]
    yield (
        "Rounds",
        f"{study.rounds}; in each, all variants see the same data"
        + (f". Fewer rounds: {', '.join(few)}" if few else ""),
    )
    for search in study.searches:
        again = "; the chosen one is trained as a variant too" if search.rerun else ""
        again += f"; {len(search.repeated)} more would train the same" * bool(search.repeated)
        if search.proposals is not None:
            again = (
                f", proposed by {search.proposals.sampler}, {search.proposals.batch} at a time, "
                f"from the results of those before{again}"
            )
        yield (
            f"Search {search.name}",
            f"{search.number} candidates x {search.rounds} rounds on {search.task!r}{again}",
        )
    yield "Trials", f"{'at most ' if study.searches else ''}{study.most_trials}"


def _variants(study: Study) -> TableBlock:
    rows = tuple(
        Row(
            (
                variant.name,
                _parameters(variant.model, study.task.input_shape),
                *_training(variant),
                listed(_published(study, each) for each in variant.published)
                if variant.published
                else None,
            )
        )
        for variant in study.variants
    )
    columns = (
        Column("Variant", "text"),
        Column("Parameters", short="Params"),
        Column("Optimizer", "text", weight=2),
        Column("Epochs", weight=1),
        Column("Batch", weight=3),
        Column("Objective", "text", weight=4),
        Column("Published", "text", weight=1),
    )
    return TableBlock("variants", "", columns, rows)


def _training(variant: Variant) -> tuple[Cell, ...]:
    if variant.model.trains_itself:
        return (repr(variant.model), None, None, None)
    extras = (f"{name}={value!r}" for name, value in variant.recipe.extras().items())
    return (
        ", ".join([repr(variant.optimizer), *extras]),
        Number(variant.recipe.all_epochs, "count"),
        Number(variant.recipe.batch, "count"),
        " + ".join(repr(term) for term in variant.objective.terms),
    )


def _claims(study: Study) -> TableBlock:
    return TableBlock.of(
        "claims",
        "",
        study.claims,
        (Column("Id", "text"), lambda claim: claim.id),
        (Column("Claim", "text"), lambda claim: claim.quote),
        (Column("Taken as", "text", weight=1), lambda claim: repr(claim.test)),
    )


def _parameters(model: ModelSpec, shape: tuple[int, ...]) -> Cell:
    if model.trains_itself:
        return None
    try:
        return Number(count_parameters(model, shape), "count")
    except Exception as error:
        # A user's own `build` failed; a run reports the error.
        return f"unknown ({type(error).__name__})"


def _published(study: Study, published: Published) -> str:
    of, metric = published.of, study.metric_of(published.of)
    where = "" if of.selection == "final" else f", {of.selection.replace('_', ' ')}"
    spread = "" if published.sd is None else f" ({metric.printed(published.sd)})"
    mean = f"{metric.printed(published.mean)}{metric.unit}"
    return f"{mean}{spread} {of.split} {metric.words}{where}"
