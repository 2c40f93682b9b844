"""Averages and spreads: variance, standard deviation, covariance.

The standard deviation has a kink where all entries are equal, and slope 0 there. Its square is
smooth: see the rule "square of a deviation" in `kobai.simplify.norms`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import Node, Op
from kobai.intervals import NONNEGATIVE
from kobai.ops.choices import equal, where
from kobai.ops.diagonals import diagonal
from kobai.ops.elementary import sqrt
from kobai.ops.entries import ANYWHERE, ATOM, as_nodes, normalised_axes, traces
from kobai.ops.joining import joined
from kobai.ops.linear_algebra.norms import norm
from kobai.ops.reductions import (
    Axis,
    as_condition,
    count,
    fold_dtypes,
    folded_shape,
    mean,
    mean_of,
    spread,
    total,
)
from kobai.ops.shaping import (
    astype,
    atleast_2d,
    broadcast_to,
    expand_dims,
    matrix_transpose,
    squeeze,
)
from kobai.sizes import shape_at_hand


def floating(a: Any, dtype: Any = None) -> Node:
    """The array, as one of floating numbers."""
    (x,) = as_nodes((a,))
    wanted = dtype if dtype is not None else None if x.is_differentiable else float
    return x if wanted is None else astype(x, wanted)


def _fold_text(node: Node, x: str) -> str:
    axis, ddof = node.attribute("axis"), node.attribute("ddof")
    options = [x]
    if axis != tuple(range(node.operands[0].ndim)):
        options.append(f"axis={axis[0] if len(axis) == 1 else axis}")
    options += [f"ddof={ddof}"] * bool(ddof) + ["keepdims=True"] * node.attribute("keepdims")
    return f"np.{node.op.name}({', '.join(options)})"


def _deviations(x: Node, axis: tuple[int, ...]) -> Node:
    return x - mean(x, axis=axis, keepdims=True)


def _var_rule(
    g: Node, y: Node, x: Node, *, axis: tuple[int, ...], ddof: int, keepdims: bool
) -> Node:
    """2 (x - mean) / (n - ddof).

    That the mean moves with x makes no difference, for the deviations from it add up to 0.
    """
    slope = 2 * _deviations(x, axis) / (count(x, axis) - ddof)
    return spread(g, axis, keepdims) * slope


def _std_rule(
    g: Node, y: Node, x: Node, *, axis: tuple[int, ...], ddof: int, keepdims: bool
) -> Node:
    """(x - mean) / ((n - ddof) std), and 0 where all entries are equal."""
    root = spread(y, axis, keepdims)
    scale = where(equal(root, 0), 1.0, root) * (count(x, axis) - ddof)
    return spread(g, axis, keepdims) * (_deviations(x, axis) / scale)


def _expanded_var(x: Node, *, axis: tuple[int, ...], ddof: int, keepdims: bool) -> Node | None:
    """The mean of the squared deviations; None where there may be too few entries for one."""
    entries = count(x, axis)
    if not axis or ddof > (entries - 1 if isinstance(entries, int) else 0):
        return None
    squares = total(_deviations(floating(x), axis) ** 2, axis=axis, keepdims=keepdims)
    return squares / (entries - ddof)


def _expanded_std(x: Node, *, axis: tuple[int, ...], ddof: int, keepdims: bool) -> Node | None:
    variance = _expanded_var(x, axis=axis, ddof=ddof, keepdims=keepdims)
    return None if variance is None else sqrt(variance)


def _fold(
    fold: Callable[..., Any],
    rule: Callable[..., Node],
    expansion: Callable[..., Node | None],
    latex: str,
) -> Op:
    return Op(
        name=fold.__name__,
        kind="library",
        expansion=expansion,
        evaluate=lambda x, *, axis, ddof, keepdims: fold(x, axis, ddof=ddof, keepdims=keepdims),
        shape=lambda x, *, axis, ddof, keepdims: folded_shape(x, axis=axis, keepdims=keepdims),
        dtypes=fold_dtypes(fold),
        derivative=(rule,),
        text=_fold_text,
        latex=rf"\operatorname{{{{{latex}}}}}\left({{0}}\right)",
        bounds=lambda x, **_: NONNEGATIVE,
        precedence=ATOM,
        domain=ANYWHERE,
    )


var = _fold(np.var, _var_rule, _expanded_var, "var")
std = _fold(np.std, _std_rule, _expanded_std, "std")


def _ddof(ddof: Any, correction: Any) -> int:
    given = ddof if correction is None else correction
    if int(given) != given:
        raise TypeError("degrees of freedom have to be whole")
    return int(given)


def _var_called(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Node:
    return _spread_of(a, axis, dtype, out, ddof, keepdims, where, mean, correction, False)


def _std_called(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    ddof: Any = 0,
    keepdims: bool = False,
    *,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Node:
    return _spread_of(a, axis, dtype, out, ddof, keepdims, where, mean, correction, True)


traces(np.var)(_var_called)
traces(np.std)(_std_called)


def _spread_of(
    a: Any,
    axis: Axis,
    dtype: Any,
    out: None,
    ddof: Any,
    keepdims: bool,
    chosen: Any,
    center: Any,
    correction: Any,
    is_root: bool,
) -> Node:
    """The variance, or its root: the norm of the deviations, which has slope 0 where they are 0."""
    if out is not None:
        raise TypeError("it is given 'out' by position")
    x = floating(a, dtype)
    axes, less = normalised_axes(axis, x.ndim), _ddof(ddof, correction)
    if center is None and chosen is True:
        return (std if is_root else var)(x, axis=axes, ddof=less, keepdims=bool(keepdims))
    condition = None if chosen is True else as_condition(x, chosen)
    number: Any = count(x, axes) - less
    if condition is not None:
        number = total(condition, axis=axes, keepdims=True) - less
    if center is None:
        center = mean_of(x, axes, True, chosen)
    deviations = x - center
    if condition is not None:
        deviations = where(condition, deviations, 0)
    options: Any = {"axis": axes, "keepdims": bool(keepdims)}
    if is_root:
        (n,) = (number,) if isinstance(number, Node) else (x.graph.leaf(number, x.dtype),)
        return norm(deviations / sqrt(astype(n, x.dtype)), **options)
    return total(deviations**2 / number, **options)


@traces(np.average)
def _average(
    a: Any,
    axis: Axis = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    (x,) = as_nodes((a,)) if isinstance(a, Node) or weights is None else as_nodes((a, weights))[:1]
    axes = normalised_axes(axis, x.ndim)
    options: Any = {"axis": axes, "keepdims": bool(keepdims)}
    if weights is None:
        result = mean(x, **options)
        scale = broadcast_to(x.graph.leaf(count(x, axes), result.dtype), shape=result.shape)
        return (result, scale) if returned else result
    _, w = as_nodes((x, weights))
    if w.ndim == len(axes) == 1 < x.ndim:
        w = expand_dims(w, axis=tuple(i for i in range(x.ndim) if i not in axes))
    elif shape_at_hand(w.shape) != shape_at_hand(x.shape):
        raise ShapeError(
            f"weights of shape {shape_at_hand(w.shape)} for an array of {shape_at_hand(x.shape)}",
            repair="give one weight for each entry, or for each place along the axis",
        )
    weighed, scale = total(x * w, **options), total(w, **options)
    result = weighed / scale
    if not returned:
        return result
    return result, scale if scale.shape == result.shape else broadcast_to(scale, shape=result.shape)


@traces(np.cov)
def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: int | None = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Node:
    """Of variables in rows; weights say how often an observation counts, and how much."""
    nodes = [floating(x) for x in (as_nodes((m,)) if y is None else as_nodes((m, y)))]
    if any(x.ndim > 2 for x in nodes):
        raise ShapeError("np.cov of an array with more than two axes", repair="use two at most")
    tables = []
    for x in nodes:
        table = atleast_2d(x)
        tables.append(table if rowvar or x.ndim < 2 else matrix_transpose(table))
    table = joined(tables, 0)
    table = table if dtype is None else astype(table, dtype)
    less = _ddof((0 if bias else 1) if ddof is None else ddof, None)
    if fweights is None and aweights is None:
        deviations = table - mean(table, axis=(1,), keepdims=True)
        scale: Any = table.shape[1] - less
        result = deviations @ matrix_transpose(deviations) / scale
    else:
        w = _weights(table, fweights, aweights)
        number = total(w, axis=(0,), keepdims=False)
        center = total(table * w, axis=(1,), keepdims=True) / number
        extra = w if aweights is None else w * table.graph.constant(np.asarray(aweights, float))
        lost = less * total(extra, axis=(0,), keepdims=False) / number
        deviations = table - center
        result = (deviations * w) @ matrix_transpose(deviations) / (number - lost)
    ones = tuple(axis for axis, size in enumerate(result.shape) if size == 1)
    return squeeze(result, axis=ones) if ones else result


def _weights(table: Node, fweights: Any, aweights: Any) -> Node:
    """Each observation's weight, as one plain array."""
    given = [w for w in (fweights, aweights) if w is not None]
    if any(isinstance(w, Node) for w in given):
        raise TypeError("weights have to be plain arrays")
    weights = np.prod([np.asarray(w, float) for w in given], axis=0)
    if weights.shape != shape_at_hand(table.shape[1:]):
        raise ShapeError("weights of another length", repair="give one for each observation")
    return table.graph.constant(weights)


@traces(np.corrcoef)
def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Node:
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    deviation = sqrt(diagonal(c, k=0))
    return c / expand_dims(deviation, axis=(1,)) / expand_dims(deviation, axis=(0,))
