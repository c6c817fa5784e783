"""Text as LaTeX that prints the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_ASCII = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "`": r"\textquoteleft{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # After a row's end, `[` and `*` would be taken for its arguments.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}

_SIGNS = {
    "\N{MINUS SIGN}": "$-$",
    "\N{EN DASH}": "--",
    "\N{EM DASH}": "---",
    "\N{NON-BREAKING HYPHEN}": r"\mbox{-}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{NARROW NO-BREAK SPACE}": r"\,",
    "\N{LEFT DOUBLE QUOTATION MARK}": "``",
    "\N{RIGHT DOUBLE QUOTATION MARK}": "''",
    "\N{LEFT SINGLE QUOTATION MARK}": "`",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{HORIZONTAL ELLIPSIS}": r"\ldots{}",
    "\N{DAGGER}": r"\dag{}",
    "\N{DOUBLE DAGGER}": r"\ddag{}",
    "\N{SECTION SIGN}": r"\S{}",
    "\N{PLUS-MINUS SIGN}": r"$\pm$",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{MIDDLE DOT}": r"$\cdot$",
    "\N{DEGREE SIGN}": r"$^\circ$",
    "\N{LESS-THAN OR EQUAL TO}": r"$\leq$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\geq$",
    "\N{NOT EQUAL TO}": r"$\neq$",
    "\N{ALMOST EQUAL TO}": r"$\approx$",
    "\N{RIGHTWARDS ARROW}": r"$\rightarrow$",
    "\N{LEFTWARDS ARROW}": r"$\leftarrow$",
    "\N{INFINITY}": r"$\infty$",
    "\N{CHECK MARK}": r"$\surd$",
    "\N{BALLOT X}": r"$\times$",
    "\N{MICRO SIGN}": r"$\mu$",
    "\N{SUPERSCRIPT TWO}": "$^2$",
    "\N{SUPERSCRIPT THREE}": "$^3$",
}

_GREEK = (
    *("ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON", "ZETA", "ETA", "THETA", "IOTA", "KAPPA"),
    *("LAMDA", "MU", "NU", "XI", "PI", "RHO", "SIGMA", "TAU", "UPSILON", "PHI", "CHI", "PSI"),
    "OMEGA",
)
_CAPITALS = (
    *("GAMMA", "DELTA", "THETA", "LAMDA", "XI", "PI", "SIGMA", "UPSILON", "PHI", "PSI", "OMEGA"),
)


def _letters(size: str, names: Iterable[str]) -> dict[str, str]:
    """Returns formulas of Greek letters, capital ones where the size is."""
    spelt = {name: "LAMBDA" if name == "LAMDA" else name for name in names}
    return {
        unicodedata.lookup(f"GREEK {size} LETTER {name}"): "$\\"
        + (word.lower() if size == "SMALL" else word.capitalize())
        + "$"
        for name, word in spelt.items()
    }


_UNKNOWN = "ÐÞðþĄąĐđĘęĦħĮįĸĿŀŉŊŋŦŧŲųſ"
"""Latin letters that pdfLaTeX does not know unless a document asks for T1 fonts."""

_WRITTEN = _ASCII | _SIGNS | _letters("SMALL", _GREEK) | _letters("CAPITAL", _CAPITALS)
_LIGATURE = re.compile(r"(?<=([-,']))(?=\1)|(?<=['\u2019])(?=\u201d)")
_TEX_QUOTED = re.compile(r"``(.+?)''")
_OPENING = re.compile(r"(?:^|(?<=[\s(\[{<\-/\u2013\u2014\u2018\u201c]))\"(?=\S)")


def tex(text: str) -> str:
    """Returns text in LaTeX: special characters escaped, signs as macros or formulas, one line.

    Accented Latin letters stay as they are. A character that pdfLaTeX does not know is written as
    its code point, ``{[}U+1F600{]}``.
    """
    line = _curled(" ".join(text.replace("\0", " ").split()))
    return "".join(map(_character, _LIGATURE.sub("\0", line)))


def _curled(line: str) -> str:
    """Returns a line with its double quotation marks opening and closing, also those of TeX."""
    line = _TEX_QUOTED.sub("\N{LEFT DOUBLE QUOTATION MARK}\\1\N{RIGHT DOUBLE QUOTATION MARK}", line)
    line = _OPENING.sub("\N{LEFT DOUBLE QUOTATION MARK}", line)
    return line.replace('"', "\N{RIGHT DOUBLE QUOTATION MARK}")


def _character(sign: str) -> str:
    if sign == "\0":
        # Between two hyphens, commas or apostrophes, which TeX would make one sign.
        return "{}"
    if sign in _WRITTEN:
        return _WRITTEN[sign]
    if sign.isascii() and sign.isprintable():
        return sign
    if sign.isalpha() and "\u00c0" <= sign <= "\u017f" and sign not in _UNKNOWN:
        return sign
    return f"{{[}}U+{ord(sign):04X}{{]}}"
