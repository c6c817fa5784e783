"""The output of `bakeoff demo`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bakeoff.api.demo import Absent, Demo, Entry, Missing, entries_of, entry_of
from bakeoff.api.plan import plan_of
from bakeoff.api.serving import Server
from bakeoff.api.train import TrainedModel
from bakeoff.cli.find import find
from bakeoff.cli.output import complain, say
from bakeoff.cli.train import print_kept
from bakeoff.errors import BakeoffError, ModelError
from bakeoff.reporting.text.numbers import counted, duration, listed
from bakeoff.study.study import Overrides
from bakeoff.study.trial import Device


def serve(
    sources: Sequence[str],
    *,
    overrides: Overrides,
    round: int,
    port: int | None,
    device: Device,
    store: Path,
    data: Path | None,
    console: Console,
    progress: Console,
) -> None:
    """Serves the page of the models in folders and of studies until it is stopped.

    The address is printed on the console; what is trained on the way, where progress goes.
    """

    def told(label: str, event: Missing | TrainedModel | Path | BakeoffError) -> None:
        if isinstance(event, Missing):
            say(
                f"{label}: {event.models} of {counted(event.of, 'variant')} have no model of round "
                f"{event.round} yet; they are trained again, and kept. Their trials took "
                f"{duration(event.seconds)}.",
                progress,
            )
        else:
            print_kept(label, event, progress)

    entries: list[Entry] = []
    absent: list[Absent] = []
    for source in sources:
        if Path(source).is_dir():
            entries.append(entry_of(Path(source)))
            continue
        plan = plan_of(find(source, store), overrides, device=device, data=data)
        for each in entries_of(plan, round=round, store=store, listen=told):
            if isinstance(each, Absent):
                absent.append(each)
            else:
                entries.append(each)
    for reason in dict.fromkeys(each.reason for each in absent):
        names = [each.name for each in absent if each.reason == reason]
        complain(f"{counted(len(names), 'variant')} not shown, because {reason}: {listed(names)}.")
    if not entries:
        raise ModelError("no variant has a model to show.")
    server = Server(Demo(entries, absent).routes(), port)
    try:
        say(f"The page is at {server.address} until Ctrl-C ends it.", console)
        server.serve_forever()
    finally:
        server.server_close()
