"""The LaTeX tables in a document that pdfLaTeX makes, with what any LaTeX distribution has."""

import shutil
import subprocess
from pathlib import Path

import claimed_results as claimed
import pytest
import sample_results as sample

from bakeoff.analysis.results import Results
from bakeoff.reporting.write import render
from bakeoff.reporting.writers.latex import KNOWN, PACKAGES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("pdflatex") is None,
        reason="no pdfLaTeX on this machine (Debian: apt install texlive-latex-recommended)",
    ),
]

DOCUMENT = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage{%s}
\begin{document}
\input{tables.tex}
\end{document}
"""

HOSTILE = {
    "CNN": r"\input{x} & 100% $a_b^c$ #1 ~",
    "Baseline": 'λ "q" \N{EN DASH} Łukasz ≤ {[*' + KNOWN,
}


@pytest.mark.parametrize(
    "results",
    [
        claimed.whole(),
        sample.with_holes(),
        sample.empty(),
        sample.renamed(sample.shortened(), HOSTILE),
    ],
    ids=["claims", "holes", "empty", "hostile"],
)
def test_the_tables_compile(results: Results, tmp_path: Path) -> None:
    (tmp_path / "tables.tex").write_text(render(results, "tex"), encoding="utf-8")
    (tmp_path / "document.tex").write_text(DOCUMENT % PACKAGES, encoding="utf-8")

    made = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "document.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )

    assert made.returncode == 0, made.stdout[-2000:]
    assert (tmp_path / "document.pdf").stat().st_size > 10_000
    wide = [line for line in made.stdout.splitlines() if line.startswith("Overfull \\hbox")]
    # Points beyond the margin: a few are not seen.
    assert all(float(line.split("(")[1].split("pt")[0]) < 20 for line in wide), wide
