"""What a cell of a CSV file is: a number, text, a hole, or a number that is not finite.

Python's own `float` reads more than a table means by a number: `1_000`, `nan`, `infinity`, and the
digits of every script. Here a number is written with ASCII digits, sign, point and exponent alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["number", "text", "hole", "not finite"]

HOLES = frozenset({"", "NA", "N/A", "n/a", "#N/A", "<NA>", "NULL", "null"})
NOT_FINITE = re.compile(r"[+-]?(nan|NaN|NAN|(?i:inf|infinity))")
_NUMBER_CHARACTERS = re.compile(r"[0-9eE+\-. \t,]*")


def numbers(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """The cells' values, or None unless every cell is a number. Overflow gives inf."""
    if _NUMBER_CHARACTERS.fullmatch(",".join(cells)) is None:
        return None
    try:
        return np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None


def kind(cell: str) -> Kind:
    """What one cell is, blanks around it aside."""
    text = cell.strip()
    if text in HOLES:
        return "hole"
    if NOT_FINITE.fullmatch(text):
        return "not finite"
    value = numbers((text,))
    if value is None:
        return "text"
    return "number" if np.isfinite(value[0]) else "not finite"
