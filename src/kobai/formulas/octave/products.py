"""Sums, products, quotients and powers: entry by entry, and of matrices."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.formulas.octave.values import (
    is_number,
    lengths,
    numeric,
    require_fit,
    require_moderate,
    sized,
)
from kobai.formulas.operators import LARGEST_EXPONENT, exact
from kobai.formulas.operators import power as number_power


def entrywise(symbol: str, function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """An operation on pairs of entries; rows, columns and numbers are repeated as is needed."""
    on_numbers = exact(function)

    def apply(left: Any, right: Any) -> Any:
        require_fit(symbol, left, right)
        return on_numbers(*numeric(left, right))

    return apply


times = entrywise(".*", operator.mul)
divided = entrywise("./", operator.truediv)
raised = entrywise(".^", number_power)


def product(left: Any, right: Any) -> Any:
    """`left * right`: of matrices, or by a number."""
    if is_number(left) or is_number(right):
        return times(left, right)
    (rows, inner), (height, columns) = lengths(left), lengths(right)
    if inner != height:
        raise ShapeError(
            f"{sized(left)} * {sized(right)} is no product of matrices", repair=_advice(left, right)
        )
    require_moderate(rows, columns)
    left, right = numeric(left, right)
    return np.sum(left.T * right) if rows == columns == 1 else left @ right


def inner(left: Any, right: Any) -> Any:
    """`left' * right`; of two columns it is a sum, whose derivatives are the other factor."""
    if is_number(left) or lengths(left) != lengths(right) or lengths(left)[1] > 1:
        return product(left if is_number(left) else left.T, right)
    return np.sum(times(left, right))


def _advice(left: Any, right: Any) -> str:
    (rows, inner), (height, columns) = lengths(left), lengths(right)
    if (rows, inner) == (height, columns):
        return "write .* for the product entry by entry, or transpose one of them with '"
    if rows == height:
        return "transpose the left one: X' * y"
    if inner == columns:
        return "transpose the right one: X * Y'"
    return "the columns of the left one have to be as many as the rows of the right one"


def solution(left: Any, right: Any) -> Any:
    """The x for which left * x is right."""
    if is_number(left):
        return divided(right, left)
    _require_system(left, right, f"{sized(left)} \\ {sized(right)}", "pinv(A) * b")
    left, right = numeric(left, right)
    return np.linalg.solve(left, right)


def quotient(left: Any, right: Any) -> Any:
    """The x for which x * right is left."""
    if is_number(right):
        return divided(left, right)
    turned = left if is_number(left) else left.T
    _require_system(right, turned, f"{sized(left)} / {sized(right)}", "b * pinv(A)")
    turned, right = numeric(turned, right)
    return np.linalg.solve(right.T, turned).T


def _require_system(system: Any, known: Any, shown: str, advice: str) -> None:
    rows, columns = lengths(system)
    if rows != columns or rows != lengths(known)[0]:
        raise ShapeError(
            f"{shown} is no system of as many equations as unknowns",
            repair=f"write ./ or .\\ for entry by entry, {advice} for least squares",
        )


def power(base: Any, exponent: Any) -> Any:
    """`base ^ exponent`: of a number, or of a square matrix by a whole number."""
    if is_number(base) and is_number(exponent):
        return raised(base, exponent)
    rows, columns = lengths(base)
    is_whole = type(exponent) in (int, float) and exponent == int(exponent)
    if rows != columns or not is_whole or abs(exponent) > LARGEST_EXPONENT:
        raise ShapeError(
            "^ takes a square matrix and a whole number that is written in the formula",
            repair="write .^ for the power of every entry",
        )
    (base,) = numeric(base)
    return np.linalg.matrix_power(base, int(exponent))
