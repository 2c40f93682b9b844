"""The dialects that formulas are written in: how a text is read, and what arguments enter as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kobai.formulas import reading
from kobai.formulas.expressions import Statement
from kobai.formulas.octave import reading as octave_reading
from kobai.formulas.octave import values

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Dialect:
    """A way to write formulas.

    Attributes:
        read: from a text to statements and the names of its arguments.
        given: from an argument's value and name to the value that is computed with.
        shape: from the shape asked for an argument, and its name, to the one it is drawn in.
    """

    read: Callable[[str], tuple[list[Statement], list[str]]]
    given: Callable[[Any, str], Any] = lambda value, name: value
    shape: Callable[[Shape, str], Shape] = lambda shape, name: shape


DIALECTS = {
    "numpy": Dialect(reading.read),
    "octave": Dialect(octave_reading.read, values.given, values.shape_of),
}
