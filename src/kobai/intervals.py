"""Intervals of real numbers: what a value can be, known from the operation that made it.

An interval speaks of the exact, unrounded value: `exp(x)` lies in (0, inf) though 1e-400 rounds
to zero. That is what a rewriting rule needs to know.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

INFINITY = math.inf


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`; an open end is not itself among them."""

    low: float = -INFINITY
    high: float = INFINITY
    low_open: bool = False
    high_open: bool = False

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
    def closed(self) -> Interval:
        return Interval(self.low, self.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low, self.high_open, self.low_open)

    def __add__(self, other: Interval) -> Interval:
        return Interval(
            _or(self.low + other.low, -INFINITY),
            _or(self.high + other.high, INFINITY),
            self.low_open or other.low_open,
            self.high_open or other.high_open,
        )

    def __sub__(self, other: Interval) -> Interval:
        return self + (-other)

    def __mul__(self, other: Interval) -> Interval:
        corners = [
            (_or(a * b, 0.0), (a_open or b_open) and not _closed_zero(a, a_open, b, b_open))
            for a, a_open in self._ends()
            for b, b_open in other._ends()
        ]
        low = min(value for value, _ in corners)
        high = max(value for value, _ in corners)
        low_open = all(is_open for value, is_open in corners if value == low)
        high_open = all(is_open for value, is_open in corners if value == high)
        return Interval(low, high, low_open, high_open)

    def increasing(self, function: Callable[[float], float]) -> Interval:
        """The image under an increasing function."""
        return Interval(function(self.low), function(self.high), self.low_open, self.high_open)

    def union(self, other: Interval) -> Interval:
        low, high = min(self.low, other.low), max(self.high, other.high)
        return Interval(
            low,
            high,
            all(i.low_open for i in (self, other) if i.low == low),
            all(i.high_open for i in (self, other) if i.high == high),
        )

    def _ends(self) -> tuple[tuple[float, bool], tuple[float, bool]]:
        return (self.low, self.low_open), (self.high, self.high_open)

    def __str__(self) -> str:
        left, right = "(" if self.low_open else "[", ")" if self.high_open else "]"
        return f"{left}{self.low:g}, {self.high:g}{right}"


REAL = Interval()
POSITIVE = Interval(0, INFINITY, low_open=True)
NONNEGATIVE = Interval(0, INFINITY)


def _or(value: float, otherwise: float) -> float:
    """0 times infinity and infinity minus infinity: the answer that excludes nothing."""
    return otherwise if math.isnan(value) else value


def _closed_zero(a: float, a_open: bool, b: float, b_open: bool) -> bool:
    return (a == 0 and not a_open) or (b == 0 and not b_open)
