"""The HTML report as text; `golden/shortened.html` shows one, `test_browser` opens it."""

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import claimed_results as claimed
import pytest
import sample_results as sample

from bakeoff.analysis.results import Results
from bakeoff.reporting.reports import report
from bakeoff.reporting.section import TableBlock, figures, walk
from bakeoff.reporting.text import cells
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


def specs(text: str) -> dict[str, dict]:  # type: ignore[type-arg]
    found = re.search(r'<script type="application/json" id="specs">(.*?)</script>', text, re.S)
    assert found
    return json.loads(found[1])  # type: ignore[no-any-return]


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


def test_hostile_names_are_text_everywhere(page: sample.Render) -> None:
    names = {"CNN": HOSTILE, "Baseline": "<!--<script>{{ 7*7 }}&amp;"}

    text = page(sample.renamed(sample.with_holes(), names))

    document = Document(text)
    assert HOSTILE not in text
    assert "<!--" not in text
    assert not [a for _, a in document.tags if "onmouseover" in a]
    assert html.escape(HOSTILE, quote=False) in text
    assert HOSTILE in json.dumps(specs(text), ensure_ascii=False)
    assert "<!--<script>{{ 7*7 }}&amp;" in "".join(document.texts)


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
    results = sample.whole()
    text = page(results)
    made = report(results)
    blocks = [b for section in made.sections for b in walk(section.blocks)]
    plain = [block for block in blocks if isinstance(block, TableBlock)]

    tables = re.findall(r"<table.*?</table>", text[: text.index('id="config"')], re.S)
    assert len(tables) == len(plain) + len(figures(made))
    for table in tables:
        assert "<caption>" in table
        assert all("scope=" in heading for heading in re.findall(r"<th\b[^>]*>", table))


def test_an_option_of_the_command_is_code_that_does_not_wrap(page: sample.Render) -> None:
    text = page(claimed.whole())

    assert "<code>--until-decided</code> (in Python: run_until_decided)" in text
    assert ":not(pre) > code { font-size: 0.9em; white-space: nowrap; }" in text


def test_a_table_is_sorted_by_its_values(page: sample.Render) -> None:
    results = sample.with_holes()
    text = page(results)
    main = next(b for s in report(results).sections for b in s.blocks if isinstance(b, TableBlock))

    (table,) = re.findall(rf'<table[^>]*id="table-{main.name}".*?</table>', text, re.S)
    assert "sortable" in table.partition(">")[0]
    keys = re.findall(r'data-sort="([^"]*)"', table)
    wide = len(main.columns)
    rows = [keys[n : n + wide] for n in range(0, len(keys), wide)]
    assert len(rows) == len(main.rows)
    for row, shown in zip(main.rows, rows, strict=True):
        for cell, key in zip(row.cells, shown, strict=True):
            wanted = cells.sort_key(cell)
            if isinstance(wanted, float | int):
                assert float(key) == pytest.approx(wanted)
            else:
                assert key == (wanted or "")


def test_figures_take_their_colours_from_the_page(page: sample.Render) -> None:
    text = page(sample.whole())
    found = re.search(r'<script type="application/json" id="config">(.*?)</script>', text, re.S)
    assert found is not None
    assert json.loads(found[1])["range"]["category"][0] == "var(--series-0)"
    for spec in specs(text).values():
        assert spec["width"] == "container"
        assert "$schema" not in spec


def test_statistics_are_explained_where_they_are_used(page: sample.Render) -> None:
    def terms(results: Results) -> set[str]:
        part = page(results).rpartition('id="method"')[2]
        return set(re.findall(r"<dt>(.*?)</dt>", part))

    plain, judged = terms(sample.whole()), terms(claimed.whole())

    assert {"Verdict", "p, signed-rank test", "Order", "Effect size"} <= judged
    assert not {"Verdict", "p, signed-rank test", "Order"} & plain
    assert "p, always-valid test" in terms(claimed.until_decided()) - judged


def test_hard_examples_are_images_inside_the_page_unless_their_archive_is_another(
    page: sample.Render,
) -> None:
    document = Document(page(claimed.answered()))
    other = Document(page(replace(claimed.answered(), data="0" * 64)))

    images = [a for t, a in document.tags if t == "img"]
    assert len(images) == 24
    assert all((a["src"] or "").startswith("data:image/png;base64,") for a in images)
    assert all((a["alt"] or "").startswith("Image of a ") for a in images)
    parts = [a["id"] for t, a in document.tags if t == "section"]
    assert [a["id"] for t, a in other.tags if t == "section"] == [
        part for part in parts if part not in {"hardest", "confused"}
    ]
    assert {"hardest", "confused"} <= set(parts)
