"""Joining arrays along an axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from kobai.errors import ShapeError
from kobai.graph import Node, Op
from kobai.intervals import Interval
from kobai.ops.entries import ANYWHERE, as_nodes, promoted, traces
from kobai.ops.indexing import take_slices
from kobai.ops.shaping import expand_dims, ravel
from kobai.sizes import Dim, Shape, shape_at_hand


def _joined_shape(*arrays: Node, axis: int) -> Shape:
    total: Dim = 0
    for array in arrays:
        total = total + array.shape[axis]
    first = shape_at_hand(arrays[0].shape)
    for array in arrays[1:]:
        other = shape_at_hand(array.shape)
        if other[:axis] + other[axis + 1 :] != first[:axis] + first[axis + 1 :]:
            raise ShapeError(
                f"arrays of shapes {first} and {other} can't be joined along axis {axis}",
                repair="all other axes need the same lengths",
            )
    return (*arrays[0].shape[:axis], total, *arrays[0].shape[axis + 1 :])


def _part(position: int) -> Callable[..., Node]:
    """The slice of the cotangent that belongs to one of the joined arrays."""

    def rule(g: Node, y: Node, *arrays: Node, axis: int) -> Node:
        start: Dim = 0
        for array in arrays[:position]:
            start = start + array.shape[axis]
        stop = start + arrays[position].shape[axis]
        return take_slices(g, (*[slice(None)] * axis, slice(start, stop)))

    return rule


concatenate = Op(
    name="concatenate",
    kind="move",
    evaluate=lambda *arrays, axis: np.concatenate(arrays, axis),
    shape=_joined_shape,
    dtypes=promoted,
    derivative=_part,
    text=lambda node, *xs: f"np.concatenate([{', '.join(xs)}], axis={node.attribute('axis')})",
    latex=lambda node, *xs: r"\begin{bmatrix} " + " & ".join(xs) + r" \end{bmatrix}",
    bounds=lambda *xs, axis: _hull(xs),
    domain=ANYWHERE,
)


def _hull(intervals: Sequence[Interval]) -> Interval:
    hull = intervals[0]
    for interval in intervals[1:]:
        hull = hull.union(interval)
    return hull


@traces(np.concatenate)
def _concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Node:
    nodes = as_nodes(arrays)
    if axis is None:
        return concatenate(*(ravel(x) for x in nodes), axis=0)
    return concatenate(*nodes, axis=normalize_axis_index(axis, nodes[0].ndim))


@traces(np.stack)
def stack(arrays: Sequence[Any], axis: int = 0) -> Node:
    nodes = as_nodes(arrays)
    axis = normalize_axis_index(axis, nodes[0].ndim + 1)
    return concatenate(*(expand_dims(x, axis=(axis,)) for x in nodes), axis=axis)
