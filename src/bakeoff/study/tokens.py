"""Python source without what does not matter: comments, blank lines, the layout of a line."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_IGNORED = {tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER}
_SIGNS = {tokenize.INDENT: "\1", tokenize.DEDENT: "\2", tokenize.NEWLINE: "\n"}
_F_START = getattr(tokenize, "FSTRING_START", None)
_F_END = getattr(tokenize, "FSTRING_END", None)


class Token(NamedTuple):
    """One word of Python: where it begins, ``(line, column)``, from line 1, and its text."""

    at: tuple[int, int]
    text: str


def tokens(text: str) -> str:
    """Returns the tokens of a Python file, divided by spaces: equal exactly where the code is.

    Raises:
        SyntaxError: the text is no Python.
    """
    return " ".join(token.text for token in tokenized(text))


@lru_cache(maxsize=256)
def tokenized(text: str) -> tuple[Token, ...]:
    """Returns the tokens of a Python file, those that matter.

    Raises:
        SyntaxError: the text is no Python.
    """
    try:
        return tuple(_tokens(text))
    except tokenize.TokenError as error:
        raise SyntaxError(str(error)) from None


def _tokens(text: str) -> Iterator[Token]:
    depth, start = 0, (0, 0)
    lines = text.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        # From Python 3.12 an f-string is many tokens; it counts as the one that it was before.
        if token.type == _F_START:
            start = start if depth else token.start
            depth += 1
        elif token.type == _F_END:
            depth -= 1
            if not depth:
                yield Token(start, _slice(lines, start, token.end))
        elif not depth and token.type not in _IGNORED:
            yield Token(token.start, _SIGNS.get(token.type, token.string))


def _slice(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> str:
    (first, left), (last, right) = start, end
    if first == last:
        return lines[first - 1][left:right]
    return "".join([lines[first - 1][left:], *lines[first : last - 1], lines[last - 1][:right]])
