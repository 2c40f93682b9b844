"""What an index of arrays means for each axis: walked along, one place, or a place by a value.

`z[np.arange(m), y]` reads row after row, and in each the place that `y` says: only the second axis
is one whose places are known when the program runs, and not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from kobai.graph import CONSTANT, Node, broadcast_shapes
from kobai.ops.gathering import Slot
from kobai.ops.indexing import Part
from kobai.sizes import Dim, Shape


class Along(NamedTuple):
    """An axis that is walked along with an axis of the entries: from where, in which steps."""

    axis: int
    start: Dim
    step: int


class Given(NamedTuple):
    """An axis whose place is a value: the index array of this number."""

    number: int


Way: TypeAlias = Along | Given | Dim


@dataclass(frozen=True)
class Placement:
    """Where the entries that an index names are in an array.

    Attributes:
        entries: the shape of the entries: that of what is gathered, or of what is scattered.
        shape: that of the array.
        ways: for each axis of the array, how its place is found.
        axes: for each index array, the axes of the entries that its own axes are.
    """

    entries: Shape
    shape: Shape
    ways: tuple[Way, ...]
    axes: tuple[tuple[int, ...], ...]

    def entries_axis(self, axis: int) -> int | None:
        """The entries' axis that goes through all of an axis of the array, place by place."""
        way = self.ways[axis]
        if not isinstance(way, Along):
            return None
        is_whole = (way.start, way.step) == (0, 1) and self.entries[way.axis] == self.shape[axis]
        return way.axis if is_whole else None

    def array_axis(self, axis: int) -> int | None:
        """The array's axis that an axis of the entries goes through, place by place."""
        found = (i for i in range(len(self.ways)) if self.entries_axis(i) == axis)
        return next(found, None)

    @property
    def given(self) -> tuple[tuple[int, int], ...]:
        """The array's axes whose places are values, each with the number of its index array."""
        return tuple((i, w.number) for i, w in enumerate(self.ways) if isinstance(w, Given))


def placement(node: Node) -> Placement:
    """How a `gather` or a `scatter` finds the places of its entries."""
    x, *arrays = node.operands
    index = node.attribute("index")
    is_gather = node.op.name == "gather"
    entries, shape = (node.shape, x.shape) if is_gather else (x.shape, node.shape)
    common = broadcast_shapes(*(array.shape for array in arrays))
    advanced = [axis for axis, place in enumerate(index) if not isinstance(place, Part)]
    is_together = advanced == list(range(advanced[0], advanced[-1] + 1))
    front = advanced[0] if is_together else 0
    kept = (*range(front), *range(front + len(common), len(entries)))
    parts = iter(kept)
    axes = tuple(
        tuple(range(front + len(common) - array.ndim, front + len(common))) for array in arrays
    )
    ways: list[Way] = []
    for place in index:
        if isinstance(place, Part):
            ways.append(Along(next(parts), place.start, place.step))
        elif isinstance(place, Slot):
            array = arrays[place.number]
            own = _counting_axis(array)
            axis = None if own is None else axes[place.number][own]
            is_taken = any(isinstance(way, Along) and way.axis == axis for way in ways)
            if own is None or axis is None or is_taken or array.shape[own] != entries[axis]:
                ways.append(Given(place.number))
            else:
                ways.append(Along(axis, 0, 1))
        else:
            ways.append(place)
    return Placement(entries, shape, tuple(ways), axes)


def _counting_axis(node: Node) -> int | None:
    """The axis along which an array counts 0, 1, 2, …; None if it does anything else."""
    match node.op.name:
        case "arange":
            return 0
        case "expand_dims":
            axis = _counting_axis(node.operands[0])
            rest = [i for i in range(node.ndim) if i not in node.attribute("axis")]
            return None if axis is None else rest[axis]
        case "reshape":
            long = [axis for axis, length in enumerate(node.shape) if length != 1]
            counts = _counting_axis(node.operands[0]) is not None
            return long[0] if counts and len(long) == 1 else None
        case _:
            return _constant_counting_axis(node)


def _constant_counting_axis(node: Node) -> int | None:
    if node.op is not CONSTANT or not node.ndim:
        return None
    values = node.attribute("value")
    long = [axis for axis, length in enumerate(values.shape) if length != 1] or [0]
    counts = len(long) == 1 and np.array_equal(values.ravel(), np.arange(values.size))
    return long[0] if counts else None


def counts_only(node: Node, user: Node) -> bool:
    """Whether a user needs an array for nothing but to walk along an axis."""
    if user.op.name not in ("gather", "scatter") or node is user.operands[0]:
        return False
    used = {number for _, number in placement(user).given}
    return all(x is not node or i - 1 not in used for i, x in enumerate(user.operands))
