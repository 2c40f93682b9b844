"""Intervals of real numbers: what a value can be, known from the operation that made it.

An interval speaks of the exact, unrounded value: `exp(x)` lies in (0, inf) though 1e-400 rounds
to zero. That is what a rewriting rule needs to know. An end that has to be rounded is rounded
outwards, so that nothing is excluded (Moore, Kearfott and Cloud, Introduction to Interval
Analysis, 2009, section 3.2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

INFINITY = math.inf

# An end of an interval, and whether it is open.
End: TypeAlias = tuple[float, bool]


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`, or the whole ones; an open end is not itself among them."""

    low: float = -INFINITY
    high: float = INFINITY
    low_open: bool = False
    high_open: bool = False
    is_whole: bool = False

    @property
    def is_positive(self) -> bool:
        return self.low > 0 or (self.low == 0 and self.low_open)

    @property
    def is_nonnegative(self) -> bool:
        return self.low >= 0

    @property
    def is_negative(self) -> bool:
        return (-self).is_positive

    @property
    def is_nonzero(self) -> bool:
        return self.is_positive or self.is_negative

    @property
    def is_bounded(self) -> bool:
        """Whether no value is infinite."""
        low = self.low > -INFINITY or self.low_open
        return low and (self.high < INFINITY or self.high_open)

    @property
    def is_label(self) -> bool:
        """Whether there are only 0 and 1."""
        return self.is_whole and self.low >= 0 and self.high <= 1

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low, self.high_open, self.low_open, self.is_whole)

    def __add__(self, other: Interval) -> Interval:
        return Interval(
            _sum(self.low, other.low, -INFINITY),
            _sum(self.high, other.high, INFINITY),
            _is_open((self.low, self.low_open), (other.low, other.low_open)),
            _is_open((self.high, self.high_open), (other.high, other.high_open)),
            self.is_whole and other.is_whole,
        )

    def __sub__(self, other: Interval) -> Interval:
        return self + (-other)

    def __mul__(self, other: Interval) -> Interval:
        pairs = [(a, b) for a in self._ends() for b in other._ends()]
        lows = [_product(a, b, -INFINITY) for a, b in pairs]
        highs = [_product(a, b, INFINITY) for a, b in pairs]
        low, high = min(value for value, _ in lows), max(value for value, _ in highs)
        return Interval(
            low,
            high,
            all(is_open for value, is_open in lows if value == low),
            all(is_open for value, is_open in highs if value == high),
            self.is_whole and other.is_whole,
        )

    def increasing(self, function: Callable[[float], float]) -> Interval:
        """The image under an increasing function, given with an error of at most one ulp."""
        low, high = function(self.low), function(self.high)
        return Interval(
            low and math.nextafter(low, -INFINITY),
            high and math.nextafter(high, INFINITY),
            self.low_open,
            self.high_open,
        )

    def union(self, other: Interval) -> Interval:
        """The smallest interval that holds both."""
        low, high = min(self.low, other.low), max(self.high, other.high)
        return Interval(
            low,
            high,
            all(i.low_open for i in (self, other) if i.low == low),
            all(i.high_open for i in (self, other) if i.high == high),
            self.is_whole and other.is_whole,
        )

    def __and__(self, other: Interval) -> Interval:
        """What both hold."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Interval(
            low,
            high,
            any(i.low_open for i in (self, other) if i.low == low),
            any(i.high_open for i in (self, other) if i.high == high),
            self.is_whole or other.is_whole,
        )

    def _ends(self) -> tuple[End, End]:
        return (self.low, self.low_open), (self.high, self.high_open)

    def __str__(self) -> str:
        left, right = "(" if self.low_open else "[", ")" if self.high_open else "]"
        return f"{left}{self.low:g}, {self.high:g}{right}"


REAL = Interval()
FINITE = Interval(low_open=True, high_open=True)
POSITIVE = Interval(0, INFINITY, low_open=True)
NONNEGATIVE = Interval(0, INFINITY)


def _sum(a: float, b: float, side: float) -> float:
    """a + b, rounded to this side; infinity minus infinity: the answer that excludes nothing."""
    total = a + b
    if math.isnan(total):
        return side
    if math.isinf(total):
        return math.nextafter(total, side) if math.isfinite(a) and math.isfinite(b) else total
    # The rounding error of a sum is itself a float (Knuth, TAOCP 2, section 4.2.2).
    part = total - a
    error = (a - (total - part)) + (b - part)
    return math.nextafter(total, side) if error * side > 0 else total


def _product(a: End, b: End, side: float) -> End:
    """The product of two ends, rounded to this side; 0 times infinity excludes nothing as 0."""
    x, y = float(a[0]), float(b[0])
    if not x or not y:
        return 0.0, _is_open(a, b, absorbing=0.0)
    product = x * y
    is_positive = (x > 0) == (y > 0)
    is_exact = x.is_integer() and y.is_integer() and abs(product) < 2**53
    is_exact = is_exact or math.isinf(x) or math.isinf(y) or 1 in (abs(x), abs(y))
    is_exact = is_exact or (not product and is_positive != (side > 0))
    return product if is_exact else math.nextafter(product, side), _is_open(a, b)


def _is_open(a: End, b: End, absorbing: float = INFINITY) -> bool:
    """Whether what two ends make is none of the values.

    An infinity that is one absorbs the other end, and so does a zero in a product.
    """
    ends = (a, b)
    is_met = any(abs(value) == absorbing and not is_open for value, is_open in ends)
    return any(is_open for _, is_open in ends) and not is_met
