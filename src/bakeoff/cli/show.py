"""What `bakeoff list` and `bakeoff show` print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bakeoff.models.network import ModelSpec
from bakeoff.study.published import Published
from bakeoff.study.search import count_parameters
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant


def studies_table(studies: Iterable[Study]) -> Table:
    """Return one row a study: name, size, title."""
    table = Table(box=None, pad_edge=False)
    for heading in ("Study", "Variants", "Rounds", "Trials", "Title"):
        right = heading in {"Variants", "Rounds", "Trials"}
        table.add_column(heading, justify="right" if right else "left", no_wrap=heading == "Study")
    for study in studies:
        table.add_row(
            study.name,
            str(len(study.variants)),
            str(study.rounds),
            str(trials_of(study)),
            Text(study.title),
        )
    return table


def trials_of(study: Study) -> int:
    """Return how many trials a study has at most: what its searches choose may be declared too."""
    return (
        sum(study.rounds_of(variant) for variant in study.variants)
        + sum(len(search.tried) * search.rounds for search in study.searches)
        + sum(study.rounds for search in study.searches if search.rerun)
    )


def print_study(study: Study, console: Console) -> None:
    """Print all that there is to say of a study before it runs."""
    console.print(
        f"{study.name}: {study.title}" if study.title else study.name, highlight=False, markup=False
    )
    if study.source:
        console.print(study.source, highlight=False, markup=False)
    console.print()
    for line in protocol(study):
        console.print(line, highlight=False, markup=False)
    console.print()
    console.print(variants_table(study))
    for note in notes(study.variants):
        console.print(f"\n{note}", highlight=False, markup=False)
    if study.assumptions:
        console.print("\nAssumptions")
    for assumption in study.assumptions:
        console.print(f"- {assumption}", highlight=False, markup=False)


def variants_table(study: Study) -> Table:
    """Return one row a variant: parameters, training, what is published."""
    table = Table(box=None, pad_edge=False)
    table.add_column("Variant")
    table.add_column("Parameters", justify="right")
    table.add_column("Optimizer")
    table.add_column("Epochs", justify="right")
    table.add_column("Batch", justify="right")
    table.add_column("Objective")
    table.add_column("Published", justify="right")
    for variant in study.variants:
        training = (
            ("-", "-", "-", repr(variant.model))
            if variant.model.trains_itself
            else (
                repr(variant.optimizer),
                str(variant.recipe.epochs),
                str(variant.recipe.batch),
                " + ".join(repr(term) for term in variant.objective.terms),
            )
        )
        table.add_row(
            # As `Text`, a name like "[red]" is a name and not a colour.
            Text(variant.name),
            _count(variant.model, study.task.input_shape),
            *map(Text, training),
            "\n".join(_published(study, published) for published in variant.published) or "-",
        )
    return table


def protocol(study: Study) -> Iterator[str]:
    """Yield the lines that say how the study is run."""
    sizes = ", ".join(f"{n:,} {split}" for split, n in study.task.sizes.items())
    yield f"Task: {study.task!r}: {sizes}, inputs of shape {study.task.input_shape}"
    few = [f"{v.name}: {study.rounds_of(v)}" for v in study.variants if v.rounds]
    yield (
        f"Rounds: {study.rounds}; in each, all variants see the same data."
        + (f" Fewer rounds: {', '.join(few)}." if few else "")
    )
    for search in study.searches:
        again = "; the chosen one is trained as a variant too" if search.rerun else ""
        again += f"; {len(search.repeated)} more would train the same" * bool(search.repeated)
        yield (
            f"Search {search.name}: {len(search.tried)} candidates x {search.rounds} rounds on "
            f"{search.task!r}{again}."
        )
    yield f"Trials: {'at most ' if study.searches else ''}{trials_of(study)}."
    if study.claims:
        from bakeoff.reporting.text.scope import needed_words

        if needed := needed_words(study):
            yield f"Claims: {needed}"


def notes(variants: Iterable[Variant]) -> Iterator[str]:
    """Yield each variant's note, where it has one."""
    for variant in variants:
        if variant.note:
            yield f"{variant.name}: {variant.note}"


def _count(model: ModelSpec, shape: tuple[int, ...]) -> str:
    if model.trains_itself:
        return "-"
    try:
        return f"{count_parameters(model, shape):,}"
    except Exception as error:
        # A user's own `build` failed; a run will tell more.
        return f"unknown ({type(error).__name__})"


def _published(study: Study, published: Published) -> str:
    of, metric = published.of, study.metric_of(published.of)
    where = "" if of.selection == "final" else f", {of.selection.replace('_', ' ')}"
    spread = "" if published.sd is None else f" ({metric.printed(published.sd)})"
    mean = f"{metric.printed(published.mean)}{metric.unit}"
    return f"{mean}{spread} {of.split} {metric.words}{where}"
