"""Matrix products: `c += a @ b`, in tiles of registers.

Where rows of `b` lie side by side, a few rows of the result stay in registers while the products of
a column of `a` and a row of `b` are added (K. Goto and R. van de Geijn, ACM Trans. Math. Softw. 34
(2008) 12). Where the sums run along both, as in `X @ w`, the lanes of a vector are parts of one
sum.
"""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir

from kobai.lower.loops import Product
from kobai.sizes import Dim
from kobai.targets.llvm.elementary import Elementary
from kobai.targets.llvm.expressions import BITS, constant, splat, wide
from kobai.targets.llvm.folds import in_one
from kobai.targets.llvm.memory import COUNT, INDEX, Memory, Place, symbol
from kobai.targets.llvm.nests import VECTOR_BYTES, counted, stretches

# Rows of the result that stay in registers: with two registers for a vector, 12 of AVX2's 16.
ROWS = 6
DOTS = 4


@dataclass(frozen=True)
class _Matrices:
    """Where a, b and c are; the steps of a matrix are along its rows, then along its columns."""

    a: Place
    b: Place
    c: Place
    rows: Dim
    inner: Dim
    columns: Dim

    def transposed(self) -> _Matrices:
        """c.T += b.T @ a.T."""
        a, b, c = (Place(p.buffer, p.start, p.steps[::-1]) for p in (self.b, self.a, self.c))
        return _Matrices(a, b, c, self.columns, self.inner, self.rows)


def emit_product(memory: Memory, product: Product, entry: ir.Block) -> None:
    """The loops of one product."""
    lengths: list[Dim] = [product.rows, product.columns, product.inner]
    if product.tiled is not None:
        lengths[product.tiled] = symbol(COUNT)
    rows, columns, inner = lengths
    ways = {0: (0, None, 0), 1: (None, 1, 1), 2: (1, 0, None), None: (None, None, None)}
    at_a, at_b, at_c = ways[product.tiled]
    matrices = _Matrices(
        memory.place(product.a, at_a),
        memory.place(product.b, at_b),
        memory.place(product.c, at_c),
        rows,
        inner,
        columns,
    )
    emitter = _Emitter(memory, entry)
    transposed = matrices.transposed()
    if matrices.columns == 1 and _runs_along(matrices):
        emitter.dots(matrices)
    elif matrices.rows == 1 and _runs_along(transposed):
        emitter.dots(transposed)
    elif _lies_in_rows(matrices) and matrices.columns != 1:
        emitter.outers(matrices, is_wide=True)
    elif _lies_in_rows(transposed) and matrices.rows != 1:
        emitter.outers(transposed, is_wide=True)
    elif _runs_along(matrices):
        emitter.dots(matrices)
    else:
        emitter.outers(matrices, is_wide=False)


def _lies_in_rows(m: _Matrices) -> bool:
    return m.b.steps[1] == 1 and m.c.steps[1] == 1


def _runs_along(m: _Matrices) -> bool:
    return m.a.steps[1] == 1 and m.b.steps[0] == 1


class _Emitter:
    def __init__(self, memory: Memory, entry: ir.Block) -> None:
        self._memory = memory
        self._builder = memory.builder
        self._entry = entry

    def outers(self, m: _Matrices, *, is_wide: bool) -> None:
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
                lambda j: self._in_rows(m, ROWS, lambda i, rows: self._outer(m, i, j, rows, lanes)),
            )

        for stretch in stretches(self._memory, m.columns, lanes):
            visit(*stretch)

    def dots(self, m: _Matrices) -> None:
        """Sums along both: vectors run along them, a few rows of the result at a time."""
        columns = self._memory.length(m.columns)
        counted(
            self._builder,
            ir.Constant(INDEX, 0),
            columns,
            1,
            lambda j: self._in_rows(m, DOTS, lambda i, rows: self._dot(m, i, j, rows)),
        )

    def _in_rows(self, m: _Matrices, most: int, body: object) -> None:
        assert callable(body)
        b, rows = self._builder, self._memory.length(m.rows)
        zero = ir.Constant(INDEX, 0)
        if isinstance(m.rows, int) and m.rows < most:
            counted(b, zero, rows, 1, lambda i: body(i, 1))
            return
        main = b.mul(b.sdiv(rows, ir.Constant(INDEX, most)), ir.Constant(INDEX, most))
        counted(b, zero, main, most, lambda i: body(i, most))
        counted(b, main, rows, 1, lambda i: body(i, 1))

    def _outer(self, m: _Matrices, i: ir.Value, j: ir.Value, rows: int, lanes: int) -> None:
        b, memory = self._builder, self._memory
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

        counted(b, ir.Constant(INDEX, 0), memory.length(m.inner), 1, step)
        for r, place in enumerate(sums):
            address = memory.address(m.c, [b.add(i, ir.Constant(INDEX, r)), j])
            before = memory.load(address, dtype, lanes, 1)
            memory.store(b.fadd(before, b.load(place)), address, dtype, lanes, 1)

    def _dot(self, m: _Matrices, i: ir.Value, j: ir.Value, rows: int) -> None:
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

            counted(b, start, stop, lanes, step)

        for stretch, places in zip(found, sums, strict=True):
            visit(*stretch, places)
        for r in range(rows):
            address = memory.address(m.c, [b.add(i, ir.Constant(INDEX, r)), j])
            value = memory.load(address, dtype, 1, 1)
            for (*_, lanes), places in zip(found, sums, strict=True):
                value = b.fadd(value, in_one(b, "sum", dtype, b.load(places[r]), lanes))
            memory.store(value, address, dtype, 1, 1)

    def _zero(self, m: _Matrices, lanes: int) -> ir.Value:
        dtype = m.c.buffer.dtype
        with self._builder.goto_block(self._entry):
            place = self._builder.alloca(wide(dtype, lanes))
        self._builder.store(constant(0.0, dtype, lanes), place)
        return place
