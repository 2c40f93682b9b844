"""Matrix products: transposed, in another order, or of another kind."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import product

from kobai.diagnosis.repairs.surroundings import Surroundings
from kobai.diagnosis.repairs.trees import (
    Part,
    matmul,
    numpy_function,
    times,
    transposed,
    turned,
)


def transposes(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transposed", "inner transposed", node.value
    elif isinstance(node, ast.Name | ast.Subscript | ast.Call | ast.BinOp):
        yield "transposed", "inner transposed", transposed(node)


def products(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """The factors of a matrix product in another order, each transposed or not."""
    make: Callable[[ast.expr, ast.expr], ast.expr] = matmul
    match node:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            pass
        case ast.Call(func=ast.Attribute(attr="dot" | "matmul") as function, args=[left, right]):
            make = lambda a, b: ast.Call(function, [a, b], [])
        case ast.Call(func=ast.Attribute(value=left, attr="dot"), args=[right]):
            pass
        case _:
            return
    for a, b in ((left, right), (right, left)):
        for first, second in product(turned(a), turned(b)):
            yield "transposed", "inner transposed", make(first, second)


def kinds_of_product(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """`@` for `*`, `*` for `@`, an outer product for either."""
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            for a, b in ((left, right), (right, left)):
                for first, second in product(turned(a), turned(b)):
                    yield "elementwise", "elementwise", matmul(first, second)
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            pass
        case ast.Call(func=ast.Attribute(attr="dot" | "matmul"), args=[left, right]):
            pass
        case ast.Call(func=ast.Attribute(attr="multiply"), args=[left, right]):
            for first, second in product(turned(left), turned(right)):
                yield "elementwise", "elementwise", matmul(first, second)
            return
        case _:
            return
    yield "elementwise", "elementwise", times(left, right)
    outer = numpy_function("outer")
    yield "elementwise", "elementwise", ast.Call(outer, [left, right], [])
    yield "elementwise", "elementwise", ast.Call(outer, [right, left], [])
