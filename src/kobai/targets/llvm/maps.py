"""One expression for every entry of a shape, with folds: loops of which one runs over vectors.

A fold adds up in as many lanes as the dtype has, then the lanes in halves, then what is left over:
its order depends on the lengths alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir

from kobai.lower.loops import Fold, Map, start_of
from kobai.scalars import Scalar
from kobai.sizes import Dim
from kobai.targets.llvm.expressions import Expressions, constant, splat, wide
from kobai.targets.llvm.folds import combined, in_one
from kobai.targets.llvm.indexing import added, counted_up, gathered
from kobai.targets.llvm.memory import INDEX, Memory, Place, place_of, visited
from kobai.targets.llvm.nests import VECTOR_BYTES, counted, nest_of, stretches, written_out

# Sums that are taken side by side, for what they share to be read once: of vectors, of entries.
SUMS_OF_VECTORS, SUMS_OF_ENTRIES = 2, 4


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


@dataclass(frozen=True)
class _Round:
    """One round of the loops that are open: their indices, and what is known."""

    indices: list[ir.Value]
    known: dict[Scalar, ir.Value]


class MapEmitter:
    """The loops of one map."""

    def __init__(self, memory: Memory, loop: Map, entry: ir.Block) -> None:
        self._memory = memory
        self._builder = memory.builder
        self._entry = entry
        self._values = [w.value for w in loop.writes] + [f.value for f in loop.folds]
        given = [place for fold in loop.folds for place in fold.places]
        self._order = _ordered([*self._values, *given])
        reads = [scalar for scalar in self._order if scalar.instruction in ("read", "index")]
        places = [visited(read, len(loop.shape), loop.tiled) for read in reads]
        targets = [w.view for w in loop.writes] + [fold.target for fold in loop.folds]
        places += [place_of(view, loop.tiled) for view in targets]
        nest = nest_of(loop, places).joined()
        self._lengths, self._lane = nest.lengths, nest.lane
        count = len(reads)
        self._reads = dict(zip(reads, nest.places[:count], strict=True))
        written = nest.places[count : count + len(loop.writes)]
        self._writes = list(zip(loop.writes, written, strict=True))
        folded_into = nest.places[count + len(loop.writes) :]
        self._folds = [
            _folding(fold, place, folded, nest.lane)
            for fold, place, folded in zip(loop.folds, folded_into, nest.folded, strict=True)
        ]
        dtypes = [scalar.dtype for scalar in self._order if scalar.dtype.kind == "f"]
        widest = max((dtype.itemsize for dtype in dtypes), default=8)
        self._lanes = VECTOR_BYTES // widest
        self._sums: dict[tuple[_Folding, int], tuple[ir.Value, ir.Value]] = {}
        self._known_from: dict[Scalar, int] = {}
        self._due = self._depths()
        self._together = self._sums_together()
        self._written_out = written_out(self._lengths)

    def emit(self) -> None:
        for folding in self._folds:
            if folding.returns and not folding.fold.goes_on:
                self._fill(folding, 0, [])
        self._nest(0, [_Round([], {})], 1)

    def _depths(self) -> list[list[Scalar]]:
        """For each loop the scalars that are known before it begins, and not before the last."""
        depths = self._known_from
        found: list[list[Scalar]] = [[] for _ in range(len(self._lengths) + 1)]
        for scalar in self._order:
            depth = max((depths[x] for x in scalar.operands), default=0)
            steps = self._reads[scalar].steps if scalar in self._reads else ()
            depth = max([depth, *(loop + 1 for loop, step in enumerate(steps) if step != 0)])
            depths[scalar] = depth
            if scalar.instruction != "number":
                found[depth].append(scalar)
        return found

    def _sums_together(self) -> int:
        """How many rounds of the loop around the innermost one are run together."""
        innermost = len(self._lengths) - 1
        if innermost < 1 or self._writes or any(s.instruction == "call" for s in self._order):
            return 1
        if any(folding.depth != innermost for folding in self._folds):
            return 1
        return SUMS_OF_VECTORS if self._lane == innermost - 1 else SUMS_OF_ENTRIES

    def _nest(self, depth: int, rounds: list[_Round], lanes: int) -> None:
        """The loops from this depth on, for so many entries side by side."""
        own = [f for f in self._folds if f.depth == depth and not self._is_in_memory(f)]
        for number, one in enumerate(rounds):
            for folding in own:
                self._sums[folding, number] = self._accumulators(folding, lanes)
            one.known.update(self._computed(depth, one, lanes))
        if depth == len(self._lengths):
            for number, one in enumerate(rounds):
                self._body(one, number, lanes)
        else:
            length = self._lengths[depth]
            found: list[tuple[ir.Value, ir.Value, int]] = [
                (ir.Constant(INDEX, 0), self._memory.length(length), 1)
            ]
            if depth == self._lane:
                found = stretches(self._memory, length, self._lanes)
            for start, stop, width in found:
                self._loop(depth, rounds, (start, stop, width), lanes)
        for number, one in enumerate(rounds):
            for folding in own:
                self._finish(folding, number, one.indices, lanes)

    def _loop(
        self,
        depth: int,
        rounds: list[_Round],
        stretch: tuple[ir.Value, ir.Value, int],
        lanes: int,
    ) -> None:
        """A loop; several of its rounds are run together where they share what they read."""
        b = self._builder
        start, stop, step = stretch
        if depth == self._lane:
            lanes = step
        together = self._together if depth == len(self._lengths) - 2 else 1
        middle = start
        if together > 1:
            whole = ir.Constant(INDEX, together * step)
            middle = b.add(start, b.mul(b.sdiv(b.sub(stop, start), whole), whole))
            if isinstance(start, ir.Constant) and isinstance(stop, ir.Constant):
                count = (stop.constant - start.constant) // (together * step)
                middle = ir.Constant(INDEX, start.constant + count * together * step)

        def run(index: ir.Value, count: int) -> None:
            indices = [b.add(index, ir.Constant(INDEX, n * step)) for n in range(count)]
            inner = [
                _Round([*one.indices, i], {s: splat(b, v, lanes) for s, v in one.known.items()})
                if depth == self._lane
                else _Round([*one.indices, i], dict(one.known))
                for one in rounds
                for i in indices
            ]
            self._nest(depth + 1, inner, lanes)

        if together > 1:
            counted(
                b, start, middle, together * step, lambda i: run(i, together), self._written_out
            )
        counted(b, middle, stop, step, lambda i: run(i, 1), self._written_out)

    def _computed(self, depth: int, one: _Round, lanes: int) -> dict[Scalar, ir.Value]:
        """What does not change in the loops from this depth on."""
        zeros = [ir.Constant(INDEX, 0)] * (len(self._lengths) - depth)
        places = [*one.indices, *zeros]
        expressions = Expressions(
            self._builder,
            lanes,
            lambda scalar, given: self._leaf(scalar, places, given, lanes),
            one.known,
        )
        return {scalar: expressions.value(scalar) for scalar in self._due[depth]}

    def _is_one(self, places: Sequence[Scalar]) -> bool:
        """Whether places are the same in all lanes."""
        return all(self._known_from[place] <= self._lane for place in places)

    def _leaf(
        self, scalar: Scalar, indices: Sequence[ir.Value], given: Sequence[ir.Value], lanes: int
    ) -> ir.Value:
        memory = self._memory
        if scalar.instruction == "size":
            whole = memory.length(scalar.label)
            kind = wide(scalar.dtype, 1)
            is_float = scalar.dtype.kind == "f"
            value = self._builder.sitofp(whole, kind) if is_float else whole
            return splat(self._builder, value, lanes)
        place = self._reads[scalar]
        step = self._step(place)
        if scalar.instruction == "index":
            return counted_up(memory, place, indices, lanes, step)
        if given:
            is_one = self._is_one(scalar.operands)
            return gathered(memory, place, indices, given, lanes, step, is_one=is_one)
        address = memory.address(place, indices)
        return memory.load(address, place.buffer.dtype, lanes, step)

    def _step(self, place: Place) -> Dim:
        """How far apart the entries of a vector are."""
        return place.steps[self._lane] if place.steps else 0

    def _body(self, one: _Round, number: int, lanes: int) -> None:
        memory, b, indices = self._memory, self._builder, one.indices
        values = Expressions(
            b, lanes, lambda scalar, given: self._leaf(scalar, indices, given, lanes), one.known
        )
        computed = [values.value(scalar) for scalar in self._values]
        named = [[values.value(s) for s in folding.fold.places] for folding in self._folds]
        # All is read before anything is written: a loop may fold into what it has read.
        for (write, place), value in zip(self._writes, computed, strict=False):
            address = memory.address(place, indices)
            memory.store(value, address, write.value.dtype, lanes, self._step(place))
        folded = computed[len(self._writes) :]
        for folding, given, value in zip(self._folds, named, folded, strict=True):
            kind, dtype = folding.fold.kind, folding.fold.value.dtype
            is_rest = folding.is_across and lanes < self._lanes
            if given:
                is_one = self._is_one(folding.fold.places)
                step = self._step(folding.place)
                added(memory, folding.place, indices, given, value, lanes, step, is_one=is_one)
            elif self._is_in_memory(folding):
                width = 1 if folding.is_across else lanes
                last = in_one(b, kind, dtype, value, lanes) if folding.is_across else value
                address = memory.address(folding.place, indices)
                step = self._step(folding.place)
                before = memory.load(address, dtype, width, step)
                memory.store(combined(b, kind, dtype, before, last), address, dtype, width, step)
            else:
                accumulator = self._sums[folding, number][is_rest]
                last = in_one(b, kind, dtype, value, lanes) if is_rest else value
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

    def _finish(self, folding: _Folding, number: int, indices: list[ir.Value], lanes: int) -> None:
        """The lanes in halves, what is left over, and what the target holds already."""
        b, memory = self._builder, self._memory
        kind, dtype = folding.fold.kind, folding.fold.value.dtype
        vector, rest = self._sums[folding, number]
        value = b.load(vector)
        if folding.is_across:
            value = in_one(b, kind, dtype, value, self._lanes)
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
            self._written_out,
        )


def _folding(fold: Fold, place: Place, folded: Sequence[bool], lane: int) -> _Folding:
    depth = len(folded)
    while depth and folded[depth - 1]:
        depth -= 1
    return _Folding(fold, place, depth, bool(folded) and folded[lane], any(folded[:depth]))


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
