"""Sorting, and the places of the largest, the smallest and of values among sorted ones.

A sorted array is a permutation of its entries, so its slope is permuted back. Entries that tie keep
their order (a stable sort), which decides whose slope is whose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from kobai.errors import ShapeError, TraceError
from kobai.graph import AnyDType, Node, Op, Promotable
from kobai.ops.entries import ANYWHERE, ATOM, as_nodes, promoted, same_shape, traces, unchanged
from kobai.ops.reductions import folded_shape
from kobai.ops.shaping import ravel
from kobai.sizes import Shape, at_hand

Kth: TypeAlias = int | Sequence[int]

_PLACE = np.dtype(np.intp)


def _places(*operands: Promotable, **_: Any) -> tuple[AnyDType, ...]:
    """Each operand in its own dtype, or in that of both, and a whole number for a result."""
    return (*promoted(*operands)[:-1], _PLACE)


def _op(
    name: str,
    evaluate: Callable[..., Any],
    *derivative: Callable[..., Any] | None,
    text: str | Callable[..., str],
    **fields: Any,
) -> Op:
    placeholders = ", ".join(f"{{{i}}}" for i in range(len(derivative)))
    return Op(
        name=name,
        kind="library",
        evaluate=evaluate,
        derivative=derivative,
        text=text,
        latex=rf"\operatorname{{{{{name}}}}}\left({placeholders}\right)",
        precedence=ATOM,
        domain=ANYWHERE,
        **{"shape": same_shape, "dtypes": _places, **fields},
    )


def _along(node: Node) -> str:
    """The axis, unless it is the last one."""
    axis = node.attribute("axis")
    return "" if axis == node.operands[0].ndim - 1 else f", axis={axis}"


def _order_text(node: Node, x: str) -> str:
    kind = ', kind="stable"' if node.attribute("is_stable") else ""
    return f"np.argsort({x}{_along(node)}{kind})"


argsort: Op = _op(
    "argsort",
    lambda x, *, axis, is_stable: np.argsort(x, axis, "stable" if is_stable else None),
    None,
    text=_order_text,
)
argpartition: Op = _op(
    "argpartition",
    lambda x, *, kth, axis: np.argpartition(x, kth, axis),
    None,
    text=lambda node, x: f"np.argpartition({x}, {node.attribute('kth')}{_along(node)})",
)
permuted: Op = _op(
    "permuted",
    lambda x, order, *, axis: np.take_along_axis(x, order, axis),
    lambda g, y, x, order, *, axis: permuted(g, _inverse(order, axis), axis=axis),
    None,
    text=lambda node, x, order: f"np.take_along_axis({x}, {order}, axis={node.attribute('axis')})",
    dtypes=lambda x, order, **_: (promoted(x)[0], promoted(order)[0], promoted(x)[0]),
    bounds=lambda x, order, **_: x,
)
sort: Op = _op(
    "sort",
    lambda x, *, axis: np.sort(x, axis),
    lambda g, y, x, *, axis: permuted(g, _inverse(_stable(x, axis), axis), axis=axis),
    text=lambda node, x: f"np.sort({x}{_along(node)})",
    dtypes=unchanged,
    bounds=lambda x, **_: x,
)


def _stable(x: Node, axis: int) -> Node:
    return argsort(x, axis=axis, is_stable=True)


def _inverse(order: Node, axis: int) -> Node:
    """The permutation that undoes one: the order of its places."""
    return _stable(order, axis)


def _opened(a: Node, axis: int | None, order: Any) -> tuple[Node, int]:
    """The array and its axis, flattened where no axis is given."""
    if order is not None:
        raise TypeError("it is given 'order'")
    if not a.ndim and axis is not None:
        raise ShapeError("a number has no order", repair="give it an axis first, x[None]")
    return (ravel(a), 0) if axis is None else (a, normalize_axis_index(axis, a.ndim))


@traces(np.sort)
def _sort(
    a: Node, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Node:
    x, along = _opened(a, axis, order)
    return sort(x, axis=along)


@traces(np.argsort)
def _argsort(
    a: Node, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Node:
    x, along = _opened(a, axis, order)
    return argsort(x, axis=along, is_stable=bool(stable) or kind in ("stable", "mergesort"))


@traces(np.argpartition)
def _argpartition(
    a: Node, kth: Kth, axis: int | None = -1, kind: str = "introselect", order: Any = None
) -> Node:
    x, along = _opened(a, axis, order)
    length = at_hand(x.shape[along])
    places = [kth] if isinstance(kth, int | np.integer) else list(kth)
    if any(not -length <= place < length for place in places):
        raise ShapeError(
            f"kth {kth} is outside an axis of length {length}",
            repair=f"use places from 0 to {length - 1}",
        )
    return argpartition(x, kth=tuple(int(place) for place in places), axis=along)


@traces(np.partition)
def _partition(
    a: Node, kth: Kth, axis: int | None = -1, kind: str = "introselect", order: Any = None
) -> Node:
    x, along = _opened(a, axis, order)
    return permuted(x, _argpartition(x, kth, along), axis=along)


def _place_op(numpy: Callable[..., Any]) -> Op:
    """The place of an extreme entry, along an axis or in the flattened array."""

    def text(node: Node, x: str) -> str:
        axis = node.attribute("axis")
        along = f", axis={axis[0]}" if len(axis) < node.operands[0].ndim else ""
        return f"np.{numpy.__name__}({x}{along}{', keepdims=True' * node.attribute('keepdims')})"

    def evaluate(x: Any, *, axis: tuple[int, ...], keepdims: bool) -> Any:
        return numpy(x, axis=axis[0] if len(axis) < x.ndim else None, keepdims=keepdims)

    op = _op(numpy.__name__, evaluate, None, text=text, shape=folded_shape)

    def called(
        a: Node, axis: int | None = None, out: None = None, *, keepdims: bool = False
    ) -> Node:
        if out is not None:
            raise TypeError("it is given 'out'")
        axes = range(a.ndim) if axis is None else [normalize_axis_index(axis, a.ndim)]
        return op(a, axis=tuple(axes), keepdims=keepdims)

    traces(numpy)(called)
    return op


argmax = _place_op(np.argmax)
argmin = _place_op(np.argmin)
nanargmax = _place_op(np.nanargmax)
nanargmin = _place_op(np.nanargmin)


def _shape_of_second(a: Node, v: Node, **_: Any) -> Shape:
    if a.ndim != 1:
        raise ShapeError("places among an array of several axes", repair="give a vector of bounds")
    return v.shape


searchsorted = _op(
    "searchsorted",
    lambda a, v, *, side: np.searchsorted(a, v, side),
    None,
    None,
    text=lambda node, a, v: f"np.searchsorted({a}, {v}, {node.attribute('side')!r})",
    shape=_shape_of_second,
)
digitize = _op(
    "digitize",
    lambda x, bins, *, right: np.digitize(x, bins, right),
    None,
    None,
    text=lambda node, x, bins: (
        f"np.digitize({x}, {bins}{', right=True' * node.attribute('right')})"
    ),
    shape=lambda x, bins, **_: _shape_of_second(bins, x),
)


@traces(np.searchsorted)
def _searchsorted(a: Any, v: Any, side: str = "left", sorter: None = None) -> Node:
    if sorter is not None:
        raise TypeError("it is given 'sorter'")
    if side not in ("left", "right"):
        raise ValueError("side has to be 'left' or 'right'")
    return searchsorted(*as_nodes((a, v)), side=side)


@traces(np.digitize)
def _digitize(x: Any, bins: Any, right: bool = False) -> Node:
    return digitize(*as_nodes((x, bins)), right=bool(right))


@traces(np.lexsort)
def _lexsort(keys: Any, axis: int = -1) -> NoReturn:
    raise TraceError(
        "an order by several keys is not traced",
        repair="sort by the last key first: order = np.argsort(minor); then "
        'order = order[np.argsort(major[order], kind="stable")]',
    )


@traces(np.unique)
def _unique(ar: Any, *_: Any, **__: Any) -> NoReturn:
    raise TraceError(
        "how many different values there are is known only when they are computed",
        repair="use np.sort(x), or find the different values of a plain array beforehand",
    )
