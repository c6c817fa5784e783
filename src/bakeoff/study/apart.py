"""Studies of one name told apart by their files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePath

BUILT_IN = "built-in"
"""What tells a study that comes with bakeoff from a user's of the same name."""


def told_apart(studies: Sequence[tuple[str, str | None]]) -> list[str]:
    """Returns for each study what tells it from those of the same name: the end of its file's path.

    Args:
        studies: the name and the file of each, as `file_of`.

    Returns:
        As few of the last parts of the path as tell them apart; empty for a name that only one has,
        or where the file is unknown or the same.

    Example:
        >>> told_apart([("small", "/anna/study.py"), ("small", "/ben/study.py"), ("other", None)])
        ['anna/study.py', 'ben/study.py', '']
    """
    files: dict[str, set[str]] = {}
    for name, file in studies:
        files.setdefault(name, set())
        if file is not None:
            files[name].add(file)
    times = Counter(name for name, _ in studies)
    return [
        _end(file, files[name]) if file is not None and times[name] > 1 else ""
        for name, file in studies
    ]


def stems(names: Iterable[tuple[str, str]]) -> list[str]:
    """Returns a file's name without suffix for each study, no two the same on any system.

    Args:
        names: the name of each, with what `told_apart` says of it.

    Example:
        >>> stems([("small", "anna/study.py"), ("small", "ben/study.py"), ("other", "")])
        ['small-anna-study', 'small-ben-study', 'other']
    """
    taken: set[str] = set()
    chosen = []
    for name, apart in names:
        end = re.sub(r"[^\w.-]+", "-", apart.removesuffix(".py")).strip("-.")
        stem = first = f"{name}-{end}" if end else name
        number = 1
        while stem.casefold() in taken:
            number += 1
            stem = f"{first}-{number}"
        taken.add(stem.casefold())
        chosen.append(stem)
    return chosen


def _end(file: str, others: set[str]) -> str:
    """Returns the last parts of a path that no other path has."""
    if len(others) == 1:
        return ""
    if not file:
        return BUILT_IN
    parts = PurePath(file).parts
    for number in range(1, len(parts)):
        end = parts[-number:]
        if not any(other != file and PurePath(other).parts[-number:] == end for other in others):
            return "/".join(end)
    return file
