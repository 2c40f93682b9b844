"""Which entries of an array a rearranged value reads: moves cost nothing."""

from __future__ import annotations

from dataclasses import replace

from kobai.graph import Node
from kobai.lower.loops import AxisOf, Buffer, View
from kobai.ops.indexing import Part
from kobai.sizes import Dim

VIEWS = frozenset({"transpose", "expand_dims", "squeeze", "broadcast_to", "getitem", "reshape"})


def whole(buffer: Buffer) -> View:
    """All entries, along the buffer's own axes."""
    return View(buffer, tuple(AxisOf(axis) for axis in range(len(buffer.shape))))


def is_view(node: Node) -> bool:
    """Whether a value is read out of its operand's array, entry by entry."""
    if node.op.name == "reshape":
        return _squeezed(node.shape) == _squeezed(node.operands[0].shape)
    return node.op.name in VIEWS


def base_of(node: Node) -> Node:
    """The value that is rearranged."""
    while is_view(node):
        (node,) = node.operands
    return node


def seen(node: Node, buffer: Buffer) -> View:
    """The entries of its base's buffer that a value shows."""
    moves: list[Node] = []
    while is_view(node):
        moves.append(node)
        (node,) = node.operands
    view = whole(buffer)
    for move in reversed(moves):
        view = _moved(view, move)
    return view


def parts_of(node: Node, buffer: Buffer) -> list[tuple[Node, View]]:
    """Where the operands of a `concatenate` or a `put` are in its buffer."""
    all_of = whole(buffer)
    if node.op.name == "put":
        return [(node.operands[0], _indexed(all_of, node))]
    joined = node.attribute("axis")
    found: list[tuple[Node, View]] = []
    start: Dim = 0
    for x in node.operands:
        axes = tuple(
            AxisOf(axis, start) if axis == joined else AxisOf(axis) for axis in range(x.ndim)
        )
        found.append((x, View(buffer, axes)))
        start = start + x.shape[joined]
    return found


def spread(view: View, ndim: int) -> View:
    """The view with axes in front along which it repeats itself."""
    return replace(view, axes=(None,) * (ndim - len(view.axes)) + view.axes)


def _moved(view: View, move: Node) -> View:
    axes = view.axes
    match move.op.name:
        case "transpose":
            return replace(view, axes=tuple(axes[i] for i in move.attribute("axes")))
        case "expand_dims":
            added = move.attribute("axis")
            rest = iter(axes)
            return replace(
                view, axes=tuple(None if i in added else next(rest) for i in range(move.ndim))
            )
        case "squeeze":
            dropped = move.attribute("axis")
            return _dropped(view, dropped)
        case "reshape":
            (x,) = move.operands
            kept = _dropped(view, tuple(i for i, d in enumerate(x.shape) if d == 1))
            rest = iter(kept.axes)
            return replace(kept, axes=tuple(None if d == 1 else next(rest) for d in move.shape))
        case "broadcast_to":
            (x,) = move.operands
            wide = spread(view, move.ndim)
            shape = (1,) * (move.ndim - x.ndim) + x.shape
            return replace(
                wide,
                axes=tuple(
                    None if old == 1 and new != 1 else axis
                    for axis, old, new in zip(wide.axes, shape, move.shape, strict=True)
                ),
            )
        case _:
            return _indexed(view, move)


def _dropped(view: View, dropped: tuple[int, ...]) -> View:
    """Without axes of length 1."""
    fixed = tuple((a.axis, a.start) for i in dropped if (a := view.axes[i]) is not None)
    axes = tuple(axis for i, axis in enumerate(view.axes) if i not in dropped)
    return View(view.buffer, axes, view.fixed + fixed)


def _indexed(view: View, move: Node) -> View:
    axes: list[AxisOf | None] = []
    fixed = list(view.fixed)
    for axis, place in zip(view.axes, move.attribute("index"), strict=True):
        if not isinstance(place, Part):
            if axis is not None:
                fixed.append((axis.axis, _at(axis, place)))
        elif axis is None:
            axes.append(None)
        else:
            axes.append(AxisOf(axis.axis, _at(axis, place.start), axis.step * place.step))
    return View(view.buffer, tuple(axes), tuple(fixed))


def _at(axis: AxisOf, place: Dim) -> Dim:
    start: Dim = axis.start + place * axis.step
    return start


def _squeezed(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
    return tuple(d for d in shape if d != 1)
