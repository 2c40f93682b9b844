"""Writing into traced arrays: `a[i] = v`, `np.add.at`, `np.copyto`, `out=`.

Nothing is written: the handle stands for a new value from then on, and its views with it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.errors import KobaiError, ShapeError, TraceError
from kobai.frames import user_place
from kobai.graph import Node
from kobai.ops.choices import where
from kobai.ops.entries import as_array
from kobai.ops.gathering import along_axis, assigned, gathered, placed, scatter
from kobai.ops.indexing import take_slices
from kobai.ops.shaping import astype, broadcast_to, expand_dims
from kobai.sizes import shape_at_hand
from kobai.tracing.calls import refusal, refuse_store
from kobai.tracing.lengths import Length, slices_compared
from kobai.tracing.trace import Handle


def chosen(x: Handle, index: Any) -> Node:
    """The node of `x[index]`."""
    items = _items(x, index)
    if any(isinstance(item, Node | np.ndarray) for item in items):
        return gathered(x.node, placed(x.node, items))
    return take_slices(x.node, items)


def assign(x: Handle, index: Any, value: Any) -> None:
    """`x[index] = value`."""
    mask = _whole_mask(x, index)
    new = _entries(x, value)
    if mask is not None and not new.ndim:
        later = tuple(range(mask.ndim, x.node.ndim))
        wide = expand_dims(mask, axis=later) if later else mask
        x.replace(where(wide, astype(new, x.dtype), x.node))
        return
    items = [_at_hand(x, item) for item in _items(x, index)]
    x.replace(assigned(x.node, new, placed(x.node, items)))


def accumulate_at(ufunc: np.ufunc, x: Any, index: Any, value: Any = None) -> None:
    """`np.add.at(x, index, value)`: entries that are named twice are added to twice."""
    signs = {np.add: 1.0, np.subtract: -1.0}
    if ufunc not in signs:
        raise TraceError(
            f"np.{ufunc.__name__}.at is not an operation that Kobai can trace",
            where=user_place(),
            repair="np.add.at and np.subtract.at are; or write x[i] = f(x[i]) for single places",
        )
    if not isinstance(x, Handle):
        raise refuse_store()
    items = _items(x, index)
    entries = astype(_entries(x, value), x.dtype) * signs[ufunc]
    at = placed(x.node, items)
    if not at.arrays:
        x.replace(assigned(x.node, take_slices(x.node, items) + entries, at))
        return
    part = gathered(x.node, at)
    wide = entries if entries.shape == part.shape else broadcast_to(entries, shape=part.shape)
    whole = at.opened(x.node)
    x.replace(x.node + at.closed(scatter(wide, *at.arrays, index=at.places, shape=whole.shape)))


def copy_to(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """`np.copyto`."""
    if not isinstance(dst, Handle):
        raise refuse_store()
    if where is True:
        assign(dst, Ellipsis, src)
    else:
        put_mask(dst, where, src)


def put_mask(a: Any, mask: Any, values: Any) -> None:
    """`np.putmask`, for values of the array's own shape or a single one."""
    if not isinstance(a, Handle):
        raise refuse_store()
    new = astype(_entries(a, values), a.dtype)
    if shape_at_hand(new.shape) not in ((), shape_at_hand(a.node.shape)):
        raise TraceError(
            f"values of shape {shape_at_hand(new.shape)} are put into an array of shape {a.shape}",
            where=user_place(),
            repair="give one value for each entry: a[mask] = values[mask]",
        )
    a.replace(where(_entries(a, mask), new, a.node))


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    """`np.put_along_axis`."""
    if not isinstance(arr, Handle) or axis is None:
        raise refuse_store()
    places = _at_hand(arr, indices.node if isinstance(indices, Handle) else as_array(indices))
    items = along_axis(arr.node.shape, places, axis)
    arr.replace(assigned(arr.node, _entries(arr, values), placed(arr.node, items)))


STORES: dict[Callable[..., Any], Callable[..., None]] = {
    np.copyto: copy_to,
    np.putmask: put_mask,
    np.put_along_axis: put_along_axis,
}


def written(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """One of NumPy's functions that write into an array."""
    try:
        STORES[function](*args, **kwargs)
    except TypeError as error:
        raise (
            error
            if isinstance(error, KobaiError)
            else refusal(function, STORES[function], kwargs, error)
        ) from error


def stored(out: Any, result: Any, chosen_by: Any = True) -> Handle:
    """NumPy's `out=`, with its `where=`, and `buffer += traced`."""
    if not isinstance(out, Handle):
        raise refuse_store()
    node = _entries(out, result)
    out.replace(node if chosen_by is True else where(_entries(out, chosen_by), node, out.node))
    return out


def attempted(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What the work gives; its errors know the user's line."""
    handle = next(value for value in (*args, *kwargs.values()) if isinstance(value, Handle))
    handle.require_open()
    handle.owner.observe()
    try:
        return work(*args, **kwargs)
    except KobaiError as error:
        error.where = error.where or user_place()
        raise


def _entries(x: Handle, value: Any) -> Node:
    """What is written, as a node."""
    if isinstance(value, Handle):
        value.require_open()
        return value.node
    return x.owner.graph.constant(as_array(value))


def _items(x: Handle, index: Any) -> list[Any]:
    """An index as a list: integers, slices, None, an ellipsis, and arrays of integers."""
    items: list[Any] = []
    axis = 0
    for item in index if isinstance(index, tuple) else (index,):
        found = _item(x, item, axis)
        items += found
        axis += sum(part is not None and part is not Ellipsis for part in found)
    if x.owner.compares_lengths and axis <= x.node.ndim:
        x.owner.comparisons += slices_compared(x.node.shape, items)
    return items


def _item(x: Handle, item: Any, axis: int) -> list[Any]:
    """One item of an index; a mask becomes the arrays of the places where it holds."""
    if item is None or item is Ellipsis:
        return [item]
    if isinstance(item, slice):
        return [slice(*(_whole(end) for end in (item.start, item.stop, item.step)))]
    if isinstance(item, int | np.integer) and not isinstance(item, bool):
        return [item.size if isinstance(item, Length) else int(item)]
    if isinstance(item, Handle):
        item.require_open()
        if item.dtype.kind in "iu":
            return [item.node]
        array = item.owner.decided(item.node) if item.dtype == np.dtype(bool) else item.node
    else:
        array = as_array(item)
        if array.dtype.kind == "f" and not array.size:
            array = array.astype(int)
    if array.dtype == np.dtype(bool):
        return _places_of(x, np.asarray(array), axis)
    return [array]


def _places_of(x: Handle, mask: Any, axis: int) -> list[Any]:
    if not mask.ndim:
        raise TraceError(
            "a single truth value is used as an index",
            where=user_place(),
            repair="use if for a choice of the whole, or np.where for one entry by entry",
        )
    lengths = shape_at_hand(x.node.shape[axis : axis + mask.ndim])
    if mask.shape != lengths:
        raise ShapeError(
            f"a mask of shape {mask.shape} is used on axes of lengths {lengths}",
            where=user_place(),
            repair="give the mask one truth value for each entry",
        )
    return list(np.nonzero(mask))


def _whole_mask(x: Handle, index: Any) -> Node | None:
    """The mask, if the index is one alone: entries are then chosen, whatever their number is."""
    dtype = getattr(index, "dtype", None)
    if (
        dtype != np.dtype(bool)
        or index.shape != shape_at_hand(x.node.shape[: len(index.shape)])
        or not index.shape
    ):
        return None
    return _entries(x, index)


def _at_hand(x: Handle, item: Any) -> Any:
    """An array of an index as it is now: where entries are written has to be known."""
    return np.asarray(x.owner.decided(item)) if isinstance(item, Node) else item


def _whole(end: Any) -> Any:
    if isinstance(end, Length):
        return end.size
    return None if end is None else operator.index(end)
