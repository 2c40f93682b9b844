"""Gathering, scattering, scans and joined arrays as loops."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kobai.graph import Node
from kobai.lower.draft import Binding, Draft, Group
from kobai.lower.loops import Buffer, Fold, View, Write
from kobai.lower.native import leaf
from kobai.lower.places import (
    counter,
    entries_of,
    given_ranges,
    is_known_within,
    is_spread_out,
    length_of,
    same_entries,
    within,
)
from kobai.lower.scans import scan_of
from kobai.lower.views import base_of, parts_of, seen, whole
from kobai.ops.placement import Along, Given, Placement, placement
from kobai.scalars import Scalar, number, same, select
from kobai.scalars import cast as as_dtype
from kobai.sizes import Dim
from kobai.splitting import entries_axis


class Indexed:
    """Loops whose places are values, and such as pass on values or put arrays together.

    Args:
        draft: the loops so far.
        asks: whether a scatter may ask for each entry which one it is.
    """

    def __init__(self, draft: Draft, *, asks: bool) -> None:
        self._draft = draft
        self._asks = asks
        self._checked: set[tuple[Node, Dim]] = set()
        self._flag: Buffer | None = None

    def gather(self, node: Node) -> None:
        """A read at places that are values."""
        at = placement(node)
        x, *arrays = node.operands
        examples = self._draft.examples(node)
        waits = [self._draft.level(arrays[number], node.shape, examples) for _, number in at.given]
        group = self._draft.group(max([self._draft.after(x), *waits]), node.shape, examples)
        places = self._places(arrays, at, group)
        value = leaf(base_of(x))
        if value is None:
            view = seen(x, self._draft.stored(base_of(x)))
            self._draft.ranges |= dict.fromkeys(given_ranges(view, at))
            value = Scalar("read", places, x.dtype, entries_of(view, at))
        group.values[node] = value
        self._draft.homes[node] = group

    def scatter(self, node: Node) -> None:
        at = placement(node)
        if self._asks and node not in self._draft.split.folds and is_spread_out(at):
            self._spread_out(node, at)
        else:
            self._added_up(node, at)

    def _spread_out(self, node: Node, at: Placement) -> None:
        """Every entry of the result is one of those that are given, or 0."""
        g, *arrays = node.operands
        waits = [self._draft.after(arrays[number]) for _, number in at.given]
        group = self._draft.group(
            max([self._draft.after(g), *waits]), node.shape, self._draft.examples(node)
        )
        positions = [at.array_axis(axis) for axis in range(len(at.entries))]
        is_there = number(True, np.dtype(bool))
        for axis, way in enumerate(at.ways):
            if isinstance(way, Given):
                place = self._place(arrays[way.number], at, way.number, axis, group, positions)
                is_there = is_there & same(counter(axis), place)
            elif not isinstance(way, Along):
                is_there = is_there & same(counter(axis), length_of(way))
        value = as_dtype(self._draft.value(g, group, positions), node.dtype)
        # 0 is what the entry is added to.
        group.values[node] = select(is_there, number(0, node.dtype) + value, 0)
        self._draft.homes[node] = group

    def _added_up(self, node: Node, at: Placement) -> None:
        """Entries that name the same place are added up in their order."""
        g, *arrays = node.operands
        examples, _ = entries_axis(node, self._draft.split.axes)
        waits = [self._draft.level(arrays[number], g.shape, examples) for _, number in at.given]
        level = max([self._draft.level(g, g.shape, examples), *waits])
        group = self._draft.group(level, g.shape, examples)
        value = as_dtype(self._draft.value(g, group), node.dtype)
        places = self._places(arrays, at, group)
        buffer = self._draft.stored(node)
        self._draft.ranges |= dict.fromkeys(given_ranges(whole(buffer), at))
        target = entries_of(whole(buffer), at)
        group.folds.append(Fold("sum", value, (), target, True, places))
        if not self._draft.is_fold(node):
            self._draft.filled(level, buffer, 0)
        self._draft.ready[node] = level + 1

    def _places(self, arrays: Sequence[Node], at: Placement, group: Group) -> tuple[Scalar, ...]:
        """The places that arrays name, in a loop over the entries."""
        own = list(range(len(at.entries)))
        return tuple(
            self._place(arrays[number], at, number, axis, group, own) for axis, number in at.given
        )

    def _place(
        self,
        array: Node,
        at: Placement,
        number: int,
        axis: int,
        group: Group,
        positions: Sequence[int | None],
    ) -> Scalar:
        """The place that an array names along an axis; `positions` are the loops of the entries."""
        length = at.shape[axis]
        self._check(same_entries(array), length)
        loops = [positions[entry] for entry in at.axes[number]]
        return within(self._draft.value(array, group, loops), length)[0]

    def _check(self, array: Node, length: Dim) -> None:
        """Have it seen whether an index array names no place of an axis."""
        if (array, length) in self._checked or is_known_within(array, length):
            return
        self._checked.add((array, length))
        if self._flag is None:
            self._flag = Buffer(np.dtype(bool), ())
            self._draft.bindings.append(Binding(self._flag, array, "flag"))
        examples = self._draft.examples(array)
        group = self._draft.group(
            self._draft.level(array, array.shape, examples), array.shape, examples
        )
        is_outside = within(self._draft.value(array, group), length)[1]
        target = View(self._flag, (None,) * array.ndim)
        group.folds.append(Fold("any", is_outside, tuple(range(array.ndim)), target, True))

    def scan(self, node: Node) -> None:
        tiled = self._draft.tiled(node)
        level = max(self._draft.after(x) for x in node.operands)
        reading = Group(level, node.shape, self._draft.examples(node))
        wanted = node.op.dtypes(*(x.dtype for x in node.operands), **dict(node.attributes))
        given = [
            as_dtype(self._draft.value(x, reading), dtype)
            for x, dtype in zip(node.operands, wanted, strict=False)
        ]
        buffer = self._draft.stored(node)
        self._draft.loops.append((level, 1, scan_of(node, given, tiled, whole(buffer))))
        self._draft.ready[node] = level + 1

    def parts(self, node: Node) -> None:
        """Arrays written side by side, or among zeros."""
        buffer = self._draft.stored(node)
        examples = self._draft.examples(node)
        last = 0
        for x, view in parts_of(node, buffer):
            own = next(
                (i for i, along in enumerate(view.axes) if along and along.axis == examples), None
            )
            last = self._draft.level(x, x.shape, own)
            group = self._draft.group(last, x.shape, own)
            group.writes.append(Write(view, as_dtype(self._draft.value(x, group), node.dtype)))
            self._draft.ready[node] = max(self._draft.ready.get(node, 0), last + 1)
        if node.op.name == "put":
            self._draft.filled(last, buffer, 0)
