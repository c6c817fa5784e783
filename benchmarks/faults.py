"""What is lost when runs are killed, stopped, or meet full disks and damaged files.

A small study is run on one store after the other. Processes of its runs are killed at random
moments, and each run is begun again until its store is whole. Then other faults, one at a time.
All stores are compared with that of a run that nothing happened to.

    python benchmarks/faults.py --kills 200 --seed 0

Needs Linux. Faults of disks and machines need the right to mount, and are left out without it.
"""

from __future__ import annotations

import gzip
import os
import pty
import random
import re
import select
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bakeoff.api.backup import backup
from bakeoff.api.plan import plan_of
from bakeoff.data.idx import read_idx
from bakeoff.errors import BakeoffError
from bakeoff.running.merge import merge
from bakeoff.running.owner import STALE
from bakeoff.running.schema import SCHEMA
from bakeoff.running.store import Store
from bakeoff.study.load import load
from bakeoff.study.study import Overrides
from bakeoff.training.history import History, differences

STUDY = """
from bakeoff import DigitPairs, Head, Linear, Network, Recipe, ReLU, Study, Variant

study = Study(
    name="small",
    task=DigitPairs(train=300, validation=100, test=200),
    variants=tuple(
        Variant(
            name=f"width {width}",
            model=Network(Linear(width), ReLU(), Linear(2), Head("comparison")),
            recipe=Recipe(epochs=16, batch=20),
        )
        for width in (8, 16)
    ),
    rounds=10,
)
"""
MARK = "BAKEOFF_FAULTS"
"""The variable by which the processes of a run are found, whoever their parents are."""

# The last is the second place of the cache, for where the first cannot be written.
OWN_FILES = {"small.py", "bakeoff.db", "progress.log", "cache", "tmp", "__pycache__"} | {
    f"bakeoff-{os.getuid()}"
}
ANSWERED = re.compile(r"^\S+ \S+ \[\d+/\d+\] (small: .+?, round \d+): ", re.MULTILINE)
SECONDS = 20.0
"""To wait for processes to end that nobody waits for."""

Histories = Mapping[str, History]


class LeftOutError(Exception):
    """A fault that cannot be made here."""


@dataclass
class Damage:
    """What became of a store and its surroundings.

    Attributes:
        lost: trials that a run said were answered, and that the store lacks.
        different: trials with other numbers than those of the undisturbed run.
        doubled: trials that are stored, or were told to be answered, twice.
        processes: those that were left, by name.
        files: those that were left, by name.
    """

    lost: set[str] = field(default_factory=set)
    different: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    processes: list[str] = field(default_factory=list)
    files: set[str] = field(default_factory=set)

    @property
    def counts(self) -> tuple[int, ...]:
        """The numbers of each."""
        return tuple(map(len, vars(self).values()))


class Bench:
    """A folder with the study and a store, and the runs there.

    Args:
        folder: is made.
        reference: what the undisturbed run gave; None for that run itself.
    """

    def __init__(self, folder: Path, reference: Histories | None = None) -> None:
        self.folder, self.reference = folder, reference or {}
        self.store = folder / "bakeoff.db"
        self.damage = Damage()
        self.alone, self.whole = True, 0
        self.mark = uuid.uuid4().hex
        self.environment = os.environ | {
            "BAKEOFF_CACHE": str(folder.parent / "cache"),
            "TMPDIR": str(folder / "tmp"),
            MARK: self.mark,
        }
        (folder / "tmp").mkdir(parents=True)
        (folder / "small.py").write_text(STUDY)
        study = load(folder / "small.py")
        plan = plan_of(study, Overrides.of(), device="cpu", data=None)
        self.labels = {label: key for key, (label, _) in plan.labelled_trials().items()}

    def start(self, *words: str, prefix: str = "", **options: object) -> subprocess.Popen[str]:
        """Start a command, `run` without words, by a shell where a prefix sets something first."""
        words = words or ("run", "small.py", "--jobs", "2", "--store", str(self.store))
        if words[0] == "run":
            words = (*words, "--log", str(self.folder / "progress.log"))
            if "stderr" not in options:
                words = (*words, "--quiet")
        command = [sys.executable, "-m", "bakeoff", *words]
        if prefix:
            command = ["bash", "-c", f'{prefix} "$@"', "bash", *command]
        closed = {"stdout": subprocess.DEVNULL, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            text=True,
            start_new_session=True,
            **closed | {"stderr": subprocess.PIPE} | options,
        )

    def said(self, process: subprocess.Popen[str]) -> str:
        """Wait for the end of a command, and return its exit code and what it complained."""
        with process:
            _, complaint = process.communicate(timeout=600)
        return f"exit {process.returncode}: {short(complaint or '')}"

    def until_answered(self, number: int) -> None:
        """Wait until the runs have told so many answers."""
        until = time.monotonic() + 300
        while len(self.answered()) < number and time.monotonic() < until:
            time.sleep(0.02)

    def answered(self) -> list[str]:
        """Return the labels of the trials that the runs said were answered."""
        log = self.folder / "progress.log"
        return ANSWERED.findall(log.read_text()) if log.exists() else []

    def stored(self) -> int:
        """Return how many trials are stored, while runs are at work."""
        with suppress(sqlite3.Error), closing(sqlite3.connect(self.store)) as db:
            return int(db.execute("SELECT COUNT(*) FROM trials").fetchone()[0])
        return 0

    def look(self) -> None:
        """Look for what was lost, changed or left; no run is at work."""
        damage = self.damage
        damage.processes += [process.name() for process in self.left()]
        with Store.read(self.store) as store:
            histories = {k: s.history for k, s in store.histories(self.labels.values()).items()}
        told = Counter(self.labels[label] for label in self.answered())
        damage.lost |= told.keys() - histories.keys()
        if self.alone:  # A run tells the answers of the others, too.
            damage.doubled |= {key for key, times in told.items() if times > 1}
        with closing(sqlite3.connect(self.store)) as db:
            rows = Counter(key for (key,) in db.execute("SELECT key FROM trials"))
        damage.doubled |= {key for key, times in rows.items() if times > 1}
        damage.different |= {
            key
            for key, history in histories.items()
            if self.reference and differences(self.reference[key], history)
        }

    def take_rescued(self) -> None:
        """Put what a run could not store into the store."""
        for path in (self.folder / "tmp").glob("*-rescued-*.db"):
            merge([path], self.store)
            path.unlink()

    def left(self) -> list[psutil.Process]:
        """Return the processes of runs that do not end."""
        until = time.monotonic() + SECONDS
        while (left := list(self.processes())) and time.monotonic() < until:
            time.sleep(0.05)
        return left

    def processes(self) -> Iterator[psutil.Process]:
        """Yield the processes of runs."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                is_over = process.status() == psutil.STATUS_ZOMBIE
                if not is_over and process.environ().get(MARK) == self.mark:
                    yield process

    def finish(self) -> Histories:
        """Run until the store is whole, look for damage, and return what it holds."""
        for _ in range(5):
            with self.start() as process:
                process.communicate(timeout=600)
            if process.returncode == 0:
                break
        self.look()
        names = {path.name for path in (*self.folder.iterdir(), *(self.folder / "tmp").iterdir())}
        self.damage.files |= names - OWN_FILES
        with Store.read(self.store) as store:
            stored = store.histories(self.labels.values())
        self.damage.lost |= set(self.labels.values()) - stored.keys()
        return {key: each.history for key, each in stored.items()}


def short(text: str) -> str:
    """Return the first line of a complaint, without the names of temporary folders."""
    lines = text.strip().splitlines() or ["nothing"]
    if "Traceback" in text:
        return f"a traceback: {lines[-1]}"
    return re.sub(r"/\S*/", "", lines[0].removeprefix("bakeoff: "))


# Kills.


def workers_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    with suppress(psutil.Error):
        children = psutil.Process(process.pid).children(recursive=True)
        return [each for each in children if "spawn_main" in " ".join(each.cmdline())]
    return []


def tree(process: subprocess.Popen[str], rng: random.Random) -> list[psutil.Process]:
    family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return rng.sample(family, len(family))


def one_worker(process: subprocess.Popen[str], rng: random.Random) -> list[psutil.Process]:
    return rng.sample(workers_of(process), 1) if workers_of(process) else []


def all_workers(process: subprocess.Popen[str], _: random.Random) -> list[psutil.Process]:
    return workers_of(process)


def coordinator(process: subprocess.Popen[str], _: random.Random) -> list[psutil.Process]:
    return [psutil.Process(process.pid)]


KINDS = {
    "the whole tree": tree,
    "one worker": one_worker,
    "all workers": all_workers,
    "the coordinator": coordinator,
}


@dataclass
class Kills:
    """What some kills did.

    Attributes:
        done: how many, by kind.
        damage: counts of what was damaged, by kind.
        stores: how many were run until they were whole.
        early: how many came before the first answer of their store.
    """

    done: Counter[str] = field(default_factory=Counter)
    damage: Mapping[str, Counter[str]] = field(
        default_factory=lambda: {kind: Counter() for kind in KINDS}
    )
    stores: int = 0
    early: int = 0


def kill(
    kills: Kills, kinds: Sequence[str], seed: str, folder: Path, reference: Histories, span: float
) -> None:
    """Kill processes at random moments, on one store after the other.

    Args:
        kills: takes what they do.
        kinds: what to kill, each time.
        seed: draws moments and processes.
        folder: for the stores.
        reference: of the undisturbed run.
        span: seconds within which a kill comes after a start, or after the kill before.
    """
    rng = random.Random(seed)
    folder.mkdir()
    bench, process = Bench(folder / "0", reference), None
    for kind in kinds:
        while True:
            process = process or bench.start()
            try:
                process.communicate(timeout=rng.uniform(0, span))
            except subprocess.TimeoutExpired:
                with suppress(psutil.NoSuchProcess):
                    if victims := KINDS[kind](process, rng):
                        break
                continue
            if process.returncode == 0:
                bench.finish()
                kills.stores += 1
                note(kills.damage[kind], bench.damage)
                shutil.rmtree(bench.folder)
                bench = Bench(folder / str(kills.stores), reference)
            process = None
        kills.early += not bench.answered()
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        kills.done[kind] += 1
        if kind in {"the whole tree", "the coordinator"}:
            process.communicate()
            process = None
            if bench.store.exists():
                bench.look()
                note(kills.damage[kind], bench.damage)
        damaged = sum(sum(counts.values()) for counts in kills.damage.values())
        print(f"{seed}: {kind}, {kills.stores} stores, {damaged} damaged", file=sys.stderr)
    if process is not None:
        process.communicate()
    bench.finish()
    note(kills.damage[kinds[-1]], bench.damage)
    kills.stores += 1


def print_kills(lanes: Sequence[Kills], trials: int) -> None:
    done = sum((lane.done for lane in lanes), Counter())
    stores, early = sum(lane.stores for lane in lanes), sum(lane.early for lane in lanes)
    print(
        f"{done.total()} kills on {stores} stores of {trials} trials; {early} of them came before"
    )
    print("the first answer of their store.\n")
    head = ("SIGKILL of", "kills", "lost", "different", "doubled", "processes left", "files left")
    print(row(*head))
    print(row(*["---"] * len(head)))
    total: Counter[str] = Counter()
    for kind in KINDS:
        damage = sum((lane.damage[kind] for lane in lanes), Counter())
        total += damage
        print(row(kind, done[kind], *(damage[name] for name in vars(Damage()))))
    print(row("all", done.total(), *(total[name] for name in vars(Damage()))), flush=True)


def note(total: Counter[str], damage: Damage) -> None:
    """Add what became of a store to the count of a kind; what is counted is not counted again."""
    for name, count in zip(vars(damage), damage.counts, strict=True):
        total[name] += count
        getattr(damage, name).clear()


def row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


# Other faults. Each returns what was said.


def signals(*numbers: signal.Signals) -> Callable[[Bench], str]:
    def fault(bench: Bench) -> str:
        process = bench.start()
        bench.until_answered(5)
        for number in numbers:
            process.send_signal(number)
            time.sleep(0.01)
        return bench.said(process)

    return fault


def terminal_closed(bench: Bench) -> str:
    ours, theirs = pty.openpty()
    prefix = "exec setsid --ctty"
    process = bench.start(prefix=prefix, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    end = threading.Event()
    reader = threading.Thread(target=drain, args=(ours, end))
    reader.start()
    until = time.monotonic() + 300
    while bench.stored() < 5 and time.monotonic() < until:
        time.sleep(0.1)
    end.set()
    reader.join()
    process.wait(300)
    return f"exit {process.returncode}, and nobody to say it to"


def drain(terminal: int, end: threading.Event) -> None:
    """Read what is printed to a terminal, and close it at the end."""
    with suppress(OSError):  # Whoever prints has ended.
        while not end.is_set():
            if select.select([terminal], [], [], 0.05)[0]:
                os.read(terminal, 4096)
    os.close(terminal)


def stopped(bench: Bench) -> str:
    """Stop a run for so long that one of another host counts as dead."""
    bench.alone = False
    first = bench.start()
    bench.until_answered(5)
    first.send_signal(signal.SIGSTOP)
    # Another process namespace is another host: only beats tell of the first.
    second = bench.start(prefix="unshare --pid --fork --mount-proc" * can_mount())
    time.sleep(STALE + 30)
    # Stopped in the midst of a write, it would be waited for until it goes on.
    first.send_signal(signal.SIGCONT)
    return f"{bench.said(second)}; the first run went on, {bench.said(first)}"


def several(bench: Bench) -> str:
    bench.alone = False
    runners = [bench.start() for _ in range(4)]
    for victim in (0, 1, 2, 0, 1, 3):
        time.sleep(4)
        os.killpg(runners[victim].pid, signal.SIGKILL)
        runners[victim].communicate()
        runners[victim] = bench.start()
    return "; ".join(sorted({bench.said(runner) for runner in runners}))


def can_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            return False
        subprocess.run(["umount", folder], check=True)
        return True


@contextmanager
def disk(bench: Bench, size: str) -> Iterator[Path]:
    """Mount a small disk."""
    if not can_mount():
        raise LeftOutError
    place = bench.folder / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)
        place.rmdir()


def change(place: Path, option: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{option}", place], check=True)


def fill(place: Path) -> None:
    with suppress(OSError), (place / "filling").open("wb", 0) as file:
        while file.write(bytes(4096)):
            pass


@contextmanager
def store_on(bench: Bench, place: Path) -> Iterator[None]:
    """Keep the store elsewhere for a while."""
    at, bench.store = bench.store, place / bench.store.name
    yield
    backup(bench.store, at)
    bench.store = at


def full_for_the_store(bench: Bench) -> str:
    with disk(bench, "4m") as place, store_on(bench, place):
        process = bench.start()
        bench.until_answered(5)
        fill(place)
        words = bench.said(process)
        (place / "filling").unlink()
    bench.take_rescued()
    return words


def full_for_the_cache(bench: Bench) -> str:
    with disk(bench, "1m") as place:
        bench.environment["BAKEOFF_CACHE"] = str(place)
        return bench.said(bench.start())


def full_for_a_report(bench: Bench) -> str:
    bench.finish()
    with disk(bench, "1m") as place:
        page = place / "page.html"
        page.write_text("before")
        fill(place)
        words = bench.said(bench.start("report", "small.py", "-o", str(page)))
        if page.read_text() != "before":
            bench.damage.files.add("a destroyed report")
        bench.damage.files |= {each.name for each in place.iterdir()} - {"filling", page.name}
    return words


def limited_files(bench: Bench) -> str:
    return bench.said(bench.start(prefix="ulimit -f 60; exec"))


def read_only(bench: Bench) -> str:
    with disk(bench, "8m") as place, store_on(bench, place):
        bench.said(bench.start("run", "small.py", "--rounds", "2", "--store", str(bench.store)))
        change(place, "ro")
        words = bench.said(bench.start())
        change(place, "rw")
    return words


def vanished_folder(bench: Bench) -> str:
    place, elsewhere = bench.folder / "disk", bench.folder / "elsewhere"
    place.mkdir()
    with store_on(bench, place):
        process = bench.start()
        bench.until_answered(5)
        place.rename(elsewhere)
        words = bench.said(process)
        elsewhere.rename(place)
    shutil.rmtree(place)
    bench.take_rescued()
    return words


def no_home(bench: Bench) -> str:
    for name in ("HOME", "XDG_CACHE_HOME", "BAKEOFF_CACHE"):
        bench.environment.pop(name, None)
    bench.environment["TMPDIR"] = str(bench.folder / "none")
    return bench.said(bench.start())


def home_on_a_full_disk(bench: Bench) -> str:
    with disk(bench, "1m") as place:
        fill(place)
        for name in ("XDG_CACHE_HOME", "BAKEOFF_CACHE"):
            bench.environment.pop(name, None)
        bench.environment["HOME"] = str(place)
        return bench.said(bench.start())


def working_folder_deleted(bench: Bench) -> str:
    return bench.said(bench.start("status", prefix="mkdir gone; cd gone; rmdir ../gone; exec"))


CLOCK = """
import random, time
real = time.time
time.time = lambda: real() + random.choice((-7200, 0, 7200))
"""


def clock_jumps(bench: Bench) -> str:
    """Let the clock of a run, and of its workers, jump by two hours at each look."""
    (bench.folder / "tmp" / "sitecustomize.py").write_text(CLOCK)
    before = bench.environment.get("PYTHONPATH", "")
    bench.environment["PYTHONPATH"] = f"{bench.folder / 'tmp'}:{before}"
    words = bench.said(bench.start())
    bench.environment["PYTHONPATH"] = before
    shutil.rmtree(bench.folder / "tmp")
    (bench.folder / "tmp").mkdir()
    return words


def many_trials(bench: Bench) -> str:
    bench.finish()
    with closing(sqlite3.connect(bench.store)) as db:
        db.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
            f"INSERT INTO trials SELECT key || i, {', '.join(others(db))} FROM trials, n"
        )
        db.commit()
        (number,) = db.execute("SELECT COUNT(*) FROM trials").fetchone()
    seconds = []
    for words in (("status",), ("report", "small.py", "--format", "csv")):
        start = time.perf_counter()
        said = bench.said(
            bench.start(*words, "--store", str(bench.store), stdout=subprocess.DEVNULL)
        )
        seconds.append(f"{words[0]} took {time.perf_counter() - start:.1f} s")
    with closing(sqlite3.connect(bench.store)) as db:
        db.execute("DELETE FROM trials WHERE length(key) > 64")
        db.commit()
    return f"{said}; {number:,} rows, {bench.store.stat().st_size:,} bytes: {', '.join(seconds)}"


def others(db: sqlite3.Connection) -> list[str]:
    return [name for _, name, *_ in db.execute("PRAGMA table_info(trials)") if name != "key"]


# Damaged files.


def outcomes(bench: Bench, damaged: Iterator[None]) -> str:
    """Read the store in each of its damaged forms; return how that ended."""
    ends: Counter[str] = Counter()
    example = ""
    for _ in damaged:
        try:
            with Store.read(bench.store) as store:
                found = store.histories(bench.labels.values())
                lost = store.damaged
        except BakeoffError as error:
            ends["refused"] += 1
            example = example or short(str(error))
            continue
        ends["some trials are told to be damaged" if lost else "read as it was"] += 1
        bench.damage.different |= {
            key for key, each in found.items() if differences(bench.reference[key], each.history)
        }
        if not lost and len(found) < bench.whole:
            ends["trials are missing"] += 1
    counts = ", ".join(f"{count} {end}" for end, count in ends.most_common())
    return f"{counts}: {example}" if example else counts


def flips(path: Path, number: int) -> Iterator[None]:
    """Flip one bit of a file after the other, and put the file back."""
    whole, rng = path.read_bytes(), random.Random(0)
    beside = {each: each.read_bytes() for each in path.parent.glob("bakeoff.db*")}
    for place in rng.sample(range(8 * len(whole)), number):
        for each in path.parent.glob("bakeoff.db*"):
            each.unlink()
        for each, content in beside.items():
            each.write_bytes(content)
        flipped = bytearray(whole)
        flipped[place // 8] ^= 1 << place % 8
        path.write_bytes(flipped)
        yield
    for each in path.parent.glob("bakeoff.db*"):
        each.unlink()
    for each, content in beside.items():
        each.write_bytes(content)


def cuts(path: Path, number: int) -> Iterator[None]:
    """Cut a file at one place after the other, and put it back."""
    whole = path.read_bytes()
    for size in random.Random(0).sample(range(1, len(whole)), number):
        path.write_bytes(whole[:size])
        yield
    path.write_bytes(whole)


def flipped_store(bench: Bench) -> str:
    bench.whole = len(bench.finish())
    return outcomes(bench, flips(bench.store, 500))


def cut_store(bench: Bench) -> str:
    bench.whole = len(bench.finish())
    return outcomes(bench, cuts(bench.store, 100))


def flipped_log(bench: Bench) -> str:
    """Damage the log of a killed run: what comes after the damage was never stored."""
    process = bench.start()
    bench.until_answered(5)
    log = bench.store.with_name("bakeoff.db-wal")
    while process.poll() is None and not log.stat().st_size:
        time.sleep(0.001)
    for victim in tree(process, random.Random(0)):
        with suppress(psutil.NoSuchProcess):
            victim.kill()
    process.communicate()
    if not log.exists() or not log.stat().st_size:
        return "the log was empty"
    return outcomes(bench, flips(log, 200))


def flipped_cache(bench: Bench) -> str:
    bench.environment["BAKEOFF_CACHE"] = str(bench.folder / "cache")
    bench.said(bench.start("run", "small.py", "--rounds", "2", "--store", str(bench.store)))
    for path in (bench.folder / "cache").glob("archives/*/*.npy"):
        data = bytearray(path.read_bytes())
        for place in range(len(data) // 2, len(data), 97):
            data[place] ^= 16
        path.write_bytes(data)
    return bench.said(bench.start())


def idx_headers(bench: Bench) -> str:
    path = bench.folder / "tmp" / "images"
    whole = b"\0\0\x08\x03\0\0\0\x02\0\0\0\x03\0\0\0\x05" + bytes(30)
    refused, example = 0, ""
    for place in range(8 * 16):
        data = bytearray(whole)
        data[place // 8] ^= 1 << place % 8
        path.write_bytes(data)
        try:
            read_idx(path, "images")
        except BakeoffError as error:
            refused, example = refused + 1, short(str(error))
    path.unlink()
    return f"{refused} of 128 refused: {example}"


def zip_bomb(bench: Bench) -> str:
    path = bench.folder / "tmp" / "images.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"\0\0\x08\x03" + b"\0\1\0\0" * 3)
        for _ in range(300):
            file.write(bytes(1 << 20))
    try:
        read_idx(path, "images")
    except BakeoffError as error:
        return short(str(error))
    finally:
        path.unlink()
    return "nothing"


def other_database(bench: Bench) -> str:
    path = bench.folder / "tmp" / "other.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE bookmarks (url)")
        db.commit()
    words = bench.said(bench.start("run", "small.py", "--store", str(path)))
    path.unlink()
    return words


def newer_schema(bench: Bench) -> str:
    bench.finish()
    with closing(sqlite3.connect(bench.store)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    words = bench.said(bench.start())
    with closing(sqlite3.connect(bench.store)) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA}")
    return words


FAULTS: Mapping[str, Callable[[Bench], str]] = {
    "SIGINT": signals(signal.SIGINT),
    "SIGINT twice": signals(signal.SIGINT, signal.SIGINT),
    "SIGINT, 20 times in 0.2 s": signals(*[signal.SIGINT] * 20),
    "SIGTERM": signals(signal.SIGTERM),
    "SIGHUP": signals(signal.SIGHUP),
    "its terminal is closed": terminal_closed,
    "SIGSTOP of a run past its lease, while another goes on": stopped,
    "4 runs on one store, 6 of them killed": several,
    "the store's disk is full": full_for_the_store,
    "the cache's disk is full": full_for_the_cache,
    "a report's disk is full": full_for_a_report,
    "files are limited (ulimit -f)": limited_files,
    "the store's disk becomes read-only": read_only,
    "the store's folder is moved away": vanished_folder,
    "the working folder is deleted": working_folder_deleted,
    "no HOME, and a TMPDIR that is not there": no_home,
    "HOME is on a full disk": home_on_a_full_disk,
    "the clock jumps by 2 hours at each look": clock_jumps,
    "one bit of the store flipped, 500 times": flipped_store,
    "the store cut, 100 times": cut_store,
    "one bit of a killed run's log flipped, 200 times": flipped_log,
    "bytes of the cache flipped": flipped_cache,
    "each bit of an IDX header flipped": idx_headers,
    "a zip bomb as IDX file": zip_bomb,
    "another program's database": other_database,
    "a store of a newer schema": newer_schema,
    "100,000 more trials in the store": many_trials,
}


@dataclass(frozen=True)
class Made:
    """A fault that was made, and after which the run was finished.

    Attributes:
        damage: what became of the store and its surroundings.
        said: what the command said.
    """

    damage: Damage
    said: str

    @property
    def left(self) -> str:
        """What was left."""
        return ", ".join([*self.damage.processes, *sorted(self.damage.files)]) or "nothing"


def made(name: str, folder: Path, reference: Histories) -> Made:
    """Make one fault in a new folder, and finish the run.

    Raises:
        LeftOutError: it cannot be made here.
    """
    bench = Bench(folder, reference)
    environment = dict(bench.environment)
    words = FAULTS[name](bench)
    bench.environment = environment
    bench.finish()
    shutil.rmtree(bench.folder)
    return Made(bench.damage, words)


def line_of(name: str, folder: Path, reference: Histories) -> str:
    try:
        fault = made(name, folder, reference)
    except LeftOutError:
        return row(name, *[""] * 4, "not made: it needs the right to mount")
    except Exception as error:
        return row(name, *[""] * 4, f"the benchmark failed: {error!r}")
    return row(name, *fault.damage.counts[:3], fault.left, fault.said)


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--stores", type=int, default=2, help="stores at work at a time")
    parser.add_argument("--fault", action="append", help="make these other faults alone")
    asked = parser.parse_args()
    # What starts this may ignore them, and what is started here would, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    with (
        tempfile.TemporaryDirectory(prefix="bakeoff-faults-") as place,
        ThreadPoolExecutor(asked.stores) as threads,
    ):
        folder = Path(place).resolve()
        Bench(folder / "first").finish()  # It fills the cache.
        start = time.perf_counter()
        reference = Bench(folder / "undisturbed").finish()
        span = time.perf_counter() - start
        print(f"An undisturbed run of {len(reference)} trials takes {span:.1f} s.\n", flush=True)
        if asked.kills:
            kinds = list(KINDS) * (asked.kills // len(KINDS) + 1)
            drawn = random.Random(asked.seed).sample(kinds[: asked.kills], asked.kills)
            lanes = [Kills() for _ in range(min(asked.stores, asked.kills))]
            given = [
                (
                    kills,
                    drawn[lane :: asked.stores],
                    f"{asked.seed} {lane}",
                    folder / f"kills-{lane}",
                )
                for lane, kills in enumerate(lanes)
            ]
            at_work = [threads.submit(kill, *each, reference, span) for each in given]
            for each in at_work:
                each.result()
            print_kills(lanes, len(reference))
        head = ("fault", "lost", "different", "doubled", "left", "said")
        print(f"\n{row(*head)}\n{row(*['---'] * len(head))}")
        lines = [
            threads.submit(line_of, name, folder / f"fault-{number}", reference)
            for number, name in enumerate(asked.fault or FAULTS)
        ]
        for line in lines:
            print(line.result(), flush=True)


if __name__ == "__main__":
    main()
