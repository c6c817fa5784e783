"""The output of `bakeoff bundle`, `open`, `merge` and `verify`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from rich.console import Console

from bakeoff.api.handover import Bundle, Opened
from bakeoff.api.plan import Plan
from bakeoff.api.verify import Verified, draw_trials, verified
from bakeoff.cli.output import say
from bakeoff.reporting.text.numbers import counted, listed
from bakeoff.reporting.text.replication import difference_words
from bakeoff.running.machine import Environment
from bakeoff.running.manifest import MODELS, SOURCE
from bakeoff.running.merge import Merged

_SHOWN = 10
"""Trials or files that are named one by one."""

_FACTS = [field for field in fields(Environment) if field.name != "cores"]
"""What numbers may depend on."""


def print_bundle(bundle: Bundle, console: Console) -> None:
    """Prints what a bundle holds, and what it does not."""
    models: dict[str, int] = {}
    for member in bundle.manifest.files:
        first, _, rest = member.path.partition("/")
        if first == MODELS:
            models[rest.partition("/")[0]] = models.get(rest.partition("/")[0], 0) + member.size
        else:
            say(f"{member.path}  {member.size:,} bytes", console)
    if models:
        kept = counted(len(models), "model")
        say(f"{MODELS}  {kept}, {sum(models.values()):,} bytes", console)
    _print_trials(bundle, console)
    if bundle.left_out:
        say(
            f"It reads {_some(bundle.left_out)}, which the bundle names by digest and leaves out; "
            "--with-data takes along what lies beside its file.",
            console,
        )


def print_opened(opened: Opened, store: Path, console: Console) -> bool:
    """Prints what became of a bundle; returns whether its trials contradict none of the store's."""
    _print_trials(opened.bundle, console)
    agrees = print_merged([opened.merged], console)
    say(f"Its files are in {opened.folder}; none of them was run.", console)
    if opened.bundle.left_out:
        say(
            f"The study reads {_some(opened.bundle.left_out)}, which the bundle does not hold; put "
            f"the same into {opened.folder / SOURCE}.",
            console,
        )
    study = opened.source or opened.bundle.manifest.study
    words = f"{shlex.quote(str(study))} --store {shlex.quote(str(store))}"
    if opened.source is not None:
        say(f"These commands run {opened.source}; read it before:", console)
    say(f"bakeoff report {words}", console)
    say(f"bakeoff verify {words}", console)
    return agrees


def print_merged(merged: Sequence[Merged], console: Console) -> bool:
    """Prints what became of stores' trials; returns whether none is contradicted or damaged."""
    for each in merged:
        damaged = f", {len(each.damaged)} damaged" if each.damaged else ""
        say(
            f"{each.source}: {counted(each.new, 'new trial')}, {each.same} the same, "
            f"{len(each.contradictions)} contradicting{damaged}",
            console,
        )
        for one in each.contradictions[:_SHOWN]:
            what = f"{difference_words(one.differences)}; {one.setup}"
            say(
                f"  trial {one.key[:12]}, round {one.round + 1}, has other numbers in "
                f"{each.source}, and is left there: {_plain(what)}",
                console,
            )
        if len(each.contradictions) > _SHOWN:
            say(f"  and {len(each.contradictions) - _SHOWN} more", console)
    return not any(each.contradictions or each.damaged for each in merged)


def verify_and_print(
    plan: Plan, *, sample: int, seed: int, jobs: int | None, store: Path, console: Console
) -> bool:
    """Trains stored trials once more, and prints a line for each; returns whether all are same."""
    drawn = draw_trials(plan, sample=sample, seed=seed, store=store)
    trials = counted(len(drawn.answers), "stored trial")
    say(f"{len(drawn.chosen)} of {trials} of {plan.declared.name} are trained again.", console)
    same = 0
    for each in verified(drawn, jobs=jobs, executor=None):
        same += each.is_same
        say(f"{each.name}, round {each.round}: {_outcome(each)}", console)
    say(
        f"{same} of {counted(len(drawn.chosen), 'trial')} came out the same to the bit.",
        console,
    )
    return same == len(drawn.chosen)


def _outcome(trial: Verified) -> str:
    if trial.is_same:
        return "the same to the bit"
    if trial.failure:
        return f"not trained: {trial.failure}"
    pairs = [(f.name, getattr(trial.stored, f.name), getattr(trial.here, f.name)) for f in _FACTS]
    others = [f"{name} {before}, here {now}" for name, before, now in pairs if before != now]
    origin = f" (it was trained with {listed(others)})" if others else ""
    return f"differs: {_plain(difference_words(trial.differences))}{_plain(origin)}"


def _print_trials(bundle: Bundle, console: Console) -> None:
    manifest = bundle.manifest
    run = f" ({manifest.run})" if manifest.run else ""
    say(
        f"{bundle.path}: {counted(manifest.trials, 'trial')} of {manifest.study}{run}, by bakeoff "
        f"{manifest.bakeoff}, SHA-256 {bundle.sha256}",
        console,
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return listed([*names[:_SHOWN], *([f"{more} more"] if more > 0 else [])])


def _plain(text: str) -> str:
    """Returns a text from somebody else's store without what would steer a terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)
