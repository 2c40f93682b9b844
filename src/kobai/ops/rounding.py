"""Whole numbers near a value, remainders, signs, and values that are not finite.

Rounding is a step: its derivative is 0 between the jumps, and 0 at them. A remainder is the value
less a step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.errors import TraceError
from kobai.graph import Node, Op
from kobai.intervals import Interval
from kobai.ops.arithmetic import absolute, power, sign
from kobai.ops.choices import (
    equal,
    greater,
    is_finite,
    is_nan,
    less,
    less_equal,
    logical_and,
    logical_or,
    where,
)
from kobai.ops.elementary import exp2
from kobai.ops.entries import as_nodes, map_op, traces
from kobai.ops.shaping import astype
from kobai.scalars import Body, Scalar, call


def nothing(g: Node, *_: Node) -> None:
    """The derivative of a step: nothing flows."""


def _step(
    name: str,
    numpy: np.ufunc,
    latex: str,
    bounds: Callable[..., Interval],
    body: Body | None = None,
) -> Op:
    return map_op(name, numpy, nothing, latex=latex, bounds=bounds, domain=(0.1, 0.4), body=body)


def _floor_body(x: Scalar) -> Scalar:
    return call("floor", x) if x.dtype.kind == "f" else x


def _whole(function: Callable[[float], float]) -> Callable[[Interval], Interval]:
    def bounds(x: Interval) -> Interval:
        low, high = (function(end) if math.isfinite(end) else end for end in (x.low, x.high))
        return Interval(low, high, is_whole=True)

    return bounds


floor = _step("floor", np.floor, r"\left\lfloor {0} \right\rfloor", _whole(math.floor), _floor_body)
ceil = _step("ceil", np.ceil, r"\left\lceil {0} \right\rceil", _whole(math.ceil))
rint = _step("rint", np.rint, r"\operatorname{{round}}\left({0}\right)", _whole(round))
trunc = _step("trunc", np.trunc, r"\operatorname{{trunc}}\left({0}\right)", _whole(math.trunc))
floor_divide: Op = map_op(
    "floor_divide",
    np.floor_divide,
    nothing,
    nothing,
    latex=r"\left\lfloor \frac{{{0}}}{{{1}}} \right\rfloor",
    domain=((2.3, 2.4), (0.5, 0.54)),
)
remainder = map_op(
    "remainder",
    np.remainder,
    lambda g, y, a, b: g,
    lambda g, y, a, b: -(g * floor_divide(a, b)),
    latex=r"{0:14} \bmod {1:14}",
    domain=((2.3, 2.4), (0.5, 0.54)),
)
fmod = map_op(
    "fmod",
    np.fmod,
    lambda g, y, a, b: g,
    lambda g, y, a, b: -(g * trunc(a / b)),
    latex=r"\operatorname{{fmod}}\left({0}, {1}\right)",
    domain=((2.3, 2.4), (0.5, 0.54)),
)
copysign: Op = map_op(
    "copysign",
    np.copysign,
    lambda g, y, a, b: g * sign(a) * copysign(1, b),
    nothing,
    latex=r"\left|{0}\right| \operatorname{{sgn}} {1:16}",
    domain=((0.25, 2.0), (-2.0, -0.25)),
)
sign_bit = map_op("signbit", np.signbit, None)
logical_xor = map_op("logical_xor", np.logical_xor, None, None, latex=r"{0:7} \oplus {1:8}")


def _known_extreme(name: str, numpy: np.ufunc, wins: Op) -> Op:
    """Like `maximum`, but what is nan loses."""

    def rule(g: Node, x: Node, other: Node) -> Node:
        tie: Any = where(equal(x, other), 0.5 * g, 0.0) if other.varies else 0.0
        return where(logical_or(wins(x, other), is_nan(other)), g, tie)

    return map_op(
        name,
        numpy,
        lambda g, y, a, b: rule(g, a, b),
        lambda g, y, a, b: rule(g, b, a),
        commutes=True,
    )


fmax = _known_extreme("fmax", np.fmax, greater)
fmin = _known_extreme("fmin", np.fmin, less)


@traces(np.fabs)
def _fabs(x: Node) -> Node:
    return absolute(_floating(x))


@traces(np.float_power)
def _float_power(x1: Any, x2: Any) -> Node:
    base, exponent = as_nodes((x1, x2))
    return power(astype(base, float), astype(exponent, float))


def _floating(x: Node) -> Node:
    return x if x.is_differentiable else astype(x, float)


@traces(np.divmod)
def _divmod(x1: Any, x2: Any) -> tuple[Node, Node]:
    a, b = as_nodes((x1, x2))
    return floor_divide(a, b), remainder(a, b)


@traces(np.modf)
def _modf(x: Node) -> tuple[Node, Node]:
    whole = trunc(_floating(x))
    return copysign(_floating(x) - whole, x), whole


@traces(np.ldexp)
def _ldexp(x1: Any, x2: Any) -> Node:
    x, exponent = as_nodes((x1, x2))
    return x * exp2(astype(exponent, _floating(x).dtype))


@traces(np.round, np.around)
def _round(a: Node, decimals: int = 0) -> Node:
    if not a.is_differentiable and decimals >= 0:
        return a
    if decimals == 0:
        return rint(a)
    scale = 10.0 ** abs(decimals)
    return rint(a * scale) / scale if decimals > 0 else rint(a / scale) * scale


@traces(np.fix)
def _fix(x: Node) -> Node:
    return trunc(x)


@traces(np.nan_to_num)
def _nan_to_num(
    x: Node, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Node:
    if not copy:
        raise TraceError(
            "nan_to_num with copy=False is not traced", repair="write x = np.nan_to_num(x)"
        )
    if not x.is_differentiable:
        return x
    largest = float(np.finfo(x.dtype).max)
    high = largest if posinf is None else posinf
    low = -largest if neginf is None else neginf
    ends = where(greater(x, 0), _number(x, high), _number(x, low))
    return where(is_nan(x), _number(x, nan), where(is_finite(x), x, ends))


def _number(x: Node, value: float) -> Node:
    return x.graph.constant(value, x.dtype)


@traces(np.isclose)
def _isclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Node:
    x, y = as_nodes((a, b))
    near = less_equal(absolute(x - y), atol + rtol * absolute(y))
    result = logical_or(logical_and(near, is_finite(y)), equal(x, y))
    return logical_or(result, logical_and(is_nan(x), is_nan(y))) if equal_nan else result


@traces(np.heaviside)
def _heaviside(x1: Any, x2: Any) -> Node:
    x, middle = as_nodes((x1, x2))
    step = where(less(x, 0), 0.0, where(greater(x, 0), 1.0, x))  # nan stays nan
    return where(equal(x, 0), middle, step)


@traces(np.isposinf)
def _isposinf(x: Node) -> Node:
    return equal(x, math.inf)


@traces(np.isneginf)
def _isneginf(x: Node) -> Node:
    return equal(x, -math.inf)


@traces(np.real, np.conjugate)
def _real(val: Node) -> Node:
    return val


@traces(np.imag)
def _imag(val: Node) -> Node:
    return val * 0
