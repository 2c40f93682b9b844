"""Folds and running folds of the entries that are not nan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.graph import TRANSLATIONS, Node, Op
from kobai.ops import statistics
from kobai.ops.choices import is_nan, logical_not, where
from kobai.ops.entries import as_nodes, normalised_axes, traces
from kobai.ops.reductions import Axis, all_of, largest, mean_of, smallest


def _without(a: Any, neutral: float) -> Node:
    """The array with another number in the place of every nan."""
    (x,) = as_nodes((a,))
    return where(is_nan(x), neutral, x) if x.is_differentiable else x


def _folded(plain: Callable[..., Any], neutral: float) -> Callable[..., Node]:
    def translated(
        a: Any,
        axis: Axis = None,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Node:
        fold = TRANSLATIONS[plain]
        found: Node = fold(_without(a, neutral), axis, dtype, out, keepdims, initial, where)
        return found

    return translated


traces(np.nansum)(_folded(np.sum, 0.0))
traces(np.nanprod)(_folded(np.prod, 1.0))


def _scanned(plain: Callable[..., Any], neutral: float) -> Callable[..., Node]:
    def translated(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Node:
        scan = TRANSLATIONS[plain]
        found: Node = scan(_without(a, neutral), axis, dtype, out)
        return found

    return translated


traces(np.nancumsum)(_scanned(np.cumsum, 0.0))
traces(np.nancumprod)(_scanned(np.cumprod, 1.0))


def _extreme(op: Op, lowest: float) -> Callable[..., Node]:
    """The extreme of the numbers; nan where there is none."""

    def translated(a: Any, axis: Axis = None, out: None = None, keepdims: bool = False) -> Node:
        if out is not None:
            raise TypeError("it is given 'out' by position")
        (x,) = as_nodes((a,))
        options: Any = {"axis": normalised_axes(axis, x.ndim), "keepdims": bool(keepdims)}
        if not x.is_differentiable:
            return op(x, **options)
        found = op(_without(x, lowest), **options)
        return where(all_of(is_nan(x), **options), np.nan, found)

    return translated


traces(np.nanmax)(_extreme(largest, -np.inf))
traces(np.nanmin)(_extreme(smallest, np.inf))


@traces(np.nanmean)
def _nanmean(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
) -> Node:
    if out is not None:
        raise TypeError("it is given 'out' by position")
    x = statistics.floating(a, dtype)
    return mean_of(x, normalised_axes(axis, x.ndim), bool(keepdims), logical_not(is_nan(x)))


def _spread(plain: Callable[..., Any]) -> Callable[..., Node]:
    def translated(
        a: Any,
        axis: Axis = None,
        dtype: Any = None,
        out: None = None,
        ddof: Any = 0,
        keepdims: bool = False,
    ) -> Node:
        x = statistics.floating(a, dtype)
        numbers = logical_not(is_nan(x))
        found: Node = TRANSLATIONS[plain](x, axis, None, out, ddof, keepdims, where=numbers)
        return found

    return translated


traces(np.nanvar)(_spread(np.var))
traces(np.nanstd)(_spread(np.std))
