"""Write RESULTS.md from the files in results/: every published figure beside the measured one.

Run `make results`, or `python tools/results.py` after a change to the files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ORDER = ("zhou", "dinh-herve", "dong", "chen", "benquet", "wishes", "wishes-digits", "champion")
FAR = 0.01
"""What a mean may differ by beyond two published standard deviations before it needs a word."""

OUTCOMES = ("supported", "contradicted", "undecided")

WORDS = {
    "final": "final epoch",
    "best_on_test": "best epoch on test",
    "best_on_validation": "best epoch on validation",
}
INTRODUCTION = """\
# Results

This file shows every figure that the five reports published, beside the figure measured here. \
`make results` writes it from the files in [results/](results/). `bakeoff report STUDY --format \
summary` writes these from a run of each study. Nothing in this file is typed by hand.

Figures are percentages. They are means over rounds, with the standard deviation of single rounds \
in brackets, and with the 95% t-interval of the mean if there are six rounds or more. *Trial \
seconds* is the sum of the wall times of single trials, one thread each, including those of \
searches. Other work ran on the machine at times. So *at the quickest* gives the sum if every \
round of a variant took as long as its quickest. On two cores a study takes half of either time. A \
star marks a mean that differs from the published one by more than two published standard \
deviations plus one point. A note below the table then gives the reason, as far as it is known.

Verdicts on the reports' claims follow the rule of [docs/verdicts.md](docs/verdicts.md). \
A dash means that a claim is counted, or was not tested."""

REJUDGED = """\
**The verdicts are newer than the trials.** `tools/rejudge.py` computes them \
by the present rules, without training. The trials ran before the claims were read again, so the \
margins were written after these trials. The files of these runs hold final figures, but no \
curves, and not how near chance a trial ended; variants declared since then have no trials. A \
claim that needs missing data is undecided, and each study lists these claims."""


def main() -> None:
    """Write the file."""
    (ROOT / "RESULTS.md").write_text(text(ROOT / "results"), encoding="utf-8")


def text(folder: Path) -> str:
    """Return the document for the files of a folder."""
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")
    }
    names = [*(n for n in ORDER if n in found), *sorted(set(found) - set(ORDER))]
    reports = [found[name] for name in names]
    parts = [INTRODUCTION]
    if any(report.get("rejudged") for report in reports):
        parts.append(REJUDGED)
    parts += ["\n".join(overview(reports)), "\n".join(verdicts_overview(reports))]
    parts += ["\n".join(section(found[name])) for name in names]
    return "\n\n".join(parts) + "\n"


def overview(reports: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the table of studies."""
    yield (
        "| study | rounds | trials | of searches | trial seconds | at the quickest | published "
        "figures | far |"
    )
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for report in reports:
        study, counts = report["study"], report["counts"]
        figures = list(comparisons(report))
        searched = sum(len(s["tried"]) * s["rounds"] for s in report["searches"])
        far = sum(is_far(one) for _, one in figures)
        yield (
            f"| [{study['name']}](#{study['name']}) | {study['rounds']} | {counts['answered']} of "
            f"{counts['expected']} | {searched or '-'} | {whole_seconds(report):,.0f} | "
            f"{quickest_seconds(report):,.0f} | {len(figures)} | {far} |"
        )
    totals = [sum(map(each, reports)) for each in (whole_seconds, quickest_seconds)]
    hours = " | ".join(f"{total:,.0f} ({total / 2 / 3600:.1f} h on two cores)" for total in totals)
    yield f"| all | | | | {hours} | | |"


def verdicts_overview(reports: list[dict[str, Any]]) -> Iterator[str]:
    """Yield how many claims of each study came out how."""
    yield "| study | claims | supported | contradicted | undecided |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    whole = []
    for report in reports:
        name, outcomes = report["study"]["name"], [one["outcome"] for one in report["verdicts"]]
        yield verdict_counts(f"[{name}](#{name})", outcomes)
        whole += outcomes
    yield verdict_counts("all", whole)


def verdict_counts(name: str, outcomes: list[str]) -> str:
    """Return a line of the table of verdicts."""
    numbers = " | ".join(str(outcomes.count(outcome)) for outcome in OUTCOMES)
    return f"| {name} | {len(outcomes)} | {numbers} |"


def whole_seconds(report: dict[str, Any]) -> float:
    """Return the wall times of all trials, summed."""
    return float(sum(sum(seconds) for seconds in trial_seconds(report)))


def quickest_seconds(report: dict[str, Any]) -> float:
    """Return the same sum, had every round of a variant taken as long as its quickest."""
    return float(sum(len(s) * min(s) for s in trial_seconds(report) if s))


def trial_seconds(report: dict[str, Any]) -> Iterator[list[float]]:
    """Yield the wall times of the rounds of every variant, and of every candidate."""
    for row in report["table"]:
        name = row["variant"]
        yield [t["seconds"] for t in report["trials"] if t["variant"] == name and "seconds" in t]
    for search in report["searches"]:
        for one in search["tried"]:
            yield [seconds for seconds in one["seconds"] if seconds is not None]


def section(report: dict[str, Any]) -> Iterator[str]:
    """Yield one study's part."""
    study = report["study"]
    yield f"## {study['name']}\n"
    yield f"{study['title']}. {study['source']}.\n"
    if study["shortened"]:
        yield f"**A shortened run: {study['shortened']}.**\n"
    yield from verdict_lines(report)
    if any(comparisons(report)):
        yield "| variant | figure | published | measured | 95% interval | difference | rounds |"
        yield "| --- | --- | ---: | ---: | ---: | ---: | ---: |"
        yield from (comparison_row(variant, one) for variant, one in comparisons(report))
    others = [row for row in report["table"] if row["comparisons"][0]["published_mean"] is None]
    if others:
        yield "\nMeasured, and not published as a figure:\n"
        yield "| variant | figure | measured | 95% interval | rounds |"
        yield "| --- | --- | ---: | ---: | ---: |"
        yield from (other_row(row) for row in others)
    for row in report["table"]:
        if row["note"]:
            yield f"\n- **{row['variant']}**: {row['note']}"
    for search in report["searches"]:
        yield from search_lines(search, study["metrics"][0]["name"])
    if report["audit"]:
        yield "\nThe audit of the trials:\n"
        yield from (f"- {one['severity']}: {one['text']}" for one in report["audit"])
    yield "\nRun on " + "; ".join(environment(e) for e in report["environments"]) + "."


def verdict_lines(report: dict[str, Any]) -> Iterator[str]:
    """Yield the table of a study's claims, each with its verdict and the evidence."""
    if not report["verdicts"]:
        return
    yield "| claim | verdict | evidence | p, adjusted |"
    yield "| --- | --- | --- | ---: |"
    for one in report["verdicts"]:
        adjusted = one["adjusted"]
        p = "-" if adjusted is None else "< 0.001" if adjusted < 0.001 else f"{adjusted:.3f}"
        claim = f"**{one['id']}** {plain(one['quote'])}"
        yield f"| {claim} | {one['outcome']} | {plain(one['sentence'])} | {p} |"
    yield ""
    lacking: dict[str, list[str]] = {}
    for one in report["verdicts"]:
        if "lacks" in one:
            lacking.setdefault(one["lacks"], []).append(one["id"])
    if lacking:
        yield "Undecided because the file of this run lacks data:\n"
        yield from (f"- {', '.join(ids)}: {plain(what)}" for what, ids in lacking.items())
        yield ""


def plain(text: str) -> str:
    """Return text that a cell of a Markdown table holds as it is."""
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", " ".join(text.split()))


def comparisons(report: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every figure that was published, with its variant's name."""
    for row in report["table"]:
        for one in row["comparisons"]:
            if one["published_mean"] is not None:
                yield row["variant"], one


def is_far(one: dict[str, Any]) -> bool:
    """Return whether a measured mean needs a word."""
    if one["difference"] is None:
        return False
    return bool(abs(one["difference"]) > 2 * (one["published_sd"] or 0) + FAR)


def comparison_row(variant: str, one: dict[str, Any]) -> str:
    """Return a published figure's line."""
    published = spread(one["published_mean"], one["published_sd"])
    difference = one["difference"]
    if difference is not None:
        points = round(100 * difference, 2) + 0.0
        shown = f"{points:+.2f}{'*' if is_far(one) else ''}"
    else:
        shown = "-"
    cells = (
        variant,
        figure(one, one["metric"]) + where(one),
        published,
        measured(one["measured"]),
        interval(one["measured"]),
        shown,
        str(one["measured"]["n"]),
    )
    return f"| {' | '.join(cells)} |"


def other_row(row: dict[str, Any]) -> str:
    """Return the line of a variant of which nothing was published."""
    one = row["comparisons"][0]
    return (
        f"| {row['variant']} | {figure(one, one['metric'])} | {measured(one['measured'])} | "
        f"{interval(one['measured'])} | {one['measured']['n']} |"
    )


def search_lines(search: dict[str, Any], metric: str) -> Iterator[str]:
    """Yield what a search tried and chose, by the study's metric unless it names another."""
    counts = f"{plural(len(search['tried']), 'candidate')} tried, "
    counts += f"{plural(search['rounds'], 'round')} each"
    if search["outside"]:
        counts += f"; {search['outside']} outside the span of parameters"
    if search["infeasible"]:
        counts += f"; {len(search['infeasible'])} infeasible"
    yield f"\nSearch **{search['name']}** ({counts}):"
    yield ""
    for number, (quantity, chosen) in enumerate(
        zip(search["choose"], search["chosen"], strict=True)
    ):
        one = next((t for t in search["tried"] if t["values"] == chosen), None)
        label = figure(quantity, quantity["metric"] or metric)
        if one is None:
            yield f"- by {label}: not decided"
        else:
            value = measured(one["figures"][number])
            yield f"- chosen by {label}: {values(chosen)} ({value})"
    if search["published"]:
        yield f"- published choice: {values(search['published'])}"


def figure(one: dict[str, Any], metric: str) -> str:
    """Return which figure is meant: ``"test digit error, final epoch"``."""
    words = metric.replace("_", " ").replace("top5", "top-5")
    return f"{one['split']} {words}, {WORDS[one['selection']]}"


def where(one: dict[str, Any]) -> str:
    """Return the place in the report, where a variant has several figures."""
    return f" ({one['where']})" if one["where"] else ""


def values(chosen: dict[str, Any]) -> str:
    """Return a candidate's values."""
    words = {True: "yes", False: "no"}
    return ", ".join(
        f"{name.replace('_', ' ')} {words[value] if isinstance(value, bool) else value}"
        for name, value in chosen.items()
    )


def plural(number: int, noun: str) -> str:
    """Return ``"1 round"`` or ``"5 rounds"``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def measured(summary: dict[str, Any]) -> str:
    """Return mean and standard deviation, or why there are none."""
    if summary["mean"] is None:
        return "diverged" if summary["diverged"] else "not run"
    diverged = f", {summary['diverged']} diverged" if summary["diverged"] else ""
    return spread(summary["mean"], summary["sd"]) + diverged


def spread(mean: float, sd: float | None) -> str:
    """Return ``"13.53 (1.40)"``."""
    shown = f"{100 * mean:.2f}"
    return shown if sd is None else f"{shown} ({100 * sd:.2f})"


def interval(summary: dict[str, Any]) -> str:
    """Return ``"12.9 to 14.1"``."""
    if summary["interval95"] is None:
        return "-"
    low, high = summary["interval95"]
    return f"{100 * low:.2f} to {100 * high:.2f}"


def environment(facts: dict[str, Any]) -> str:
    """Return hardware and versions in a line."""
    return ", ".join(f"{name} {value}" for name, value in facts.items())


if __name__ == "__main__":
    main()
