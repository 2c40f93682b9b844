"""Folds of the parts of a pass, put together as a tree: the order is that of the parts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

from kobai.graph import AnyArray

_JOINED: dict[str, Callable[..., Any]] = {
    "sum": np.add,
    "max": np.maximum,
    "min": np.minimum,
    "any": np.logical_or,
    "all": np.logical_and,
}


def together(kind: str, parts: AnyArray) -> AnyArray:
    """The parts of a fold as one, neighbours first."""
    join = _JOINED[kind]
    with np.errstate(all="ignore") if len(parts) > 1 else nullcontext():
        while len(parts) > 1:
            pairs = join(parts[0 : len(parts) - 1 : 2], parts[1::2])
            parts = np.concatenate([pairs, parts[-1:]]) if len(parts) % 2 else pairs
    result: AnyArray = parts[0, ...]
    return result
