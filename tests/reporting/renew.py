"""The golden pages: whole texts for a person to review.

``python tests/reporting/renew.py`` writes them anew into ``golden/``; read what git shows of it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from textwrap import TextWrapper
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "charts"), str(HERE.parent)]

import claimed_results as claimed  # noqa: E402
import numpy as np  # noqa: E402
import sample_results as sample  # noqa: E402
from drawn import many  # noqa: E402
from made_claims import numbers, situations  # noqa: E402
from made_findings import FINDINGS, FIRST, TWICE  # noqa: E402
from made_pairs import PAIRS  # noqa: E402

from accurate import accurate  # noqa: E402
from bakeoff.analysis.audit.audit import AuditFinding  # noqa: E402
from bakeoff.analysis.results import FailedTrial, Results  # noqa: E402
from bakeoff.analysis.search_results import SearchResults, Tried  # noqa: E402
from bakeoff.claims.differences import Better  # noqa: E402
from bakeoff.claims.head_to_head import HeadToHead, head_to_head  # noqa: E402
from bakeoff.claims.levels import Reaches  # noqa: E402
from bakeoff.data.metrics import MAE, R2  # noqa: E402
from bakeoff.data.tasks import KFold  # noqa: E402
from bakeoff.reporting.page import Page  # noqa: E402
from bakeoff.reporting.reports import comparison_report, overview_report, report  # noqa: E402
from bakeoff.reporting.section import Paragraph, Report, figures  # noqa: E402
from bakeoff.reporting.sections import hardest  # noqa: E402
from bakeoff.reporting.sections.overview import Entry  # noqa: E402
from bakeoff.reporting.text.audit_notices import notice  # noqa: E402
from bakeoff.reporting.text.numbers import counted  # noqa: E402
from bakeoff.reporting.text.verdict_sentences import short  # noqa: E402
from bakeoff.reporting.write import as_text, render  # noqa: E402
from bakeoff.reporting.writers.html import as_html  # noqa: E402
from bakeoff.study.published import Quantity  # noqa: E402
from bakeoff.study.search import Search, grid  # noqa: E402
from bakeoff.study.study import Overrides, Study  # noqa: E402
from bakeoff.study.variant import Variant  # noqa: E402
from bakeoff.training.optimizers import Adam  # noqa: E402
from made_duel import duel, truth, wrong  # noqa: E402

GOLDEN = HERE / "golden"
WIDTH = 80


def search() -> Results:
    """Return results with a search of four candidates, one of which diverged."""

    def made(*, width: int, batch: int) -> Variant:
        variant = sample.STUDY.variants[0]
        recipe = variant.recipe.replace(batch=batch)
        model = sample.PLAIN.replace(
            layers=(
                sample.PLAIN.layers[0],
                sample.PLAIN.layers[1].replace(features=width),
                *sample.PLAIN.layers[2:],
            )
        )
        return variant.replace(
            name=f"{width}, {batch}",
            model=model,
            recipe=recipe,
            optimizer=Adam(lr=1e-3),
            published=(),
        )

    found = Search(
        name="Width and batch",
        task=sample.STUDY.task,
        candidates=grid(made, {"width": (20, 40), "batch": (50, 100)}),
        rounds=3,
        choose=(Quantity(split="validation"), Quantity(selection="best_on_test")),
        published=(("width", 40), ("batch", 100)),
    )
    results = sample.whole()
    trial = results.histories["CNN"][0]
    assert trial is not None
    tried = []
    for place, one in enumerate(found.tried):
        curves = {
            s: {"error": (0.2 - place / 50, 0.19 - place / 40)} for s in ("validation", "test")
        }
        status = "diverged" if place == 1 else "finished"
        history = replace(trial, curves=curves, status=status)
        tried.append(Tried(one, (history,) * 3))
    return replace(results, searches=(SearchResults(found, tuple(tried)),))


def regression() -> Results:
    """Return results of a number to predict, with two claims and a trial that diverged."""
    rng = np.random.default_rng(5)
    ends = {"linear": 41.0, "trees": 37.5, "network": 37.0}
    values: dict[str, list[float | None]] = {
        name: [round(float(end + rng.normal(0, 1)), 3) for _ in range(8)]
        for name, end in ends.items()
    }
    values["network"][5] = None
    tests = (Better("trees", than="linear"), Reaches("network", value=36.0))
    return numbers((MAE(), R2()), values, *tests)


def folds() -> Results:
    """Return results of six draws dealt in five folds each."""
    study = claimed.STUDY
    task = KFold(study.task.replace(validation=0), 5)
    variants = tuple(v.replace(published=()) for v in study.variants)
    return sample.whole(study.replace(task=task, variants=variants, rounds=30))


def pair() -> HeadToHead:
    """Return two variants of which each is right where the other is not."""
    sure = [0.8, 0.3] * 5
    ours = [wrong(0, probability=sure), *[wrong(2, probability=sure)] * 5]
    theirs = [wrong(0, 1, 5, probability=sure), *[wrong(3, 4, probability=sure)] * 5]
    return head_to_head(duel(ours, theirs), "one", "other", truth)


def shortened() -> Results:
    """Return a shortened run with claims and figures; a trial is missing, and one diverged.

    Its models were timed.
    """
    by = Overrides(rounds=6, epochs=2)
    declared = claimed.STUDY.replace(figures=sample.FIGURES)
    results = sample.whole(declared.overridden(by), declared)
    histories = {name: list(places) for name, places in results.histories.items()}
    broken = histories[claimed.CNN][2]
    assert broken is not None
    histories[claimed.CNN][2] = replace(broken, status="diverged")
    histories[claimed.BASELINE][5] = None
    made = {name: tuple(places) for name, places in histories.items()}
    return replace(results, overrides=by, histories=made, use=sample.USE)


def started() -> Results:
    """Return results with a search of which one trial has run; two of its candidates are one."""

    def made(*, width: float) -> Variant:
        variant = sample.STUDY.variants[0]
        rate = Adam(lr=int(width) / 1000)
        return variant.replace(name=f"width {width}", optimizer=rate, published=())

    half = Search(
        name="Width",
        task=sample.STUDY.task,
        candidates=grid(made, {"width": (1, 1.5, 2)}),
        rounds=3,
        choose=(Quantity(split="validation"),),
        published=(("width", 2),),
    )
    results = sample.whole()
    first, second = half.tried
    trial = results.histories["CNN"][0]
    tried = (Tried(first, (trial, None, None)), Tried(second, (None, None, None)))
    return replace(results, searches=(SearchResults(half, tried),))


def single() -> Results:
    """Return results of a study of one trial."""
    return sample.whole(sample.STUDY.overridden(Overrides(rounds=1, only=("CNN",))))


def failed() -> Results:
    """Return results of a study of one trial, which raised an error."""
    failure = FailedTrial("CNN", 0, "no luck (div.py, line 16, in forward)")
    return replace(single(), histories={"CNN": (None,)}, failures=(failure,))


def in_html(found: Report) -> str:
    """Return a page without its styles, its scripts and what they draw."""
    text = re.sub(r"<(script|style)\b.*?</\1>", "", as_html(found), flags=re.DOTALL)
    return re.sub(r"\n\s*\n", "\n", text)


def overview() -> Report:
    """Return the page over studies: with claims, without, with holes, shortened and not run."""
    of = {name: sample.STUDY.replace(name=name) for name in ("plain", "holes", "short", "aside")}
    holes = replace(sample.with_holes(), study=of["holes"], declared=of["holes"])
    short = replace(
        sample.shortened(),
        study=sample.shortened().study.replace(name="short"),
        declared=of["short"],
    )
    entries: list[tuple[Study, Results | None]] = [(claimed.STUDY, claimed.whole())]
    entries += [(of["plain"], sample.whole(of["plain"])), (of["holes"], holes)]
    entries += [(of["short"], short), (of["aside"], None)]
    return overview_report([Entry.of(*entry) for entry in entries])


def in_terminal(found: Results | HeadToHead) -> str:
    return as_text(found, width=WIDTH) + "\n"


def rounded(text: str) -> str:
    """Return an export without the last digits, which hang on the machine."""
    return re.sub(r"\d+\.\d{10,}(e-\d+)?", lambda found: f"{float(found[0]):.9g}", text)


def told(parts: dict[str, list[str]]) -> str:
    """Return sentences under titles."""

    wrapper = TextWrapper(WIDTH, "  ", "  ", break_on_hyphens=False)
    texts = (
        "\n".join([title, *map(wrapper.fill, filter(None, lines))])
        for title, lines in parts.items()
    )
    return "\n\n".join(texts) + "\n"


def sentences() -> str:
    """Return what a table says of a claim."""
    return told({title: [one.outcome, *short(one)] for title, one in situations().items()})


def findings() -> str:
    """Return what is said of each kind of finding, of one case and of several."""
    said = [(*finding, sample.STUDY) for finding in (*FINDINGS, *TWICE)]
    of_accuracy = accurate(sample.whole()).study
    said += [(kind, FIRST[kind], of_accuracy) for kind in ("unconverged", "odd_habit")]
    parts = {}
    for place, (kind, cases, study) in enumerate(said, start=1):
        found = notice(AuditFinding(kind, "caution", cases), study)
        details = [f"- {detail}" for detail in found.details]
        parts[f"{place}. {found.title} ({kind})"] = [found.text, *details]
    return told(parts)


def readings() -> str:
    """Return what is said beside the charts of several reports, once each."""
    declared = sample.STUDY.replace(figures=sample.FIGURES)
    one = Overrides(rounds=1, epochs=1)
    reports = {
        "claims": report(claimed.whole()),
        "holes": report(sample.with_holes()),
        "a round": report(sample.whole(declared.overridden(one), declared)),
        "many": report(many(50, rounds=2)),
        "answers": report(claimed.answered()),
        "pair": comparison_report(pair()),
    }
    parts: dict[str, list[str]] = {}
    for title, made in reports.items():
        for figure in figures(made):
            said = [figure.caption, figure.reading]
            if said not in parts.values():
                parts[f"{title}: {figure.title}"] = said
    for rounds in (1, 2):
        section = hardest.section(Page(claimed.answered(rounds)))
        assert section is not None
        said = [block.text for block in section.blocks if isinstance(block, Paragraph)]
        parts[f"{section.title}, {counted(rounds, 'round')}"] = said
    return told(parts)


def pairs() -> str:
    """Return what a terminal shows of two variants in many situations."""
    return "\n".join(f"[{title}]\n{in_terminal(found)}" for title, found in PAIRS.items())


RESULTS: dict[str, Callable[[], Results | HeadToHead]] = {
    "claims": claimed.whole,
    "holes": sample.with_holes,
    "empty": claimed.empty,
    "shortened": shortened,
    "added": claimed.until_decided,
    "accuracy": lambda: accurate(claimed.whole()),
    "single": single,
    "failed": failed,
    "search": search,
    "started": started,
    "regression": regression,
    "folds": folds,
    "pair": pair,
}
WRITERS: dict[str, Callable[[Any], str]] = {
    "txt": in_terminal,
    "md": lambda found: render(found, "md"),
    "tex": lambda found: render(found, "tex"),
    "html": lambda found: in_html(report(found)),
    "json": lambda found: rounded(render(found, "json")),
    "csv": lambda found: render(found, "csv"),
    "csv-summary": lambda found: rounded(render(found, "csv-summary")),
}
WRITTEN = {
    "txt": tuple(RESULTS),
    "md": ("claims", "empty", "added", "search", "started", "pair"),
    "tex": ("claims", "shortened", "pair"),
    "html": ("shortened",),
    "json": ("shortened",),
    "csv": ("shortened",),
    "csv-summary": ("shortened",),
}
"""Every page as a terminal shows it, and what else is written of some."""

WORDS = {
    "sentences.txt": sentences,
    "findings.txt": findings,
    "pairs.txt": pairs,
    "readings.txt": readings,
    "overview.html": lambda: in_html(overview()),
}
NAMES = (*WORDS, *(f"{name}.{suffix}" for suffix, names in WRITTEN.items() for name in names))


def text(name: str) -> str:
    """Return what a golden page holds now."""
    if name in WORDS:
        return WORDS[name]()
    of, _, suffix = name.partition(".")
    return WRITERS[suffix](RESULTS[of]())


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name in NAMES:
        (GOLDEN / name).write_text(text(name), encoding="utf-8")
    for path in GOLDEN.iterdir():
        if path.name not in NAMES:
            path.unlink()
