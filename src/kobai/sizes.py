"""Lengths of axes as symbols, so that one graph serves every batch size and prints `/ m`.

A dimension is an `int` or a `Size`: a polynomial with integer coefficients in the lengths of the
arguments' axes, such as `m`, `m - 1` or `2*m*n`. Each symbol also carries the length at hand, so
that shapes can be checked while a function is traced.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import TypeAlias

Monomial: TypeAlias = tuple[str, ...]


class Size:
    """A polynomial in axis lengths: `{("m",): 1, (): -1}` is `m - 1`."""

    __slots__ = ("_hash", "at_hand", "terms")

    def __init__(self, terms: Mapping[Monomial, int], at_hand: int) -> None:
        self.terms = tuple(sorted((m, c) for m, c in terms.items() if c))
        self.at_hand = at_hand
        self._hash = hash(self.terms)

    @classmethod
    def symbol(cls, name: str, at_hand: int) -> Size:
        return cls({(name,): 1}, at_hand)

    @property
    def symbols(self) -> frozenset[str]:
        return frozenset(name for monomial, _ in self.terms for name in monomial)

    def resolve(self, lengths: Mapping[str, int]) -> int:
        """The number that this size is, given the length of each symbol."""
        return sum(c * prod(lengths[name] for name in m) for m, c in self.terms)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Size) and self.terms == other.terms

    def __add__(self, other: Dim) -> Dim:
        terms = dict(self.terms)
        for monomial, coefficient in _terms(other):
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return _lowest(terms, self.at_hand + at_hand(other))

    def __mul__(self, other: Dim) -> Dim:
        terms: dict[Monomial, int] = {}
        for left, c in self.terms:
            for right, d in _terms(other):
                key = tuple(sorted(left + right))
                terms[key] = terms.get(key, 0) + c * d
        return _lowest(terms, self.at_hand * at_hand(other))

    def __sub__(self, other: Dim) -> Dim:
        return self + (-1 * other)

    def __rsub__(self, other: int) -> Dim:
        return -1 * self + other

    __radd__ = __add__
    __rmul__ = __mul__

    def renamed(self, names: Mapping[str, str]) -> Size:
        """The same size over other symbols."""
        terms = {
            tuple(sorted(names.get(name, name) for name in monomial)): c
            for monomial, c in self.terms
        }
        return Size(terms, self.at_hand)

    def __str__(self) -> str:
        """Python source, such as `m - 1`. The first term is positive if any is."""
        parts: list[str] = []
        for monomial, c in sorted(self.terms, key=lambda term: (term[1] < 0, -len(term[0]), term)):
            factors = list(monomial)
            if abs(c) != 1 or not factors:
                factors.insert(0, str(abs(c)))
            sign = "-" if c < 0 else "+"
            parts.append(f"{sign} " if parts else sign.strip("+"))
            parts[-1] += "*".join(factors)
        return " ".join(parts)

    __repr__ = __str__


Dim: TypeAlias = int | Size
Shape: TypeAlias = tuple[Dim, ...]


def at_hand(dimension: Dim) -> int:
    """The length of a dimension for the arrays that were traced."""
    return dimension.at_hand if isinstance(dimension, Size) else dimension


def shape_at_hand(shape: Shape) -> tuple[int, ...]:
    return tuple(at_hand(d) for d in shape)


def resolve(dimension: Dim, lengths: Mapping[str, int]) -> int:
    return dimension.resolve(lengths) if isinstance(dimension, Size) else dimension


def product(shape: Shape) -> Dim:
    """The number of entries of an array of this shape."""
    total: Dim = 1
    for dimension in shape:
        total = total * dimension
    return total


def quotient(total: Dim, divisor: Dim) -> Dim | None:
    """`total / divisor` where that is a size again (`reshape(-1)` needs it), else None."""
    if total == divisor:
        return 1
    if not at_hand(divisor):
        return None
    if isinstance(total, int) and isinstance(divisor, int):
        return total // divisor if total % divisor == 0 else None
    divisor_terms = _terms(divisor)
    if len(divisor_terms) != 1:
        return None
    monomial, coefficient = divisor_terms[0]
    terms: dict[Monomial, int] = {}
    for candidate, c in _terms(total):
        rest = list(candidate)
        for name in monomial:
            if name not in rest:
                return None
            rest.remove(name)
        if c % coefficient:
            return None
        terms[tuple(rest)] = c // coefficient
    return _lowest(terms, at_hand(total) // at_hand(divisor))


def _terms(dimension: Dim) -> tuple[tuple[Monomial, int], ...]:
    return dimension.terms if isinstance(dimension, Size) else (((), dimension),)


def _lowest(terms: Mapping[Monomial, int], length: int) -> Dim:
    if all(not monomial or not c for monomial, c in terms.items()):
        return length
    return Size(terms, length)
