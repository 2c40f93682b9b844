"""Elementary and special functions of one value, and the few of two that belong to them.

Derivatives: NIST Digital Library of Mathematical Functions, chapters 4 and 7 (dlmf.nist.gov).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import accumulate

import numpy as np

from kobai import scalars
from kobai.graph import AnyArray, Node, Op
from kobai.intervals import NONNEGATIVE, POSITIVE, REAL, Interval
from kobai.ops.choices import equal, where
from kobai.ops.entries import ATOM, PRODUCT, SUM, converting, map_op, special, ufunc_dtypes
from kobai.scalars import Scalar, calling, differ, larger, same, select, size


def _logarithm(function: Callable[[float], float], pole: float) -> Callable[[Interval], Interval]:
    """The image under a logarithm; at its pole and below it, nothing is known."""

    def bounds(x: Interval) -> Interval:
        if x.low > pole or (x.low == pole and x.low_open):
            return x.increasing(lambda end: function(end) if end > pole else -math.inf)
        return REAL

    return bounds


exp: Op = map_op(
    "exp",
    np.exp,
    lambda g, y, x: g * y,
    latex="e^{{{0}}}",
    bounds=lambda x: Interval(0, 1, low_open=True) if x.high <= 0 else POSITIVE,
    body=calling("exp"),
)
expm1 = map_op(
    "expm1",
    np.expm1,
    lambda g, y, x: g * exp(x),
    latex="e^{{{0}}} - 1",
    latex_precedence=SUM,
    bounds=lambda x: Interval(-1, math.inf, low_open=True),
    body=calling("expm1"),
)
log = map_op(
    "log",
    np.log,
    lambda g, y, x: g / x,
    latex=r"\log {0:16}",
    latex_precedence=PRODUCT,
    bounds=_logarithm(math.log, 0),
    domain=(0.25, 2.0),
    body=calling("log"),
)
log1p = map_op(
    "log1p",
    np.log1p,
    lambda g, y, x: g / (1 + x),
    latex=r"\log\left(1 + {0:12}\right)",
    bounds=_logarithm(math.log1p, -1),
    domain=(-0.5, 2.0),
    body=calling("log1p"),
)
sqrt = map_op(
    "sqrt",
    np.sqrt,
    lambda g, y, x: g / (2 * y),
    latex=r"\sqrt{{{0}}}",
    bounds=lambda x: POSITIVE if x.is_positive else NONNEGATIVE,
    domain=(0.25, 2.0),
    body=calling("sqrt"),
)
tanh = map_op(
    "tanh",
    np.tanh,
    lambda g, y, x: g * (1 - y**2),
    latex=r"\tanh {0:16}",
    latex_precedence=PRODUCT,
    bounds=lambda x: x.increasing(math.tanh) & Interval(-1, 1, low_open=True, high_open=True),
    body=calling("tanh"),
)
sin: Op = map_op(
    "sin",
    np.sin,
    lambda g, y, x: g * cos(x),
    latex=r"\sin {0:16}",
    latex_precedence=PRODUCT,
    bounds=lambda x: Interval(-1, 1),
    body=calling("sin"),
)
cos: Op = map_op(
    "cos",
    np.cos,
    lambda g, y, x: -(g * sin(x)),
    latex=r"\cos {0:16}",
    latex_precedence=PRODUCT,
    bounds=lambda x: Interval(-1, 1),
    body=calling("cos"),
)


exp2 = map_op(
    "exp2",
    np.exp2,
    lambda g, y, x: g * y * math.log(2),
    latex="2^{{{0}}}",
    bounds=lambda x: POSITIVE,
    body=calling("exp2"),
)
log2 = map_op(
    "log2",
    np.log2,
    lambda g, y, x: g / (x * math.log(2)),
    latex=r"\log_2 {0:16}",
    latex_precedence=PRODUCT,
    bounds=_logarithm(math.log2, 0),
    domain=(0.25, 2.0),
    body=calling("log2"),
)
log10 = map_op(
    "log10",
    np.log10,
    lambda g, y, x: g / (x * math.log(10)),
    latex=r"\log_{{10}} {0:16}",
    latex_precedence=PRODUCT,
    bounds=_logarithm(math.log10, 0),
    domain=(0.25, 2.0),
    body=calling("log10"),
)
cbrt = map_op(
    "cbrt",
    np.cbrt,
    lambda g, y, x: g / (3 * y**2),
    latex=r"\sqrt[3]{{{0}}}",
    domain=(0.25, 2.0),
    body=calling("cbrt"),
)


def _sigmoid(x: AnyArray) -> AnyArray:
    """1 / (1 + exp(-x)) without overflow, and with its small values kept."""
    decayed = np.exp(-np.abs(x))
    result: AnyArray = np.where(x >= 0, 1, decayed) / (1 + decayed)
    return result


def _sigmoid_body(x: Scalar) -> Scalar:
    decayed = scalars.exp(-size(x))
    total = 1.0 + decayed
    share = select(x >= 0, 1.0, decayed) / total
    # What the sum has lost counts where it is nearly 1, as it is for very negative numbers.
    lost = decayed - (total - 1.0)
    return share - share * lost


def _logaddexp_body(a: Scalar, b: Scalar) -> Scalar:
    """The larger, and what the smaller adds; of two equal ones (infinities too), log 2."""
    apart = larger(a, b) + scalars.log1p(scalars.exp(-size(a - b)))
    return select(same(a, b), a + math.log(2), apart)


def _xlogy_body(x: Scalar, y: Scalar) -> Scalar:
    return select(same(x, 0.0), select(differ(y, y), y, 0.0), x * scalars.log(y))


def _sigmoid_text(node: Node, x: str) -> str:
    """The function as people write it; of -x without a double sign."""
    if node.operands[0].op.name != "negative" or not x.startswith("-"):
        return f"1 / (1 + np.exp(-{x:13}))"
    exponent = x[1:]
    depths = list(accumulate((c == "(") - (c == ")") for c in exponent))
    is_enclosed = exponent.startswith("(") and depths.index(0) == len(exponent) - 1
    return f"1 / (1 + np.exp({exponent[1:-1] if is_enclosed else exponent}))"


sigmoid = map_op(
    "sigmoid",
    converting(np.exp, _sigmoid),
    lambda g, y, x: g * y * (1 - y),
    text=_sigmoid_text,
    latex=r"\sigma\left({0}\right)",
    precedence=PRODUCT,
    latex_precedence=ATOM,
    bounds=lambda x: Interval(0, 1, low_open=True, high_open=True),
    dtypes=ufunc_dtypes(np.exp),
    stands_for=(),
    body=_sigmoid_body,
    shown_body=lambda x: 1.0 / (1.0 + scalars.exp(-x)),
)
logaddexp = map_op(
    "logaddexp",
    np.logaddexp,
    lambda g, y, a, b: g * sigmoid(a - b),
    lambda g, y, a, b: g * sigmoid(b - a),
    latex=r"\log\left(e^{{{0}}} + e^{{{1}}}\right)",
    bounds=lambda a, b: POSITIVE if a.is_nonnegative or b.is_nonnegative else REAL,
    commutes=True,
    body=_logaddexp_body,
)


logaddexp2 = map_op(
    "logaddexp2",
    np.logaddexp2,
    lambda g, y, a, b: g * sigmoid((a - b) * math.log(2)),
    lambda g, y, a, b: g * sigmoid((b - a) * math.log(2)),
    latex=r"\log_2\left(2^{{{0}}} + 2^{{{1}}}\right)",
    commutes=True,
)


def _xlogy(x: AnyArray, y: AnyArray) -> AnyArray:
    result: AnyArray = np.where(x == 0, np.where(np.isnan(y), y, 0), x * np.log(y))
    return result


xlogy = map_op(
    "xlogy",
    converting(np.logaddexp, _xlogy),
    lambda g, r, x, y: g * log(y),
    lambda g, r, x, y: where(equal(x, 0), 0.0, g * x / y),
    text="np.where({0:7} == 0, 0, {0:12} * np.log({1}))",
    latex=r"{0:13} \log {1:16}",
    latex_precedence=PRODUCT,
    domain=(0.25, 2.0),
    dtypes=ufunc_dtypes(np.logaddexp),
    stands_for=(),
    body=_xlogy_body,
)


@special("expit")
def _expit(x: Node) -> Node:
    return sigmoid(x)


@special("log_expit")
def _log_expit(x: Node) -> Node:
    return -logaddexp(0, -x)


@special("logit")
def _logit(x: Node) -> Node:
    return log(x) - log1p(-x)


@special("xlogy")
def _special_xlogy(x: Node, y: Node) -> Node:
    return xlogy(x, y)


@special("xlog1py")
def _xlog1py(x: Node, y: Node) -> Node:
    return xlogy(x, 1 + y)
