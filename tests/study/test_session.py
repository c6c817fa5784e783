"""A notebook's cells: keyed by what they define, and carried to workers as they are."""

import linecache
import sys
import textwrap
from dataclasses import replace
from types import ModuleType

import pytest

from bakeoff.errors import StudyError
from bakeoff.models.built import Built
from bakeoff.study.session import session_of
from bakeoff.study.sources import sources, user_classes
from bakeoff.study.variant import Variant

MODEL = """
class Small(ModelSpec):
    width: int = 8

    def build(self):
        return net(self.width)
"""
NET = "def net(width):\n    return nn.Sequential(nn.Linear(4, width), nn.LeakyReLU(SLOPE))\n"
IMPORTS = "from torch import nn\nfrom bakeoff import ModelSpec\nSLOPE = 0.1\n"


class Notebook:
    """Runs cells as a kernel does, in a module that stands in for its `__main__`."""

    def __init__(self, monkeypatch):
        self.main = ModuleType("__main__")
        self.main.In = [""]
        monkeypatch.setitem(sys.modules, "__main__", self.main)
        monkeypatch.setattr(linecache, "cache", {})

    def run(self, *cells):
        for text in cells:
            file = f"/kernel/{abs(hash(text))}.py"
            linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
            self.main.In.append(text.rstrip("\n"))
            exec(compile(text, file, "exec", dont_inherit=True), vars(self.main))
        return self

    def sources(self, expression="Small()"):
        return sources(eval(expression, vars(self.main)))


@pytest.fixture
def notebook(monkeypatch):
    return Notebook(monkeypatch)


def test_the_key_covers_a_class_and_all_that_its_cells_name(notebook):
    notebook.run(IMPORTS, NET, MODEL, "other = 1\nwidth = 7\n")
    assert set(notebook.sources()) == {
        f"__main__.{name}" for name in ("ModelSpec", "SLOPE", "Small", "net", "nn")
    }


@pytest.mark.parametrize(
    ("cell", "edited"),
    [
        (MODEL, MODEL.replace("width: int = 8", "width: int = 9")),
        (NET, NET.replace("LeakyReLU", "ELU")),
        (IMPORTS, IMPORTS.replace("0.1", "0.2")),
        (IMPORTS, IMPORTS.replace("from torch import nn", "from torch.ao import nn")),
    ],
)
def test_an_edited_cell_is_another_key_and_put_back_the_first(notebook, cell, edited):
    first = notebook.run(IMPORTS, NET, MODEL).sources()
    assert notebook.run(edited, MODEL if cell == NET else "").sources() != first
    assert notebook.run(cell).sources() == first


@pytest.mark.parametrize(
    "cell",
    [
        MODEL,
        NET.replace("def net", "# A network.\ndef net"),
        "results = [Small()]\n",
        "x = 1\nfor width in (1, 2):\n    print(width)\n",
        "def unused():\n    return Small()\n",
    ],
)
def test_a_cell_that_changes_nothing_is_the_same_key(notebook, cell):
    first = notebook.run(IMPORTS, NET, MODEL).sources()
    assert notebook.run(cell).sources() == first


def test_what_stands_beside_a_definition_in_its_cell_does_not_count(notebook):
    first = notebook.run(IMPORTS, NET, MODEL + "Small()\n").sources()
    assert notebook.run(MODEL + "print([Small(), Small()])\n").sources() == first


def test_a_part_set_in_the_cell_of_a_class_counts(notebook):
    first = notebook.run(IMPORTS, NET, MODEL).sources()
    assert notebook.run(MODEL + "Small.extra = 1\n").sources() != first


def test_a_class_without_functions_counts_by_the_cell_that_ran_last(notebook):
    options = "class Options:\n    slope = 0.1\n"
    use = NET.replace("SLOPE", "Options.slope")
    first = notebook.run(IMPORTS, options, use, MODEL).sources()
    assert notebook.run(options.replace("0.1", "0.2")).sources() != first
    assert notebook.run(options).sources() == first


def test_a_cell_that_failed_before_a_definition_does_not_count(notebook):
    first = notebook.run(IMPORTS, NET, MODEL).sources()
    with pytest.raises(ZeroDivisionError):
        notebook.run("1 / 0\n" + NET.replace("LeakyReLU", "ELU"))
    assert notebook.sources() == first


def test_a_study_made_of_a_class_that_was_defined_anew_is_refused(notebook):
    notebook.run(IMPORTS, NET, MODEL, "made = Small()\n", MODEL.replace("8", "9"))
    with pytest.raises(StudyError, match="Small was defined anew"):
        notebook.sources("made")


def test_equal_specs_name_what_a_cell_defined_last(notebook):
    def names():
        spec = Variant(name="net", model=Built("__main__:net"))
        (found,) = user_classes(spec)
        return found, sources(spec)

    cell = "def net():\n    return nn.Linear(4, 3)\n"
    notebook.run(IMPORTS, cell)
    first, text = names()
    notebook.run(cell)
    again, same = names()
    notebook.run(cell.replace("3", "5"))
    other, edited = names()
    assert [first, again, other] == list(dict.fromkeys([first, again, other]))
    assert other is notebook.main.net
    assert text == same != edited


def test_a_definition_without_a_known_text_is_refused(notebook):
    exec("def net():\n    return 1\n", vars(notebook.main))
    with pytest.raises(StudyError, match="source text of net is not known"):
        sources(Built(notebook.main.net))


@pytest.mark.parametrize(
    "cell",
    [
        NET,
        NET.replace("def net", "import functools\n\n\n@functools.lru_cache\ndef net"),
        "net = lambda width: nn.Sequential(nn.Linear(4, width), nn.LeakyReLU(SLOPE))\n",
        "def maker(slope):\n    return lambda w: nn.Linear(4, w + len(PARTS))\nPARTS = [Part()]\n"
        "class Other(Part): pass\nnet = maker(SLOPE)\n",
        "class Outer:\n    class Inner:\n        def net(self, w): return nn.Linear(4, w)\n"
        "Inner, join = Outer.Inner, str.join\n"
        "def net(width):\n    join('', [])\n    return Inner().net(width)\n",
        "def net(width):\n    return nn.Sequential(*(f(4, width) for f in TABLE.values()))\n"
        "TABLE = {}\nTABLE['linear'] = nn.Linear\n",
    ],
    ids=["function", "cached", "lambda", "closure", "inner", "table"],
)
def test_a_worker_makes_the_same_of_a_notebook(notebook, cell):
    part = "class Part:\n    def __len__(self):\n        return SLOPE_COUNT\nSLOPE_COUNT = 1\n"
    notebook.run(IMPORTS, part, cell, MODEL)
    here, model = notebook.sources(), notebook.main.Small()
    session = replace(session_of(["Small"]), process="another")
    linecache.cache.clear()
    session.install()
    there = sys.modules["__main__"]
    assert there is not notebook.main
    assert sources(there.Small()) == here
    assert repr(there.Small().build()) == repr(model.build())
    session.install()
    assert sys.modules["__main__"] is there


def test_a_session_is_not_installed_over_the_notebook_itself(notebook):
    notebook.run(IMPORTS, NET, MODEL)
    session_of(["Small"]).install()
    assert sys.modules["__main__"] is notebook.main


def test_annotations_stay_as_the_notebook_compiles_them(notebook):
    notebook.run("from __future__ import annotations\n")
    exec(
        compile(cell := "def f(x: Later): return x\n", "/kernel/later.py", "exec", 1 << 24),
        vars(notebook.main),
    )
    linecache.cache["/kernel/later.py"] = (len(cell), None, [cell], "/kernel/later.py")
    replace(session_of(["f"]), process="another").install()
    assert sys.modules["__main__"].f.__annotations__ == {"x": "Later"}


@pytest.mark.parametrize(
    "made",
    [
        "torch.nn.Sequential(torch.nn.Linear(2, 2))",
        "pandas.DataFrame({'a': [1.0, 2.0]})",
        "types.SimpleNamespace(slope=0.1)",
        "[object, types.SimpleNamespace(slope=0.1)]",
    ],
)
def test_an_object_counts_by_what_it_holds(notebook, made):
    use = "import torch, pandas, types, pathlib\ndef net(width):\n    return used\n"
    change = {
        "torch": "torch.nn.init.ones_(used[0].weight)\n",
        "pandas": "used.loc[0, 'a'] = 5.0\n",
        "types": "used.slope = 0.2\n",
        "[object, types": f"used = {made.replace('0.1', '0.2')}\n",
    }[made.partition(".")[0]]
    first = notebook.run(IMPORTS, use, f"used = {made}\n", MODEL).sources()
    assert notebook.run("unused = 1\n").sources() == first
    assert notebook.run(change).sources() != first
    here, session = notebook.sources(), replace(session_of(["Small"]), process="another")
    linecache.cache.clear()
    session.install()
    assert sources(sys.modules["__main__"].Small()) == here


def test_a_class_inside_a_function_is_left_to_pickle(notebook):
    notebook.run(
        IMPORTS, NET, f"def make():\n{textwrap.indent(MODEL, '    ')}\n    return Small()\n"
    )
    assert notebook.sources("make()") == {}


def test_a_value_that_cannot_travel_is_named(notebook):
    notebook.run(IMPORTS, "stream = (n for n in range(3))\n", NET.replace("SLOPE", "next(stream)"))
    with pytest.raises(StudyError, match="stream, which the trial's code names, cannot be sent"):
        session_of(["net"])
