"""Folding axes away: sum, mean, max, min, any, all.

`axis` is a sorted tuple of axes that count from the front. The cotangent of a folded value is
spread over the axes that were folded; NumPy's broadcasting does that as soon as those axes are
back with length one, which `spread` sees to.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import AnyDType, Node, Op, Promotable, broadcast_shapes
from kobai.intervals import Interval
from kobai.ops.choices import equal, maximum, minimum, not_equal
from kobai.ops.choices import where as choose
from kobai.ops.entries import (
    ANYWHERE,
    ATOM,
    PRODUCT,
    as_array,
    as_nodes,
    normalised_axes,
    promoted,
    traces,
)
from kobai.ops.places import FoldWord, folded
from kobai.ops.shaping import astype, broadcast_to, cast, expand_dims
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


def fold_dtypes(fold: Callable[..., Any]) -> Callable[..., tuple[AnyDType, ...]]:
    """NumPy's own choice: sums of bools are integers, means of integers floats."""

    @cache
    def found(operand: Promotable) -> tuple[AnyDType, ...]:
        dtype = promoted(operand)[0]
        return dtype, fold(np.ones(1, dtype)).dtype

    return lambda operand, **_: found(operand)


_FOLD_WORDS: dict[Any, FoldWord] = {
    np.sum: "sum",
    np.prod: "prod",
    np.max: "max",
    np.min: "min",
    np.any: "any",
    np.all: "all",
}


def fold_op(fold: Callable[..., Any], derivative: Callable[..., Any] | None, **fields: Any) -> Op:
    return Op(
        name=fold.__name__ if fold.__name__ not in ("amax", "amin") else fold.__name__[1:],
        kind="reduce",
        evaluate=lambda x, *, axis, keepdims: fold(x, axis=axis, keepdims=keepdims),
        shape=folded_shape,
        dtypes=fold_dtypes(fold),
        derivative=(derivative,),
        text=_fold_text(fold.__name__),
        precedence=ATOM,
        domain=ANYWHERE,
        entry=None if fold is np.mean else folded(_FOLD_WORDS[fold]),
        **fields,
    )


def _sum_bounds(x: Interval, **_: Any) -> Interval:
    """Signs add up, and so do finite numbers, however many."""
    low_open = x.is_positive or (x.is_bounded and not x.is_nonnegative)
    return Interval(0 if x.is_nonnegative else -math.inf, math.inf, low_open, x.is_bounded)


total = fold_op(
    np.sum,
    lambda g, y, x, *, axis, keepdims: spread(g, axis, keepdims),
    latex=r"\sum {0:12}",
    latex_precedence=PRODUCT,
    bounds=_sum_bounds,
)
mean = fold_op(
    np.mean,
    lambda g, y, x, *, axis, keepdims: spread(g / count(x, axis), axis, keepdims),
    latex=r"\operatorname{{mean}}\left({0}\right)",
    bounds=lambda x, **_: x,
    expansion=lambda x, *, axis, keepdims: (
        total(x, axis=axis, keepdims=keepdims) / count(x, axis)
        if x.is_differentiable
        else total(astype(x, np.dtype(float)), axis=axis, keepdims=keepdims) / count(x, axis)
    ),
)


def _extreme_rule(g: Node, y: Node, x: Node, *, axis: tuple[int, ...], keepdims: bool) -> Node:
    """Entries that tie for the extreme share the cotangent equally; beside nan all are nan."""
    winners = equal(x, spread(y, axis, keepdims))
    number = total(cast(winners, dtype=x.dtype), axis=axis, keepdims=True)
    return choose(winners, spread(g, axis, keepdims), 0.0) / number


largest = fold_op(np.max, _extreme_rule, latex=r"\max\left({0}\right)", bounds=lambda x, **_: x)
smallest = fold_op(np.min, _extreme_rule, latex=r"\min\left({0}\right)", bounds=lambda x, **_: x)


any_of = fold_op(np.any, None, latex=r"\exists\; {0:13}", bounds=lambda x, **_: Interval(0, 1))
all_of = fold_op(np.all, None, latex=r"\forall\; {0:13}", bounds=lambda x, **_: Interval(0, 1))


def sum_called(op: Op, default: Axis = None) -> Callable[..., Node]:
    neutral = 0 if op is total else 1

    def translated(
        a: Any,
        axis: Axis = default,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Node:
        _require_none(out)
        (x,) = as_nodes((a,))
        x = x if dtype is None else astype(x, dtype)
        if where is not True:
            x = choose(as_condition(x, where), x, neutral)
        result = op(x, axis=normalised_axes(axis, x.ndim), keepdims=bool(keepdims))
        return result if initial is None else combine(result, initial)

    combine: Callable[[Any, Any], Node] = operator.add if op is total else operator.mul
    return translated


def as_condition(x: Node, where: Any) -> Node:
    """The entries that are to be folded, as truth values in the shape of the array."""
    (condition,) = (where,) if isinstance(where, Node) else (x.graph.constant(as_array(where)),)
    if broadcast_shapes(x.shape, condition.shape) != x.shape:
        raise ShapeError(
            f"where of shape {shape_at_hand(condition.shape)} for an array of "
            f"{shape_at_hand(x.shape)}",
            repair="give one truth value for each entry of the array",
        )
    return broadcast_to(condition, shape=x.shape) if condition.shape != x.shape else condition


def mean_of(x: Node, axis: tuple[int, ...], keepdims: bool, where: Any = True) -> Node:
    """The mean, of those entries alone for which a condition holds."""
    if where is True:
        return mean(x, axis=axis, keepdims=keepdims)
    condition = as_condition(x, where)
    chosen = total(choose(condition, x, 0), axis=axis, keepdims=keepdims)
    number = total(condition, axis=axis, keepdims=keepdims)
    result = chosen / number
    return result if not x.is_differentiable else astype(result, x.dtype)


@traces(np.mean)
def _mean(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = True,
) -> Node:
    _require_none(out)
    (x,) = as_nodes((a,))
    x = x if dtype is None else astype(x, dtype)
    return mean_of(x, normalised_axes(axis, x.ndim), bool(keepdims), where)


def _extreme_called(op: Op, outer: Op, default: Axis = None) -> Callable[..., Node]:
    def translated(
        a: Any,
        axis: Axis = default,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Node:
        _require_none(out)
        (x,) = as_nodes((a,))
        axes = normalised_axes(axis, x.ndim)
        if where is not True:
            if initial is None:
                raise TypeError("'where' needs 'initial', in case that no entry is chosen")
            x = choose(as_condition(x, where), x, initial)
        result = op(x, axis=axes, keepdims=bool(keepdims)) if axes else x
        return result if initial is None else outer(result, initial)

    return translated


def _truth_called(op: Op) -> Callable[..., Node]:
    def translated(
        a: Any,
        axis: Axis = None,
        out: None = None,
        keepdims: bool = False,
        *,
        where: Any = True,
    ) -> Node:
        _require_none(out)
        (x,) = as_nodes((a,))
        if where is not True:
            x = choose(as_condition(x, where), not_equal(x, 0), op is all_of)
        return op(x, axis=normalised_axes(axis, x.ndim), keepdims=bool(keepdims))

    return translated


def _require_none(out: None) -> None:
    if out is not None:
        raise TypeError("it is given 'out' by position")


traces(np.sum)(sum_called(total))
traces(np.max, np.amax)(_extreme_called(largest, maximum))
traces(np.min, np.amin)(_extreme_called(smallest, minimum))
traces(np.any)(_truth_called(any_of))
traces(np.all)(_truth_called(all_of))


@traces(np.count_nonzero)
def count_nonzero(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Node:
    (x,) = as_nodes((a,))
    return total(not_equal(x, 0), axis=normalised_axes(axis, x.ndim), keepdims=bool(keepdims))


@traces(np.ptp)
def _ptp(a: Any, axis: Axis = None, out: None = None, keepdims: bool = False) -> Node:
    _require_none(out)
    (x,) = as_nodes((a,))
    options: Any = {"axis": normalised_axes(axis, x.ndim), "keepdims": bool(keepdims)}
    return largest(x, **options) - smallest(x, **options)
