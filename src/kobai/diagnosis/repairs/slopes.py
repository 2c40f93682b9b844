"""Activations and their slopes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np

from kobai.diagnosis.repairs.surroundings import Surroundings
from kobai.diagnosis.repairs.trees import Part, is_value, name, read, swapped, times
from kobai.diagnosis.slopes import ACTIVATIONS

_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
}
_FUNCTIONS = (
    *("np.exp(_)", "np.log(_)", "np.sqrt(_)", "np.abs(_)", "np.sign(_)"),
    *("1 / (1 + np.exp(-_))", "np.tanh(_)", "np.maximum(_, 0)"),
)


def missing_slopes(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if is_value(node):
        for new in _slopes(around):
            yield "activation", "wrong activation", times(node, new)


def wrong_slopes(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            for new in _slopes(around):
                yield "activation", "wrong activation", times(left, new)
                yield "activation", "wrong activation", times(new, right)
                match left:
                    case ast.BinOp(op=ast.Mult(), left=inner):
                        yield "activation", "wrong activation", times(inner, new)
                    case _:
                        pass
        case _:
            pass
    if isinstance(node, ast.BinOp | ast.Compare):
        for new in _slopes(around):
            yield "activation", "wrong activation", new


def _slopes(around: Surroundings) -> Iterator[ast.expr]:
    arrays = [n for n in around.slope_arguments() if not _is_mask(around.variables.get(n))]
    entries = [f"{n}[{k}]" for n in around.lists() for k in range(len(around.variables[n]))]
    for form, text in product(ACTIVATIONS, [*arrays, *entries]):
        if "sigmoid" not in form:
            yield read(form.format(text))
    for function, text in product(around.functions, arrays):
        yield read(f"{function}({text})")


def _is_mask(value: Any) -> bool:
    """Whether an array holds signs, or zeros and ones, alone: it is a slope, and has none."""
    return isinstance(value, np.ndarray) and bool(np.all(np.isin(value, (-1, 0, 1))))


def conditions(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """A condition the other way round."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPPOSITE:
            changed = ast.Compare(left, [_OPPOSITE[type(op)]()], [right])
            yield "activation", "condition", changed
        case _:
            pass


def functions(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """Another function of one argument, or none."""
    match node:
        case ast.Call(func=ast.Name(id=function), args=[argument], keywords=[]):
            for other in around.functions:
                if other != function:
                    changed = ast.Call(name(other), [argument], [])
                    yield "activation", "wrong activation", changed
            yield "activation", "wrong activation", argument
        case ast.Call(func=ast.Attribute(), args=[argument], keywords=[]):
            yield "activation", "wrong activation", argument
        case _:
            pass


def missing_functions(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """A function that is not applied: exp(eta) where eta stands."""
    if is_value(node):
        for function in around.functions:
            yield "missing", "missing function", ast.Call(name(function), [node], [])
        for form in _FUNCTIONS:
            place = next(n for n in ast.walk(read(form)) if isinstance(n, ast.Name) and n.id == "_")
            yield "missing", "missing function", swapped(read(form), place, node)
