"""Quantiles: a sorted entry, or a point on the line between two neighbours."""

from __future__ import annotations

from collections.abc import Callable
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

# The place of quantile q among n sorted entries, from 1: q n + alpha + q (1 - alpha - beta)
# (Hyndman and Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996)
# 361, methods 4 to 9).
_PLACES: dict[str, tuple[float, float]] = {
    "interpolated_inverted_cdf": (0, 1),
    "hazen": (0.5, 0.5),
    "weibull": (0, 0),
    "linear": (1, 1),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
_ROUNDED: dict[str, Callable[[Any], Any]] = {
    "lower": np.floor,
    "higher": np.ceil,
    "nearest": np.rint,
    "midpoint": lambda place: (np.floor(place) + np.ceil(place)) / 2,
}


def _place(q: float, length: int, method: str) -> float:
    """Where the quantile is among the sorted entries, counted from 0."""
    if method in _ROUNDED:
        return float(_ROUNDED[method](q * (length - 1)))
    alpha, beta = _PLACES[method]
    place = q * length + (alpha + q * (1 - alpha - beta)) - 1
    return min(max(place, 0.0), length - 1.0)


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
    if method not in _PLACES and method not in _ROUNDED:
        raise ValueError(f"method {method!r} is not known")
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
