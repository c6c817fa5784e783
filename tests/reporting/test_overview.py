"""The pages of all studies with an overview of them, written from what a store holds."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import claimed_results as claimed
import pytest
import sample_results as sample
from chromium import Page, chromium, find_chromium

from bakeoff.analysis.results import Results
from bakeoff.api.plan import plan_of
from bakeoff.api.report import report_all
from bakeoff.errors import RunError, StoreError, StudyError
from bakeoff.reporting.reports import overview_report
from bakeoff.reporting.section import Report, TableBlock
from bakeoff.reporting.sections.overview import Entry
from bakeoff.reporting.writers.html import as_html
from bakeoff.running.machine import Environment
from bakeoff.running.records import Answer
from bakeoff.running.store import Store
from bakeoff.study.study import Overrides, Study

EXECUTABLE = find_chromium()
ENVIRONMENT = Environment("0.1", "2.13", "3.11", "Processor X", 2, "Linux 6", "cpu")
CLAIMED, PLAIN = claimed.STUDY, sample.STUDY.replace(name="plain", title="", seed=3)
ASIDE = sample.STUDY.replace(name="aside", seed=7)


def put(store: Path, study: Study, results: Results, *, epochs: int | None = None) -> None:
    """Store histories as the answers to a study's trials."""
    plan = plan_of(study, Overrides(epochs=epochs))
    histories = [history for places in results.histories.values() for history in places]
    keyed = plan.labelled_trials()
    with Store.open(store) as opened:
        opened.record_run(plan.record(), {key: trial for key, (_, trial) in keyed.items()})
        for history, (key, (_, trial)) in zip(histories, keyed.items(), strict=True):
            if history is not None:
                opened.add(key, trial, Answer(history, ENVIRONMENT, trial.described()))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "all.db"
    put(path, CLAIMED, claimed.whole())
    return path


def tables(report: Report) -> dict[str, TableBlock]:
    blocks = [block for section in report.sections for block in section.blocks]
    return {block.name: block for block in blocks if isinstance(block, TableBlock)}


def test_a_page_for_each_study_that_is_stored_and_an_overview(store: Path, tmp_path: Path) -> None:
    paths = report_all([ASIDE, CLAIMED], tmp_path / "new" / "pages", store=store)

    assert [path.name for path in paths] == ["index.html", "sample.html"]
    assert sorted(path.name for path in paths[0].parent.iterdir()) == ["index.html", "sample.html"]
    index, page = (path.read_text(encoding="utf-8") for path in paths)
    assert "The store holds no trial of aside." in index
    linked = set(re.findall(r'href="([^"#]+)#(claim-\d+)"', index))
    assert sorted(linked) == [("sample.html", f"claim-{n}") for n in range(1, 6)]
    assert all(f'id="{anchor}"' in page for _, anchor in linked)


def test_a_study_that_ran_shortened_alone_is_told_as_such(store: Path, tmp_path: Path) -> None:
    put(store, PLAIN, sample.whole(PLAIN.overridden(Overrides(epochs=3))), epochs=3)

    index = report_all([PLAIN], tmp_path / "pages", store=store)[0].read_text(encoding="utf-8")

    assert "3 of 25 epochs" in index


def test_a_store_without_any_of_them_is_refused_and_nothing_is_written(
    store: Path, tmp_path: Path
) -> None:
    with pytest.raises(StoreError, match="no trial of aside, plain"):
        report_all([ASIDE, PLAIN], tmp_path / "pages", store=store)
    assert not (tmp_path / "pages").exists()


def test_studies_whose_pages_would_be_one_file_are_refused(store: Path, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="two studies are called 'sample'"):
        report_all([CLAIMED, CLAIMED], tmp_path / "pages", store=store)
    with pytest.raises(StudyError, match="'index'"):
        report_all([CLAIMED.replace(name="index")], tmp_path / "pages", store=store)


def test_a_folder_that_is_a_file_is_refused(store: Path) -> None:
    with pytest.raises(RunError, match="another folder"):
        report_all([CLAIMED], store, store=store)


def test_without_claims_there_is_nothing_to_count() -> None:
    report = overview_report([Entry.of(PLAIN, sample.whole(PLAIN))])

    assert list(tables(report)) == ["studies"]
    names = [column.name for column in tables(report)["studies"].columns]
    assert not {"Supported", "Undecided"} & set(names)


def test_names_and_titles_are_text() -> None:
    hostile = claimed.STUDY.replace(title="<b onclick=x()>&", source="<script>alert(1)</script>")
    results = replace(claimed.whole(), study=hostile, declared=hostile)

    page = as_html(overview_report([Entry.of(hostile, results)]))

    assert "<b onclick" not in page
    assert "<script>alert" not in page
    assert "&lt;b onclick=x()&gt;&amp;" in page


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    if EXECUTABLE is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    with chromium(EXECUTABLE) as opened:
        yield opened


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_phone_in_both_themes_and_asks_for_nothing(
    browser: Page, tmp_path: Path, theme: str
) -> None:
    path = tmp_path / "index.html"
    long = PLAIN.replace(name="a-study-of-a-rather-long-name", title="Unbreakable" * 6)
    studies = [(CLAIMED, claimed.whole()), (long, sample.whole(long)), (ASIDE, None)]
    entries = [Entry.of(*each) for each in studies]
    path.write_text(as_html(overview_report(entries)), encoding="utf-8")
    browser.requests.clear()

    browser.emulate_theme(theme)
    browser.send(
        "Emulation.setDeviceMetricsOverride",
        width=400,
        height=800,
        deviceScaleFactor=1,
        mobile=True,
    )
    browser.send("Page.navigate", url=path.as_uri())
    browser.wait_for("document.readyState === 'complete' && !!document.querySelector('.tally')")

    browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert browser.evaluate("document.documentElement.scrollWidth") <= 400
    assert browser.complaints == []
    assert browser.requests == [path.as_uri()]
    dark = browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 27)"
    assert dark == (theme == "dark")
