"""What is passed on from entry to entry along an axis: running sums and products, recurrences.

The slope of a running product is never found by dividing by an entry, which may be 0: it obeys a
recurrence of the first order, and so do the slopes of a recurrence.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import AnyArray, Node, Op
from kobai.ops.entries import (
    ANYWHERE,
    ATOM,
    as_nodes,
    normalised_axis,
    promoted,
    same_shape,
    traces,
)
from kobai.ops.joining import concatenate
from kobai.ops.places import running
from kobai.ops.reductions import fold_dtypes
from kobai.ops.shaping import astype, broadcast_to, ravel
from kobai.ops.splitting import along
from kobai.sizes import Shape


def _scan(
    scan: Callable[..., Any], derivative: Callable[..., Node], symbol: str, **fields: Any
) -> Op:
    name = scan.__name__

    def evaluate(x: AnyArray, *, axis: int, reverse: bool) -> AnyArray:
        if not reverse:
            return np.asarray(scan(x, axis))
        return np.flip(scan(np.flip(x, axis), axis), axis)

    def text(node: Node, x: str) -> str:
        axis = node.attribute("axis")
        along_axis = f", axis={axis}" if node.ndim > 1 else ""
        if not node.attribute("reverse"):
            return f"np.{name}({x}{along_axis or ''})"
        return f"np.flip(np.{name}(np.flip({x}{along_axis}){along_axis}){along_axis})"

    def latex(node: Node, x: str) -> str:
        bound = r"j \ge i" if node.attribute("reverse") else r"j \le i"
        return rf"{symbol}_{{{bound}}} \left({x}\right)_j"

    return Op(
        name=name,
        kind="scan",
        evaluate=evaluate,
        shape=same_shape,
        dtypes=fold_dtypes(scan),
        derivative=(derivative,),
        text=text,
        latex=latex,
        precedence=ATOM,
        domain=ANYWHERE,
        entry=running("sum" if scan is np.cumsum else "prod"),
        **fields,
    )


# With `reverse`, the sums and products run from the last entry to the first.
cumsum: Op = _scan(
    np.cumsum,
    lambda g, y, x, *, axis, reverse: cumsum(g, axis=axis, reverse=not reverse),
    r"\sum",
)


def shifted(x: Node, first: float, axis: int, reverse: bool = False) -> Node:
    """Every entry in the place of the next one (of the one before); the free place is filled."""
    shape: Shape = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
    end = broadcast_to(x.graph.constant(first, x.dtype), shape=shape)
    if reverse:
        return along(concatenate(x, end, axis=axis), axis, slice(1, None))
    return along(concatenate(end, x, axis=axis), axis, slice(0, -1))


def _cumprod_rule(g: Node, y: Node, x: Node, *, axis: int, reverse: bool) -> Node:
    """dy_i/dx_k = (product up to k - 1) (product from k + 1 to i), for all i from k on.

    Summed with weights g_i, the products on the right obey s_k = g_k + x_(k+1) s_(k+1).
    """
    before = shifted(y, 1.0, axis, reverse)
    return before * recurrence(
        shifted(x, 0.0, axis, not reverse), g, axis=axis, reverse=not reverse
    )


cumprod: Op = _scan(np.cumprod, _cumprod_rule, r"\prod")


def _recurrence(a: AnyArray, b: AnyArray, *, axis: int, reverse: bool) -> AnyArray:
    """y_k = a_k y_(k-1) + b_k, with 0 in front of the first."""
    factors, terms = np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0)
    result = np.array(terms, np.result_type(a, b))
    places = list(range(len(terms)))[:: -1 if reverse else 1]
    for last, place in pairwise(places):
        result[place] += factors[place] * result[last]
    return np.moveaxis(result, 0, axis)


def _recurrence_rule(g: Node, y: Node, a: Node, b: Node, *, axis: int, reverse: bool) -> Node:
    """The slope by b runs the other way: t_k = g_k + a_(k+1) t_(k+1)."""
    return recurrence(shifted(a, 0.0, axis, not reverse), g, axis=axis, reverse=not reverse)


def _recurrence_text(node: Node, a: str, b: str) -> str:
    """The solution of a system of equations with two diagonals."""
    axis, reverse = node.attribute("axis"), node.attribute("reverse")
    entries, side = ("a[:-1]", 1) if reverse else ("a[1:]", -1)
    solved = f"np.linalg.solve(np.eye(len(b)) - np.diag({entries}, {side}), b)"
    run = f'np.vectorize(lambda a, b: {solved}, signature="(n),(n)->(n)")'
    if axis == node.ndim - 1:
        return f"{run}({a}, {b})"
    moved = (f"np.moveaxis({x}, {axis}, -1)" for x in (a, b))
    return f"np.moveaxis({run}({', '.join(moved)}), -1, {axis})"


recurrence: Op = Op(
    name="recurrence",
    kind="scan",
    evaluate=_recurrence,
    shape=lambda a, b, **_: b.shape,
    dtypes=promoted,
    derivative=(
        lambda g, y, a, b, *, axis, reverse: (
            _recurrence_rule(g, y, a, b, axis=axis, reverse=reverse)
            * shifted(y, 0.0, axis, reverse)
        ),
        _recurrence_rule,
    ),
    text=_recurrence_text,
    latex=r"\operatorname{{recurrence}}\left({0}, {1}\right)",
    precedence=ATOM,
    domain=ANYWHERE,
)


def _along(a: Any, axis: int | None, dtype: Any) -> tuple[Node, int]:
    """The array and its axis, flattened where no axis is given."""
    (x,) = as_nodes((a,))
    x = x if dtype is None else astype(x, dtype)
    return (ravel(x), 0) if axis is None else (x, normalised_axis(axis, x.ndim))


def _called(op: Op, default: int | None) -> Callable[..., Node]:
    def translated(a: Any, axis: int | None = default, dtype: Any = None, out: None = None) -> Node:
        if out is not None:
            raise TypeError("it is given 'out' by position")
        x, place = _along(a, axis, dtype)
        return op(x, axis=place, reverse=False)

    return translated


def _array_api(op: Op, first: float) -> Callable[..., Node]:
    def translated(
        x: Any,
        /,
        *,
        axis: int | None = None,
        dtype: Any = None,
        out: None = None,
        include_initial: bool = False,
    ) -> Node:
        (node,) = as_nodes((x,))
        if axis is None and node.ndim > 1:
            raise ShapeError("no axis is given for an array of several", repair="add axis=0")
        node, place = _along(node, axis, dtype)
        run = op(node, axis=place, reverse=False)
        if not include_initial:
            return run
        shape: Shape = (*run.shape[:place], 1, *run.shape[place + 1 :])
        start = broadcast_to(run.graph.constant(first, run.dtype), shape=shape)
        return concatenate(start, run, axis=place)

    return translated


traces(np.cumsum)(_called(cumsum, None))
traces(np.cumprod)(_called(cumprod, None))
traces(np.add.accumulate)(_called(cumsum, 0))
traces(np.multiply.accumulate)(_called(cumprod, 0))
traces(np.cumulative_sum)(_array_api(cumsum, 0.0))
traces(np.cumulative_prod)(_array_api(cumprod, 1.0))
