"""A kernel as one function: `void kernel(buffers, symbols, start, stop, tile)`.

`buffers` holds the first byte of each array and of scratch memory, `symbols` the lengths; `start`
and `stop` say which examples are visited, `tile` how many of them at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

from llvmlite import ir

from kobai.lower.loops import Kernel, Loop, Map, Product, Scan
from kobai.targets.llvm.maps import MapEmitter
from kobai.targets.llvm.memory import COUNT, INDEX, START, TILE, Memory, stored
from kobai.targets.llvm.nests import counted
from kobai.targets.llvm.products import emit_product
from kobai.targets.llvm.scans import ScanEmitter

_POINTER = ir.IntType(8).as_pointer()


def emit_kernel(module: ir.Module, name: str, kernel: Kernel) -> None:
    """The function of this name that runs a kernel."""
    kind = ir.FunctionType(
        ir.VoidType(), [_POINTER.as_pointer(), INDEX.as_pointer(), INDEX, INDEX, INDEX]
    )
    function = ir.Function(module, kind, name)
    buffers, symbols, start, stop, tile = function.args
    entry = function.append_basic_block("entry")
    work = ir.IRBuilder(function.append_basic_block("work"))
    head = ir.IRBuilder(entry)
    pointers = {}
    for number, buffer in enumerate(kernel.buffers):
        held = head.load(head.gep(buffers, [ir.Constant(INDEX, number)]))
        pointers[buffer] = head.bitcast(held, stored(buffer.dtype).as_pointer())
    scratch = head.load(head.gep(buffers, [ir.Constant(INDEX, len(kernel.buffers))]))
    lengths = {
        name: head.load(head.gep(symbols, [ir.Constant(INDEX, number)]))
        for number, name in enumerate(kernel.symbols)
    }
    lengths |= {TILE: tile, START: start, COUNT: ir.Constant(INDEX, 0)}
    memory = Memory(work, pointers, lengths)

    def of_tile(number: ir.Value) -> None:
        first = work.add(start, work.mul(number, tile))
        left = work.sub(stop, first)
        lengths[START] = first
        lengths[COUNT] = work.select(work.icmp_signed("<", left, tile), left, tile)
        emit_loops(memory, kernel.loops, entry, scratch)

    if kernel.examples is None:
        emit_loops(memory, kernel.loops, entry, scratch)
    else:
        span = work.add(work.sub(stop, start), work.sub(tile, ir.Constant(INDEX, 1)))
        counted(work, ir.Constant(INDEX, 0), work.sdiv(span, tile), 1, of_tile)
    work.ret_void()
    head.position_at_end(entry)  # after what the loops keep in registers
    head.branch(function.blocks[1])


def emit_loops(memory: Memory, loops: Sequence[Loop], entry: ir.Block, scratch: ir.Value) -> None:
    """Loops one after the other.

    Args:
        memory: the arrays.
        loops: what runs.
        entry: the first block of the function, where room is made for what is kept in registers.
        scratch: memory for products.
    """
    for loop in loops:
        match loop:
            case Map():
                MapEmitter(memory, loop, entry).emit()
            case Product():
                emit_product(memory, loop, entry, scratch)
            case Scan():
                ScanEmitter(memory, loop, entry).emit()
