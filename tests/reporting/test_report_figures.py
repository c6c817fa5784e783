"""The report's own figures: what they show, on the page, in a browser and as files."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sample_results as sample
from chromium import Page, chromium, find_chromium
from test_page import Document, specs

import bakeoff
from bakeoff.analysis.results import Results
from bakeoff.errors import RunError
from bakeoff.reporting.figures.figure import Figure
from bakeoff.reporting.figures.lines import places, running_mean
from bakeoff.reporting.figures.own import OwnFigure, own_figures
from bakeoff.reporting.palette import styles, styles_among
from bakeoff.study.figures import (
    BoxFigure,
    Curve,
    CurvesFigure,
    FactorFigure,
    FigureSpec,
    RoundsFigure,
    StructureFigure,
)
from bakeoff.study.published import Quantity
from bakeoff.study.study import Shortening
from bakeoff.training.recipe import Recipe

NAMES = tuple(variant.name for variant in sample.STUDY.variants)
ON_TRAIN = Quantity(split="train")
LEARNING = (Curve("loss", "train"), Curve("loss", "test"), Curve("error", "test"))

CURVES = CurvesFigure(title="Figure 1: learning", variants=NAMES[1:], curves=LEARNING)
ONE = CurvesFigure(
    title="Figure 2: one network",
    variants=(NAMES[2],),
    curves=(*LEARNING, Curve("digit_error", "test")),
)
BOXES = BoxFigure(title="Figure 3: boxes", variants=NAMES, quantity=ON_TRAIN)
ROUNDS = RoundsFigure(title="Figure 4: rounds", variants=NAMES[1:], quantity=ON_TRAIN)
FACTOR = FactorFigure(
    title="Figure 5: error against width",
    factor="width",
    points=((0.01, NAMES[0]), (1.0, NAMES[1]), (100.0, NAMES[2])),
    log=True,
)
STRUCTURE = StructureFigure(title="Figure 6: networks", variants=(NAMES[0], NAMES[2]))
ALL = (CURVES, ONE, BOXES, ROUNDS, FACTOR, STRUCTURE)


def results(*figures: FigureSpec, base: Results | None = None) -> Results:
    found = base or sample.whole()
    study = found.study.replace(figures=figures)
    return replace(found, study=study, declared=study)


def own(*figures: FigureSpec, base: Results | None = None) -> list[OwnFigure]:
    return own_figures(results(*figures, base=base))


def data(figure: Figure) -> list[dict]:  # type: ignore[type-arg]
    return [row for rows in figure.chart.to_dict()["datasets"].values() for row in rows]


def words(svg: str) -> str:
    return " ".join(ET.fromstring(svg).itertext())


def iterations(curves: dict[str, list[tuple[float, ...]]], epochs: int = 1) -> Results:
    """Return results whose batches had these errors: by variant, for each round."""
    variants = tuple(
        sample.STUDY.variants[0].replace(
            name=name, published=(), recipe=Recipe(epochs=epochs, record="iterations")
        )
        for name in curves
    )
    rounds = max(map(len, curves.values()))
    base = sample.whole(sample.STUDY.replace(variants=variants, rounds=rounds))
    histories = {
        name: tuple(
            replace(history, curves={"test": history.curves["test"], "batch": {"error": errors}})
            for history, errors in zip(base.histories[name], of_rounds, strict=True)
            if history is not None
        )
        for name, of_rounds in curves.items()
    }
    return replace(base, histories=histories)


def test_every_declared_figure_is_made_in_its_order_with_words_and_numbers() -> None:
    found = own(*ALL)

    assert [figure.name for figure in found] == [f"figure-{n}" for n in range(1, 7)]
    assert [figure.title for figure in found] == [figure.title for figure in ALL]
    for figure in found:
        assert figure.description
        assert bool(figure.panels) != bool(figure.drawings)
        for part in (*figure.panels, *figure.drawings):
            assert part.description
            assert part.grid.rows
    names = [part.name for f in found for part in (*f.panels, *f.drawings)]
    assert len(set(names)) == len(names)


def test_figures_without_trials_are_left_out_and_structures_are_not() -> None:
    assert [figure.name for figure in own(*ALL, base=sample.empty())] == ["figure-6"]


def test_curves_have_a_panel_each_with_a_line_for_each_variant() -> None:
    (figure,) = own(CURVES)

    titles = [panel.title for panel in figure.panels]
    assert titles == ["Loss on train", "Loss on test", "Error on test, %"]
    assert list(figure.keys) == list(NAMES[1:])
    for panel in figure.panels:
        assert {r["variant"] for r in data(panel) if "mean" in r} == set(NAMES[1:])


def test_curves_of_one_variant_share_a_panel_for_each_unit() -> None:
    (figure,) = own(ONE)

    assert [panel.title for panel in figure.panels] == ["Loss", "Error, %"]
    loss, error = figure.panels
    assert {r["variant"] for r in data(loss) if "mean" in r} == {"Loss on train", "Loss on test"}
    assert [c.name for c in error.grid.columns[1:]] == ["Error on test", "Digit error on test"]
    labels = ["Loss on train", "Loss on test", "Error on test", "Digit error on test"]
    assert list(figure.keys) == labels
    # In a file the panels share a legend, so they must agree on what each colour means.
    scales = [
        layer["encoding"]["color"]["scale"]
        for panel in figure.panels
        for layer in panel.chart.to_dict()["layer"]
        if "color" in layer["encoding"]
    ]
    assert all(scale == scales[0] for scale in scales)
    assert scales[0]["domain"] == labels


def test_curves_of_a_metric_share_their_scale_over_splits() -> None:
    (figure,) = own(CURVES)

    domains = [
        layer["encoding"]["y"]["scale"]["domain"]
        for panel in figure.panels[:2]
        for layer in panel.chart.to_dict()["layer"]
        if layer["mark"]["type"] == "area"
    ]
    assert domains[0] == domains[1]


def test_boxes_and_rounds_show_the_quantity_of_the_variants_named() -> None:
    base = sample.whole()

    boxes, rounds = own(BOXES, ROUNDS, base=base)

    trained = [100 * h.value("train", "error") for h in base.histories["CNN"] if h]
    assert boxes.panels[0].grid.rows[1][3] == f"{np.median(trained):.2f}"
    assert rounds.panels[0].grid.columns[1].name == "CNN"
    assert [row[1] for row in rounds.panels[0].grid.rows] == [f"{v:.2f}" for v in trained]
    assert boxes.panels[0].grid.caption == "Train error over rounds, final epoch, in percent"
    assert "train error in each round, final epoch" in rounds.panels[0].description


def test_a_variant_with_fewer_rounds_has_dashes_and_no_dots_for_the_others() -> None:
    first, second = sample.STUDY.variants[:2]
    whole = sample.whole(sample.STUDY.replace(variants=(first, second)))
    capped = replace(
        whole,
        study=whole.study.replace(variants=(first, second.replace(rounds=2))),
        histories={**whole.histories, second.name: whole.histories[second.name][:2]},
    )

    (figure,) = own(ROUNDS.replace(variants=NAMES[:2]), base=capped)

    cells = [row[2] for row in figure.panels[0].grid.rows]
    assert len(cells) == 15
    assert set(cells[2:]) == {"\N{EN DASH}"}
    dots = [r for r in data(figure.panels[0]) if r.get("variant") == "CNN" and "value" in r]
    assert {r["round"] for r in dots} == {1, 2}


def test_a_factor_has_means_with_intervals_and_what_was_published() -> None:
    base = sample.whole()

    (figure,) = own(FACTOR, base=base)

    (panel,) = figure.panels
    records = {(r["variant"], r["value"]): r for r in data(panel) if "mean" in r}
    errors = [100 * h.value("test", "error") for h in base.histories["CNN"] if h]
    measured = records["measured", 1.0]
    half = 2.144787 * np.std(errors, ddof=1) / 15**0.5  # Student's t at 14 degrees of freedom.
    assert measured["mean"] == pytest.approx(np.mean(errors))
    assert measured["low"] == pytest.approx(np.mean(errors) - half, abs=1e-4)
    assert records["published", 1.0]["mean"] == pytest.approx(19.76)
    assert records["published", 1.0]["high"] == pytest.approx(19.76 + 1.2)
    assert panel.grid.rows[1][:3] == ("1", "CNN", "19.76 (1.20)")
    assert list(figure.keys) == ["measured", "published"]
    assert panel.chart.to_dict()["layer"][0]["encoding"]["x"]["scale"]["type"] == "log"


def test_a_factor_shows_nothing_published_of_another_quantity() -> None:
    (figure,) = own(FACTOR.replace(quantity=Quantity(selection="best_on_test")))

    assert {r["variant"] for r in data(figure.panels[0])} == {"measured"}
    assert list(figure.keys) == ["measured"]
    assert "published" not in words(figure.svg())
    grid = figure.panels[0].grid
    assert "Published (sd)" not in [column.name for column in grid.columns]
    assert {len(row) for row in grid.rows} == {len(grid.columns)}


def test_iterations_are_smoothed_before_the_mean_over_rounds() -> None:
    base = iterations({"a": [(0.8, 0.6, 0.4, 0.2), (0.6, 0.4, 0.2, 0.0)]})
    spec = CurvesFigure(
        title="Steps", variants=("a",), curves=(Curve("error", "batch"),), running_mean=2
    )

    (figure,) = own(spec, base=base)

    (panel,) = figure.panels
    (record,) = (r for r in data(panel) if "mean" in r)
    assert record["place"] == [1, 2, 3, 4]
    assert record["mean"] == pytest.approx([70, 60, 40, 20])
    assert panel.grid.columns[0].name == "Iteration"
    assert "mean of the last 2 batches" in panel.description
    assert "mean of 2" in words(figure.svg())


def test_of_several_epochs_the_last_can_be_shown_alone() -> None:
    base = iterations({"a": [(0.9, 0.8, 0.7, 0.6, 0.5, 0.4)]}, epochs=3)
    spec = CurvesFigure(
        title="Steps", variants=("a",), curves=(Curve("error", "batch"),), last_epoch=True
    )

    (figure,) = own(spec, base=base)

    (record,) = (r for r in data(figure.panels[0]) if "mean" in r)
    assert record["place"] == [1, 2]
    assert record["mean"] == pytest.approx([50, 40])


def test_lines_of_different_lengths_stand_in_one_table() -> None:
    base = iterations({"short": [(0.5,) * 3], "long": [(0.4,) * 5]})
    spec = CurvesFigure(
        title="Steps", variants=("short", "long"), curves=(Curve("error", "batch"),)
    )

    (figure,) = own(spec, base=base)

    assert figure.panels[0].grid.rows[3] == ("4", "\N{EN DASH}", "40.00")


def test_thousands_of_iterations_are_thinned_in_drawing_and_table() -> None:
    base = iterations({"a": [tuple(np.linspace(0.9, 0.1, 4690).tolist())]})
    spec = CurvesFigure(title="Steps", variants=("a",), curves=(Curve("error", "batch"),))

    (figure,) = own(spec, base=base)

    (record,) = (r for r in data(figure.panels[0]) if "mean" in r)
    assert len(record["place"]) <= 302
    assert (record["place"][0], record["place"][-1]) == (1, 4690)
    assert (record["mean"][0], record["mean"][-1]) == pytest.approx((90, 10))
    assert len(figure.panels[0].grid.rows) <= 62


def test_running_means_and_places() -> None:
    assert running_mean((4.0, 2.0, 0.0, 6.0), 3) == (4.0, 3.0, 2.0, 8 / 3)
    assert running_mean((4.0, 2.0), 1) == (4.0, 2.0)
    assert places(4, most=4) == [1, 2, 3, 4]
    assert places(11, most=4) == [1, 5, 10, 11]


def test_a_figure_of_a_few_keeps_their_colours_unless_they_need_dashes() -> None:
    everyone = tuple(f"v{n}" for n in range(10))

    assert styles_among(("v2", "v5"), everyone) == {
        name: styles(everyone)[name] for name in ("v2", "v5")
    }
    chosen = styles_among(("v2", "v9"), everyone)
    assert list(chosen) == ["v2", "v9"]
    assert all(style.dash == () for style in chosen.values())
    assert len({style.colour for style in chosen.values()}) == 2


@pytest.mark.parametrize("figure", ALL, ids=lambda figure: figure.name)
def test_a_figure_is_one_svg_with_its_title_and_without_css_variables(figure: FigureSpec) -> None:
    (made,) = own(figure)

    text = made.svg()

    assert ET.fromstring(text).tag.endswith("svg")
    assert figure.title in words(text)
    assert "var(" not in text
    assert "NaN" not in text
    for name in figure.shown if len(figure.shown) > 1 else ():
        assert name in words(text) or isinstance(figure, FactorFigure)


@pytest.mark.parametrize("by", [Shortening(rounds=1, epochs=1), Shortening(only=(NAMES[2],))])
def test_the_smallest_runs_can_be_drawn_and_say_that_they_are_shortened(by: Shortening) -> None:
    declared = sample.STUDY.replace(figures=ALL)
    short = replace(sample.whole(declared.shortened(by), declared), shortening=by)

    found = own_figures(short)

    assert len(found) >= 5
    for figure in found:
        text = figure.svg()
        assert "NaN" not in text
        assert figure.drawings or short.label in words(text)


def test_diverged_trials_are_drawn_in_the_reports_own_figures() -> None:
    curves, rounds = own(CURVES, ROUNDS, base=sample.with_holes())

    broken = [r for r in data(curves.panels[2]) if r.get("round") == 7]
    assert {r["variant"] for r in broken} == {"CNN"}
    assert rounds.panels[0].grid.rows[6][1] == "diverged"
    assert rounds.panels[0].grid.rows[14][1] == "not run"


def many(figures: tuple[FigureSpec, ...] = ALL) -> Results:
    """Return results of 16 variants, three of which the figures show."""
    more = tuple(sample.STUDY.variants[0].replace(name=f"variant {n}") for n in range(13))
    study = sample.STUDY.replace(variants=(*sample.STUDY.variants, *more), figures=figures)
    return sample.whole(study)


def test_the_page_has_a_section_of_the_reports_figures_and_their_numbers(
    page: sample.Render,
) -> None:
    text = page(results(*ALL))

    document = Document(text)

    assert "Figures of the report" in document.text
    assert all(figure.title in document.text for figure in ALL)
    charts = {a["id"]: a for _, a in document.tags if a.get("class") == "chart"}
    assert set(charts) == {f"chart-{name}" for name in specs(text)}
    drawings = [a for _, a in document.tags if a.get("class") == "drawing"]
    assert [a["role"] for a in drawings] == ["img", "img"]
    assert all(a["aria-label"] for a in drawings)
    ids = [a["id"] for _, a in document.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for figure in re.findall(r"<figure.*?</figure>", text, re.S):
        assert re.search(r"<details>.*<table.*<caption>.*</details>", figure, re.S)


def test_a_study_without_figures_of_its_own_has_no_such_section(page: sample.Render) -> None:
    assert "Figures of the report" not in Document(page(sample.whole())).text


def test_a_study_without_a_source_does_not_speak_of_one(page: sample.Render) -> None:
    bare = sample.whole(
        sample.STUDY.replace(
            source="", variants=tuple(v.replace(published=()) for v in sample.STUDY.variants)
        )
    )

    text = Document(page(results(BOXES, base=bare))).text

    assert "The figures that the study declares, from its trials." in text
    assert "the source shows" not in text
    assert "the source leaves unsaid" not in text
    assert "The figures that the source shows" in Document(page(results(*ALL))).text


def test_drawings_in_the_page_take_its_colours(page: sample.Render) -> None:
    text = page(results(STRUCTURE))

    (first, _) = re.findall(r'<svg xmlns="http://www.w3.org/2000/svg".*?</svg>', text, re.S)
    assert "var(--ink)" in first
    assert not re.search(r'(fill|stroke)="#', first)


def test_hostile_names_stay_text_in_the_reports_figures(page: sample.Render) -> None:
    name = "</svg><img src=x onerror=hacked()>"
    hostile = sample.renamed(sample.whole(), {NAMES[2]: name})
    shown = (name, NAMES[0])
    figures = [figure.replace(variants=shown) for figure in (CURVES, BOXES, ROUNDS, STRUCTURE)]

    text = page(results(*figures, base=hostile))

    assert "<img src=x" not in text
    assert not [tag for tag, _ in Document(text).tags if tag == "img"]
    for figure in own(*figures, base=hostile):
        assert name in words(figure.svg())


def test_figures_of_more_variants_than_can_be_told_apart_are_folded(page: sample.Render) -> None:
    folded = re.findall(r'<details class="fold">.*?<summary>(.*?)</summary>', page(many()), re.S)

    assert folded == ["Curves of all 16 variants", "Round by round"]
    assert '<details class="fold">' not in page(many(()))
    assert '<details class="fold">' not in page(results(*ALL))


def test_figures_are_written_under_stable_names(tmp_path: Path) -> None:
    found = results(*ALL, base=sample.whole(sample.STUDY.shortened(Shortening(rounds=2))))

    paths = bakeoff.figures(found, tmp_path / "new" / "folder")

    names = [path.name for path in paths]
    assert names[:7] == [*(f"sample-figure-{n}.svg" for n in range(1, 7)), "sample-against.svg"]
    assert "sample-curve-digit-error-test.svg" in names
    assert sorted(names) == sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    for path in paths:
        assert ET.parse(path).getroot().tag.endswith("svg")
    before = paths[0].read_bytes()
    assert bakeoff.figures(found, tmp_path / "new" / "folder") == paths
    assert paths[0].read_bytes() == before


def test_figures_can_be_pixels(tmp_path: Path) -> None:
    study = sample.STUDY.replace(variants=sample.STUDY.variants[:1])
    (found,) = (results(STRUCTURE.replace(variants=NAMES[:1]), base=sample.whole(study)),)
    empty = replace(found, histories={NAMES[0]: (None,) * 15})

    paths = bakeoff.figures(empty, tmp_path, "png")

    assert [path.name for path in paths] == ["sample-figure-6.png", "sample-against.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n") for path in paths)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda r, folder: bakeoff.figures(r, folder, "pdf"), ["'pdf'", "svg, png"]),
        (lambda r, folder: bakeoff.figures(r, folder / "file"), ["file", "another folder"]),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path: Path, make, says) -> None:
    (tmp_path / "file").write_text("kept")

    with pytest.raises(RunError) as error:
        make(results(STRUCTURE), tmp_path)

    assert all(word in str(error.value) for word in says)
    assert (tmp_path / "file").read_text() == "kept"


EXECUTABLE = find_chromium()
browsing = pytest.mark.skipif(
    EXECUTABLE is None, reason="no Chromium on this machine (Debian: apt install chromium)"
)


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    assert EXECUTABLE is not None
    with chromium(EXECUTABLE) as opened:
        yield opened


@pytest.fixture(scope="module")
def file(page: sample.Render, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("own") / "many.html"
    path.write_text(page(many()), encoding="utf-8")
    return path


DRAWN = (
    "Object.fromEntries([...document.querySelectorAll('.chart')]"
    ".map(c => [c.id, c.querySelectorAll('svg path, svg line').length]))"
)


@browsing
def test_folded_figures_are_drawn_when_they_are_opened(tab: Page, file: Path) -> None:
    tab.open(file, width=1200)
    closed = tab.evaluate(DRAWN)
    tab.evaluate("document.querySelectorAll('details.fold').forEach(d => { d.open = true })")
    tab.wait_for("[...document.querySelectorAll('details.fold')].every(d => d.dataset.charts)")
    opened = tab.evaluate(DRAWN)

    folded = {name for name in closed if name.startswith("chart-curve-")} | {"chart-rounds"}
    assert {name for name, marks in closed.items() if not marks} == folded
    assert all(opened.values())
    widths = tab.evaluate(
        "[...document.querySelectorAll('.fold .chart svg')].map(s => s.clientWidth)"
    )
    assert min(widths) > 200
    assert tab.complaints == []


@browsing
@pytest.mark.parametrize("width", [320, 400, 1200])
def test_drawings_and_charts_stay_inside_the_window(tab: Page, file: Path, width: int) -> None:
    tab.open(file, width=width, theme="dark")

    assert tab.evaluate("document.documentElement.scrollWidth") == width
    widest = tab.evaluate(
        "Math.max(...[...document.querySelectorAll('.chart svg, .drawing svg')]"
        ".map(s => s.getBoundingClientRect().right))"
    )
    assert widest <= width


@browsing
def test_drawings_follow_the_theme(tab: Page, file: Path) -> None:
    colour = "getComputedStyle(document.querySelector('.drawing text')).fill"
    tab.open(file, width=1200, theme="light")
    light = tab.evaluate(colour)
    tab.emulate_theme("dark")

    assert tab.evaluate(colour) != light


def test_a_page_of_a_study_with_all_its_figures_stays_under_three_megabytes(
    page: sample.Render,
) -> None:
    steps = Recipe(epochs=10, record="iterations")
    variants = tuple(
        sample.STUDY.variants[0].replace(name=f"factor {n}", recipe=steps, rounds=3)
        for n in range(32)
    )
    curves = (Curve("error", "batch"),)
    figures = tuple(
        CurvesFigure(
            title=f"Figure {n}",
            variants=tuple(f"factor {k}" for k in range(4)),
            curves=curves,
            running_mean=20,
        )
        for n in range(12)
    )
    base = sample.whole(sample.STUDY.replace(variants=variants, rounds=3, figures=figures))
    rng = np.random.default_rng(0)
    histories = {
        name: tuple(
            history
            and replace(
                history,
                curves=history.curves | {"batch": {"error": tuple(rng.random(469).tolist())}},
            )
            for history in of_rounds
        )
        for name, of_rounds in base.histories.items()
    }

    text = page(replace(base, histories=histories))

    assert len(text.encode()) < 3_000_000
    assert len(json.dumps(specs(text))) < 1_500_000
