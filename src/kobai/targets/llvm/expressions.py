"""Scalar instructions as LLVM's, for one value or a vector of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from llvmlite import ir

from kobai.graph import AnyDType
from kobai.scalars import Scalar
from kobai.targets.llvm.constants import constant_of
from kobai.targets.llvm.elementary import Elementary

_FLOATS = {"add": "fadd", "sub": "fsub", "mul": "fmul", "div": "fdiv"}
_WHOLES = {"add": "add", "sub": "sub", "mul": "mul"}
_ORDERS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}
_LOGIC = {"and": "and_", "or": "or_", "xor": "xor"}
BITS = {"float64": 64, "float32": 32}


def element(dtype: AnyDType) -> ir.Type:
    """The type of one value in a register; truth values are single bits."""
    match dtype.name:
        case "float64":
            return ir.DoubleType()
        case "float32":
            return ir.FloatType()
        case "bool":
            return ir.IntType(1)
        case _:
            return ir.IntType(8 * dtype.itemsize)


def wide(dtype: AnyDType, lanes: int) -> ir.Type:
    return element(dtype) if lanes == 1 else ir.VectorType(element(dtype), lanes)


def constant(value: Any, dtype: AnyDType, lanes: int) -> ir.Constant:
    """A number in every lane."""
    if dtype.kind == "f":
        entry: Any = float(dtype.type(value))
    else:
        entry = int(value)
    return constant_of(element(dtype), entry, lanes)


def splat(builder: ir.IRBuilder, value: ir.Value, lanes: int) -> ir.Value:
    """A value in every lane of a vector."""
    if lanes == 1:
        return value
    kind = ir.VectorType(value.type, lanes)
    first = ir.Constant(ir.IntType(32), 0)
    single = builder.insert_element(ir.Constant(kind, ir.Undefined), value, first)
    places = ir.Constant(ir.VectorType(ir.IntType(32), lanes), None)
    return builder.shuffle_vector(single, ir.Constant(kind, ir.Undefined), places)


class Expressions:
    """Values of scalars at one place of a program.

    Args:
        builder: where the instructions are added.
        lanes: how many entries are computed together.
        leaf: the value of a read, a length or a loop's place, from those of its operands.
        known: values that are there already.
    """

    def __init__(
        self,
        builder: ir.IRBuilder,
        lanes: int,
        leaf: Callable[[Scalar, list[ir.Value]], ir.Value],
        known: Mapping[Scalar, ir.Value],
    ) -> None:
        self._builder = builder
        self._lanes = lanes
        self._leaf = leaf
        self._values: dict[Scalar, ir.Value] = dict(known)
        self._functions: dict[int, Elementary] = {}

    def value(self, wanted: Scalar) -> ir.Value:
        """The value of a scalar; what it is made of is computed once."""
        stack = [wanted]
        while stack:
            scalar = stack[-1]
            missing = [x for x in scalar.operands if x not in self._values]
            if missing and scalar not in self._values:
                stack.extend(missing)
                continue
            stack.pop()
            if scalar not in self._values:
                self._values[scalar] = self._made(scalar)
        return self._values[wanted]

    def elementary(self, dtype: AnyDType) -> Elementary:
        bits = BITS[dtype.name]
        if bits not in self._functions:
            self._functions[bits] = Elementary(self._builder, self._lanes, bits)
        return self._functions[bits]

    def _made(self, scalar: Scalar) -> ir.Value:
        b = self._builder
        operands = [self._values[x] for x in scalar.operands]
        is_float = bool(scalar.operands) and scalar.operands[0].dtype.kind == "f"
        match scalar.instruction:
            case "number":
                return constant(scalar.label, scalar.dtype, self._lanes)
            case "read" | "size" | "index":
                return self._leaf(scalar, operands)
            case "add" | "sub" | "mul" | "div" as name:
                if scalar.dtype == np.dtype(bool):
                    return b.or_(*operands) if name == "add" else b.and_(*operands)
                made: ir.Value = getattr(b, (_FLOATS if is_float else _WHOLES)[name])(*operands)
                return made
            case "neg":
                return b.fneg(operands[0]) if is_float else b.neg(operands[0])
            case "and" | "or" | "xor" as name:
                joined: ir.Value = getattr(b, _LOGIC[name])(*self._truths(scalar, operands))
                return joined
            case "not":
                return b.not_(*self._truths(scalar, operands))
            case "select":
                return b.select(self._truths(scalar, operands[:1])[0], *operands[1:])
            case "cast":
                return self._cast(operands[0], scalar.operands[0].dtype, scalar.dtype)
            case "call":
                return self._called(scalar, operands)
            case order:
                return self._compared(_ORDERS[order], operands, scalar.operands[0].dtype)

    def _truths(self, scalar: Scalar, operands: list[ir.Value]) -> list[ir.Value]:
        pairs = zip(operands, scalar.operands, strict=False)
        return [self._cast(value, x.dtype, np.dtype(bool)) for value, x in pairs]

    def _compared(self, order: str, operands: list[ir.Value], dtype: AnyDType) -> ir.Value:
        b = self._builder
        if dtype.kind != "f":
            is_signed = dtype.kind == "i"
            return (b.icmp_signed if is_signed else b.icmp_unsigned)(order, *operands)
        return (b.fcmp_unordered if order == "!=" else b.fcmp_ordered)(order, *operands)

    def _called(self, scalar: Scalar, operands: list[ir.Value]) -> ir.Value:
        return self.elementary(scalar.dtype).apply(scalar.label, operands)

    def _whole(self, value: ir.Value, old: AnyDType, new: AnyDType) -> ir.Value:
        """The whole number, without its fraction; what is none becomes the least one.

        LLVM promises nothing of such a conversion, and an index may be made by it.
        """
        b, bound = self._builder, 2.0 ** (8 * new.itemsize - 1)
        # No float lies between the least whole number and the next one below it.
        low = -bound - 1 if old.itemsize > new.itemsize else -bound
        order = ">" if old.itemsize > new.itemsize else ">="
        is_above = b.fcmp_ordered(order, value, constant(low, old, self._lanes))
        is_below = b.fcmp_ordered("<", value, constant(bound, old, self._lanes))
        is_one = b.and_(is_above, is_below)
        safe = b.select(is_one, value, constant(0, old, self._lanes))
        whole = b.fptosi(safe, wide(new, self._lanes))
        return b.select(is_one, whole, constant(-int(bound), new, self._lanes))

    def _cast(self, value: ir.Value, old: AnyDType, new: AnyDType) -> ir.Value:
        b = self._builder
        kind = wide(new, self._lanes)
        if old == new:
            return value
        if new.kind == "b":
            zero = constant(0, old, self._lanes)
            if old.kind == "f":
                return b.fcmp_unordered("!=", value, zero)
            return b.icmp_signed("!=", value, zero)
        match old.kind, new.kind:
            case "f", "f":
                return (
                    b.fpext(value, kind) if new.itemsize > old.itemsize else b.fptrunc(value, kind)
                )
            case "f", _:
                return self._whole(value, old, new)
            case "b", "f":
                return b.uitofp(value, kind)
            case _, "f":
                return b.sitofp(value, kind)
            case "b", _:
                return b.zext(value, kind)
            case _:
                return b.sext(value, kind) if new.itemsize > old.itemsize else b.trunc(value, kind)
