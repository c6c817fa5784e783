"""What a study's file imports is not what it reads, whoever else listens."""

import os
import sys
from pathlib import Path

import pytest

from bakeoff.study.reads import Reads, content, listening


@pytest.fixture
def neighbour(tmp_path, monkeypatch):
    """A module that nobody has read yet."""
    path = tmp_path / "lies_beside.py"
    path.write_text(f"VALUE = {str(tmp_path)!r}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield path
    sys.modules.pop("lies_beside", None)


@pytest.mark.parametrize("outer", [True, False])
@pytest.mark.parametrize("inner", [True, False])
def test_an_import_is_heard_by_those_alone_who_listen_to_imports(neighbour, outer, inner):
    around, within = Reads(), Reads()
    with listening(around, imports=outer), listening(within, imports=inner):
        import lies_beside  # noqa: F401
    heard = {str(neighbour): content(str(neighbour))}
    assert {p: d for p, d in around.digests.items() if p in heard} == (heard if outer else {})
    assert {p: d for p, d in within.digests.items() if p in heard} == (heard if inner else {})


def test_a_look_into_a_folder_is_noted_unless_modules_are_imported_from_it(tmp_path, monkeypatch):
    searched, data = tmp_path / "searched", tmp_path / "data"
    for folder in (searched, data):
        folder.mkdir()
    monkeypatch.syspath_prepend(searched)
    with listening(Reads()) as reads:
        os.listdir(searched)  # noqa: PTH208
        os.listdir(data)  # noqa: PTH208
        os.listdir("/proc" if Path("/proc").exists() else data)  # noqa: PTH208
    assert reads.digests == {str(data.resolve()): content(str(data.resolve()))}
