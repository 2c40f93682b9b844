"""Circular and hyperbolic functions, their inverses, angles and lengths.

Derivatives: NIST Digital Library of Mathematical Functions, chapter 4 (dlmf.nist.gov/4).
"""

from __future__ import annotations

import math

import numpy as np

from kobai.graph import AnyArray, AnyDType, Node, Op, Promotable
from kobai.intervals import NONNEGATIVE, Interval
from kobai.ops.arithmetic import absolute
from kobai.ops.choices import equal, less, where
from kobai.ops.elementary import cos, sin, sqrt
from kobai.ops.entries import PRODUCT, converting, map_op, polynomial, promoted, ufunc_dtypes
from kobai.scalars import calling

tan = map_op(
    "tan",
    np.tan,
    lambda g, y, x: g * (1 + y**2),
    latex=r"\tan {0:16}",
    latex_precedence=PRODUCT,
    domain=(-1.2, 1.2),
    body=calling("tan"),
)
arcsin = map_op(
    "arcsin",
    np.arcsin,
    lambda g, y, x: g / (sqrt(1 - x) * sqrt(1 + x)),
    latex=r"\arcsin {0:16}",
    latex_precedence=PRODUCT,
    bounds=lambda x: Interval(-math.pi / 2, math.pi / 2),
    domain=(-0.8, 0.8),
    body=calling("asin"),
)
arccos = map_op(
    "arccos",
    np.arccos,
    lambda g, y, x: -(g / (sqrt(1 - x) * sqrt(1 + x))),
    latex=r"\arccos {0:16}",
    latex_precedence=PRODUCT,
    bounds=lambda x: Interval(0, math.pi),
    domain=(-0.8, 0.8),
    body=calling("acos"),
)
arctan = map_op(
    "arctan",
    np.arctan,
    lambda g, y, x: g / (1 + x**2),
    latex=r"\arctan {0:16}",
    latex_precedence=PRODUCT,
    bounds=lambda x: Interval(-math.pi / 2, math.pi / 2),
    body=calling("atan"),
)
sinh: Op = map_op(
    "sinh",
    np.sinh,
    lambda g, y, x: g * cosh(x),
    latex=r"\sinh {0:16}",
    latex_precedence=PRODUCT,
    body=calling("sinh"),
)
cosh: Op = map_op(
    "cosh",
    np.cosh,
    lambda g, y, x: g * sinh(x),
    latex=r"\cosh {0:16}",
    latex_precedence=PRODUCT,
    bounds=lambda x: Interval(1, math.inf),
    body=calling("cosh"),
)
arcsinh = map_op(
    "arcsinh",
    np.arcsinh,
    lambda g, y, x: g / hypot(x, 1),
    latex=r"\operatorname{{arsinh}} {0:16}",
    latex_precedence=PRODUCT,
    body=calling("asinh"),
)
arccosh = map_op(
    "arccosh",
    np.arccosh,
    lambda g, y, x: g / (sqrt(x - 1) * sqrt(x + 1)),
    latex=r"\operatorname{{arcosh}} {0:16}",
    latex_precedence=PRODUCT,
    bounds=lambda x: NONNEGATIVE,
    domain=(1.25, 3.0),
    body=calling("acosh"),
)
arctanh = map_op(
    "arctanh",
    np.arctanh,
    lambda g, y, x: g / ((1 - x) * (1 + x)),
    latex=r"\operatorname{{artanh}} {0:16}",
    latex_precedence=PRODUCT,
    domain=(-0.8, 0.8),
    body=calling("atanh"),
)


def _share(part: Node, length: Node) -> Node:
    """The part of a length; at length 0, which has a kink there, the mean of all directions."""
    is_kink = equal(length, 0)
    return where(is_kink, 0.0, part / where(is_kink, 1.0, length))


hypot: Op = map_op(
    "hypot",
    np.hypot,
    lambda g, y, a, b: g * _share(a, y),
    lambda g, y, a, b: g * _share(b, y),
    latex=r"\sqrt{{{{{0:15}}}^2 + {{{1:15}}}^2}}",
    bounds=lambda a, b: NONNEGATIVE,
    domain=(0.25, 2.0),
    commutes=True,
    body=calling("hypot"),
)


def _turned(part: AnyArray, other: AnyArray) -> AnyArray:
    length = np.hypot(part, other)
    is_end = (length == 0) | np.isinf(length) & ~np.isnan(part) & ~np.isnan(other)
    finite = np.where(is_end, 1, length)
    result: AnyArray = np.where(is_end, 0, part / finite / finite)
    return result


# Without overflow; 0 at the origin, where there is no angle, and infinitely far away.
slope_of_angle: Op = map_op(
    "slope_of_angle",
    converting(np.hypot, _turned),
    lambda g, y, a, b: g * (slope_of_angle(b, a) ** 2 - y**2),
    lambda g, y, a, b: -(g * (2 * y * slope_of_angle(b, a))),
    text="{0:12} / ({0:15}**2 + {1:15}**2)",
    latex=r"\frac{{{0}}}{{{{{0:15}}}^2 + {{{1:15}}}^2}}",
    precedence=PRODUCT,
    dtypes=ufunc_dtypes(np.hypot),
    domain=(0.25, 2.0),
    stands_for=(),
)
arctan2 = map_op(
    "arctan2",
    np.arctan2,
    lambda g, r, y, x: g * slope_of_angle(x, y),
    lambda g, r, y, x: -(g * slope_of_angle(y, x)),
    latex=r"\operatorname{{atan2}}\left({0}, {1}\right)",
    bounds=lambda y, x: Interval(-math.pi, math.pi),
    domain=(0.25, 2.0),
    body=calling("atan2"),
)
deg2rad = map_op(
    "deg2rad",
    np.deg2rad,
    lambda g, y, x: g * (math.pi / 180),
    latex=r"\frac{{\pi}}{{180}} {0:12}",
    latex_precedence=PRODUCT,
    stands_for=(np.deg2rad, np.radians),
)
rad2deg = map_op(
    "rad2deg",
    np.rad2deg,
    lambda g, y, x: g * (180 / math.pi),
    latex=r"\frac{{180}}{{\pi}} {0:12}",
    latex_precedence=PRODUCT,
    stands_for=(np.rad2deg, np.degrees),
)

# The series of (cos z - sin(z) / z) / z, as far as it counts for |z| < pi / 4.
_SLOPE_OF_SINC = [(-1) ** k * 2 * k / math.factorial(2 * k + 1) for k in range(1, 9)]


def _sinc_slope(x: Node) -> Node:
    """The derivative of sin(pi x) / (pi x); near 0, where its terms cancel, by their series."""
    is_near = less(absolute(x), 0.25)
    z = math.pi * where(is_near, x, 0.0)
    far = math.pi * where(is_near, 1.0, x)
    series = z * polynomial(z**2, _SLOPE_OF_SINC)
    return math.pi * where(is_near, series, (cos(far) - sin(far) / far) / far)


def _sinc_dtypes(x: Promotable) -> tuple[AnyDType, AnyDType]:
    dtype = promoted(x)[0]
    return (dtype, dtype) if dtype.kind == "f" else (np.dtype(float), np.dtype(float))


sinc = map_op(
    "sinc",
    np.sinc,
    lambda g, y, x: g * _sinc_slope(x),
    latex=r"\operatorname{{sinc}}\left({0}\right)",
    dtypes=_sinc_dtypes,
)
