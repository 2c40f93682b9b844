"""Large matrix products: blocks of b packed into panels, and tiles of c in registers.

A block of b lies in scratch memory as panels, each as wide as a vector, so that a tile reads it
from the first address to the last. It stays in the second cache while all rows of c go past it, and
the few rows of a that a tile reads stay in the first (K. Goto and R. van de Geijn, ACM Trans. Math.
Softw. 34 (2008) 12).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from llvmlite import ir

from kobai.sizes import Dim
from kobai.targets.llvm.expressions import element
from kobai.targets.llvm.matrices import Matrices
from kobai.targets.llvm.memory import INDEX, Memory
from kobai.targets.llvm.nests import VECTOR_BYTES, counted
from kobai.targets.llvm.tiles import Tile, first_lanes, load_row, store_row, tile_function

# Rows of c in a tile: with two registers for a vector, their sums take 12 of AVX2's 16.
ROWS = 6
# Entries of a column of b, and bytes of a row, in a block: half of a second cache of 512 kB.
BLOCK_INNER = 256
BLOCK_BYTES = 1024

Visit = Callable[[ir.Value, ir.Value, bool], None]


def scratch_bytes(m: Matrices) -> int:
    """What a packed product needs of scratch memory: a block of b, rows of a tile, and a start."""
    columns, inner = _block(m)
    return (columns + ROWS) * inner * m.dtype.itemsize + VECTOR_BYTES


def _lanes(m: Matrices) -> int:
    return VECTOR_BYTES // m.dtype.itemsize


def _block(m: Matrices) -> tuple[int, int]:
    """Columns and rows of the largest block of b."""
    columns = BLOCK_BYTES // m.dtype.itemsize
    if isinstance(m.columns, int):
        columns = min(-(-m.columns // _lanes(m)) * _lanes(m), columns)
    return columns, min(m.inner, BLOCK_INNER) if isinstance(m.inner, int) else BLOCK_INNER


class Packed:
    """The loops of one product, whose c lies in rows.

    Args:
        memory: of the running kernel.
        m: the matrices.
        scratch: the first byte of the scratch memory.
    """

    def __init__(self, memory: Memory, m: Matrices, scratch: ir.Value) -> None:
        self._memory = memory
        self._builder = memory.builder
        self._m = m
        self._dtype = m.dtype
        self._lanes = _lanes(m)
        self._scratch = _aligned(self._builder, scratch, m)
        self._zero = ir.Constant(INDEX, 0)

    def emit(self) -> None:
        """c = a @ b, one block of b after the other."""
        m, widest = self._m, BLOCK_BYTES // self._dtype.itemsize

        def columns(j: ir.Value, width: ir.Value) -> None:
            self._blocks(m.inner, BLOCK_INNER, lambda k, inner: self._past(k, inner, j, width))

        self._blocks(m.columns, widest, columns)

    def _blocks(self, length: Dim, most: int, visit: Callable[[ir.Value, ir.Value], None]) -> None:
        """A loop in blocks; those of a known length are about as long as each other."""
        b, whole = self._builder, self._memory.length(length)
        if isinstance(length, int):
            count = max(-(-length // most), 1)
            most = min(-(-length // count // self._lanes) * self._lanes, most)

        def block(start: ir.Value) -> None:
            visit(start, _least(b, b.sub(whole, start), most))

        counted(b, self._zero, whole, most, block)

    def _past(self, k: ir.Value, inner: ir.Value, j: ir.Value, width: ir.Value) -> None:
        """All rows of c past one block of b."""
        self._pack(k, inner, j, width)
        for start, stop, rows in self._heights():
            tiles = partial(self._row_of_tiles, rows, k, inner, j, width)
            counted(self._builder, start, stop, rows, tiles)

    def _heights(self) -> list[tuple[ir.Value, ir.Value, int]]:
        """The rows of c as stretches, each with the height of its tiles."""
        b, length = self._builder, self._m.rows
        found: list[tuple[ir.Value, ir.Value, int]] = []
        if isinstance(length, int):
            return [
                (ir.Constant(INDEX, start), ir.Constant(INDEX, stop), rows)
                for start, stop, rows in known_heights(length)
            ]
        whole = self._memory.length(length)
        start: ir.Value = self._zero
        for rows in (ROWS, 3, 2, 1):
            step = ir.Constant(INDEX, rows)
            stop = b.add(start, b.mul(b.sdiv(b.sub(whole, start), step), step))
            found.append((start, stop, rows))
            start = stop
        return found

    def _row_of_tiles(
        self, rows: int, k: ir.Value, inner: ir.Value, j: ir.Value, width: ir.Value, i: ir.Value
    ) -> None:
        """The same rows of c, panel after panel."""
        b, memory, m = self._builder, self._memory, self._m
        a = memory.address(m.a, [i, k])
        is_in_rows = m.a.steps[1] == 1
        is_narrow = isinstance(m.columns, int) and m.columns <= self._lanes
        a_step = memory.length(m.a.steps[0 if is_in_rows else 1])
        if not is_in_rows and not (is_narrow and m.a.steps[0] == 1):
            a, a_step = self._packed_columns(a, rows, inner), ir.Constant(INDEX, rows)
        c_step = memory.length(m.c.steps[0])
        is_later = b.icmp_signed(">", k, self._zero)
        is_added = ir.Constant(ir.IntType(1), 1) if m.is_added else is_later

        def tile(panel: ir.Value, columns: ir.Value, is_masked: bool) -> None:
            function = tile_function(
                b.module, Tile(self._dtype, rows, self._lanes, is_in_rows, is_masked)
            )
            c = memory.address(m.c, [i, b.add(j, panel)])
            packed = self._panel(panel, inner)
            b.call(function, [a, a_step, packed, c, c_step, inner, columns, is_added])

        self._panels(width, tile)

    def _panels(self, width: ir.Value, visit: Visit) -> None:
        """The panels of a block: those that are whole, and what is left over."""
        b, lanes = self._builder, ir.Constant(INDEX, self._lanes)
        is_even = isinstance(self._m.columns, int) and self._m.columns % self._lanes == 0
        main = width if is_even else b.and_(width, ir.Constant(INDEX, -self._lanes))
        counted(b, self._zero, main, self._lanes, lambda panel: visit(panel, lanes, False))
        if not is_even:
            counted(b, main, width, self._lanes, lambda p: visit(p, b.sub(width, p), True))

    def _panel(self, panel: ir.Value, inner: ir.Value) -> ir.Value:
        return self._builder.gep(self._scratch, [self._builder.mul(panel, inner)])

    def _pack(self, k: ir.Value, inner: ir.Value, j: ir.Value, width: ir.Value) -> None:
        """A block of b as panels; zeros fill the last."""
        b, memory, m = self._builder, self._memory, self._m

        def pack(panel: ir.Value, columns: ir.Value, is_masked: bool) -> None:
            start = self._panel(panel, inner)

            def row(r: ir.Value) -> None:
                source = memory.address(m.b, [b.add(k, r), b.add(j, panel)])
                target = b.gep(start, [b.mul(r, ir.Constant(INDEX, self._lanes))])
                if is_masked:
                    self._filled(source, target, columns)
                else:
                    value = memory.load(source, self._dtype, self._lanes, m.b.steps[1])
                    store_row(b, value, target, self._dtype, self._lanes, None)

            counted(b, self._zero, inner, 1, row)

        self._panels(width, pack)

    def _filled(self, source: ir.Value, target: ir.Value, columns: ir.Value) -> None:
        """Some entries of a row, and zeros."""
        b, step = self._builder, self._m.b.steps[1]
        if step == 1:
            mask = first_lanes(b, columns, self._lanes)
            value = load_row(b, source, self._dtype, self._lanes, mask)
            store_row(b, value, target, self._dtype, self._lanes, None)
            return

        def copied(lane: ir.Value) -> None:
            entry = b.load(b.gep(source, [b.mul(lane, self._memory.length(step))]))
            b.store(entry, b.gep(target, [lane]))

        def zero(lane: ir.Value) -> None:
            b.store(ir.Constant(element(self._dtype), 0.0), b.gep(target, [lane]))

        counted(b, self._zero, columns, 1, copied)
        counted(b, columns, ir.Constant(INDEX, self._lanes), 1, zero)

    def _packed_columns(self, a: ir.Value, rows: int, inner: ir.Value) -> ir.Value:
        """A few rows of a, column after column, in the memory behind the block of b."""
        b, memory = self._builder, self._memory
        across, along = self._m.a.steps
        columns, deepest = _block(self._m)
        target = b.gep(self._scratch, [ir.Constant(INDEX, columns * deepest)])

        def column(k: ir.Value) -> None:
            source = b.gep(a, [b.mul(k, memory.length(along))])
            place = b.gep(target, [b.mul(k, ir.Constant(INDEX, rows))])
            start = 0
            while start < rows:
                count = next(n for n in (4, 2, 1) if start + n <= rows)
                first = ir.Constant(INDEX, start)
                entry = b.gep(source, [b.mul(first, memory.length(across))])
                value = memory.load(entry, self._dtype, count, across)
                memory.store(value, b.gep(place, [first]), self._dtype, count, 1)
                start += count

        counted(b, self._zero, inner, 1, column)
        return target


def known_heights(length: int) -> list[tuple[int, int, int]]:
    """Stretches of rows, each with the height of its tiles: low tiles would waste registers."""
    rest = length % ROWS
    main = length - rest
    if main and 0 < rest < ROWS // 2:
        main -= ROWS  # two tiles of about the same height in place of a high and a low one
    found = [(0, main, ROWS)] if main else []
    while main < length:
        left = length - main
        rows = left if left <= ROWS else -(-left // 2)
        found.append((main, main + rows, rows))
        main += rows
    return found


def _least(b: ir.IRBuilder, length: ir.Value, most: int) -> ir.Value:
    limit = ir.Constant(INDEX, most)
    return b.select(b.icmp_signed("<", length, limit), length, limit)


def _aligned(b: ir.IRBuilder, scratch: ir.Value, m: Matrices) -> ir.Value:
    """The first entry of scratch memory from which on vectors don't cross cache lines."""
    number = b.add(b.ptrtoint(scratch, INDEX), ir.Constant(INDEX, VECTOR_BYTES - 1))
    number = b.and_(number, ir.Constant(INDEX, -VECTOR_BYTES))
    return b.inttoptr(number, element(m.dtype).as_pointer())
