"""Diagonals of matrices, and matrices of diagonals."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from kobai.errors import ShapeError, TraceError
from kobai.graph import AnyArray, Node, Op
from kobai.intervals import Interval
from kobai.ops.entries import ANYWHERE, ATOM, as_nodes, normalised_axis, traces, unchanged
from kobai.ops.places import At, Entry, Fresh, Places
from kobai.ops.reductions import total
from kobai.ops.shaping import astype, moveaxis, ravel
from kobai.sizes import Dim, Shape, at_hand, shape_at_hand


def _length(rows: Dim, columns: Dim, k: int) -> Dim:
    """How long the k-th diagonal is."""
    if rows == columns:
        return max(rows - abs(k), 0) if isinstance(rows, int) else rows - abs(k)
    return max(min(at_hand(rows), at_hand(columns) - k) - max(-k, 0), 0)


def _spread(g: AnyArray, *, k: int, shape: Shape) -> AnyArray:
    whole: AnyArray = np.zeros(shape_at_hand(shape), g.dtype)
    places = np.arange(g.shape[-1])
    whole[..., places + max(-k, 0), places + max(k, 0)] = g
    return whole


def _read_text(node: Node, x: str) -> str:
    k, is_matrix = node.attribute("k"), node.operands[0].ndim == 2
    return f"np.diagonal({x}{f', {k}' if k or not is_matrix else ''}{', -2, -1' * (not is_matrix)})"


def _spread_text(node: Node, g: str) -> str:
    """`np.diag`, or a product with rows of ones for several matrices, or for oblong ones."""
    k = node.attribute("k")
    rows, columns = node.shape[-2:]
    if node.ndim == 2 and rows == columns:
        return f"np.diag({g}{f', {k}' if k else ''})"
    length = node.operands[0].shape[-1]
    left = f"np.eye({length}, {rows}, {max(-k, 0)})"
    right = f"np.eye({length}, {columns}, {max(k, 0)})"
    return f"np.einsum('...d,di,dj->...ij', {g}, {left}, {right}).astype(np.{node.dtype.name})"


def _diagonal_entry(node: Node, places: Places, fresh: Fresh) -> Entry | None:
    here, k = places[-1], node.attribute("k")
    if not isinstance(here, At):
        return None
    return Entry(((*places[:-1], here.inside(max(-k, 0), 1), here.inside(max(k, 0), 1)),))


# The k-th diagonal of the matrices in the last two axes, and what undoes it.
diagonal: Op = Op(
    name="diagonal",
    kind="move",
    evaluate=lambda x, *, k: np.diagonal(x, k, -2, -1),
    shape=lambda x, *, k: (*x.shape[:-2], _length(x.shape[-2], x.shape[-1], k)),
    dtypes=unchanged,
    derivative=(lambda g, y, x, *, k: diagonal_matrix(g, k=k, shape=x.shape),),
    text=_read_text,
    latex=r"\operatorname{{diag}}\left({0}\right)",
    precedence=ATOM,
    bounds=lambda x, **_: x,
    domain=ANYWHERE,
    entry=_diagonal_entry,
)
diagonal_matrix: Op = Op(
    name="diagonal_matrix",
    kind="move",
    evaluate=_spread,
    shape=lambda g, *, k, shape: shape,
    dtypes=unchanged,
    derivative=(lambda g, y, x, *, k, shape: diagonal(g, k=k),),
    text=_spread_text,
    latex=r"\operatorname{{diag}}\left({0}\right)",
    precedence=ATOM,
    bounds=lambda x, **_: x.union(Interval(0, 0)),
    domain=ANYWHERE,
)


@traces(np.diagonal)
def diagonal_of(a: Node, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Node:
    if a.ndim < 2:
        raise ShapeError(
            "a diagonal of an array with less than two axes",
            repair="use np.diag(v) for the matrix with a vector as its diagonal",
        )
    first, second = normalised_axis(axis1, a.ndim), normalised_axis(axis2, a.ndim)
    if first == second:
        raise ShapeError("a diagonal along one axis alone", repair="name two different axes")
    return diagonal(moveaxis(a, (first, second), (-2, -1)), k=int(offset))


@traces(np.linalg.diagonal)
def _of_matrices(x: Node, /, *, offset: int = 0) -> Node:
    return diagonal_of(x, offset, -2, -1)


@traces(np.trace)
def _trace(
    a: Node,
    offset: int = 0,
    axis1: int = 0,
    axis2: int = 1,
    dtype: Any = None,
    out: None = None,
) -> Node:
    if out is not None:
        raise TypeError("it is given 'out' by position")
    entries = diagonal_of(a, offset, axis1, axis2)
    last = entries.ndim - 1
    return total(entries if dtype is None else astype(entries, dtype), axis=(last,), keepdims=False)


@traces(np.linalg.trace)
def _trace_of_matrices(x: Node, /, *, offset: int = 0, dtype: Any = None) -> Node:
    return _trace(x, offset, -2, -1, dtype)


@traces(np.diag)
def _diag(v: Node, k: int = 0) -> Node:
    if v.ndim == 2:
        return diagonal_of(v, k)
    if v.ndim != 1:
        raise ShapeError(
            f"np.diag of an array with {v.ndim} axes", repair="use np.diagonal, which takes axes"
        )
    order = v.shape[0] + abs(int(k))
    return diagonal_matrix(v, k=int(k), shape=(order, order))


@traces(np.diagflat)
def _diagflat(v: Any, k: int = 0) -> Node:
    (node,) = as_nodes((v,))
    return _diag(ravel(node), k)


@traces(np.fill_diagonal)
def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> NoReturn:
    raise TraceError(
        "np.fill_diagonal changes an array in place",
        repair="use np.where(np.eye(n, dtype=bool), value, a)",
    )
