"""Functions of scipy.special: error functions, gamma and beta, Bessel, entropies, robust losses.

Derivatives: NIST Digital Library of Mathematical Functions, chapters 5 to 8 and 10
(dlmf.nist.gov); those by a shape parameter (the a of gammainc) are not known and refused.
"""

from __future__ import annotations

import importlib
import math
from typing import Any

import numpy as np

from kobai.graph import AnyArray, Node, Op
from kobai.intervals import NONNEGATIVE, Interval
from kobai.ops.arithmetic import absolute, sign
from kobai.ops.choices import (
    equal,
    is_infinite,
    less,
    less_equal,
    logical_or,
    maximum,
    minimum,
    where,
)
from kobai.ops.elementary import cbrt, exp, exp2, expm1, log, log1p, sin, xlogy
from kobai.ops.entries import (
    ATOM,
    converting,
    map_op,
    polynomial,
    special,
    special_op,
    traces,
    ufunc_dtypes,
)
from kobai.ops.trigonometry import hypot
from kobai.scalars import call, calling, same, select

_ROOT_PI = math.sqrt(math.pi)
_ROOT_2 = math.sqrt(2)
_LOG_10 = math.log(10)

# Error functions (DLMF 7) and the normal distribution.
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


# Gamma and beta functions (DLMF 5 and 8).
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

# Bessel functions of the first and second kind and modified ones, by x (DLMF 10.6 and 10.29).
jv: Op = special_op(
    "jv",
    None,
    lambda g, y, v, x: g * (jv(v - 1, x) - jv(v + 1, x)) / 2,
    latex=r"J_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
yv: Op = special_op(
    "yv",
    None,
    lambda g, y, v, x: g * (yv(v - 1, x) - yv(v + 1, x)) / 2,
    latex=r"Y_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
iv: Op = special_op(
    "iv",
    None,
    lambda g, y, v, x: g * (iv(v - 1, x) + iv(v + 1, x)) / 2,
    latex=r"I_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
kv: Op = special_op(
    "kv",
    None,
    lambda g, y, v, x: -(g * (kv(v - 1, x) + kv(v + 1, x)) / 2),
    latex=r"K_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
ive: Op = special_op(
    "ive",
    None,
    lambda g, y, v, x: g * ((ive(v - 1, x) + ive(v + 1, x)) / 2 - sign(x) * y),
    latex=r"e^{{-\left|{1}\right|}} I_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
kve: Op = special_op(
    "kve",
    None,
    lambda g, y, v, x: g * (y - (kve(v - 1, x) + kve(v + 1, x)) / 2),
    latex=r"e^{{{1}}} K_{{{0}}}\left({1}\right)",
    domain=(0.5, 3.0),
)
j1 = special_op("j1", lambda g, y, x: g * (jv(0, x) - jv(2, x)) / 2, latex=r"J_1\left({0}\right)")
j0 = special_op("j0", lambda g, y, x: -(g * j1(x)), latex=r"J_0\left({0}\right)")
y1 = special_op(
    "y1",
    lambda g, y, x: g * (yv(0, x) - yv(2, x)) / 2,
    latex=r"Y_1\left({0}\right)",
    domain=(0.5, 3.0),
)
y0 = special_op("y0", lambda g, y, x: -(g * y1(x)), latex=r"Y_0\left({0}\right)", domain=(0.5, 3.0))
i1 = special_op("i1", lambda g, y, x: g * (iv(0, x) + iv(2, x)) / 2, latex=r"I_1\left({0}\right)")
i0 = special_op("i0", lambda g, y, x: g * i1(x), latex=r"I_0\left({0}\right)")
k1 = special_op(
    "k1",
    lambda g, y, x: -(g * (kv(0, x) + kv(2, x)) / 2),
    latex=r"K_1\left({0}\right)",
    domain=(0.5, 3.0),
)
k0 = special_op("k0", lambda g, y, x: -(g * k1(x)), latex=r"K_0\left({0}\right)", domain=(0.5, 3.0))
traces(np.i0)(i0)


def _hankel(order: int) -> list[float]:
    """The coefficients of Hankel's expansions for large x (DLMF 10.17.1)."""
    return [
        math.prod(4 * order**2 - j**2 for j in range(1, 2 * k, 2)) / (math.factorial(k) * 8**k)
        for k in range(16)
    ]


def _far_slope(x: Node, sign_of_term: int, near: Node, *weights: float) -> Node:
    """`near`, or for large x, where its terms cancel, the series of their sum (DLMF 10.40).

    Scaled Bessel functions of orders 0, 1 and 2 are added up with these weights.
    """
    is_far = less(60.0, absolute(x))
    far = where(is_far, absolute(x), 60.0)
    pairs = zip(*(_hankel(order) for order in range(len(weights))), strict=True)
    terms = [sum(w * a for w, a in zip(weights, pair, strict=True)) for pair in pairs]
    signed = [sign_of_term**k * term for k, term in enumerate(terms)]
    return where(is_far, far**-0.5 * polynomial(1 / far, signed), near)


i1e: Op = special_op(
    "i1e",
    lambda g, y, x: g * _i1e_slope(y, x),
    latex=r"e^{{-\left|{0}\right|}} I_1\left({0}\right)",
    domain=(0.5, 3.0),
)
i0e = special_op(
    "i0e",
    lambda g, y, x: g * _i0e_slope(y, x),
    latex=r"e^{{-\left|{0}\right|}} I_0\left({0}\right)",
    domain=(0.5, 3.0),
)
k1e: Op = special_op(
    "k1e",
    lambda g, y, x: g * _k1e_slope(y, x),
    latex=r"e^{{{0}}} K_1\left({0}\right)",
    domain=(0.5, 3.0),
)
k0e = special_op(
    "k0e",
    lambda g, y, x: g * _k0e_slope(y, x),
    latex=r"e^{{{0}}} K_0\left({0}\right)",
    domain=(0.5, 3.0),
)


def _i0e_slope(y: Node, x: Node) -> Node:
    scale = 1 / math.sqrt(2 * math.pi)
    return sign(x) * _far_slope(x, -1, i1e(absolute(x)) - y, -scale, scale)


def _i1e_slope(y: Node, x: Node) -> Node:
    scale = 1 / math.sqrt(2 * math.pi)
    near = (ive(0, x) + ive(2, x)) / 2 - sign(x) * y
    return _far_slope(x, -1, near, scale / 2, -scale, scale / 2)


def _k0e_slope(y: Node, x: Node) -> Node:
    scale = math.sqrt(math.pi / 2)
    return _far_slope(x, 1, y - k1e(x), scale, -scale)


def _k1e_slope(y: Node, x: Node) -> Node:
    scale = math.sqrt(math.pi / 2)
    near = y - (kve(0, x) + kve(2, x)) / 2
    return _far_slope(x, 1, near, -scale / 2, scale, -scale / 2)


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


@special("loggamma")
def _loggamma(z: Node) -> Node:
    """On the positive half-axis, where it is real: nan elsewhere."""
    return gammaln(where(less_equal(z, 0), math.nan, z))


def polygamma_of(n: Any, x: Any) -> Node:
    """scipy.special.polygamma."""
    return digamma(x) if n == 0 else polygamma(x, n=int(n))
