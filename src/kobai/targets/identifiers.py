"""Names of a program: the user's own where the language takes them, and never two alike.

No text of the user's reaches a file but through this table and the printer of numbers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

LONGEST = 40
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


class Identifiers:
    """The names of one file.

    Args:
        reserved: words that the language, or the program's own text, has a use for.
    """

    def __init__(self, reserved: Collection[str]) -> None:
        self._taken = set(reserved)
        self._known: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The identifier of a name: the same each time, another one for each other name."""
        if name not in self._known:
            self._known[name] = self.fresh(name)
        return self._known[name]

    def local(self, name: str) -> str:
        """The identifier of a variable of the program's own, whatever the user's names are."""
        key = f"\0{name}"
        if key not in self._known:
            self._known[key] = self.fresh(name)
        return self._known[key]

    def fresh(self, wanted: str) -> str:
        """An identifier that nothing else has."""
        stem = plain(wanted)
        found, number = stem, 1
        while found in self._taken:
            number += 1
            found = f"{stem}_{number}"
        self._taken.add(found)
        return found


def plain(name: str) -> str:
    """A name in ASCII letters, digits and underscores: `α` is alpha, `重み` its code points."""
    text = "".join(map(_spelled, name))[:LONGEST].rstrip("_") or "v"
    return text if _PLAIN.fullmatch(text) else f"v{text}"


def _spelled(character: str) -> str:
    if character.isascii():
        return character if character.isalnum() or character == "_" else "_"
    greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER ([A-Z]+)", unicodedata.name(character, ""))
    if greek is not None:
        word = greek[2].lower()
        return word if greek[1] == "SMALL" else word.capitalize()
    return f"u{ord(character):04x}"
