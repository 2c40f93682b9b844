"""Powers and cube roots.

The cube root: E. Halley's method (Phil. Trans. 18 (1694) 136), then Newton's with the error of the
cube. A power is 2 to y log(x), the logarithm with some 70 digits.
"""

from __future__ import annotations

import math

from kobai.targets.llvm.elementary.arithmetic import (
    Wide,
    at_least,
    at_most,
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
from kobai.targets.llvm.elementary.exponentials import limit_of_base_two, power_of_base_two
from kobai.targets.llvm.elementary.logarithms import (
    LOG2_OF_E,
    ROOT,
    exponent_and_fraction,
)

_TWO_THIRDS = (0.6666666666666666, 3.700743415417188e-17)
# Exponents beyond this are left to the C library.
_LARGEST = 2.0**60


def cbrt(x: Wide) -> Wide:
    of = x.of
    absolute = size(x)
    k, m = exponent_and_fraction(absolute, of.bias << of.fraction)
    third, bits = nearest(k, 1 / 3)
    _, left = nearest(fma(third, -3.0, k))
    m = m * power_of_two(left)  # from 1/2 to 4
    y = polynomial(m, COEFFICIENTS["cbrt"][of.digits])
    cube = y * y * y
    y = y * ((cube + 2.0 * m) / (2.0 * cube + m))
    square = y * y
    cube = square * y
    lost = fma(error_of_product(y, y, square), y, error_of_product(square, y, cube))
    y = y - ((cube - m) + lost) / (3.0 * square)
    is_common = (absolute > 0.0) & (absolute < math.inf)
    return with_sign_of(x, select(is_common, y * power_of_two(bits), absolute))


def in_reach(x: Wide, y: Wide) -> Wide:
    return (x > 0.0) & (x < math.inf) & (size(y) < _LARGEST)


def power(x: Wide, y: Wide) -> Wide:
    """x**y for numbers in reach."""
    high, low = _log2(x)
    product = y * high
    rest = fma(y, low, error_of_product(y, high, product))
    limit = limit_of_base_two(x)
    reduced = power_of_base_two(at_most(at_least(product, -limit), limit), rest)
    return reduced.value()


def _log2(x: Wide) -> tuple[Wide, Wide]:
    """The logarithm of a positive number to base 2 and what it lacks, to some 66 digits."""
    of = x.of
    k, m = exponent_and_fraction(x, ROOT[of.bits])
    f = m - 1.0
    below = 2.0 + f
    inverse = 1.0 / below
    s = f * inverse
    rest = fma(-s, error_of_sum(2.0, f, below), fma(-s, below, f)) * inverse
    z = s * s
    lost = fma(2.0 * s, rest, error_of_product(s, s, z))
    cube = s * z
    lost = fma(s, lost, fma(rest, z, error_of_product(s, z, cube)))
    third = cube * _TWO_THIRDS[0]
    lost = fma(lost, _TWO_THIRDS[0], fma(cube, _TWO_THIRDS[1], fma(cube, _TWO_THIRDS[0], -third)))
    lost = fma(cube * z, polynomial(z, COEFFICIENTS["pow"][of.digits]), lost)
    double = 2.0 * s
    most = double + third
    low = error_of_sum(double, third, most) + fma(rest, 2.0, lost)
    high = most + low
    low = error_of_sum(most, low, high)
    product = high * LOG2_OF_E[0]
    away = fma(low, LOG2_OF_E[0], fma(high, LOG2_OF_E[1], fma(high, LOG2_OF_E[0], -product)))
    total = k + product
    return total, error_of_sum(k, product, total) + away
