"""Steps of training as one function: rows are gathered, the loops run, what changed is put back.

    void steps(arrays, sources, order, losses, first, last)

`arrays` holds the addresses of all arrays and of scratch memory, `sources` those of the data whose
rows are gathered; `order` names the rows of each step's batch. Arrays of a few entries are values
in registers from the first step to the last.
"""

from __future__ import annotations

from llvmlite import ir

from kobai.lower.steps import Steps
from kobai.targets.llvm.functions import emit_loops
from kobai.targets.llvm.memory import BYTE, INDEX, Memory, stored
from kobai.targets.llvm.nests import counted

# Entries up to which an array is kept in registers.
FEW = 16
_POINTER = BYTE.as_pointer()
_POINTERS = _POINTER.as_pointer()
_WHOLES = INDEX.as_pointer()


def emit_steps(module: ir.Module, name: str, steps: Steps) -> None:
    """The function of this name that makes steps."""
    kind = ir.FunctionType(ir.VoidType(), [_POINTERS, _POINTERS, _WHOLES, _POINTER, INDEX, INDEX])
    _StepsEmitter(ir.Function(module, kind, name), steps).emit()


class _StepsEmitter:
    def __init__(self, function: ir.Function, steps: Steps) -> None:
        self._steps = steps
        arrays, sources, self._order, self._losses, self._first, self._last = function.args
        self._entry = function.append_basic_block("entry")
        self._work = function.append_basic_block("work")
        self._builder = ir.IRBuilder(self._work)
        head = ir.IRBuilder(self._entry)
        addresses = _loaded(head, arrays, len(steps.arrays) + 1)
        self._scratch = addresses.pop()
        self._sources = _loaded(head, sources, len(steps.rows))
        self._memory = addresses
        self._places = [
            head.bitcast(head.alloca(ir.ArrayType(stored(dtype), count)), _POINTER)
            if self._is_in_registers(number)
            else address
            for number, ((dtype, count), address) in enumerate(
                zip(steps.arrays, addresses, strict=True)
            )
        ]

    def emit(self) -> None:
        b, steps = self._builder, self._steps
        in_registers = [n for n in range(len(steps.arrays)) if self._is_in_registers(n)]
        for number in in_registers:
            if number in steps.given:
                self._copy(number, self._memory[number], self._places[number])
        self._loops(is_once=True)
        counted(b, self._first, self._last, 1, self._step)
        for number in in_registers:
            if number in steps.state:
                self._copy(number, self._places[number], self._memory[number])
        b.ret_void()
        with b.goto_block(self._entry):  # after what the loops keep in registers
            b.branch(self._work)

    def _is_in_registers(self, number: int) -> bool:
        return self._steps.arrays[number][1] <= FEW

    def _step(self, number: ir.Value) -> None:
        b, steps = self._builder, self._steps
        if steps.batch:
            start = b.mul(number, ir.Constant(INDEX, steps.batch))
            stop = ir.Constant(INDEX, steps.batch)
            counted(b, ir.Constant(INDEX, 0), stop, 1, lambda place: self._gather(start, place))
        self._loops(is_once=False)
        for after, before in steps.moved:
            self._copy(before, self._places[after], self._places[before])
        size = steps.arrays[steps.loss][0].itemsize
        target = b.gep(self._losses, [b.mul(number, ir.Constant(INDEX, size))])
        self._copy(steps.loss, self._places[steps.loss], target)

    def _gather(self, start: ir.Value, place: ir.Value) -> None:
        """One row of each array of data."""
        b = self._builder
        row = b.load(b.gep(self._order, [b.add(start, place)]))
        for (number, size), source in zip(self._steps.rows, self._sources, strict=True):
            length = ir.Constant(INDEX, size)
            target = b.gep(self._places[number], [b.mul(place, length)])
            _copied(b, target, b.gep(source, [b.mul(row, length)]), size)

    def _loops(self, *, is_once: bool) -> None:
        b, steps = self._builder, self._steps
        for kernel, numbers, once in zip(steps.kernels, steps.numbers, steps.once, strict=True):
            pointers = {
                buffer: b.bitcast(self._places[number], stored(buffer.dtype).as_pointer())
                for buffer, number in zip(kernel.buffers, numbers, strict=True)
            }
            memory = Memory(b, pointers, {})
            loops = [loop for n, loop in enumerate(kernel.loops) if (n in once) == is_once]
            emit_loops(memory, loops, self._entry, self._scratch)

    def _copy(self, number: int, source: ir.Value, target: ir.Value) -> None:
        dtype, count = self._steps.arrays[number]
        _copied(self._builder, target, source, dtype.itemsize * count)


def _loaded(b: ir.IRBuilder, table: ir.Value, count: int) -> list[ir.Value]:
    """The entries of a table of addresses."""
    return [b.load(b.gep(table, [ir.Constant(INDEX, number)])) for number in range(count)]


def _copied(b: ir.IRBuilder, target: ir.Value, source: ir.Value, size: int) -> None:
    name = "llvm.memcpy.p0.p0.i64"
    known = b.module.globals.get(name)
    if known is None:
        kind = ir.FunctionType(ir.VoidType(), [_POINTER, _POINTER, INDEX, ir.IntType(1)])
        known = ir.Function(b.module, kind, name)
    b.call(known, [target, source, ir.Constant(INDEX, size), ir.Constant(ir.IntType(1), 0)])
