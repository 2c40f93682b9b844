"""From the nodes of one phase to a kernel."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from kobai.graph import Node
from kobai.lower.draft import Binding, Draft
from kobai.lower.indexed import Indexed
from kobai.lower.layout import lane_axis
from kobai.lower.loops import (
    AxisOf,
    Fold,
    FoldKind,
    Kernel,
    Loop,
    Map,
    Product,
    View,
)
from kobai.lower.native import body
from kobai.lower.ranges import Range, ranges_of, sizes_of
from kobai.lower.views import base_of, seen
from kobai.scalars import Scalar
from kobai.scalars import cast as as_dtype
from kobai.sizes import Dim, Size
from kobai.splitting import Split

Entry: TypeAlias = Callable[[Node, Sequence[Scalar]], Scalar | None]

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
class Lowered:
    """A kernel, which value each of its buffers holds, and what has to hold of the lengths."""

    kernel: Kernel
    bindings: tuple[Binding, ...]
    ranges: tuple[Range, ...]


class Lowering:
    """The loops of one phase.

    Args:
        nodes: what is computed, operands before users.
        kept: those of them whose values are asked for after it.
        split: where the examples are.
        is_tiled: whether the phase is a pass over the examples.
        entry: what a map does to one entry, from its node and its operands' entries.
        asks: whether a scatter may ask for each entry which one it is; else it adds where it is.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        kept: Collection[Node],
        split: Split,
        *,
        is_tiled: bool,
        entry: Entry = body,
        asks: bool = True,
    ) -> None:
        self._entry = entry
        self._draft = Draft(nodes, kept, split, is_tiled=is_tiled)
        self._indexed = Indexed(self._draft, asks=asks)

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
                    self._indexed.scan(node)
                case _ if node.op.name == "gather":
                    self._indexed.gather(node)
                case _ if node.op.name == "scatter":
                    self._indexed.scatter(node)
                case _ if node.op.name in ("concatenate", "put"):
                    self._indexed.parts(node)
                case _:
                    pass  # a view is read where it is used
        # In the order of the nodes: the code of a graph is the same in every process.
        for node in nodes:
            if node in self._draft.kept and node in self._draft.homes:
                self._draft.stored(node)
        loops: list[tuple[int, int, Loop]] = list(self._draft.loops)
        for group in self._draft.groups.values():
            folds, writes = tuple(group.folds), tuple(group.writes)
            if folds or writes:
                tiled = group.examples if self._draft.is_tiled else None
                lanes = lane_axis(group.shape, group.examples)
                loops.append((group.level, 1, Map(group.shape, tiled, writes, folds, lanes)))
        ordered = tuple(loop for *_, loop in sorted(loops, key=lambda entry: entry[:2]))
        buffers = tuple(binding.buffer for binding in self._draft.bindings)
        symbols = sorted({name for size in sizes_of(ordered, buffers) for name in size.symbols})
        examples = self._examples(nodes) if self._draft.is_tiled else None
        if isinstance(examples, Size):
            symbols = sorted({*symbols, *examples.symbols})
        kernel = Kernel(buffers, tuple(symbols), ordered, examples)
        ranges = tuple(self._draft.ranges | dict.fromkeys(ranges_of(ordered)))
        return Lowered(kernel, tuple(self._draft.bindings), ranges)

    def _examples(self, nodes: Sequence[Node]) -> Dim:
        node = next(n for n in nodes if n in self._draft.split.axes or n in self._draft.split.folds)
        carrier = node if node in self._draft.split.axes else self._carrier(node)
        return carrier.shape[self._draft.split.axes[carrier]]

    def _carrier(self, fold: Node) -> Node:
        return next(x for x in fold.operands if x in self._draft.split.axes)

    def _map(self, node: Node) -> None:
        examples = self._draft.examples(node)
        level = max(self._draft.level(x, node.shape, examples) for x in node.operands)
        group = self._draft.group(level, node.shape, examples)
        value = self._entry(node, [self._draft.value(x, group) for x in node.operands])
        assert value is not None
        group.values[node] = value
        self._draft.homes[node] = group

    def _fold(self, node: Node) -> None:
        (x,) = node.operands
        examples = self._draft.examples(x)
        level = self._draft.level(x, x.shape, examples)
        group = self._draft.group(level, x.shape, examples)
        value = as_dtype(self._draft.value(x, group), node.dtype)
        folded = node.attribute("axis")
        buffer = self._draft.stored(node)
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
        goes_on = self._draft.is_fold(node)
        group.folds.append(Fold(kind, value, folded, View(buffer, tuple(axes)), goes_on))
        self._draft.ready[node] = level + 1

    def _product(self, node: Node) -> None:
        a, b = node.operands
        level = max(self._draft.level(x, (), None) for x in (a, b))
        is_fold = self._draft.is_fold(node)
        tiled: int | None = None
        if is_fold:
            tiled = 2
        elif self._draft.is_tiled and node in self._draft.split.axes:
            tiled = 0 if self._draft.split.axes[node] == 0 and a.ndim == 2 else 1
        left_axis, right_axis = _EXAMPLES_AXES[tiled]
        left = self._draft.of_copy(self._matrix(a, is_row=True), base_of(a), left_axis)
        right = self._draft.of_copy(self._matrix(b, is_row=False), base_of(b), right_axis)
        result = self._matrix(node, is_row=True)
        if node.ndim == 1 and a.ndim == 2:
            result = View(result.buffer, (result.axes[1], None), result.fixed)
        rows: Dim = a.shape[0] if a.ndim == 2 else 1
        columns: Dim = b.shape[1] if b.ndim == 2 else 1
        product = Product(rows, columns, a.shape[-1], tiled, left, right, result, is_fold)
        self._draft.loops.append((level, 1, product))
        self._draft.ready[node] = level + 1

    def _matrix(self, node: Node, *, is_row: bool) -> View:
        """The value as a matrix: a vector is a row on the left, a column on the right."""
        view = seen(node, self._draft.stored(base_of(node)))
        if node.ndim == 2:
            return view
        axes = (None, *view.axes) if is_row else (*view.axes, None)
        return View(view.buffer, (None,) * (2 - len(axes)) + axes, view.fixed)
