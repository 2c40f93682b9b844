"""Sums: over another axis, missing, or not accumulated."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product

from kobai.diagnosis.repairs.surroundings import Repair, Surroundings
from kobai.diagnosis.repairs.trees import Part, expressions_in, matmul, numpy_function, swapped

_FOLDS = {"sum", "mean"}


def folds(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """Another axis of a sum, another fold, none."""
    match node:
        case ast.Call(func=ast.Attribute(value=holder, attr=fold) as function) if fold in _FOLDS:
            is_module = isinstance(holder, ast.Name) and holder.id in ("np", "numpy")
        case _:
            return
    own = node.args[1:] if is_module else node.args
    keywords = [k for k in node.keywords if k.arg != "axis"]
    base = node.args[:1] if is_module else []
    for axis in (0, 1, -1, None):
        changed = [] if axis is None else [ast.keyword("axis", ast.Constant(axis))]
        yield "sum", "wrong sum", ast.Call(function, base, [*keywords, *changed])
        kept = ast.keyword("keepdims", ast.Constant(True))
        plain = [k for k in keywords if k.arg != "keepdims"]
        yield "sum", "wrong sum", ast.Call(function, base, [*plain, *changed, kept])
        yield "sum", "wrong sum", ast.Call(function, base, [*plain, *changed])
    other = ast.Attribute(holder, "mean" if fold == "sum" else "sum", ast.Load())
    yield "factor", "mean for sum", ast.Call(other, [*base, *own], node.keywords)
    yield "sum", "wrong sum", base[0] if is_module and base else holder


def wrapped(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """A sum or a mean that is missing within the expression."""
    if isinstance(node, ast.Name | ast.BinOp | ast.Subscript | ast.Call):
        for axis, fold, kept in product((0, 1, None), ("sum", "mean"), (False, True)):
            keywords = [] if axis is None else [ast.keyword("axis", ast.Constant(axis))]
            keywords += [ast.keyword("keepdims", ast.Constant(True))] if kept else []
            yield "sum", "sum of all", ast.Call(numpy_function(fold), [node], keywords)


def accumulated(expression: ast.expr, around: Surroundings) -> Iterator[Repair]:
    """The sum over the turns of a loop: `=` for `+=`."""
    if around.target is None:
        return
    whole = ast.BinOp(around.target, ast.Add(), expression)
    old, new = ast.unparse(expression), ast.unparse(whole)
    yield Repair("sum", "missing accumulation", old, new, whole)


def repeated_rows(expression: ast.expr, around: Surroundings) -> Iterator[Repair]:
    """The sum over equal indices: of those `x[i] += v` adds only the last."""
    match around.target:
        case ast.Subscript(value=holder, slice=ast.Name() as index):
            pass
        case _:
            return
    column = ast.Tuple([ast.Slice(), ast.Constant(None)], ast.Load())
    same = ast.Compare(ast.Subscript(index, column, ast.Load()), [ast.Eq()], [index])
    for part in expressions_in(expression):
        summed = swapped(expression, part, matmul(same, part))
        new = f"np.add.at({ast.unparse(holder)}, {ast.unparse(index)}, {ast.unparse(part)})"
        yield Repair("sum", "repeated rows", ast.unparse(expression), new, summed)
