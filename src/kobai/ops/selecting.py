"""Values chosen from several arrays, or between given points: `select`, `choose`, `interp`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from kobai.errors import ShapeError, TraceError
from kobai.graph import CONSTANT, TRANSLATIONS, AnyDType, Node, Op, Promotable
from kobai.ops.choices import (
    clip,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    where,
)
from kobai.ops.entries import ATOM, as_nodes, promoted, traces
from kobai.ops.gathering import Slot, gather, scatter
from kobai.ops.indexing import take_slices
from kobai.ops.shaping import astype, broadcast_to
from kobai.ops.sorting import searchsorted
from kobai.sizes import Shape, at_hand, shape_at_hand


@traces(np.select)
def _select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Node:
    """The choice of the first condition that holds."""
    if len(condlist) != len(choicelist) or len(condlist) == 0:
        raise ValueError("list of cases must be same length as list of conditions")
    conditions = [x if isinstance(x, Node) else np.asarray(x) for x in condlist]
    if any(condition.dtype != np.dtype(bool) for condition in conditions):
        raise TypeError("conditions have to be truth values")
    graph = next(x.graph for x in (*condlist, *choicelist, default) if isinstance(x, Node))
    parts = [x if isinstance(x, Node) else graph.constant(np.asarray(x)) for x in choicelist]
    found = default if isinstance(default, Node) else graph.constant(np.asarray(default))
    dtype = promoted(*(x.dtype for x in parts), found.dtype)[0]
    if not isinstance(default, Node):
        weak = type(default) if isinstance(default, bool | int | float) else found.dtype
        dtype = promoted(*(x.dtype for x in parts), weak)[0]
    found = astype(found, dtype)
    for condition, part in zip(reversed(conditions), reversed(parts), strict=True):
        found = where(condition, part, found)
    return found


@traces(np.choose)
def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Node:
    """The entry of the choice that has this number."""
    if out is not None or mode not in ("raise", "clip"):
        raise TypeError("it is given 'out', or a mode other than 'raise' and 'clip'")
    if isinstance(choices, Node):
        choices = [take_slices(choices, (k,)) for k in range(at_hand(choices.shape[0]))]
    parts = as_nodes((a, *choices))
    number, *arrays = parts
    if number.dtype.kind not in "iub":
        raise TypeError("the numbers of choices have to be whole")
    last = len(arrays) - 1
    if mode == "raise":
        values = number.attribute("value") if number.op is CONSTANT else None
        if values is None:
            raise TraceError(
                "np.choose of traced numbers, which may be outside the choices",
                repair="say what then: mode='clip'",
            )
        if np.any((values < 0) | (values > last)):
            raise ShapeError("there is no choice of that number", repair="count from 0")
    found = arrays[-1]
    for place in range(last - 1, -1, -1):
        found = where(less_equal(number, place), arrays[place], found)
    return found


@traces(np.extract)
def _extract(condition: Any, arr: Any) -> NoReturn:
    raise TraceError(
        "np.extract has as many entries as a condition holds for",
        repair="use arr[condition], or keep the shape: np.where(condition, arr, 0)",
    )


@traces(np.compress)
def _compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> NoReturn:
    raise TraceError(
        "np.compress has as many entries as a condition holds for",
        repair="use a[condition], or keep the shape: np.where(condition, a, 0)",
    )


def _segments(x: Node, xp: Node) -> Node:
    """For each x, the number of the segment it lies on: at a point, of the one to its right."""
    last = xp.shape[0] - 2
    return clip(searchsorted(xp, x, side="right") - 1, 0, last)


def _at(points: Node, places: Node) -> Node:
    return gather(points, places, index=(Slot(0),))


def _slopes(x: Node, xp: Node, fp: Node) -> Node:
    """The slope of the segment that x lies on; 0 outside the points."""
    place = _segments(x, xp)
    rise = _at(fp, place + 1) - _at(fp, place)
    run = _at(xp, place + 1) - _at(xp, place)
    first, last = take_slices(xp, (0,)), take_slices(xp, (-1,))
    return where(logical_and(greater_equal(x, first), less_equal(x, last)), rise / run, 0.0)


def _shares(x: Node, xp: Node) -> Node:
    """How far along its segment x lies, from 0 to 1."""
    place = _segments(x, xp)
    left = _at(xp, place)
    return clip((x - left) / (_at(xp, place + 1) - left), 0.0, 1.0)


def _spread(g: Node, x: Node, xp: Node) -> Node:
    """Each slope shared among the two points around it."""
    place, share = _segments(x, xp), _shares(x, xp)
    left = scatter(g * (1 - share), place, index=(Slot(0),), shape=xp.shape)
    return left + scatter(g * share, place + 1, index=(Slot(0),), shape=xp.shape)


def _interp_shape(x: Node, xp: Node, fp: Node) -> Shape:
    if xp.ndim != 1 or fp.ndim != 1 or at_hand(xp.shape[0]) != at_hand(fp.shape[0]):
        raise ShapeError(
            f"points at {shape_at_hand(xp.shape)} places with {shape_at_hand(fp.shape)} values",
            repair="give two vectors of the same length",
        )
    return x.shape


def _doubles(*operands: Promotable) -> tuple[AnyDType, ...]:
    return (np.dtype(float),) * (len(operands) + 1)


interp: Op = Op(
    name="interp",
    kind="library",
    evaluate=np.interp,
    shape=_interp_shape,
    dtypes=_doubles,
    derivative=(
        lambda g, y, x, xp, fp: g * _slopes(x, xp, fp),
        lambda g, y, x, xp, fp: -_spread(g * _slopes(x, xp, fp), x, xp),
        lambda g, y, x, xp, fp: _spread(g, x, xp),
    ),
    text="np.interp({0}, {1}, {2})",
    latex=r"\operatorname{{interp}}\left({0}; {1}, {2}\right)",
    precedence=ATOM,
    domain=((0.0, 4.0), (-2.0, 2.0), (-2.0, 2.0)),
)


@traces(np.interp)
def _interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Node:
    at, places, values = as_nodes((x, xp, fp))
    if period is not None:
        at, places, values = _wrapped(at, places, values, float(period))
        left = right = None
    if at_hand(places.shape[0]) == 1:
        value = astype(take_slices(values, (0,)), np.float64)
        found = broadcast_to(value, shape=at.shape) if at.ndim else value
    else:
        found = interp(at, places, values)
    if left is not None:
        found = where(less(at, take_slices(places, (0,))), left, found)
    if right is not None:
        found = where(greater(at, take_slices(places, (-1,))), right, found)
    return found


def _wrapped(x: Node, xp: Node, fp: Node, period: float) -> tuple[Node, Node, Node]:
    """The points of one period in order, with one more on either side."""
    if xp.op is not CONSTANT:
        raise TraceError(
            "np.interp with a period at places that are traced themselves",
            repair="sort the places, and repeat them on both sides, before the call",
        )
    if not period:
        raise ValueError("period must be a non-zero value")
    places = xp.attribute("value") % abs(period)
    order = np.argsort(places)
    around = np.concatenate([order[-1:], order, order[:1]])
    shifts = np.zeros(len(around))
    shifts[0], shifts[-1] = -abs(period), abs(period)
    graph = x.graph
    inside = TRANSLATIONS[np.remainder](x, abs(period))
    return inside, graph.constant(places[around] + shifts), _at(fp, graph.constant(around))
