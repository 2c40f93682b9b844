"""The product of entries, whose slope is the product of the others: right with any zeros."""

from __future__ import annotations

import numpy as np

from kobai.graph import Node, Op
from kobai.intervals import REAL, Interval
from kobai.ops.entries import traces
from kobai.ops.reductions import fold_op, spread, sum_called
from kobai.ops.scans import cumprod, shifted
from kobai.ops.shaping import moveaxis, reshape
from kobai.sizes import product


def others(x: Node, axis: int) -> Node:
    """The product of all other entries along an axis: of those before, and of those after."""
    before = shifted(cumprod(x, axis=axis, reverse=False), 1.0, axis)
    after = shifted(cumprod(x, axis=axis, reverse=True), 1.0, axis, reverse=True)
    return before * after


def _prod_rule(g: Node, y: Node, x: Node, *, axis: tuple[int, ...], keepdims: bool) -> Node:
    slope = spread(g, axis, keepdims)
    if len(axis) == 1:
        return slope * others(x, axis[0])
    # Several axes as one, the last: and back.
    kept = x.ndim - len(axis)
    moved = moveaxis(x, axis, tuple(range(kept, x.ndim)))
    row = product(moved.shape[kept:])
    flat = others(reshape(moved, shape=(*moved.shape[:kept], row)), kept)
    return slope * moveaxis(reshape(flat, shape=moved.shape), tuple(range(kept, x.ndim)), axis)


def _prod_bounds(x: Interval, **_: object) -> Interval:
    return Interval(0) if x.is_nonnegative else REAL


prod: Op = fold_op(np.prod, _prod_rule, latex=r"\prod {0:12}", bounds=_prod_bounds)

traces(np.prod)(sum_called(prod))
traces(np.multiply.reduce)(sum_called(prod, 0))
