"""exp and what is made of it.

The range is reduced as in W. J. Cody and W. Waite, Software Manual for the Elementary Functions
(1980), and P. T. P. Tang, ACM Trans. Math. Softw. 15 (1989) 144; tanh near 0 has the coefficients
of Cephes (S. L. Moshier, 1984-2000; tanh.c, tanhf.c).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kobai.targets.llvm.elementary.arithmetic import (
    Wide,
    at_least,
    at_most,
    error_of_any_sum,
    error_of_product,
    error_of_sum,
    fma,
    nearest,
    polynomial,
    power_of_two,
    select,
    size,
    with_sign_of,
)
from kobai.targets.llvm.elementary.coefficients import COEFFICIENTS

# log 2 in two parts, of which the first has so few bits that its multiples are exact.
LOG2_PARTS = {
    64: (6.93147180369123816490e-01, 1.90821492927058770002e-10),
    32: (6.9313812256e-01, 9.0580006145e-06),
}
# The same as the nearest double and what it lacks.
LOG2 = (0.6931471805599453, 2.3190468138462996e-17)
# (tanh(x) - x) / x**3 near 0, as a quotient of polynomials in x**2, and as one polynomial.
_TANH_ABOVE = (-1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1)
_TANH_BELOW = (4.84406305325125486048e3, 2.23548839060100448583e3, 1.12811678491632931402e2, 1.0)
_TANH_SERIES = (
    -3.33332819422e-1,
    1.33314422036e-1,
    -5.37397155531e-2,
    2.06390887954e-2,
    -5.70498872745e-3,
)


@dataclass(frozen=True)
class Power:
    """exp(x) as 2**n * (whole + rest), between the root of 1/2 and the root of 2 but for 2**n.

    Attributes:
        n: the whole number, as a number.
        bits: it, in the last bits of a word.
        whole: 1 + r, nearly, where |r| <= log(2) / 2.
        rest: exp(r) - whole.
    """

    n: Wide
    bits: Wide
    whole: Wide
    rest: Wide

    def pair(self) -> tuple[Wide, Wide]:
        """The sum of the two as the nearest number and what it lacks."""
        high = self.whole + self.rest
        return high, error_of_sum(self.whole, self.rest, high)

    def halves(self) -> tuple[Wide, Wide]:
        """2**n as two factors, in the last bits of words.

        A product with one after the other rounds a subnormal once, and overflows when it has to.
        """
        _, half = nearest(self.n, 0.5)
        return half, self.bits - half

    def scaled(self, high: Wide, low: Wide) -> Wide:
        """2**n * (high + low)."""
        first, second = (power_of_two(half) for half in self.halves())
        return fma(first, low, first * high) * second

    def value(self) -> Wide:
        return self.scaled(self.whole, self.rest)


def power(x: Wide) -> Power:
    """exp(x), reduced; x has to be of moderate size, or nan."""
    of = x.of
    high, low = LOG2_PARTS[of.bits]
    n, bits = nearest(x, 1 / math.log(2))
    above = fma(-n, high, x)  # exact
    whole = 1.0 + above
    lost = fma(-n, low, error_of_sum(1.0, above, whole))
    return _power(n, bits, fma(-n, low, above), whole, lost)


def power_of_base_two(x: Wide, more: Wide | None = None) -> Power:
    """2**(x + more), reduced; what is more has to be small."""
    n, bits = nearest(x)
    exact = x - n
    part = exact if more is None else exact + more
    r = part * LOG2[0]
    away = fma(part, LOG2[1], error_of_product(part, LOG2[0], r))
    if more is not None:
        away = fma(error_of_any_sum(exact, more, part), LOG2[0], away)
    whole = 1.0 + r
    return _power(n, bits, r, whole, error_of_sum(1.0, r, whole) + away)


def _power(n: Wide, bits: Wide, r: Wide, whole: Wide, lost: Wide) -> Power:
    """Adds the powers of r from the second on to what 1 + r has lost."""
    first, second, *others = COEFFICIENTS["exp"][r.of.digits]
    z = r * r
    # What is known first is added first, for a short chain.
    near = fma(z, fma(r, second, first), lost)
    return Power(n, bits, whole, fma(z * z, polynomial(r, others), near))


def _within(x: Wide, limit: float) -> Wide:
    return at_most(at_least(x, -limit), limit)


def limit_of_base_two(x: Wide) -> float:
    """2 to this power is infinite, 2 to its negative is 0."""
    return float(x.of.bias + x.of.fraction + 8)


def exp(x: Wide) -> Wide:
    reduced = power(_within(x, limit_of_base_two(x) * math.log(2)))
    return reduced.value()


def exp2(x: Wide) -> Wide:
    reduced = power_of_base_two(_within(x, limit_of_base_two(x)))
    return reduced.value()


def expm1(x: Wide) -> Wide:
    of = x.of
    low = -(of.fraction + 4) * math.log(2)  # the result is -1
    high = limit_of_base_two(x) * math.log(2)
    reduced = power(at_most(at_least(x, low), high))
    half, other = reduced.halves()
    scale, one = power_of_two(half), power_of_two(of.integer(0) - other)
    # In units of the other factor.
    total = fma(scale, reduced.whole, -one)
    lost = fma(scale, reduced.whole, -one - total)
    result = (total + fma(scale, reduced.rest, lost)) * power_of_two(other)
    return select(x.equals(0.0), x, result)  # at -0


def _hyperbolic(x: Wide, sign: float) -> Wide:
    """(exp(x) + sign * exp(-x)) / 2 for x >= 0."""
    reduced = power(at_most(x, limit_of_base_two(x) * math.log(2)))
    high, low = reduced.pair()
    _, inverse = nearest(at_most(reduced.n, 64.0), -2.0)
    inner = low + sign * (power_of_two(inverse) / high)
    half, other = reduced.halves()
    return (high + inner) * power_of_two(half) * power_of_two(other - 1)


def sinh(x: Wide) -> Wide:
    of = x.of
    absolute = size(x)
    z = absolute * absolute
    near = fma(absolute * z, polynomial(z, COEFFICIENTS["sinh"][of.digits]), absolute)
    return with_sign_of(x, select(absolute < 1.0, near, _hyperbolic(absolute, -1.0)))


def cosh(x: Wide) -> Wide:
    return _hyperbolic(size(x), 1.0)


def tanh(x: Wide) -> Wide:
    of = x.of
    absolute = size(x)
    z = absolute * absolute
    is_near = absolute < 0.625
    grown = exp(2.0 * absolute) + 1.0
    if of.bits == 32:
        near = fma(absolute * z, polynomial(z, _TANH_SERIES), absolute)
        far = 1.0 - 2.0 / grown
    else:
        # One quotient for both.
        above = select(is_near, polynomial(z, _TANH_ABOVE), 2.0)
        share = above / select(is_near, polynomial(z, _TANH_BELOW), grown)
        near = fma(absolute * z, share, absolute)
        far = 1.0 - share
    return with_sign_of(x, select(is_near, near, far))
