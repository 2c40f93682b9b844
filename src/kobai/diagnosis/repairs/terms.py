"""Signs and terms."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kobai.diagnosis.repairs.surroundings import Surroundings
from kobai.diagnosis.repairs.trees import Part, read

# What is subtracted where a mean or a normalised sum is differentiated, made of one value.
_TERMS = (
    *("{0}", "np.sum({0}, axis=0)", "np.sum({0}, axis=1, keepdims=True)"),
    *("np.mean({0}, axis=0)", "np.mean({0}, axis=1, keepdims=True)", "np.outer({0}, {0})"),
)


def signs(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield "sign", "inner sign", ast.BinOp(left, ast.Sub(), right)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            yield "sign", "inner sign", ast.BinOp(left, ast.Add(), right)
            yield "sign", "inner sign", ast.BinOp(right, ast.Sub(), left)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield "sign", "inner sign", operand
        case _:
            pass
    if isinstance(node, ast.Name | ast.Call | ast.BinOp | ast.Subscript | ast.Attribute):
        yield "sign", "inner sign", ast.UnaryOp(ast.USub(), node)


def dropped_terms(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            yield "term", "extra term", left
            yield "term", "extra term", right
        case _:
            return


def missing_terms(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if not isinstance(node, ast.BinOp | ast.Call):
        return
    for form in _TERMS:
        for array in around.arrays():
            for op in (ast.Sub(), ast.Add()):
                yield "term", "wrong term", ast.BinOp(node, op, read(form.format(array)))
