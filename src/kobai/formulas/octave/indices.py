"""Entries of matrices by numbers from 1, ranges, and matrices that are written out.

An index is a number of the formula, and no argument's value: which entries are taken is known when
the formula is traced.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.formulas.octave.values import (
    MOST_MADE,
    is_number,
    is_vector,
    lengths,
    matrix,
    require_moderate,
    settled,
    vector,
)

ALL = slice(None)


def item(base: Any, *places: Any) -> Any:
    """`base(i)`, counted column by column, and `base(i, j)`."""
    if len(places) == 1:
        return settled(_counted(base, places[0]))
    base = matrix(base)
    rows, columns = map(_chosen, places, lengths(base), ("row", "column"))
    if all(not isinstance(place, slice) and np.size(place) == 1 for place in places):
        return base[rows.start, columns.start]
    if isinstance(rows, slice) or isinstance(columns, slice):
        return settled(base[rows, columns])
    return settled(base[rows, :][:, columns])


def _counted(base: Any, place: Any) -> Any:
    rows, columns = lengths(base)
    if isinstance(place, slice):
        return vector(base)[:, None] if columns > 1 else base
    if np.size(place) == 1:
        across, down = divmod(int(_whole(place, rows * columns, "entry").item()), rows)
        return base if is_number(base) else base[down, across]
    if is_vector(base) and is_vector(place) and not is_number(base):
        chosen = _chosen(place, rows * columns, "entry")
        return base[chosen, :] if columns == 1 else base[:, chosen]
    return vector(base)[_whole(place, rows * columns, "entry")]


def _chosen(place: Any, length: int, what: str) -> Any:
    """The places from 0, as a slice where they are evenly spaced."""
    if isinstance(place, slice):
        return place
    places = np.ravel(_whole(place, length, what), order="F")
    step = int(places[1] - places[0]) if places.size > 1 else 1
    if step == 0 or not np.array_equal(places, places[0] + step * np.arange(places.size)):
        return places
    first, stop = int(places[0]), int(places[-1]) + (1 if step > 0 else -1)
    if (first, stop, step) == (0, length, 1) and length > 1:
        return ALL
    return slice(first, stop if stop >= 0 else None, step if step != 1 else None)


def _whole(place: Any, length: int, what: str) -> Any:
    """Indices from 0, in the shape in which they are given."""
    indices = np.asarray(place)
    if indices.dtype.kind == "b":
        raise ShapeError(
            "truth values choose no entries here", repair="write x .* (x > 0) or merge(x > 0, x, 0)"
        )
    whole = np.all(np.isfinite(indices)) and np.all(indices == np.floor(indices))
    if not whole or np.any(indices < 1):
        raise ShapeError(f"an index is {place}", repair="indices are whole numbers from 1")
    if np.any(indices > length):
        largest = np.max(indices)
        raise ShapeError(
            f"there is no {what} {largest:g}: the last is {length}",
            repair="write end for the last, or give the argument its --shape",
        )
    return indices.astype(int) - 1


def span(first: Any, *others: Any) -> Any:
    """`first:last` and `first:step:last`, a row."""
    step, last = others if len(others) == 2 else (1, others[0])
    ends = [float(np.ravel(end)[0]) for end in (first, step, last)]
    first, step, last = ends
    if not all(map(math.isfinite, ends)):
        raise ShapeError("a range ends nowhere", repair="write finite numbers")
    # A last number that is missed by rounding alone belongs to it.
    count = math.floor((last - first) / step * (1 + np.finfo(float).eps)) + 1 if step else 0
    require_moderate(1, count, MOST_MADE)
    return settled(first + step * np.arange(max(count, 0))[None, :])


def beside(*cells: Any) -> Any:
    """`[a, b]`: columns put side by side."""
    return _joined(cells, 1)


def stacked(*rows: Any) -> Any:
    """`[a; b]`: rows put under each other."""
    return _joined(rows, 0)


def _joined(parts: tuple[Any, ...], axis: int) -> Any:
    if len(parts) == 1:
        return parts[0]
    across = 1 - axis
    if len({lengths(part)[across] for part in parts}) > 1:
        what = ("columns", "rows")[axis]
        raise ShapeError(
            f"what is joined has different numbers of {what}",
            repair="write , between columns and ; between rows, or transpose a part with '",
        )
    if all(isinstance(part, int | float) for part in parts):
        return np.reshape(np.array(parts, float), (-1, 1) if axis == 0 else (1, -1))
    return np.concatenate([matrix(part) for part in parts], axis=axis)
