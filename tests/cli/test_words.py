"""What a run says of itself, in the singular too."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from bakeoff.cli.progress import Lines, outcome
from bakeoff.running.events import Looked, PlannedTrials, Waiting
from bakeoff.training.history import History


def test_one_is_told_in_the_singular():
    history = History(
        status="diverged", curves={"test": {"error": (0.5,)}}, parameters=1, seconds=1
    )
    assert outcome(history, None) == "diverged after 1 epoch (1.0 s)"
    two = replace(history, curves={"test": {"error": (0.5, 0.5)}})
    assert outcome(two, None) == "diverged after 2 epochs (1.0 s)"

    page = io.StringIO()
    lines = Lines(Console(file=page), {})
    lines(Waiting(1))
    lines(Looked(rounds=1, decided=1, claims=1, trials=1))
    assert page.getvalue().splitlines() == [
        "Waiting for 1 trial that another run is training.",
        "1 round: 1 of 1 claim decided (1 trial).",
    ]


def test_a_display_that_cannot_print_stops_the_run_once():
    class Full(io.StringIO):
        def write(self, _text):
            raise OSError(28, "No space left on device")

    lines = Lines(Console(file=Full()), {})
    with pytest.raises(KeyboardInterrupt):
        lines(PlannedTrials(3, 2))
    lines(PlannedTrials(3, 2))
    assert str(lines.broken) == "the output cannot be written: No space left on device."
