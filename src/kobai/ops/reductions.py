"""Folding axes away: sum, mean, max, min.

`axis` is a sorted tuple of axes that count from the front. The cotangent of a folded value is
spread over the axes that were folded; NumPy's broadcasting does that as soon as those axes are
back with length one, which `spread` sees to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import AnyDType, Node, Op, Promotable
from kobai.intervals import Interval
from kobai.ops.choices import equal, where
from kobai.ops.entries import ANYWHERE, ATOM, PRODUCT, as_nodes, normalised_axes, promoted, traces
from kobai.ops.shaping import astype, cast, expand_dims
from kobai.sizes import Dim, Shape, product, shape_at_hand

Axis: TypeAlias = int | Sequence[int] | None


def spread(value: Node, axis: tuple[int, ...], keepdims: bool) -> Node:
    """Put folded axes back with length one, unless broadcasting adds them in front anyway."""
    if keepdims or axis == tuple(range(len(axis))):
        return value
    return expand_dims(value, axis=axis)


def folded_shape(x: Node, *, axis: tuple[int, ...], keepdims: bool) -> Shape:
    if keepdims:
        return tuple(1 if i in axis else d for i, d in enumerate(x.shape))
    return tuple(d for i, d in enumerate(x.shape) if i not in axis)


def count(x: Node, axis: tuple[int, ...]) -> Dim:
    """How many entries are folded into one."""
    return product(tuple(x.shape[i] for i in axis))


def _fold_text(name: str) -> Callable[..., str]:
    def text(node: Node, x: str) -> str:
        axis = node.attribute("axis")
        arguments = [x]
        if axis != tuple(range(node.operands[0].ndim)):
            arguments.append(f"axis={axis[0] if len(axis) == 1 else axis}")
        if node.attribute("keepdims"):
            arguments.append("keepdims=True")
        return f"np.{name}({', '.join(arguments)})"

    return text


def _dtypes(fold: Callable[..., Any]) -> Callable[..., tuple[AnyDType, ...]]:
    """NumPy's own choice: sums of bools are integers, means of integers floats."""

    @cache
    def found(operand: Promotable) -> tuple[AnyDType, ...]:
        dtype = promoted(operand)[0]
        return dtype, fold(np.ones(1, dtype)).dtype

    return lambda operand, **_: found(operand)


def _fold(fold: Callable[..., Any], derivative: Callable[..., Any], **fields: Any) -> Op:
    return Op(
        name=fold.__name__ if fold.__name__ not in ("amax", "amin") else fold.__name__[1:],
        kind="reduce",
        evaluate=lambda x, *, axis, keepdims: fold(x, axis=axis, keepdims=keepdims),
        shape=folded_shape,
        dtypes=_dtypes(fold),
        derivative=(derivative,),
        text=_fold_text(fold.__name__),
        precedence=ATOM,
        domain=ANYWHERE,
        **fields,
    )


def _sum_bounds(x: Interval, **_: Any) -> Interval:
    """Signs add up, and so do finite numbers, however many."""
    low_open = x.is_positive or (x.is_bounded and not x.is_nonnegative)
    return Interval(0 if x.is_nonnegative else -math.inf, math.inf, low_open, x.is_bounded)


total = _fold(
    np.sum,
    lambda g, y, x, *, axis, keepdims: spread(g, axis, keepdims),
    latex=r"\sum {0:12}",
    latex_precedence=PRODUCT,
    bounds=_sum_bounds,
)
mean = _fold(
    np.mean,
    lambda g, y, x, *, axis, keepdims: spread(g / count(x, axis), axis, keepdims),
    latex=r"\operatorname{{mean}}\left({0}\right)",
    bounds=lambda x, **_: x,
)


def _extreme_rule(g: Node, y: Node, x: Node, *, axis: tuple[int, ...], keepdims: bool) -> Node:
    """Entries that tie for the extreme share the cotangent equally."""
    winners = equal(x, spread(y, axis, keepdims))
    number = total(cast(winners, dtype=x.dtype), axis=axis, keepdims=True)
    return where(winners, spread(g, axis, keepdims) / number, 0.0)


largest = _fold(np.max, _extreme_rule, latex=r"\max\left({0}\right)", bounds=lambda x, **_: x)
smallest = _fold(np.min, _extreme_rule, latex=r"\min\left({0}\right)", bounds=lambda x, **_: x)


def _sum_called(op: Op) -> Callable[..., Node]:
    def translated(
        a: Node, axis: Axis = None, dtype: Any = None, out: None = None, keepdims: bool = False
    ) -> Node:
        _require_none(out)
        operand = a if dtype is None else astype(a, dtype)
        return op(operand, axis=normalised_axes(axis, a.ndim), keepdims=keepdims)

    return translated


def _extreme_called(op: Op) -> Callable[..., Node]:
    def translated(a: Node, axis: Axis = None, out: None = None, keepdims: bool = False) -> Node:
        _require_none(out)
        axes = normalised_axes(axis, a.ndim)
        return op(a, axis=axes, keepdims=keepdims) if axes else a

    return translated


def _require_none(out: None) -> None:
    if out is not None:
        raise TypeError("it is given 'out' by position")


traces(np.sum)(_sum_called(total))
traces(np.mean)(_sum_called(mean))
traces(np.max, np.amax)(_extreme_called(largest))
traces(np.min, np.amin)(_extreme_called(smallest))


@traces(np.average)
def _average(a: Node, axis: Axis = None, weights: Any = None, *, keepdims: bool = False) -> Node:
    axes = normalised_axes(axis, a.ndim)
    if weights is None:
        return mean(a, axis=axes, keepdims=keepdims)
    _, w = as_nodes((a, weights))
    if w.ndim == len(axes) == 1 < a.ndim:
        w = expand_dims(w, axis=tuple(i for i in range(a.ndim) if i not in axes))
    elif shape_at_hand(w.shape) != shape_at_hand(a.shape):
        raise ShapeError(
            f"weights of shape {shape_at_hand(w.shape)} for an array of {shape_at_hand(a.shape)}",
            repair="give one weight for each entry, or for each place along the axis",
        )
    weighed = total(a * w, axis=axes, keepdims=keepdims)
    return weighed / total(w, axis=axes, keepdims=keepdims)
