"""Norms of vectors and matrices, and condition numbers.

A norm has a kink at 0, where its slope counts as 0. `norm(x)**2` is smooth there: see the rule
"square of a norm" in `kobai.simplify.rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from kobai.graph import AnyArray, AnyDType, Node, Op, Promotable
from kobai.intervals import NONNEGATIVE
from kobai.ops.arithmetic import absolute
from kobai.ops.choices import (
    equal,
    is_finite,
    is_nan,
    less,
    logical_and,
    logical_not,
    logical_or,
    not_equal,
    where,
)
from kobai.ops.elementary import sqrt
from kobai.ops.entries import ANYWHERE, ATOM, normalised_axes, promoted, traces
from kobai.ops.linear_algebra.matrices import library_op, square_shape, transposed
from kobai.ops.linear_algebra.singular import largest_value, singular_values, smallest_value
from kobai.ops.linear_algebra.systems import existing_inverse
from kobai.ops.reductions import folded_shape, largest, smallest, spread, total
from kobai.ops.shaping import cast, expand_dims, moveaxis, squeeze

Order: TypeAlias = float | str | None
Axis: TypeAlias = int | Sequence[int] | None


@cache
def _floating(operand: Promotable) -> tuple[AnyDType, ...]:
    dtype = promoted(operand)[0]
    return dtype, np.linalg.norm(np.ones(1, dtype)).dtype


def _scale(x: AnyArray, axis: tuple[int, ...]) -> AnyArray:
    """The exponent of the largest entry: divided by that power of 2, no square overflows."""
    largest = np.max(np.abs(x), axis=axis, keepdims=True, initial=0)
    return np.frexp(np.where(np.isfinite(largest), largest, 1))[1]


def _norm(x: AnyArray, *, axis: tuple[int, ...], keepdims: bool, p: float = 2) -> AnyArray:
    x = x.astype(_floating(x.dtype)[1], copy=False)
    scale = _scale(x, axis)
    folded = np.sum(np.abs(np.ldexp(x, -scale)) ** p, axis=axis, keepdims=True)
    root = np.sqrt(folded) if p == 2 else folded ** (1 / p)
    result: AnyArray = np.ldexp(root, scale)
    return result if keepdims else np.squeeze(result, axis)[()]


def _norm_text(node: Node, x: Any) -> str:
    """`np.linalg.norm` where it takes these axes, else its definition."""
    axis, count = node.attribute("axis"), node.operands[0].ndim
    p = dict(node.attributes).get("p")
    options = [str(p)] if p is not None and len(axis) == 1 else []
    if axis != tuple(range(count)):
        options.append(f"axis={axis[0] if len(axis) == 1 else axis}")
    if node.attribute("keepdims"):
        options.append("keepdims=True")
    if len(axis) == 1 or (p is None and (len(axis) == 2 or not options[:1])):
        return f"np.linalg.norm({', '.join([x, *options])})"
    sums = ", ".join([f"np.abs({x})**{2 if p is None else p}", *options])
    return f"np.power(np.sum({sums}), 1 / {2 if p is None else p})"


def _norm_rule(g: Node, y: Node, x: Node, *, axis: tuple[int, ...], keepdims: bool) -> Node:
    """x / |x|, and 0 at 0."""
    length = spread(y, axis, keepdims)
    return spread(g, axis, keepdims) * (x / where(equal(length, 0), 1.0, length))


def _norm_expanded(x: Node, axis: tuple[int, ...], keepdims: bool) -> Node:
    """In units of the largest entry, so that no square overflows."""
    size = largest(absolute(x), axis=axis, keepdims=True)
    unit = where(logical_and(is_finite(size), less(0.0, size)), size, 1.0)
    share = x / unit
    length = unit * sqrt(total(share * share, axis=axis, keepdims=True))
    return length if keepdims else squeeze(length, axis=axis)


norm: Op = Op(
    name="norm",
    kind="reduce",
    evaluate=_norm,
    shape=folded_shape,
    dtypes=lambda x, **_: _floating(x),
    derivative=(_norm_rule,),
    text=_norm_text,
    latex=r"\left\|{0}\right\|",
    bounds=lambda x, **_: NONNEGATIVE,
    precedence=ATOM,
    domain=ANYWHERE,
    expansion=_norm_expanded,
)


def _p_norm_rule(
    g: Node, y: Node, x: Node, *, axis: tuple[int, ...], keepdims: bool, p: float
) -> Node:
    """sign(x) (|x| / |x|_p)^(p-1), and 0 where x is 0."""
    length = spread(y, axis, keepdims)
    is_zero, direction = equal(x, 0), where(less(x, 0), -1.0, 1.0)
    if p < 0:  # one entry of 0 makes the length 0, whatever the others are
        is_zero = logical_or(is_zero, equal(length, 0))
    part = where(is_zero, 1.0, x * direction) / where(equal(length, 0), 1.0, length)
    return spread(g, axis, keepdims) * where(is_zero, 0.0, direction * part ** (p - 1))


p_norm: Op = Op(
    name="p_norm",
    kind="library",
    evaluate=_norm,
    shape=lambda x, *, axis, keepdims, p: folded_shape(x, axis=axis, keepdims=keepdims),
    dtypes=lambda x, **_: _floating(x),
    derivative=(_p_norm_rule,),
    text=_norm_text,
    latex=lambda node, x: rf"\left\|{x}\right\|_{{{node.attribute('p')}}}",
    bounds=lambda x, **_: NONNEGATIVE,
    precedence=ATOM,
    domain=((0.25, 2.0),),
)


def _of_vectors(x: Node, ord: Order, axis: tuple[int, ...], keepdims: bool) -> Node:
    fields: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if ord is None or ord == 2:
        return norm(x, **fields)
    if isinstance(ord, str):
        raise ValueError(f"Invalid norm order {ord!r} for vectors")
    if ord == 0:
        return total(cast(not_equal(x, 0), dtype=_floating(x.dtype)[1]), **fields)
    entries = absolute(x if x.is_differentiable else cast(x, dtype=np.dtype(float)))
    if ord == 1:
        return total(entries, **fields)
    if np.isinf(ord):
        return (largest if ord > 0 else smallest)(entries, **fields)
    return p_norm(x, p=float(ord), **fields)


def _of_matrices(x: Node, ord: Order, axis: tuple[int, int], keepdims: bool) -> Node:
    row, column = (i % x.ndim for i in axis)
    if ord is None or ord in ("fro", "f"):
        return norm(x, axis=tuple(sorted((row, column))), keepdims=keepdims)
    matrices = moveaxis(x, (row, column), (-2, -1))
    last = matrices.ndim - 1
    if ord == "nuc":
        found = total(singular_values(matrices), axis=(last - 1,), keepdims=False)
    elif ord in (2, -2):
        found = largest_value(matrices) if ord == 2 else smallest_value(matrices)
    elif ord in (1, -1, np.inf, -np.inf):
        folded = last - 1 if ord in (1, -1) else last
        sums = _of_vectors(matrices, 1, (folded,), False)
        found = (largest if ord > 0 else smallest)(sums, axis=(last - 1,), keepdims=False)
    else:
        raise ValueError(f"Invalid norm order {ord!r} for matrices")
    return expand_dims(found, axis=tuple(sorted((row, column)))) if keepdims else found


@traces(np.linalg.norm)
def _norm_called(x: Node, ord: Order = None, axis: Axis = None, keepdims: bool = False) -> Node:
    if axis is None and (ord is None or x.ndim == 1):
        return _of_vectors(x, ord, normalised_axes(None, x.ndim), keepdims)
    axes = normalised_axes(axis, x.ndim)
    if len(axes) == 1:
        return _of_vectors(x, ord, axes, keepdims)
    if len(axes) != 2:
        raise ValueError("a norm is one of vectors or of matrices")
    pair = (0, 1) if axis is None or isinstance(axis, int) else (axis[0], axis[1])
    return _of_matrices(x, ord, pair, keepdims)


@traces(np.linalg.vector_norm)
def _vector_norm(x: Node, /, *, axis: Axis = None, keepdims: bool = False, ord: Order = 2) -> Node:
    return _of_vectors(x, ord, normalised_axes(axis, x.ndim), keepdims)


@traces(np.linalg.matrix_norm)
def _matrix_norm(x: Node, /, *, keepdims: bool = False, ord: Order = "fro") -> Node:
    return _of_matrices(x, ord, (-2, -1), keepdims)


def _inverse_or_nan(a: AnyArray) -> AnyArray:
    """The inverse of each matrix; nan where there is none, as in NumPy's condition numbers."""
    result = np.full(a.shape, np.nan, np.linalg.inv(np.eye(1, dtype=a.dtype)).dtype)
    for place in np.ndindex(a.shape[:-2]):
        with suppress(np.linalg.LinAlgError):
            result[place] = np.linalg.inv(a[place])
    return result


def _inverse_rule(g: Node, y: Node, a: Node) -> Node:
    inverse = transposed(existing_inverse(a))
    return -(inverse @ g @ inverse)


# `inv` raises NumPy's error where there is no inverse; a condition number is infinite there.
_inverse = library_op(
    "inverse_or_nan",
    _inverse_or_nan,
    square_shape,
    _inverse_rule,
    text="np.linalg.inv({0})",
    latex="{{{0:15}}}^{{-1}}",
)


@traces(np.linalg.cond)
def _cond(x: Node, p: Order = None) -> Node:
    if p is None or p == 2:
        found = largest_value(x) / smallest_value(x)
    elif p == -2:
        found = smallest_value(x) / largest_value(x)
    else:
        matrices = _of_matrices(x, p, (-2, -1), False)
        found = matrices * _of_matrices(_inverse(x), p, (-2, -1), False)
    given = total(x, axis=(x.ndim - 2, x.ndim - 1), keepdims=False)
    return where(logical_and(is_nan(found), logical_not(is_nan(given))), np.inf, found)
