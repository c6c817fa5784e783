"""The HTML report as text; `test_browser` opens it."""

import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import claimed_results as claimed
import pytest
import sample_results as sample

from accurate import accurate
from bakeoff.analysis.results import Results
from bakeoff.claims.verdicts import verdicts
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
        "train=1000, validation=1000, test=1000, size=14, standardise=True, dataset=MNIST())",
        "Adam(lr=0.0005)",
        "L2Penalty(0.1)",
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

    assert "2 of 15 rounds, 3 of 25 epochs" in Document(short).text
    assert re.search(r"<title>.*\(shortened run\)</title>", short)
    assert "Shortened" not in Document(whole).text
    assert all(s["height"] for s in specs(short).values())


def test_missing_and_diverged_trials_are_visible(page: sample.Render) -> None:
    text = page(sample.with_holes())

    document = Document(text)

    assert "Baseline (1 of 15) and CNN (2 of 15)" in document.text
    assert "CNN in round 7, after 4 epochs" in document.text
    assert "13 of 15, 1 diverged" in document.text
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", text)
    assert cells.count("not run") == 3
    assert cells.count("diverged") == 1


def test_a_study_that_has_not_run_has_a_page(page: sample.Render) -> None:
    text = Document(page(sample.empty())).text

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
    results = sample.whole()
    text = page(results)
    made = report(results)
    blocks = [b for section in made.sections for b in walk(section.blocks)]
    plain = [block for block in blocks if isinstance(block, TableBlock)]

    tables = re.findall(r"<table.*?</table>", text[: text.index('id="specs"')], re.S)
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
    measured = [column.name for column in main.columns].index("Measured (sd)")
    assert [float(row[measured]) for row in rows] == pytest.approx(
        [0.2434, 0.1873, 0.1302], abs=1e-4
    )


def test_the_best_stands_out_and_colours_stand_by_names(page: sample.Render) -> None:
    (table,) = re.findall(r'<table[^>]*id="table-results".*?</table>', page(sample.whole()), re.S)

    assert re.findall(r"<b>([^<]*)</b>", table) == ["13.02 (0.82)"]
    assert re.findall(r"var\(--series-(\d)\)", table) == ["0", "1", "2"]


def test_figures_take_their_colours_from_the_page(page: sample.Render) -> None:
    for spec in specs(page(sample.whole())).values():
        assert spec["config"]["range"]["category"][0] == "var(--series-0)"
        assert spec["width"] == "container"
        assert "$schema" not in spec


def headings(text: str) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", text)


def test_verdicts_come_first_then_results_and_audit(page: sample.Render) -> None:
    assert headings(page(claimed.whole()))[:3] == ["Verdicts", "Results", "Audit"]
    assert headings(page(sample.whole()))[:2] == ["Results", "Audit"]


def test_every_claim_has_its_row_its_badge_and_what_is_behind_it(page: sample.Render) -> None:
    results = claimed.whole()
    text = page(results)
    document = Document(text)

    anchors = re.findall(r'<tr role="row" id="(claim-\d+)">', text)
    assert anchors == [f"claim-{n}" for n in range(1, 6)]
    for verdict in verdicts(results):
        assert verdict.claim.quote in document.text
        assert verdict.claim.note in document.text
    (made,) = (s for s in report(results).sections if s.anchor == "verdicts")
    for block in walk(made.blocks):
        for row in block.rows if isinstance(block, TableBlock) else ():
            for cell in row.cells:
                assert " ".join(cells.text(cell).split()) in document.text
    assert re.findall(r"<summary>Behind (\w+)</summary>", text) == ["S1", "S2", "S3", "S5"]


def test_a_verdict_is_told_by_a_word_and_a_sign_and_not_by_colour_alone(
    page: sample.Render,
) -> None:
    found = re.findall(
        r'<span class="badge (\w+)"><span class="sign"[^>]*>(.)</span> <span class="word">(\w+)<',
        page(claimed.whole()),
    )

    assert [each for each in found if each[0] not in {"grave", "caution", "note"}] == [
        ("supported", "✓", "supported"),
        ("contradicted", "✗", "contradicted"),
        ("undecided", "?", "undecided"),
        ("supported", "✓", "supported"),
        ("supported", "✓", "supported"),
    ]


def test_statistics_are_explained_where_they_are_used(page: sample.Render) -> None:
    def terms(results: Results) -> set[str]:
        part = page(results).rpartition('id="method"')[2]
        return set(re.findall(r"<dt>(.*?)</dt>", part))

    plain, judged = terms(sample.whole()), terms(claimed.whole())

    assert {"Verdict", "p, signed-rank test", "Order", "Effect size"} <= judged
    assert not {"Verdict", "p, signed-rank test", "Order"} & plain
    assert "p, always-valid test" in terms(claimed.until_decided()) - judged


def test_a_study_that_has_not_run_leaves_its_claims_open(page: sample.Render) -> None:
    text = page(claimed.empty())

    assert headings(text)[:2] == ["Verdicts", "Results"]
    assert Document(text).text.count("undecided") >= 4


def test_hard_examples_are_images_inside_the_page(page: sample.Render) -> None:
    document = Document(page(claimed.answered()))

    images = [a for t, a in document.tags if t == "img"]
    assert len(images) == 24
    assert all((a["src"] or "").startswith("data:image/png;base64,") for a in images)
    assert all((a["alt"] or "").startswith("Image of a ") for a in images)
    assert "The hardest pairs" in document.text


def test_examples_of_an_archive_that_is_not_at_hand_are_left_out(page: sample.Render) -> None:
    results = replace(claimed.answered(), data="0" * 64)

    found = headings(page(results))

    assert "The hardest pairs" not in found
    assert "Confused classes" not in found
    assert "Verdicts" in found


@pytest.mark.parametrize("measure", ["error", "accuracy"])
def test_the_page_speaks_of_the_measure_of_the_study(page: sample.Render, measure: str) -> None:
    results = sample.whole(sample.STUDY.replace(rounds=2))

    text = Document(page(accurate(results) if measure == "accuracy" else results)).text

    assert f"Test {measure}, final epoch, in percent" in text
    assert ("74.96 (1.40)" in text) == (measure == "accuracy")
