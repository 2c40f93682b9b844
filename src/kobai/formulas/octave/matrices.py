"""Matrices that are made of numbers, measured, rearranged, chosen from, and inverted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.formulas.octave.indices import beside, stacked
from kobai.formulas.octave.values import (
    MOST_MADE,
    is_number,
    is_vector,
    lengths,
    matrix,
    numeric,
    require_fit,
    require_moderate,
    settled,
    truth,
    vector,
)


def _asked(counts: tuple[Any, ...]) -> tuple[int, int]:
    """Rows and columns from `n`, `m, n` or `[m, n]`."""
    numbers = [float(count) for count in np.ravel(np.concatenate([np.ravel(c) for c in counts]))]
    if len(numbers) == 1:
        numbers *= 2
    if len(numbers) != 2 or any(number != np.floor(number) or number < 1 for number in numbers):
        raise ShapeError("lengths are two whole numbers from 1", repair="write ones(3, 2)")
    rows, columns = map(int, numbers)
    return rows, columns


def made(function: Callable[[tuple[int, int]], Any]) -> Callable[..., Any]:
    """`ones`, `zeros`, `eye`: a matrix of given lengths."""

    def apply(*counts: Any) -> Any:
        if not counts:
            return function((1, 1))[0, 0]
        shape = _asked(counts)
        require_moderate(*shape, MOST_MADE)
        return settled(function(shape))

    return apply


def identity(shape: tuple[int, int]) -> Any:
    """Ones on the diagonal."""
    return np.eye(*shape)


def linspace(first: Any, last: Any, count: Any = 100) -> Any:
    """Numbers evenly spaced from one to another, a row."""
    _, count = _asked((1, count))
    require_moderate(1, count, MOST_MADE)
    return settled(np.linspace(float(first), float(last), count)[None, :])


def size(x: Any, dimension: Any = None) -> Any:
    """Rows and columns, or one of them."""
    if dimension is None:
        return np.array([lengths(x)], float)
    if dimension not in (1, 2):
        raise ShapeError(f"dimension {dimension}", repair="write 1 for rows, 2 for columns")
    return lengths(x)[int(dimension) - 1]


def rows(x: Any) -> int:
    """How many rows."""
    return lengths(x)[0]


def columns(x: Any) -> int:
    """How many columns."""
    return lengths(x)[1]


def count(x: Any) -> int:
    """How many entries."""
    return rows(x) * columns(x)


def length(x: Any) -> int:
    """The larger one of rows and columns."""
    return max(lengths(x))


def stack_columns(x: Any) -> Any:
    """`vec(x)`, `x(:)`: the columns under each other."""
    return x if columns(x) == 1 else vector(x)[:, None]


def reshape(x: Any, *counts: Any) -> Any:
    """The entries, column by column, in other lengths."""
    shape = _asked(counts) if counts else (0, 0)
    if shape[0] * shape[1] != count(x):
        raise ShapeError(
            f"{count(x)} entries don't fill {shape[0]} x {shape[1]}", repair="write other lengths"
        )
    return settled(np.reshape(matrix(x).T, shape[::-1]).T)


def repmat(x: Any, *counts: Any) -> Any:
    """The matrix repeated down and across."""
    down, across = _asked(counts)
    require_moderate(rows(x) * down, columns(x) * across)
    return settled(np.tile(matrix(x), (down, across)))


def kron(left: Any, right: Any) -> Any:
    """Kronecker's product."""
    require_moderate(rows(left) * rows(right), columns(left) * columns(right))
    left, right = numeric(left, right)
    return settled(np.kron(matrix(left), matrix(right)))


def diagonal(x: Any) -> Any:
    """A diagonal matrix of a vector; the diagonal of a matrix as a column."""
    (x,) = numeric(x)
    if is_number(x):
        return x
    if is_vector(x):
        require_moderate(count(x), count(x))
        return np.diag(x[0, :] if rows(x) == 1 else x[:, 0])
    return np.diag(x)[:, None]


def trace(x: Any) -> Any:
    """The sum of the diagonal."""
    return np.trace(square(x, "trace"))


def square(x: Any, name: str) -> Any:
    """A square matrix."""
    (x,) = numeric(x)
    if rows(x) != columns(x):
        raise ShapeError(
            f"{name} takes a square matrix, and this is {rows(x)}x{columns(x)}",
            repair="multiply it with its transpose: X' * X",
        )
    return matrix(x)


def of_square(function: Callable[[Any], Any], name: str) -> Callable[[Any], Any]:
    """A function of square matrices."""
    return lambda x: settled(function(square(x, name)))


def of_matrix(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of matrices."""
    return lambda x: settled(function(matrix(*numeric(x))))


def log_determinant(x: Any) -> Any:
    """The logarithm of the determinant of a matrix for which it is positive."""
    return np.linalg.slogdet(square(x, "logdet"))[1]


def merge(mask: Any, left: Any, right: Any) -> Any:
    """Entries of one where the mask is true, of the other where it is not."""
    for value in (left, right):
        require_fit("and", mask, value)
    if any(not is_number(x) and lengths(x) != lengths(mask) for x in (left, right)):
        raise ShapeError(
            "merge takes values of the mask's size, or numbers",
            repair="give both the size of the mask",
        )
    return np.where(truth(mask), left, right)


horzcat, vertcat = beside, stacked
