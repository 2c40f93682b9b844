"""What a value is in a formula of Octave's: a number, or a matrix that is larger than 1x1.

Octave's numbers are matrices of one row and one column. Here such a value is a number as soon as it
arises, so that the formulas of a derivation say `2 * x` and `np.sum(x)`, and each operation has two
cases at most.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from kobai.errors import ArgumentError, ShapeError

# What a formula makes of numbers alone, as ones(n, n) or 1:n.
MOST_MADE = 100_000
# What an operation makes out of smaller operands, as x * x'.
MOST_ENTRIES = 10_000_000


def shape_of(shape: tuple[int, ...], name: str) -> tuple[int, ...]:
    """The shape in which an argument enters: a column for one axis, none for a single number.

    Raises:
        ArgumentError: it has more than two axes.
    """
    if len(shape) > 2:
        raise ArgumentError(
            f"{name} has {len(shape)} axes, and a matrix has two",
            repair="give it as a matrix, or write the formula in NumPy's syntax",
        )
    if prod(shape) == 1:
        return ()
    return (shape[0], 1) if len(shape) == 1 else shape


def given(value: Any, name: str) -> Any:
    """An argument's value as the formula computes with it."""
    wanted = shape_of(np.shape(value), name)
    if prod(wanted) == 0:
        raise ArgumentError(f"{name} is empty", repair="give it at least one row and one column")
    if value.dtype.kind != "f":
        value = value * 1.0
    return value if np.shape(value) == wanted else np.reshape(value, wanted)


def lengths(x: Any) -> tuple[int, int]:
    """Rows and columns."""
    rows, columns = np.shape(x) or (1, 1)
    return int(rows), int(columns)


def sized(x: Any) -> str:
    """Rows and columns as Octave writes them."""
    return "{}x{}".format(*lengths(x))


def is_number(x: Any) -> bool:
    """Whether a value is 1x1."""
    return not np.shape(x)


def is_vector(x: Any) -> bool:
    """Whether a value has one row or one column."""
    return 1 in lengths(x)


def settled(x: Any) -> Any:
    """A matrix of one entry as a number."""
    if np.shape(x) == (1, 1):
        return x[0, 0]
    if 0 in np.shape(x):
        raise ShapeError("the result is an empty matrix", repair="take at least one entry")
    return x


def matrix(x: Any) -> Any:
    """A number as a matrix of one entry."""
    return np.reshape(x, (1, 1)) if is_number(x) else x


def vector(x: Any) -> Any:
    """The entries column by column, along one axis."""
    return np.reshape(matrix(x).T, (-1,))


def is_logical(x: Any) -> bool:
    """Whether a value is what a comparison gives."""
    return isinstance(x, bool) or (hasattr(x, "dtype") and x.dtype.kind == "b")


def numeric(*operands: Any) -> tuple[Any, ...]:
    """Truth values as numbers, where there is nothing but those: NumPy's own sums are `or`s."""
    if all(map(is_logical, operands)):
        return tuple(x * 1.0 for x in operands)
    return operands


def truth(x: Any) -> Any:
    """Which entries are not 0."""
    return x if is_logical(x) else x != 0


def require_fit(symbol: str, left: Any, right: Any) -> None:
    """Lengths agree, or one of them is 1."""
    pairs = list(zip(lengths(left), lengths(right), strict=True))
    if any(one != other and 1 not in (one, other) for one, other in pairs):
        shown = f"{sized(left)} {symbol} {sized(right)}"
        advice = f"{shown.replace(symbol, '*')} is a product of matrices: write *"
        fits = symbol == ".*" and lengths(left)[1] == lengths(right)[0]
        raise ShapeError(
            f"{shown} does not fit entry by entry",
            repair=advice if fits else "transpose one of them with ', or take a part of it",
        )
    require_moderate(*(max(pair) for pair in pairs))


def require_moderate(rows: int, columns: int, most: int = MOST_ENTRIES) -> None:
    """Refuse to make a matrix that is too large; a negative length is one of 0 in Octave."""
    if rows * columns > most:
        raise ShapeError(
            f"a matrix of {rows:,} x {columns:,} entries",
            repair=f"{most:,} entries are the limit here",
        )
