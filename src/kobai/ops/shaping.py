"""Rearranging entries: transpose, reshape, new and dropped axes, broadcasting, casts.

Each is linear, so its derivative is the rearrangement that undoes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from kobai.errors import ShapeError, TraceError
from kobai.graph import AnyDType, Node, Op, broadcast_shapes
from kobai.intervals import Interval
from kobai.ops.entries import (
    ANYWHERE,
    ATOM,
    as_nodes,
    normalised_axes,
    normalised_axis,
    promoted,
    same_shape,
    traces,
    unchanged,
)
from kobai.ops.places import FIRST, Entry, EntryRule, Fresh, Place, Places, broadcast, moved
from kobai.scalars import cast as as_dtype
from kobai.sizes import Dim, Shape, at_hand, product, quotient, shape_at_hand


def _move(
    name: str,
    evaluate: Callable[..., Any],
    *,
    shape: Callable[..., Shape],
    derivative: Callable[..., Node],
    text: Callable[..., str],
    latex: str | Callable[..., str] = "{0}",
    entry: EntryRule | None = None,
) -> Op:
    return Op(
        name=name,
        kind="move",
        evaluate=evaluate,
        shape=shape,
        dtypes=unchanged,
        derivative=(derivative,),
        text=text,
        latex=latex,
        precedence=ATOM,
        bounds=lambda x, **_: x,
        domain=ANYWHERE,
        entry=entry,
    )


def shape_text(shape: Shape) -> str:
    comma = "," if len(shape) == 1 else ""
    return f"({', '.join(map(str, shape))}{comma})"


def _transposed_text(node: Node, x: str) -> str:
    axes = node.attribute("axes")
    if axes == tuple(reversed(range(node.ndim))):
        return f"{x:16}.T"
    return f"np.transpose({x}, {axes})"


def _transposed_latex(node: Node, x: str) -> str:
    return f"{{{x:15}}}^\\top"


transpose: Op = _move(
    "transpose",
    lambda x, *, axes: np.transpose(x, axes),
    shape=lambda x, *, axes: tuple(x.shape[axis] for axis in axes),
    derivative=lambda g, y, x, *, axes: transpose(g, axes=tuple(np.argsort(axes).tolist())),
    text=_transposed_text,
    latex=_transposed_latex,
    entry=moved(lambda node, p: [p[i] for i in np.argsort(node.attribute("axes")).tolist()]),
)


def _reshaped_entry(node: Node, places: Places, fresh: Fresh) -> Entry | None:
    """Axes of length 1 come and go; other changes of shape have no formula with indices."""
    (x,) = node.operands
    if [d for d in x.shape if d != 1] != [d for d in node.shape if d != 1]:
        return None
    rest = iter([place for place, d in zip(places, node.shape, strict=True) if d != 1])
    return Entry((tuple(FIRST if d == 1 else next(rest) for d in x.shape),))


reshape: Op = _move(
    "reshape",
    lambda x, *, shape: np.reshape(x, shape),
    shape=lambda x, *, shape: shape,
    derivative=lambda g, y, x, *, shape: reshape(g, shape=x.shape),
    text=lambda node, x: f"np.reshape({x}, {shape_text(node.shape)})",
    latex=lambda node, x: rf"\operatorname{{reshape}}\left({x}\right)",
    entry=_reshaped_entry,
)


def _expanded_text(node: Node, x: str) -> str:
    axes = node.attribute("axis")
    index = ["None" if axis in axes else ":" for axis in range(node.ndim)]
    while index[-1] == ":":
        index.pop()
    return f"{x:16}[{', '.join(index)}]"


def _expanded_shape(x: Node, *, axis: tuple[int, ...]) -> Shape:
    old = iter(x.shape)
    return tuple(1 if i in axis else next(old) for i in range(x.ndim + len(axis)))


expand_dims: Op = _move(
    "expand_dims",
    lambda x, *, axis: np.expand_dims(x, axis),
    shape=_expanded_shape,
    derivative=lambda g, y, x, *, axis: squeeze(g, axis=axis),
    text=_expanded_text,
    entry=moved(lambda node, p: [x for i, x in enumerate(p) if i not in node.attribute("axis")]),
)


def _squeezed_places(node: Node, places: Places) -> list[Place]:
    rest = iter(places)
    axes = node.attribute("axis")
    return [FIRST if i in axes else next(rest) for i in range(node.operands[0].ndim)]


squeeze: Op = _move(
    "squeeze",
    lambda x, *, axis: np.squeeze(x, axis),
    shape=lambda x, *, axis: tuple(d for i, d in enumerate(x.shape) if i not in axis),
    derivative=lambda g, y, x, *, axis: expand_dims(g, axis=axis),
    text=lambda node, x: f"np.squeeze({x}, axis={node.attribute('axis')})",
    entry=moved(_squeezed_places),
)
broadcast_to = _move(
    "broadcast_to",
    lambda x, *, shape: np.broadcast_to(x, shape),
    shape=lambda x, *, shape: shape,
    derivative=lambda g, y, x, *, shape: g,
    text=lambda node, x: f"np.broadcast_to({x}, {shape_text(node.shape)})",
    entry=moved(lambda node, p: broadcast(p, node.shape, node.operands[0].shape)),
)


def _cast_bounds(x: Interval, *, dtype: AnyDType) -> Interval:
    if dtype.kind == "f":
        return x
    if dtype.kind == "b":
        return Interval(0, 1)
    low, high = (math.trunc(end) if math.isfinite(end) else end for end in (x.low, x.high))
    return Interval(low, high)


cast = Op(
    name="cast",
    body=lambda x, *, dtype: as_dtype(x, dtype),
    kind="map",
    evaluate=lambda x, *, dtype: x.astype(dtype),
    shape=same_shape,
    dtypes=lambda x, *, dtype: (promoted(x)[0], dtype),
    derivative=(lambda g, y, x, *, dtype: g,),
    text=lambda node, x: f"{x:16}.astype(np.{node.dtype.name})",
    latex="{0}",
    precedence=ATOM,
    bounds=_cast_bounds,
    domain=ANYWHERE,
)


@traces(np.transpose)
def _transpose(a: Node, axes: Sequence[int] | None = None) -> Node:
    order = range(a.ndim)[::-1] if axes is None else axes
    order = tuple(normalised_axis(axis, a.ndim) for axis in order)
    if sorted(order) != list(range(a.ndim)):
        raise ShapeError(
            f"axes {axes} for an array with {a.ndim} axes", repair="name each axis once"
        )
    return a if a.ndim < 2 else transpose(a, axes=order)


@traces(np.swapaxes)
def swapaxes(a: Node, axis1: int, axis2: int) -> Node:
    order = list(range(a.ndim))
    first, second = normalised_axis(axis1, a.ndim), normalised_axis(axis2, a.ndim)
    order[first], order[second] = order[second], order[first]
    return _transpose(a, order)


@traces(np.moveaxis)
def moveaxis(a: Node, source: int | Sequence[int], destination: int | Sequence[int]) -> Node:
    old, new = _listed(source, a.ndim), _listed(destination, a.ndim)
    if len(old) != len(new):
        raise ShapeError(
            f"axes {source} are moved to {destination}", repair="give each axis a place"
        )
    order = [axis for axis in range(a.ndim) if axis not in old]
    for place, axis in sorted(zip(new, old, strict=True)):
        order.insert(place, axis)
    return _transpose(a, order)


def _listed(axes: int | Sequence[int], ndim: int) -> list[int]:
    listed = [axes] if isinstance(axes, int | np.integer) else axes
    return [normalised_axis(axis, ndim) for axis in listed]


@traces(np.rollaxis)
def _rollaxis(a: Node, axis: int, start: int = 0) -> Node:
    """The axis is put in front of the one at `start`."""
    old = normalised_axis(axis, a.ndim)
    place = start + a.ndim if start < 0 else start
    if not 0 <= place <= a.ndim:
        raise ShapeError(
            f"start {start} of an array with {a.ndim} axes", repair=f"use one up to {a.ndim}"
        )
    return moveaxis(a, old, place - 1 if old < place else place)


@traces(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Node, /) -> Node:
    if x.ndim < 2:
        raise ShapeError("a vector has no transpose", repair="give it an axis first, x[:, None]")
    return swapaxes(x, -2, -1)


@traces(np.reshape)
def reshaped(a: Node, shape: Dim | Sequence[Dim], order: str = "C") -> Node:
    if order != "C":
        raise TraceError(
            f"reshape with order={order!r} is not traced",
            repair="transpose before and after: np.reshape(x.T, shape[::-1]).T",
        )
    wanted = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    known = product(tuple(d for d in wanted if d != -1))
    result = tuple(_rest(product(a.shape), known) if d == -1 else d for d in wanted)
    if -1 in result or at_hand(product(result)) != at_hand(product(a.shape)):
        raise ShapeError(
            f"an array of shape {shape_at_hand(a.shape)} can't become {shape_at_hand(wanted)}",
            repair="the number of entries has to stay the same",
        )
    return a if result == a.shape else reshape(a, shape=result)


def _rest(total: Dim, known: Dim) -> Dim:
    """The length that -1 stands for; -1 itself where the division has a rest."""
    exact = quotient(total, known)
    if exact is not None:
        return exact
    length, rest = divmod(at_hand(total), at_hand(known)) if at_hand(known) else (-1, 0)
    return -1 if rest else length


@traces(np.ravel)
def ravel(a: Node, order: str = "C") -> Node:
    return reshaped(a, -1, order)


@traces(np.expand_dims)
def _expand_dims(a: Node, axis: int | Sequence[int]) -> Node:
    count = 1 if isinstance(axis, int) else len(axis)
    return expand_dims(a, axis=normalised_axes(axis, a.ndim + count))


@traces(np.squeeze)
def _squeeze(a: Node, axis: int | Sequence[int] | None = None) -> Node:
    ones = tuple(i for i, d in enumerate(a.shape) if d == 1)
    axes = ones if axis is None else normalised_axes(axis, a.ndim)
    if not set(axes) <= set(ones):
        raise ShapeError(
            f"axis {axis} of shape {shape_at_hand(a.shape)} has not length 1",
            repair="squeeze axes of length 1 alone, or fold the axis with a sum or mean",
        )
    return squeeze(a, axis=axes) if axes else a


@traces(np.broadcast_to)
def _broadcast_to(array: Node, shape: Dim | Sequence[Dim]) -> Node:
    wanted = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    if shape_at_hand(broadcast_shapes(array.shape, wanted)) != shape_at_hand(wanted):
        raise ShapeError(
            f"shape {shape_at_hand(array.shape)} can't be broadcast to {shape_at_hand(wanted)}",
            repair="each axis has to be 1 or the wanted length",
        )
    return array if array.shape == wanted else broadcast_to(array, shape=wanted)


@traces(np.broadcast_arrays)
def broadcast_arrays(*args: Any) -> tuple[Node, ...]:
    nodes = as_nodes(args)
    shape = broadcast_shapes(*(x.shape for x in nodes))
    return tuple(_broadcast_to(x, shape) for x in nodes)


@traces(np.meshgrid)
def _meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Node, ...]:
    """Each vector along an axis of its own; in "xy" order the first two are exchanged."""
    if indexing not in ("xy", "ij"):
        raise ValueError("indexing has to be 'xy' or 'ij'")
    count = len(xi)
    places = list(range(count))
    if indexing == "xy" and count > 1:
        places[:2] = [1, 0]
    grids = []
    for x, place in zip(as_nodes(xi), places, strict=True):
        others = tuple(axis for axis in range(count) if axis != place)
        grids.append(expand_dims(ravel(x), axis=others) if others else ravel(x))
    return tuple(grids) if sparse else broadcast_arrays(*grids)


def _at_least(ndim: int, added: Callable[[int], tuple[int, ...]]) -> Callable[..., Any]:
    def one(x: Node) -> Node:
        return expand_dims(x, axis=added(x.ndim)) if x.ndim < ndim else x

    def translated(*arys: Any) -> Any:
        nodes = [one(x) for x in as_nodes(arys)]
        return nodes[0] if len(nodes) == 1 else tuple(nodes)

    return translated


# Where the missing axes are put, for an array of 0, 1 and 2 axes.
atleast_1d = traces(np.atleast_1d)(_at_least(1, lambda ndim: (0,)))
atleast_2d = traces(np.atleast_2d)(_at_least(2, lambda ndim: ((0, 1), (0,))[ndim]))
atleast_3d = traces(np.atleast_3d)(_at_least(3, lambda ndim: ((0, 1, 2), (0, 2), (2,))[ndim]))


@traces(np.resize)
def _resize(a: Any, new_shape: Any) -> NoReturn:
    raise TraceError(
        "np.resize repeats or drops entries without saying so",
        repair="use np.tile and a slice, or x.reshape(...) where the number of entries is the same",
    )


@traces(np.astype)
def astype(x: Node, dtype: Any) -> Node:
    wanted = np.dtype(dtype)
    if wanted.kind not in "fiub":
        raise TraceError(
            f"a traced value is converted to dtype {wanted}, with which Kobai can't calculate",
            repair="keep to real numbers: float or int",
        )
    return x if wanted == x.dtype else cast(x, dtype=wanted)


@traces(np.copy)
def copy(a: Node) -> Node:
    return a
