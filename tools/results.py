"""Write RESULTS.md and its picture from the files in results/.

Run `make results`, or `python tools/results.py` after a change to the files.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import NormalDist
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
PICTURE = Path("docs/images/results.svg")
REPORTS = ("zhou", "dinh-herve", "dong", "chen", "benquet")
ORDER = (*REPORTS, "dong-code", "wishes", "wishes-digits", "champion")
FAR = 0.01
"""What a mean may differ by beyond two published standard deviations before it needs a word."""

OUTCOMES = ("supported", "contradicted", "undecided", "not judged")
"""Of verdicts, and of claims for which there are too few trials to judge them."""

REPORT_HEADS = ("Right", "Wrong", "Not known", "Not judged yet")
OTHER_HEADS = ("Holds", "Does not hold", "Not known", "Not judged yet")
INK = dict(zip(OUTCOMES, ("#ffffff", "#ffffff", "#ffffff", "#333333"), strict=True))
COLOURS = dict(zip(OUTCOMES, ("#2a7f62", "#b3452c", "#8a8f98", "#ffffff"), strict=True))

ALPHA, POWER = 0.05, 0.8
MOST = 3
"""The most comparisons of a claim that the first page gives one by one."""

CORES = 2
MOST_ROUNDS = 1000
"""Of a variant; what needs more of them is said to lie on its line."""

WORDS = {
    "final": "final epoch",
    "best_on_test": "best epoch on test",
    "best_on_validation": "best epoch on validation",
}
INTRODUCTION = """\
# What five reports got right, wrong, and could not know

Five student reports compare small networks on MNIST digits. Each trained its networks 1 to 20 \
times and drew conclusions in words. `bakeoff` trained the networks again, {trials:,} trials, \
each on the same data as its rivals, and judged the reports' claims by [one \
rule](docs/verdicts.md). Of {claims} claims, **{supported} are right, {contradicted} are wrong, \
{undecided} stay open**{unjudged}. Of {figures} figures that they published, {far} are far from \
those measured here. Three reports (zhou, chen, benquet) leave settings out, which were chosen \
to come near their figures: agreement there is partly by construction."""

PICTURED = """\
![A square for each claim, by report: green if it is right, red if wrong, grey if open{unjudged}. \
Beside it, for each published figure, by how many points the measured one is better.]({picture})

*Left: a square for each claim. Right: a mark for each published figure, at the points by which \
the measured figure is better. Full marks are far: by more than two published standard \
deviations plus one point.*

How to read what follows. A *round* is one draw of data and weights, the same data for all \
networks. In chen and wishes-digits every round takes all of MNIST: only the weights and the \
order of the batches are drawn, so their verdicts are about these 70,000 images. A *point* is \
one percentage point. *Ahead in 13 of 15 rounds* means better in 13 of them. The *95% interval* \
holds the typical differences that these rounds do not rule out. It takes each comparison alone, \
with a fixed number of rounds. A verdict is stricter: it counts all claims of a study, and every \
look at the results. So a claim may stay open although its interval leaves out zero. A claim is \
right only if all its comparisons are as claimed, and wrong if one is not. Verdicts read the \
final epoch, also where a report publishes its best epoch on the test set; only claims about the \
course of training read curves. A *rank correlation* says how far a round follows an order: 1 if \
wholly, 0 if not at all, -1 if it is reversed. The rounds that would decide an open claim are a \
rough guess: they would do in about 4 of 5 studies."""

HOW = """\
# All figures

`make results` runs all studies: zhou, dinh-herve, dong and benquet until each claim is decided or \
60 rounds have run, the others for the rounds that they declare. It writes the files in \
[results/](results/), and makes this page from them; nothing in it is typed by hand. \
[results/README.md](results/README.md) describes these files.

Figures are percentages. They are means over rounds, with the standard deviation of single \
rounds in brackets, and with the 95% t-interval of the mean if there are six rounds or more. A \
star marks a mean that differs from the published one by more than two published standard \
deviations plus one point. A deviation that is not published counts as zero, and the star is set \
before rounding. A note below the table then gives the reason, as far as it is known.

*Trial seconds* is the sum of the wall times of single trials, one thread each, including those \
of searches. Other work ran on the machine at times. So *at the quickest* gives the sum if every \
round of a variant took as long as its quickest. On two cores a study takes half of either time.

A dash in a table of verdicts means that a claim is counted, or was not tested."""


def main() -> None:
    """Write the file and its picture."""
    found = reports_of(ROOT / "results")
    (ROOT / "RESULTS.md").write_text(text(found), encoding="utf-8")
    (ROOT / PICTURE).write_text(picture(found), encoding="utf-8")


def reports_of(folder: Path) -> list[dict[str, Any]]:
    """Return what the files of a folder hold, in the document's order."""
    found = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")
    }
    names = [*(n for n in ORDER if n in found), *sorted(set(found) - set(ORDER))]
    return [found[name] for name in names]


def text(found: list[dict[str, Any]]) -> str:
    """Return the document."""
    reports = [report for report in found if report["study"]["name"] in REPORTS]
    outcomes = [outcome_of(one) for report in reports for one in report["verdicts"]]
    figures = [one for report in reports for _, one in comparisons(report)]
    parts = [
        INTRODUCTION.format(
            trials=sum(map(trial_number, reports)),
            claims=len(outcomes),
            figures=len(figures),
            far=sum(map(is_far, figures)),
            unjudged=f", and {number} are not judged yet"
            if (number := outcomes.count("not judged"))
            else "",
            **{outcome: outcomes.count(outcome) for outcome in OUTCOMES},
        ),
        PICTURED.format(
            picture=PICTURE,
            unjudged=", white if it is not judged yet" if "not judged" in outcomes else "",
        ),
    ]
    parts += ["\n".join(in_words(report)) for report in reports]
    parts.append("# What they wished for, and how far one gets")
    parts += ["\n".join(in_words(report)) for report in found if report not in reports]
    parts.append(HOW)
    parts += ["\n".join(overview(found)), "\n".join(verdicts_overview(found))]
    parts += ["\n".join(section(report)) for report in found]
    return "\n\n".join(part for part in parts if part) + "\n"


def outcome_of(verdict: dict[str, Any]) -> str:
    """Return a verdict's outcome; a claim with too few trials to judge it is apart."""
    if verdict["outcome"] == "undecided" and verdict["reason"] in {"few", "unfinished", "unknown"}:
        return "not judged"
    return str(verdict["outcome"])


def in_words(report: dict[str, Any]) -> Iterator[str]:
    """Yield a study's claims by outcome, each with its evidence in short."""
    if not report["verdicts"]:
        return
    study = report["study"]
    name = study["name"]
    yield f"## {name}: {study['title']}\n"
    counts = f"{trial_number(report):,} trials, {plural(len(report['verdicts']), 'claim')}"
    yield f"{study['source'] or name}. {counts}; [all figures](#{name})."
    heads = REPORT_HEADS if name in REPORTS else OTHER_HEADS
    for head, outcome in zip(heads, OUTCOMES, strict=True):
        claims = [one for one in report["verdicts"] if outcome_of(one) == outcome]
        if claims:
            yield f"\n**{head}**\n"
            yield from (f"- {line(report, one)}" for one in claims)


def line(report: dict[str, Any], verdict: dict[str, Any]) -> str:
    """Return a claim, how it is read, and what is measured; of an open one, why it is open."""
    parts = [f"“{plain(verdict['quote'])}” ({verdict['id']})", " ".join(evidence(verdict))]
    if outcome_of(verdict) == "undecided":
        parts.append(f"*{reason(report, verdict)}*")
    if verdict["note"]:
        parts.append(f"<sub>{plain(verdict['note'])}</sub>")
    return "<br>".join(parts)


def evidence(verdict: dict[str, Any]) -> list[str]:
    """Return a sentence for each of the comparisons that tell most, and count the others."""
    leaves = verdict["comparisons"]
    if outcome_of(verdict) == "not judged" or not all("text" in leaf for leaf in leaves):
        return [plain(verdict["sentence"].partition(" --until-decided")[0])]
    against = [leaf for leaf in leaves if leaf["holds"] is False]
    telling = against or [leaf for leaf in leaves if leaf["holds"] is None] or leaves
    lines = [plain(leaf["text"]) + "." for leaf in telling[:MOST]]
    rest = len(leaves) - len(lines)
    same = sum(leaf["holds"] is telling[0]["holds"] for leaf in leaves) - len(lines)
    if rest:
        words = {True: "as claimed", False: "not as claimed", None: "open"}
        kinds = [f"{same} more {words[telling[0]['holds']]}"] if same else []
        others = [leaf["holds"] for leaf in leaves if leaf["holds"] is not telling[0]["holds"]]
        kinds += [
            f"{others.count(held)} {word}" for held, word in words.items() if others.count(held)
        ]
        lines.append(f"(Of {len(leaves)} comparisons: {listed(kinds)}.)")
    return lines


class Price(NamedTuple):
    """What it would take to decide a comparison: rounds in all, and hours for those to come."""

    rounds: float
    hours: float


def reason(report: dict[str, Any], verdict: dict[str, Any]) -> str:
    """Return why a claim is open: what its rounds would have to show, and what that would take."""
    leaves = [
        leaf
        for leaf in verdict["comparisons"]
        if leaf["holds"] is None and leaf["kind"] != "counted"
    ]
    if not leaves:
        return "Still open after all rounds."
    # One comparison that is not as claimed contradicts; to support, all must be.
    against = [price(report, verdict, leaf) for leaf in leaves if not leans(leaf)]
    least = min(against) if against else max(price(report, verdict, leaf) for leaf in leaves)
    ran = plural(max(leaf["n"] for leaf in leaves), "round")
    if least.rounds > MOST_ROUNDS:
        return f"Open after {ran}: it is too near the claim's limit for more rounds to help."
    minutes = max(1, round(60 * least.hours))
    return (
        f"Open after {ran}: about {least.rounds:.0f} rounds in all would decide it if the "
        f"figures stay as measured, {plural(minutes, 'more minute')} on two cores."
    )


def leans(leaf: dict[str, Any]) -> bool:
    """Return whether a measured comparison is so far as claimed."""
    if "happened" in leaf:
        return bool(leaf["happened"] > leaf["share"] * leaf["n"])
    typical, bound = leaf["typical"], leaf["bound"]
    if not isinstance(typical, int | float):
        return False
    if leaf["asserted"] == "within":
        return bool(abs(typical - bound) < leaf["margin"])
    return bool(typical > bound if leaf["asserted"] == "above" else typical < bound)


def price(report: dict[str, Any], verdict: dict[str, Any], leaf: dict[str, Any]) -> Price:
    """Return what it would take to decide a comparison, if what is measured so far is true.

    By the normal approximation: a difference d from the line, with rounds of standard deviation s,
    is seen in 4 of 5 studies by ((z(1 - a / 2m) + z(0.8)) s / d)^2 rounds, for a level a of 0.05
    among m claims. A share has a deviation for either z: on the line, and as measured.
    """
    if "happened" in leaf:
        lines, typical = [leaf["share"]], leaf["happened"] / leaf["n"]
        on_line, measured = (math.sqrt(share * (1 - share)) for share in (*lines, typical))
    else:
        margins = (-leaf["margin"], leaf["margin"]) if leaf["margin"] else (0.0,)
        lines, typical = [leaf["bound"] + margin for margin in margins], leaf["typical"]
        on_line = measured = leaf["sd"]
    if not all(isinstance(value, int | float) for value in (typical, measured)):
        return Price(math.inf, math.inf)
    distance = min(abs(typical - each) for each in lines)
    if not distance:
        return Price(math.inf, math.inf)
    normal = NormalDist()
    family = verdict.get("family") or len(report["verdicts"])
    spread = normal.inv_cdf(1 - ALPHA / 2 / family) * on_line + normal.inv_cdf(POWER) * measured
    rounds = max((spread / distance) ** 2, leaf["n"] + 1)
    seconds = {row["variant"]: row["seconds_per_trial"] or 0 for row in report["table"]}
    each_round = sum(seconds.get(name, 0) for name in set(leaf["variants"]))
    return Price(rounds, (rounds - leaf["n"]) * each_round / CORES / 3600)


def picture(found: list[dict[str, Any]]) -> str:
    """Return the picture of the first page as SVG."""
    reports = [report for report in found if report["study"]["name"] in REPORTS]
    step, left, middle, right, top = 30, 104, 640, 960, 40
    centre, scale = (middle + 30 + right) / 2, 13.0
    height = top + 52 * len(reports) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right + 10} {height}" '
        'font-family="system-ui, sans-serif" font-size="13" role="img">',
        "<title>Claims by outcome, and published figures against measured ones</title>",
        f'<rect width="{right + 10}" height="{height}" fill="#ffffff"/>',
    ]
    occur = {outcome_of(one) for report in reports for one in report["verdicts"]}
    for place, (head, outcome) in enumerate(zip(REPORT_HEADS, OUTCOMES, strict=True)):
        if outcome not in occur:
            continue
        x = left + 130 * place
        parts.append(
            f'<rect x="{x}" y="10" width="14" height="14" fill="{COLOURS[outcome]}" '
            'stroke="#8a8f98"/>'
        )
        parts.append(f'<text x="{x + 20}" y="22" fill="#333">{head.lower()}</text>')
    parts.append(
        f'<text x="{centre}" y="22" text-anchor="middle" fill="#333">points better than '
        "published</text>"
    )
    bottom = height - 34
    for points in (-10, -5, 0, 5, 10):
        at, label = centre + scale * points, f"{points:+d}" if points else "0"
        parts.append(f'<line x1="{at}" y1="{top}" x2="{at}" y2="{bottom}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{at}" y="{bottom + 16}" text-anchor="middle" fill="#555">{label}</text>'
        )
    for row, report in enumerate(reports):
        y = top + 52 * row + 8
        name = report["study"]["name"]
        parts.append(
            f'<text x="{left - 10}" y="{y + 19}" text-anchor="end" fill="#111">{name}</text>'
        )
        for place, one in enumerate(report["verdicts"]):
            x = left + step * place
            parts.append(
                f"<g><title>{escape(one['quote'])}</title>"
                f'<rect x="{x}" y="{y}" width="{step - 3}" height="{step - 2}" rx="3" '
                f'fill="{COLOURS[outcome_of(one)]}" stroke="#8a8f98"/>'
                f'<text x="{x + 13.5}" y="{y + 18}" font-size="10" text-anchor="middle" '
                f'fill="{INK[outcome_of(one)]}">{one["id"]}</text></g>'
            )
        signs = {
            metric["name"]: 1 if metric["direction"] == "higher" else -1
            for metric in report["study"]["metrics"]
        }
        for variant, one in comparisons(report):
            if one["difference"] is None:
                continue
            better = 100 * one["difference"] * signs[one["metric"]]
            at = centre + scale * max(-11.5, min(11.5, better))
            fill = COLOURS["contradicted"] if is_far(one) else "none"
            parts.append(
                f"<g><title>{escape(variant)}: {better:+.1f} points</title>"
                f'<circle cx="{at:.1f}" cy="{y + 14}" r="4.5" fill="{fill}" stroke="#333" '
                'stroke-width="1.2"/></g>'
            )
    return "\n".join([*parts, "</svg>"]) + "\n"


def listed(words: list[str]) -> str:
    """Return ``"a, b and c"``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def trial_number(report: dict[str, Any]) -> int:
    """Return how many trials have run, those of searches included."""
    searched = (sum(s is not None for s in one["seconds"]) for one in all_tried(report))
    return int(report["counts"]["answered"] + sum(searched))


def all_tried(report: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the candidates of all searches."""
    for search in report["searches"]:
        yield from search["tried"]


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
    yield f"| study | claims | {' | '.join(OUTCOMES)} |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    whole = []
    for report in reports:
        name, outcomes = report["study"]["name"], list(map(outcome_of, report["verdicts"]))
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
        yield f"Run as {study['shortened']}.\n"
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
