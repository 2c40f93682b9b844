"""Matrix products: `c = a @ b` or `c += a @ b`, in one of three forms.

Large ones are packed (`packed`). Where rows of a small `b` lie side by side, a few rows of the
result stay in registers while the products of a column of `a` and a row of `b` are added. Where the
sums run along both, as in `X @ w`, the lanes of a vector are parts of one sum.
"""

from __future__ import annotations

from collections.abc import Callable

from llvmlite import ir

from kobai.lower.loops import Kernel, Product
from kobai.targets.llvm.elementary import Elementary
from kobai.targets.llvm.expressions import BITS, constant, splat, wide
from kobai.targets.llvm.folds import in_one
from kobai.targets.llvm.matrices import Matrices, matrices
from kobai.targets.llvm.memory import INDEX, Memory
from kobai.targets.llvm.nests import VECTOR_BYTES, counted, stretches, written_out
from kobai.targets.llvm.packed import ROWS, Packed, scratch_bytes

DOTS = 4
# From these on a packed product is the fastest, as measured for sides from 2 to 1000: rows of c,
# and its columns where b has to be transposed, and multiplications where its rows can be read as
# they are. A length that is not known counts as so many.
LEAST_SIDE = 8
LEAST_PRODUCTS = 32_768
UNKNOWN = 256


def scratch_of(kernel: Kernel) -> int:
    """The bytes of scratch memory that the products of a kernel need."""
    products = [_in_rows(loop) for loop in kernel.loops if isinstance(loop, Product)]
    return max((scratch_bytes(m) for m in products if _is_large(m)), default=0)


def emit_product(memory: Memory, product: Product, entry: ir.Block, scratch: ir.Value) -> None:
    """The loops of one product."""
    m = _in_rows(product)
    if _is_large(m):
        Packed(memory, m, scratch).emit()
        return
    rounds = written_out([m.rows, m.inner, m.columns])
    emitter, transposed = _Emitter(memory, entry, rounds), m.transposed()
    if m.columns == 1 and m.runs_along:
        emitter.dots(m)
    elif m.rows == 1 and transposed.runs_along:
        emitter.dots(transposed)
    elif m.lies_in_rows and m.columns != 1:
        emitter.outers(m, is_wide=True)
    elif transposed.lies_in_rows and m.rows != 1:
        emitter.outers(transposed, is_wide=True)
    elif m.runs_along:
        emitter.dots(m)
    elif m.b.steps[1] == 1:
        emitter.outers(m, is_wide=True)
    elif transposed.b.steps[1] == 1:
        emitter.outers(transposed, is_wide=True)
    else:
        emitter.outers(m, is_wide=False)


def _in_rows(product: Product) -> Matrices:
    """The product, or the transposed one if its result lies in rows."""
    m = matrices(product)
    return m.transposed() if m.c.steps[1] != 1 and m.c.steps[0] == 1 else m


def _is_large(m: Matrices) -> bool:
    """Whether packing b pays: its entries are read often enough, and vectors are filled."""
    if m.c.steps[1] != 1:
        return False
    rows, inner, columns = (
        length if isinstance(length, int) else UNKNOWN for length in (m.rows, m.inner, m.columns)
    )
    if m.lies_in_rows:
        return rows >= LEAST_SIDE and columns > 1 and rows * inner * columns >= LEAST_PRODUCTS
    return inner > 0 and min(rows, columns) >= LEAST_SIDE


class _Emitter:
    def __init__(self, memory: Memory, entry: ir.Block, rounds: int) -> None:
        self._memory = memory
        self._builder = memory.builder
        self._entry = entry
        self._rounds = rounds

    def outers(self, m: Matrices, *, is_wide: bool) -> None:
        """Sums of outer products: vectors run along the columns of the result."""
        lanes = VECTOR_BYTES // m.c.buffer.dtype.itemsize
        if not is_wide:
            lanes = 1

        def visit(start: ir.Value, stop: ir.Value, lanes: int) -> None:
            counted(
                self._builder,
                start,
                stop,
                lanes,
                lambda j: self._row_by_row(
                    m, ROWS, lambda i, rows: self._outer(m, (i, rows), j, lanes)
                ),
                self._rounds,
            )

        for stretch in stretches(self._memory, m.columns, lanes):
            visit(*stretch)

    def dots(self, m: Matrices) -> None:
        """Sums along both: vectors run along them, a few rows of the result at a time."""
        columns = self._memory.length(m.columns)
        counted(
            self._builder,
            ir.Constant(INDEX, 0),
            columns,
            1,
            lambda j: self._row_by_row(m, DOTS, lambda i, rows: self._dot(m, i, j, rows)),
            self._rounds,
        )

    def _row_by_row(self, m: Matrices, most: int, body: Callable[[ir.Value, int], None]) -> None:
        """A few rows at a time, and then what is left over."""
        b, rows = self._builder, self._memory.length(m.rows)
        zero, several = ir.Constant(INDEX, 0), ir.Constant(INDEX, most)
        if isinstance(m.rows, int):
            main = m.rows // most * most
            stop = ir.Constant(INDEX, main)
            counted(b, zero, stop, most, lambda i: body(i, most), self._rounds)
            if main < m.rows:
                body(ir.Constant(INDEX, main), m.rows - main)
            return
        middle = b.mul(b.sdiv(rows, several), several)
        counted(b, zero, middle, most, lambda i: body(i, most))
        counted(b, middle, rows, 1, lambda i: body(i, 1))

    def _outer(self, m: Matrices, stretch: tuple[ir.Value, int], j: ir.Value, lanes: int) -> None:
        b, memory = self._builder, self._memory
        i, rows = stretch
        dtype = m.c.buffer.dtype
        functions = Elementary(b, lanes, BITS[dtype.name])
        sums = [self._zero(m, lanes) for _ in range(rows)]

        def step(k: ir.Value) -> None:
            address = memory.address(m.b, [k, j])
            row = memory.load(address, dtype, lanes, 1)
            for r, place in enumerate(sums):
                left = memory.address(m.a, [b.add(i, ir.Constant(INDEX, r)), k])
                entry = splat(b, memory.load(left, dtype, 1, 1), lanes)
                b.store(functions.fma(entry, row, b.load(place)), place)

        counted(b, ir.Constant(INDEX, 0), memory.length(m.inner), 1, step, self._rounds)
        for r, place in enumerate(sums):
            address = memory.address(m.c, [b.add(i, ir.Constant(INDEX, r)), j])
            value = b.load(place)
            if m.is_added:
                value = b.fadd(memory.load(address, dtype, lanes, m.c.steps[1]), value)
            memory.store(value, address, dtype, lanes, m.c.steps[1])

    def _dot(self, m: Matrices, i: ir.Value, j: ir.Value, rows: int) -> None:
        b, memory = self._builder, self._memory
        dtype = m.c.buffer.dtype
        found = stretches(memory, m.inner, VECTOR_BYTES // dtype.itemsize)
        sums = [[self._zero(m, lanes) for _ in range(rows)] for *_, lanes in found]

        def visit(start: ir.Value, stop: ir.Value, lanes: int, places: list[ir.Value]) -> None:
            functions = Elementary(b, lanes, BITS[dtype.name])

            def step(k: ir.Value) -> None:
                right = memory.load(memory.address(m.b, [k, j]), dtype, lanes, 1)
                for r, place in enumerate(places):
                    address = memory.address(m.a, [b.add(i, ir.Constant(INDEX, r)), k])
                    left = memory.load(address, dtype, lanes, 1)
                    b.store(functions.fma(left, right, b.load(place)), place)

            counted(b, start, stop, lanes, step, self._rounds)

        for stretch, places in zip(found, sums, strict=True):
            visit(*stretch, places)
        for r in range(rows):
            address = memory.address(m.c, [b.add(i, ir.Constant(INDEX, r)), j])
            before = memory.load(address, dtype, 1, 1)
            value = before if m.is_added else constant(0.0, dtype, 1)
            for (*_, lanes), places in zip(found, sums, strict=True):
                value = b.fadd(value, in_one(b, "sum", dtype, b.load(places[r]), lanes))
            memory.store(value, address, dtype, 1, 1)

    def _zero(self, m: Matrices, lanes: int) -> ir.Value:
        dtype = m.c.buffer.dtype
        with self._builder.goto_block(self._entry):
            place = self._builder.alloca(wide(dtype, lanes))
        self._builder.store(constant(0.0, dtype, lanes), place)
        return place
