"""Comparisons, logic, and the choices they make: `where`, `maximum`, `minimum`, `clip`."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.errors import TraceError
from kobai.graph import Node, Op
from kobai.intervals import Interval
from kobai.ops.entries import (
    BITWISE_AND,
    BITWISE_OR,
    COMPARISON,
    map_op,
    promoted,
    traces,
)
from kobai.scalars import Body, differ, larger, same, select, size, smaller


def _comparison(numpy: np.ufunc, symbol: str, latex: str, body: Body) -> Op:
    return map_op(
        numpy.__name__,
        numpy,
        None,
        None,
        text=f"{{0:7}} {symbol} {{1:7}}",
        latex=f"{{0:7}} {latex} {{1:7}}",
        precedence=COMPARISON,
        bounds=lambda a, b: Interval(0, 1, is_whole=True),
        body=body,
    )


less = _comparison(np.less, "<", "<", operator.lt)
less_equal = _comparison(np.less_equal, "<=", r"\le", operator.le)
greater = _comparison(np.greater, ">", ">", operator.gt)
greater_equal = _comparison(np.greater_equal, ">=", r"\ge", operator.ge)
equal = _comparison(np.equal, "==", "=", same)
not_equal = _comparison(np.not_equal, "!=", r"\ne", differ)

logical_and = map_op(
    "logical_and",
    np.logical_and,
    None,
    None,
    latex=r"{0:9} \land {1:10}",
    precedence=BITWISE_AND,
    body=lambda a, b: a & b,
)
logical_or = map_op(
    "logical_or",
    np.logical_or,
    None,
    None,
    latex=r"{0:7} \lor {1:8}",
    precedence=BITWISE_OR,
    body=lambda a, b: a | b,
)
logical_not = map_op(
    "logical_not",
    np.logical_not,
    None,
    latex=r"\lnot {0:13}",
    body=lambda x: ~x,
)
is_nan = map_op(
    "isnan",
    np.isnan,
    None,
    body=lambda x: differ(x, x),
)
is_finite = map_op(
    "isfinite",
    np.isfinite,
    None,
    body=lambda x: size(x) < math.inf,
)
is_infinite = map_op(
    "isinf",
    np.isinf,
    None,
    body=lambda x: same(size(x), math.inf),
)


where: Op = map_op(
    "where",
    np.where,
    None,
    lambda g, y, condition, a, b: where(condition, g, 0.0),
    lambda g, y, condition, a, b: where(condition, 0.0, g),
    latex=r"\begin{{cases}} {1} & {0} \\ {2} & \text{{otherwise}} \end{{cases}}",
    bounds=lambda condition, a, b: a.union(b),
    dtypes=lambda condition, a, b: (np.dtype(bool), *promoted(a, b)),
    body=select,
)


def _extreme(
    name: str, numpy: np.ufunc, wins: Op, pick: Callable[[float, float], float], body: Body
) -> Op:
    """The winner gets the cotangent; a tie of two variables is shared, a constant gets none."""

    def rule(g: Node, x: Node, other: Node) -> Node:
        tie: Any = where(equal(x, other), 0.5 * g, 0.0) if other.varies else 0.0
        return where(wins(x, other), g, tie)

    return map_op(
        name,
        numpy,
        lambda g, y, a, b: rule(g, a, b),
        lambda g, y, a, b: rule(g, b, a),
        latex=rf"\{numpy.__name__[:3]}\left({{0}}, {{1}}\right)",
        bounds=lambda a, b: Interval(
            pick(a.low, b.low),
            pick(a.high, b.high),
            a.low_open and b.low_open,
            a.high_open and b.high_open,
        ),
        commutes=True,
        body=body,
    )


maximum = _extreme("maximum", np.maximum, greater, max, larger)
minimum = _extreme("minimum", np.minimum, less, min, smaller)


@traces(np.clip)
def clip(
    a: Node, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Node:
    low, high = a_min if min is None else min, a_max if max is None else max
    clipped = a if low is None else maximum(a, low)
    return clipped if high is None else minimum(clipped, high)


def _logic(op: Any) -> Callable[..., Any]:
    """`&`, `|` and `~` on truth values; on integers they mean bits, which have no derivative."""

    def translated(*operands: Any) -> Any:
        if any(getattr(x, "dtype", np.dtype(type(x))) != np.dtype(bool) for x in operands):
            raise TraceError(
                "&, | and ~ are traced for truth values alone",
                repair="compare first: (a > 0) & (b > 0)",
            )
        return op(*operands)

    return translated


traces(np.bitwise_and)(_logic(logical_and))
traces(np.bitwise_or)(_logic(logical_or))
traces(np.invert)(_logic(logical_not))
