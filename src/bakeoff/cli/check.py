"""The output of `bakeoff check`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from bakeoff.api.check import CheckFailed, check
from bakeoff.reporting.text.checks import sentence
from bakeoff.reporting.text.scope import needed_words
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
            line = f"Warning: {study.name}: {sentence(finding)}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    wrong = [finding for finding in findings if finding.is_error]
    if wrong:
        raise CheckFailed(study.name, wrong)
    if not findings:
        line = f"{study.name}: the data and the variants are sound."
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if needed := needed_words(study):
        console.print(f"{study.name}: {needed}", markup=False, highlight=False, soft_wrap=True)
