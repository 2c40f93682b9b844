"""From the nodes of one phase to loops: what has the same shape and is ready together shares one.

Each value has a level: one more than the values that it has to wait for. A map waits for none of
the maps of its own shape, with which it shares a loop; it waits for folds, for products, and for
values of other shapes, which are read from memory. So a value is stored only if another loop reads
it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, cast

import numpy as np

from kobai.graph import CONSTANT, SIZE, AnyDType, Node
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
from kobai.lower.views import base_of, is_view, seen, spread, whole
from kobai.scalars import CALLS, Scalar, number
from kobai.scalars import cast as as_dtype
from kobai.sizes import Dim, Shape, Size
from kobai.splitting import FOLDS, Split

Role = Literal["read", "result", "fold", "local"]
DTYPES = frozenset(map(np.dtype, ("float64", "float32", "int64", "int32", "bool")))


class LengthsError(ValueError):
    """Arrays whose lengths are not those that a program was written for."""


@dataclass(frozen=True)
class Binding:
    """What a buffer of a kernel holds: the value of a node."""

    buffer: Buffer
    node: Node
    role: Role


@dataclass(frozen=True)
class Range:
    """Places that a loop visits along an axis: they have to lie within its length."""

    first: Dim
    last: Dim
    length: Dim


@dataclass(frozen=True)
class Lowered:
    """A kernel, which value each of its buffers holds, and what has to hold of the lengths."""

    kernel: Kernel
    bindings: tuple[Binding, ...]
    ranges: tuple[Range, ...]


def is_native(node: Node) -> bool:
    """Whether a node's value can be computed by loops."""
    if any(x.dtype not in DTYPES for x in (node, *node.operands)):
        return False
    match node.op.kind:
        case "leaf":
            return True
        case "map":
            return node.op.body is not None and _is_computable(_tried(node))
        case "reduce":
            return node.op.name in FOLDS and bool(node.attribute("axis"))
        case "contract":
            is_flat = all(x.ndim <= 2 for x in node.operands)
            return node.op.name == "matmul" and node.dtype.kind == "f" and is_flat
        case _:
            return is_view(node)


def _tried(node: Node) -> Scalar | None:
    reads = [_leaf(x) or Scalar("read", (), x.dtype) for x in node.operands]
    return _body(node, reads)


def _is_computable(scalar: Scalar | None) -> bool:
    """Whether functions are called on floating numbers alone, and by names that targets know."""
    if scalar is None:
        return False
    stack, seen_already = [scalar], {scalar}
    while stack:
        current = stack.pop()
        if current.instruction == "call":
            if current.dtype.kind != "f" or current.label not in CALLS:
                return False
        elif current.instruction == "div" and current.dtype.kind != "f":
            return False
        fresh = [x for x in current.operands if x not in seen_already]
        seen_already.update(fresh)
        stack.extend(fresh)
    return True


def _leaf(node: Node) -> Scalar | None:
    """A number or a length, which needs no memory."""
    if node.op is CONSTANT and not node.ndim:
        return number(node.attribute("value").item(), node.dtype)
    if node.op is SIZE:
        return Scalar("size", (), node.dtype, node.attribute("size"))
    return None


def _body(node: Node, operands: Sequence[Scalar]) -> Scalar | None:
    attributes = dict(node.attributes)
    wanted = node.op.dtypes(*(x.dtype for x in node.operands), **attributes)
    given = [as_dtype(x, dtype) for x, dtype in zip(operands, wanted, strict=False)]
    assert node.op.body is not None
    value: Scalar | None = node.op.body(*given, **attributes)
    return None if value is None else as_dtype(value, node.dtype)


@dataclass(eq=False)
class _Group:
    """A loop in the making."""

    level: int
    shape: Shape
    tiled: int | None
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
        self._groups: dict[tuple[int, Shape, int | None], _Group] = {}
        self._homes: dict[Node, _Group] = {}
        self._ready: dict[Node, int] = {}
        self._buffers: dict[Node, Buffer] = {}
        self._bindings: list[Binding] = []
        self._loops: list[tuple[int, int, Loop]] = []
        self._written: set[Node] = set()

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
                loops.append((group.level, 1, Map(group.shape, group.tiled, writes, folds)))
        ordered = tuple(loop for *_, loop in sorted(loops, key=lambda entry: entry[:2]))
        buffers = tuple(binding.buffer for binding in self._bindings)
        symbols = sorted({name for size in self._sizes(ordered) for name in size.symbols})
        examples = self._examples(nodes) if self._is_tiled else None
        if isinstance(examples, Size):
            symbols = sorted({*symbols, *examples.symbols})
        kernel = Kernel(buffers, tuple(symbols), ordered, examples)
        return Lowered(kernel, tuple(self._bindings), ranges_of(ordered))

    def _examples(self, nodes: Sequence[Node]) -> Dim:
        node = next(n for n in nodes if n in self._split.axes or n in self._split.folds)
        carrier = node if node in self._split.axes else self._carrier(node)
        return carrier.shape[self._split.axes[carrier]]

    def _carrier(self, fold: Node) -> Node:
        return next(x for x in fold.operands if x in self._split.axes)

    def _sizes(self, loops: Sequence[Loop]) -> list[Size]:
        found: list[Size] = []
        for binding in self._bindings:
            found += [d for d in binding.buffer.shape if isinstance(d, Size)]
        for loop in loops:
            if isinstance(loop, Map):
                found += [d for d in loop.shape if isinstance(d, Size)]
                found += _sizes_in(loop)
            elif isinstance(loop, Product):
                dims = (loop.rows, loop.columns, loop.inner)
                found += [d for d in dims if isinstance(d, Size)]
                found += _sizes_of((loop.a, loop.b, loop.c))
        return found

    def _tiled(self, node: Node) -> int | None:
        """The axis of the examples, in a pass over them."""
        return self._split.axes.get(node) if self._is_tiled else None

    def _group(self, level: int, shape: Shape, tiled: int | None) -> _Group:
        key = (level, shape, tiled)
        return self._groups.setdefault(key, _Group(*key))

    def _level(self, node: Node, shape: Shape, tiled: int | None) -> int:
        """The first level at which a loop of this shape can use a value."""
        base = base_of(node)
        home = self._homes.get(base)
        if home is None:
            return self._ready.get(base, 0)
        is_same = base is node and home.shape == shape and home.tiled == tiled
        return home.level if is_same else home.level + 1

    def _value(self, node: Node, group: _Group) -> Scalar:
        """A value in a loop: computed there, a number, or read."""
        if node in group.values:
            return group.values[node]
        leaf = _leaf(node)
        if leaf is not None:
            return leaf
        base = base_of(node)
        scalar = _leaf(base)
        if scalar is not None:
            return scalar
        view = spread(seen(node, self._stored(base)), len(group.shape))
        # Along an axis of length 1 that is broadcast, the same entry is read again.
        axes = tuple(
            None if size == 1 and length != 1 else axis
            for axis, size, length in zip(
                view.axes,
                (1,) * (len(group.shape) - node.ndim) + node.shape,
                group.shape,
                strict=True,
            )
        )
        view = View(view.buffer, axes, view.fixed + _first(view, axes))
        if view not in group.reads:
            group.reads[view] = Scalar("read", (), node.dtype, view)
        return group.reads[view]

    def _stored(self, base: Node) -> Buffer:
        """The buffer of a value; one that a loop computes is written to it."""
        if base not in self._buffers:
            if base in self._own:
                is_local = base not in self._kept
                tiled = self._tiled(base)
                buffer = Buffer(base.dtype, base.shape, tiled, is_local)
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
        tiled = self._tiled(node)
        level = max(self._level(x, node.shape, tiled) for x in node.operands)
        group = self._group(level, node.shape, tiled)
        value = _body(node, [self._value(x, group) for x in node.operands])
        assert value is not None
        group.values[node] = value
        self._homes[node] = group

    def _fold(self, node: Node) -> None:
        (x,) = node.operands
        tiled = self._tiled(x)
        level = self._level(x, x.shape, tiled)
        group = self._group(level, x.shape, tiled)
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
        group.folds.append(Fold(kind, value, folded, View(buffer, tuple(axes))))
        if not (node in self._split.folds and self._is_tiled):
            self._filled(level, buffer, start_of(kind, node.dtype))
        self._ready[node] = level + 1

    def _filled(self, level: int, buffer: Buffer, value: float) -> None:
        """The buffer begins with one number everywhere."""
        write = Write(whole(buffer), number(value, buffer.dtype))
        self._loops.append((level, 0, Map(buffer.shape, buffer.tiled, (write,), ())))

    def _product(self, node: Node) -> None:
        a, b = node.operands
        level = max(self._level(x, (), None) for x in (a, b))
        left, right = self._matrix(a, is_row=True), self._matrix(b, is_row=False)
        result = self._matrix(node, is_row=True)
        if node.ndim == 1 and a.ndim == 2:
            result = View(result.buffer, (result.axes[1], None), result.fixed)
        rows: Dim = a.shape[0] if a.ndim == 2 else 1
        columns: Dim = b.shape[1] if b.ndim == 2 else 1
        is_fold = node in self._split.folds and self._is_tiled
        tiled: int | None = None
        if is_fold:
            tiled = 2
        elif self._is_tiled and node in self._split.axes:
            tiled = 0 if self._split.axes[node] == 0 and a.ndim == 2 else 1
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
            views = [s.label for s in _scalars_of(loop) if s.instruction == "read"]
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


def _scalars_of(loop: Map) -> list[Scalar]:
    values = [write.value for write in loop.writes] + [fold.value for fold in loop.folds]
    stack, known = list(values), dict.fromkeys(values)
    while stack:
        for x in stack.pop().operands:
            if x not in known:
                known[x] = None
                stack.append(x)
    return list(known)


def start_of(kind: FoldKind, dtype: AnyDType) -> float:
    """What a fold of nothing is."""
    match kind:
        case "max":
            return -np.inf if dtype.kind == "f" else 0 if dtype.kind == "b" else np.iinfo(dtype).min
        case "min":
            return np.inf if dtype.kind == "f" else 1 if dtype.kind == "b" else np.iinfo(dtype).max
        case "all":
            return 1
        case _:
            return 0


def _first(view: View, axes: Sequence[AxisOf | None]) -> tuple[tuple[int, Dim], ...]:
    """The places of the axes that are not walked along any more."""
    pairs = zip(view.axes, axes, strict=True)
    return tuple((old.axis, old.start) for old, new in pairs if old is not None and new is None)


def _sizes_in(loop: Map) -> list[Size]:
    scalars = _scalars_of(loop)
    reads = [scalar.label for scalar in scalars if scalar.instruction == "read"]
    return [s.label for s in scalars if s.instruction == "size"] + _sizes_of(reads)


def _sizes_of(views: Sequence[View]) -> list[Size]:
    starts = [axis.start for view in views for axis in view.axes if axis is not None]
    starts += [place for view in views for _, place in view.fixed]
    return [start for start in starts if isinstance(start, Size)]
