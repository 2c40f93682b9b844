"""Sums of products as people write them: `1/m Σ_n Σ_k (Y[n,k] − T[n,k]) V[m,k] Z[n,m]`.

What a sum does not run over stands before it if it is a divisor, and a sum that is one of its
factors is beside it, with the other factors behind both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Self, TypeAlias

import numpy as np

from kobai.graph import Node, Op
from kobai.ops.places import Letter
from kobai.scalars import Scalar
from kobai.targets.source import Source

if TYPE_CHECKING:
    from kobai.targets.entries import Style

# A letter, and where it begins and ends as printed.
Run: TypeAlias = tuple[Letter, str, str]


class Product(Source):
    """A product that knows its factors."""

    __slots__ = ("factors",)

    factors: tuple[Source, ...]

    @classmethod
    def of(cls, source: Source, factors: Sequence[Source]) -> Self:
        result = cls(source, source.precedence, source.parentheses)
        result.factors = tuple(factors)
        return result


class Quotient(Source):
    """A quotient by one number, that knows its parts."""

    __slots__ = ("above", "below")

    above: Source
    below: Source

    @classmethod
    def of(cls, source: Source, above: Source, below: Source) -> Self:
        result = cls(source, source.precedence, source.parentheses)
        result.above, result.below = above, below
        return result


class Total(Source):
    """A sum that knows over what it runs, and its factors."""

    __slots__ = ("factors", "runs")

    runs: tuple[Run, ...]
    factors: tuple[Source, ...]

    @classmethod
    def of(cls, source: Source, runs: Sequence[Run], factors: Sequence[Source]) -> Self:
        result = cls(source, source.precedence, source.parentheses)
        result.runs, result.factors = tuple(runs), tuple(factors)
        return result


def with_parts(node: Node, source: Source, operands: Sequence[Source], style: Style) -> Source:
    """What a map is printed as; products, and quotients by a number, with their parts."""
    if len(operands) != 2 or node.attributes:
        return source
    match _instruction(node.op):
        case "mul":
            return Product.of(style.product(operands), operands)
        case "div" if node.operands[1].ndim == 0:
            return Quotient.of(source, *operands)
        case _:
            return source


def sum_of(runs: Sequence[Run], factors: Sequence[Source], style: Style) -> Source:
    """The sum of a product: Σ signs together, numbers by which it is divided before them."""
    parts: list[Source] = []
    divisors: list[Source] = []
    stack = [*reversed(factors)]
    while stack:
        match stack.pop():
            case Product(factors=inner):
                stack += reversed(inner)
            case Quotient(above=above, below=below):
                stack.append(above)
                divisors.append(below)
            case part:
                parts.append(part)
    parts = [part for part in parts if part not in {"1", "1.0"}] or parts[:1]
    runs = [*runs]
    totals = [part for part in parts if isinstance(part, Total)]
    if len(totals) == 1:
        (total,) = totals
        runs += total.runs
        place = parts.index(total)
        parts[place : place + 1] = total.factors
    body = style.product(parts) if len(parts) > 1 else parts[0]
    result: Source = Total.of(style.fold("sum", runs, body), runs, parts)
    for divisor in divisors:
        result = Quotient.of(style.share(result, divisor), result, divisor)
    return result


@cache
def _instruction(op: Op) -> str:
    """The one instruction that a map of two operands comes to; empty if it is more than one."""
    if op.body is None:
        return ""
    given = [Scalar("read", (), np.dtype(float), label) for label in "ab"]
    body: Scalar | None = op.body(*given)
    if body is None or len(body.operands) != 2:
        return ""
    is_plain = all(x is y for x, y in zip(body.operands, given, strict=True))
    return body.instruction if is_plain else ""
