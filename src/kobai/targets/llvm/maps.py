"""One expression for every entry of a shape, with folds: loops of which one runs over vectors.

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
    """A fold in loops that may have been joined.

    Attributes:
        depth: the outermost loop from which on all are folded.
        is_across: whether the loop that runs over vectors is among those folded.
        returns: whether a loop outside of these is folded too: the target is come back to.
    """

    fold: Fold
    place: Place
    depth: int
    is_across: bool
    returns: bool


class MapEmitter:
    """The loops of one map."""

    def __init__(self, memory: Memory, loop: Map, entry: ir.Block) -> None:
        self._memory = memory
        self._builder = memory.builder
        self._entry = entry
        self._values = [w.value for w in loop.writes] + [f.value for f in loop.folds]
        self._order = _ordered(self._values)
        reads = [scalar for scalar in self._order if scalar.instruction == "read"]
        views = [r.label for r in reads] + [w.view for w in loop.writes]
        views += [fold.target for fold in loop.folds]
        nest = _nest_of(loop, [memory.place(view, loop.tiled) for view in views]).joined()
        self._lengths, self._lane = nest.lengths, nest.lane
        count = len(reads)
        self._reads = dict(zip(reads, nest.places[:count], strict=True))
        written = nest.places[count : count + len(loop.writes)]
        self._writes = list(zip(loop.writes, written, strict=True))
        targets = nest.places[count + len(loop.writes) :]
        self._folds = [
            _folding(fold, place, folded, nest.lane)
            for fold, place, folded in zip(loop.folds, targets, nest.folded, strict=True)
        ]
        dtypes = [scalar.dtype for scalar in self._order if scalar.dtype.kind == "f"]
        widest = max((dtype.itemsize for dtype in dtypes), default=8)
        self._lanes = VECTOR_BYTES // widest
        self._sums: dict[_Folding, tuple[ir.Value, ir.Value]] = {}
        self._due = self._depths()

    def emit(self) -> None:
        for folding in self._folds:
            if folding.returns and not folding.fold.goes_on:
                self._fill(folding, 0, [])
        self._nest(0, [], 1, {})

    def _depths(self) -> list[list[Scalar]]:
        """For each loop the scalars that are known before it begins, and not before the last."""
        depths: dict[Scalar, int] = {}
        found: list[list[Scalar]] = [[] for _ in range(len(self._lengths) + 1)]
        for scalar in self._order:
            depth = max((depths[x] for x in scalar.operands), default=0)
            if scalar.instruction == "read":
                steps = self._reads[scalar].steps
                depth = max((loop + 1 for loop, step in enumerate(steps) if step != 0), default=0)
            depths[scalar] = depth
            if scalar.instruction != "number":
                found[depth].append(scalar)
        return found

    def _nest(
        self, depth: int, indices: list[ir.Value], lanes: int, known: dict[Scalar, ir.Value]
    ) -> None:
        """The loops from this depth on, for so many entries side by side."""
        own = [f for f in self._folds if f.depth == depth and not self._is_in_memory(f)]
        self._sums.update({f: self._accumulators(f, lanes) for f in own})
        known = known | self._computed(depth, indices, lanes, known)
        if depth == len(self._lengths):
            self._body(indices, lanes, known)
        elif depth == self._lane:
            for start, stop, width in stretches(self._memory, self._lengths[depth], self._lanes):
                self._loop(depth, indices, (start, stop, width), known)
        else:
            length = self._memory.length(self._lengths[depth])
            self._loop(depth, indices, (ir.Constant(INDEX, 0), length, lanes), known)
        for folding in own:
            self._finish(folding, indices, lanes)

    def _loop(
        self,
        depth: int,
        indices: list[ir.Value],
        stretch: tuple[ir.Value, ir.Value, int],
        known: dict[Scalar, ir.Value],
    ) -> None:
        start, stop, lanes = stretch
        step = 1
        if depth == self._lane:
            step = lanes
            known = {scalar: splat(self._builder, value, lanes) for scalar, value in known.items()}
        counted(
            self._builder,
            start,
            stop,
            step,
            lambda index: self._nest(depth + 1, [*indices, index], lanes, known),
        )

    def _computed(
        self, depth: int, indices: list[ir.Value], lanes: int, known: dict[Scalar, ir.Value]
    ) -> dict[Scalar, ir.Value]:
        """What does not change in the loops from this depth on."""
        zeros = [ir.Constant(INDEX, 0)] * (len(self._lengths) - depth)
        expressions = Expressions(
            self._builder,
            lanes,
            lambda scalar: self._leaf(scalar, [*indices, *zeros], lanes),
            known,
        )
        return {scalar: expressions.value(scalar) for scalar in self._due[depth]}

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
        return memory.load(address, place.buffer.dtype, lanes, self._step(place))

    def _step(self, place: Place) -> Dim:
        """How far apart the entries of a vector are."""
        return place.steps[self._lane] if place.steps else 0

    def _body(self, indices: list[ir.Value], lanes: int, known: dict[Scalar, ir.Value]) -> None:
        memory, b = self._memory, self._builder
        values = Expressions(b, lanes, lambda scalar: self._leaf(scalar, indices, lanes), known)
        computed = [values.value(scalar) for scalar in self._values]
        # All is read before anything is written: a loop may fold into what it has read.
        for (write, place), value in zip(self._writes, computed, strict=False):
            address = memory.address(place, indices)
            memory.store(value, address, write.value.dtype, lanes, self._step(place))
        for folding, value in zip(self._folds, computed[len(self._writes) :], strict=True):
            kind, dtype = folding.fold.kind, folding.fold.value.dtype
            is_rest = folding.is_across and lanes < self._lanes
            if self._is_in_memory(folding):
                width = 1 if folding.is_across else lanes
                last = self._in_one(kind, dtype, value, lanes) if folding.is_across else value
                address = memory.address(folding.place, indices)
                step = self._step(folding.place)
                before = memory.load(address, dtype, width, step)
                memory.store(combined(b, kind, dtype, before, last), address, dtype, width, step)
            else:
                accumulator = self._sums[folding][is_rest]
                last = self._in_one(kind, dtype, value, lanes) if is_rest else value
                b.store(combined(b, kind, dtype, b.load(accumulator), last), accumulator)

    def _is_in_memory(self, folding: _Folding) -> bool:
        """Whether a fold goes on inside of loops that are not folded: its target holds it."""
        return folding.depth == len(self._lengths)

    def _accumulators(self, folding: _Folding, lanes: int) -> tuple[ir.Value, ir.Value]:
        """What is folded in vectors, and what is left over of them."""
        dtype = folding.fold.value.dtype
        start = start_of(folding.fold.kind, dtype)
        found = []
        for width in (self._lanes, 1) if folding.is_across else (lanes, lanes):
            with self._builder.goto_block(self._entry):
                place = self._builder.alloca(wide(dtype, width))
            self._builder.store(constant(start, dtype, width), place)
            found.append(place)
        return found[0], found[1]

    def _in_one(self, kind: FoldKind, dtype: AnyDType, value: ir.Value, lanes: int) -> ir.Value:
        """The lanes of a vector folded, in halves."""
        while lanes > 1:
            lanes //= 2
            value = combined(self._builder, kind, dtype, *halves(self._builder, value, lanes))
        return value

    def _finish(self, folding: _Folding, indices: list[ir.Value], lanes: int) -> None:
        """The lanes in halves, what is left over, and what the target holds already."""
        b, memory = self._builder, self._memory
        kind, dtype = folding.fold.kind, folding.fold.value.dtype
        vector, rest = self._sums[folding]
        value = b.load(vector)
        if folding.is_across:
            value = self._in_one(kind, dtype, value, self._lanes)
            value = combined(b, kind, dtype, value, b.load(rest))
        zeros = [ir.Constant(INDEX, 0)] * (len(self._lengths) - len(indices))
        address = memory.address(folding.place, [*indices, *zeros])
        step = self._step(folding.place)
        if folding.fold.goes_on or folding.returns:
            value = combined(b, kind, dtype, memory.load(address, dtype, lanes, step), value)
        memory.store(value, address, dtype, lanes, step)

    def _fill(self, folding: _Folding, depth: int, indices: list[ir.Value]) -> None:
        """The target of a fold that goes on in memory begins with a fold of nothing."""
        dtype = folding.fold.value.dtype
        if depth == len(self._lengths):
            address = self._memory.address(folding.place, indices)
            start = constant(start_of(folding.fold.kind, dtype), dtype, 1)
            self._memory.store(start, address, dtype, 1, 1)
            return
        is_folded = folding.place.steps[depth] == 0
        length = self._memory.length(1 if is_folded else self._lengths[depth])
        counted(
            self._builder,
            ir.Constant(INDEX, 0),
            length,
            1,
            lambda index: self._fill(folding, depth + 1, [*indices, index]),
        )


@dataclass(frozen=True)
class _Nest:
    """Loops from the outermost.

    Attributes:
        lengths: of each loop.
        lane: the one that runs over vectors.
        places: the entries that are visited.
        folded: for each fold, whether it folds over each of the loops.
    """

    lengths: list[Dim]
    lane: int
    places: list[Place]
    folded: list[list[bool]]

    def joined(self) -> _Nest:
        """Two loops that walk through memory as one are one."""
        groups: list[list[int]] = [[loop] for loop in range(len(self.lengths))]
        merged: list[list[int]] = groups[:1]
        for (before,), (loop,) in pairwise(groups):
            is_one = all(
                _walks_on(place, before, loop, self.lengths[loop]) for place in self.places
            )
            if is_one and all(folded[before] == folded[loop] for folded in self.folded):
                merged[-1].append(loop)
            else:
                merged.append([loop])
        lengths: list[Dim] = []
        for group in merged:
            joint: Dim = 1
            for loop in group:
                joint = joint * self.lengths[loop]
            lengths.append(joint)
        return _Nest(
            lengths,
            next((n for n, group in enumerate(merged) if self.lane in group), 0),
            [
                Place(p.buffer, p.start, tuple(p.steps[group[-1]] for group in merged))
                for p in self.places
            ],
            [[folded[group[0]] for group in merged] for folded in self.folded],
        )


def _nest_of(loop: Map, places: Sequence[Place]) -> _Nest:
    """The loops of a map in the order in which they run.

    Folded ones are the inner ones, for sums to stay in registers. The loop that runs over vectors
    is the innermost of those on its side.
    """
    lane = len(loop.shape) - 1 if loop.lanes is None else loop.lanes
    folded = {axis for fold in loop.folds for axis in fold.axes}
    order = sorted(range(len(loop.shape)), key=lambda axis: (axis in folded, axis == lane))
    if loop.lanes is None:
        order = list(range(len(loop.shape)))
    lengths = [symbol(COUNT) if axis == loop.tiled else loop.shape[axis] for axis in order]
    return _Nest(
        lengths,
        order.index(lane) if order else 0,
        [Place(p.buffer, p.start, tuple(p.steps[axis] for axis in order)) for p in places],
        [[axis in fold.axes for axis in order] for fold in loop.folds],
    )


def _walks_on(place: Place, before: int, loop: int, length: Dim) -> bool:
    return bool(place.steps[before] == place.steps[loop] * length)


def _folding(fold: Fold, place: Place, folded: Sequence[bool], lane: int) -> _Folding:
    depth = len(folded)
    while depth and folded[depth - 1]:
        depth -= 1
    return _Folding(fold, place, depth, bool(folded) and folded[lane], any(folded[:depth]))


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
