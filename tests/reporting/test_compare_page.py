"""Two variants head to head as a page: what it holds, and how it looks in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from chromium import Page, chromium, find_chromium

from bakeoff.api.report import report
from bakeoff.claims.head_to_head import HeadToHead, head_to_head
from bakeoff.data.truth import Truth
from bakeoff.errors import RunError
from bakeoff.reporting.compare.page import as_page
from bakeoff.reporting.compare.words import headline
from bakeoff.reporting.images import data_uri
from bakeoff.reporting.wording import NOTHING
from made_duel import ANSWERS, DIVERGED, EXAMPLES, duel, grey, of_digits, trial, truth, wrong

EXECUTABLE = find_chromium()
HOSTILE = "</script><b onmouseover=alert(1)>&amp;"


def met(one, other, **changes):
    return head_to_head(duel(one, other, **changes), "one", "other", truth)


def whole() -> HeadToHead:
    """Return two variants of which each is right where the other is not."""
    sure = np.where(ANSWERS == 1, 0.8, 0.3)
    read = [[7, 1]] * EXAMPLES
    ours = [wrong(0, probability=sure, digits=read), *[wrong(2, probability=sure)] * 5]
    return met(ours, [wrong(0, 1, 5, probability=sure), *[wrong(3, 4, probability=sure)] * 5])


def hostile() -> HeadToHead:
    found = whole()
    return replace(
        found,
        study=HOSTILE,
        first=replace(found.first, name=HOSTILE),
        second=replace(found.second, name="A name that is longer than a phone is wide, " * 3),
        label=HOSTILE,
        store=f"/home/{HOSTILE}/bakeoff.db",
    )


def test_the_page_opens_with_the_finding_and_holds_its_figures():
    text = as_page(whole())

    assert headline(whole()) in text
    for words in ("one against other", "Typical lead of A", "95% t-interval", "+10.00"):
        assert words in text
    assert text.count("<circle") == 6


def test_a_round_in_which_one_diverged_is_in_the_table_and_no_dot():
    found = met([wrong(0)] * 7, [*[wrong(1, 2)] * 6, DIVERGED])
    text = as_page(found)

    assert text.count("<circle") == 6
    assert "∞" in text
    assert "worse than any figure" in text


def test_fewer_than_6_rounds_have_no_interval_on_the_page():
    text = as_page(met([wrong(0)] * 5, [wrong(1, 2)] * 5))

    assert "Fewer than 6 rounds: no verdict is given." in text
    intervals = re.findall(r"<th[^>]*>([^<]*interval)</th>\s*<td[^>]*>([^<]*)<", text)
    assert len(intervals) == 3
    assert {cell for _, cell in intervals} == {NOTHING}
    assert "with its 95% interval" not in text


def test_each_disagreement_is_a_card_with_its_images():
    text = as_page(whole())

    cards = len(whole().agreement.disagreements)
    assert text.count('class="truth"') == cards > 12
    assert text.count("<img ") == 2 * cards
    # In the first round place 1 shows the images 2 and 3, all of one grey.
    assert data_uri(np.full((14, 14), 2, np.uint8)) in text
    assert 'alt="Image of a 3"' in text
    assert "read 7, 1" in text
    assert "Only A is right" in text
    assert "Only B is right" in text


def test_single_digits_are_told_with_the_rounds_they_were_tested_in():
    labels = np.arange(EXAMPLES)
    images = np.full((EXAMPLES, 28, 28), 9, np.uint8)
    right = Truth(labels, grey(labels[:, None], labels[:, None], images))

    def answering(*answers):
        given = np.array([*answers, *labels[len(answers) :]], np.uint8)
        return trial(float((given != labels).mean()), answer=given)

    results = of_digits({"a": [answering(0), answering(8)], "b": [answering(4), answering(4)]})
    text = as_page(head_to_head(results, "a", "b", lambda _: right))

    assert "Who is right on the 10 test images" in text
    assert "Round 1; so in 1 of 2 rounds" in text
    assert text.count("<img ") == 1


def test_without_a_shared_round_the_page_says_so_and_has_no_empty_section():
    text = as_page(met([wrong(0), None], [None, wrong(0)]))

    assert "There is no round in which both one and other have a test error." in text
    assert "Not run yet for A, and left out: round 2." in text
    assert "<circle" not in text
    assert 'id="right"' not in text
    assert 'href="#right"' not in text


def test_nothing_is_loaded_and_names_stay_text():
    text = as_page(hostile())

    assert "default-src 'none'" in text
    assert not re.search(r'(?:src|href)="(?!data:|#)', text)
    assert "<b onmouseover" not in text
    assert "&lt;/script&gt;&lt;b onmouseover=alert(1)&gt;&amp;amp;" in text


def test_the_page_is_written_by_report_in_html_alone(tmp_path):
    assert report(whole(), tmp_path / "x.html").read_text(encoding="utf-8") == as_page(whole())
    with pytest.raises(RunError, match=r"not written as md; ask for html"):
        report(whole(), tmp_path / "x.md", "md")
    assert not (tmp_path / "x.md").exists()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    pages = {"whole": whole(), "hostile": hostile(), "nothing": met([None], [None])}
    for name, found in pages.items():
        (folder / f"{name}.html").write_text(as_page(found), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    if EXECUTABLE is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    with chromium(EXECUTABLE) as opened:
        yield opened


def shown(tab: Page, path: Path, *, width: int, theme: str = "light") -> Page:
    """Open a page without charts."""
    tab.complaints.clear()
    tab.requests.clear()
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    tab.send("Emulation.setDeviceMetricsOverride", **size)
    tab.emulate_theme(theme)
    tab.send("Page.navigate", url=path.as_uri())
    tab.wait_for(f"document.readyState === 'complete' && location.href === '{path.as_uri()}'")
    return tab


@pytest.mark.slow
@pytest.mark.parametrize("name", ["whole", "hostile", "nothing"])
@pytest.mark.parametrize("width", [320, 400, 1200])
def test_the_page_never_scrolls_sideways_and_is_quiet(browser, files, name, width):
    tab = shown(browser, files[name], width=width)
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")

    assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert tab.complaints == []
    assert {url for url in tab.requests if not url.startswith("data:")} == {files[name].as_uri()}


@pytest.mark.slow
def test_images_are_loaded_and_the_headings_form_an_outline(browser, files):
    tab = shown(browser, files["whole"], width=1200)

    loaded = tab.evaluate("[...document.images].map(i => i.naturalWidth * i.naturalHeight)")
    assert len(loaded) > 20
    assert set(loaded) == {14 * 14}
    levels = tab.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for target in tab.evaluate("[...document.querySelectorAll('nav a')].map(a => a.hash)"):
        assert tab.evaluate(f"document.querySelector('{target}') !== null")


@pytest.mark.slow
def test_ink_is_dark_on_light_and_light_on_dark(browser, files):
    def looks(theme: str) -> list[str]:
        tab = shown(browser, files["whole"], width=1200, theme=theme)
        told: list[str] = tab.evaluate(
            "[getComputedStyle(document.body).backgroundColor, "
            "getComputedStyle(document.images[0]).filter, "
            "getComputedStyle(document.querySelector('circle')).fill]"
        )
        return told

    light, dark = looks("light"), looks("dark")

    assert light[:2] == ["rgb(255, 255, 255)", "invert(1)"]
    assert dark[1] == "none"
    assert all(one != other for one, other in zip(light, dark, strict=True))
