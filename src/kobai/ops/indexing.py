"""Basic indexing (`x[1:, 0]`) and its transpose, which puts a part back among zeros."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import AnyArray, Node, Op
from kobai.intervals import Interval
from kobai.ops.entries import ANYWHERE, ATOM, unchanged
from kobai.ops.places import At, Entry, Fresh, Places
from kobai.ops.shaping import expand_dims
from kobai.sizes import Dim, Shape, at_hand, shape_at_hand


class Part(NamedTuple):
    """A slice with its defaults filled in, counting from the front."""

    start: Dim
    stop: Dim
    step: int

    @property
    def length(self) -> Dim:
        if self.step == 1:
            return self.stop - self.start
        return len(range(at_hand(self.start), at_hand(self.stop), self.step))

    def as_slice(self) -> slice:
        start, stop = at_hand(self.start), at_hand(self.stop)
        return slice(start, stop if stop >= 0 else None, self.step)


Place: TypeAlias = Dim | Part
Index: TypeAlias = tuple[Place, ...]


def numpy_index(index: Index) -> tuple[Any, ...]:
    return tuple(p.as_slice() if isinstance(p, Part) else at_hand(p) for p in index)


def _put(g: AnyArray, *, index: Index, shape: Shape) -> AnyArray:
    whole: AnyArray = np.zeros(shape_at_hand(shape), g.dtype)
    whole[numpy_index(index)] = g
    return whole


def part_shape(index: Sequence[Any]) -> Shape:
    """The lengths of the slices in an index."""
    return tuple(place.length for place in index if isinstance(place, Part))


def _indexed_text(node: Node, x: str) -> str:
    return f"{x:16}[{index_text(node.attribute('index'), node.operands[0].shape)}]"


def index_text(index: Sequence[Place | str], shape: Shape) -> str:
    """The source of an index, between its brackets; what is a text already stays as it is."""
    places = [_place_text(place, size) for place, size in zip(index, shape, strict=True)]
    while len(places) > 1 and places[-1] == ":":
        places.pop()
    return ", ".join(places) or "()"


def _place_text(place: Place | str, size: Dim) -> str:
    if not isinstance(place, Part):
        return str(place)
    start = "" if place.start == 0 and place.step > 0 else str(place.start)
    stop = "" if place.stop in (size, -1) else str(place.stop)
    return f"{start}:{stop}" + (f":{place.step}" if place.step != 1 else "")


def _put_text(node: Node, g: str) -> str:
    """`np.pad`; an axis that was read in steps is spread by a product with rows of `np.eye`."""
    index, shape = node.attribute("index"), node.shape
    axes = [i for i, place in enumerate(index) if not isinstance(place, Part)]
    if axes:
        g = f"np.expand_dims({g}, {tuple(axes)})"
    margins: list[str] = []
    for axis, (place, size) in enumerate(zip(index, shape, strict=True)):
        part = place if isinstance(place, Part) else Part(place, place + 1, 1)
        if part.step == 1:
            margins.append(f"({part.start}, {size - part.stop})")
            continue
        rows = f"np.eye({size})[{_place_text(part, size)}]"
        g = f"np.moveaxis(np.tensordot({g}, {rows}, axes=({axis}, 0)), -1, {axis})"
        margins.append("(0, 0)")
    if set(margins) == {"(0, 0)"}:
        return g
    return f"np.pad({g}, ({', '.join(margins)}{',' if len(margins) == 1 else ''}))"


def _indexed_entry(node: Node, places: Places, fresh: Fresh) -> Entry | None:
    """A slice shifts its place; a place that is looked up can't be shifted."""
    rest = iter(places)
    read: list[Any] = []
    for place in node.attribute("index"):
        if not isinstance(place, Part):
            read.append(At(start=place))
            continue
        here = next(rest)
        if isinstance(here, At):
            read.append(here.inside(place.start, place.step))
        elif (place.start, place.step) == (0, 1):
            read.append(here)
        else:
            return None
    return Entry((tuple(read),))


getitem = Op(
    name="getitem",
    kind="move",
    evaluate=lambda x, *, index: x[numpy_index(index)],
    shape=lambda x, *, index: part_shape(index),
    dtypes=unchanged,
    derivative=(lambda g, y, x, *, index: put(g, index=index, shape=x.shape),),
    text=_indexed_text,
    latex=lambda node, x: f"{{{x:16}}}_{{{', '.join(_place_text(*p) for p in _places(node))}}}",
    bounds=lambda x, **_: x,
    domain=ANYWHERE,
    precedence=ATOM,
    entry=_indexed_entry,
)
put: Op = Op(
    name="put",
    kind="move",
    evaluate=_put,
    shape=lambda g, *, index, shape: shape,
    dtypes=unchanged,
    derivative=(lambda g, y, x, *, index, shape: getitem(g, index=index),),
    text=_put_text,
    latex=r"\operatorname{{pad}}\left({0}\right)",
    bounds=lambda x, **_: x.union(Interval(0, 0)),
    domain=ANYWHERE,
    precedence=ATOM,
)


def _places(node: Node) -> list[tuple[Place, Dim]]:
    return list(zip(node.attribute("index"), node.operands[0].shape, strict=True))


BasicIndex: TypeAlias = int | slice | EllipsisType | None


def take_slices(x: Node, index: Sequence[BasicIndex]) -> Node:
    """`x[index]` for integers, slices, None and an ellipsis."""
    used = sum(item is not None and item is not Ellipsis for item in index)
    if used > x.ndim:
        raise ShapeError(
            f"{used} indices for an array with {x.ndim} axes", repair="drop the indices too many"
        )
    missing = [slice(None)] * (x.ndim - used)
    places: list[BasicIndex] = []
    for item in index:
        places.extend(missing if item is Ellipsis else [item])
    if Ellipsis not in index:
        places.extend(missing)
    sizes = iter(x.shape)
    normal = tuple(place_of(item, next(sizes)) for item in places if isinstance(item, int | slice))
    kept = [item for item in places if not isinstance(item, int)]
    new_axes = tuple(axis for axis, item in enumerate(kept) if item is None)
    trivial = all(p == Part(0, d, 1) for p, d in zip(normal, x.shape, strict=True))
    part = x if trivial else getitem(x, index=normal)
    return expand_dims(part, axis=new_axes) if new_axes else part


def place_of(item: int | slice, size: Dim) -> Place:
    """An integer or a slice, counted from the front of an axis of this length."""
    if isinstance(item, slice):
        return _part(item, size)
    length = at_hand(size)
    if not -length <= item < length:
        raise ShapeError(
            f"index {item} is outside an axis of length {length}",
            repair=f"use an index from {-length} to {length - 1}",
        )
    place: Dim = size + item if item < 0 else item
    return place


def _part(item: slice, size: Dim) -> Part:
    length = at_hand(size)
    first, last = (None if end is None else at_hand(end) for end in (item.start, item.stop))
    start, stop, step = slice(first, last, item.step).indices(length)
    if step != 1:
        # Backwards from before the first entry, there is nothing; -1 would be the last one.
        return Part(start, stop, step) if range(start, stop, step) else Part(0, 0, 1)
    return Part(
        _end(item.start, start, size, default=0), _end(item.stop, max(start, stop), size), 1
    )


def _end(given: Dim | None, found: int, size: Dim, default: Dim | None = None) -> Dim:
    """An end of a slice: relative to the axis' length where the user counted from its back."""
    if given is None:
        return size if default is None else default
    if at_hand(given) < 0 and found == at_hand(size) + at_hand(given):
        return size + given
    if found == at_hand(given):
        return given
    return size if found == at_hand(size) else found
