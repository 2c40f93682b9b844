"""Products of arrays with any axes: `tensordot`, `inner`, `kron`, `cross`, `outer` of ufuncs."""

from __future__ import annotations

from collections.abc import Callable
from string import ascii_letters
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import TRANSLATIONS, Node
from kobai.ops.entries import as_nodes, normalised_axis, traces
from kobai.ops.joining import joined
from kobai.ops.linear import einsum, einsum_called, matrix_product, outer
from kobai.ops.shaping import expand_dims, moveaxis, ravel, reshape
from kobai.ops.splitting import along
from kobai.sizes import at_hand, shape_at_hand


@traces(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Node:
    left, right = as_nodes((a, b))
    if isinstance(axes, int | np.integer):
        if axes > min(left.ndim, right.ndim):
            raise ShapeError(f"{axes} axes are summed", repair="both arrays need as many")
        pairs = [(left.ndim - axes + k, k) for k in range(axes)]
    else:
        first, second = ([one] if np.ndim(one) == 0 else list(one) for one in axes)
        if len(first) != len(second):
            raise ShapeError("axes in pairs are needed", repair="name as many of both arrays")
        pairs = [
            (normalised_axis(i, left.ndim), normalised_axis(j, right.ndim))
            for i, j in zip(first, second, strict=True)
        ]
    rows = ascii_letters[: left.ndim]
    columns = list(ascii_letters[left.ndim : left.ndim + right.ndim])
    for i, j in pairs:
        columns[j] = rows[i]
    kept = [c for k, c in enumerate(rows) if k not in {i for i, _ in pairs}]
    kept += [c for k, c in enumerate(columns) if k not in {j for _, j in pairs}]
    return einsum(left, right, subscripts=f"{rows},{''.join(columns)}->{''.join(kept)}")


@traces(np.linalg.tensordot)
def _tensordot_of_linalg(x1: Any, x2: Any, /, *, axes: Any = 2) -> Node:
    return tensordot(x1, x2, axes)


@traces(np.inner)
def _inner(a: Any, b: Any) -> Node:
    left, right = as_nodes((a, b))
    if not left.ndim or not right.ndim:
        return left * right
    if left.ndim == right.ndim == 1:
        return matrix_product(left, right)
    return tensordot(left, right, (-1, -1))


@traces(np.vdot)
def _vdot(a: Any, b: Any) -> Node:
    left, right = as_nodes((a, b))
    return matrix_product(ravel(left), ravel(right))


@traces(np.vecdot)
def _vecdot(x1: Any, x2: Any, axis: int = -1) -> Node:
    left, right = (moveaxis(x, axis, -1) for x in as_nodes((x1, x2)))
    return einsum_called("...i,...i->...", left, right)


@traces(np.linalg.vecdot)
def _vecdot_of_linalg(x1: Any, x2: Any, /, *, axis: int = -1) -> Node:
    return _vecdot(x1, x2, axis)


@traces(np.linalg.outer)
def _outer_of_linalg(x1: Any, x2: Any, /) -> Node:
    left, right = as_nodes((x1, x2))
    if left.ndim != 1 or right.ndim != 1:
        raise ShapeError("np.linalg.outer takes two vectors", repair="use np.outer, or x.ravel()")
    return outer(left, right)


@traces(np.kron)
def _kron(a: Any, b: Any) -> Node:
    """All products of an entry of a and one of b, axis by axis."""
    left, right = as_nodes((a, b))
    ndim = max(left.ndim, right.ndim)
    left, right = (_with_axes(x, ndim) for x in (left, right))
    if not ndim:
        return left * right
    shape = tuple(m * n for m, n in zip(left.shape, right.shape, strict=True))
    spread = expand_dims(left, axis=tuple(range(1, 2 * ndim, 2)))
    return reshape(spread * expand_dims(right, axis=tuple(range(0, 2 * ndim, 2))), shape=shape)


def _with_axes(x: Node, ndim: int) -> Node:
    return expand_dims(x, axis=tuple(range(ndim - x.ndim))) if x.ndim < ndim else x


@traces(np.cross)
def cross(
    a: Any,
    b: Any,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Node:
    """(a_y b_z - a_z b_y, a_z b_x - a_x b_z, a_x b_y - a_y b_x)."""
    if axis is not None:
        axisa = axisb = axisc = axis
    left, right = as_nodes((a, b))
    left, right = moveaxis(left, axisa, -1), moveaxis(right, axisb, -1)
    if at_hand(left.shape[-1]) != 3 or at_hand(right.shape[-1]) != 3:
        raise ShapeError(
            f"a cross product of shapes {shape_at_hand(left.shape)} and "
            f"{shape_at_hand(right.shape)}",
            repair="give vectors with three entries; in the plane, write a[0]*b[1] - a[1]*b[0]",
        )

    def entry(i: int, j: int) -> Node:
        def part(x: Node, place: int) -> Node:
            return along(x, x.ndim - 1, slice(place, place + 1))

        return part(left, i) * part(right, j) - part(left, j) * part(right, i)

    found = joined([entry(1, 2), entry(2, 0), entry(0, 1)], -1)
    return moveaxis(found, -1, axisc)


@traces(np.linalg.cross)
def _cross_of_linalg(x1: Any, x2: Any, /, *, axis: int = -1) -> Node:
    return cross(x1, x2, axis=axis)


def _outer_called(ufunc: np.ufunc) -> Callable[..., Node]:
    """Every entry of a with every entry of b."""

    def translated(A: Any, B: Any, /) -> Node:
        left, right = as_nodes((A, B))
        if right.ndim and left.ndim:
            left = expand_dims(left, axis=tuple(range(left.ndim, left.ndim + right.ndim)))
        found: Node = TRANSLATIONS[ufunc](left, right)
        return found

    return translated


for _ufunc in (
    *(np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum),
    *(np.less, np.less_equal, np.greater, np.greater_equal, np.equal, np.not_equal),
):
    traces(_ufunc.outer)(_outer_called(_ufunc))
