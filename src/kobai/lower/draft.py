"""The loops of a phase in the making: what has the same shape and is ready together shares one.

Each value has a level: one more than the values that it has to wait for. A map waits for none of
the maps of its own shape, with which it shares a loop; it waits for folds, for products, and for
values of other shapes, which are read from memory. So a value is stored only if another loop reads
it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from kobai.graph import Node
from kobai.lower.layout import lane_axis, rearranged
from kobai.lower.loops import AxisOf, Buffer, Fold, Loop, Map, View, Write
from kobai.lower.native import leaf
from kobai.lower.places import moved_to
from kobai.lower.ranges import Range
from kobai.lower.views import base_of, seen, whole
from kobai.scalars import Scalar, number
from kobai.sizes import Shape
from kobai.splitting import Split

Role = Literal["read", "result", "fold", "local", "copy", "flag"]


@dataclass(frozen=True)
class Binding:
    """What a buffer of a kernel holds: the value of a node, or whether an index is no place."""

    buffer: Buffer
    node: Node
    role: Role


@dataclass(eq=False)
class Group:
    """A loop in the making."""

    level: int
    shape: Shape
    examples: int | None
    values: dict[Node, Scalar] = field(default_factory=dict)
    reads: dict[View, Scalar] = field(default_factory=dict)
    writes: list[Write] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)


class Draft:
    """The loops of one phase, as far as they are there.

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
        self.kept = frozenset(kept)
        self.split = split
        self.is_tiled = is_tiled
        read = {base_of(x) for node in nodes for x in node.operands} - self._own
        self._rearranged = rearranged(nodes, split.axes, read)
        self.groups: dict[tuple[int, Shape, int | None], Group] = {}
        self.homes: dict[Node, Group] = {}
        self.ready: dict[Node, int] = {}
        self._buffers: dict[Node, Buffer] = {}
        self.bindings: list[Binding] = []
        self.loops: list[tuple[int, int, Loop]] = []
        self._copies: dict[Node, Buffer] = {}
        self._written: set[Node] = set()
        self.ranges: dict[Range, None] = {}

    def examples(self, node: Node) -> int | None:
        """The axis of the examples."""
        return self.split.axes.get(node)

    def is_fold(self, node: Node) -> bool:
        """Whether each part of a pass folds its examples into a value."""
        return self.is_tiled and node in self.split.folds

    def tiled(self, node: Node) -> int | None:
        """The axis of the examples, in a pass over them."""
        return self.examples(node) if self.is_tiled else None

    def group(self, level: int, shape: Shape, examples: int | None) -> Group:
        key = (level, shape, examples)
        return self.groups.setdefault(key, Group(*key))

    def level(self, node: Node, shape: Shape, examples: int | None) -> int:
        """The first level at which a loop of this shape can use a value."""
        base = base_of(node)
        home = self.homes.get(base)
        if home is None:
            return self.ready.get(base, 0)
        is_same = base is node and (home.shape, home.examples) == (shape, examples)
        return home.level if is_same else home.level + 1

    def after(self, node: Node) -> int:
        """The first level at which all of a value can be read."""
        home = self.homes.get(base_of(node))
        return self.ready.get(base_of(node), 0) if home is None else home.level + 1

    def value(
        self, node: Node, group: Group, positions: Sequence[int | None] | None = None
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
        view = moved_to(seen(node, self.stored(base)), node.shape, positions, group.shape)
        view = self.of_copy(view, base, group.examples)
        if view not in group.reads:
            group.reads[view] = Scalar("read", (), node.dtype, view)
        return group.reads[view]

    def of_copy(self, view: View, base: Node, examples: int | None) -> View:
        """The view of data with short rows from a copy that is rearranged.

        A copy holds a tile: who reads other examples than those at hand reads the data.
        """
        if base not in self._rearranged:
            return view
        along = None if examples is None else view.axes[examples]
        is_at_hand = not self.is_tiled or along == AxisOf(self.split.axes[base])
        return replace(view, buffer=self._copy(base)) if is_at_hand else view

    def _copy(self, base: Node) -> Buffer:
        """Data with short rows, rearranged."""
        if base not in self._copies:
            examples = self.split.axes[base]
            tiled = self.tiled(base)
            copy = Buffer(base.dtype, base.shape, tiled, is_local=True, last=examples)
            self._copies[base] = copy
            self.bindings.append(Binding(copy, base, "copy"))
            read = Scalar("read", (), base.dtype, whole(self.stored(base)))
            write = Write(whole(copy), read)
            self.loops.append((0, 0, Map(base.shape, tiled, (write,), (), examples)))
        return self._copies[base]

    def stored(self, base: Node) -> Buffer:
        """The buffer of a value; one that a loop computes is written to it."""
        if base not in self._buffers:
            if base in self._own:
                is_local = base not in self.kept
                tiled = self.tiled(base)
                last = lane_axis(base.shape, self.examples(base)) if is_local else None
                buffer = Buffer(base.dtype, base.shape, tiled, is_local, last)
                is_fold = self.is_fold(base)
                role: Role = "fold" if is_fold else "local" if is_local else "result"
                if is_fold:
                    buffer = Buffer(base.dtype, base.shape)
            else:
                buffer, role = Buffer(base.dtype, base.shape, self.examples(base)), "read"
            self._buffers[base] = buffer
            self.bindings.append(Binding(buffer, base, role))
        buffer = self._buffers[base]
        home = self.homes.get(base)
        if home is not None and base not in self._written:
            self._written.add(base)
            home.writes.append(Write(whole(buffer), home.values[base]))
        return buffer

    def filled(self, level: int, buffer: Buffer, value: float) -> None:
        """The buffer begins with one number everywhere."""
        write = Write(whole(buffer), number(value, buffer.dtype))
        self.loops.append((level, 0, Map(buffer.shape, buffer.tiled, (write,), ())))
