"""Studies of one name, told apart by their files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.study.apart import stems, told_apart


@pytest.mark.parametrize(
    ("studies", "ends"),
    [
        ([("x", "/a/x.py"), ("y", "/a/y.py")], ["", ""]),
        ([("x", "/a/one.py"), ("x", "/a/two.py")], ["one.py", "two.py"]),
        ([("x", "/anna/s.py"), ("x", "/ben/s.py")], ["anna/s.py", "ben/s.py"]),
        ([("x", "/c/anna/s.py"), ("x", "/c/s.py")], ["anna/s.py", "c/s.py"]),
        ([("dong", ""), ("dong", "/a/dong.py")], ["built-in", "dong.py"]),
        ([("x", None), ("x", "/a/x.py")], ["", ""]),
        ([("x", "/a/x.py"), ("x", "/a/x.py")], ["", ""]),
    ],
)
def test_the_end_of_the_path_tells_them_apart(studies, ends):
    assert told_apart(studies) == ends


PARTS = st.lists(st.sampled_from(["a", "A", "b c", "b-c", "s"]), min_size=1, max_size=3)


@given(st.lists(st.tuples(st.sampled_from(["x", "X", "x-a"]), PARTS), min_size=1, max_size=6))
def test_no_two_pages_are_one_file_on_any_system(studies):
    named = [(name, "/" + "/".join(parts) + ".py") for name, parts in studies]
    ends = told_apart(named)
    chosen = stems(zip((name for name, _ in named), ends, strict=True))
    assert len({stem.casefold() for stem in chosen}) == len(named)
    assert not any("/" in stem or " " in stem for stem in chosen)
    labels = {(name, end) for (name, _), end in zip(named, ends, strict=True)}
    assert len(labels) == len(set(named))
