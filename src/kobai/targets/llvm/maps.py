"""One expression for every entry of a shape, with folds: loops whose innermost runs over vectors.

A fold adds up in as many lanes as the dtype has, then the lanes in halves, then what is left over:
its order depends on the lengths alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from llvmlite import ir

from kobai.graph import AnyDType
from kobai.lower.loops import Fold, FoldKind, Map, start_of
from kobai.scalars import Scalar
from kobai.sizes import Dim
from kobai.targets.llvm.expressions import Expressions, constant, splat, wide
from kobai.targets.llvm.memory import COUNT, INDEX, Memory, Place, symbol

# Bytes of a vector: two registers of AVX2, one of AVX-512, four of NEON.
VECTOR_BYTES = 64
# Rounds of a loop that are written out one after the other.
MOST_WRITTEN_OUT = 2


@dataclass(frozen=True)
class _Folding:
    """A fold in loops that may have been joined."""

    fold: Fold
    place: Place
    depth: int


class MapEmitter:
    """The loops of one map."""

    def __init__(self, memory: Memory, loop: Map, entry: ir.Block) -> None:
        self._memory = memory
        self._builder = memory.builder
        self._entry = entry
        self._loop = loop
        self._values = [w.value for w in loop.writes] + [f.value for f in loop.folds]
        self._order = _ordered(self._values)
        reads = [scalar for scalar in self._order if scalar.instruction == "read"]
        views = [r.label for r in reads] + [w.view for w in loop.writes]
        views += [fold.target for fold in loop.folds]
        places = [memory.place(view, loop.tiled) for view in views]
        lengths = [
            symbol(COUNT) if axis == loop.tiled else length
            for axis, length in enumerate(loop.shape)
        ]
        axes = [fold.axes for fold in loop.folds]
        self._lengths, joined, folded = _joined(lengths, places, axes)
        count = len(reads)
        self._reads = dict(zip(reads, joined[:count], strict=True))
        written = joined[count : count + len(loop.writes)]
        self._writes = list(zip(loop.writes, written, strict=True))
        targets = joined[count + len(loop.writes) :]
        self._folds = [
            _Folding(fold, place, _depth(reduced, len(self._lengths)))
            for fold, place, reduced in zip(loop.folds, targets, folded, strict=True)
        ]
        dtypes = [scalar.dtype for scalar in self._order if scalar.dtype.kind == "f"]
        widest = max((dtype.itemsize for dtype in dtypes), default=8)
        self._lanes = VECTOR_BYTES // widest

    def emit(self) -> None:
        self._nest(0, [])

    def _nest(self, depth: int, indices: list[ir.Value]) -> None:
        """The loops from this depth on."""
        own = [f for f in self._folds if f.depth == depth]
        sums = {f: self._accumulators(f) for f in own}
        if depth == 0:
            self._sums: dict[_Folding, tuple[ir.Value, ir.Value]] = {}
        self._sums.update(sums)
        if depth == len(self._lengths):
            self._body(indices, 1, {})
        elif depth == len(self._lengths) - 1:
            self._innermost(indices)
        else:
            length = self._memory.length(self._lengths[depth])
            counted(
                self._builder,
                ir.Constant(INDEX, 0),
                length,
                1,
                lambda index: self._nest(depth + 1, [*indices, index]),
            )
        for folding in own:
            self._finish(folding, indices)

    def _innermost(self, indices: list[ir.Value]) -> None:
        b = self._builder
        zero = ir.Constant(INDEX, 0)
        outer = Expressions(b, 1, lambda scalar: self._leaf(scalar, [*indices, zero], 1), {})
        hoisted: dict[Scalar, ir.Value] = {}
        varying = self._varying()
        for scalar in self._order:
            if scalar not in varying and scalar.instruction != "number":
                hoisted[scalar] = outer.value(scalar)

        def visit(start: ir.Value, stop: ir.Value, lanes: int) -> None:
            known = {scalar: splat(b, value, lanes) for scalar, value in hoisted.items()}
            counted(
                b, start, stop, lanes, lambda index: self._body([*indices, index], lanes, known)
            )

        for stretch in stretches(self._memory, self._lengths[-1], self._lanes):
            visit(*stretch)

    def _varying(self) -> set[Scalar]:
        """The scalars that change along the innermost loop."""
        found: set[Scalar] = set()
        for scalar in self._order:
            if scalar.instruction == "read":
                if self._reads[scalar].steps[-1] != 0:
                    found.add(scalar)
            elif any(x in found for x in scalar.operands):
                found.add(scalar)
        return found

    def _leaf(self, scalar: Scalar, indices: Sequence[ir.Value], lanes: int) -> ir.Value:
        memory = self._memory
        if scalar.instruction == "size":
            whole = memory.length(scalar.label)
            kind = wide(scalar.dtype, 1)
            is_float = scalar.dtype.kind == "f"
            value = self._builder.sitofp(whole, kind) if is_float else whole
            return splat(self._builder, value, lanes)
        place = self._reads[scalar]
        address = memory.address(place, indices)
        step = place.steps[-1] if place.steps else 0
        return memory.load(address, place.buffer.dtype, lanes, step)

    def _body(self, indices: list[ir.Value], lanes: int, known: dict[Scalar, ir.Value]) -> None:
        memory = self._memory
        values = Expressions(
            self._builder, lanes, lambda scalar: self._leaf(scalar, indices, lanes), known
        )
        computed = [values.value(scalar) for scalar in self._values]
        # All is read before anything is written: a loop may fold into what it has read.
        for (write, place), value in zip(self._writes, computed, strict=False):
            step = place.steps[-1] if place.steps else 0
            address = memory.address(place, indices)
            memory.store(value, address, write.value.dtype, lanes, step)
        for folding, value in zip(self._folds, computed[len(self._writes) :], strict=True):
            fold, dtype = folding.fold, folding.fold.value.dtype
            if folding.depth < len(self._lengths):
                is_rest = lanes < self._lanes
                accumulator = self._sums[folding][is_rest]
                before = self._builder.load(accumulator)
                last = self._in_one(fold.kind, dtype, value, lanes) if is_rest else value
                after = combined(self._builder, fold.kind, dtype, before, last)
                self._builder.store(after, accumulator)
            else:
                step = folding.place.steps[-1]
                address = memory.address(folding.place, indices)
                before = memory.load(address, dtype, lanes, step)
                after = combined(self._builder, fold.kind, dtype, before, value)
                memory.store(after, address, dtype, lanes, step)

    def _accumulators(self, folding: _Folding) -> tuple[ir.Value, ir.Value]:
        """What is folded in vectors, and what is left over of them."""
        dtype = folding.fold.value.dtype
        start = start_of(folding.fold.kind, dtype)
        found = []
        for lanes in (self._lanes, 1):
            with self._builder.goto_block(self._entry):
                place = self._builder.alloca(wide(dtype, lanes))
            self._builder.store(constant(start, dtype, lanes), place)
            found.append(place)
        return found[0], found[1]

    def _in_one(self, kind: FoldKind, dtype: AnyDType, value: ir.Value, lanes: int) -> ir.Value:
        """The lanes of a vector folded, in halves."""
        while lanes > 1:
            lanes //= 2
            value = combined(self._builder, kind, dtype, *halves(self._builder, value, lanes))
        return value

    def _finish(self, folding: _Folding, indices: list[ir.Value]) -> None:
        """The lanes in halves, what is left over, and what the target holds already."""
        b, memory = self._builder, self._memory
        kind, dtype = folding.fold.kind, folding.fold.value.dtype
        vector, rest = self._sums[folding]
        value = self._in_one(kind, dtype, b.load(vector), self._lanes)
        value = combined(b, kind, dtype, value, b.load(rest))
        zeros = [ir.Constant(INDEX, 0)] * (len(self._lengths) - len(indices))
        address = memory.address(folding.place, [*indices, *zeros])
        before = memory.load(address, dtype, 1, 1)
        memory.store(combined(b, kind, dtype, before, value), address, dtype, 1, 1)


def stretches(memory: Memory, length: Dim, lanes: int) -> list[tuple[ir.Value, ir.Value, int]]:
    """A loop as stretches, each with the lanes of its vectors: what is left over has fewer."""
    if not isinstance(length, int):
        whole = memory.length(length)
        main = memory.builder.and_(whole, ir.Constant(INDEX, -lanes))
        return [(ir.Constant(INDEX, 0), main, lanes), (main, whole, 1)]
    found: list[tuple[ir.Value, ir.Value, int]] = []
    start = 0
    while start < length:
        stop = start + (length - start) // lanes * lanes
        if stop > start:
            found.append((ir.Constant(INDEX, start), ir.Constant(INDEX, stop), lanes))
        start, lanes = stop, lanes // 2
    return found


def counted(
    builder: ir.IRBuilder,
    start: ir.Value,
    stop: ir.Value,
    step: int,
    body: Callable[[ir.Value], None],
) -> None:
    """`for index in range(start, stop, step)`; written out where it runs once or twice."""
    if isinstance(start, ir.Constant) and isinstance(stop, ir.Constant):
        indices = range(start.constant, stop.constant, step)
        if len(indices) <= MOST_WRITTEN_OUT:
            for number in indices:
                body(ir.Constant(INDEX, number))
            return
    before = builder.block
    head = builder.append_basic_block("head")
    inside = builder.append_basic_block("body")
    after = builder.append_basic_block("after")
    builder.branch(head)
    builder.position_at_end(head)
    index = builder.phi(INDEX)
    index.add_incoming(start, before)
    builder.cbranch(builder.icmp_signed("<", index, stop), inside, after)
    builder.position_at_end(inside)
    body(index)
    following = builder.add(index, ir.Constant(INDEX, step))
    index.add_incoming(following, builder.block)
    builder.branch(head)
    builder.position_at_end(after)


def combined(
    builder: ir.IRBuilder, kind: FoldKind, dtype: AnyDType, before: ir.Value, value: ir.Value
) -> ir.Value:
    """One value more in a fold; nan stays."""
    b = builder
    is_float = dtype.kind == "f"
    match kind:
        case "sum":
            return b.fadd(before, value) if is_float else b.add(before, value)
        case "any":
            return b.or_(before, value)
        case "all":
            return b.and_(before, value)
        case "max" | "min":
            order = ">" if kind == "max" else "<"
            if not is_float:
                compare = b.icmp_unsigned if dtype == np.dtype(bool) else b.icmp_signed
                return b.select(compare(order, before, value), before, value)
            wins = b.fcmp_ordered(order, before, value)
            is_nan = b.fcmp_unordered("uno", before, before)
            return b.select(b.or_(wins, is_nan), before, value)


def halves(builder: ir.IRBuilder, value: ir.Value, lanes: int) -> tuple[ir.Value, ir.Value]:
    if lanes == 1:
        places = [ir.Constant(ir.IntType(32), lane) for lane in (0, 1)]
        first, second = (builder.extract_element(value, place) for place in places)
        return first, second
    nothing = ir.Constant(value.type, ir.Undefined)
    kind = ir.VectorType(ir.IntType(32), lanes)
    low = ir.Constant(kind, list(range(lanes)))
    high = ir.Constant(kind, list(range(lanes, 2 * lanes)))
    return (
        builder.shuffle_vector(value, nothing, low),
        builder.shuffle_vector(value, nothing, high),
    )


def _ordered(values: Sequence[Scalar]) -> list[Scalar]:
    """All scalars that these are made of, operands first."""
    found: dict[Scalar, None] = {}
    stack = list(reversed(values))
    while stack:
        scalar = stack[-1]
        missing = [x for x in scalar.operands if x not in found]
        if missing and scalar not in found:
            stack.extend(missing)
            continue
        stack.pop()
        found.setdefault(scalar)
    return list(found)


def _joined(
    lengths: list[Dim], places: list[Place], folded: list[tuple[int, ...]]
) -> tuple[list[Dim], list[Place], list[list[bool]]]:
    """Two loops that walk through memory as one are one."""
    groups = [[axis] for axis in range(len(lengths))]
    merged: list[list[int]] = groups[:1]
    for (before,), (axis,) in pairwise(groups):
        is_one = all(_walks_on(place, before, axis, lengths[axis]) for place in places)
        if is_one and all((before in axes) == (axis in axes) for axes in folded):
            merged[-1].append(axis)
        else:
            merged.append([axis])
    new: list[Dim] = []
    for group in merged:
        length: Dim = 1
        for axis in group:
            length = length * lengths[axis]
        new.append(length)
    return (
        new,
        [Place(p.buffer, p.start, tuple(p.steps[group[-1]] for group in merged)) for p in places],
        [[group[0] in axes for group in merged] for axes in folded],
    )


def _walks_on(place: Place, before: int, axis: int, length: Dim) -> bool:
    return bool(place.steps[before] == place.steps[axis] * length)


def _depth(reduced: list[bool], loops: int) -> int:
    """The outermost loop from which on all are folded."""
    depth = loops
    while depth and reduced[depth - 1]:
        depth -= 1
    return depth
