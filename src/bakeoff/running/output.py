"""What trials print: it goes to a log beside the store, and a failure quotes the end of it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from bakeoff.data.files import write_whole
from bakeoff.errors import printable

_KEPT = 16_384
"""The last bytes of what a call prints that are kept."""

_QUOTED = 400
"""Characters of the end of it that a failure quotes, about."""

_LARGEST = 4_000_000
"""Bytes of a log; the older half of a larger one is dropped."""


class Printed:
    """The end of what a call printed, to standard output and standard error."""

    def __init__(self) -> None:
        self.bytes = 0
        self._kept = bytearray()

    def add(self, data: bytes) -> None:
        """Takes note of bytes that were printed."""
        self.bytes += len(data)
        self._kept += data
        del self._kept[:-_KEPT]

    def take(self, other: Printed) -> None:
        """Takes over what was printed elsewhere."""
        self.bytes += other.bytes - len(other._kept)
        self.add(bytes(other._kept))

    @property
    def text(self) -> str:
        """The end of it, as it may be shown."""
        return printable(self._kept.decode(errors="replace"), most=_KEPT).strip()

    def after(self, message: str) -> str:
        """Returns a failure's message with the last lines that were printed, if there are any."""
        last = " / ".join(line.strip() for line in self.text.splitlines() if line.strip())
        shown = last if len(last) <= _QUOTED else f"...{last[-_QUOTED:]}"
        return f"{message.rstrip('.')}. It printed last: {shown}" if shown else message


class Log:
    """The file of what a run's trials print, capped."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, name: str, printed: Printed) -> bool:
        """Adds what a trial printed; a disk that is full costs the log, not the trial.

        Returns:
            Whether there was anything, and it was written.
        """
        if not printed.text:
            return False
        at = datetime.now(UTC).isoformat(timespec="seconds")
        cut = max(0, printed.bytes - _KEPT)
        left_out = f"[... {cut:,} bytes ...]\n" if cut else ""
        entry = f"--- {name}, {at}\n{left_out}{printed.text}\n".encode()
        with suppress(OSError):
            if self.path.exists() and self.path.stat().st_size + len(entry) > _LARGEST:
                write_whole(self.path, self.path.read_bytes()[-_LARGEST // 2 :])
            with self.path.open("ab") as file:
                file.write(entry)
            return True
        return False
