"""Markdown, JSON and the terminal's table."""

import io
import json
from dataclasses import replace

import pytest
import sample_results as sample
from bakeoff.reporting.terminal import as_terminal
from rich.console import Console

from bakeoff.analysis.results import Results
from bakeoff.reporting.write import render


def printed(results: Results, width: int = 80) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(as_terminal(results))
    return console.export_text()


def markdown_tables(text: str) -> list[list[list[str]]]:
    tables: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            tables[-1].append([cell.strip() for cell in line.strip("|").split(" | ")])
        elif tables[-1]:
            tables.append([])
    return [table for table in tables if table]


def test_markdown_holds_every_published_figure_beside_the_measured() -> None:
    main, epochs, others = markdown_tables(render(sample.whole(), "md"))

    assert main[0][:3] == ["Variant", "Published (sd)", "Measured"]
    assert [row[:2] for row in main[2:]] == [
        ["Baseline", "25.04 (1.40)"],
        ["CNN", "19.76 (1.20)"],
        ["CNN + auxiliary loss", "13.53 (1.40)"],
    ]
    assert [row[3] for row in others[2:]] == ["7.51 (1.20)", "1.58 (0.80)", "7.37 (1.20)"]
    assert epochs[0][1:] == [
        "Final epoch",
        "Best on validation",
        "Best on test",
        "Train, final epoch",
        "Digit error",
    ]
    assert all(len(row) == len(table[0]) for table in (main, epochs, others) for row in table)


def test_markdown_tells_source_assumptions_and_protocol() -> None:
    text = render(sample.whole(), "md")

    assert sample.STUDY.source in text
    assert all(f"- {assumption}" in text for assumption in sample.STUDY.assumptions)
    assert "- Rounds: 15" in text
    assert "Example Processor 9000" in text
    assert "2026-03-14 15:09 UTC" in text


def test_markdown_escapes_what_would_be_markup() -> None:
    text = render(sample.renamed(sample.whole(), {"CNN": "a|b <i>*x*"}), "md")

    assert r"a\|b \<i\>\*x\*" in text
    assert "a|b" not in text


@pytest.mark.parametrize("shown", [lambda r: render(r, "md"), printed], ids=["md", "terminal"])
def test_a_shortened_run_says_so(shown) -> None:
    assert "2 of 15 rounds, 3 of 25 epochs" in shown(sample.shortened())
    assert "Shortened" not in shown(sample.whole())


@pytest.mark.parametrize("shown", [lambda r: render(r, "md"), printed], ids=["md", "terminal"])
def test_missing_and_diverged_trials_are_told(shown) -> None:
    text = " ".join(shown(sample.with_holes()).split())

    assert "3 trials of 45 not run yet: Baseline (1 of 15) and CNN (2 of 15)" in text
    assert "CNN in round 7, after 4 epochs" in text


@pytest.mark.parametrize("format", ["md", "csv-summary", "json"])
def test_a_study_that_has_not_run_still_has_a_report(format) -> None:
    assert "0.25" in render(sample.empty(), format) or "25.04" in render(sample.empty(), format)


def test_the_terminal_shows_all_figures_in_80_columns() -> None:
    text = printed(sample.with_holes())

    assert all(len(line.rstrip()) <= 80 for line in text.splitlines())
    assert "…" not in text
    for cell in ("25.04 (1.40)", "63,202", "12/15", "Baseline"):
        assert cell in text


def test_the_terminal_prints_names_as_they_are() -> None:
    assert "[red]x" in printed(sample.renamed(sample.whole(), {"CNN": "[red]x"}))


def test_json_gives_back_every_curve_and_every_round() -> None:
    results = sample.with_holes()

    report = json.loads(render(results, "json"))

    assert report["schema_version"] == 3
    assert report["counts"] == {"expected": 45, "answered": 42, "missing": 3, "diverged": 1}
    assert report["seconds"] == results.seconds
    assert len(report["trials"]) == 45
    for trial, (variant, number, history) in zip(report["trials"], results.places(), strict=True):
        assert (trial["variant"], trial["round"]) == (variant.name, number + 1)
        if history is None:
            assert trial["status"] == "missing"
            continue
        assert trial["status"] == history.status
        assert trial["curves"] == {
            split: {metric: list(values) for metric, values in metrics.items()}
            for split, metrics in history.curves.items()
        }
        final = history.curves["test"]["error"][-1] if history.status == "finished" else None
        assert trial["test_error_final"] == final


def test_json_says_which_trials_ended_near_chance() -> None:
    results = sample.with_holes()
    name, (first, second, *others) = next(iter(results.histories.items()))
    assert first is not None
    assert second is not None
    error = first.value("test")
    told = (replace(first, chance=error), replace(second, chance=second.value("test") + 0.1))
    results = replace(results, histories={**results.histories, name: (*told, *others)})

    report = json.loads(render(results, "json"))

    trials = [trial for trial in report["trials"] if trial["variant"] == name]
    assert [trial["near_chance"] for trial in trials[:2]] == [True, False]
    for trial in report["trials"]:
        if trial["status"] == "diverged":
            assert trial["near_chance"] is False
        elif (trial["variant"], trial["round"]) not in {(name, 1), (name, 2)}:
            assert trial.get("near_chance") is None  # It was not kept by an earlier version.


def test_json_keeps_the_declaration_the_shortening_and_the_environment() -> None:
    report = json.loads(render(sample.shortened(), "json"))

    assert report["study"]["shortened"] == "2 of 15 rounds, 3 of 25 epochs"
    assert report["study"]["declaration"]["rounds"] == 2
    assert report["environments"][0]["processor"] == "Example Processor 9000 @ 2.70GHz"
    assert report["finished"] == "2026-03-14T15:09:00+00:00"
    comparison = report["table"][0]["comparisons"][0]
    assert comparison["published_mean"] == 0.2504
    assert comparison["measured"]["n"] == 2


def test_json_has_a_trial_on_each_line() -> None:
    lines = render(sample.whole(), "json").splitlines()

    assert sum(line.startswith(' {"variant"') and '"round"' in line for line in lines) == 45
