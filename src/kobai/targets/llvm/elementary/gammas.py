"""The logarithm of the gamma function, and its derivative, the digamma function.

Large numbers have Stirling's series. Others are led to a neighbour of 2 by Γ(x + 1) = x Γ(x), and
those below 0 above it by reflection (NIST Digital Library of Mathematical Functions, 5.5 and 5.11).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from kobai.targets.llvm.elementary.angles import tan
from kobai.targets.llvm.elementary.arithmetic import (
    Wide,
    error_of_any_sum,
    error_of_product,
    error_of_sum,
    fma,
    nearest,
    polynomial,
    select,
    size,
    with_sign_of,
)
from kobai.targets.llvm.elementary.coefficients import COEFFICIENTS
from kobai.targets.llvm.elementary.logarithms import log_as_pair

# (log(2 pi) - 1) / 2
_CONSTANT = 0.4189385332046728
# The positive root of digamma, and what it lacks.
_ROOT = (1.4616321449683622, 9.549995429965697e-17)
# Digamma at 2, and that over 2 less the root, with what they lack.
_AT_TWO = (0.42278433509846713, 4.942915152430645e-18)
_OVER_DISTANCE = (0.7853075386041053, -2.470014521794762e-17)
# From here on Stirling's series are used, and from there on the first term alone.
_FAR_LGAMMA, _FAR_DIGAMMA = 8, 6
_FARTHEST = 2.0**60
# All numbers from here on are whole.
_WHOLE = 2.0**52


def is_positive(x: Wide) -> Wide:
    return x > 0.0


def lgamma(x: Wide) -> Wide:
    """log Γ(x) of a positive number.

    With u up to 1/2 in size, log Γ(2 + u) is ψ(2) u + u**2 p(u).
    """
    digits = x.of.digits
    is_far, is_less = x >= _FAR_LGAMMA, x < 1.5
    u, product, lost = _near_two(x)
    high, low = log_as_pair(select(is_far, x, product), select(is_far, 0.0, lost))
    factor, lost = _curve(u, _AT_TWO, COEFFICIENTS["lgamma"][digits])
    at_u = u * factor
    lost = fma(u, lost, error_of_product(u, factor, at_u))
    beyond, rest = (select(is_less, -part, part) for part in (high, low))
    total = beyond + at_u
    near = total + (error_of_any_sum(beyond, at_u, total) + (lost + rest))

    inverse = 1.0 / x
    series = inverse * polynomial(inverse * inverse, COEFFICIENTS["lgamma far"][digits])
    less, log_less = x - 0.5, high - 1.0
    leading = less * log_less
    lost = fma(less, low, error_of_product(less, log_less, leading))
    far = select(x < _FARTHEST, leading + (lost + (_CONSTANT + series)), leading)
    return select(is_far, far, near)


def _curve(
    u: Wide, constant: tuple[float, float], coefficients: Sequence[float]
) -> tuple[Wide, Wide]:
    """A polynomial with a constant of two numbers, and what it lacks."""
    slope, *others = coefficients
    line = u * slope
    total = constant[0] + line
    lost = constant[1] + (error_of_sum(constant[0], line, total) + fma(u, slope, -line))
    curve = u * u * polynomial(u, others)
    found = total + curve
    return found, lost + error_of_sum(total, curve, found)


def _near_two(x: Wide) -> tuple[Wide, Wide, Wide]:
    """u, and a product with what it lost: Γ(x) = Γ(2 + u) * product.

    For x below 1.5 it is Γ(2 + u) = Γ(x) * product.
    """
    one_more = x + 1.0
    below = x * one_more
    lost = fma(x, (1.0 - one_more) + x, error_of_product(x, one_more, below))
    is_least = x < 0.5
    y, product = x, x.of.number(1.0)
    for _ in range(_FAR_LGAMMA - 2):
        is_above = y >= 2.5
        less = y - 1.0
        product = select(is_above, product * less, product)
        y = select(is_above, less, y)
    is_less = x < 1.5
    u = select(is_less, select(is_least, x, x - 1.0), y - 2.0)
    product = select(is_less, select(is_least, below, x), product)
    return u, product, select(is_least, lost, 0.0)


def digamma(x: Wide) -> Wide:
    """The derivative of log Γ at a positive number.

    With u up to 1 in size, ψ(2 + u) is the distance from the root times a polynomial.
    """
    digits = x.of.digits
    y, above, below = _next_to_two(x)
    u = y - 2.0
    factor, lost = _curve(u, _OVER_DISTANCE, COEFFICIENTS["digamma"][digits])
    distance = y - _ROOT[0]
    at_y = distance * factor
    lost = fma(distance, lost, fma(factor, -_ROOT[1], error_of_product(distance, factor, at_y)))
    inverse = 1.0 / below
    share = above * inverse
    total = share + at_y
    lost = fma(fma(-share, below, above), inverse, lost) + error_of_any_sum(share, at_y, total)
    near = select(size(share) < math.inf, total + lost, share)

    is_far = x >= _FAR_DIGAMMA
    high, low = log_as_pair(select(is_far, x, 1.0), x.of.number(0.0))
    inverse = 1.0 / x
    square = inverse * inverse
    series = square * polynomial(square, COEFFICIENTS["digamma far"][digits])
    far = high + (low - fma(inverse, 0.5, series))
    return select(is_far, select(x.equals(math.inf), x, far), near)


def _next_to_two(x: Wide) -> tuple[Wide, Wide, Wide]:
    """y from 1 to 3, and a quotient: ψ(x) = ψ(y) + above / below."""
    y, above, below = x, x.of.number(0.0), x.of.number(1.0)
    for _ in range(_FAR_DIGAMMA - 3):
        is_above = y >= 3.0
        less = y - 1.0
        above = select(is_above, fma(above, less, below), above)
        below = select(is_above, below * less, below)
        y = select(is_above, less, y)
    is_less = x < 1.0
    return select(is_less, x + 1.0, y), select(is_less, -1.0, above), select(is_less, x, below)


def digamma_anywhere(x: Wide) -> Wide:
    """ψ(x) = ψ(1 - x) - π / tan(π x) for what is not positive."""
    is_above = x > 0.0
    whole, _ = nearest(x)
    left = x - whole
    is_steep = size(left) > 0.25
    tangent = tan(math.pi * select(is_steep, 0.5 - size(left), left))
    cotangent = select(is_steep, with_sign_of(left, tangent), 1.0 / tangent)
    reflected = digamma(1.0 - x) - math.pi * cotangent
    reflected = select(left.equals(0.0) | (x <= -_WHOLE), math.nan, reflected)
    reflected = select(x.equals(0.0), -1.0 / x, reflected)
    return select(is_above, digamma(x), reflected)
