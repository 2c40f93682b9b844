"""Arrays of one number, in the shape of another: `zeros_like`, `ones_like`, `full_like`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kobai.graph import Node
from kobai.ops.entries import as_nodes, traces
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
