"""Arithmetic on every entry: + - * / **, negation, `abs`, `sign`."""

from __future__ import annotations

import math

import numpy as np

from kobai.graph import CONSTANT, AnyArray, Node, Op
from kobai.intervals import NONNEGATIVE, POSITIVE, REAL, Interval
from kobai.ops.choices import equal, where
from kobai.ops.elementary import log
from kobai.ops.entries import POWER, PRODUCT, SUM, factors_latex, map_op, traces, ufunc_dtypes
from kobai.scalars import Scalar, call, same, select, size, sqrt

add = map_op(
    "add",
    np.add,
    lambda g, y, a, b: g,
    lambda g, y, a, b: g,
    text="{0:11} + {1:12}",
    latex="{0:11} + {1:12}",
    precedence=SUM,
    bounds=lambda a, b: a + b,
    commutes=True,
    body=lambda a, b: a + b,
)
subtract = map_op(
    "subtract",
    np.subtract,
    lambda g, y, a, b: g,
    lambda g, y, a, b: -g,
    text="{0:11} - {1:12}",
    latex="{0:11} - {1:12}",
    precedence=SUM,
    bounds=lambda a, b: a - b,
    body=lambda a, b: a - b,
)


def _product_latex(node: Node, a: str, b: str) -> str:
    """A circle between arrays, nothing where one of the two is a number."""
    sign = r" \odot " if all(operand.ndim for operand in node.operands) else r" \, "
    return factors_latex(node, a, b, sign)


multiply = map_op(
    "multiply",
    np.multiply,
    lambda g, y, a, b: b * g,
    lambda g, y, a, b: a * g,
    text="{0:12} * {1:13}",
    latex=_product_latex,
    precedence=PRODUCT,
    bounds=lambda a, b: a * b,
    commutes=True,
    body=lambda a, b: a * b,
)


def _quotient_bounds(a: Interval, b: Interval) -> Interval:
    if not b.is_positive:
        return REAL
    reciprocal = Interval(1 / b.high, 1 / b.low if b.low else math.inf, b.high_open, b.low_open)
    return a * reciprocal


divide = map_op(
    "divide",
    np.divide,
    lambda g, y, a, b: g / b,
    lambda g, y, a, b: -(g * y / b),
    text="{0:12} / {1:13}",
    latex=r"\frac{{{0}}}{{{1}}}",
    precedence=PRODUCT,
    latex_precedence=POWER,
    bounds=_quotient_bounds,
    domain=((-2.0, 2.0), (0.5, 2.0)),
    body=lambda a, b: a / b,
)


def _negative_text(node: Node, x: str) -> str:
    """-a * b has the bits of -(a * b), unless a is a truth value, unsigned, or written as 0."""
    first = node.operands[0]
    while first.op.name in ("multiply", "divide", "matmul"):
        first = first.operands[0]
    is_zero = first.op is CONSTANT and not np.any(first.attribute("value"))
    return f"-{x:12}" if first.dtype.kind in "fi" and not is_zero else f"-{x:13}"


negative = map_op(
    "negative",
    np.negative,
    lambda g, y, x: -g,
    text=_negative_text,
    latex="-{0:12}",
    precedence=PRODUCT,
    latex_precedence=SUM,
    bounds=lambda x: -x,
    body=lambda x: -x,
)


def _power(x: AnyArray, p: AnyArray) -> AnyArray:
    """NumPy's `**` has fast squares and roots for a scalar exponent; `np.power` has none."""
    same = np.ndim(p) == 0 and np.result_type(x) == np.result_type(p)
    result: AnyArray = x ** p.item() if same else np.power(x, p)
    return result


def _power_by_base(g: Node, y: Node, x: Node, p: Node) -> Node | None:
    """p x**(p-1), and 0 where p is 0: x**0 is 1 at every x."""
    if p.op is not CONSTANT or p.ndim:
        return where(equal(p, 0), 0.0, g * p * x ** (p - 1))
    exponent = p.attribute("value").item()
    if exponent == 0:
        return None
    return g * exponent * x ** (exponent - 1) if exponent != 2 else g * (2 * x)


def _power_by_exponent(g: Node, y: Node, x: Node, p: Node) -> Node:
    """y log x; 0**p counts as constant in p, as it is for p > 0."""
    return g * (y * log(where(equal(x, 0), 1.0, x)))


def _power_body(x: Scalar, p: Scalar) -> Scalar | None:
    """NumPy's fast forms of a few exponents; of whole numbers, squares alone."""
    if x.dtype.kind != "f":
        return x * x if p.instruction == "number" and p.label == 2 else None
    fast = {2.0: x * x, 1.0: x, 0.5: sqrt(x), -1.0: 1.0 / x}
    return fast.get(p.label, call("pow", x, p)) if p.instruction == "number" else call("pow", x, p)


def _sign_body(x: Scalar) -> Scalar:
    """-1, 0 or 1; nan stays."""
    return select(x > 0, 1, select(x < 0, -1, select(same(x, 0), 0, x)))


def _power_bounds(x: Interval, p: Interval) -> Interval:
    if x.is_nonnegative and x.high <= 1 and p.is_nonnegative:
        return Interval(0, 1, low_open=x.is_positive)
    even = p.low == p.high and p.low % 2 == 0
    if x.is_positive or (even and x.is_nonzero):
        return POSITIVE
    return NONNEGATIVE if even or x.is_nonnegative else REAL


power = map_op(
    "power",
    _power,
    _power_by_base,
    _power_by_exponent,
    text="{0:15}**{1:13}",
    latex="{{{0:15}}}^{{{1}}}",
    precedence=POWER,
    bounds=_power_bounds,
    domain=((0.5, 2.0), (-2.0, 2.0)),
    dtypes=ufunc_dtypes(np.power),
    stands_for=(np.power,),
    body=_power_body,
)
absolute = map_op(
    "abs",
    np.absolute,
    lambda g, y, x: g * sign(x),
    latex=r"\left|{0}\right|",
    bounds=lambda x: POSITIVE if x.is_nonzero else NONNEGATIVE,
    domain=(0.25, 2.0),
    body=size,
)
sign: Op = map_op(
    "sign",
    np.sign,
    lambda g, y, x: None,
    bounds=lambda x: Interval(1 if x.is_positive else -1, 1, is_whole=True),
    domain=(0.25, 2.0),
    body=_sign_body,
)


@traces(np.square)
def square(x: Node) -> Node:
    return x**2


@traces(np.reciprocal)
def reciprocal(x: Node) -> Node:
    return 1 / x


@traces(np.positive)
def positive(x: Node) -> Node:
    return x
