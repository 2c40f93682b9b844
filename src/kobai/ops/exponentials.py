"""Sums of exponentials, taken without overflow: `logsumexp` and `softmax`.

Both shift by the largest entry (Blanchard, Higham and Higham, IMA J. Numer. Anal. 41 (2021) 2311).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kobai.graph import AnyArray, Node, Op
from kobai.intervals import Interval
from kobai.ops.choices import is_infinite, where
from kobai.ops.elementary import exp, log
from kobai.ops.entries import (
    ANYWHERE,
    ATOM,
    PRODUCT,
    converting,
    normalised_axes,
    same_shape,
    traces,
    ufunc_dtypes,
)
from kobai.ops.reductions import Axis, folded_shape, largest, spread, total
from kobai.ops.shaping import astype, squeeze

FLOATING = ufunc_dtypes(np.exp)


def shift_of(x: AnyArray, axis: tuple[int, ...]) -> AnyArray:
    """The largest entry; 0 where it is infinite, since inf - inf has no value."""
    largest = np.max(x, axis=axis, keepdims=True, initial=-np.inf)
    shift: AnyArray = np.where(np.isinf(largest), 0, largest).astype(x.dtype)
    return shift


def _logsumexp(x: AnyArray, *, axis: tuple[int, ...], keepdims: bool) -> AnyArray:
    shift = shift_of(x, axis)
    result: AnyArray = np.log(np.sum(np.exp(x - shift), axis=axis, keepdims=True)) + shift
    return result if keepdims else np.squeeze(result, axis)[()]


def _softmax(x: AnyArray, *, axis: tuple[int, ...]) -> AnyArray:
    powers = np.exp(x - shift_of(x, axis))
    result: AnyArray = powers / np.sum(powers, axis=axis, keepdims=True)
    return result


def axis_text(node: Node) -> str:
    axis = node.attribute("axis")
    return f"axis={axis[0] if len(axis) == 1 else axis}"


def powers_of(x: Node, axis: tuple[int, ...]) -> tuple[Node, Node]:
    """The powers of e, shifted, and the shift."""
    highest = largest(x, axis=axis, keepdims=True)
    shift = where(is_infinite(highest), 0.0, highest)
    return exp(x - shift), shift


def _expanded(x: Node, axis: tuple[int, ...], keepdims: bool) -> Node:
    powers, shift = powers_of(x, axis)
    result = log(total(powers, axis=axis, keepdims=True)) + shift
    return result if keepdims else squeeze(result, axis=axis)


def _shares(powers: Node, axis: tuple[int, ...]) -> Node:
    return powers / total(powers, axis=axis, keepdims=True)


logsumexp = Op(
    name="logsumexp",
    kind="reduce",
    evaluate=converting(np.exp, _logsumexp),
    shape=folded_shape,
    dtypes=lambda x, **_: FLOATING(x),
    derivative=(
        lambda g, y, x, *, axis, keepdims: spread(g, axis, keepdims) * softmax(x, axis=axis),
    ),
    text=lambda node, x: (
        f"np.logaddexp.reduce({x}, {axis_text(node)}"
        f"{', keepdims=True' if node.attribute('keepdims') else ''})"
    ),
    latex=r"\log \sum e^{{{0}}}",
    expansion=lambda x, *, axis, keepdims: _expanded(x, axis, keepdims),
    precedence=ATOM,
    latex_precedence=PRODUCT,
    domain=ANYWHERE,
)
softmax: Op = Op(
    name="softmax",
    kind="reduce",
    evaluate=converting(np.exp, _softmax),
    shape=same_shape,
    dtypes=lambda x, **_: FLOATING(x),
    derivative=(lambda g, y, x, *, axis: y * (g - total(g * y, axis=axis, keepdims=True)),),
    text=lambda node, x: (
        f"np.exp({x:11} - np.logaddexp.reduce({x}, {axis_text(node)}, keepdims=True))"
    ),
    latex=r"\operatorname{{softmax}}\left({0}\right)",
    expansion=lambda x, *, axis: _shares(powers_of(x, axis)[0], axis),
    precedence=ATOM,
    bounds=lambda x, **_: Interval(0, 1, low_open=True),
    domain=ANYWHERE,
)


@traces(np.logaddexp.reduce)
def _reduced(array: Node, axis: Axis = 0, dtype: Any = None, keepdims: bool = False) -> Node:
    operand = array if dtype is None else astype(array, dtype)
    return logsumexp(operand, axis=normalised_axes(axis, array.ndim), keepdims=keepdims)


def softmax_of(x: Node, axis: Axis = None) -> Node:
    """scipy.special.softmax."""
    return softmax(x, axis=normalised_axes(axis, x.ndim))


def log_softmax_of(x: Node, axis: Axis = None) -> Node:
    """scipy.special.log_softmax."""
    return x - logsumexp(x, axis=normalised_axes(axis, x.ndim), keepdims=True)
