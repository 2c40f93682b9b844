"""Operators and indices of a formula, with bounds on what numbers in the text grow to."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

LARGEST_EXPONENT = 1_000
# Whole numbers up to here are exact as floats; larger ones become floats.
LARGEST_WHOLE = 2**53


def exact(function: Callable[..., Any]) -> Callable[..., Any]:
    """An operator that, on two numbers of the formula, gives a number that a float can hold."""

    def apply(*operands: Any) -> Any:
        try:
            result = function(*operands)
            return rounded(result) if type(result) is int else real(result)
        except OverflowError as error:
            raise ArithmeticError("the result is larger than a number can be") from error

    return apply


def real(result: Any) -> Any:
    """What is no Python number as it is; NumPy has its own ways with nan and inf."""
    if type(result) is complex:
        raise ArithmeticError("a root of a negative number is not real")
    if type(result) is float and not math.isfinite(result):
        raise OverflowError
    return result


def rounded(number: float) -> float:
    """A whole number as a float where it is large, so that none outgrows the memory."""
    return number if abs(number) <= LARGEST_WHOLE else float(number)


def power(base: Any, exponent: Any) -> Any:
    """`**`, with a bound on exponents that the formula itself holds."""
    if type(exponent) in (int, float) and abs(exponent) > LARGEST_EXPONENT:
        raise ArithmeticError(f"exponents up to {LARGEST_EXPONENT:,} are read, not {exponent:g}")
    return base**exponent


def negation(truth: Any) -> Any:
    """`~` on truth values; on whole numbers it would turn bits."""
    return np.logical_not(truth) if type(truth) is bool else ~truth


def item(base: Any, *places: Any) -> Any:
    """`base[…]` with whole numbers, slices, `None` and `...`."""
    for place in places:
        ends = (place.start, place.stop, place.step) if isinstance(place, slice) else (place,)
        if any(end not in (None, ...) and type(end) is not int for end in ends):
            raise TypeError("an index is a whole number that depends on no argument's entries")
    return base[places]


def axis_length(base: Any, axis: Any) -> int:
    """`base.shape[axis]`."""
    return int(operator.getitem(np.shape(base), operator.index(axis)))


def reshape(base: Any, *shape: Any) -> Any:
    """`base.reshape(2, 3)` and `base.reshape((2, 3))`."""
    return np.reshape(base, shape[0] if len(shape) == 1 else shape)


BINARY: dict[type[ast.operator], Callable[..., Any]] = {
    ast.Add: exact(operator.add),
    ast.Sub: exact(operator.sub),
    ast.Mult: exact(operator.mul),
    ast.Div: exact(operator.truediv),
    ast.Pow: exact(power),
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
UNARY: dict[type[ast.unaryop], Callable[..., Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: negation,
}
COMPARISONS: dict[type[ast.cmpop], Callable[..., Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
