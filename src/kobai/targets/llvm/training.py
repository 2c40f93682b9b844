"""Steps of training as one function: rows are gathered, the kernels run, what changed is put back.

    void steps(tables, symbols, order, losses, first, last)

`tables` holds for each kernel the addresses of its buffers and of scratch memory, then from where
to where is copied. `order` names the rows of each step's batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from llvmlite import ir

from kobai.lower.loops import Kernel
from kobai.targets.llvm.functions import emit_kernel
from kobai.targets.llvm.memory import BYTE, INDEX
from kobai.targets.llvm.nests import counted

_POINTER = BYTE.as_pointer()


@dataclass(frozen=True)
class Copies:
    """How many bytes are moved at each step, in the order of their addresses.

    Attributes:
        rows: of each array of data, the bytes of a row; they are gathered by `order`.
        batch: rows of a step; 0 where no rows are gathered.
        back: of each value that changes, its bytes.
        loss: the bytes of the loss.
    """

    rows: tuple[int, ...]
    batch: int
    back: tuple[int, ...]
    loss: int


def emit_steps(module: ir.Module, name: str, kernels: Sequence[Kernel], copies: Copies) -> None:
    """The function of this name that runs the kernels."""
    for number, kernel in enumerate(kernels):
        emit_kernel(module, f"{name}.{number}", kernel)
    kind = ir.FunctionType(
        ir.VoidType(),
        [
            _POINTER.as_pointer().as_pointer(),
            INDEX.as_pointer(),
            INDEX.as_pointer(),
            _POINTER,
            INDEX,
            INDEX,
        ],
    )
    function = ir.Function(module, kind, name)
    tables, symbols, order, losses, first, last = function.args
    b = ir.IRBuilder(function.append_basic_block("entry"))
    zero = ir.Constant(INDEX, 0)

    def table(number: int) -> ir.Value:
        return b.load(b.gep(tables, [ir.Constant(INDEX, number)]))

    def entry(pointers: ir.Value, number: int) -> ir.Value:
        return b.load(b.gep(pointers, [ir.Constant(INDEX, number)]))

    kernel_tables = [table(number) for number in range(len(kernels))]
    moved = table(len(kernels))
    count = len(copies.rows)
    gathered = [
        (entry(moved, 2 * n), entry(moved, 2 * n + 1), size) for n, size in enumerate(copies.rows)
    ]
    put_back = [
        (entry(moved, 2 * (count + n)), entry(moved, 2 * (count + n) + 1), size)
        for n, size in enumerate((*copies.back, copies.loss))
    ]

    def step(number: ir.Value) -> None:
        start = b.mul(number, ir.Constant(INDEX, copies.batch))

        def gather(place: ir.Value) -> None:
            row = b.load(b.gep(order, [b.add(start, place)]))
            for source, target, size in gathered:
                bytes_of_row = ir.Constant(INDEX, size)
                _copy(
                    b,
                    b.gep(target, [b.mul(place, bytes_of_row)]),
                    b.gep(source, [b.mul(row, bytes_of_row)]),
                    size,
                )

        if copies.batch:
            counted(b, zero, ir.Constant(INDEX, copies.batch), 1, gather)
        for kernel, pointers in enumerate(kernel_tables):
            called = module.globals[f"{name}.{kernel}"]
            b.call(called, [pointers, symbols, zero, zero, zero])
        *back, (loss, _, size) = put_back
        for source, target, length in back:
            _copy(b, target, source, length)
        _copy(b, b.gep(losses, [b.mul(number, ir.Constant(INDEX, size))]), loss, size)

    counted(b, first, last, 1, step)
    b.ret_void()


def _copy(b: ir.IRBuilder, target: ir.Value, source: ir.Value, size: int) -> None:
    name = "llvm.memcpy.p0.p0.i64"
    known = b.module.globals.get(name)
    if known is None:
        kind = ir.FunctionType(ir.VoidType(), [_POINTER, _POINTER, INDEX, ir.IntType(1)])
        known = ir.Function(b.module, kind, name)
    b.call(known, [target, source, ir.Constant(INDEX, size), ir.Constant(ir.IntType(1), 0)])
