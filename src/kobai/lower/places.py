"""Places that are values: kept within their axis, whatever an index array holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kobai.graph import CONSTANT, Node
from kobai.lower.loops import AxisOf, View
from kobai.lower.ranges import Range
from kobai.lower.views import base_of, is_view
from kobai.ops.placement import Along, Given, Placement
from kobai.scalars import Scalar, number, select
from kobai.scalars import cast as as_dtype
from kobai.sizes import Dim, Shape

INDEX = np.dtype(np.int64)


def length_of(size: Dim) -> Scalar:
    """A length as a whole number."""
    return number(size, INDEX) if isinstance(size, int) else Scalar("size", (), INDEX, size)


def counter(axis: int) -> Scalar:
    """The place of a loop along one of its axes."""
    return Scalar("index", (), INDEX, axis)


def within(index: Scalar, length: Dim) -> tuple[Scalar, Scalar]:
    """The place that an index names, 0 where there is none; and whether there is none."""
    given, size = as_dtype(index, INDEX), length_of(length)
    place = select(given < 0, given + size, given)
    is_inside = (place >= 0) & (place < size)
    return select(is_inside, place, 0), ~is_inside


def is_known_within(array: Node, length: Dim) -> bool:
    """Whether an index array is constant, and no place of it is outside the axis."""
    base = base_of(array)
    if base.op is not CONSTANT or not isinstance(length, int):
        return False
    values = base.attribute("value")
    return bool(np.all((values >= -length) & (values < length)))


def same_entries(array: Node) -> Node:
    """What an array is made of by moves that leave no entry out."""
    while is_view(array) and array.op.name != "getitem":
        (array,) = array.operands
    return array


def moved_to(
    view: View, shape: Shape, positions: Sequence[int | None], loops: Sequence[Dim]
) -> View:
    """The view of a value of this shape in loops, each of its axes along one of them or at a place.

    Along an axis of length 1 that is broadcast, the same entry is read again.
    """
    axes: list[AxisOf | None] = [None] * len(loops)
    fixed = list(view.fixed)
    for along, size, position in zip(view.axes, shape, positions, strict=True):
        if position is None or (size == 1 and loops[position] != 1):
            if along is not None:
                fixed.append((along.axis, along.start))
        else:
            axes[position] = along
    return replace(view, axes=tuple(axes), fixed=tuple(fixed))


def entries_of(view: View, at: Placement) -> View:
    """The entries of a view that an index names: places that are values come with each read."""
    axes: list[AxisOf | None] = [None] * len(at.entries)
    fixed, given = list(view.fixed), list(view.given)
    for along, way in zip(view.axes, at.ways, strict=True):
        if along is None:
            continue
        if isinstance(way, Given):
            given.append(along)
        elif isinstance(way, Along):
            start = along.start + way.start * along.step
            axes[way.axis] = AxisOf(along.axis, start, along.step * way.step)
        else:
            fixed.append((along.axis, along.start + way * along.step))
    return View(view.buffer, tuple(axes), tuple(fixed), tuple(given))


def given_ranges(view: View, at: Placement) -> list[Range]:
    """The places that values may name; an axis without any has none to name."""
    found: list[Range] = []
    for axis, _ in at.given:
        along, length = view.axes[axis], at.shape[axis]
        found.append(Range(0, 0, length))
        if along is not None:
            last = along.start + (length - 1) * along.step
            ends = (along.start, last) if along.step > 0 else (last, along.start)
            found.append(Range(*ends, view.buffer.shape[along.axis]))
    return found


def is_spread_out(at: Placement) -> bool:
    """Whether an entry of the array is written by at most one entry, found by its own place."""
    long = [axis for axis, length in enumerate(at.entries) if length != 1]
    return all(at.array_axis(axis) is not None for axis in long) and all(
        not isinstance(way, Along) or at.entries_axis(i) is not None
        for i, way in enumerate(at.ways)
    )
