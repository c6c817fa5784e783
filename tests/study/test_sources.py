"""Study files: loaded by path, keyed by the text of their own classes, refused with a line."""

import importlib
import sys
import textwrap

import pytest

from bakeoff.errors import StudyError
from bakeoff.study.load import load
from bakeoff.study.sources import sources, user_modules
from bakeoff.study.trial import trials

FILE = '''
"""A study file."""
from torch import nn

from bakeoff.data.tasks import DigitPairs
from bakeoff.models.network import ModelSpec
from bakeoff.study.study import Study
from bakeoff.study.variant import Variant

SLOPE = 0.1
UNUSED = 1


class Leaky(ModelSpec):
    width: int = 50

    def build(self) -> nn.Module:
        return net(self.width)


def net(width):
    return nn.Sequential(nn.Flatten(), nn.Linear(392, width), nn.LeakyReLU(SLOPE))


study = Study(
    name="width",
    task=DigitPairs(train=20, validation=10, test=10),
    variants=(Variant(name="a", model=Leaky()),),
    rounds=2,
)
'''


@pytest.fixture
def write(tmp_path):
    def write(text, name="mine.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write


def key(path):
    return trials(load(path), data="d")[0][1].key()


def test_the_key_covers_the_class_and_all_that_its_text_names(write):
    trial = trials(load(write(FILE)), data="d")[0][1]
    found = dict(sources(trial))
    assert {"mine.Leaky", "mine.SLOPE", "mine.net", "mine.nn"} <= found.keys()
    assert not {"mine.UNUSED", "mine.study"} & found.keys()


@pytest.mark.parametrize(
    ("old", "new"),
    [("SLOPE = 0.1", "SLOPE = 0.2"), ("LeakyReLU", "ELU"), ("width: int = 50", "width: int = 51")],
)
def test_an_edited_model_is_a_new_trial(write, old, new):
    before = key(write(FILE))
    assert old in FILE
    assert key(write(FILE.replace(old, new))) != before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("UNUSED = 1", "UNUSED = 2"),
        ("rounds=2", "rounds=3"),
        ('"""A study', '"""My study'),
        ("return net", "return  net"),
        ("return net(self.width)", "return net(  # one layer\n            self.width\n        )"),
        ("SLOPE = 0.1", "SLOPE = 1 / 10  # gentle"),
        ("def net", "# A network.\n\n\ndef net"),
    ],
)
def test_an_edit_elsewhere_is_not(write, old, new):
    before = key(write(FILE))
    assert key(write(FILE.replace(old, new))) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("SLOPE = 0.1", "SLOPE = 0.1\nSLOPE += 0.1"),
        ("SLOPE = 0.1", "SLOPE, OTHER = 0.2, 1"),
        ("SLOPE = 0.1", "if True:\n    SLOPE = 0.2"),
        ("from torch import nn", "import torch.nn as nn"),
    ],
)
def test_whatever_may_change_a_name_it_uses_is_covered(write, before, after):
    plain = key(write(FILE))
    assert key(write(FILE.replace(before, after))) != plain


def test_a_value_imported_from_a_module_that_imports_it_is_covered(write, monkeypatch):
    text = FILE.replace("SLOPE = 0.1", "from first_helper import SLOPE")
    write("from second_helper import SLOPE\n", name="first_helper.py")
    keys = []
    for slope in (1, 2):
        write(f"SLOPE = {slope}\n", name="second_helper.py")
        for name in ("first_helper", "second_helper"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        keys.append(key(write(f"# {slope}\n{text}")))
    assert keys[0] != keys[1]


def test_a_neighbour_of_a_name_already_taken_is_refused(write, tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "same_name", raising=False)
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write("SLOPE = 0.3\n", name=f"{folder}/same_name.py")
    text = FILE.replace("SLOPE = 0.1", "from same_name import SLOPE")
    load(write(text, name="one/mine.py"))
    with pytest.raises(StudyError, match="same_name.*has that name already"):
        load(write(f"# another\n{text}", name="two/mine.py"))


def test_importing_more_beside_a_name_is_no_new_trial(write):
    before = key(write(FILE))
    more = FILE.replace("import Study, Variant", "import Overrides, Study, Variant")
    assert key(write(more)) == before


def test_the_key_does_not_depend_on_the_folder(write, tmp_path):
    (tmp_path / "sub").mkdir()
    assert key(write(FILE)) == key(write(FILE, name="sub/mine.py"))


def test_an_imported_study_has_the_keys_of_the_file_that_is_run(write, tmp_path, monkeypatch):
    path = write(FILE, name="imported_study.py")
    monkeypatch.syspath_prepend(tmp_path)
    imported = importlib.import_module("imported_study").study
    assert trials(imported, data="d")[0][1].key() == key(path)


def test_a_module_imported_beside_the_file_is_covered(write):
    # Its name must be no other test's: Python keeps modules by name.
    write("SLOPE = 0.3\n", name="beside_the_study.py")
    text = FILE.replace("SLOPE = 0.1", "import beside_the_study").replace(
        "(SLOPE)", "(beside_the_study.SLOPE)"
    )
    trial = trials(load(write(text)), data="d")[0][1]
    found = sources(trial)
    assert found["beside_the_study"] == "SLOPE = 0.3 \n"
    assert found["beside_the_study values"] == {"SLOPE": {"number": "0.3"}}


def test_workers_get_the_text_as_it_was_read(write):
    path = write(FILE)
    trial = trials(load(path), data="d")[0][1]
    path.write_text("raise SystemExit")
    (module,) = user_modules(trial)
    assert module.text == textwrap.dedent(FILE)
    assert module.install().Leaky is type(trial.setup.model)


def test_a_study_of_bakeoffs_own_parts_has_no_sources():
    from bakeoff.studies import BUILT_IN

    trial = trials(BUILT_IN[0], data="d")[0][1]
    assert dict(sources(trial)) == {}
    assert user_modules(trial) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1\n", ["mine.py", "defines no `study`"]),
        ("study = 3\n", ["`study` is a int", "bakeoff.Study"]),
        ("x = 1\nstudy = (\n", ["mine.py", "line 2"]),
        ("x = 1\nstudy = undefined\n", ["mine.py, line 2", "NameError", "undefined"]),
        (
            "from bakeoff.training.recipe import Recipe\n\nRecipe(epoch=3)\n",
            ["mine.py, line 3", "'epoch'", "did you mean 'epochs'"],
        ),
        ("import sys\nsys.exit(3)\n", ["mine.py, line 2", "SystemExit"]),
        ("x = '\0'\n", ["mine.py", "null bytes"]),
        ("import no_such_module\n", ["mine.py, line 1", "no_such_module"]),
    ],
)
def test_a_file_that_is_no_study_is_refused_with_its_line(write, text, words):
    with pytest.raises(StudyError) as error:
        load(write(text))
    for word in words:
        assert word in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StudyError, match=r"nowhere\.py"):
        load(tmp_path / "nowhere.py")


def with_slope(lines, slope="SLOPE"):
    """Return a study file that takes its slope from some lines of its own."""
    return FILE.replace("SLOPE = 0.1", lines).replace("(SLOPE)", f"({slope})")


SET_BY_FUNCTION = "SLOPE = 0.1\n\n\ndef configure(n):\n    global SLOPE\n    SLOPE = n\n\n\n"
CHANGES = {
    "a global set by a function": (
        with_slope(SET_BY_FUNCTION + "configure(0.2)"),
        with_slope(SET_BY_FUNCTION + "configure(0.3)"),
    ),
    "a dictionary set by a function": (
        with_slope("C = {}\n\n\ndef f(n):\n    C['s'] = n\n\n\nf(0.2)", "C['s']"),
        with_slope("C = {}\n\n\ndef f(n):\n    C['s'] = n\n\n\nf(0.3)", "C['s']"),
    ),
    "an attribute set by a function": (
        with_slope(
            "class C:\n    pass\n\n\nc = C()\n\n\ndef f(n):\n    c.s = n\n\n\nf(0.2)", "c.s"
        ),
        with_slope(
            "class C:\n    pass\n\n\nc = C()\n\n\ndef f(n):\n    c.s = n\n\n\nf(0.3)", "c.s"
        ),
    ),
    "an array set by a function": (
        with_slope(
            "import numpy as np\nA = np.zeros(2)\n\n\ndef f(n):\n    A[0] = n\n\n\nf(2)",
            "float(A[0])",
        ),
        with_slope(
            "import numpy as np\nA = np.zeros(2)\n\n\ndef f(n):\n    A[0] = n\n\n\nf(3)",
            "float(A[0])",
        ),
    ),
    "a name around a function": (
        with_slope("def near(s):\n    return lambda: s\n\n\nget = near(*[0.2])", "get()"),
        with_slope("def near(s):\n    return lambda: s\n\n\nget = near(*[0.3])", "get()"),
    ),
}


@pytest.mark.parametrize(("one", "other"), CHANGES.values(), ids=CHANGES)
def test_whatever_sets_a_value_that_a_class_names_makes_a_new_trial(write, one, other):
    assert key(write(one)) != key(write(other))
    assert key(write(one)) == key(write(one + "\n# The same.\n"))


@pytest.mark.parametrize(
    "lines",
    [
        "import json\nfrom pathlib import Path\n"
        "SLOPE = json.loads((Path(__file__).parent / 'beside.txt').read_text())",
        "import json, os\nwith open(os.path.join(os.path.dirname(__file__), 'beside.txt')) as f:\n"
        "    SLOPE = json.load(f)",
        # What is read may reach the model by ways that no name shows.
        "from pathlib import Path\nfrom types import SimpleNamespace\nimport threading\n"
        "box = threading.local()\n"
        "box.s = float((Path(__file__).parent / 'beside.txt').read_text())\n"
        "def slope():\n    return box.s\nSLOPE = 0.1",
        "import numpy as np\nfrom pathlib import Path\n"
        "SLOPE = float(np.loadtxt(Path(__file__).parent / 'beside.txt'))",
        "from pathlib import Path\nexec((Path(__file__).parent / 'code.txt').read_text())\n"
        "SLOPE = 0.1",
    ],
)
def test_a_file_that_a_study_reads_is_part_of_the_key(write, tmp_path, lines):
    def with_content(number, folder="."):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "beside.txt").write_text(f"{number}\n")
        (tmp_path / folder / "code.txt").write_text(f"VALUE = {number}\n")
        return key(write(with_slope(lines), name=f"{folder}/mine.py"))

    before = with_content(0.2)
    assert with_content(0.25) != before
    assert with_content(0.2) == before
    assert with_content(0.2, folder="moved") == before


@pytest.mark.parametrize(
    "lines",
    [
        "import importlib\nh = importlib.import_module('{name}')",
        "from importlib import import_module\nh = import_module('{name}')",
        "h = __import__('{name}')",
        "import importlib\n(h,) = [importlib.import_module(n) for n in ['{na}' + '{me}']]",
        "import importlib\nhs = {{n: importlib.import_module(n) for n in ['{na}' + '{me}']}}\n"
        "def h():\n    return hs['{name}']\nh = h()",
        "def get():\n    import importlib\n    return importlib.import_module('{name}')\nh = get()",
    ],
)
def test_a_module_imported_in_any_way_is_covered(write, lines, monkeypatch, request):
    name = f"neighbour_{abs(hash(request.node.name))}"
    text = with_slope(lines.format(name=name, na=name[:5], me=name[5:]), "h.SLOPE")

    def with_slope_of(number):
        write(f"SLOPE = {number}\n", name=f"{name}.py")
        monkeypatch.delitem(sys.modules, name, raising=False)
        # A file that is loaded again in one process is the module that it was.
        return key(write(f"# {number}\n{text}"))

    assert with_slope_of(0.2) != with_slope_of(0.3)
    monkeypatch.delitem(sys.modules, name)


def test_a_value_set_in_a_neighbour_by_a_function_is_covered(write, monkeypatch):
    write(SET_BY_FUNCTION, name="configured_neighbour.py")
    keys = []
    for number in (0.2, 0.3):
        monkeypatch.delitem(sys.modules, "configured_neighbour", raising=False)
        lines = f"import configured_neighbour as h\nfor n in [{number}]:\n    h.configure(n)"
        text = with_slope(lines, "get()").replace(
            "def net",
            "def get():\n    import configured_neighbour\n\n    return "
            "configured_neighbour.SLOPE\n\n\ndef net",
        )
        keys.append(key(write(text)))
    assert keys[0] != keys[1]


def test_a_comment_in_a_neighbour_is_no_new_trial(write, monkeypatch):
    keys = []
    for comment in ("", "# Gentle.\n"):
        monkeypatch.delitem(sys.modules, "commented_neighbour", raising=False)
        write(f"{comment}SLOPE = 0.2  {comment}\n", name="commented_neighbour.py")
        keys.append(key(write(with_slope("import commented_neighbour as h", "h.SLOPE") + comment)))
    assert keys[0] == keys[1]


def test_line_ends_are_no_new_trial(write, tmp_path):
    before = key(write(FILE))
    path = tmp_path / "mine.py"
    path.write_bytes(textwrap.dedent(FILE).replace("\n", "\r\n").encode())
    assert key(path) == before


def test_what_trials_share_is_traced_once(write, monkeypatch):
    from bakeoff.study import trial as module

    study = load(write(FILE)).replace(rounds=50)
    traced = []
    monkeypatch.setattr(module, "sources", lambda value: traced.append(value) or sources(value))
    all_trials = [trial for _, trial in trials(study, data="d")]
    found = module.keys(all_trials)
    assert len(traced) == 1
    assert found == [trial.key() for trial in all_trials]
    assert len(set(found)) == 50


def test_two_studies_that_set_a_neighbour_differently_are_refused(write, monkeypatch):
    monkeypatch.delitem(sys.modules, "shared_neighbour", raising=False)
    write(SET_BY_FUNCTION + FILE.replace("SLOPE = 0.1", ""), name="shared_neighbour.py")
    loaded = []
    for number in (0.2, 0.3):
        text = "from shared_neighbour import *\nimport shared_neighbour as h\n"
        text += f"h.configure({number})\n"
        loaded.append(load(write(text, name=f"study_{number}.py")))
    with pytest.raises(StudyError, match="both import shared_neighbour"):
        trials(loaded[0], data="d")[0][1].key()


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + FILE.encode(),
        ("# -*- coding: latin-1 -*-\nNAME = 'Z\u00fcrich'\n" + FILE).encode("latin-1"),
        FILE.replace("\n", "\r\n").encode(),
    ],
)
def test_a_file_is_read_in_the_encoding_that_it_has(tmp_path, data):
    path = tmp_path / "study.py"
    path.write_bytes(data)
    assert load(path).variants
    if b"latin" in data:
        assert sys.modules[type(load(path).variants[0].model).__module__].NAME == "Z\u00fcrich"


def test_a_file_in_no_encoding_at_all_is_refused(tmp_path):
    path = tmp_path / "study.py"
    path.write_bytes(b"# \xff\n" + FILE.encode())
    with pytest.raises(StudyError, match="cannot be read as a Python file"):
        load(path)


def test_time_zones_are_the_machines_and_no_part_of_a_study(write):
    # A package reads them when it is first used, which may be before the study is loaded.
    text = FILE.replace("from torch", "from zoneinfo import ZoneInfo\nfrom torch")
    path = write(text + "\nZoneInfo.no_cache('UTC')\n")
    assert not [name for name in sources(trials(load(path), data="d")[0][1]) if "UTC" in name]
