"""Functions of angles and their inverses.

A number is reduced by multiples of pi / 2 in three parts, after W. J. Cody and W. Waite, Software
Manual for the Elementary Functions (1980); very large ones need more digits of pi (M. H. Payne and
R. N. Hanek, SIGNUM Newsletter 18 (1983) 19) and are left to the C library. Inverse functions: NIST
Digital Library of Mathematical Functions, 4.24 and 4.23.
"""

from __future__ import annotations

import math

from kobai.targets.llvm.elementary.arithmetic import (
    Wide,
    at_most,
    error_of_any_sum,
    error_of_sum,
    fma,
    nearest,
    polynomial,
    root,
    select,
    size,
    with_sign_of,
)
from kobai.targets.llvm.elementary.coefficients import COEFFICIENTS

# Up to here, multiples of pi / 2 are whole numbers of few enough digits.
REACH = 2.0**27
_HALF_PI = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33)
_EIGHTH = math.tan(math.pi / 8)


def in_reach(x: Wide) -> Wide:
    return size(x) <= REACH


class _Angle:
    """An angle in quarters of a circle, and the sine and cosine of what is left, as pairs."""

    def __init__(self, x: Wide) -> None:
        n, self.quarter = nearest(x, 2 / math.pi)
        first, second, third = _HALF_PI
        above = fma(-n, first, x)  # exact
        product = n * second
        r = above - product
        lost = error_of_any_sum(above, -product, r) - fma(n, third, fma(n, second, -product))
        z = r * r
        half = 0.5 * z
        digits = x.of.digits
        rest = fma(r * z, polynomial(z, COEFFICIENTS["sin"][digits]), lost * (1.0 - half))
        self.sine = (r, rest)
        whole = 1.0 - half
        rest = fma(z * z, polynomial(z, COEFFICIENTS["cos"][digits]), -r * lost)
        self.cosine = (whole, error_of_sum(1.0, -half, whole) + rest)


def sin(x: Wide) -> Wide:
    """The sine of a number in reach."""
    angle = _Angle(x)
    found = _turned(angle, angle.quarter)
    return select(x.equals(0.0), x, found)


def cos(x: Wide) -> Wide:
    """The cosine of a number in reach."""
    angle = _Angle(x)
    return _turned(angle, angle.quarter + 1)


def _turned(angle: _Angle, quarter: Wide) -> Wide:
    """The sine of so many quarters more."""
    is_odd = _is_odd(quarter)
    found = select(is_odd, sum_of(angle.cosine), sum_of(angle.sine))
    sign = (quarter & 2) << (found.of.bits - 2)
    return (found.as_bits() ^ sign).as_number()


def _is_odd(quarter: Wide) -> Wide:
    return (quarter & 1).equals(1)


def sum_of(pair: tuple[Wide, Wide]) -> Wide:
    return pair[0] + pair[1]


def tan(x: Wide) -> Wide:
    """The tangent of a number in reach."""
    angle = _Angle(x)
    is_odd = _is_odd(angle.quarter)
    pairs = [(high + low, high, low) for high, low in (angle.sine, angle.cosine)]
    sine, cosine = ((total, error_of_sum(high, low, total)) for total, high, low in pairs)
    above = [select(is_odd, -c, s) for s, c in zip(sine, cosine, strict=True)]
    below = [select(is_odd, s, c) for s, c in zip(sine, cosine, strict=True)]
    inverse = 1.0 / below[0]
    share = above[0] * inverse
    rest = fma(-share, below[0], above[0]) + fma(-share, below[1], above[1])
    return select(x.equals(0.0), x, fma(rest, inverse, share))


def atan(x: Wide) -> Wide:
    """With t = x, (x - 1) / (x + 1) or -1 / x, an angle up to pi / 8 and what it is turned by."""
    of = x.of
    absolute = at_most(size(x), 2.0**64)  # there, the result is pi / 2
    is_near = absolute < _EIGHTH
    is_far = absolute > 1 / _EIGHTH
    less, more = absolute - 1.0, absolute + 1.0
    lost_less, lost_more = (absolute - (less + 1.0)), (1.0 - (more - absolute))
    above = select(is_near, absolute, select(is_far, -1.0, less))
    below = select(is_near, 1.0, select(is_far, absolute, more))
    is_middle = (absolute >= _EIGHTH) & (absolute <= 1 / _EIGHTH)
    inverse = 1.0 / below
    t = above * inverse
    lost = fma(-t, below, above) + select(is_middle, fma(-t, lost_more, lost_less), 0.0)
    z = t * t
    series = fma(t * z, polynomial(z, COEFFICIENTS["atan"][of.digits]), lost * inverse)
    turns = [select(is_near, 0.0, select(is_far, p, p / 2)) for p in _HALF_PI[:2]]
    total = turns[0] + t
    rest = error_of_sum(turns[0], t, total) + (turns[1] + series)
    return with_sign_of(x, total + rest)


def _arc(x: Wide) -> tuple[Wide, Wide, Wide, Wide]:
    """The arc of a = |x| up to 1/2, of the root of (1 - a) / 2 beyond.

    Whether it is up to 1/2; then the root or a, what it lacks, and what its arc sine has beyond it.
    """
    absolute = size(x)
    is_near = absolute <= 0.5
    z = select(is_near, absolute * absolute, fma(absolute, -0.5, 0.5))
    width = root(z)
    short = select(width > 0.0, 0.5 * fma(-width, width, z) / width, 0.0)
    leading = select(is_near, absolute, width)
    lost = select(is_near, 0.0, short)
    series = polynomial(z, COEFFICIENTS["asin"][x.of.digits])
    return is_near, leading, lost, leading * z * series


def asin(x: Wide) -> Wide:
    is_near, leading, lost, series = _arc(x)
    whole = _HALF_PI[0] - 2.0 * leading
    rest = error_of_sum(_HALF_PI[0], -2.0 * leading, whole)
    far = whole + (rest + (_HALF_PI[1] - 2.0 * (lost + series)))
    return with_sign_of(x, select(is_near, leading + series, far))


def acos(x: Wide) -> Wide:
    """2 arc(x), pi - 2 arc(x), or pi / 2 - arc(x), of which the first alone has no whole part."""
    is_near, leading, lost, series = _arc(x)
    is_right = x > 0.5
    quarters = select(is_near, 1.0, select(is_right, 0.0, 2.0))
    factor = select(is_near, select(x < 0.0, 1.0, -1.0), select(is_right, 2.0, -2.0))
    first = quarters * _HALF_PI[0]
    second = factor * leading
    total = first + second
    rest = error_of_sum(first, second, total)
    return total + (rest + fma(factor, lost + series, quarters * _HALF_PI[1]))
