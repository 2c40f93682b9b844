"""A tile of a matrix product as a function: a few rows of the result, one vector wide.

    void tile(a, a_step, b, c, c_step, inner, width, is_added)

writes to `rows` rows of c, `c_step` apart, the products of columns of a and rows of b, or adds them
to what is there. The sums are in registers; rows of b lie one after the other, each as wide as a
vector. If a is given in rows, `a_step` is from row to row; otherwise from column to column, whose
entries lie side by side. A masked tile has only so many columns as `width` says. Each entry is one
sum in the order of `inner`, whichever tile it belongs to.
"""

from __future__ import annotations

from dataclasses import dataclass

from llvmlite import ir

from kobai.graph import AnyDType
from kobai.targets.llvm.elementary import Elementary
from kobai.targets.llvm.expressions import BITS, constant, element, splat, wide
from kobai.targets.llvm.memory import INDEX


@dataclass(frozen=True)
class Tile:
    """What the code of a tile depends on."""

    dtype: AnyDType
    rows: int
    lanes: int
    a_in_rows: bool
    is_masked: bool

    @property
    def name(self) -> str:
        order = "rows" if self.a_in_rows else "columns"
        form = "masked" if self.is_masked else "whole"
        return f"tile.{self.dtype.name}.{self.rows}x{self.lanes}.{order}.{form}"


def tile_function(module: ir.Module, tile: Tile) -> ir.Function:
    """The function of a tile, written when it is first asked for: products share it."""
    known = module.globals.get(tile.name)
    if known is not None:
        return known
    pointer = element(tile.dtype).as_pointer()
    arguments = [pointer, INDEX, pointer, pointer, INDEX, INDEX, INDEX, ir.IntType(1)]
    kind = ir.FunctionType(ir.VoidType(), arguments)
    function = ir.Function(module, kind, tile.name)
    function.linkage = "internal"
    for attribute in ("noinline", "nounwind"):
        function.attributes.add(attribute)
    _emit(ir.IRBuilder(function.append_basic_block("entry")), function, tile)
    return function


def _emit(b: ir.IRBuilder, function: ir.Function, tile: Tile) -> None:
    a, a_step, panel, c, c_step, inner, width, is_added = function.args
    before, inside, after = b.block, *(b.append_basic_block(name) for name in ("body", "after"))
    # Registers hold the address of each row of a, or the one of a column.
    starts = [a]
    while tile.a_in_rows and len(starts) < tile.rows:
        starts.append(b.gep(starts[-1], [a_step]))
    zero, one = ir.Constant(INDEX, 0), ir.Constant(INDEX, 1)
    none: ir.Value = constant(0.0, tile.dtype, tile.lanes)
    first = [zero, zero, *[none] * tile.rows]
    b.cbranch(b.icmp_signed(">", inner, zero), inside, after)
    b.position_at_end(inside)
    k, column, *sums = phis = [b.phi(value.type) for value in first]
    row = _row(b, b.gep(panel, [b.mul(k, ir.Constant(INDEX, tile.lanes))]), tile, None)
    functions = Elementary(b, tile.lanes, BITS[tile.dtype.name])
    added = []
    for r, total in enumerate(sums):
        place = b.gep(starts[r], [k]) if tile.a_in_rows else b.gep(a, [column])
        if not tile.a_in_rows:
            place = b.gep(place, [ir.Constant(INDEX, r)])
        entry = b.load(place, align=tile.dtype.itemsize)
        added.append(functions.fma(splat(b, entry, tile.lanes), row, total))
    following = [b.add(k, one), b.add(column, a_step), *added]
    b.cbranch(b.icmp_signed("<", following[0], inner), inside, after)
    for phi, start, value in zip(phis, first, following, strict=True):
        phi.add_incoming(start, before)
        phi.add_incoming(value, inside)
    b.position_at_end(after)
    totals = [b.phi(value.type) for value in added]
    for total, value in zip(totals, added, strict=True):
        total.add_incoming(none, before)
        total.add_incoming(value, inside)
    mask = first_lanes(b, width, tile.lanes) if tile.is_masked else None
    for total in totals:
        held = b.select(is_added, _row(b, c, tile, mask), none)
        store_row(b, b.fadd(held, total), c, tile.dtype, tile.lanes, mask)
        c = b.gep(c, [c_step])
    b.ret_void()


def _row(b: ir.IRBuilder, address: ir.Value, tile: Tile, mask: ir.Value | None) -> ir.Value:
    return load_row(b, address, tile.dtype, tile.lanes, mask)


def first_lanes(b: ir.IRBuilder, count: ir.Value, lanes: int) -> ir.Value:
    """A vector that is true in the first lanes."""
    whole = ir.IntType(32)
    numbers = ir.Constant(ir.VectorType(whole, lanes), list(range(lanes)))
    return b.icmp_signed("<", numbers, splat(b, b.trunc(count, whole), lanes))


def load_row(
    b: ir.IRBuilder, address: ir.Value, dtype: AnyDType, lanes: int, mask: ir.Value | None
) -> ir.Value:
    """Entries side by side; where the mask is false, 0, and nothing is read."""
    kind = wide(dtype, lanes)
    pointer = b.bitcast(address, kind.as_pointer())
    if mask is None:
        return b.load(pointer, align=dtype.itemsize)
    align = ir.Constant(ir.IntType(32), dtype.itemsize)
    given = [pointer, align, mask, constant(0.0, dtype, lanes)]
    return b.call(_intrinsic(b, f"load.v{lanes}f{BITS[dtype.name]}", kind, given), given)


def store_row(
    b: ir.IRBuilder,
    value: ir.Value,
    address: ir.Value,
    dtype: AnyDType,
    lanes: int,
    mask: ir.Value | None,
) -> None:
    """Entries side by side; where the mask is false, nothing is written."""
    pointer = b.bitcast(address, value.type.as_pointer())
    if mask is None:
        b.store(value, pointer, align=dtype.itemsize)
        return
    align = ir.Constant(ir.IntType(32), dtype.itemsize)
    given = [value, pointer, align, mask]
    b.call(_intrinsic(b, f"store.v{lanes}f{BITS[dtype.name]}", ir.VoidType(), given), given)


def _intrinsic(b: ir.IRBuilder, name: str, result: ir.Type, given: list[ir.Value]) -> ir.Value:
    """One of LLVM's functions of vectors of which some lanes count."""
    full = f"llvm.masked.{name}.p0"
    known = b.module.globals.get(full)
    if known is not None:
        return known
    return ir.Function(b.module, ir.FunctionType(result, [x.type for x in given]), full)
