"""Entries repeated, turned round and shifted: `tile`, `repeat`, `pad`, `flip`, `roll`, `rot90`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.graph import AnyArray, Node
from kobai.ops.entries import as_array, as_nodes, normalised_axes, normalised_axis, traces
from kobai.ops.gathering import gathered, placed
from kobai.ops.indexing import Part, put
from kobai.ops.joining import joined
from kobai.ops.shaping import broadcast_to, expand_dims, ravel, reshape, swapaxes
from kobai.ops.splitting import along
from kobai.sizes import Dim, at_hand


def taken(x: Node, places: AnyArray, axis: int) -> Node:
    """The entries at constant places of an axis."""
    return gathered(x, placed(x, (*[slice(None)] * axis, np.asarray(places, np.intp))))


@traces(np.tile)
def _tile(A: Any, reps: Any) -> Node:
    """Each axis gets one for its copies in front of it, and is then one with it."""
    (x,) = as_nodes((A,))
    times: list[Any] = list(reps) if isinstance(reps, Sequence | np.ndarray) else [reps]
    ndim = max(x.ndim, len(times))
    if x.ndim < ndim:
        x = expand_dims(x, axis=tuple(range(ndim - x.ndim)))
    times = [1] * (ndim - len(times)) + times
    copied = [axis for axis in range(ndim) if at_hand(times[axis]) != 1]
    if not copied:
        return x
    spread = expand_dims(x, axis=tuple(axis + k for k, axis in enumerate(copied)))
    shape: list[Dim] = []
    for axis, size in enumerate(x.shape):
        shape += [times[axis], size] if axis in copied else [size]
    lengths = tuple(size * times[axis] for axis, size in enumerate(x.shape))
    return reshape(broadcast_to(spread, shape=tuple(shape)), shape=lengths)


@traces(np.repeat)
def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Node:
    (x,) = as_nodes((a,)) if not isinstance(repeats, Node) else (a,)
    if axis is None:
        x, axis = ravel(x), 0
    place = normalised_axis(axis, x.ndim)
    if isinstance(repeats, Node):
        raise TypeError("the numbers of repeats have to be plain")
    if np.ndim(repeats) == 0:
        spread = expand_dims(x, axis=(place + 1,))
        shape = (*x.shape[: place + 1], repeats, *x.shape[place + 1 :])
        lengths = (*x.shape[:place], x.shape[place] * repeats, *x.shape[place + 1 :])
        return reshape(broadcast_to(spread, shape=shape), shape=lengths)
    return taken(x, np.repeat(np.arange(at_hand(x.shape[place])), repeats), place)


@traces(np.flip)
def flip(m: Node, axis: int | Sequence[int] | None = None) -> Node:
    for one in normalised_axes(axis, m.ndim):
        m = along(m, one, slice(None, None, -1))
    return m


@traces(np.flipud)
def _flipud(m: Node) -> Node:
    return flip(m, 0)


@traces(np.fliplr)
def _fliplr(m: Node) -> Node:
    return flip(m, 1)


@traces(np.rot90)
def _rot90(m: Node, k: int = 1, axes: Sequence[int] = (0, 1)) -> Node:
    if len(axes) != 2:
        raise ValueError("len(axes) must be 2.")
    first, second = (normalised_axis(axis, m.ndim) for axis in axes)
    if first == second:
        raise ShapeError("a turn needs two different axes", repair="name two of them")
    match k % 4:
        case 0:
            return m
        case 1:
            return swapaxes(flip(m, second), first, second)
        case 2:
            return flip(m, (first, second))
        case _:
            return flip(swapaxes(m, first, second), second)


@traces(np.roll)
def _roll(a: Any, shift: Any, axis: int | Sequence[int] | None = None) -> Node:
    (x,) = as_nodes((a,))
    if axis is None:
        return reshape(_rolled(ravel(x), shift, 0), shape=x.shape)
    axes, shifts = np.broadcast_arrays(axis, shift)
    for one, by in zip(axes.ravel().tolist(), shifts.ravel().tolist(), strict=True):
        x = _rolled(x, by, normalised_axis(one, x.ndim))
    return x


def _rolled(x: Node, shift: int, axis: int) -> Node:
    """The last entries come to the front."""
    length = at_hand(x.shape[axis])
    last = shift % length if length else 0
    if not last:
        return x
    return joined([along(x, axis, slice(-last, None)), along(x, axis, slice(None, -last))], axis)


_PLACES = ("edge", "reflect", "symmetric", "wrap")


@traces(np.pad)
def _pad(
    array: Any,
    pad_width: Any,
    mode: str = "constant",
    *,
    constant_values: Any = None,
    reflect_type: str = "even",
) -> Node:
    (x,) = as_nodes((array,)) if constant_values is None else as_nodes((array, 0))[:1]
    widths = _widths(pad_width, x.ndim)
    if mode == "constant":
        return _surrounded(x, widths, 0 if constant_values is None else constant_values)
    if mode not in _PLACES or reflect_type != "even" or constant_values is not None:
        raise TypeError(f"it takes the modes 'constant', {', '.join(map(repr, _PLACES))} alone")
    for axis, (before, after) in enumerate(widths):
        if before or after:
            places: Any = np.arange(at_hand(x.shape[axis]))
            margins: Any = mode
            x = taken(x, np.pad(places, (before, after), margins), axis)
    return x


def _widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    """How many entries are put in front of each axis, and behind it."""
    if isinstance(pad_width, dict):
        given: Any = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            given[normalised_axis(axis, ndim)] = width if np.ndim(width) else (width, width)
        pad_width = given
    array = as_array(pad_width)
    if array.dtype.kind not in "iu" or np.any(array < 0):
        raise TypeError("widths have to be whole and not negative")
    pairs = np.broadcast_to(array, (ndim, 2)).tolist()
    return [(before, after) for before, after in pairs]


def _surrounded(x: Node, widths: list[tuple[int, int]], values: Any) -> Node:
    """The array among numbers: zeros, or one for each side of each axis."""
    if not isinstance(values, Node) and not np.any(as_array(values)):
        index = tuple(
            Part(before, before + size, 1)
            for (before, _), size in zip(widths, x.shape, strict=True)
        )
        shape = tuple(b + size + a for (b, a), size in zip(widths, x.shape, strict=True))
        return x if shape == x.shape else put(x, index=index, shape=shape)
    if isinstance(values, Node):
        if values.ndim:
            raise TypeError("traced 'constant_values' have to be one number")
        pairs: Any = [(values, values)] * x.ndim
    else:
        pairs = np.broadcast_to(as_array(values), (x.ndim, 2))
    for axis, ends in enumerate(
        zip(widths[axis], pairs[axis], strict=True) for axis in range(x.ndim)
    ):
        (before, first), (after, last) = ends
        parts = [_margin(x, axis, before, first), x, _margin(x, axis, after, last)]
        x = joined([part for part in parts if part.shape[axis] != 0], axis)
    return x


def _margin(x: Node, axis: int, width: int, value: Any) -> Node:
    node = value if isinstance(value, Node) else x.graph.constant(value, x.dtype)
    if not isinstance(value, Node):
        node = x.graph.constant(np.asarray(value).astype(x.dtype)[()])
    return broadcast_to(node, shape=(*x.shape[:axis], width, *x.shape[axis + 1 :]))


@traces(np.delete)
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Node:
    x, place = (ravel(arr), 0) if axis is None else (arr, normalised_axis(axis, arr.ndim))
    if isinstance(obj, Node):
        raise TypeError("the places have to be plain")
    return taken(x, np.delete(np.arange(at_hand(x.shape[place])), obj), place)


def _insert_several(x: Node, places: Any, values: Node, axis: int, length: int) -> Node:
    """NumPy finds the order: that of the places of all entries, old ones and new ones."""
    count = len(np.insert(np.zeros(length), places, 1)) - length
    order = np.insert(np.arange(length), places, length + np.arange(count))
    new = broadcast_to(values, shape=(*x.shape[:axis], count, *x.shape[axis + 1 :]))
    everything = joined([x, new], axis)
    return gathered(everything, placed(everything, (*[slice(None)] * axis, order)))


@traces(np.insert)
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Node:
    """The new entries behind the old ones, and all of them taken in the new order."""
    x, new = as_nodes((arr, values))
    x, place = (ravel(x), 0) if axis is None else (x, normalised_axis(axis, x.ndim))
    length = at_hand(x.shape[place])
    if not isinstance(obj, int | np.integer):
        return _insert_several(x, obj, new, place, length)
    if new.ndim == 0:
        new = broadcast_to(new, shape=(*x.shape[:place], 1, *x.shape[place + 1 :]))
    elif new.ndim == x.ndim - 1:
        new = expand_dims(new, axis=(place,))
    elif new.ndim != x.ndim:
        raise TypeError("values need as many axes as the array, or one less")
    at = normalised_axis(obj, length) if obj < length else length
    parts = [along(x, place, slice(None, at)), new, along(x, place, slice(at, None))]
    return joined(parts, place)
