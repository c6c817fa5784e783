"""The output of `bakeoff check`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bakeoff.api.check import CheckFailed, check
from bakeoff.cli.output import say
from bakeoff.reporting.text.checks import sentence
from bakeoff.reporting.text.scope_sentences import needed_words
from bakeoff.study.study import Study
from bakeoff.study.trial import Device


def check_and_print(
    study: Study, *, jobs: int | None, device: Device, data: Path | None, console: Console
) -> None:
    """Checks a study, and prints the warnings.

    Raises:
        CheckFailed: the check found an error.
    """
    findings = check(study, jobs=jobs, device=device, data=data)
    for finding in findings:
        if not finding.is_error:
            say(f"Warning: {study.name}: {sentence(finding)}", console)
    wrong = [finding for finding in findings if finding.is_error]
    if wrong:
        raise CheckFailed(study.name, wrong)
    if not findings:
        say(f"{study.name}: the data and the variants are sound.", console)
    if needed := needed_words(study):
        say(f"{study.name}: {needed}", console)
