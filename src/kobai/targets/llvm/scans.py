"""Scans: what is passed on from entry to entry stays in registers, vectors run across it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from llvmlite import ir

from kobai.lower.loops import Scan
from kobai.lower.ranges import scalars_of
from kobai.scalars import Scalar
from kobai.targets.llvm.expressions import Expressions, constant, splat, wide
from kobai.targets.llvm.memory import COUNT, INDEX, Memory, place_of, symbol, visited
from kobai.targets.llvm.nests import VECTOR_BYTES, counted, stretches


class ScanEmitter:
    """The loops of one scan."""

    def __init__(self, memory: Memory, loop: Scan, entry: ir.Block) -> None:
        self._memory = memory
        self._builder = memory.builder
        self._entry = entry
        self._loop = loop
        self._lengths = [
            symbol(COUNT) if axis == loop.tiled else length
            for axis, length in enumerate(loop.shape)
        ]
        self._places = {
            scalar: visited(scalar, len(loop.shape), loop.tiled)
            for scalar in scalars_of(loop)
            if scalar.instruction in ("read", "index")
        }
        self._target = place_of(loop.target, loop.tiled)
        others = [axis for axis in range(len(loop.shape)) if axis != loop.axis]
        # Vectors run along the axis whose entries lie side by side, if that is not scanned.
        self._lane = next((axis for axis in reversed(others) if self._is_vector(axis)), None)
        self._others = sorted(others, key=lambda axis: axis == self._lane)
        dtypes = [state.scalar.dtype for state in loop.states]
        self._lanes = VECTOR_BYTES // max(dtype.itemsize for dtype in dtypes)

    def emit(self) -> None:
        self._nest(self._others, {})

    def _nest(self, axes: Sequence[int], indices: dict[int, ir.Value]) -> None:
        """The loops over the axes that are not scanned; those of vectors last."""
        if not axes:
            self._run(indices, 1)
            return
        axis, *rest = axes

        def visit(lanes: int, index: ir.Value) -> None:
            if rest:
                self._nest(rest, indices | {axis: index})
            else:
                self._run(indices | {axis: index}, lanes)

        zero, length = ir.Constant(INDEX, 0), self._memory.length(self._lengths[axis])
        runs: list[tuple[ir.Value, ir.Value, int]] = [(zero, length, 1)]
        if axis == self._lane:
            runs = stretches(self._memory, self._lengths[axis], self._lanes)
        for start, stop, lanes in runs:
            counted(self._builder, start, stop, lanes, partial(visit, lanes))

    def _is_vector(self, axis: int) -> bool:
        """Whether neighbours along an axis lie side by side."""
        places = [p for s, p in self._places.items() if s.instruction == "read"]
        return self._target.steps[axis] == 1 and all(p.steps[axis] in (0, 1) for p in places)

    def _run(self, others: dict[int, ir.Value], lanes: int) -> None:
        """From one end of the scanned axis to the other."""
        b, loop = self._builder, self._loop
        cells = []
        for state in loop.states:
            with b.goto_block(self._entry):
                cells.append(b.alloca(wide(state.scalar.dtype, lanes)))
            b.store(constant(0, state.scalar.dtype, lanes), cells[-1])
        length = self._memory.length(self._lengths[loop.axis])
        last = b.sub(length, ir.Constant(INDEX, 1))

        def step(number: ir.Value) -> None:
            place = b.sub(last, number) if loop.is_reverse else number
            index = others | {loop.axis: place}
            indices = [index[axis] for axis in range(len(loop.shape))]
            known = {
                state.scalar: b.load(cell) for state, cell in zip(loop.states, cells, strict=True)
            }
            values = Expressions(
                b, lanes, lambda scalar, _: self._leaf(scalar, indices, lanes), known
            )
            found = [values.value(state.following) for state in loop.states]
            for value, cell in zip(found, cells, strict=True):
                b.store(value, cell)
            dtype = loop.target.buffer.dtype
            address = self._memory.address(self._target, indices)
            self._memory.store(found[0], address, dtype, lanes, 1)

        counted(b, ir.Constant(INDEX, 0), length, 1, step)

    def _leaf(self, scalar: Scalar, indices: Sequence[ir.Value], lanes: int) -> ir.Value:
        if scalar.instruction == "size":
            return splat(self._builder, self._memory.length(scalar.label), lanes)
        place = self._places[scalar]
        if scalar.instruction == "index":
            return splat(self._builder, self._memory.offset(place, indices), lanes)
        step = 0 if self._lane is None else place.steps[self._lane]
        return self._memory.load(
            self._memory.address(place, indices), place.buffer.dtype, lanes, step
        )
