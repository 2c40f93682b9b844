"""The words that a derivation prints, in three languages, each one JSON file of the same keys.

The page in the browser reads the same files. `{name}` in a text is a place that is filled in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

LANGUAGES = ("en", "ja", "zh")


class Words:
    """The words of one language.

    Attributes:
        lang: "en", "ja" or "zh".
    """

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._texts = catalogue(lang)

    def __call__(self, key: str, **values: Any) -> str:
        """The text of a key, with its places filled in."""
        return self._texts[key].format(**values)

    def rule(self, name: str) -> str:
        """The name of a rule of simplification."""
        return self._texts.get(f"rule: {name}", name)

    def setting(self, letter: str) -> str:
        """What an optimiser's letter stands for; empty for one that has no name."""
        return self._texts.get(f"setting: {letter}", "")

    def listed(self, parts: Iterable[str]) -> str:
        """The parts one after another, as the language separates them."""
        return self._texts["separator"].join(parts)


@cache
def words(lang: str) -> Words:
    """The words of a language, read once."""
    return Words(lang)


def catalogue(lang: str) -> dict[str, str]:
    """All texts of a language, by their keys."""
    file = resources.files(__name__).joinpath(f"{lang}.json")
    found: dict[str, str] = json.loads(file.read_text("utf-8"))
    return found
