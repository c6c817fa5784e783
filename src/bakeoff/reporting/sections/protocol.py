"""The protocol: task, rounds, machines, and the code of every variant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bakeoff.analysis.results import Results
from bakeoff.reporting.page import MANY, Page
from bakeoff.reporting.section import Block, Code, Fold, Heading, Section, Terms
from bakeoff.reporting.text.notes import data_remarks, flat
from bakeoff.reporting.text.numbers import counted, duration, listed
from bakeoff.reporting.text.words import without_folders
from bakeoff.spec import Spec
from bakeoff.study.variant import Variant

CODE_WIDTH = 76
"""Characters in a line of code."""


def section(page: Page) -> Section:
    """Returns the protocol."""
    return Section("protocol", "How it was run", tuple(_blocks(page.results)))


def _blocks(results: Results) -> Iterator[Block]:
    yield Terms(_facts(results))
    several = len(results.environments) > 1
    for place, environment in enumerate(results.environments, start=1):
        where = f" {place} of {len(results.environments)}" if several else ""
        yield Heading(f"Environment{where}")
        yield Terms(tuple(flat(environment)))
    yield Heading("Variants")
    folds = [Fold(variant.name, tuple(_code(variant))) for variant in results.study.variants]
    yield from folds if len(folds) <= MANY else [Fold(counted(len(folds), "variant"), tuple(folds))]


def _code(variant: Variant) -> Iterator[Code]:
    from rich.pretty import pretty_repr

    parts: dict[str, Spec] = {"Model": variant.model}
    if not variant.model.trains_itself:
        parts |= {
            "Objective": variant.objective,
            "Decision": variant.decision,
            "Optimizer": variant.optimizer,
            "Recipe": variant.recipe,
        }
    for name, spec in parts.items():
        yield Code(name, pretty_repr(spec, max_width=CODE_WIDTH))


def _facts(results: Results) -> tuple[tuple[str, str], ...]:
    """Returns how the study was run, as terms and values."""
    study = results.study
    trained = [v for v in study.variants if not v.model.trains_itself]
    epochs = sorted({v.recipe.all_epochs for v in trained})
    batches = sorted({v.recipe.batch for v in trained})
    rows = [
        (
            "Task",
            without_folders(_in_full(study.task.replace(metrics=study.task.measured)), study.task),
        ),
        ("Rounds", f"{study.rounds}"),
        *([("Epochs", listed(map(str, epochs)))] if epochs else []),
        *_recipes(trained),
        *([("Batch", f"{listed(map(str, batches))} examples")] if batches else []),
        ("Seed", str(study.seed)),
        (
            "Trials",
            f"{results.answered:,} of {results.expected:,} run, {results.diverged} diverged",
        ),
        *_searched(results),
        *(("Data", remark) for remark in data_remarks(results)),
        ("Computing time", f"{duration(results.seconds)}, summed over trials"),
    ]
    if results.label:
        rows.insert(0, ("Run as", results.label))
    if results.finished is not None:
        rows.append(("Last trial ended", f"{results.finished:%Y-%m-%d %H:%M %Z}".strip()))
    if results.store:
        rows.append(("Store", results.store))
    return tuple(rows)


def _recipes(trained: Sequence[Variant]) -> Iterator[tuple[str, str]]:
    """Yields what recipes ask for beside epochs and batches, with the variants that do so."""
    terms = {
        "stopping": "Stopping early",
        "schedule": "Schedule",
        "clip": "Longest gradient",
        "augmentation": "Augmentation",
        "averaging": "Weight averaging",
        "views": "Views",
        "before": "Earlier phases",
    }
    for name, term in terms.items():
        who: dict[str, list[str]] = {}
        for variant in trained:
            if name in (extras := variant.recipe.extras()):
                value = extras[name]
                parts = value if isinstance(value, tuple) else (value,)
                who.setdefault(", ".join(map(repr, parts)), []).append(variant.name)
        for value, names in who.items():
            some = "" if len(names) == len(trained) else f" ({_some(names)})"
            yield term, f"{value}{some}"


def _some(names: Sequence[str]) -> str:
    return listed(names) if len(names) <= MANY else counted(len(names), "variant")


def _searched(results: Results) -> list[tuple[str, str]]:
    needed = sum(search.expected for search in results.searches)
    ran = sum(search.answered for search in results.searches)
    return [("Trials of searches", f"{ran:,} of {needed:,} run")] if needed else []


def _in_full(spec: Spec) -> str:
    """Returns the code that makes a spec, with the fields that its repr leaves out as defaults."""
    fields = (f"{name}={getattr(spec, name)!r}" for name in type(spec).model_fields)
    return f"{type(spec).__name__}({', '.join(fields)})"
