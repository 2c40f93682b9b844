"""The operators: each is one line, with how strongly it binds and what it computes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kobai.formulas.octave import products
from kobai.formulas.octave.products import entrywise
from kobai.formulas.octave.values import is_number, numeric, require_fit, truth

# From weak to strong. Signs bind stronger than a product, powers and transposes stronger still.
OR, AND, COMPARISON, RANGE, SUM, PRODUCT = range(1, 7)


@dataclass(frozen=True)
class Binary:
    """An operator between two values.

    Attributes:
        level: how strongly it binds; all bind from left to right.
        function: what it computes.
    """

    level: int
    function: Callable[[Any, Any], Any]


def _logical(symbol: str, function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(left: Any, right: Any) -> Any:
        require_fit(symbol, left, right)
        return function(truth(left), truth(right))

    return apply


def _compared(symbol: str, function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def apply(left: Any, right: Any) -> Any:
        require_fit(symbol, left, right)
        return function(*numeric(left, right))

    return apply


def negation(x: Any) -> Any:
    """`!x`: which entries are 0."""
    if isinstance(x, bool):
        return not x
    return ~x if truth(x) is x else x == 0


def transposed(x: Any) -> Any:
    """`x'`; entries are real, so `x.'` is the same."""
    return x if is_number(x) else x.T


def signed(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A sign before a value."""
    return lambda x: function(*numeric(x))


BINARY = {
    "|": Binary(OR, _logical("|", operator.or_)),
    "&": Binary(AND, _logical("&", operator.and_)),
    "<": Binary(COMPARISON, _compared("<", operator.lt)),
    "<=": Binary(COMPARISON, _compared("<=", operator.le)),
    ">": Binary(COMPARISON, _compared(">", operator.gt)),
    ">=": Binary(COMPARISON, _compared(">=", operator.ge)),
    "==": Binary(COMPARISON, _compared("==", operator.eq)),
    "~=": Binary(COMPARISON, _compared("~=", operator.ne)),
    "!=": Binary(COMPARISON, _compared("!=", operator.ne)),
    "+": Binary(SUM, entrywise("+", operator.add)),
    "-": Binary(SUM, entrywise("-", operator.sub)),
    "*": Binary(PRODUCT, products.product),
    "/": Binary(PRODUCT, products.quotient),
    "\\": Binary(PRODUCT, products.solution),
    ".*": Binary(PRODUCT, products.times),
    "./": Binary(PRODUCT, products.divided),
    ".\\": Binary(PRODUCT, lambda left, right: products.divided(right, left)),
}
POWERS = {"^": products.power, ".^": products.raised}
PREFIX = {"-": signed(operator.neg), "+": signed(operator.pos), "!": negation, "~": negation}
POSTFIX = {"'": transposed, ".'": transposed}
XOR = _logical("xor", np.not_equal)
