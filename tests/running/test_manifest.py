"""A bundle's file: written the same to the byte, and refused whole where it is not what it was."""

import json
import os
import struct
import zipfile
from contextlib import suppress
from dataclasses import replace

import pytest

from bakeoff.errors import BundleError
from bakeoff.running import manifest as made
from bakeoff.running.manifest import FORMAT, Manifest, Need, unpack, write_bundle
from bakeoff.running.schema import SCHEMA

ABOUT = Manifest(
    study="s",
    source="study.py",
    run="",
    data="d" * 64,
    trials=0,
    needs=(Need("data/x.csv", "e" * 64),),
    bakeoff="0.1.0",
)
MEMBERS = {
    "results.db": b"numbers" * 99,
    "report.html": "<p>größer</p>".encode(),
    "requirements.txt": b"torch==2.13.0\n",
    "study/study.py": b"study = 1\n",
    "study/pkg/café.py": b"",
    "models/v-round-1/model.json": b"{}",
}


@pytest.fixture
def path(tmp_path):
    write_bundle(tmp_path / "b.zip", ABOUT, MEMBERS)
    return tmp_path / "b.zip"


@pytest.fixture
def refused(tmp_path):
    """Check that a file is refused, and that nothing of it is outside of the folder."""

    def call(path, *words):
        folder = tmp_path / "deep" / "inside"
        folder.mkdir(parents=True)
        before = {each for each in tmp_path.rglob("*") if folder not in each.parents}
        with pytest.raises(BundleError) as error:
            unpack(path, folder)
        for word in (str(path), *words):
            assert word in str(error.value)
        assert "\n" not in str(error.value)
        assert {each for each in tmp_path.rglob("*") if folder not in each.parents} == before
        assert not any(each.is_symlink() for each in folder.rglob("*"))
        return str(error.value)

    return call


def rezipped(path, change=lambda entries: None, **options):
    """Write a bundle again, after a change to its entries: pairs of information and content."""
    with zipfile.ZipFile(path) as file:
        entries = [[entry, file.read(entry)] for entry in file.infolist()]
    change(entries)
    with zipfile.ZipFile(path, "w", **options) as file:
        for entry, content in entries:
            file.writestr(entry, content)


def named(entries, name):
    return next(entry for entry in entries if entry[0].filename == name)


def told(path, **fields):
    """Change what a bundle's manifest says."""

    def change(entries):
        entry = named(entries, "manifest.json")
        entry[1] = json.dumps(json.loads(entry[1]) | fields).encode()

    rezipped(path, change)


def test_what_is_written_comes_back(path, tmp_path):
    folder = tmp_path / "f"
    folder.mkdir()
    manifest = unpack(path, folder)
    assert replace(manifest, files=()) == ABOUT
    assert [member.path for member in manifest.files] == sorted(MEMBERS)
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    assert there.keys() == {*MEMBERS, "manifest.json"}
    assert {name: there[name].read_bytes() for name in MEMBERS} == MEMBERS


def test_the_bytes_depend_on_the_contents_alone(path, tmp_path):
    files = {name: tmp_path / f"file {n}" for n, name in enumerate(MEMBERS)}
    for name, file in files.items():
        file.write_bytes(MEMBERS[name])
        os.utime(file, (1, 1))
    write_bundle(tmp_path / "bytes.zip", ABOUT, dict(reversed(MEMBERS.items())))
    assert (tmp_path / "bytes.zip").read_bytes() == path.read_bytes()
    write_bundle(tmp_path / "one.zip", ABOUT, files)
    write_bundle(tmp_path / "two.zip", ABOUT, files)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_only_a_bundle_is_overwritten(path, tmp_path):
    write_bundle(path, ABOUT, MEMBERS)
    (tmp_path / "thesis.py").write_text("x")
    with pytest.raises(BundleError, match="is there and is no bundle"):
        write_bundle(tmp_path / "thesis.py", ABOUT, MEMBERS)
    assert (tmp_path / "thesis.py").read_text() == "x"
    with pytest.raises(BundleError, match="cannot be written"):
        write_bundle(tmp_path / "none" / "b.zip", ABOUT, MEMBERS)
    with pytest.raises(BundleError, match="study/a:b.py"):
        write_bundle(tmp_path / "c.zip", ABOUT, {**MEMBERS, "study/a:b.py": b""})
    with pytest.raises(BundleError, match="gone.py"):
        write_bundle(tmp_path / "c.zip", ABOUT, {**MEMBERS, "study/g.py": tmp_path / "gone.py"})
    assert {each.name for each in tmp_path.iterdir()} == {"b.zip", "thesis.py"}


@pytest.mark.parametrize("name", [*filter(MEMBERS.get, MEMBERS), "manifest.json"])
def test_a_flipped_byte_of_a_member_is_told_by_its_name(path, refused, name):
    with zipfile.ZipFile(path) as file:
        entry = file.getinfo(name)
    data = bytearray(path.read_bytes())
    names, extra = struct.unpack("<HH", data[entry.header_offset + 26 : entry.header_offset + 30])
    data[entry.header_offset + 30 + names + extra + entry.file_size // 2] ^= 1
    path.write_bytes(data)
    refused(path, name)


@pytest.mark.parametrize("name", MEMBERS)
def test_an_altered_member_is_told_by_its_name(path, refused, name):
    def change(entries):
        named(entries, name)[1] += b"#"

    rezipped(path, change)
    refused(path, repr(name), "cut or altered")


def test_every_flipped_byte_is_refused_or_changes_nothing(path, tmp_path):
    good = path.read_bytes()
    for place in range(0, len(good), 7):
        data = bytearray(good)
        data[place] ^= 0x41
        path.write_bytes(data)
        folder = tmp_path / f"{place}"
        folder.mkdir()
        with suppress(BundleError):
            unpack(path, folder)
            assert {n: (folder / n).read_bytes() for n in MEMBERS} == MEMBERS


def test_a_file_cut_anywhere_is_refused(path, tmp_path):
    good = path.read_bytes()
    for length in [*range(0, len(good), 97), len(good) - 1]:
        path.write_bytes(good[:length])
        with pytest.raises(BundleError, match="is no bundle, or was cut short"):
            unpack(path, tmp_path)


@pytest.mark.parametrize("name", MEMBERS)
def test_a_missing_member_is_told_by_its_name(path, refused, name):
    rezipped(path, lambda entries: entries.remove(named(entries, name)))
    refused(path, repr(name), "is missing")


def added(name, content=b"x", mode=0o100644):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = mode << 16
    return lambda entries: entries.insert(0, [entry, content])


@pytest.mark.parametrize(
    "name",
    [
        "../evil.py",
        "study/../../evil.py",
        "/etc/evil",
        "//host/evil",
        "C:/evil",
        "study/c:evil",
        "study\\..\\..\\evil.py",
        "study//evil",
        "study/./evil",
        "study/evil/",
        "study/evil ",
        "study/evil.",
        "study/\x1b[2Jevil",
        "study/\u202egpj.py",
        "study/" + "x" * 300,
        "study/" + "x/" * 700 + "y",
        "evil.py",
        "elsewhere/evil.py",
        "study",
        "study/__pycache__/study.cpython-311.pyc",
        "study/study.pyc",
        "study/torch.SO",
    ],
)
def test_names_that_lead_elsewhere_are_refused(path, refused, name):
    rezipped(path, added(name))
    assert "\x1b" not in refused(path)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("study/study.py", "twice"),
        ("study/STUDY.py", "or as"),
        ("study/pkg/cafe\u0301.py", "or as"),
        ("study/study.py/x", "a file and a folder"),
        ("study/more.py", "its manifest lacks"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_that_are_there_twice_or_unknown_are_refused(path, refused, name, words):
    rezipped(path, added(name))
    refused(path, words)


@pytest.mark.parametrize("mode", [0o120777, 0o040755, 0o010644, 0o020644])
def test_links_folders_and_devices_are_refused(path, refused, mode):
    def change(entries):
        named(entries, "study/study.py")[0].external_attr = mode << 16

    rezipped(path, change)
    refused(path, "study/study.py", "a link or no file")


def test_what_is_compressed_is_refused_so_that_no_bomb_is_unpacked(path, refused):
    def change(entries):
        entry = named(entries, "results.db")
        entry[0].compress_type, entry[1] = zipfile.ZIP_DEFLATED, bytes(1 << 26)

    rezipped(path, change)
    assert path.stat().st_size < 1 << 20
    refused(path, "results.db", "compressed")


def test_members_that_overlap_are_refused(path, refused):
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\1\2")
    # The first member of the list claims to be as large as the file.
    data[place + 20 : place + 28] = struct.pack("<II", len(data), len(data))
    path.write_bytes(data)
    refused(path, "larger unpacked")


def test_an_encrypted_member_is_refused(path, refused):
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    refused(path, "encrypted")


def test_an_absurd_number_of_members_is_refused(path, refused, monkeypatch):
    monkeypatch.setattr(made, "MOST", 40)

    def change(entries):
        for number in range(60):
            added(f"study/{number}")(entries)

    rezipped(path, change)
    refused(path, "more than 40 members")


def test_a_list_of_members_that_would_fill_the_memory_is_not_read(path, refused):
    data = bytearray(path.read_bytes())
    end = len(data) - 22
    for count, size in ((60_000, 100), (1, 1 << 31)):
        data[end + 10 : end + 16] = struct.pack("<HI", count, size)
        path.write_bytes(data)
        refused(path, "members, so that it is no bundle")
        os.rmdir(path.parent / "deep" / "inside")  # noqa: PTH106
        os.rmdir(path.parent / "deep")  # noqa: PTH106


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"format": FORMAT + 1, "bakeoff": "9.8.7"}, "9.8.7 and has format 2"),
        ({"format": FORMAT + 1, "bakeoff": "\x1b[2J"}, "has format 2"),
        ({"format": "x"}, "damaged"),
        ({"format": None}, "damaged"),
        ({"schema": SCHEMA + 1}, f"schema {SCHEMA + 1}"),
        ({"study": "../s"}, "no such name"),
        ({"study": "\x1b[2J"}, "no such name"),
        ({"run": "\x1b[2J"}, "no such name"),
        ({"study": 3}, "damaged"),
        ({"trials": "many"}, "damaged"),
        ({"source": "/etc/passwd"}, "outside the folder"),
        ({"source": "../x.py"}, "outside the folder"),
        ({"source": "other.py"}, "'study/other.py' is missing"),
        ({"needs": [{"path": "../../x", "digest": ""}]}, "outside the folder"),
        ({"needs": [{"path": "x"}]}, "damaged"),
        ({"files": []}, "its manifest lacks"),
        ({"files": [["x"]]}, "damaged"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(path, refused, fields, words):
    told(path, **fields)
    assert "\x1b" not in refused(path, words)


@pytest.mark.parametrize("text", [b"", b"[]", b"null", b"[" * 100_000, b"\xff", b'{"format": 1}'])
def test_a_manifest_that_is_none_is_refused(path, refused, text):
    def change(entries):
        named(entries, "manifest.json")[1] = text

    rezipped(path, change)
    refused(path, "manifest.json is damaged")


def test_other_files_are_no_bundles(tmp_path, refused):
    (tmp_path / "x.py").write_text("study = 1\n" * 100)
    refused(tmp_path / "x.py", "is no bundle")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as file:
        file.writestr("study/study.py", b"")
    (tmp_path / "two").mkdir()
    with pytest.raises(BundleError, match=r"without manifest\.json"):
        unpack(tmp_path / "x.zip", tmp_path / "two")
