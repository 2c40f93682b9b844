"""Indexing with arrays of integers (`x[[0, 0, 2]]`), and its transpose, which adds parts up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from kobai.errors import ShapeError, TraceError
from kobai.graph import CONSTANT, AnyArray, AnyDType, Node, Op, Promotable, broadcast_shapes
from kobai.intervals import Interval
from kobai.ops.choices import greater, where
from kobai.ops.entries import ANYWHERE, ATOM, as_array, as_nodes, promoted, traces
from kobai.ops.indexing import Part, Place, index_text, numpy_index, part_shape, place_of, put
from kobai.ops.places import At, Entry, Fresh, Looked, Places, broadcast
from kobai.ops.places import Place as ReadPlace
from kobai.ops.shaping import astype, broadcast_to, expand_dims, ravel, squeeze
from kobai.sizes import Shape, at_hand, shape_at_hand


class Slot(NamedTuple):
    """A place in an index that is taken by an array: the operand of this number."""

    number: int


Index: TypeAlias = tuple[Place | Slot, ...]


def _filled(index: Index, arrays: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(
        arrays[place.number] if isinstance(place, Slot) else numpy_index((place,))[0]
        for place in index
    )


def chosen_shape(arrays: Sequence[Node], index: Index) -> Shape:
    """NumPy's rule: axes of the arrays stand where they are named; in front if they are apart."""
    common = broadcast_shapes(*(array.shape for array in arrays))
    advanced = [axis for axis, place in enumerate(index) if not isinstance(place, Part)]
    kept = part_shape(index)
    is_together = advanced == list(range(advanced[0], advanced[-1] + 1))
    front = advanced[0] if is_together else 0
    return (*kept[:front], *common, *kept[front:])


def _dtypes(x: Promotable, *arrays: Promotable, **_: Any) -> tuple[AnyDType, ...]:
    dtype = promoted(x)[0]
    return (dtype, *(promoted(array)[0] for array in arrays), dtype)


def _by_entries_alone(rule: Callable[..., Any]) -> Callable[[int], Any]:
    """No derivative by the arrays of an index."""
    return lambda position: None if position else rule


def _scattered(g: AnyArray, *arrays: AnyArray, index: Index, shape: Shape) -> AnyArray:
    whole: AnyArray = np.zeros(shape_at_hand(shape), g.dtype)
    np.add.at(whole, _filled(index, arrays), g)
    return whole


def _gathered_text(node: Node, x: str, *arrays: str) -> str:
    return f"{x:16}[{_index_text(node, node.operands[0].shape, arrays)}]"


def _scattered_text(node: Node, g: str, *arrays: str) -> str:
    """Every place in the raveled array is counted, with the entries for weights."""
    lengths = f"({', '.join(map(str, node.shape))},)"
    count = f"np.prod({lengths}, dtype=int)"
    index = scattered_places(node, arrays)
    places = f"np.ravel(np.reshape(np.arange({count}), {lengths})[{index}])"
    sums = f"np.reshape(np.bincount({places}, np.ravel({g}), {count}), {lengths})"
    return f"{sums}.astype(np.{node.dtype.name})"


def scattered_places(node: Node, arrays: Sequence[str]) -> str:
    """The index under which a scatter adds, from the texts of its arrays: `np.arange(m), k`."""
    return _index_text(node, node.shape, arrays)


def _index_text(node: Node, shape: Shape, arrays: Sequence[str]) -> str:
    return index_text(
        tuple(
            arrays[place.number] if isinstance(place, Slot) else place
            for place in node.attribute("index")
        ),
        shape,
    )


def _sums_of(g: Interval) -> Interval:
    """What entries that meet in one place add up to: finite if they are."""
    if g.is_nonnegative:
        return Interval(0, np.inf, high_open=g.is_bounded)
    return Interval(-np.inf, np.inf, g.is_bounded, g.is_bounded)


def _gathered_entry(node: Node, places: Places, fresh: Fresh) -> Entry | None:
    """The entry at places that are read in the arrays, as `chosen_shape` puts their axes."""
    arrays = node.operands[1:]
    common = broadcast_shapes(*(array.shape for array in arrays))
    index = node.attribute("index")
    advanced = [axis for axis, place in enumerate(index) if not isinstance(place, Part)]
    is_together = advanced == list(range(advanced[0], advanced[-1] + 1))
    front = advanced[0] if is_together else 0
    chosen, rest = places[front : front + len(common)], list(places)
    del rest[front : front + len(common)]
    read: list[ReadPlace] = []
    for place in index:
        match place:
            case Slot(number):
                array = arrays[number]
                at = broadcast(chosen, common, array.shape)
                if array.op.name == "arange":
                    (here,) = at
                else:
                    here = Looked(array, at)
                read.append(here)
            case Part():
                here = rest.pop(0)
                if not isinstance(here, At):
                    return None
                read.append(here.inside(place.start, place.step))
            case _:
                read.append(At(start=place))
    return Entry((tuple(read), *(() for _ in arrays)))


gather: Op = Op(
    name="gather",
    kind="move",
    evaluate=lambda x, *arrays, index: x[_filled(index, arrays)],
    shape=lambda x, *arrays, index: chosen_shape(arrays, index),
    dtypes=_dtypes,
    derivative=_by_entries_alone(
        lambda g, y, x, *arrays, index: scatter(g, *arrays, index=index, shape=x.shape)
    ),
    text=_gathered_text,
    latex=lambda node, x, *arrays: f"{{{x:16}}}_{{{', '.join(arrays)}}}",
    bounds=lambda x, *arrays, index: x,
    precedence=ATOM,
    domain=ANYWHERE,
    entry=_gathered_entry,
)
scatter: Op = Op(
    name="scatter",
    kind="move",
    evaluate=_scattered,
    shape=lambda g, *arrays, index, shape: shape,
    dtypes=_dtypes,
    derivative=_by_entries_alone(
        lambda g, y, x, *arrays, index, shape: gather(g, *arrays, index=index)
    ),
    text=_scattered_text,
    latex=lambda node, g, *arrays: (
        rf"\operatorname{{scatter}}_{{{', '.join(arrays)}}}\left({g}\right)"
    ),
    bounds=lambda g, *arrays, index, shape: _sums_of(g),
    precedence=ATOM,
    domain=ANYWHERE,
)


class Placed(NamedTuple):
    """An index in normal form: new axes, a place for each axis, and the arrays among them."""

    new_axes: tuple[int, ...]
    places: Index
    arrays: tuple[Node, ...]

    def opened(self, x: Node) -> Node:
        """The array with its new axes."""
        return expand_dims(x, axis=self.new_axes) if self.new_axes else x

    def closed(self, x: Node) -> Node:
        return squeeze(x, axis=self.new_axes) if self.new_axes else x


def placed(x: Node, items: Sequence[Any]) -> Placed:
    """The normal form of `x[items]`, for integers, slices, None, an ellipsis, and arrays of ints.

    A mask is given as the arrays of integers that `np.nonzero` makes of it.
    """
    used = sum(item is not None and item is not Ellipsis for item in items)
    if used > x.ndim:
        raise ShapeError(
            f"{used} indices for an array with {x.ndim} axes", repair="drop the indices too many"
        )
    missing = [slice(None)] * (x.ndim - used)
    rest = missing if not any(item is Ellipsis for item in items) else []
    places = [p for item in items for p in (missing if item is Ellipsis else [item])] + rest
    new_axes = tuple(axis for axis, item in enumerate(places) if item is None)
    shape = iter(x.shape)
    index: list[Place | Slot] = []
    arrays: list[Node] = []
    for item in places:
        if item is None:
            index.append(Part(0, 1, 1))
        elif isinstance(item, Node | np.ndarray):
            index.append(Slot(len(arrays)))
            arrays.append(_checked(x, item, at_hand(next(shape))))
        else:
            index.append(place_of(item, next(shape)))
    return Placed(new_axes, tuple(index), tuple(arrays))


def _checked(x: Node, item: Node | AnyArray, length: int) -> Node:
    """An array of an index; a constant one has to lie within the axis."""
    if item.dtype.kind not in "iu":
        raise TraceError(
            f"an array of dtype {item.dtype} is used as an index",
            repair="index with integers or with truth values",
        )
    node = item if isinstance(item, Node) else x.graph.constant(item)
    values = node.attribute("value") if node.op is CONSTANT else np.zeros(0)
    outside = values[(values < -length) | (values >= length)]
    if outside.size:
        raise ShapeError(
            f"index {outside.flat[0]} is outside an axis of length {length}",
            repair=f"use an index from {-length} to {length - 1}",
        )
    return node


def gathered(x: Node, at: Placed) -> Node:
    """The entries of an array at some places, of which at least one is an array."""
    return gather(at.opened(x), *at.arrays, index=at.places)


def assigned(x: Node, value: Node, at: Placed) -> Node:
    """The array with other entries at some places: `x[at] = value`.

    Arrays of the index that have axes are constant: which entry is the last one to be written to a
    place has to be known.
    """
    whole = at.opened(x)
    shape = chosen_shape(at.arrays, at.places) if at.arrays else part_shape(at.places)
    new = _fitted(astype(value, x.dtype), shape)
    index, arrays = at.places, at.arrays
    if not arrays:
        if all(p == Part(0, d, 1) for p, d in zip(index, whole.shape, strict=True)):
            return at.closed(broadcast_to(new, shape=whole.shape))
        written = put(_spread(x, True, shape), index=index, shape=whole.shape)
        entries = put(_full(new, shape), index=index, shape=whole.shape)
        return at.closed(where(written, entries, whole))
    is_one = not any(array.ndim for array in arrays)
    last = None if is_one else _last_writers(arrays, index, shape_at_hand(whole.shape))
    if last is not None:
        # The places as a plain list, without those that are written again.
        numbers = np.arange(last.size).reshape(last.shape)[last]
        new = gather(ravel(_full(new, shape)), numbers, index=(Slot(0),))
        lengths = shape_at_hand(whole.shape)
        values = [array.attribute("value") for array in arrays]
        flat = np.arange(int(np.prod(lengths))).reshape(lengths)[_filled(index, values)][last]
        arrays = tuple(map(x.graph.constant, np.unravel_index(flat, lengths)))
        index = tuple(map(Slot, range(len(arrays))))
        shape = (len(numbers),)
    counts = scatter(_spread(x, 1.0, shape), *arrays, index=index, shape=whole.shape)
    entries = scatter(_full(new, shape), *arrays, index=index, shape=whole.shape)
    return at.closed(where(greater(counts, 0), entries, whole))


def _last_writers(
    arrays: Sequence[Node], index: Index, lengths: tuple[int, ...]
) -> AnyArray | None:
    """Where the entries that are assigned stay; None if no place is written twice."""
    values = [array.attribute("value") for array in arrays]
    writers = np.zeros(lengths, int)
    at = _filled(index, values)
    order = np.arange(writers[at].size).reshape(writers[at].shape)
    writers[at] = order
    last: AnyArray = writers[at] == order
    return None if last.all() else last


def _fitted(value: Node, shape: Shape) -> Node:
    """The value without leading axes of length 1 that the part doesn't have."""
    extra = value.ndim - len(shape)
    if extra > 0 and all(d == 1 for d in value.shape[:extra]):
        value = squeeze(value, axis=tuple(range(extra)))
    if not _fits(shape_at_hand(value.shape), shape_at_hand(shape)):
        raise ShapeError(
            f"entries of shape {shape_at_hand(value.shape)} don't fit into a part of shape "
            f"{shape_at_hand(shape)}",
            repair="give one value for each entry of the part, or one for all",
        )
    return value


def _fits(small: tuple[int, ...], large: tuple[int, ...]) -> bool:
    pairs = zip(reversed(small), reversed(large), strict=False)
    return len(small) <= len(large) and all(d in (1, e) for d, e in pairs)


def _full(value: Node, shape: Shape) -> Node:
    return value if value.shape == shape else broadcast_to(value, shape=shape)


def _spread(x: Node, number: bool | float, shape: Shape) -> Node:
    """A number in every place, of the dtype of x (or a truth value)."""
    dtype = np.dtype(bool) if number is True else x.dtype
    return _full(x.graph.constant(number, dtype), shape)


@traces(np.take)
def _take(
    a: Node, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise"
) -> Node:
    if mode != "raise":
        raise TypeError("it takes mode='raise' alone")
    x = ravel(a) if axis is None else a
    at = 0 if axis is None else normalize_axis_index(axis, a.ndim)
    places = indices if isinstance(indices, Node) else as_array(indices)
    items = (*[slice(None)] * at, places)
    return gathered(x, placed(x, items))


@traces(np.take_along_axis)
def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Node:
    x, places = as_nodes((arr, indices))
    if axis is None:
        x, axis = ravel(x), 0
    return gathered(x, placed(x, along_axis(x.shape, places, axis)))


def along_axis(shape: Shape, places: Any, axis: int) -> tuple[Any, ...]:
    """The index of the entries at these places along an axis, each in a row of its own."""
    axis = normalize_axis_index(axis, len(shape))
    if places.ndim != len(shape):
        raise ShapeError(
            f"places with {places.ndim} axes for an array with {len(shape)}",
            repair="give both the same number of axes",
        )
    items: list[Any] = []
    for i, size in enumerate(shape):
        length = at_hand(size)
        grid = np.arange(length).reshape([-1 if k == i else 1 for k in range(len(shape))])
        items.append(places if i == axis else grid)
    return tuple(items)
