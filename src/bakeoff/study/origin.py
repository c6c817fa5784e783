"""The origin of a study: the file that defines it, and the user's modules that this imports."""

from __future__ import annotations

import ast
import sys
import tokenize
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

from bakeoff.errors import StudyError
from bakeoff.study.sources import users_file
from bakeoff.study.study import Study
from bakeoff.study.user_module import UserModule, imports, is_users, loader_of


def origin_of(study: Study) -> UserModule | None:
    """Returns the file that defines a study; None for a study that comes with bakeoff.

    Raises:
        StudyError: no file defines it under the name `study`, or the file was edited since.
    """
    holders = _holders(study)
    for loader in filter(None, map(loader_of, holders)):
        return _unchanged(loader.user_module)
    if _is_ours(study):
        return None
    for module in filter(is_users, holders):
        path = Path(getattr(module, "__file__", None) or "").resolve()
        # Other holders import it from there.
        if path.suffix == ".py" and path.is_file() and _assigns(text := _text(path)):
            return UserModule(module.__name__, str(path), text)
    raise StudyError(
        f"no Python file defines the study {study.name!r} as `study`, so that it could be handed "
        "on; put `study = Study(...)` into a file, and give that."
    )


def file_of(study: Study) -> str | None:
    """Returns the path of the file that defines a study, which may have been edited since.

    Returns:
        An absolute path; empty for a study that comes with bakeoff; None where no file is known, as
        for a study that a function has made.
    """
    for module in _holders(study):
        loader = loader_of(module)
        if loader is not None:
            return loader.user_module.path
    if _is_ours(study):
        return ""
    files = [getattr(module, "__file__", None) for module in filter(is_users, _holders(study))]
    paths = [Path(file).resolve() for file in files if file]
    return next((str(path) for path in (*filter(_makes, paths), *paths)), None)


def _makes(path: Path) -> bool:
    """Returns whether a Python file assigns `study`, and does not import it."""
    try:
        return path.suffix == ".py" and _assigns(_text(path))
    except (OSError, SyntaxError, ValueError):
        return False


def _modules() -> list[ModuleType]:
    return [each for each in tuple(sys.modules.values()) if isinstance(each, ModuleType)]


def _holders(study: Study) -> list[ModuleType]:
    """Returns the modules that hold a study under the name `study`."""
    return [module for module in _modules() if vars(module).get("study") is study]


def _is_ours(study: Study) -> bool:
    """Returns whether a study comes with bakeoff."""
    ours = [module for module in _modules() if module.__name__.startswith("bakeoff.studies.")]
    return any(value is study for module in ours for value in tuple(vars(module).values()))


def _assigns(text: str) -> bool:
    statements = ast.walk(ast.parse(text))
    names = (node for node in statements if isinstance(node, ast.Name) and node.id == "study")
    return any(isinstance(name.ctx, ast.Store) for name in names)


def modules_of(module: UserModule) -> dict[str, Path]:
    """Returns the user's modules that a study's file imports, and those that these import.

    Returns:
        Their files, each by the path that it is imported by from a folder on Python's path: that
        of the study, for its neighbours.
    """
    named = imports(ast.parse(module.text), "")
    return {
        place: path
        for place, path in files_of(named).items()
        if path != Path(module.path).resolve()
    }


def files_of(names: Iterable[str]) -> dict[str, Path]:
    """Returns the files of the user's modules of some names, and of those that they import.

    Args:
        names: full names of modules; those that are not the user's are left out.

    Returns:
        As `modules_of` does.
    """
    files: dict[str, Path] = {}
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        path = users_file(name)
        if path is None:
            continue
        is_package = path.name == "__init__.py"
        place = name.replace(".", "/")
        files[f"{place}/__init__.py" if is_package else f"{place}.py"] = path.resolve()
        package = name if is_package else name.rpartition(".")[0]
        waiting += [*imports(ast.parse(_text(path)), package), name.rpartition(".")[0]]
    return files


def imported_by(files: Iterable[Path]) -> set[str]:
    """Returns the names of all that some Python files import, as far as their first dot."""
    trees = [ast.parse(_text(file)) for file in files if file.suffix == ".py"]
    return {name.partition(".")[0] for tree in trees for name in imports(tree, "")}


def _text(path: Path) -> str:
    with tokenize.open(path) as file:
        return file.read()


def _unchanged(module: UserModule) -> UserModule:
    try:
        is_same = _text(Path(module.path)) == module.text
    except FileNotFoundError:
        raise StudyError(
            f"{module.path} was deleted since it was loaded; put it back, and run it."
        ) from None
    except (OSError, SyntaxError, ValueError):
        is_same = False
    if not is_same:
        raise StudyError(
            f"{module.path} was edited since it was loaded; load it again, and run it."
        )
    return module
