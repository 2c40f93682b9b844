"""Terms: numbers times factors with exponents, and the arithmetic of their sums.

This is what `collect` reads formulas as and builds them from; nothing here asks what is proved.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from math import gcd, isfinite
from typing import Any, TypeAlias

import numpy as np

from kobai.graph import CONSTANT, Node
from kobai.ops import arithmetic as ar
from kobai.ops.elementary import sqrt
from kobai.sizes import Size, quotient

# Factors with their exponents, in order of appearance; terms with their coefficients.
Number: TypeAlias = int | Fraction
Monomial: TypeAlias = tuple[tuple[Node, Number], ...]
Terms: TypeAlias = dict[Monomial, Number]

LARGEST_DIVISOR = 10_000


class UnprovedError(Exception):
    """A cancellation that the facts at hand don't prove."""


def least_cost(terms: Terms) -> int:
    """A bound from below to the operations of any form of these terms."""
    shared = shared_factors(list(terms))
    scaled = len({magnitude(coefficient) for coefficient in terms.values()}) > 1
    rest = sum(
        len(monomial) - len(shared) + (scaled and magnitude(terms[monomial]) != 1) > 1
        for monomial in terms
    )
    return len(terms) - 1 + rest + len(shared) - (len(terms) == 1)


def bases_of(terms: Terms) -> frozenset[Node]:
    return frozenset(base for monomial in terms for base, _ in monomial)


def has_divisors(terms: Terms) -> bool:
    return any(
        exponent < 0 and is_whole(exponent) for monomial in terms for _, exponent in monomial
    )


def fit_dtype(terms: Terms, node: Node) -> bool:
    """Whether the coefficients are numbers of the node's dtype."""
    if not node.is_differentiable:
        return all(coefficient.denominator == 1 for coefficient in terms.values())
    limits = np.finfo(node.dtype)
    largest = min(float(limits.max), sys.float_info.max)
    low, high = Fraction(float(limits.tiny)), Fraction(largest) / LARGEST_DIVISOR
    return all(
        magnitude(number) == 1 or low <= magnitude(number) <= high for number in terms.values()
    )


def is_number(node: Node) -> bool:
    """Whether the node is a finite scalar other than 0."""
    if node.op is not CONSTANT or node.ndim:
        return False
    value = node.attribute("value").item()
    return isfinite(value) and value != 0


def size_terms(node: Node) -> Terms:
    """A length such as `2*m` as 2 times m."""
    size: Size = node.attribute("size")
    number = gcd(*(coefficient for _, coefficient in size.terms))
    rest = quotient(size, number)
    leaf = node if number == 1 or rest is None else node.graph.leaf(rest, node.dtype)
    return {((leaf, 1),): 1 if leaf is node else number}


def exact_number(value: float) -> Number:
    return as_int(Fraction(*value.as_integer_ratio()))


def magnitude(number: Number) -> Number:
    return -number if number < 0 else number


def divided(above: Number, below: Number) -> Number:
    return above if below == 1 else as_int(Fraction(above) / below)


def as_int(number: Fraction) -> Number:
    """The number as an int if it is one: most are, and ints are fast."""
    return number.numerator if number.denominator == 1 else number


def same_factors(terms: Terms, monomial: Monomial) -> Monomial:
    """The same factors in the order in which they are known already."""
    if monomial in terms or len(monomial) < 2:
        return monomial
    wanted = frozenset(monomial)
    size = len(monomial)
    return next((m for m in terms if len(m) == size and frozenset(m) == wanted), monomial)


def times_number(terms: Terms, factor: Number) -> Terms:
    return {monomial: coefficient * factor for monomial, coefficient in terms.items()}


def raised(terms: Terms, exponent: int) -> Terms:
    ((monomial, coefficient),) = terms.items()
    if not coefficient and exponent < 0:
        raise UnprovedError
    number = coefficient if coefficient == 1 else as_int(Fraction(coefficient) ** exponent)
    return {tuple((base, power * exponent) for base, power in monomial): number}


def whole_exponent(node: Node) -> int | None:
    """The exponent of a small whole power."""
    power = node.operands[1]
    if power.op is not CONSTANT or power.ndim:
        return None
    value = power.attribute("value").item()
    return int(value) if value in (-3, -2, -1, 2, 3, 4) else None


def offset_of(exponent: Node) -> tuple[Node | None, Number] | None:
    """An exponent as a value and a number to be added to it; None where it is no such sum.

    A number is taken as it is written: -0.7, which is 0.3 - 1 rounded, gives 0.3 again.
    """
    if is_number(exponent):
        return None, as_int(Fraction(repr(exponent.attribute("value").item())))
    if exponent.op is not ar.subtract or not is_number(exponent.operands[1]):
        return None
    written, number = exponent.operands
    return written, -exact_number(number.attribute("value").item())


def shared_factors(monomials: list[Monomial]) -> dict[Node, Number]:
    shared: dict[Node, Number] = {}
    for base, _ in monomials[0]:
        exponents = [dict(monomial).get(base, 0) for monomial in monomials]
        if min(exponents) > 0:
            shared[base] = min(exponents)
        elif max(exponents) < 0:
            shared[base] = max(exponents)
    return shared


def shared_scale(coefficients: list[Number]) -> Number:
    sizes = {magnitude(coefficient) for coefficient in coefficients}
    return sizes.pop() if len(sizes) == 1 else 1


def without_factors(monomial: Monomial, shared: dict[Node, Number]) -> Monomial:
    rest = ((base, exponent - shared.get(base, 0)) for base, exponent in monomial)
    return tuple((base, exponent) for base, exponent in rest if exponent)


def sum_node(terms: Terms) -> Any:
    """Terms in order of appearance; one with a minus comes first only as a fraction, `-y / a`."""
    order = list(terms)
    leading = [m for m in order if terms[m] > 0 or any(exponent < 0 for _, exponent in m)]
    if leading:
        order.remove(leading[0])
        order.insert(0, leading[0])
    result = product_node(order[0], terms[order[0]])
    for monomial in order[1:]:
        part = product_node(monomial, magnitude(terms[monomial]))
        result = result + part if terms[monomial] > 0 else result - part
    return result


def product_node(monomial: Monomial, coefficient: Number) -> Any:
    """`-2 * x * y**2 / z`: sign, number, factors, divisors."""
    above = [raised_base(*factor) for factor in monomial if not is_divisor(factor[1])]
    below = [(base, -exponent) for base, exponent in monomial if is_divisor(exponent)]
    size = magnitude(coefficient)
    is_simple = size.denominator < LARGEST_DIVISOR
    number = size.numerator if is_simple else float(size)
    result: Any = number
    if above:
        result = above[0] if number == 1 else number * above[0]
    for factor in above[1:]:
        result = result * factor
    divisors: list[Any] = [raised_base(*factor) for factor in below]
    if is_simple and size.denominator > 1:
        # A number by itself is divided last, so that no third is rounded.
        divisors.insert(0 if above else len(divisors), size.denominator)
    for divisor in divisors:
        result = result / divisor
    return -result if coefficient < 0 else result


def raised_base(base: Node, exponent: Number) -> Node:
    if exponent == 1:
        return base
    if exponent == Fraction(1, 2):
        return sqrt(base)
    return base ** (exponent if isinstance(exponent, int) else float(exponent))


def is_divisor(exponent: Number) -> bool:
    return exponent < 0 and (is_whole(exponent) or exponent == Fraction(-1, 2))


def is_whole(exponent: Number) -> bool:
    return isinstance(exponent, int)
