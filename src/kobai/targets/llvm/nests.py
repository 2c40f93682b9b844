"""The loops of a map or a product: in which order, which of them as one, which in vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from llvmlite import ir

from kobai.lower.loops import Map
from kobai.sizes import Dim
from kobai.targets.llvm.memory import COUNT, INDEX, Memory, Place, symbol

# Bytes of a vector: two registers of AVX2, one of AVX-512, four of NEON.
VECTOR_BYTES = 64
# Rounds of a loop that are written out one after the other.
MOST_WRITTEN_OUT = 2
# Loops that visit so few entries in all are written out completely: these then stay in registers.
FEW_ENTRIES = 16


@dataclass(frozen=True)
class Nest:
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

    def joined(self) -> Nest:
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
        return Nest(
            lengths,
            next((n for n, group in enumerate(merged) if self.lane in group), 0),
            [replace(p, steps=tuple(p.steps[group[-1]] for group in merged)) for p in self.places],
            [[folded[group[0]] for group in merged] for folded in self.folded],
        )


def nest_of(loop: Map, places: Sequence[Place]) -> Nest:
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
    return Nest(
        lengths,
        order.index(lane) if order else 0,
        [replace(p, steps=tuple(p.steps[axis] for axis in order)) for p in places],
        [[axis in fold.axes for axis in order] for fold in loop.folds],
    )


def written_out(lengths: Sequence[Dim]) -> int:
    """How many rounds of such loops are written out."""
    entries = 1
    for length in lengths:
        if not isinstance(length, int):
            return MOST_WRITTEN_OUT
        entries *= length
    return max(entries, MOST_WRITTEN_OUT) if entries <= FEW_ENTRIES else MOST_WRITTEN_OUT


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
    written_out: int = MOST_WRITTEN_OUT,
) -> None:
    """`for index in range(start, stop, step)`; written out where it has so few rounds."""
    if isinstance(start, ir.Constant) and isinstance(stop, ir.Constant):
        indices = range(start.constant, stop.constant, step)
        if len(indices) <= written_out:
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


def _walks_on(place: Place, before: int, loop: int, length: Dim) -> bool:
    return bool(place.steps[before] == place.steps[loop] * length)
