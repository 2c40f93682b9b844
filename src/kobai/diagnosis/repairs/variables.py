"""Another variable, another entry of it, or another time."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from kobai.diagnosis.repairs.surroundings import Repair, Surroundings
from kobai.diagnosis.repairs.trees import Part, expressions_in, name, read, renamed, swapped

_MESSAGES = {"point": "wrong point"}


def stale(expression: ast.expr, around: Surroundings) -> Iterator[Repair]:
    """A variable as it was before it was changed, or as it will be."""
    for node in expressions_in(expression):
        if not isinstance(node, ast.Name):
            continue
        for text, parts in around.versions.get(node.id, {}).items():
            changed = swapped(expression, node, name(text))
            extras = {text: parts["value"]}
            yield Repair("stale", "stale", node.id, text, changed, extras, parts)


def indices(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """Another entry: a shifted index, another counter, two indices exchanged, no slice."""
    if not isinstance(node, ast.Subscript):
        return
    parts = _parts(node.slice)
    for position, part in enumerate(parts):
        if isinstance(part, ast.Constant) and part.value is None:
            continue
        others = [*_shifted(part), *(name(c) for c in around.counters())]
        for other in [*others, ast.Slice()] if len(parts) > 1 else others:
            changed: list[ast.expr] = [*parts[:position], other, *parts[position + 1 :]]
            yield "index", "index", _entry(node.value, changed)
    if len(parts) == 2:
        yield "index", "index", _entry(node.value, parts[::-1])
    if isinstance(node.slice, ast.Slice):
        yield "index", "index", node.value


def _entry(value: ast.expr, parts: list[ast.expr]) -> ast.expr:
    index = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
    return ast.Subscript(value, index, ast.Load())


def _shifted(index: ast.expr) -> Iterator[ast.expr]:
    for shift in (1, -1, 2, -2):
        match index:
            case ast.Slice(lower=lower, upper=upper, step=None):
                if lower is not None:
                    yield ast.Slice(_moved(lower, shift), upper)
                if upper is not None:
                    yield ast.Slice(lower, _moved(upper, shift))
            case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=int(k))):
                yield _moved(left, k + shift)
            case ast.BinOp(left=left, op=ast.Sub(), right=ast.Constant(value=int(k))):
                yield _moved(left, shift - k)
            case _:
                yield _moved(index, shift)


def _moved(node: ast.expr, shift: int) -> ast.expr:
    match node:
        case ast.Constant(value=int(k)):
            return ast.Constant(k + shift)
        case _ if shift == 0:
            return node
        case _:
            op = ast.Add() if shift > 0 else ast.Sub()
            return ast.BinOp(node, op, ast.Constant(abs(shift)))


def points(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """The argument of a function of one argument: a for z."""
    match node:
        case ast.Call(args=[ast.Name(id=old)], func=ast.Name(), keywords=[]):
            names = [*around.arrays(), *around.numbers()]
        case ast.Call(args=[ast.Subscript(value=ast.Name(id=old))], func=ast.Name(), keywords=[]):
            names = around.lists()
        case _:
            return
    inner = next(n for n in ast.walk(node.args[0]) if isinstance(n, ast.Name))
    for other in names:
        if other != old:
            yield "point", "wrong point", swapped(node, inner, name(other))


def slopes_elsewhere(expression: ast.expr, around: Surroundings) -> Iterator[Repair]:
    """One variable for another in all of a slope that is written out: z * (1 - z)."""
    for factor in expressions_in(expression):
        names = [n.id for n in ast.walk(factor) if isinstance(n, ast.Name)]
        for old in dict.fromkeys(names):
            is_slope = names.count(old) > 1 or _is_slope(factor, old)
            if not is_slope or set(names) - {old, "np"} - set(around.functions):
                continue
            for other in _alike(old, around):
                new = renamed(factor, old, other)
                texts = ast.unparse(factor), ast.unparse(new)
                yield Repair("point", "wrong point", *texts, swapped(expression, factor, new))


def _is_slope(node: ast.expr, variable: str) -> bool:
    """Whether an expression is `1 - a**2` or `z > 0`."""
    match node:
        case ast.Compare(left=ast.Name(id=found), comparators=[ast.Constant()]):
            return found == variable
        case ast.BinOp(left=ast.Constant(), op=ast.Sub(), right=ast.BinOp(op=ast.Pow())):
            return True
        case ast.BinOp(left=ast.Constant(), op=ast.Sub(), right=ast.Call()):
            return True
        case _:
            return False


def all_uses(expression: ast.expr, around: Surroundings) -> Iterator[Repair]:
    """One variable for another wherever it stands."""
    names = [n.id for n in ast.walk(expression) if isinstance(n, ast.Name)]
    for old in dict.fromkeys(names):
        if names.count(old) > 1:
            for other in _alike(old, around):
                kind = _kind(old, other, around)
                changed = renamed(expression, old, other)
                yield Repair(kind, _MESSAGES.get(kind, kind), old, other, changed)


def variables(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if isinstance(node, ast.Name):
        for other in _alike(node.id, around):
            kind = _kind(node.id, other, around)
            yield kind, _MESSAGES.get(kind, kind), name(other)


def entries(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """An entry, a row or a column of another variable: `X[:, j]` for `w[j]`."""
    match node:
        case ast.Subscript(value=ast.Name(id=old), slice=index):
            own = [part for part in _parts(index) if not isinstance(part, ast.Slice)]
        case _:
            return
    own += [name(counter) for counter in around.counters()]
    for other in around.arrays():
        for part in own if other != old else ():
            for parts in ([part], [ast.Slice(), part]):
                yield "variable", "variable", _entry(name(other), parts)


def _parts(index: ast.expr) -> list[ast.expr]:
    return index.elts if isinstance(index, ast.Tuple) else [index]


def values(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """A variable for what is computed in its place; the number 1 for a variable."""
    if isinstance(node, ast.Name) and node.id in around.arrays():
        yield "variable", "variable", ast.Constant(1)
    if isinstance(node, ast.Subscript | ast.BinOp | ast.Call | ast.Attribute):
        for other in around.arrays():
            yield "variable", "variable", name(other)


def one_hot(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """The row of zeros and a one that a label stands for."""
    if isinstance(node, ast.Name | ast.Subscript):
        arrays = [np.shape(v) for v in around.variables.values() if isinstance(v, np.ndarray)]
        for count in dict.fromkeys(shape[-1] for shape in arrays if shape):
            row = ast.Subscript(read(f"np.eye({count})"), node, ast.Load())
            yield "broadcast", "one hot", row


def _alike(variable: str, around: Surroundings) -> list[str]:
    """Variables of the same kind."""
    arrays = around.arrays()
    for kind in (arrays, around.lists(), around.numbers()):
        if variable in kind:
            others = [*arrays, *around.numbers()] if kind == arrays else kind
            return [other for other in dict.fromkeys(others) if other != variable]
    return []


def _kind(old: str, new: str, around: Surroundings) -> str:
    """Whether two names differ in the layer or in more."""
    if (old, new) in around.slopes or (new, old) in around.slopes:
        return "point"
    return "index" if _without_layer(old) == _without_layer(new) else "variable"


def _without_layer(variable: str) -> str:
    return variable.rstrip("0123456789").rstrip("_")


def shapes(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if isinstance(node, ast.Name) and node.id in around.arrays():
        for text in ("{0}[:, None]", "{0}[None]", "{0}.ravel()", "{0}.T"):
            yield "broadcast", "broadcast", read(text.format(node.id))
