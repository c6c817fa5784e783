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
    [("SLOPE = 0.1", "SLOPE = 0.2"), ("LeakyReLU", "ELU"), ("return net", "return  net")],
)
def test_an_edited_model_is_a_new_trial(write, old, new):
    before = key(write(FILE))
    assert old in FILE
    assert key(write(FILE.replace(old, new))) != before


@pytest.mark.parametrize(
    ("old", "new"),
    [("UNUSED = 1", "UNUSED = 2"), ("rounds=2", "rounds=3"), ('"""A study', '"""My study')],
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
    more = FILE.replace("import Study, Variant", "import Shortening, Study, Variant")
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
    assert dict(sources(trial))["beside_the_study"] == "SLOPE = 0.3\n"


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
