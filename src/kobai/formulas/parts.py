"""Stretches of a typed text, and messages that show them with a caret underneath."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from kobai.errors import FormulaError, KobaiError

WIDEST_EXCERPT = 72
INDENT = "    "
# A name of thousands of letters is told by its first ones.
_LONG, _BEGIN = re.compile(r"(\w{40})\w{8,}"), r"\1…"


class Part(NamedTuple):
    """The characters of a text from one index to another.

    Attributes:
        text: the whole text.
        start: the index of the first character.
        stop: the index after the last one.
    """

    text: str
    start: int
    stop: int

    def __str__(self) -> str:
        return self.text[self.start : self.stop]

    @property
    def where(self) -> str:
        """The line and column at which it begins, counted from 1."""
        line = self.text.count("\n", 0, self.start) + 1
        return f"formula, line {line}, column {self.start - self._line_start + 1}"

    @property
    def excerpt(self) -> str:
        """Its line, or what of a long one is near it, with carets under its characters."""
        line = _shown(self.text[self._line_start : self._line_stop])
        start = self.start - self._line_start
        stop = min(self.stop - self._line_start, len(line))
        first = max(0, min(start - WIDEST_EXCERPT // 2, len(line) - WIDEST_EXCERPT))
        last = min(len(line), first + WIDEST_EXCERPT)
        before = ("…" if first else "") + line[first:start]
        marked = line[start : max(start, min(stop, last))]
        after = line[start + len(marked) : last] + ("…" if last < len(line) else "")
        carets = " " * _width(before) + "^" * max(1, _width(marked))
        return f"{INDENT}{before}{marked}{after}\n{INDENT}{carets}"

    def mistake(self, what: str, repair: str) -> FormulaError:
        """The error to raise for a mistake here."""
        return FormulaError(
            f"{_LONG.sub(_BEGIN, what)}\n{self.excerpt}",
            where=self.where,
            repair=_LONG.sub(_BEGIN, repair),
        )

    def blamed(self, error: KobaiError) -> KobaiError:
        """An error that came from computing this part, with its place in the text."""
        return type(error)(f"{error.what}\n{self.excerpt}", where=self.where, repair=error.repair)

    @property
    def _line_start(self) -> int:
        return self.text.rfind("\n", 0, self.start) + 1

    @property
    def _line_stop(self) -> int:
        stop = self.text.find("\n", self.start)
        return len(self.text) if stop < 0 else stop


def _shown(line: str) -> str:
    """The line without characters that would move the carets, or the terminal's cursor."""
    return "".join(
        c if c.isprintable() else " " if c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line
    )


def _width(line: str) -> int:
    """Columns on a terminal: a Chinese or Japanese character takes two, a combining one none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in line
    )
