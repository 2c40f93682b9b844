"""Every sentence of a check: those of its report are in three languages, its errors in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from kobai.languages import words

_ERRORS: dict[str, str] = {
    "strange parameters": "{function} has parameters that nothing is known for: {names}",
    "strange parameters: repair": "name them as the loss names its values: {known}",
    "no signature": "the parameters of {function} can't be found out",
    "no signature: repair": "wrap it into a function that names its parameters",
    "raised": "{function} raised {error}",
    "raised: repair": "mend this line, or what leads to it: it was given the loss's own values",
    "returned nothing": "{function} returned None",
    "returned nothing: repair": (
        "return the derivatives, as a tuple in the order of wrt or as a dict: return dw, db"
    ),
    "counts differ": "{function} returned {found} values for the {wanted} derivatives {names}",
    "counts differ: repair": "return one for each of them, or name others in wrt",
    "no names": "none of the names {found} stands for a derivative of the loss",
    "no names: repair": "name them after the loss's values, as in {examples}",
    "no language": "lang is {lang}",
    "no language: repair": "use one of {known}",
    "not a hand": "hand is neither a function nor a dict of arrays but {kind}",
    "not a hand: repair": "give your backward function, or {{'dz': dz, 'dw': dw}}",
}


class Sentence(str):
    """A sentence in English that can be said in another language.

    Attributes:
        key: of the text, in the catalogues.
        parts: what is put into its places.
    """

    __slots__ = ("key", "parts")

    key: str
    parts: Mapping[str, Any]

    def __new__(cls, key: str, parts: Mapping[str, Any]) -> Self:
        sentence = super().__new__(cls, words("en")(f"check: {key}", **parts))
        sentence.key, sentence.parts = key, parts
        return sentence


def said(key: str, **parts: object) -> str:
    """A sentence with its parts."""
    if key in _ERRORS:
        return _ERRORS[key].format(**parts)
    return Sentence(key, parts)


def translated(text: str, lang: str) -> str:
    """A sentence in another language; other text as it is."""
    if not isinstance(text, Sentence):
        return text
    return words(lang)(f"check: {text.key}", **text.parts)
