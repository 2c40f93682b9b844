"""Arrays of one number, in the shape of another, and the numbers of an axis' places.

`np.arange(m)` is an operation only where m is a size: a plain one is a constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kobai.graph import AnyArray, Node, Op
from kobai.intervals import NONNEGATIVE
from kobai.ops.entries import ANYWHERE, ATOM, as_nodes, traces
from kobai.ops.shaping import astype, broadcast_to
from kobai.sizes import Dim


@traces(np.full_like)
def full_like(
    a: Any,
    fill_value: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Dim | Sequence[Dim] | None = None,
) -> Node:
    like, value = as_nodes((a, fill_value))
    wanted = like.shape if shape is None else shape
    sizes = tuple(wanted) if isinstance(wanted, Sequence) else (wanted,)
    entry = astype(value, like.dtype if dtype is None else dtype)
    return entry if entry.shape == sizes else broadcast_to(entry, shape=sizes)


@traces(np.zeros_like, np.empty_like)
def _zeros_like(
    a: Node, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None
) -> Node:
    """What `np.empty_like` holds before it is written to is nothing to count on."""
    return full_like(a, 0, dtype, order, subok, shape)


@traces(np.ones_like)
def _ones_like(
    a: Node, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None
) -> Node:
    return full_like(a, 1, dtype, order, subok, shape)


def _arange(length: AnyArray, *, size: Dim) -> AnyArray:
    return np.arange(int(length))


# The operand is the length as a number, the attribute the same as the size of the axis.
arange = Op(
    name="arange",
    kind="move",
    evaluate=_arange,
    shape=lambda length, *, size: (size,),
    dtypes=lambda length, *, size: (np.dtype(int), np.dtype(int)),
    derivative=(None,),
    text="np.arange({0})",
    latex=r"\left(0, \ldots, {0} - 1\right)",
    bounds=lambda length, *, size: NONNEGATIVE,
    precedence=ATOM,
    domain=ANYWHERE,
)
