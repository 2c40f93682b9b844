"""Other functions of scipy.special: entropies, robust losses, powers, exponential integrals.

Derivatives: NIST Digital Library of Mathematical Functions, chapter 6 (dlmf.nist.gov).
"""

from __future__ import annotations

import math

from kobai.graph import Node, Op
from kobai.intervals import NONNEGATIVE
from kobai.ops.arithmetic import absolute
from kobai.ops.choices import (
    equal,
    is_infinite,
    less,
    logical_or,
    maximum,
    minimum,
    where,
)
from kobai.ops.elementary import cbrt, exp, exp2, expm1, log, log1p, sin
from kobai.ops.entries import (
    polynomial,
    special,
    special_op,
)
from kobai.ops.trigonometry import hypot

_LOG_10 = math.log(10)

# Entropies and divergences.
entr = special_op(
    "entr",
    lambda g, y, x: -(g * (log(x) + 1)),
    latex=r"-{0:13} \log {0:16}",
    domain=(0.25, 2.0),
)
rel_entr = special_op(
    "rel_entr",
    lambda g, r, x, y: g * (log(x / y) + 1),
    lambda g, r, x, y: -(g * x / y),
    latex=r"{0:13} \log \frac{{{0}}}{{{1}}}",
    domain=(0.25, 2.0),
)
kl_div = special_op(
    "kl_div",
    lambda g, r, x, y: g * log(x / y),
    lambda g, r, x, y: g * ((y - x) / y),
    latex=r"{0:13} \log \frac{{{0}}}{{{1}}} - {0:12} + {1:12}",
    domain=(0.25, 2.0),
)

# Robust losses of a residual r, with their width delta.
huber = special_op(
    "huber",
    lambda g, y, delta, r: g * maximum(absolute(r) - delta, 0.0),
    lambda g, y, delta, r: g * maximum(minimum(r, delta), -delta),
    latex=r"H_{{{0}}}\left({1}\right)",
    bounds=lambda delta, r: NONNEGATIVE,
    domain=((0.25, 1.0), (1.25, 2.0)),
)


def _pseudo_huber_slope(y: Node, delta: Node, r: Node) -> Node:
    """By delta; 0 where the loss is r**2 / 2, or nothing."""
    is_flat = logical_or(equal(r, 0), is_infinite(delta))
    width = where(is_flat, 1.0, delta)
    slope = 2 * y / width - r * (r / width) / hypot(1, r / width)
    return where(is_flat, 0.0, slope)


def _pseudo_huber_force(delta: Node, r: Node) -> Node:
    """By r; a loss of width 0 is 0 everywhere."""
    is_flat = equal(delta, 0)
    return where(is_flat, 0.0, r / hypot(1, r / where(is_flat, 1.0, delta)))


pseudo_huber = special_op(
    "pseudo_huber",
    lambda g, y, delta, r: g * _pseudo_huber_slope(y, delta, r),
    lambda g, y, delta, r: g * _pseudo_huber_force(delta, r),
    latex=r"H_{{{0}}}\left({1}\right)",
    bounds=lambda delta, r: NONNEGATIVE,
    domain=((0.5, 2.0), (-2.0, 2.0)),
)

# Powers and their inverses (Box and Cox), exponentials, angles in degrees.
boxcox = special_op(
    "boxcox",
    lambda g, y, x, p: g * x ** (p - 1),
    None,
    latex=r"\frac{{{0:15}^{{{1}}} - 1}}{{{1}}}",
    domain=(0.25, 2.0),
)
boxcox1p = special_op(
    "boxcox1p",
    lambda g, y, x, p: g * (1 + x) ** (p - 1),
    None,
    latex=r"\frac{{\left(1 + {0:12}\right)^{{{1}}} - 1}}{{{1}}}",
    domain=(0.25, 2.0),
)
inv_boxcox = special_op(
    "inv_boxcox",
    lambda g, y, x, p: g * y / where(equal(p, 0), 1.0, 1 + p * x),
    None,
    latex=r"\left(1 + {1:13} \, {0:13}\right)^{{1 / {1:13}}}",
    domain=(0.25, 2.0),
)
inv_boxcox1p = special_op(
    "inv_boxcox1p",
    lambda g, y, x, p: g * (y + 1) / where(equal(p, 0), 1.0, 1 + p * x),
    None,
    latex=r"\left(1 + {1:13} \, {0:13}\right)^{{1 / {1:13}}} - 1",
    domain=(0.25, 2.0),
)
exp10 = special_op("exp10", lambda g, y, x: g * y * _LOG_10, latex="10^{{{0}}}")

# The series of the derivative of (exp(x) - 1) / x, as far as it counts for |x| < 1.
_SLOPE_OF_EXPREL = [1 / (math.factorial(k) * (k + 2)) for k in range(18)]


def _exprel_slope(y: Node, x: Node) -> Node:
    """(exp(x) - y) / x; near 0, where that cancels, its series."""
    is_near = less(absolute(x), 1.0)
    near, far = where(is_near, x, 0.0), where(is_near, 1.0, x)
    return where(is_near, polynomial(near, _SLOPE_OF_EXPREL), (exp(far) - y) / far)


exprel = special_op(
    "exprel",
    lambda g, y, x: g * _exprel_slope(y, x),
    latex=r"\frac{{e^{{{0}}} - 1}}{{{0}}}",
)
expi = special_op(
    "expi",
    lambda g, y, x: g * exp(x) / x,
    latex=r"\operatorname{{Ei}}\left({0}\right)",
    domain=(0.25, 2.0),
)
exp1 = special_op(
    "exp1",
    lambda g, y, x: -(g * exp(-x) / x),
    latex=r"E_1\left({0}\right)",
    domain=(0.25, 2.0),
)
_DEGREE = math.pi / 180
sindg: Op = special_op(
    "sindg",
    lambda g, y, x: g * _DEGREE * cosdg(x),
    latex=r"\sin\left(\frac{{\pi}}{{180}} {0:12}\right)",
)
cosdg: Op = special_op(
    "cosdg",
    lambda g, y, x: -(g * _DEGREE * sindg(x)),
    latex=r"\cos\left(\frac{{\pi}}{{180}} {0:12}\right)",
)
tandg = special_op(
    "tandg",
    lambda g, y, x: g * _DEGREE * (1 + y**2),
    latex=r"\tan\left(\frac{{\pi}}{{180}} {0:12}\right)",
)
cosm1 = special_op("cosm1", lambda g, y, x: -(g * sin(x)), latex=r"\cos {0:16} - 1")
wrightomega = special_op(
    "wrightomega", lambda g, y, x: g * y / (1 + y), latex=r"\omega\left({0}\right)"
)

# Functions that NumPy has too.
for _name, _op in {"expm1": expm1, "log1p": log1p, "exp2": exp2, "cbrt": cbrt}.items():
    special(_name)(_op)
