"""log and what is made of it: other bases, and the inverse hyperbolic functions.

The range is reduced and the series begins as in fdlibm (Sun Microsystems, 1993; e_log.c).
log(1 + x) takes account of what 1 + x has lost, after W. Kahan (HP-15C Advanced Functions Handbook,
1982). Inverse hyperbolic functions: NIST Digital Library of Mathematical Functions, 4.37.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from kobai.targets.llvm.elementary.arithmetic import (
    Operand,
    Wide,
    error_of_any_sum,
    error_of_product,
    error_of_sum,
    fma,
    polynomial,
    root,
    select,
    size,
    with_sign_of,
)
from kobai.targets.llvm.elementary.coefficients import COEFFICIENTS
from kobai.targets.llvm.elementary.exponentials import LOG2_PARTS

LOG2_OF_E = (1.4426950408889634, 2.0355273740931033e-17)
_LOG10_OF_E = (0.4342944819032518, 1.098319650216765e-17)
# The first has so few bits that its multiples are exact.
_LOG10_OF_2 = (0.30102999560767785, 5.630334806675098e-11)
# The root of 1/2, in bits.
ROOT = {64: 0x3FE6A09E667F3BCD, 32: 0x3F3504F3}
# A power of two whose last bits count units; what is or-ed into it is a whole number added.
_COUNTER = {64: 0x4330000000000000, 32: 0x4B000000}
SUBNORMAL_SHIFT = 54
# From here on, 1 + x is x, and the root of x * x + 1 is x.
_FAR = 2.0**60


def exponent_and_fraction(x: Wide, least: int) -> tuple[Wide, Wide]:
    """k and m with x = 2**k * m; m is between two numbers next to each other in powers of two.

    `least` is the smallest m, in bits. Subnormals are right, signs and what is not finite are not.
    """
    of = x.of
    is_small = x < 2.0 ** (1 - of.bias)
    bits = select(is_small, x * 2.0**SUBNORMAL_SHIFT, x).as_bits()
    moved = bits + ((of.bias << of.fraction) - least)
    counted = ((moved >> of.fraction) | _COUNTER[of.bits]).as_number()
    zero = 2.0**of.fraction + of.bias
    k = counted - select(is_small, zero + SUBNORMAL_SHIFT, zero)
    return k, ((moved & ((1 << of.fraction) - 1)) + least).as_number()


@dataclass(frozen=True)
class Logarithm:
    """log(x) as k log 2 + f - half + s * (half + series) for x = 2**k * (1 + f).

    Attributes:
        k: a whole number.
        f: between the root of 1/2 and the root of 2, less 1.
        s: f / (2 + f).
        half: f * f / 2, rounded.
        series: log(1 + f) / s - 2 - s * s * 2 / 3 and so on, in powers of s.
    """

    k: Wide
    f: Wide
    s: Wide
    half: Wide
    series: Wide

    def rest(self) -> Wide:
        return self.s * (self.half + self.series)

    def pair(self) -> tuple[Wide, Wide]:
        """log(1 + f) as a number, and what it lacks."""
        high = self.f - self.half
        away = error_of_product(0.5 * self.f, self.f, self.half)
        return high, error_of_sum(self.f, -self.half, high) - away + self.rest()


def _logarithm(x: Wide) -> Logarithm:
    of = x.of
    k, m = exponent_and_fraction(x, ROOT[of.bits])
    f = m - 1.0
    s = f / (2.0 + f)
    z = s * s
    return Logarithm(k, f, s, 0.5 * f * f, z * polynomial(z, COEFFICIENTS["log"][of.digits]))


def _at_ends(x: Wide, result: Wide) -> Wide:
    """A logarithm at 0, at infinity, and where there is none."""
    result = select(x.equals(0.0), -math.inf, result)
    result = select(x.equals(math.inf), x, result)
    return select(x >= 0.0, result, math.nan)


def log(x: Wide) -> Wide:
    found = _logarithm(x)
    high, low = LOG2_PARTS[x.of.bits]
    rest = fma(found.s, found.half + found.series, found.k * low)
    return _at_ends(x, found.k * high - ((found.half - rest) - found.f))


def log2(x: Wide) -> Wide:
    return _at_ends(x, _in_base(_logarithm(x), (1.0, 0.0), LOG2_OF_E))


def log10(x: Wide) -> Wide:
    return _at_ends(x, _in_base(_logarithm(x), _LOG10_OF_2, _LOG10_OF_E))


def _in_base(found: Logarithm, of_two: tuple[float, float], of_e: tuple[float, float]) -> Wide:
    """A logarithm times that of e, with that of 2."""
    high, low = found.pair()
    product = high * of_e[0]
    away = error_of_product(high, of_e[0], product)
    rest = fma(low, of_e[0], fma(high, of_e[1], away))
    whole = found.k * of_two[0]
    total = whole + product
    lost = error_of_sum(whole, product, total)
    return total + (lost + fma(found.k, of_two[1], rest))


def log1p(x: Wide) -> Wide:
    one_more = 1.0 + x
    result = _log_of_sum(one_more, error_of_any_sum(x, 1.0, one_more))
    return select(x.equals(0.0), x, _at_ends(one_more, result))


def _log_of_sum(x: Wide, more: Wide, doublings: Operand = 0.0) -> Wide:
    """log(2**doublings * (x + more)) where `more` is below the last place of x; 0 < x < inf."""
    total, rest = _parts(x, more, doublings)
    return total + rest


def log_as_pair(x: Wide, more: Wide) -> tuple[Wide, Wide]:
    """log(x + more) as a number, and what it lacks; `more` and x as for `_log_of_sum`."""
    total, rest = _parts(x, more, 0.0)
    high = total + rest
    return high, error_of_sum(total, rest, high)


def _parts(x: Wide, more: Wide, doublings: Operand) -> tuple[Wide, Wide]:
    found = _logarithm(x)
    high, low = LOG2_PARTS[x.of.bits]
    k = found.k + doublings
    near = found.f - found.half
    whole = k * high
    total = whole + near
    lost = error_of_sum(whole, near, total) + error_of_sum(found.f, -found.half, near)
    return total, fma(k, low, found.rest()) + (lost + more / x)


def asinh(x: Wide) -> Wide:
    absolute = size(x)
    z = absolute * absolute
    is_far = absolute > _FAR
    # The root of 1 + x**2, less 1, without cancellation.
    beyond = select(is_far, 0.0, z / (1.0 + root(1.0 + z)))
    total = absolute + beyond
    lost = error_of_sum(absolute, beyond, total)
    one_more = 1.0 + total
    lost = error_of_any_sum(total, 1.0, one_more) + lost
    found = _log_of_sum(one_more, lost, select(is_far, 1.0, 0.0))
    is_end = absolute.equals(0.0) | absolute.equals(math.inf)
    return with_sign_of(x, select(is_end, absolute, found))


def acosh(x: Wide) -> Wide:
    above = x - 1.0
    is_far = x > _FAR
    z = fma(above, above, 2.0 * above)
    width = root(z)
    short = fma(above, above, 2.0 * above - z) + fma(-width, width, z)
    rest = select(width > 0.0, 0.5 * short / width, 0.0)
    width = select(is_far, 0.0, width)
    rest = select(is_far, 0.0, rest)
    total = select(is_far, x, above + width)
    lost = error_of_any_sum(above, width, above + width) + rest
    one_more = 1.0 + total
    lost = error_of_any_sum(total, 1.0, one_more) + select(is_far, 0.0, lost)
    found = _log_of_sum(one_more, lost, select(is_far, 1.0, 0.0))
    return select(x >= 1.0, select(x.equals(math.inf), x, found), math.nan)


def atanh(x: Wide) -> Wide:
    absolute = size(x)
    left = 1.0 - absolute
    lost_left = (1.0 - left) - absolute
    inverse = 1.0 / left
    double = 2.0 * absolute
    share = double * inverse
    rest = (fma(-share, left, double) - share * lost_left) * inverse
    one_more = 1.0 + share
    lost = error_of_any_sum(share, 1.0, one_more) + rest
    found = 0.5 * _log_of_sum(one_more, lost)
    found = select(absolute < 1.0, found, select(absolute.equals(1.0), math.inf, math.nan))
    return with_sign_of(x, select(absolute.equals(0.0), absolute, found))
