"""What the README says is so."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bakeoff.study.load import load

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
FRONT, TABLE, WIDTH, LAYERS, SEARCH, LINES = re.findall(
    r"```python\n(.*?)```", README, flags=re.DOTALL
)


def test_the_example_study_is_the_file_that_ships():
    assert (ROOT / "examples" / "width.py").read_text() == WIDTH


def test_the_study_of_a_table_is_the_file_that_ships_and_loads():
    assert (ROOT / "examples" / "table.py").read_text() == TABLE
    study = load(ROOT / "examples" / "table.py")
    assert study.task.labels == {"label": (3,)}
    study.task.check()


def test_the_layered_network_has_the_parameters_it_says():
    names: dict[str, object] = {}
    exec(LAYERS, names)
    (said,) = re.findall(r"siamese\.parameters\(\)  # (\d+)", LAYERS)
    assert names["siamese"].parameters() == int(said)


def test_the_search_tries_what_it_says(capsys):
    exec(SEARCH, {})
    (said,) = re.findall(r"\)  # (.+)", SEARCH)
    assert capsys.readouterr().out == f"{said}\n"


def script(folder, cache):
    """Run ``script.py`` as a user does, and return what came of it."""
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=folder,
        env=os.environ | {"BAKEOFF_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_the_front_door_compares_and_writes_a_report(tmp_path, session_cache):
    (tmp_path / "script.py").write_text(FRONT.replace("rounds=10", "rounds=1, epochs=1"))
    script(tmp_path, session_cache)
    assert "small" in (tmp_path / "iris.html").read_text()


def test_the_python_lines_run_and_write_a_report(tmp_path, session_cache):
    (tmp_path / "width.py").write_text(WIDTH)
    (tmp_path / "script.py").write_text(LINES.replace("rounds=10", "rounds=1, epochs=1"))
    done = script(tmp_path, session_cache)
    assert [re.split(r" \[|(?<=undecided)", line)[0] for line in done.stdout.splitlines()] == [
        "20 units",
        "200 units",
        "200 units, leaky",
        "Wider is better. undecided",
        "Leaking helps. undecided",
    ]
    assert (tmp_path / "width.html").stat().st_size > 100_000


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_every_link_leads_to_a_file(link):
    assert (ROOT / link).exists()
