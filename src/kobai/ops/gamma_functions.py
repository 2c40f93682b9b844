"""Gamma and beta functions, complete and incomplete.

Derivatives: NIST Digital Library of Mathematical Functions, chapters 5 and 8 (dlmf.nist.gov); those
by a shape parameter (the a of gammainc) are not known and refused.
"""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np

from kobai.graph import AnyArray, Node, Op
from kobai.intervals import Interval
from kobai.ops.choices import (
    equal,
    is_infinite,
    less_equal,
    logical_or,
    where,
)
from kobai.ops.elementary import exp, log1p, xlogy
from kobai.ops.entries import (
    ATOM,
    converting,
    map_op,
    special,
    special_op,
    ufunc_dtypes,
)
from kobai.scalars import call, same, select


def _polygamma(x: AnyArray, *, n: int) -> AnyArray:
    found: AnyArray = importlib.import_module("scipy.special").polygamma(n, x)
    return found.astype(x.dtype)[()]


polygamma: Op = map_op(
    "polygamma",
    converting(np.exp, _polygamma),
    lambda g, y, x, *, n: g * polygamma(x, n=n + 1),
    text=lambda node, x: f"scipy.special.polygamma({node.attribute('n')}, {x})",
    latex=lambda node, x: rf"\psi^{{({node.attribute('n')})}}\left({x}\right)",
    precedence=ATOM,
    domain=(0.5, 2.0),
    dtypes=ufunc_dtypes(np.exp),
    stands_for=(),
)
digamma = special_op(
    "psi",
    lambda g, y, x: g * polygamma(x, n=1),
    latex=r"\psi\left({0}\right)",
    domain=(0.5, 3.0),
    body=lambda x: call("digamma", x),
)
special("digamma")(digamma)
gamma = special_op(
    "gamma",
    lambda g, y, x: g * y * digamma(x),
    latex=r"\Gamma\left({0}\right)",
    domain=(0.5, 3.0),
)
gammaln = special_op(
    "gammaln",
    lambda g, y, x: g * digamma(x),
    latex=r"\log \left|\Gamma\left({0}\right)\right|",
    domain=(0.5, 3.0),
    body=lambda x: select(same(x, -math.inf), x, call("lgamma", x)),
)
beta = special_op(
    "beta",
    lambda g, y, a, b: where(equal(y, 0), 0.0, g * y * (digamma(a) - digamma(a + b))),
    lambda g, y, a, b: where(equal(y, 0), 0.0, g * y * (digamma(b) - digamma(a + b))),
    latex=r"B\left({0}, {1}\right)",
    domain=(0.5, 3.0),
    commutes=True,
)
betaln = special_op(
    "betaln",
    lambda g, y, a, b: g * (digamma(a) - digamma(a + b)),
    lambda g, y, a, b: g * (digamma(b) - digamma(a + b)),
    latex=r"\log B\left({0}, {1}\right)",
    domain=(0.5, 3.0),
    commutes=True,
)


def _gamma_density(a: Node, x: Node) -> Node:
    """0 at the ends of both arguments, where the distribution function is flat."""
    density = exp(xlogy(a - 1, x) - x - gammaln(a))
    return where(logical_or(is_infinite(a), is_infinite(x)), 0.0, density)


gammainc = special_op(
    "gammainc",
    None,
    lambda g, y, a, x: g * _gamma_density(a, x),
    latex=r"P\left({0}, {1}\right)",
    bounds=lambda a, x: Interval(0, 1),
    domain=(0.5, 3.0),
)
gammaincc = special_op(
    "gammaincc",
    None,
    lambda g, y, a, x: -(g * _gamma_density(a, x)),
    latex=r"Q\left({0}, {1}\right)",
    bounds=lambda a, x: Interval(0, 1),
    domain=(0.5, 3.0),
)
xlog1py: Op = special_op(
    "xlog1py",
    lambda g, r, x, y: g * log1p(y),
    lambda g, r, x, y: where(equal(x, 0), 0.0, g * x / (1 + y)),
    latex=r"{0:13} \log\left(1 + {1:12}\right)",
    domain=(0.25, 2.0),
)


def _beta_density(a: Node, b: Node, x: Node) -> Node:
    density = exp(xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b))
    return where(logical_or(is_infinite(a), is_infinite(b)), 0.0, density)


betainc = special_op(
    "betainc",
    None,
    None,
    lambda g, y, a, b, x: g * _beta_density(a, b, x),
    latex=r"I_{{{2}}}\left({0}, {1}\right)",
    bounds=lambda a, b, x: Interval(0, 1),
    domain=((0.5, 3.0), (0.5, 3.0), (0.2, 0.8)),
)


@special("loggamma")
def _loggamma(z: Node) -> Node:
    """On the positive half-axis, where it is real: nan elsewhere."""
    return gammaln(where(less_equal(z, 0), math.nan, z))


def polygamma_of(n: Any, x: Any) -> Node:
    """scipy.special.polygamma."""
    return digamma(x) if n == 0 else polygamma(x, n=int(n))
