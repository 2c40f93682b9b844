"""Differences of neighbours, slopes on a grid, and the trapezoidal rule: slices, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import Node
from kobai.ops.choices import not_equal
from kobai.ops.entries import as_nodes, normalised_axes, normalised_axis, traces
from kobai.ops.joining import joined
from kobai.ops.reductions import total
from kobai.ops.shaping import broadcast_to, expand_dims, ravel
from kobai.ops.splitting import along
from kobai.sizes import at_hand, shape_at_hand


def _steps(x: Node, axis: int) -> Node:
    """Each entry less the one before; whether they differ, for truth values."""
    later, earlier = along(x, axis, slice(1, None)), along(x, axis, slice(None, -1))
    return not_equal(later, earlier) if x.dtype.kind == "b" else later - earlier


@traces(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Node:
    given = [value for value in (a, prepend, append) if value is not None]
    x = as_nodes(given)[0]
    place = normalised_axis(axis, x.ndim)
    if n < 0:
        raise ValueError("order must be non-negative")
    parts = [_end(x, prepend, place), x, _end(x, append, place)] if n else [x]
    x = joined([part for part in parts if part is not None], place)
    for _ in range(min(n, at_hand(x.shape[place]))):
        x = _steps(x, place)
    return x


def _end(x: Node, value: Any, axis: int) -> Node | None:
    """What is put in front of an array, or behind it; a number is one entry along the axis."""
    if value is None:
        return None
    _, node = as_nodes((x, value))
    if node.ndim:
        return node
    return broadcast_to(node, shape=(*x.shape[:axis], 1, *x.shape[axis + 1 :]))


@traces(np.ediff1d)
def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Node:
    given = [value for value in (ary, to_end, to_begin) if value is not None]
    steps = _steps(ravel(as_nodes(given)[0]), 0)
    ends = [None if end is None else ravel(as_nodes((steps, end))[1]) for end in (to_begin, to_end)]
    return joined([part for part in (ends[0], steps, ends[1]) if part is not None], 0)


@traces(np.trapezoid)
def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Node:
    """Each step times the mean of its two ends."""
    given = [y, dx] if x is None else [y, x]
    values, grid = as_nodes(given)
    place = normalised_axis(axis, values.ndim)
    width: Any = dx
    if x is not None:
        width = _steps(grid, 0 if grid.ndim == 1 else normalised_axis(axis, grid.ndim))
        if grid.ndim == 1:
            others = tuple(i for i in range(values.ndim) if i != place)
            width = expand_dims(width, axis=others) if others else width
    ends = along(values, place, slice(1, None)) + along(values, place, slice(None, -1))
    areas = width * ends / 2.0
    return total(areas, axis=(normalised_axis(axis, areas.ndim),), keepdims=False)


@traces(np.gradient)
def _gradient(
    f: Any, *varargs: Any, axis: int | Sequence[int] | None = None, edge_order: int = 1
) -> Any:
    """Slopes by central differences, by one-sided ones at the two ends.

    They are those of the parabola through three neighbours, and at the ends (with `edge_order=1`)
    of the line through two.
    """
    x, *spacings = as_nodes((f, *varargs))
    axes = normalised_axes(axis, x.ndim)
    if isinstance(axis, Sequence):
        axes = tuple(normalised_axis(one, x.ndim) for one in axis)
    if edge_order not in (1, 2):
        raise ValueError("'edge_order' greater than 2 not supported")
    if len(spacings) not in (0, 1, len(axes)) or (
        len(spacings) == 1 < len(axes) and spacings[0].ndim
    ):
        raise TypeError("it needs one spacing, or one for each axis")
    if not spacings:
        spacings = as_nodes((x, 1.0))[1:]
    if len(spacings) == 1:
        spacings *= len(axes)
    slopes = [
        _slope(x, spacing, one, edge_order) for spacing, one in zip(spacings, axes, strict=True)
    ]
    return slopes[0] if len(slopes) == 1 else tuple(slopes)


def _slope(f: Node, spacing: Node, axis: int, edge_order: int) -> Node:
    length = at_hand(f.shape[axis])
    if length < edge_order + 1:
        raise ShapeError(
            f"slopes along an axis of length {length}",
            repair=f"at least {edge_order + 1} entries are needed",
        )
    steps = _steps(f, axis)
    widths: Node = spacing
    if spacing.ndim:
        if shape_at_hand(spacing.shape) != (length,):
            raise ShapeError(
                f"{shape_at_hand(spacing.shape)} coordinates for an axis of length {length}",
                repair="give one for each place",
            )
        others = tuple(i for i in range(f.ndim) if i != axis)
        widths = _steps(spacing, 0)
        widths = expand_dims(widths, axis=others) if others else widths
    slopes = steps / widths

    def at(x: Node, part: slice) -> Node:
        return along(x, axis, part) if x.ndim else x

    first, last = along(slopes, axis, slice(None, 1)), along(slopes, axis, slice(-1, None))
    if length == 2:
        return joined([first, last], axis)
    left, right = along(slopes, axis, slice(None, -1)), along(slopes, axis, slice(1, None))
    before, after = at(widths, slice(None, -1)), at(widths, slice(1, None))
    if spacing.ndim:
        inner = (after * left + before * right) / (before + after)
        bend = (right - left) / (before + after)
    else:
        inner, bend = (left + right) / 2, (right - left) / (2 * widths)
    if edge_order == 2:
        first = first - at(widths, slice(None, 1)) * along(bend, axis, slice(None, 1))
        last = last + at(widths, slice(-1, None)) * along(bend, axis, slice(-1, None))
    return joined([first, inner, last], axis)
