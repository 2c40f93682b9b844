"""Entries at places that are values: read, or added to, lane by lane where the places differ."""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from kobai.graph import AnyDType
from kobai.sizes import Dim
from kobai.targets.llvm.expressions import element, splat
from kobai.targets.llvm.memory import INDEX, Memory, Place

_LANE = ir.IntType(32)


def counted_up(
    memory: Memory, place: Place, indices: Sequence[ir.Value], lanes: int, step: Dim
) -> ir.Value:
    """The place of a loop itself, as a number; `step` is that of a lane."""
    b = memory.builder
    first = splat(b, memory.offset(place, indices), lanes)
    if lanes == 1 or step == 0:
        return first
    return b.add(first, ir.Constant(first.type, list(range(lanes))))


def gathered(
    memory: Memory,
    place: Place,
    indices: Sequence[ir.Value],
    given: Sequence[ir.Value],
    lanes: int,
    step: Dim,
    *,
    is_one: bool,
) -> ir.Value:
    """The entries at places that are values; `is_one` says that these are the same in all lanes."""
    b, dtype = memory.builder, place.buffer.dtype
    if is_one or lanes == 1:
        first = [_lane(b, value, 0, lanes) for value in given]
        return memory.load(memory.address(place, indices, first), dtype, lanes, step)
    result: ir.Value = ir.Constant(ir.VectorType(element(dtype), lanes), ir.Undefined)
    for lane, address in enumerate(_addresses(memory, place, indices, given, lanes, step)):
        entry = memory.load(address, dtype, 1, 1)
        result = b.insert_element(result, entry, ir.Constant(_LANE, lane))
    return result


def added(
    memory: Memory,
    place: Place,
    indices: Sequence[ir.Value],
    given: Sequence[ir.Value],
    value: ir.Value,
    lanes: int,
    step: Dim,
    *,
    is_one: bool,
) -> None:
    """The lanes of a value added to entries, in their order: two may go to the same one."""
    b, dtype = memory.builder, place.buffer.dtype
    if lanes == 1 or (is_one and step != 0):
        first = [_lane(b, index, 0, lanes) for index in given]
        address = memory.address(place, indices, first)
        before = memory.load(address, dtype, lanes, step)
        memory.store(_sum(b, dtype, before, value), address, dtype, lanes, step)
        return
    for lane, address in enumerate(_addresses(memory, place, indices, given, lanes, step)):
        before = memory.load(address, dtype, 1, 1)
        entry = _lane(b, value, lane, lanes)
        memory.store(_sum(b, dtype, before, entry), address, dtype, 1, 1)


def _addresses(
    memory: Memory,
    place: Place,
    indices: Sequence[ir.Value],
    given: Sequence[ir.Value],
    lanes: int,
    step: Dim,
) -> list[ir.Value]:
    """The address of the entry of each lane."""
    b = memory.builder
    first = memory.offset(place, indices)
    found = []
    for lane in range(lanes):
        offset = first
        if step != 0 and lane:
            offset = b.add(offset, b.mul(memory.length(step), ir.Constant(INDEX, lane)))
        own = [_lane(b, value, lane, lanes) for value in given]
        found.append(b.gep(memory.pointer(place.buffer), [memory.moved(place, offset, own)]))
    return found


def _lane(b: ir.IRBuilder, value: ir.Value, lane: int, lanes: int) -> ir.Value:
    return value if lanes == 1 else b.extract_element(value, ir.Constant(_LANE, lane))


def _sum(b: ir.IRBuilder, dtype: AnyDType, before: ir.Value, value: ir.Value) -> ir.Value:
    return b.fadd(before, value) if dtype.kind == "f" else b.add(before, value)
