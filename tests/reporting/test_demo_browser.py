"""The page of `bakeoff demo` in a real browser: drawn on by mouse, finger and keys."""

import math
import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from chromium import Page
from PIL import Image

import bakeoff
from bakeoff import (
    Adam,
    CompareDigits,
    CrossEntropy,
    DigitPairs,
    Head,
    Linear,
    Network,
    Objective,
    PerImage,
    Recipe,
    ReLU,
    Study,
    Variant,
)
from bakeoff.api.demo import Demo, entry_of
from bakeoff.api.serving import Server

pytestmark = pytest.mark.slow

Points = list[tuple[float, float]]


def arc(x: float, y: float, wide: float, high: float, start: float, end: float) -> Points:
    angles = np.linspace(start, end, 16)
    return [(x + wide * math.cos(a), y + high * math.sin(a)) for a in angles]


THREE = [arc(0.45, 0.35, 0.16, 0.15, -2.6, 1.5) + arc(0.45, 0.66, 0.19, 0.16, -1.5, 2.6)]
FIVE = [
    [(0.42, 0.2), (0.38, 0.45), *arc(0.46, 0.6, 0.18, 0.18, -2.2, 2.5)],
    [(0.42, 0.2), (0.66, 0.2)],
]
"""Strokes, in widths of the sheet."""

SHARED = PerImage(Linear(64), ReLU(), Linear(10), Head("digits"))
READS = Variant(
    name="reads digits",
    model=Network(SHARED, Linear(2), Head("comparison")),
    objective=Objective(CrossEntropy("comparison"), CrossEntropy("digits")),
    decision=CompareDigits(by="probability"),
    optimizer=Adam(lr=3e-3),
    recipe=Recipe(epochs=12, batch=50),
)
PLAIN = Variant(
    name="plain <b>",
    model=Network(Linear(2), Head("comparison")),
    recipe=Recipe(epochs=1, batch=50),
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, session_cache: Path) -> Iterator[str]:
    study = Study(
        name="pairs",
        task=DigitPairs(train=2000, validation=100, test=300),
        variants=(READS, PLAIN),
        rounds=1,
    )
    folder = tmp_path_factory.mktemp("demo")
    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(1) as executor:
        patch.setitem(os.environ, "BAKEOFF_CACHE", str(session_cache))
        models = [
            bakeoff.train(
                study, each.name, folder / str(place), store=folder / "s.db", executor=executor
            )
            for place, each in enumerate(study.variants)
        ]
        demo = Demo([entry_of(model.folder) for model in models])
        routes = demo.routes()
    with Server(routes, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.address
        server.shutdown()
        thread.join()


def strokes_on(tab: Page, place: int, strokes: list[Points]) -> list[Points]:
    """Return strokes on a sheet in pixels of the window."""
    x, y, width = tab.evaluate(
        f"(() => {{ const b = document.querySelectorAll('.sheet svg')[{place}]"
        ".getBoundingClientRect(); return [b.x, b.y, b.width]; })()"
    )
    return [[(x + a * width, y + b * width) for a, b in stroke] for stroke in strokes]


def row(tab: Page, place: int = 0) -> dict[str, str]:
    """Return what a variant's row shows, by class."""
    shown: dict[str, str] = tab.evaluate(
        "Object.fromEntries([...document.querySelectorAll('.answers tbody tr')]"
        f"[{place}].querySelectorAll('td').values().map(c => [c.className, c.innerText.trim()]))"
    )
    return shown


def wait_for_answer(tab: Page, digits: str) -> None:
    tab.wait_for(f"document.querySelector('.answers td.digits').textContent === '{digits}'")


@pytest.mark.parametrize(("width", "way"), [(1200, "drag"), (400, "swipe")])
def test_a_3_and_a_5_are_drawn_and_read(tab: Page, address: str, width: int, way: str) -> None:
    tab.visit(address, width=width)
    for place, digit in enumerate((THREE, FIVE)):
        for stroke in strokes_on(tab, place, digit):
            getattr(tab, way)(stroke)

    wait_for_answer(tab, "3, 5")
    assert tab.evaluate("document.querySelectorAll('.sheet polyline').length") == 3
    answer = row(tab)
    assert answer["label"].split() == ["first", "\N{LESS-THAN OR EQUAL TO}", "second"]
    assert answer["chance"].endswith("%")
    assert row(tab, 1)["digits"] == ""
    assert "first" in tab.evaluate("document.querySelector('[role=status]').textContent")
    # A finger on a sheet draws, and does not scroll.
    assert tab.evaluate("window.scrollY") == 0

    tab.evaluate("document.getElementById('swap').click()")
    wait_for_answer(tab, "5, 3")
    assert ">" in row(tab)["label"]
    tab.evaluate("document.querySelector('.undo').click()")
    tab.evaluate("document.querySelectorAll('.clear')[1].click()")
    tab.wait_for("document.querySelector('.answers td.digits').textContent === ''")
    assert tab.evaluate("document.querySelectorAll('.sheet polyline').length") == 1
    assert tab.complaints == []
    assert {url for url in tab.requests if not url.startswith(("data:", address))} == set()


def test_a_digit_is_drawn_with_the_keyboard_alone(tab: Page, address: str) -> None:
    tab.visit(address, width=1200)
    tab.evaluate("document.querySelector('.themes input:checked').focus()")
    for place in range(2):
        while not tab.evaluate(
            f"document.activeElement === document.querySelectorAll('.sheet svg')[{place}]"
        ):
            tab.press("Tab")
        for _ in range(2):
            tab.press("ArrowUp", shift=True)
        tab.press(" ")
        for _ in range(4):
            tab.press("ArrowDown", shift=True)
        tab.press(" ")
        tab.press("ArrowLeft")

    wait_for_answer(tab, "1, 1")
    lines = "[...document.querySelectorAll('.sheet polyline')].map(l => l.points.length)"
    assert tab.evaluate(lines) == [5, 5]
    tab.press("Backspace")
    assert tab.evaluate(lines) == [5]
    tab.press("Tab")
    assert tab.evaluate(
        "document.activeElement.classList.contains('file') || "
        "document.activeElement.type === 'file'"
    )


def test_a_hard_test_example_is_answered_at_a_click(tab: Page, address: str) -> None:
    tab.visit(address, width=400)
    tab.evaluate("document.querySelectorAll('[data-example]')[1].click()")

    tab.wait_for("document.querySelectorAll('.answers td.mark .sign').length === 2")
    marks = [row(tab, place)["mark"][1:] for place in (0, 1)]
    told = tab.evaluate("document.querySelectorAll('[data-example] .where')[1].textContent")
    assert told == f"{marks.count('wrong')} of 2 wrong"
    truth = tab.evaluate("document.querySelectorAll('[data-example] .truth')[1].textContent")
    assert truth in tab.evaluate("document.querySelector('[role=status]').textContent")
    assert tab.evaluate("document.querySelectorAll('[aria-pressed=true]').length") == 1
    assert tab.evaluate("document.querySelectorAll('.sheet image[href]').length") == 2
    # Drawn on, it is that example no more.
    tab.swipe(strokes_on(tab, 0, THREE)[0])
    assert tab.evaluate("document.querySelectorAll('[aria-pressed=true]').length") == 0


def test_files_fill_the_sheets_and_what_is_none_is_told(
    tab: Page, address: str, tmp_path: Path
) -> None:
    images = bakeoff.MNIST().load().test.inputs[:2, 0]
    Image.fromarray(np.concatenate(list(images), axis=1)).save(tmp_path / "pair.png")
    (tmp_path / "text.png").write_text("no image")

    def choose(name: str) -> None:
        document = tab.send("DOM.getDocument")["root"]["nodeId"]
        node = tab.send("DOM.querySelector", nodeId=document, selector="input[type=file]")
        tab.send("DOM.setFileInputFiles", files=[str(tmp_path / name)], nodeId=node["nodeId"])

    tab.visit(address, width=1200)
    choose("pair.png")
    wait_for_answer(tab, "7, 2")
    choose("text.png")
    tab.wait_for("!document.getElementById('failure').hidden")
    assert "cannot be decoded" in tab.evaluate("document.getElementById('failure').textContent")
    wait_for_answer(tab, "7, 2")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 800, 1200])
def test_the_page_fits_its_window(tab: Page, address: str, width: int, theme: str) -> None:
    tab.visit(address, width=width, theme=theme)
    tab.evaluate("document.querySelector('[data-example]').click()")
    tab.wait_for("document.querySelectorAll('.answers td.mark .sign').length === 2")

    assert tab.evaluate("document.documentElement.scrollWidth") == width
    paper = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (theme == "light")
    small = tab.evaluate(
        "[...document.querySelectorAll('main button, .file')].filter(b => "
        "b.getBoundingClientRect().height < 44).length"
    )
    assert small == 0
    assert tab.evaluate("document.querySelectorAll('.answers tbody b').length") == 0
    assert tab.complaints == []
