"""When two values count as the same, and by which factor they differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from kobai.graph import AnyArray

RELATIVE = 1e-6
RELATIVE_SINGLE = 1e-3


def close(found: Any, right: Any) -> bool:
    """The same shape and, up to rounding, the same entries."""
    a, b = np.asarray(found), np.asarray(right)
    if a.shape != b.shape or not (_is_real(a) and _is_real(b)):
        return False
    scale = _scale(b)
    tolerance = _tolerance(a, b)
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(a - b) <= tolerance * scale))


def agree(found: Any, right: Any) -> bool:
    """The same entries, where axes of length 1 don't count."""
    a, b = np.asarray(found), np.asarray(right)
    return close(np.squeeze(a), np.squeeze(b))


def ratio(found: Any, right: Any) -> float | None:
    """The one number by which all of the right value is multiplied; None if there is none."""
    a, b = np.squeeze(np.asarray(found)), np.squeeze(np.asarray(right))
    if a.shape != b.shape or not a.size or not (_is_real(a) and _is_real(b)):
        return None
    norm = float(np.sum(b * b))
    if norm == 0 or not np.isfinite(norm):
        return None
    factor = float(np.sum(a * b)) / norm
    return factor if factor and close(a, factor * b) else None


def is_finite(value: Any) -> bool:
    array = np.asarray(value)
    return array.dtype.kind in "iu" or (
        array.dtype.kind == "f" and bool(np.all(np.isfinite(array)))
    )


def _is_real(array: AnyArray) -> bool:
    return array.dtype.kind in "fiub"


def _scale(array: AnyArray) -> float:
    return max(float(np.max(np.abs(array), initial=0.0)), 1e-12)


def _tolerance(*arrays: AnyArray) -> float:
    is_single = any(x.dtype.kind == "f" and x.dtype.itemsize <= 4 for x in arrays)
    return RELATIVE_SINGLE if is_single else RELATIVE
