"""Convolution of two vectors, and correlation, which is one with the second vector turned round."""

from __future__ import annotations

from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import Node, Op
from kobai.ops.entries import ANYWHERE, ATOM, PRODUCT, as_nodes, promoted, traces
from kobai.ops.indexing import take_slices
from kobai.ops.repeating import flip
from kobai.sizes import Dim, Shape, at_hand, shape_at_hand


def _shape(a: Node, v: Node) -> Shape:
    if a.ndim != 1 or v.ndim != 1 or 0 in shape_at_hand((*a.shape, *v.shape)):
        raise ShapeError(
            f"a convolution of shapes {shape_at_hand(a.shape)} and {shape_at_hand(v.shape)}",
            repair="give two vectors with at least one entry each",
        )
    return (a.shape[0] + v.shape[0] - 1,)


def _by(g: Node, length: Dim, other: Node) -> Node:
    """The slope by a vector of this length: g correlated with the other one, where both overlap."""
    start = other.shape[0] - 1
    return take_slices(convolve(g, flip(other)), (slice(start, start + length),))


convolve: Op = Op(
    name="convolve",
    kind="contract",
    evaluate=np.convolve,
    shape=_shape,
    dtypes=promoted,
    derivative=(
        lambda g, y, a, v: _by(g, a.shape[0], v),
        lambda g, y, a, v: _by(g, v.shape[0], a),
    ),
    text="np.convolve({0}, {1})",
    latex=r"{0:13} * {1:13}",
    precedence=ATOM,
    latex_precedence=PRODUCT,
    domain=ANYWHERE,
    commutes=True,
)


def _part(full: Node, long: Dim, short: Dim, mode: str) -> Node:
    """Where all of the shorter vector overlaps, or as many places as the longer one has."""
    if mode == "full":
        return full
    if mode not in ("same", "valid"):
        raise ValueError("mode must be one of 'valid', 'same', or 'full'")
    start = (at_hand(short) - 1) // 2 if mode == "same" else short - 1
    length = long if mode == "same" else long - short + 1
    return take_slices(full, (slice(start, start + length),))


@traces(np.convolve)
def _convolve(a: Any, v: Any, mode: str = "full") -> Node:
    left, right = as_nodes((a, v))
    full = convolve(left, right)
    long, short = sorted((left.shape[0], right.shape[0]), key=at_hand, reverse=True)
    return _part(full, long, short, mode)


@traces(np.correlate)
def _correlate(a: Any, v: Any, mode: str = "valid") -> Node:
    """NumPy turns the result round where the second vector is the longer one."""
    left, right = as_nodes((a, v))
    if at_hand(left.shape[0]) < at_hand(right.shape[0]):
        return flip(_correlate(right, left, mode))
    return _part(convolve(left, flip(right)), left.shape[0], right.shape[0], mode)
