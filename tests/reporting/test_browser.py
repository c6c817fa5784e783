"""The HTML report in a real browser: drawn, quiet, narrow enough, and in both themes."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import claimed_results as claimed
import pytest
import sample_results as sample
from chromium import Page

from bakeoff.analysis.results import Results
from bakeoff.claims.differences import Better
from bakeoff.reporting.reports import report
from bakeoff.reporting.section import figures
from bakeoff.study.claims import Claim

pytestmark = pytest.mark.slow
HOSTILE = {"CNN": "</script><b onmouseover=alert(1)>", "Baseline": "<img src=x onerror=hacked()>"}
BREAKING = {"CNN": "line\nbreak", "Baseline": "\\xi"}
LONG = "L" * 60


def breaking() -> Results:
    """Return results with names that expressions cannot hold, and a claim of a long name."""
    results = sample.renamed(sample.shortened(), BREAKING)
    claim = Claim(id=LONG, quote="So.", test=Better("line\nbreak", than="\\xi"))
    return replace(results, study=results.study.replace(claims=(claim,)))


@pytest.fixture(scope="module")
def files(page: sample.Render, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    results = {
        "whole": sample.whole(),
        "holes": sample.with_holes(),
        "hostile": sample.renamed(sample.with_holes(), HOSTILE),
        "empty": sample.empty(),
        "claims": claimed.answered(),
        "breaking": breaking(),
    }
    paths = {name: folder / f"{name}.html" for name in results}
    for name, found in results.items():
        paths[name].write_text(page(found), encoding="utf-8")
    return paths


def test_every_figure_is_drawn_without_a_complaint_or_a_request(
    tab: Page, files: dict[str, Path]
) -> None:
    tab.open(files["holes"], width=1200)

    marks = tab.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.chart')].map(c => [c.id, "
        "c.querySelectorAll('.mark-line path, .mark-symbol path, .mark-rule line').length]))"
    )
    assert len(marks) == len(figures(report(sample.with_holes())))
    assert all(marks.values()), marks
    assert tab.complaints == []
    assert {r for r in tab.requests if not r.startswith("data:")} == {files["holes"].as_uri()}


def test_names_with_line_breaks_and_backslashes_break_no_figure(
    tab: Page, files: dict[str, Path]
) -> None:
    tab.open(files["breaking"], width=1200)

    drawn = tab.evaluate("document.querySelectorAll('.chart svg').length")
    assert drawn == len(figures(report(breaking())))
    assert tab.complaints == []


def stepwise(tab: Page) -> bool:
    levels = tab.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map(h => Number(h.tagName[1]))"
    )
    return all(after - before <= 1 for before, after in pairwise(levels))


def test_verdicts_are_rows_of_a_table_that_open(tab: Page, files: dict[str, Path]) -> None:
    tab.open(files["claims"], width=1200)

    rows = tab.evaluate(
        "[...document.querySelectorAll('#table-verdicts > tbody > tr:not(.behind)')].map(r => "
        "[...r.children].slice(0, 2).map(c => c.textContent.trim().replace(/\\s+/g, ' ')))"
    )
    assert [id for id, _ in rows] == [claim.id for claim in claimed.CLAIMS]
    assert {verdict for _, verdict in rows} <= {"✓ supported", "✗ contradicted", "? undecided"}
    shown = "document.querySelector('#claim-1 + .behind table').checkVisibility()"
    assert not tab.evaluate(shown)
    tab.evaluate("document.querySelector('#claim-1 + .behind summary').click()")
    assert tab.evaluate(shown)
    assert stepwise(tab)
    assert tab.complaints == []


def test_a_link_of_the_tally_leads_to_its_claim(tab: Page, files: dict[str, Path]) -> None:
    tab.open(files["claims"], width=1200)

    tab.evaluate("[...document.querySelectorAll('.ids a')].find(a => a.text == 'S5').click()")

    assert tab.evaluate("document.querySelector(':target').id") == "claim-5"


def test_the_table_of_verdicts_keeps_its_roles_on_a_phone(
    tab: Page, files: dict[str, Path]
) -> None:
    tab.open(files["claims"], width=400)

    roles = tab.send("Accessibility.getFullAXTree")["nodes"]
    found = Counter(node["role"]["value"] for node in roles if not node["ignored"])
    names = [n["name"]["value"] for n in roles if not n["ignored"] and "name" in n]
    assert found["rowheader"] >= len(claimed.CLAIMS)
    assert {"Verdict", "Claim", "Evidence"} <= set(names)


@pytest.mark.parametrize("name", ["whole", "holes", "hostile", "empty", "claims", "breaking"])
@pytest.mark.parametrize("width", [320, 400, 800])
def test_the_page_never_scrolls_sideways(
    tab: Page, files: dict[str, Path], name: str, width: int
) -> None:
    tab.open(files[name], width=width)
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")

    assert tab.evaluate("document.documentElement.scrollWidth") == width
    widest = tab.evaluate(
        "Math.max(0, ...[...document.querySelectorAll('.chart svg')]"
        ".map(s => s.getBoundingClientRect().right))"
    )
    assert widest <= width


def test_figures_follow_the_width_of_the_window(tab: Page, files: dict[str, Path]) -> None:
    width = "document.querySelector('#chart-rounds svg').getBoundingClientRect().width"
    tab.open(files["whole"], width=1200)
    wide = tab.evaluate(width)

    tab.send(
        "Emulation.setDeviceMetricsOverride",
        width=700,
        height=900,
        deviceScaleFactor=1,
        mobile=False,
    )

    tab.wait_for(f"{width} < 700")
    assert wide > 1000


def test_themes_follow_the_system_and_the_switch_overrules_it(
    tab: Page, files: dict[str, Path]
) -> None:
    def colours() -> list[str]:
        found: list[str] = tab.evaluate(
            "[getComputedStyle(document.body).backgroundColor, "
            "getComputedStyle(document.querySelector('.mark-line path')).stroke, "
            "getComputedStyle(document.querySelector('.role-axis-label text')).fill]"
        )
        return found

    tab.open(files["whole"], width=1200, theme="light")
    light = colours()
    tab.emulate_theme("dark")
    dark = colours()
    tab.evaluate("document.querySelector('.themes input[value=light]').click()")
    chosen = colours()

    assert light[0] == "rgb(255, 255, 255)"
    assert all(one != other for one, other in zip(light, dark, strict=True))
    assert chosen == light
    tab.evaluate("document.querySelector('.themes input[value=auto]').click()")
    assert colours() == dark


def test_pointing_at_a_round_reads_out_every_variant(tab: Page, files: dict[str, Path]) -> None:
    tab.open(files["holes"], width=1200)
    x, y = tab.evaluate(
        "(() => { document.documentElement.style.scrollBehavior = 'auto';"
        "document.getElementById('chart-rounds').scrollIntoView({block: 'center'});"
        "const b = document.querySelectorAll('#chart-rounds .mark-rect path')[6]"
        ".getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()"
    )

    tab.move(x - 2, y)
    tab.move(x, y)

    tab.wait_for("document.querySelector('#vg-tooltip-element.visible') !== null")
    cells = tab.evaluate(
        "[...document.querySelectorAll('#vg-tooltip-element td')].map(c => c.textContent)"
    )
    assert cells[:2] == ["Round", "7"]
    assert cells[2] == "Baseline"
    assert 20 < float(cells[3]) < 30
    assert cells[4:6] == ["CNN", "diverged"]


def test_hostile_names_stay_text(tab: Page, files: dict[str, Path]) -> None:
    tab.open(files["hostile"], width=1200)
    tab.evaluate("document.getElementById('chart-rounds').scrollIntoView({block: 'center'})")

    assert tab.evaluate("document.querySelectorAll('main b[onmouseover], img').length") == 0
    assert tab.complaints == []
    names = tab.evaluate(
        "[...document.querySelectorAll('#table-results tbody th')].map(h => h.textContent.trim())"
    )
    assert names == [HOSTILE["Baseline"], HOSTILE["CNN"], "CNN + auxiliary loss"]


def test_the_keyboard_reaches_the_skip_link_first(tab: Page, files: dict[str, Path]) -> None:
    tab.open(files["whole"], width=1200)

    tab.press("Tab")

    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#main"
