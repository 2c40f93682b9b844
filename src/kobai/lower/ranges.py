"""Which places of arrays loops visit, and on which lengths that depends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kobai.lower.loops import Buffer, Loop, Map, Product, View
from kobai.scalars import Scalar
from kobai.sizes import Dim, Shape, Size


@dataclass(frozen=True)
class Range:
    """Places that a loop visits along an axis: they have to lie within its length."""

    first: Dim
    last: Dim
    length: Dim


def ranges_of(loops: Sequence[Loop]) -> tuple[Range, ...]:
    """The places that loops visit, where these are not all of an axis for certain."""
    found: dict[Range, None] = {}
    for loop in loops:
        if isinstance(loop, Product):
            pairs: list[tuple[View, Shape]] = [
                (loop.a, (loop.rows, loop.inner)),
                (loop.b, (loop.inner, loop.columns)),
                (loop.c, (loop.rows, loop.columns)),
            ]
        else:
            views = views_read(loop)
            views += [w.view for w in loop.writes] + [f.target for f in loop.folds]
            pairs = [(view, loop.shape) for view in views]
        for view, lengths in pairs:
            shape = view.buffer.shape
            visits: list[tuple[Dim, int, Dim, Dim]] = [
                (place, 1, 1, shape[axis]) for axis, place in view.fixed
            ]
            visits += [
                (along.start, along.step, length, shape[along.axis])
                for along, length in zip(view.axes, lengths, strict=True)
                if along is not None
            ]
            for start, step, length, size in visits:
                last: Dim = start + (length - 1) * step
                if start != 0 or step != 1 or length != size:
                    found.setdefault(Range(*((start, last) if step > 0 else (last, start)), size))
    return tuple(found)


def views_read(loop: Loop) -> list[View]:
    """What a loop reads; a product may read what it is added to."""
    if isinstance(loop, Product):
        return [loop.a, loop.b, loop.c]
    return [scalar.label for scalar in scalars_of(loop) if scalar.instruction == "read"]


def scalars_of(loop: Map) -> list[Scalar]:
    values = [write.value for write in loop.writes] + [fold.value for fold in loop.folds]
    stack, known = list(values), dict.fromkeys(values)
    while stack:
        for x in stack.pop().operands:
            if x not in known:
                known[x] = None
                stack.append(x)
    return list(known)


def sizes_of(loops: Sequence[Loop], buffers: Sequence[Buffer]) -> list[Size]:
    """The lengths that loops have to be told."""
    found = [d for buffer in buffers for d in buffer.shape if isinstance(d, Size)]
    for loop in loops:
        if isinstance(loop, Map):
            found += [d for d in loop.shape if isinstance(d, Size)]
            found += _sizes_in(loop)
        elif isinstance(loop, Product):
            dims = (loop.rows, loop.columns, loop.inner)
            found += [d for d in dims if isinstance(d, Size)]
            found += _sizes_of((loop.a, loop.b, loop.c))
    return found


def _sizes_in(loop: Map) -> list[Size]:
    scalars = scalars_of(loop)
    reads = [scalar.label for scalar in scalars if scalar.instruction == "read"]
    return [s.label for s in scalars if s.instruction == "size"] + _sizes_of(reads)


def _sizes_of(views: Sequence[View]) -> list[Size]:
    starts = [axis.start for view in views for axis in view.axes if axis is not None]
    starts += [place for view in views for _, place in view.fixed]
    return [start for start in starts if isinstance(start, Size)]
