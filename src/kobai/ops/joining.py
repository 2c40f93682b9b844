"""Joining arrays along an axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import Graph, Node, Op
from kobai.intervals import Interval
from kobai.ops.entries import ANYWHERE, as_array, as_nodes, normalised_axis, promoted, traces
from kobai.ops.indexing import take_slices
from kobai.ops.shaping import (
    astype,
    atleast_1d,
    atleast_2d,
    atleast_3d,
    expand_dims,
    ravel,
)
from kobai.sizes import Dim, Shape, at_hand, shape_at_hand


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
def joined(
    arrays: Sequence[Any], /, axis: int | None = 0, out: None = None, *, dtype: Any = None
) -> Node:
    if out is not None:
        raise TypeError("it is given 'out' by position")
    nodes = [x if dtype is None else astype(x, dtype) for x in parts_of(arrays)]
    if axis is None:
        nodes, axis = [ravel(x) for x in nodes], 0
    place = normalised_axis(axis, nodes[0].ndim)
    return nodes[0] if len(nodes) == 1 else concatenate(*nodes, axis=place)


def parts_of(arrays: Any) -> list[Node]:
    """The arrays of a list, or those of which an array consists."""
    if isinstance(arrays, Node):
        return [take_slices(arrays, (place,)) for place in range(at_hand(arrays.shape[0]))]
    return as_nodes(arrays)


@traces(np.stack)
def stack(arrays: Sequence[Any], axis: int = 0, out: None = None, *, dtype: Any = None) -> Node:
    nodes = parts_of(arrays)
    place = normalised_axis(axis, nodes[0].ndim + 1)
    return joined([expand_dims(x, axis=(place,)) for x in nodes], place, out, dtype=dtype)


@traces(np.hstack)
def _hstack(tup: Sequence[Any], *, dtype: Any = None) -> Node:
    nodes = [atleast_1d(x) for x in parts_of(tup)]
    return joined(nodes, 0 if nodes[0].ndim == 1 else 1, dtype=dtype)


@traces(np.vstack)
def _vstack(tup: Sequence[Any], *, dtype: Any = None) -> Node:
    return joined([atleast_2d(x) for x in parts_of(tup)], 0, dtype=dtype)


@traces(np.dstack)
def _dstack(tup: Sequence[Any]) -> Node:
    return joined([atleast_3d(x) for x in parts_of(tup)], 2)


@traces(np.column_stack)
def _column_stack(tup: Sequence[Any]) -> Node:
    """Vectors become columns."""
    nodes = [atleast_1d(x) for x in parts_of(tup)]
    return joined([expand_dims(x, axis=(1,)) if x.ndim == 1 else x for x in nodes], 1)


@traces(np.append)
def _append(arr: Any, values: Any, axis: int | None = None) -> Node:
    return joined(as_nodes((arr, values)), axis)


@traces(np.block)
def _block(arrays: Any) -> Node:
    """Lists within lists: the innermost are joined along the last axis, others before it."""
    depth = _depth(arrays)
    graph = _graph_of(arrays)

    def built(part: Any, level: int) -> Node:
        if level:
            # A list of plain numbers comes as an array of them.
            return joined([built(inner, level - 1) for inner in part], -level)
        leaf = part if isinstance(part, Node) else graph.constant(as_array(part))
        missing = tuple(range(ndim - leaf.ndim))
        return expand_dims(leaf, axis=missing) if missing else leaf

    def axes(part: Any, level: int) -> int:
        return (
            max(axes(inner, level - 1) for inner in part)
            if level
            else part.ndim
            if isinstance(part, Node)
            else np.ndim(part)
        )

    ndim = max(depth, axes(arrays, depth))
    return built(arrays, depth)


def _depth(part: Any) -> int:
    return 1 + max(map(_depth, part)) if isinstance(part, list) else 0


def _graph_of(part: Any) -> Graph:
    stack_of = [part]
    while stack_of:
        item = stack_of.pop()
        if isinstance(item, Node):
            return item.graph
        stack_of += item if isinstance(item, list) else []
    raise TypeError("no array of it is traced")
