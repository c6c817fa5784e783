"""LaTeX: text that prints as it reads, and tables whose rows are whole."""

import re

import claimed_results as claimed
import pytest
import sample_results as sample
from hypothesis import given
from hypothesis import strategies as st

from bakeoff.analysis.results import Results
from bakeoff.data.metrics import Error
from bakeoff.reporting.section import Cell, Column, Number, Row, TableBlock
from bakeoff.reporting.write import render
from bakeoff.reporting.writers.latex import MOST_LINES, PACKAGES, latex_table, tex

READ = {
    r"\textbackslash{}": "\\",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textquoteleft{}": "`",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    **{f"\\{sign}": sign for sign in "&%$#_{}"},
    **{f"{{{sign}}}": sign for sign in "[]*"},
    "{}": "",
}
"""What LaTeX prints for what stands for ASCII."""

TOKEN = re.compile(
    "|".join(map(re.escape, sorted(READ, key=len, reverse=True))) + r"|[^\\{}&%$#_~^]"
)
FORMULA = re.compile(r"\$(\\[A-Za-z]+|-|\^\\circ|\^[23])\$|\\[A-Za-z]+\{\}|\\mbox\{-\}|\\,|~")


def printed(text: str) -> str:
    """Return what LaTeX prints of escaped ASCII; fails at a special character that is not."""
    tokens, place = [], 0
    while place < len(text):
        found = TOKEN.match(text, place)
        assert found, text[place : place + 20]
        tokens.append(READ.get(found[0], found[0]))
        place = found.end()
    return "".join(tokens)


@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Z"))))
def test_ascii_prints_as_it_reads(text: str) -> None:
    line = " ".join(text.split())
    # Two backticks or apostrophes print as one sign, the opening or the closing double quote.
    read = re.sub(r"``(.+?)''", r'"\1"', line)
    assert printed(re.sub("[“”]", '"', tex(text))) == read


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('"a"', "“a”"),
        ('so "a b" (or "c")', "so “a b” (or “c”)"),
        ('5" wide', "5” wide"),
        ("so ``a b'' is", "so “a b” is"),
        ("``a", r"\textquoteleft{}\textquoteleft{}a"),
        ("it's", "it's"),
        ("'\"", "'”"),
    ],
)
def test_double_quotes_open_and_close(text: str, written: str) -> None:
    assert tex(text) == written


@given(st.text())
def test_no_special_character_is_left(text: str) -> None:
    written = FORMULA.sub("", tex(text))
    printed("".join(sign if sign.isascii() else "x" for sign in written))
    assert "\n" not in written


@given(st.text("-,'"))
def test_no_two_signs_run_into_one(text: str) -> None:
    assert not re.search(r"--|,,|''", tex(text))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("\N{MINUS SIGN}4.77", "$-$4.77"),
        ("1\N{EN DASH}2", "1\N{EN DASH}2"),
        ("±0.8 \N{MULTIPLICATION SIGN} 3", "±0.8 \N{MULTIPLICATION SIGN} 3"),
        ("“λ” †", r"“$\lambda$” †"),
        ("Dembélé, Łukasz", "Dembélé, Łukasz"),
        ("\N{GRINNING FACE}", "{[}U+1F600{]}"),
        ("a\n\tb", "a b"),
        ("[x]*", "{[}x{]}{*}"),
    ],
)
def test_signs_beyond_ascii_become_macros(text: str, written: str) -> None:
    assert tex(text) == written


def body(table: str) -> list[list[str]]:
    """Return the cells of a table's rows below its heading."""
    end = r"\endlastfoot" if "longtable" in table else r"\midrule"
    text = table.rpartition(end)[2].partition(r"\bottomrule")[0]
    lines = [line for line in text.splitlines() if line.endswith(r"\\")]
    return [re.split(r"(?<!\\)&", line.removesuffix(r"\\")) for line in lines]


def tables(text: str) -> list[str]:
    return re.findall(r"\\begin\{(?:table|longtable)\}.*?\\end\{(?:table|longtable)\}", text, re.S)


def columns(table: str) -> int:
    spec = re.search(r"@\{\}(.*)@\{\}", table)
    assert spec
    plain = re.sub(
        r">\{[^}]*\}|p\{[^}]*\}", "p", spec[1].replace(">{\\raggedright\\arraybackslash}", "")
    )
    return len(plain)


@pytest.mark.parametrize(
    "results",
    [sample.whole(), sample.with_holes(), sample.shortened(), sample.empty(), claimed.whole()],
    ids=["whole", "holes", "shortened", "empty", "claims"],
)
def test_every_row_has_a_cell_for_each_column(results: Results) -> None:
    text = render(results, "tex")

    found = tables(text)
    assert len(found) >= 2
    for table in found:
        assert body(table)
        assert {len(row) for row in body(table)} == {columns(table)}, table
    assert text.count(r"\begin{") == text.count(r"\end{")
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")


def test_the_packages_are_named_and_every_table_can_be_referred_to() -> None:
    text = render(claimed.whole(), "tex")

    assert rf"\usepackage{{{PACKAGES}}}" in text.splitlines()[1]
    labels = re.findall(r"\\label\{tab:sample-([a-z0-9-]+)\}", text)
    assert len(labels) == len(set(labels)) == len(tables(text))


def test_every_caption_of_a_shortened_run_says_so() -> None:
    captions = re.findall(r"\\caption\{(.*)\}\\label", render(sample.shortened(), "tex"))

    assert captions
    assert all(f"run as {sample.shortened().label}" in caption for caption in captions)


def test_a_hostile_name_is_a_name() -> None:
    text = render(sample.renamed(sample.whole(), {"CNN": r"\input{x} & 100% $a_b^c$ #1"}), "tex")

    assert r"\textbackslash{}input\{x\} \& 100\% \$a\_b\textasciicircum{}c\$ \#1" in text
    assert r"\input{x}" not in text


def made(*rows: tuple[Cell, ...]) -> str:
    columns = (Column("Name", "text"), Column("x"))
    return "\n".join(latex_table(TableBlock("t", "c", columns, tuple(map(Row, rows))), "tab:x"))


def test_figures_of_a_column_stand_with_their_points_below_each_other() -> None:
    def level(value: float, sd: float | None = None, *, mark: bool = False) -> Number:
        return Number(value, "level", Error(), sd, mark)

    cells = (level(0.2504, 0.014), level(0.0751, 0.102, mark=True), level(0.032), None, "diverged")

    found = [row[1].strip() for row in body(made(*(("a", cell) for cell in cells)))]

    assert found == [
        r"25.04\phantom{0}~(1.40)",
        r"\textbf{7.51}~(10.20)",
        r"3.20\phantom{~(10.20)}",
        "\N{EN DASH}",
        "diverged",
    ]


def test_a_long_table_breaks_across_pages_and_a_short_one_floats() -> None:
    row = ("name", "1.00")

    assert r"\begin{table}" in made(*[row] * MOST_LINES)
    assert r"\begin{longtable}" in made(*[row] * (MOST_LINES + 1))
    assert len(body(made(*[row] * (MOST_LINES + 1)))) == MOST_LINES + 1
