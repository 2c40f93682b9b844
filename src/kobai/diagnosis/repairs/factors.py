"""Factors: numbers, lengths, powers, values too many or missing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kobai.diagnosis.repairs.surroundings import Surroundings
from kobai.diagnosis.repairs.trees import (
    Part,
    divided,
    is_value,
    matmul,
    name,
    read,
    times,
    transposed,
)


def divisors(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """Constants and lengths."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        value = node.value
        for new in (2 * value, value / 2, value + 1, value - 1, -value):
            if new != value:
                yield "factor", "wrong factor", ast.Constant(new)
    lengths = [ast.Constant(n) for n in dict.fromkeys(around.lengths.values())]
    match node:
        case ast.BinOp(left=left, op=ast.Div()):
            for number in lengths:
                yield "factor", "wrong factor", divided(left, number)
        case _:
            pass
    for number in [ast.Constant(2), *lengths]:
        yield "factor", "wrong factor", divided(node, number)
        yield "factor", "wrong factor", times(number, node)


def dropped_factors(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.BinOp(left=left, op=ast.Mult() | ast.MatMult(), right=right):
            yield "extra", "extra value", left
            yield "extra", "extra value", right
            match left:
                case ast.BinOp(left=first, op=ast.Mult(), right=second):
                    yield "extra", "extra value", first
                    yield "extra", "extra value", times(second, right)
                case _:
                    pass
        case ast.BinOp(left=left, op=ast.Div()):
            yield "extra", "extra value", left
        case ast.Call(func=ast.Attribute(attr="multiply" | "dot" | "matmul"), args=[left, right]):
            yield "extra", "extra value", left
            yield "extra", "extra value", right
        case _:
            pass


def missing_factors(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if not is_value(node):
        return
    for text in [*around.arrays(), *around.numbers()]:
        other = name(text)
        yield "missing", "missing value", times(node, other)
        yield "missing", "missing value", times(node, read(f"1 - {text}"))
        yield "missing", "missing value", matmul(node, other)
        yield "missing", "missing value", matmul(node, transposed(other))
        yield "missing", "missing value", divided(node, other)


def powers(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.BinOp(left=left, op=ast.Pow()):
            yield "power", "power", left
        case ast.Call(func=ast.Attribute(attr="power" | "square"), args=[left, *_]):
            yield "power", "power", left
        case ast.Name() | ast.Subscript() | ast.BinOp() | ast.Call():
            yield "power", "power", ast.BinOp(node, ast.Pow(), ast.Constant(2))
        case _:
            pass
