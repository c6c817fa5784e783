"""The HTML report as text; `test_browser` opens it."""

import html
import json
import re
from html.parser import HTMLParser

import pytest
import sample_results as sample

from bakeoff.training.recipe import Recipe

HOSTILE = "</script><b onmouseover=alert(1)>"


class Document(HTMLParser):
    """What a page is made of, without its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in {"script", "style"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def specs(text: str) -> dict[str, dict]:  # type: ignore[type-arg]
    found = re.search(r'<script type="application/json" id="specs">(.*?)</script>', text, re.S)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


def test_the_page_holds_every_variant_and_every_published_figure(page: sample.Render) -> None:
    text = Document(page(sample.whole())).text

    for variant in sample.STUDY.variants:
        assert variant.name in text
        for published in variant.published:
            assert published.sd is not None
            assert f"{100 * published.mean:.2f} ({100 * published.sd:.2f})" in text
    for part in (sample.STUDY.title, sample.STUDY.source, *sample.STUDY.assumptions):
        assert part in text


def test_the_page_says_how_it_was_run(page: sample.Render) -> None:
    text = Document(page(sample.whole())).text

    for part in (
        "Example Processor 9000",
        "2.13.0+cpu",
        "2026-03-14 15:09 UTC",
        "/home/someone/bakeoff.db",
        "DigitPairs(train=1000, validation=1000, test=1000, size=14)",
        "Adam(lr=0.0005)",
        "L2Penalty(0.1)",
        "All 45 trials have run",
        "Its two digit losses count as one term.",
    ):
        assert part in text


def test_the_page_loads_nothing(page: sample.Render) -> None:
    text = page(sample.whole())

    document = Document(text)

    assert not [t for t, a in document.tags if "src" in a or t in {"link", "img", "iframe"}]
    links = [a["href"] for t, a in document.tags if t == "a"]
    assert links
    assert all(link is not None and link.startswith("#") for link in links)
    policy = next(a["content"] for t, a in document.tags if "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    style = re.search(r"<style>(.*?)</style>", text, re.S)
    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]


def test_links_lead_to_sections_of_the_page(page: sample.Render) -> None:
    document = Document(page(sample.whole()))

    ids = [a["id"] for _, a in document.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["href"] for t, a in document.tags if t == "a"} <= {f"#{name}" for name in ids}


def test_a_page_of_a_large_study_stays_under_three_megabytes(page: sample.Render) -> None:
    variants = tuple(
        sample.STUDY.variants[2].replace(
            name=f"Siamese network of branches, number {i}", recipe=Recipe(epochs=50)
        )
        for i in range(16)
    )

    text = page(sample.whole(sample.STUDY.replace(variants=variants)))

    assert len(text.encode()) < 3_000_000


def test_a_shortened_run_has_a_banner_and_says_so_in_the_title(page: sample.Render) -> None:
    short, whole = page(sample.shortened()), page(sample.whole())

    assert "Shortened run. Only 2 of 15 rounds, 3 of 25 epochs." in Document(short).text
    assert re.search(r"<title>.*\(shortened run\)</title>", short)
    assert "Shortened" not in Document(whole).text
    assert all(s["height"] for s in specs(short).values())


def test_missing_and_diverged_trials_are_visible(page: sample.Render) -> None:
    text = page(sample.with_holes())

    document = Document(text)

    assert "3 trials of 45 not run yet: Baseline (1 of 15) and CNN (2 of 15)" in document.text
    assert "CNN in round 7, after 4 epochs" in document.text
    assert "13 of 15, 1 diverged" in document.text
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", text)
    assert cells.count("not run") == 3
    assert cells.count("diverged") == 1


def test_a_study_that_has_not_run_has_a_page(page: sample.Render) -> None:
    text = Document(page(sample.empty())).text

    assert "None of the 45 trials has run." in text
    assert "25.04 (1.40)" in text
    assert "Learning curves" not in text


def test_hostile_names_are_text_everywhere(page: sample.Render) -> None:
    names = {"CNN": HOSTILE, "Baseline": "<!--<script>{{ 7*7 }}&amp;"}

    text = page(sample.renamed(sample.with_holes(), names))

    document = Document(text)
    assert HOSTILE not in text
    assert "<!--" not in text
    assert not [a for _, a in document.tags if "onmouseover" in a]
    assert html.escape(HOSTILE, quote=False) in text
    assert HOSTILE in json.dumps(specs(text), ensure_ascii=False)
    assert "<!--<script>{{ 7*7 }}&amp;" in document.text


def test_every_figure_has_a_description_and_its_numbers_in_a_table(page: sample.Render) -> None:
    text = page(sample.with_holes())

    document = Document(text)

    charts = {a["id"]: a for _, a in document.tags if a.get("class") == "chart"}
    assert set(charts) == {f"chart-{name}" for name in specs(text)}
    assert all(a["role"] == "img" and a["aria-label"] for a in charts.values())
    figures = re.findall(r"<figure.*?</figure>", text, re.S)
    assert len(figures) == len(charts)
    assert all(re.search(r"<details>.*<table.*<caption>.*</details>", f, re.S) for f in figures)


def test_tables_have_captions_and_headings_with_scopes(page: sample.Render) -> None:
    text = page(sample.whole())

    tables = re.findall(r"<table.*?</table>", text[: text.index('id="specs"')], re.S)
    assert len(tables) == 3 + len(specs(text))
    for table in tables:
        assert "<caption>" in table
        assert all("scope=" in heading for heading in re.findall(r"<th\b[^>]*>", table))


def test_figures_take_their_colours_from_the_page(page: sample.Render) -> None:
    for spec in specs(page(sample.whole())).values():
        assert spec["config"]["range"]["category"][0] == "var(--series-0)"
        assert spec["width"] == "container"
        assert "$schema" not in spec


@pytest.mark.parametrize("measure", ["error", "accuracy"])
def test_the_page_speaks_of_the_measure_of_the_study(page: sample.Render, measure: str) -> None:
    study = sample.STUDY.replace(measure=measure, rounds=2)

    text = Document(page(sample.whole(study))).text

    assert f"Test {measure}, final epoch, in percent" in text
    assert ("74.96 (1.40)" in text) == (measure == "accuracy")
