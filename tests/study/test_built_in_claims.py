"""The claims of the built-in studies, as far as they can be checked without the reports."""

import re

import pytest

from bakeoff.studies import BUILT_IN
from bakeoff.study import claims as declared

STATEMENTS = {"Z": 13, "D": 6, "W": 4, "C": 14, "B": 8, "F": 11, "K": 8}
"""How many sentences of each report are judged or described, wishes of all, and steps of the
champion; one of several statements is several claims."""

DESCRIBED = {"C12", "C14"}
"""Sentences about networks that run once: their figures are described, and no claim judges them."""

CLAIMS = [(study, claim) for study in BUILT_IN for claim in study.claims]
every_claim = pytest.mark.parametrize(
    ("study", "claim"), CLAIMS, ids=[claim.id for _, claim in CLAIMS]
)


def asks_for_a_size(claim):
    """Return whether a test holds figures against more than none: a margin, a value, a share."""
    fields = ("by", "margin", "value", "share", "about", "low", "high")
    return any(getattr(test, name, None) for test in claim.tests() for name in fields)


def test_ids_are_unique_in_all_studies():
    ids = [claim.id for _, claim in CLAIMS]

    assert len(set(ids)) == len(ids)


def test_the_studies_hold_all_sentences_and_wishes_in_their_order():
    numbers = list(dict.fromkeys(re.match(r"[A-Z]\d+", claim.id)[0] for _, claim in CLAIMS))

    sentences = [f"{letter}{n}" for letter, most in STATEMENTS.items() for n in range(1, most + 1)]
    assert numbers == [sentence for sentence in sentences if sentence not in DESCRIBED]


def test_parts_of_a_sentence_have_letters_from_a_on():
    parts = {}
    for _, claim in CLAIMS:
        number, letter = re.fullmatch(r"([A-Z]\d+)([a-z]?)", claim.id).groups()
        parts.setdefault(number, []).append(letter)
    for number, letters in parts.items():
        assert letters == ([""] if len(letters) == 1 else list("abcdef"[: len(letters)])), number


@every_claim
def test_every_claim_can_be_tested_in_its_study(study, claim):
    assert declared.testable_claims([claim], study.variants, study.searches, study.task) == (claim,)


@every_claim
def test_every_claim_with_a_margin_has_a_note_that_says_how_it_was_chosen(study, claim):
    if asks_for_a_size(claim):
        assert len(claim.note) > 20


@every_claim
def test_a_quote_is_a_sentence_whose_brackets_close(study, claim):
    outside = re.sub(r"\[[^\[\]]*\]", "", claim.quote)

    assert not set(outside) & set("[]")
    assert claim.quote == " ".join(claim.quote.split())
    assert claim.quote.endswith((".", ".]"))
