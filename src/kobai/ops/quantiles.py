"""Quantiles: a sorted entry, or a point on the line between two neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np

from kobai.errors import ShapeError, TraceError
from kobai.graph import Node
from kobai.ops.choices import is_nan, where
from kobai.ops.entries import normalised_axes, traces
from kobai.ops.joining import joined
from kobai.ops.reductions import Axis
from kobai.ops.shaping import expand_dims, moveaxis, reshaped
from kobai.ops.sorting import sort
from kobai.ops.splitting import along
from kobai.ops.statistics import floating
from kobai.sizes import at_hand


def _place(q: float, length: int, method: Any) -> float:
    """Where NumPy finds the quantile among sorted entries, counted from 0: that of the places."""
    return float(np.quantile(np.arange(float(length)), q, method=method))


def _sorted(x: Node, axes: tuple[int, ...]) -> Node:
    """The entries that are folded, sorted along the last axis."""
    kept = x.ndim - len(axes)
    moved = moveaxis(x, axes, tuple(range(kept, x.ndim)))
    if len(axes) != 1:
        moved = reshaped(moved, (*moved.shape[:kept], -1))
    return sort(moved, axis=kept)


def _between(ordered: Node, place: float) -> Node:
    axis = ordered.ndim - 1
    low = int(np.floor(place))
    share = place - low
    left = along(ordered, axis, low)
    if not share:
        return left
    right = along(ordered, axis, low + 1)
    return left + (right - left) * share if share < 0.5 else right - (right - left) * (1 - share)


def _quantiles(
    a: Any, q: Any, axis: Axis, out: None, method: str, keepdims: bool, scale: float
) -> Node:
    if out is not None:
        raise TypeError("it is given 'out' by position")
    if isinstance(q, Node):
        raise TraceError(
            "the slope of a quantile by q is that of a line between two entries",
            repair="use a number for q, or np.interp(q, np.linspace(0, 1, n), np.sort(x))",
        )
    x = floating(a)
    axes = normalised_axes(axis, x.ndim)
    wanted = np.asarray(q, float) / scale
    if np.any((wanted < 0) | (wanted > 1)):
        raise ValueError("quantiles must be in the range [0, 1]")
    ordered = _sorted(x, axes)
    length = at_hand(ordered.shape[-1])
    if not length:
        raise ShapeError("a quantile of no entries", repair="give at least one")
    last = along(ordered, ordered.ndim - 1, -1)

    def one(share: float) -> Node:
        found = where(is_nan(last), last, _between(ordered, _place(share, length, method)))
        return expand_dims(found, axis=axes) if keepdims and axes else found

    if not wanted.ndim:
        return one(float(wanted))
    parts = [expand_dims(one(float(share)), axis=(0,)) for share in wanted.ravel()]
    found = joined(parts, 0)
    return found if wanted.ndim == 1 else reshaped(found, (*wanted.shape, *found.shape[1:]))


@traces(np.quantile)
def _quantile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> Node:
    return _quantiles(a, q, axis, out, method, keepdims, 1)


@traces(np.percentile)
def _percentile(
    a: Any,
    q: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    method: str = "linear",
    keepdims: bool = False,
) -> Node:
    return _quantiles(a, q, axis, out, method, keepdims, 100)


@traces(np.median)
def _median(
    a: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Node:
    return _quantiles(a, 0.5, axis, out, "midpoint", keepdims, 1)
