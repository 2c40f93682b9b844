"""One value more in a fold, and the lanes of a vector as one."""

from __future__ import annotations

import numpy as np
from llvmlite import ir

from kobai.graph import AnyDType
from kobai.lower.loops import FoldKind


def combined(
    builder: ir.IRBuilder, kind: FoldKind, dtype: AnyDType, before: ir.Value, value: ir.Value
) -> ir.Value:
    """One value more in a fold; nan stays."""
    b = builder
    is_float = dtype.kind == "f"
    match kind:
        case "sum":
            return b.fadd(before, value) if is_float else b.add(before, value)
        case "any":
            return b.or_(before, value)
        case "all":
            return b.and_(before, value)
        case "max" | "min":
            order = ">" if kind == "max" else "<"
            if not is_float:
                compare = b.icmp_unsigned if dtype == np.dtype(bool) else b.icmp_signed
                return b.select(compare(order, before, value), before, value)
            wins = b.fcmp_ordered(order, before, value)
            is_nan = b.fcmp_unordered("uno", before, before)
            return b.select(b.or_(wins, is_nan), before, value)


def in_one(
    builder: ir.IRBuilder, kind: FoldKind, dtype: AnyDType, value: ir.Value, lanes: int
) -> ir.Value:
    """The lanes of a vector folded, in halves."""
    while lanes > 1:
        lanes //= 2
        value = combined(builder, kind, dtype, *_halves(builder, value, lanes))
    return value


def _halves(builder: ir.IRBuilder, value: ir.Value, lanes: int) -> tuple[ir.Value, ir.Value]:
    if lanes == 1:
        places = [ir.Constant(ir.IntType(32), lane) for lane in (0, 1)]
        first, second = (builder.extract_element(value, place) for place in places)
        return first, second
    nothing = ir.Constant(value.type, ir.Undefined)
    kind = ir.VectorType(ir.IntType(32), lanes)
    low = ir.Constant(kind, list(range(lanes)))
    high = ir.Constant(kind, list(range(lanes, 2 * lanes)))
    return (
        builder.shuffle_vector(value, nothing, low),
        builder.shuffle_vector(value, nothing, high),
    )
