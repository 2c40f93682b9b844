"""Reads a JSON object that anyone may have written: each field has the type asked for, or an error.

A model file is not trusted. Nothing in it names code, and nothing is used before it passed here.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar

from kobai.data.wording import listed, quoted
from kobai.errors import ModelFileError

Kind = TypeVar("Kind")
LARGEST_EXACT = 2**53
"""A longer whole number may be too large for a float, or change on the way."""
REPAIR = "save the model again with `kobai fit`"


class Fields:
    """A JSON object's fields. `where` says in messages whose they are."""

    def __init__(self, value: Any, where: str) -> None:
        self.where = where
        if not isinstance(value, dict):
            raise self.error("it is no JSON object")
        self._values = value

    def error(self, what: str) -> ModelFileError:
        return ModelFileError(f"the model file is damaged: {what}", where=self.where, repair=REPAIR)

    def only(self, *names: str) -> None:
        """Refuse fields that are missing, and fields that have no meaning here."""
        missing = [name for name in names if name not in self._values]
        unknown = [name for name in self._values if name not in names]
        if missing:
            raise self.error(f"it lacks {listed(missing)}")
        if unknown:
            raise self.error(f"it holds the unknown {listed(unknown)}")

    def text(self, name: str) -> str:
        return self._typed(name, str, "text")

    def integer(self, name: str) -> int:
        return self._typed(name, int, "a whole number")

    def number(self, name: str) -> float:
        value = self._values.get(name)
        if type(value) is int and abs(value) <= LARGEST_EXACT:
            value = float(value)
        if type(value) is not float or not math.isfinite(value):
            raise self.error(f"{quoted(name)} is no finite number")
        return value

    def items(self, name: str) -> list[Any]:
        return self._typed(name, list, "a list")

    def distinct_texts(self, name: str, least: int = 1) -> tuple[str, ...]:
        values = self.items(name)
        if not all(type(value) is str for value in values):
            raise self.error(f"{quoted(name)} holds something other than text")
        if len(set(values)) != len(values) or len(values) < least:
            raise self.error(f"{quoted(name)} repeats a text, or holds too few")
        return tuple(values)

    def inner(self, name: str) -> Fields:
        return Fields(self._values.get(name), f"{self.where}, {name}")

    def _typed(self, name: str, kind: type[Kind], called: str) -> Kind:
        value = self._values.get(name)
        # `type` and not isinstance: True is no whole number here.
        if type(value) is not kind:
            raise self.error(f"{quoted(name)} is not {called}")
        return value
