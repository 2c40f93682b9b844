"""Arrays cut into parts along an axis: `split` and its relatives, `unstack`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import Node
from kobai.ops.entries import normalised_axis, traces
from kobai.ops.indexing import take_slices
from kobai.sizes import Dim, at_hand, quotient

Cuts: TypeAlias = int | Sequence[Dim]


@traces(np.array_split)
def array_split(ary: Node, indices_or_sections: Cuts, axis: int = 0) -> list[Node]:
    """Parts of equal length, the first ones longer by one if they can't be; or between cuts."""
    place = normalised_axis(axis, ary.ndim)
    length = ary.shape[place]
    cuts: list[Any]
    if isinstance(indices_or_sections, int | np.integer):
        number = int(indices_or_sections)
        if number < 1:
            raise ValueError("number sections must be larger than 0.")
        size = quotient(length, number)
        short, longer = divmod(at_hand(length), number)
        cuts = [
            k * size if size is not None else k * short + min(k, longer) for k in range(1, number)
        ]
    else:
        cuts = list(indices_or_sections)
    ends = zip([None, *cuts], [*cuts, None], strict=True)
    return [along(ary, place, slice(start, stop)) for start, stop in ends]


def along(x: Node, axis: int, item: slice | int) -> Node:
    """A slice or a place along one axis."""
    return take_slices(x, (*[slice(None)] * axis, item))


@traces(np.split)
def split(ary: Node, indices_or_sections: Cuts, axis: int = 0) -> list[Node]:
    length = at_hand(ary.shape[normalised_axis(axis, ary.ndim)])
    if isinstance(indices_or_sections, int | np.integer) and length % indices_or_sections:
        raise ShapeError(
            f"an axis of length {length} is split into {indices_or_sections} equal parts",
            repair="use np.array_split, or name the places of the cuts",
        )
    return array_split(ary, indices_or_sections, axis)


def _split_along(least: int, axis: Callable[[int], int]) -> Callable[..., list[Node]]:
    def translated(ary: Node, indices_or_sections: Cuts) -> list[Node]:
        if ary.ndim < least:
            raise ShapeError(
                f"an array with {ary.ndim} axes is split along one that it doesn't have",
                repair="use np.split, which takes the axis",
            )
        return split(ary, indices_or_sections, axis(ary.ndim))

    return translated


traces(np.vsplit)(_split_along(2, lambda ndim: 0))
traces(np.hsplit)(_split_along(1, lambda ndim: 0 if ndim == 1 else 1))
traces(np.dsplit)(_split_along(3, lambda ndim: 2))


@traces(np.unstack)
def _unstack(x: Node, /, *, axis: int = 0) -> tuple[Node, ...]:
    place = normalised_axis(axis, x.ndim)
    return tuple(along(x, place, k) for k in range(at_hand(x.shape[place])))
