"""How messages name things: a user's text is quoted, shortened and never reaches a terminal raw."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

LONGEST_QUOTE = 60
LONGEST_LIST = 12


def printable(text: str) -> str:
    """The text on one line: control characters (terminal escapes too) as backslash escapes."""
    if text.isprintable():
        return text
    return "".join(_escaped(character) for character in text)


def shortened(text: str, longest: int) -> str:
    """The text, cut and marked with an ellipsis when it is longer."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def quoted(text: str) -> str:
    """The text between quotation marks, on one line, cut when long."""
    return f"'{printable(shortened(text, LONGEST_QUOTE))}'"


def listed(names: Iterable[str]) -> str:
    """``'a', 'b' and 3 more``."""
    names = list(names)
    shown = ", ".join(quoted(name) for name in names[:LONGEST_LIST])
    hidden = len(names) - LONGEST_LIST
    return f"{shown} and {hidden:,} more" if hidden > 0 else shown


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 row``, ``2,000 rows``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def place(source: str, line: int | None = None, column: str | None = None) -> str:
    """Where something is, in the words of every message about a table."""
    parts = [printable(source)]
    if line is not None:
        parts.append(f"line {line:,}")
    if column is not None:
        parts.append(f"column {quoted(column)}")
    return ", ".join(parts)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name most like the given one, if any is like it; case counts for nothing."""
    by_folded = {candidate.casefold(): candidate for candidate in names}
    matches = get_close_matches(name.casefold(), by_folded, n=1)
    return by_folded[matches[0]] if matches else None


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode("ascii")
