"""A coordinating process for tests to kill: `python run_fakes.py STORE FOLDER WORK ROUNDS JOBS`."""

import signal
import sys
from pathlib import Path

import running_fakes

from bakeoff.errors import BakeoffError
from bakeoff.running.coordinate import run_trials
from bakeoff.running.events import Event, Waiting
from bakeoff.running.store import Store


def main(store: str, folder: str, work: str, rounds: str, jobs: str) -> None:
    with Store.open(Path(store)) as opened:
        outcome = run_trials(
            running_fakes.some_trials(rounds=int(rounds)),
            opened,
            jobs=int(jobs),
            work=getattr(running_fakes, work),
            listen=hear,
        )
    progress = outcome.progress
    print(progress.known, progress.answered, progress.by_others, progress.failed)


def hear(event: Event) -> None:
    if isinstance(event, Waiting) and event.count:
        print("waiting", file=sys.stderr, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main(*sys.argv[1:])
    except BakeoffError as error:
        print(error)
        sys.exit(3)
