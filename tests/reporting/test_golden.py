"""Whole texts are as they were reviewed; `python tests/reporting/renew.py` renews them."""

import pytest
from renew import GOLDEN, NAMES, text


@pytest.mark.parametrize("name", NAMES)
def test_a_page_reads_as_it_was_reviewed(name: str) -> None:
    assert text(name) == (GOLDEN / name).read_text(encoding="utf-8")


def test_every_golden_page_is_held_against_something() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(NAMES)
