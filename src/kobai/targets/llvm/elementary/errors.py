"""The error function and its complement.

exp(x**2) erfc(x) (1 + 2 x) is a polynomial of (x - 3) / (x + 3), after M. M. Shepherd and J. G.
Laframboise, Math. Comp. 36 (1981) 249; log(erfc(x)) is one of x, as far as erf(x) needs it.
"""

from __future__ import annotations

from kobai.targets.llvm.elementary.arithmetic import (
    Wide,
    at_most,
    error_of_any_sum,
    error_of_product,
    error_of_sum,
    fma,
    polynomial,
    select,
    size,
    with_sign_of,
)
from kobai.targets.llvm.elementary.coefficients import COEFFICIENTS
from kobai.targets.llvm.elementary.exponentials import power

# 2 over the root of pi, and what it lacks.
_SLOPE = (1.1283791670955126, 1.533545961316588e-17)
_CENTRE = 3.0  # of the quotient
# erf is 1 and erfc is 0 from here on.
_ONE, _ZERO = 6.0, 28.0
# Up to here, erfc is 1 less the series of erf.
_NEAR = 0.5


def _rest(x: Wide) -> Wide:
    """erf(x) less its slope at 0 times x, near 0."""
    z = x * x
    return x * fma(z, polynomial(z, COEFFICIENTS["erf"][x.of.digits]), _SLOPE[1])


def erf(x: Wide) -> Wide:
    near = fma(x, _SLOPE[0], _rest(x))
    absolute = size(x)
    beyond = at_most(absolute, _ONE) - 1.0
    left = power(polynomial(beyond, COEFFICIENTS["erf far"][x.of.digits]))
    far = 1.0 - left.value()
    return select(absolute < 1.0, near, with_sign_of(x, far))


def erfc(x: Wide) -> Wide:
    line = x * _SLOPE[0]
    below_one = 1.0 - line
    lost = error_of_product(x, _SLOPE[0], line) + _rest(x)
    near = below_one + (error_of_sum(1.0, -line, below_one) - lost)
    absolute = size(x)
    far = _erfc_far(at_most(absolute, _ZERO))
    far = select(x < 0.0, 2.0 - far, far)
    return select(absolute < _NEAR, near, far)


def _erfc_far(absolute: Wide) -> Wide:
    t = (absolute - _CENTRE) / (absolute + _CENTRE)
    constant, *others = COEFFICIENTS["erfc"][t.of.digits]
    product = t * polynomial(t, others)
    above = constant + product
    lost_above = error_of_sum(constant, product, above)
    double = 2.0 * absolute
    below = 1.0 + double
    lost_below = error_of_any_sum(double, 1.0, below)
    inverse = 1.0 / below
    share = above * inverse
    lost_share = (fma(-share, below, above) + fma(-share, lost_below, lost_above)) * inverse
    z = absolute * absolute
    decayed = power(-z)
    high, low = decayed.pair()
    low = fma(-error_of_product(absolute, absolute, z), high, low)
    found = high * share
    lost = error_of_product(high, share, found) + fma(high, lost_share, low * share)
    return decayed.scaled(found, lost)
