"""`bakeoff report --figures`: files under stable names, and refusals that leave nothing behind."""

import pytest

FIGURES = """
from bakeoff import Curve, CurvesFigure, StructureFigure

study = study.replace(
    figures=(
        StructureFigure(title="Figure 1: the layers", variants=("layers",)),
        CurvesFigure(
            title="Figure 2: errors", variants=("layers", "own"), curves=(Curve("error", "test"),)
        ),
    ),
)
"""


@pytest.fixture
def with_figures(study_file):
    study_file.write_text(study_file.read_text() + FIGURES)
    return study_file.parent


@pytest.mark.slow
def test_figures_are_written_and_their_paths_printed(bakeoff, with_figures):
    bakeoff("run", "small.py", "--rounds", "1")

    printed = bakeoff("report", "small.py", "--figures", "drawn/here").stdout.split()

    folder = with_figures / "drawn" / "here"
    assert str(folder / "small-figure-2.svg") in printed
    assert sorted(printed) == sorted(str(path) for path in folder.iterdir())
    assert not list(with_figures.glob("*.html"))
    both = bakeoff("report", "small.py", "--figures", "drawn/here", "-o", "r.html").stdout
    assert both.split() == [*printed, str(with_figures / "r.html")]


@pytest.mark.slow
def test_figures_of_a_shortened_run_are_those_of_its_variants(bakeoff, with_figures):
    bakeoff("run", "small.py", "--rounds", "1", "--only", "own")

    words = ("--rounds", "1", "--only", "own", "--figures", "d", "--figure-format", "png")
    printed = bakeoff("report", "small.py", *words).stdout.split()

    names = {path.rpartition("/")[2] for path in printed}
    assert "small-figure-2.png" in names
    assert "small-figure-1.png" not in names
    assert all(name.endswith(".png") for name in names)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--figures", "d", "--figure-format", "pdf"], ["pdf", "svg"]),
        (["--figure-format", "png"], ["--figures DIR"]),
        (["--figures", "d", "--format", "md"], ["--format md", "--output FILE"]),
    ],
    ids=lambda words: " ".join(words),
)
def test_what_cannot_be_meant_is_refused(command, with_figures, words, said):
    refused = command("report", "small.py", *words, code=2)

    assert all(word in refused.stderr for word in said)
    assert not (with_figures / "d").exists()


def test_a_folder_that_is_a_file_is_refused_and_kept(command, with_figures):
    command("run", "small.py", "--jobs", "1", "--rounds", "1", "--only", "layers")
    before = (with_figures / "small.py").read_text()

    refused = command("report", "small.py", "--figures", "small.py", code=2)

    assert "another folder" in refused.stderr
    assert (with_figures / "small.py").read_text() == before
