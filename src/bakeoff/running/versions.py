"""The versions of the packages that a study ran with, as pip reads them."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions


def requirements(modules: Iterable[str] = ()) -> str:
    """Returns the installed versions of bakeoff, and of all that it needs, a line each.

    A build of a version, ``2.13.0+cpu``, stands in a comment: packages are found without it.

    Args:
        modules: names of further modules, whose packages count as well.
    """
    homes = packages_distributions()
    waiting = ["bakeoff", *(name for module in modules for name in homes.get(module, ()))]
    versions: dict[str, str] = {}
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in versions:
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:  # It is for another system, or for another Python.
            continue
        versions[name] = package.version
        for requirement in package.requires or ():
            named = re.match(r"[\w.-]+", requirement)
            if named and not re.search(r";.*\bextra\s*==", requirement):
                waiting.append(named.group())
    lines = [f"# Python {platform.python_version()}"]
    for name, version in sorted(versions.items()):
        public, _, build = version.partition("+")
        lines.append(f"{name}=={public}" + (f"  # {version}" if build else ""))
    return "\n".join(lines) + "\n"
