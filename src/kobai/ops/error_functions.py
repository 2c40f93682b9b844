"""Error functions and the normal distribution.

Derivatives: NIST Digital Library of Mathematical Functions, chapter 7 (dlmf.nist.gov).
"""

from __future__ import annotations

import math

from kobai.graph import Node, Op
from kobai.intervals import NONNEGATIVE, Interval
from kobai.ops.arithmetic import absolute
from kobai.ops.choices import (
    less,
    where,
)
from kobai.ops.elementary import exp
from kobai.ops.entries import (
    polynomial,
    special_op,
)
from kobai.scalars import calling

_ROOT_PI = math.sqrt(math.pi)
_ROOT_2 = math.sqrt(2)

erf = special_op(
    "erf",
    lambda g, y, x: g * (2 / _ROOT_PI) * exp(-(x**2)),
    latex=r"\operatorname{{erf}}\left({0}\right)",
    bounds=lambda x: Interval(-1, 1),
    body=calling("erf"),
)
erfc = special_op(
    "erfc",
    lambda g, y, x: -(g * (2 / _ROOT_PI) * exp(-(x**2))),
    latex=r"\operatorname{{erfc}}\left({0}\right)",
    bounds=lambda x: Interval(0, 2),
    body=calling("erfc"),
)


def _erfcx_slope(y: Node, x: Node) -> Node:
    """2 x y - 2 / sqrt(pi); for large x, where that cancels, its series (DLMF 7.12.1)."""
    is_far = less(15.0, x)
    far = where(is_far, x, 15.0)
    terms = [(-1) ** k * math.prod(range(1, 2 * k, 2)) / 2**k for k in range(1, 12)]
    return where(
        is_far, (2 / _ROOT_PI) * polynomial(far**-2, [0.0, *terms]), 2 * x * y - 2 / _ROOT_PI
    )


erfcx: Op = special_op(
    "erfcx",
    lambda g, y, x: g * _erfcx_slope(y, x),
    latex=r"\operatorname{{erfcx}}\left({0}\right)",
    bounds=lambda x: NONNEGATIVE,
)
erfi = special_op(
    "erfi",
    lambda g, y, x: g * (2 / _ROOT_PI) * exp(x**2),
    latex=r"\operatorname{{erfi}}\left({0}\right)",
)


def _dawsn_slope(y: Node, x: Node) -> Node:
    """1 - 2 x y; for large x, where that cancels, its series (DLMF 7.12.1 and 7.5.1)."""
    is_far = less(15.0, absolute(x))
    far, near = where(is_far, x, 15.0), where(is_far, 0.0, x)
    terms = [-math.prod(range(1, 2 * k, 2)) / 2**k for k in range(1, 12)]
    return where(is_far, polynomial(far**-2, [0.0, *terms]), 1 - 2 * near * y)


dawsn = special_op(
    "dawsn",
    lambda g, y, x: g * _dawsn_slope(y, x),
    latex=r"D_+\left({0}\right)",
)
erfinv = special_op(
    "erfinv",
    lambda g, y, x: g * (_ROOT_PI / 2) * exp(y**2),
    latex=r"\operatorname{{erf}}^{{-1}}\left({0}\right)",
    domain=(-0.7, 0.7),
)
erfcinv = special_op(
    "erfcinv",
    lambda g, y, x: -(g * (_ROOT_PI / 2) * exp(y**2)),
    latex=r"\operatorname{{erfc}}^{{-1}}\left({0}\right)",
    domain=(0.4, 1.6),
)
ndtr = special_op(
    "ndtr",
    lambda g, y, x: g * exp(-(x**2) / 2) / (_ROOT_2 * _ROOT_PI),
    latex=r"\Phi\left({0}\right)",
    bounds=lambda x: Interval(0, 1),
)
log_ndtr = special_op(
    "log_ndtr",
    lambda g, y, x: g * (_ROOT_2 / _ROOT_PI) / erfcx(-x / _ROOT_2),
    latex=r"\log \Phi\left({0}\right)",
)
ndtri = special_op(
    "ndtri",
    lambda g, y, x: g * (_ROOT_2 * _ROOT_PI) * exp(y**2 / 2),
    latex=r"\Phi^{{-1}}\left({0}\right)",
    domain=(0.2, 0.8),
)
