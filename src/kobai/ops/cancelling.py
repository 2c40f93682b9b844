"""Functions whose plain formulas cancel or overflow, and their values without either.

Nobody calls them: the rules of `kobai.simplify` find their formulas. They are printed as formulas
that are right wherever the value is not lost beside its terms.
"""

from __future__ import annotations

import math

import numpy as np

from kobai import scalars as s
from kobai.graph import AnyArray, Node
from kobai.intervals import NONNEGATIVE, POSITIVE, Interval
from kobai.ops.choices import minimum
from kobai.ops.elementary import exp, expm1, logaddexp, sigmoid, tanh
from kobai.ops.entries import ATOM, PRODUCT, SUM, converting, map_op, ufunc_dtypes
from kobai.scalars import Scalar, call, larger, same, select, size, smaller

_LOG_2 = math.log(2)


def _log1mexp_body(x: Scalar) -> Scalar:
    return select(
        x > -_LOG_2,
        s.log(-s.expm1(x)),
        s.log1p(-s.exp(x)),
    )


def _softplus_body(x: Scalar) -> Scalar:
    return larger(x, 0.0) + s.log1p(s.exp(-size(x)))


def _log1mexp(x: AnyArray) -> AnyArray:
    """Mächler, "Accurately computing log(1 - exp(-|a|))" (2012): two formulas, parted at log 2."""
    near = x > -_LOG_2
    result: AnyArray = np.where(
        near, np.log(-np.expm1(np.where(near, x, -1))), np.log1p(-np.exp(np.where(near, -1, x)))
    )
    return result


log1mexp = map_op(
    "log1mexp",
    converting(np.exp, _log1mexp),
    lambda g, y, x: -(g / expm1(-x)),
    text="np.where({0:6} > -0.7, np.log(-np.expm1({0})), np.log1p(-np.exp({0})))",
    latex=r"\log\left(1 - e^{{{0}}}\right)",
    bounds=lambda x: Interval(-math.inf, 0, high_open=True),
    domain=(-2.0, -0.25),
    dtypes=ufunc_dtypes(np.exp),
    stands_for=(),
    body=_log1mexp_body,
)


def _log1mexp_of_exp(x: AnyArray) -> AnyArray:
    """log(e^x (1 - e^x / 2)) far to the left, where 1 - exp(-exp(x)) is e^x."""
    far = x < -37
    near = _log1mexp(-np.exp(np.where(far, 0, x)))
    result: AnyArray = np.where(far, x - np.exp(np.where(far, x, -37)) / 2, near)
    return result.astype(x.dtype, copy=False)


def _log1mexp_of_exp_slope(y: Node, x: Node) -> Node:
    """It has fallen to 0 long before exp(x) overflows."""
    near = minimum(x, 20.0)
    return exp(near - exp(near) - y)


def _log1mexp_of_exp_body(x: Scalar) -> Scalar:
    return select(x < -37.0, x - s.exp(x) / 2.0, _log1mexp_body(-s.exp(x)))


# The logarithm of a probability with a complementary log-log link.
log1mexp_of_exp = map_op(
    "log1mexp_of_exp",
    converting(np.exp, _log1mexp_of_exp),
    lambda g, y, x: g * _log1mexp_of_exp_slope(y, x),
    text="np.where({0:6} < -37, {0}, np.log(-np.expm1(-np.exp({0}))))",
    latex=r"\log\left(1 - e^{{-e^{{{0}}}}}\right)",
    bounds=lambda x: Interval(-math.inf, 0),
    dtypes=ufunc_dtypes(np.exp),
    stands_for=(),
    body=_log1mexp_of_exp_body,
)


def _sech_body(x: Scalar) -> Scalar:
    decayed = s.exp(-size(x))
    return 2.0 * decayed / (1.0 + decayed * decayed)


def _sech(x: AnyArray) -> AnyArray:
    decayed = np.exp(-np.abs(x))
    result: AnyArray = 2 * decayed / (1 + decayed**2)
    return result


sech = map_op(
    "sech",
    converting(np.exp, _sech),
    lambda g, y, x: -(g * (y * tanh(x))),
    text="1 / np.cosh({0})",
    latex=r"\frac{{1}}{{\cosh {0:16}}}",
    precedence=PRODUCT,
    latex_precedence=ATOM,
    bounds=lambda x: Interval(0, 1, low_open=True),
    dtypes=ufunc_dtypes(np.exp),
    stands_for=(),
    body=_sech_body,
)


def _log_cosh_body(x: Scalar) -> Scalar:
    half = call("sinh", smaller(size(x), 1.0) / 2.0)
    near = s.log1p(2.0 * (half * half))
    far = size(x) + s.log1p(s.exp(-2.0 * size(x))) - _LOG_2
    return select(size(x) < 1.0, near, far)


def _log_cosh(x: AnyArray) -> AnyArray:
    """log(1 + 2 sinh(x/2)**2) near 0, where |x| + log(1 + exp(-2|x|)) - log 2 cancels."""
    size = np.abs(x)
    near = np.minimum(size, 1)
    far = size + np.log1p(np.exp(-2 * size)) - x.dtype.type(_LOG_2)
    result: AnyArray = np.where(size < 1, np.log1p(2 * np.sinh(near / 2) ** 2), far)
    return result


log_cosh = map_op(
    "log_cosh",
    converting(np.exp, _log_cosh),
    lambda g, y, x: g * tanh(x),
    text="np.logaddexp({0}, -{0:13}) - np.log(2)",
    latex=r"\log \cosh {0:16}",
    precedence=SUM,
    latex_precedence=PRODUCT,
    bounds=lambda x: NONNEGATIVE,
    dtypes=ufunc_dtypes(np.exp),
    stands_for=(),
    body=_log_cosh_body,
)


def _log1p_tanh_body(x: Scalar) -> Scalar:
    return select(
        x < -0.5,
        _LOG_2 - _softplus_body(-2.0 * x),
        s.log1p(s.tanh(x)),
    )


def _log1p_tanh(x: AnyArray) -> AnyArray:
    """log(2 / (1 + exp(-2x))) to the left, where tanh is -1 but for a few digits."""
    left = x < -0.5
    near = np.log1p(np.tanh(np.where(left, 0, x)))
    far = x.dtype.type(_LOG_2) - np.logaddexp(0, -2 * np.where(left, x, -1))
    result: AnyArray = np.where(left, far, near)
    return result.astype(x.dtype, copy=False)


log1p_tanh = map_op(
    "log1p_tanh",
    converting(np.exp, _log1p_tanh),
    lambda g, y, x: g * (2 * sigmoid(-(2 * x))),
    text="np.log(2) - np.logaddexp(0, -2 * {0:12})",
    latex=r"\log\left(1 + \tanh {0:16}\right)",
    precedence=SUM,
    latex_precedence=PRODUCT,
    bounds=lambda x: Interval(-math.inf, _LOG_2, high_open=True),
    dtypes=ufunc_dtypes(np.exp),
    stands_for=(),
    body=_log1p_tanh_body,
)


def _log_softplus_body(x: Scalar) -> Scalar:
    return select(x < -37.0, x - s.exp(x) / 2.0, s.log(_softplus_body(x)))


def _log_softplus(x: AnyArray) -> AnyArray:
    """log(e^x (1 - e^x / 2)) far to the left, where the softplus itself underflows."""
    far = x < -37
    near = np.log(np.logaddexp(0, np.where(far, 0, x)))
    result: AnyArray = np.where(far, x - np.exp(np.where(far, x, -37)) / 2, near)
    return result.astype(x.dtype, copy=False)


log_softplus = map_op(
    "log_softplus",
    converting(np.exp, _log_softplus),
    lambda g, y, x: g * exp(-logaddexp(0, -x) - y),
    text="np.where({0:6} < -37, {0}, np.log(np.logaddexp(0, {0})))",
    latex=r"\log \log\left(1 + e^{{{0}}}\right)",
    dtypes=ufunc_dtypes(np.exp),
    stands_for=(),
    body=_log_softplus_body,
)


def _sqrt1pm1_body(x: Scalar) -> Scalar:
    return select(same(x, math.inf), x, x / (s.sqrt(1.0 + x) + 1.0))


def _sqrt1pm1(x: AnyArray) -> AnyArray:
    end = np.isposinf(x)
    finite = np.where(end, 0, x)
    result: AnyArray = np.where(end, x, finite / (np.sqrt(1 + finite) + 1))
    return result


sqrt1pm1 = map_op(
    "sqrt1pm1",
    converting(np.exp, _sqrt1pm1),
    lambda g, y, x: g / (2 * (y + 1)),
    text="{0:12} / (np.sqrt(1 + {0:12}) + 1)",
    latex=r"\sqrt{{1 + {0:12}}} - 1",
    precedence=PRODUCT,
    latex_precedence=SUM,
    bounds=lambda x: Interval(-1, math.inf),
    domain=(-0.5, 2.0),
    dtypes=ufunc_dtypes(np.exp),
    stands_for=(),
    body=_sqrt1pm1_body,
)


def _exp_of_sum(a: AnyArray, b: AnyArray) -> AnyArray:
    """exp(s) (1 + e), where s + e is a + b to the last bit (Knuth's two-sum).

    A sum of hundreds that is rounded would cost as many units in the last place.
    """
    rounded = a + b
    back = rounded - a
    rest = (a - (rounded - back)) + (b - back)
    power = np.exp(rounded)
    result: AnyArray = power * (1 + np.where(np.isfinite(rest), rest, 0))
    return result


def _exp_of_sum_body(a: Scalar, b: Scalar) -> Scalar:
    rounded = a + b
    back = rounded - a
    rest = (a - (rounded - back)) + (b - back)
    return s.exp(rounded) * (1.0 + select(size(rest) < math.inf, rest, 0.0))


def _exp_of_sum_text(node: Node, a: str, b: str) -> str:
    first, second = f"{a:11}", f"{b:12}"
    return f"np.exp({first} - {second[1:]})" if second[0] == "-" else f"np.exp({first} + {second})"


exp_of_sum = map_op(
    "exp_of_sum",
    converting(np.logaddexp, _exp_of_sum),
    lambda g, y, a, b: g * y,
    lambda g, y, a, b: g * y,
    text=_exp_of_sum_text,
    latex="e^{{{0:11} + {1:12}}}",
    bounds=lambda a, b: POSITIVE,
    commutes=True,
    precedence=ATOM,
    dtypes=ufunc_dtypes(np.logaddexp),
    stands_for=(),
    body=_exp_of_sum_body,
)
