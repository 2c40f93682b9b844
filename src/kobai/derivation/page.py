"""A derivation as one HTML file that opens from disk and asks the network for nothing.

`page.html` beside this file is built of the sources in `page/` by `make page`. What is the user's
goes into it as JSON, in an element that no browser runs.
"""

from __future__ import annotations

import json
from importlib.resources import files

from kobai.errors import ArgumentError
from kobai.languages import LANGUAGES, catalogue

DATA, WORDS, LANGUAGE = "@derivation@", "@words@", "@language@"
_ESCAPED = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def page(derivation: str, language: str) -> str:
    """The text of the file.

    Args:
        derivation: the derivation as JSON text.
        language: "en", "ja" or "zh".
    """
    words = json.dumps(page_words(language), ensure_ascii=False)
    template = files("kobai.derivation").joinpath("page.html").read_text("utf-8")
    for mark, text in (
        (LANGUAGE, language),
        (WORDS, embedded(words)),
        (DATA, embedded(derivation)),
    ):
        before, _, after = template.rpartition(mark)
        template = before + text + after
    return template


def embedded(text: str) -> str:
    """JSON that can stand in a script element: nothing in it ends that or opens a comment."""
    return text.translate(_ESCAPED)


def page_words(language: str) -> dict[str, str]:
    """What the page says, in one language."""
    if language not in LANGUAGES:
        raise ArgumentError(
            f"there is no language {language!r}", repair=f"use one of {', '.join(LANGUAGES)}"
        )
    prefix = "page."
    return {
        key.removeprefix(prefix): word
        for key, word in catalogue(language).items()
        if key.startswith(prefix)
    }
