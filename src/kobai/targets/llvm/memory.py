"""Where the entries of a view are, and how they are read and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from llvmlite import ir

from kobai.graph import AnyDType
from kobai.lower.loops import Buffer, View
from kobai.scalars import Scalar
from kobai.sizes import Dim, Shape, Size
from kobai.targets.llvm.expressions import element, splat

INDEX = ir.IntType(64)
BYTE = ir.IntType(8)
# Lengths that the running kernel knows: of a tile's buffer, of this tile, and its first example.
TILE, COUNT, START = "(tile)", "(count)", "(start)"
# What counters are offsets from.
_NOTHING = Buffer(np.dtype(np.int64), ())


def symbol(name: str) -> Size:
    return Size.symbol(name, 2)


@dataclass(frozen=True)
class Place:
    """The entries of a view in a loop: where it begins, and the step of each loop, in entries.

    `given` are the steps of values that say where.
    """

    buffer: Buffer
    start: Dim
    steps: tuple[Dim, ...]
    given: tuple[Dim, ...] = ()


def place_of(view: View, tiled: int | None) -> Place:
    """Where a view is, in loops of which `tiled` runs over a tile's examples."""
    lengths = _lengths_in_memory(view.buffer)
    strides: list[Dim] = [1] * len(lengths)
    apart: Dim = 1
    for axis in _from_innermost(view.buffer):
        strides[axis] = apart
        apart = apart * lengths[axis]
    start: Dim = 0
    for axis, place in view.fixed:
        start = start + place * strides[axis]
    steps: list[Dim] = []
    for loop, along in enumerate(view.axes):
        if along is None:
            steps.append(0)
            continue
        start = start + along.start * strides[along.axis]
        step: Dim = strides[along.axis] * along.step
        if loop == tiled and not view.buffer.is_local:
            start = start + step * symbol(START)
        steps.append(step)
    for along in view.given:
        start = start + along.start * strides[along.axis]
    given = tuple(strides[along.axis] * along.step for along in view.given)
    return Place(view.buffer, start, tuple(steps), given)


def visited(scalar: Scalar, loops: int, tiled: int | None) -> Place:
    """Where a `read` is; of an `index`, the place of a loop itself, an offset from nothing."""
    if scalar.instruction == "read":
        return place_of(scalar.label, tiled)
    start: Dim = symbol(START) if scalar.label == tiled else 0
    return Place(_NOTHING, start, tuple(int(loop == scalar.label) for loop in range(loops)))


class Memory:
    """The arrays of a kernel while it runs.

    Args:
        builder: where the instructions are added.
        pointers: the first byte of each buffer.
        lengths: the values of the symbols, `TILE`, `COUNT` and `START` among them.
    """

    def __init__(
        self,
        builder: ir.IRBuilder,
        pointers: Mapping[Buffer, ir.Value],
        lengths: dict[str, ir.Value],
    ) -> None:
        self.builder = builder
        self._pointers = pointers
        self._lengths = lengths

    def length(self, size: Dim) -> ir.Value:
        """A length as a number of the running program."""
        if isinstance(size, int):
            return ir.Constant(INDEX, size)
        b = self.builder
        result: ir.Value | None = None
        for names, coefficient in size.terms:
            term: ir.Value = ir.Constant(INDEX, coefficient)
            for name in names:
                known = self._lengths[name]
                term = known if term == ir.Constant(INDEX, 1) else b.mul(term, known)
            result = term if result is None else b.add(result, term)
        return result if result is not None else ir.Constant(INDEX, 0)

    def pointer(self, buffer: Buffer) -> ir.Value:
        """Its first entry."""
        return self._pointers[buffer]

    def address(
        self, place: Place, indices: Sequence[ir.Value], given: Sequence[ir.Value] = ()
    ) -> ir.Value:
        """The address of one entry."""
        offset = self.moved(place, self.offset(place, indices), given)
        return self.builder.gep(self._pointers[place.buffer], [offset])

    def offset(self, place: Place, indices: Sequence[ir.Value]) -> ir.Value:
        """How many entries lie before one."""
        b = self.builder
        offset = self.length(place.start)
        for index, step in zip(indices, place.steps, strict=True):
            if step == 0:
                continue
            moved = index if step == 1 else b.mul(index, self.length(step))
            offset = b.add(offset, moved)
        return offset

    def moved(self, place: Place, offset: ir.Value, given: Sequence[ir.Value]) -> ir.Value:
        """The offset, moved on to the places that values say."""
        b = self.builder
        for value, step in zip(given, place.given, strict=True):
            offset = b.add(offset, value if step == 1 else b.mul(value, self.length(step)))
        return offset

    def load(self, address: ir.Value, dtype: AnyDType, lanes: int, step: Dim) -> ir.Value:
        """Entries from an address on: one for all lanes, side by side, or apart."""
        b = self.builder
        if lanes == 1 or step == 0:
            return splat(b, self._single(address, dtype), lanes)
        if step == 1:
            kind = ir.VectorType(stored(dtype), lanes)
            pointer = b.bitcast(address, kind.as_pointer())
            value = b.load(pointer, align=dtype.itemsize)
            return self._as_truth(value, dtype)
        result: ir.Value = ir.Constant(ir.VectorType(element(dtype), lanes), ir.Undefined)
        stride = self.length(step)
        for lane in range(lanes):
            offset = b.mul(stride, ir.Constant(INDEX, lane))
            entry = self._single(b.gep(address, [offset]), dtype)
            result = b.insert_element(result, entry, ir.Constant(ir.IntType(32), lane))
        return result

    def store(
        self, value: ir.Value, address: ir.Value, dtype: AnyDType, lanes: int, step: Dim
    ) -> None:
        """The lanes of a value, side by side or apart."""
        b = self.builder
        kind = stored(dtype)
        if dtype.kind == "b":
            value = b.zext(value, kind if lanes == 1 else ir.VectorType(kind, lanes))
        if lanes == 1:
            b.store(value, address, align=dtype.itemsize)
        elif step == 1:
            pointer = b.bitcast(address, ir.VectorType(kind, lanes).as_pointer())
            b.store(value, pointer, align=dtype.itemsize)
        else:
            stride = self.length(step)
            for lane in range(lanes):
                offset = b.mul(stride, ir.Constant(INDEX, lane))
                entry = b.extract_element(value, ir.Constant(ir.IntType(32), lane))
                b.store(entry, b.gep(address, [offset]), align=dtype.itemsize)

    def _single(self, address: ir.Value, dtype: AnyDType) -> ir.Value:
        return self._as_truth(self.builder.load(address, align=dtype.itemsize), dtype)

    def _as_truth(self, value: ir.Value, dtype: AnyDType) -> ir.Value:
        if dtype.kind != "b":
            return value
        zero = ir.Constant(value.type, None)
        return self.builder.icmp_unsigned("!=", value, zero)


def stored(dtype: AnyDType) -> ir.Type:
    """The type of one value in memory; truth values are bytes."""
    return BYTE if dtype.kind == "b" else element(dtype)


def _from_innermost(buffer: Buffer) -> list[int]:
    """The axes as they lie in memory."""
    axes = list(reversed(range(len(buffer.shape))))
    if buffer.last is not None:
        axes.remove(buffer.last)
        axes.insert(0, buffer.last)
    return axes


def _lengths_in_memory(buffer: Buffer) -> Shape:
    if not buffer.is_local or buffer.tiled is None:
        return buffer.shape
    return tuple(symbol(TILE) if axis == buffer.tiled else d for axis, d in enumerate(buffer.shape))
