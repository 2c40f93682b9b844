"""From the nodes of one phase to loops: what has the same shape and is ready together shares one.

Each value has a level: one more than the values that it has to wait for. A map waits for none of
the maps of its own shape, with which it shares a loop; it waits for folds, for products, and for
values of other shapes, which are read from memory. So a value is stored only if another loop reads
it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

import numpy as np

from kobai.graph import Node
from kobai.lower.layout import lane_axis, rearranged
from kobai.lower.loops import (
    AxisOf,
    Buffer,
    Fold,
    FoldKind,
    Kernel,
    Loop,
    Map,
    Product,
    View,
    Write,
)
from kobai.lower.native import body, leaf
from kobai.lower.places import (
    counter,
    entries_of,
    given_ranges,
    is_known_within,
    is_spread_out,
    length_of,
    moved_to,
    same_entries,
    within,
)
from kobai.lower.ranges import Range, ranges_of, sizes_of
from kobai.lower.scans import scan_of
from kobai.lower.views import base_of, parts_of, seen, whole
from kobai.ops.placement import Along, Given, Placement, placement
from kobai.scalars import Scalar, number, same, select
from kobai.scalars import cast as as_dtype
from kobai.sizes import Dim, Shape, Size
from kobai.splitting import Split, entries_axis

Role = Literal["read", "result", "fold", "local", "copy", "flag"]

# The axes of a and b in `a @ b` that run over the examples, for each loop that does.
_EXAMPLES_AXES: dict[int | None, tuple[int | None, int | None]] = {
    0: (0, None),
    1: (None, 1),
    2: (1, 0),
    None: (None, None),
}


class LengthsError(ValueError):
    """Arrays whose lengths are not those that a program was written for."""


class PlacesError(IndexError):
    """An index outside its axis: NumPy says which."""


@dataclass(frozen=True)
class Binding:
    """What a buffer of a kernel holds: the value of a node, or whether an index is no place."""

    buffer: Buffer
    node: Node
    role: Role


@dataclass(frozen=True)
class Lowered:
    """A kernel, which value each of its buffers holds, and what has to hold of the lengths."""

    kernel: Kernel
    bindings: tuple[Binding, ...]
    ranges: tuple[Range, ...]


@dataclass(eq=False)
class _Group:
    """A loop in the making."""

    level: int
    shape: Shape
    examples: int | None
    values: dict[Node, Scalar] = field(default_factory=dict)
    reads: dict[View, Scalar] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)


class Lowering:
    """The loops of one phase.

    Args:
        nodes: what is computed, operands before users.
        kept: those of them whose values are asked for after it.
        split: where the examples are.
        is_tiled: whether the phase is a pass over the examples.
    """

    def __init__(
        self, nodes: Sequence[Node], kept: Collection[Node], split: Split, *, is_tiled: bool
    ) -> None:
        self._own = frozenset(nodes)
        self._kept = frozenset(kept)
        self._split = split
        self._is_tiled = is_tiled
        read = {base_of(x) for node in nodes for x in node.operands} - self._own
        self._rearranged = rearranged(nodes, split.axes, read)
        self._groups: dict[tuple[int, Shape, int | None], _Group] = {}
        self._homes: dict[Node, _Group] = {}
        self._ready: dict[Node, int] = {}
        self._buffers: dict[Node, Buffer] = {}
        self._bindings: list[Binding] = []
        self._loops: list[tuple[int, int, Loop]] = []
        self._copies: dict[Node, Buffer] = {}
        self._written: set[Node] = set()
        self._ranges: dict[Range, None] = {}
        self._checked: set[tuple[Node, Dim]] = set()
        self._flag: Buffer | None = None

    def lowered(self, nodes: Sequence[Node]) -> Lowered:
        """The kernel that computes these nodes."""
        for node in nodes:
            match node.op.kind:
                case "map":
                    self._map(node)
                case "reduce":
                    self._fold(node)
                case "contract":
                    self._product(node)
                case "scan" | "library":
                    self._scan(node)
                case _ if node.op.name == "gather":
                    self._gather(node)
                case _ if node.op.name == "scatter":
                    self._scatter(node)
                case _ if node.op.name in ("concatenate", "put"):
                    self._parts(node)
                case _:
                    pass  # a view is read where it is used
        # In the order of the nodes: the code of a graph is the same in every process.
        for node in nodes:
            if node in self._kept and node in self._homes:
                self._stored(node)
        loops: list[tuple[int, int, Loop]] = list(self._loops)
        for group in self._groups.values():
            folds, writes = tuple(group.folds), tuple(group.writes)
            if folds or writes:
                tiled = group.examples if self._is_tiled else None
                lanes = lane_axis(group.shape, group.examples)
                loops.append((group.level, 1, Map(group.shape, tiled, writes, folds, lanes)))
        ordered = tuple(loop for *_, loop in sorted(loops, key=lambda entry: entry[:2]))
        buffers = tuple(binding.buffer for binding in self._bindings)
        symbols = sorted({name for size in sizes_of(ordered, buffers) for name in size.symbols})
        examples = self._examples(nodes) if self._is_tiled else None
        if isinstance(examples, Size):
            symbols = sorted({*symbols, *examples.symbols})
        kernel = Kernel(buffers, tuple(symbols), ordered, examples)
        ranges = tuple(self._ranges | dict.fromkeys(ranges_of(ordered)))
        return Lowered(kernel, tuple(self._bindings), ranges)

    def _examples(self, nodes: Sequence[Node]) -> Dim:
        node = next(n for n in nodes if n in self._split.axes or n in self._split.folds)
        carrier = node if node in self._split.axes else self._carrier(node)
        return carrier.shape[self._split.axes[carrier]]

    def _carrier(self, fold: Node) -> Node:
        return next(x for x in fold.operands if x in self._split.axes)

    def _tiled(self, node: Node) -> int | None:
        """The axis of the examples, in a pass over them."""
        return self._split.axes.get(node) if self._is_tiled else None

    def _group(self, level: int, shape: Shape, examples: int | None) -> _Group:
        key = (level, shape, examples)
        return self._groups.setdefault(key, _Group(*key))

    def _level(self, node: Node, shape: Shape, examples: int | None) -> int:
        """The first level at which a loop of this shape can use a value."""
        base = base_of(node)
        home = self._homes.get(base)
        if home is None:
            return self._ready.get(base, 0)
        is_same = base is node and (home.shape, home.examples) == (shape, examples)
        return home.level if is_same else home.level + 1

    def _value(
        self, node: Node, group: _Group, positions: Sequence[int | None] | None = None
    ) -> Scalar:
        """A value in a loop: computed there, a number, or read.

        Its axes are the loops at these positions; by default, the last ones.
        """
        if positions is None:
            positions = range(len(group.shape) - node.ndim, len(group.shape))
        if node in group.values and list(positions) == list(range(len(group.shape))):
            return group.values[node]
        direct = leaf(node)
        if direct is not None:
            return direct
        base = base_of(node)
        scalar = leaf(base)
        if scalar is not None:
            return scalar
        view = moved_to(seen(node, self._stored(base)), node.shape, positions, group.shape)
        view = self._of_copy(view, base, group.examples)
        if view not in group.reads:
            group.reads[view] = Scalar("read", (), node.dtype, view)
        return group.reads[view]

    def _of_copy(self, view: View, base: Node, examples: int | None) -> View:
        """The view of data with short rows from a copy that is rearranged.

        A copy holds a tile: who reads other examples than those at hand reads the data.
        """
        if base not in self._rearranged:
            return view
        along = None if examples is None else view.axes[examples]
        is_at_hand = not self._is_tiled or along == AxisOf(self._split.axes[base])
        return replace(view, buffer=self._copy(base)) if is_at_hand else view

    def _copy(self, base: Node) -> Buffer:
        """Data with short rows, rearranged."""
        if base not in self._copies:
            examples = self._split.axes[base]
            tiled = self._tiled(base)
            copy = Buffer(base.dtype, base.shape, tiled, is_local=True, last=examples)
            self._copies[base] = copy
            self._bindings.append(Binding(copy, base, "copy"))
            read = Scalar("read", (), base.dtype, whole(self._stored(base)))
            write = Write(whole(copy), read)
            self._loops.append((0, 0, Map(base.shape, tiled, (write,), (), examples)))
        return self._copies[base]

    def _stored(self, base: Node) -> Buffer:
        """The buffer of a value; one that a loop computes is written to it."""
        if base not in self._buffers:
            if base in self._own:
                is_local = base not in self._kept
                tiled = self._tiled(base)
                last = lane_axis(base.shape, self._split.axes.get(base)) if is_local else None
                buffer = Buffer(base.dtype, base.shape, tiled, is_local, last)
                is_fold = base in self._split.folds and self._is_tiled
                role: Role = "fold" if is_fold else "local" if is_local else "result"
                if is_fold:
                    buffer = Buffer(base.dtype, base.shape)
            else:
                buffer, role = Buffer(base.dtype, base.shape, self._split.axes.get(base)), "read"
            self._buffers[base] = buffer
            self._bindings.append(Binding(buffer, base, role))
        buffer = self._buffers[base]
        home = self._homes.get(base)
        if home is not None and base not in self._written:
            self._written.add(base)
            home.writes.append(Write(whole(buffer), home.values[base]))
        return buffer

    def _map(self, node: Node) -> None:
        examples = self._split.axes.get(node)
        level = max(self._level(x, node.shape, examples) for x in node.operands)
        group = self._group(level, node.shape, examples)
        value = body(node, [self._value(x, group) for x in node.operands])
        assert value is not None
        group.values[node] = value
        self._homes[node] = group

    def _fold(self, node: Node) -> None:
        (x,) = node.operands
        examples = self._split.axes.get(x)
        level = self._level(x, x.shape, examples)
        group = self._group(level, x.shape, examples)
        value = as_dtype(self._value(x, group), node.dtype)
        folded = node.attribute("axis")
        buffer = self._stored(node)
        own = iter(range(len(buffer.shape)))
        axes: list[AxisOf | None] = []
        for axis in range(x.ndim):
            if axis in folded:
                axes.append(None)
                if node.attribute("keepdims"):
                    next(own)
            else:
                axes.append(AxisOf(next(own)))
        kind = cast("FoldKind", node.op.name)
        goes_on = node in self._split.folds and self._is_tiled
        group.folds.append(Fold(kind, value, folded, View(buffer, tuple(axes)), goes_on))
        self._ready[node] = level + 1

    def _filled(self, level: int, buffer: Buffer, value: float) -> None:
        """The buffer begins with one number everywhere."""
        write = Write(whole(buffer), number(value, buffer.dtype))
        self._loops.append((level, 0, Map(buffer.shape, buffer.tiled, (write,), ())))

    def _after(self, node: Node) -> int:
        """The first level at which all of a value can be read."""
        home = self._homes.get(base_of(node))
        return self._ready.get(base_of(node), 0) if home is None else home.level + 1

    def _gather(self, node: Node) -> None:
        """A read at places that are values."""
        at = placement(node)
        x, *arrays = node.operands
        examples = self._split.axes.get(node)
        waits = [self._level(arrays[number], node.shape, examples) for _, number in at.given]
        group = self._group(max([self._after(x), *waits]), node.shape, examples)
        places = self._places(arrays, at, group)
        value = leaf(base_of(x))
        if value is None:
            view = seen(x, self._stored(base_of(x)))
            self._ranges |= dict.fromkeys(given_ranges(view, at))
            value = Scalar("read", places, x.dtype, entries_of(view, at))
        group.values[node] = value
        self._homes[node] = group

    def _scatter(self, node: Node) -> None:
        at = placement(node)
        if node not in self._split.folds and is_spread_out(at):
            self._spread_out(node, at)
        else:
            self._added_up(node, at)

    def _spread_out(self, node: Node, at: Placement) -> None:
        """Every entry of the result is one of those that are given, or 0."""
        g, *arrays = node.operands
        waits = [self._after(arrays[number]) for _, number in at.given]
        group = self._group(max([self._after(g), *waits]), node.shape, self._split.axes.get(node))
        positions = [at.array_axis(axis) for axis in range(len(at.entries))]
        is_there = number(True, np.dtype(bool))
        for axis, way in enumerate(at.ways):
            if isinstance(way, Given):
                place = self._place(arrays[way.number], at, way.number, axis, group, positions)
                is_there = is_there & same(counter(axis), place)
            elif not isinstance(way, Along):
                is_there = is_there & same(counter(axis), length_of(way))
        value = as_dtype(self._value(g, group, positions), node.dtype)
        # 0 is what the entry is added to.
        group.values[node] = select(is_there, number(0, node.dtype) + value, 0)
        self._homes[node] = group

    def _added_up(self, node: Node, at: Placement) -> None:
        """Entries that name the same place are added up in their order."""
        g, *arrays = node.operands
        examples, _ = entries_axis(node, self._split.axes)
        waits = [self._level(arrays[number], g.shape, examples) for _, number in at.given]
        level = max([self._level(g, g.shape, examples), *waits])
        group = self._group(level, g.shape, examples)
        value = as_dtype(self._value(g, group), node.dtype)
        places = self._places(arrays, at, group)
        buffer = self._stored(node)
        self._ranges |= dict.fromkeys(given_ranges(whole(buffer), at))
        target = entries_of(whole(buffer), at)
        group.folds.append(Fold("sum", value, (), target, True, places))
        if not (node in self._split.folds and self._is_tiled):
            self._filled(level, buffer, 0)
        self._ready[node] = level + 1

    def _places(self, arrays: Sequence[Node], at: Placement, group: _Group) -> tuple[Scalar, ...]:
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
        group: _Group,
        positions: Sequence[int | None],
    ) -> Scalar:
        """The place that an array names along an axis; `positions` are the loops of the entries."""
        length = at.shape[axis]
        self._check(same_entries(array), length)
        loops = [positions[entry] for entry in at.axes[number]]
        return within(self._value(array, group, loops), length)[0]

    def _check(self, array: Node, length: Dim) -> None:
        """Have it seen whether an index array names no place of an axis."""
        if (array, length) in self._checked or is_known_within(array, length):
            return
        self._checked.add((array, length))
        if self._flag is None:
            self._flag = Buffer(np.dtype(bool), ())
            self._bindings.append(Binding(self._flag, array, "flag"))
        examples = self._split.axes.get(array)
        group = self._group(self._level(array, array.shape, examples), array.shape, examples)
        is_outside = within(self._value(array, group), length)[1]
        target = View(self._flag, (None,) * array.ndim)
        group.folds.append(Fold("any", is_outside, tuple(range(array.ndim)), target, True))

    def _scan(self, node: Node) -> None:
        tiled = self._tiled(node)
        level = max(self._after(x) for x in node.operands)
        reading = _Group(level, node.shape, self._split.axes.get(node))
        wanted = node.op.dtypes(*(x.dtype for x in node.operands), **dict(node.attributes))
        given = [
            as_dtype(self._value(x, reading), dtype)
            for x, dtype in zip(node.operands, wanted, strict=False)
        ]
        buffer = self._stored(node)
        self._loops.append((level, 1, scan_of(node, given, tiled, whole(buffer))))
        self._ready[node] = level + 1

    def _parts(self, node: Node) -> None:
        """Arrays written side by side, or among zeros."""
        buffer = self._stored(node)
        examples = self._split.axes.get(node)
        last = 0
        for x, view in parts_of(node, buffer):
            own = next(
                (i for i, along in enumerate(view.axes) if along and along.axis == examples), None
            )
            last = self._level(x, x.shape, own)
            group = self._group(last, x.shape, own)
            group.writes.append(Write(view, as_dtype(self._value(x, group), node.dtype)))
            self._ready[node] = max(self._ready.get(node, 0), last + 1)
        if node.op.name == "put":
            self._filled(last, buffer, 0)

    def _product(self, node: Node) -> None:
        a, b = node.operands
        level = max(self._level(x, (), None) for x in (a, b))
        is_fold = node in self._split.folds and self._is_tiled
        tiled: int | None = None
        if is_fold:
            tiled = 2
        elif self._is_tiled and node in self._split.axes:
            tiled = 0 if self._split.axes[node] == 0 and a.ndim == 2 else 1
        left_axis, right_axis = _EXAMPLES_AXES[tiled]
        left = self._of_copy(self._matrix(a, is_row=True), base_of(a), left_axis)
        right = self._of_copy(self._matrix(b, is_row=False), base_of(b), right_axis)
        result = self._matrix(node, is_row=True)
        if node.ndim == 1 and a.ndim == 2:
            result = View(result.buffer, (result.axes[1], None), result.fixed)
        rows: Dim = a.shape[0] if a.ndim == 2 else 1
        columns: Dim = b.shape[1] if b.ndim == 2 else 1
        product = Product(rows, columns, a.shape[-1], tiled, left, right, result, is_fold)
        self._loops.append((level, 1, product))
        self._ready[node] = level + 1

    def _matrix(self, node: Node, *, is_row: bool) -> View:
        """The value as a matrix: a vector is a row on the left, a column on the right."""
        view = seen(node, self._stored(base_of(node)))
        if node.ndim == 2:
            return view
        axes = (None, *view.axes) if is_row else (*view.axes, None)
        return View(view.buffer, (None,) * (2 - len(axes)) + axes, view.fixed)
