"""Studies from Python files: a user's study is a file that defines `study`."""

from __future__ import annotations

import hashlib
import sys
import tokenize
import traceback
from pathlib import Path

from bakeoff.errors import BakeoffError, StudyError
from bakeoff.study.reads import content
from bakeoff.study.study import Study
from bakeoff.study.user_module import UserModule, loader_of


def load(path: Path) -> Study:
    """Returns the study that a Python file defines under the name `study`.

    The file's text as read here is what workers run and what trial keys cover.

    Raises:
        StudyError: the file cannot be read, raises an error, or defines no study; the message
            gives the file, the line and the error.
    """
    module = _read(path)
    try:
        loaded = module.install()
    except SyntaxError as error:
        place = f"{error.filename or path}, line {error.lineno}" if error.lineno else str(path)
        raise StudyError(f"{place}: {error.msg}.") from None
    except BakeoffError as error:
        raise StudyError(f"{_place(error, path)}: {error}") from None
    except (Exception, SystemExit) as error:
        raise StudyError(f"{_place(error, path)}: {type(error).__name__}: {error}") from None
    if not hasattr(loaded, "study"):
        raise StudyError(f"{path} defines no `study`; end it with `study = Study(...)`.")
    if not isinstance(loaded.study, Study):
        raise StudyError(
            f"{path}: `study` is a {type(loaded.study).__name__}; it must be a bakeoff.Study."
        )
    return loaded.study


def _read(path: Path) -> UserModule:
    try:
        # As Python reads it: with a byte order mark, or in the encoding that it declares.
        with tokenize.open(path) as file:
            text = file.read()
    except FileNotFoundError:
        raise StudyError(
            f"there is no file {path}; give the path of a study's Python file."
        ) from None
    except IsADirectoryError:
        raise StudyError(f"{path} is a folder; give the study's Python file.") from None
    except (OSError, UnicodeDecodeError, SyntaxError) as error:
        raise StudyError(f"{path} cannot be read as a Python file: {error}.") from None
    return UserModule(name=_name(path, text), path=str(path.resolve()), text=text)


def _name(path: Path, text: str) -> str:
    """Returns the name of the module: no two files share one, nor a file and its edit.

    A file that reads others gets another name when one of them has changed, and runs anew.
    """
    seen = f"{path.resolve()}\n{text}"
    while True:
        name = f"{path.stem}_{hashlib.sha256(seen.encode()).hexdigest()[:12]}"
        loader = loader_of(sys.modules.get(name))
        if loader is None or not loader.user_module.stale():
            return name
        seen += "".join(content(file) for file, _ in loader.user_module.files)


def _place(error: BaseException, path: Path) -> str:
    """Returns the last line of the user's file on the way to the error."""
    here = str(path.resolve())
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == here]
    return f"{path}, line {lines[-1]}" if lines else str(path)
