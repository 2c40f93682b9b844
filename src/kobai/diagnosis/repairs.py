"""Small changes to an expression of the user's, each of which would repair one kind of slip.

A repair is tried by working the changed expression out on the user's own variables, at every
point: what then gives the right value names the slip. Each kind is one function, listed in order:
the first that repairs is the cause.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, TypeVar

import numpy as np

from kobai.diagnosis.slips import ACTIVATIONS

Tree = TypeVar("Tree", bound=ast.AST)
_MESSAGES = {"point": "wrong point"}
_FOLDS = {"sum", "mean"}


@dataclass(frozen=True)
class Surroundings:
    """What the statement can see.

    Attributes:
        variables: the user's variables before the statement.
        versions: values that a variable had or got at other times, by a text for it.
        lengths: names of lengths, with their values.
        functions: functions of one argument that could be meant.
        slopes: pairs of names of which one's value is the activation of the other's.
        target: the variable that the statement binds, if it is one.
    """

    variables: Mapping[str, Any]
    versions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    functions: Sequence[str] = ()
    slopes: Collection[tuple[str, str]] = ()
    target: str = ""

    def arrays(self) -> list[str]:
        return [n for n, v in self.variables.items() if isinstance(v, np.ndarray) and v.ndim]

    def slope_arguments(self) -> list[str]:
        """What an activation may be computed from: arrays, or numbers where there are none."""
        numbers = [n for n in self.numbers() if not isinstance(self.variables[n], int)]
        return self.arrays() or numbers

    def lists(self) -> list[str]:
        return [n for n, v in self.variables.items() if isinstance(v, list | tuple)]

    def numbers(self) -> list[str]:
        return [
            n
            for n, v in self.variables.items()
            if isinstance(v, int | float | np.number) or (isinstance(v, np.ndarray) and not v.ndim)
        ]


@dataclass(frozen=True)
class Repair:
    """A changed expression.

    Attributes:
        kind: the kind of the slip.
        message: the key of the sentence.
        old: the part that is changed.
        new: what it becomes.
        expression: all of it, changed.
        extras: names in it that the user has not: `W2 before line 7`.
    """

    kind: str
    message: str
    old: str
    new: str
    expression: ast.expr
    extras: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)


Part = tuple[str, str, ast.expr]
Maker = Callable[[ast.expr, Surroundings], Iterator[Part]]


def repairs(expression: ast.expr, around: Surroundings) -> Iterator[Repair]:
    """All repairs of one expression, the likelier first."""
    nodes = [n for n in ast.walk(expression) if isinstance(n, ast.expr)]
    for make in (_signs, _folds, _transposes, _products):
        yield from _each(expression, nodes, make, around)
    if around.target in around.variables:
        whole = ast.BinOp(ast.Name(around.target, ast.Load()), ast.Add(), expression)
        old, new = ast.unparse(expression), ast.unparse(whole)
        yield Repair("sum", "missing accumulation", old, new, whole)
    yield from _stale(expression, nodes, around)
    for make in (_indices, _points):
        yield from _each(expression, nodes, make, around)
    yield from _everywhere(expression, around)
    makers = (
        *(_variables, _callees, _kinds_of_product, _numbers, _dropped, _dropped_terms),
        *(_missing_slopes, _powers, _wrong_slopes, _shapes, _wrapped, _missing_values),
    )
    for make in makers:
        yield from _each(expression, nodes, make, around)


def _each(
    expression: ast.expr, nodes: Sequence[ast.expr], make: Maker, around: Surroundings
) -> Iterator[Repair]:
    for node in nodes:
        for kind, message, new in make(node, around):
            changed = swapped(expression, node, new)
            yield Repair(kind, message, ast.unparse(node), ast.unparse(new), changed)


def swapped(tree: Tree, old: ast.AST, new: ast.AST) -> Any:
    """A tree with another part in place of one."""
    if tree is old:
        return new
    fields: dict[str, Any] = {}
    for name, value in ast.iter_fields(tree):
        if isinstance(value, ast.AST):
            fields[name] = swapped(value, old, new)
        elif isinstance(value, list):
            fields[name] = [
                swapped(entry, old, new) if isinstance(entry, ast.AST) else entry for entry in value
            ]
        else:
            fields[name] = value
    is_same = all(_is_one(fields[name], value) for name, value in ast.iter_fields(tree))
    return tree if is_same else type(tree)(**fields)


def _is_one(new: Any, old: Any) -> bool:
    if isinstance(old, list):
        return all(a is b for a, b in zip(new, old, strict=True))
    return new is old


def _read(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _signs(node: ast.expr, around: Surroundings) -> Iterator[Part]:
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


def _transposes(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield "transposed", "inner transposed", node.value
    elif isinstance(node, ast.Name | ast.Subscript | ast.Call | ast.BinOp):
        yield "transposed", "inner transposed", _transposed(node)


def _products(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """The factors of a matrix product in another order, each transposed or not."""
    match node:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            make: Callable[[ast.expr, ast.expr], ast.expr] = lambda a, b: ast.BinOp(
                a, ast.MatMult(), b
            )
        case ast.Call(func=ast.Attribute(attr="dot" | "matmul") as function, args=[left, right]):
            make = lambda a, b: ast.Call(function, [a, b], [])
        case ast.Call(func=ast.Attribute(value=left, attr="dot"), args=[right]):
            make = lambda a, b: ast.BinOp(a, ast.MatMult(), b)
        case _:
            return
    for a, b in ((left, right), (right, left)):
        for first, second in product(_turned(a), _turned(b)):
            yield "transposed", "inner transposed", make(first, second)


def _turned(node: ast.expr) -> tuple[ast.expr, ast.expr]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node, node.value
    return node, _transposed(node)


def _transposed(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "T", ast.Load())


def _stale(
    expression: ast.expr, nodes: Sequence[ast.expr], around: Surroundings
) -> Iterator[Repair]:
    """A variable as it was before it was changed, or as it will be."""
    for node in nodes:
        if not isinstance(node, ast.Name):
            continue
        for text, parts in around.versions.get(node.id, {}).items():
            new = ast.Name(text, ast.Load())
            extras = {text: parts["value"]}
            changed = swapped(expression, node, new)
            yield Repair("stale", "stale", node.id, text, changed, extras, parts)


def _indices(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if not isinstance(node, ast.Subscript) or isinstance(node.slice, ast.Slice | ast.Tuple):
        return
    for shift in (1, -1, 2, -2):
        index = node.slice
        match index:
            case ast.BinOp(left=left, op=ast.Add(), right=ast.Constant(value=int(k))):
                new = _shifted(left, k + shift)
            case ast.BinOp(left=left, op=ast.Sub(), right=ast.Constant(value=int(k))):
                new = _shifted(left, shift - k)
            case _:
                new = _shifted(index, shift)
        yield "index", "index", ast.Subscript(node.value, new, ast.Load())


def _shifted(node: ast.expr, shift: int) -> ast.expr:
    if shift == 0:
        return node
    op = ast.Add() if shift > 0 else ast.Sub()
    return ast.BinOp(node, op, ast.Constant(abs(shift)))


def _points(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """The argument of a function of one argument: a for z."""
    match node:
        case ast.Call(args=[ast.Name(id=name)], func=ast.Name(), keywords=[]):
            names = [*around.arrays(), *around.numbers()]
        case ast.Call(args=[ast.Subscript(value=ast.Name(id=name))], func=ast.Name(), keywords=[]):
            names = around.lists()
        case _:
            return
    inner = next(n for n in ast.walk(node.args[0]) if isinstance(n, ast.Name))
    for other in names:
        if other != name:
            yield "point", "wrong point", swapped(node, inner, ast.Name(other, ast.Load()))


def _everywhere(expression: ast.expr, around: Surroundings) -> Iterator[Repair]:
    """One variable for another in all of a slope that is written out: z * (1 - z)."""
    for factor in [n for n in ast.walk(expression) if isinstance(n, ast.expr)]:
        names = [n.id for n in ast.walk(factor) if isinstance(n, ast.Name)]
        for name in dict.fromkeys(names):
            if names.count(name) < 2 and not isinstance(factor, ast.Compare | ast.BinOp):
                continue
            is_slope = names.count(name) > 1 or _is_slope(factor, name)
            if not is_slope or set(names) - {name, "np"} - set(around.functions):
                continue
            for other in _alike(name, around):
                renamed = _renamed(factor, name, other)
                yield Repair(
                    "point",
                    "wrong point",
                    ast.unparse(factor),
                    ast.unparse(renamed),
                    swapped(expression, factor, renamed),
                )
    for name in dict.fromkeys(n.id for n in ast.walk(expression) if isinstance(n, ast.Name)):
        for other in _alike(name, around):
            kind = _kind(name, other, around)
            changed = _renamed(expression, name, other)
            yield Repair(kind, _MESSAGES.get(kind, kind), name, other, changed)


def _is_slope(node: ast.expr, name: str) -> bool:
    """Whether an expression is `1 - a**2` or `z > 0`."""
    match node:
        case ast.Compare(left=ast.Name(id=found), comparators=[ast.Constant()]):
            return found == name
        case ast.BinOp(left=ast.Constant(), op=ast.Sub(), right=ast.BinOp(op=ast.Pow())):
            return True
        case ast.BinOp(left=ast.Constant(), op=ast.Sub(), right=ast.Call()):
            return True
        case _:
            return False


def _renamed(tree: Tree, old: str, new: str) -> Tree:
    for node in [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == old]:
        tree = swapped(tree, node, ast.Name(new, ast.Load()))
    return tree


def _alike(name: str, around: Surroundings) -> list[str]:
    """Variables of the same kind."""
    for kind in (around.arrays(), around.lists(), around.numbers()):
        if name in kind:
            others = kind if kind != around.arrays() else [*kind, *around.numbers()]
            return [other for other in others if other != name]
    return []


def _variables(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if isinstance(node, ast.Name):
        for other in _alike(node.id, around):
            kind = _kind(node.id, other, around)
            yield kind, _MESSAGES.get(kind, kind), ast.Name(other, ast.Load())


def _kind(old: str, new: str, around: Surroundings) -> str:
    """Whether two names differ in the layer or in more."""
    if (old, new) in around.slopes or (new, old) in around.slopes:
        return "point"
    is_layer = _without_layer(old) == _without_layer(new)
    return "index" if is_layer else "variable"


def _without_layer(name: str) -> str:
    return name.rstrip("0123456789").rstrip("_")


def _callees(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            for other in around.functions:
                if other != name:
                    function = ast.Name(other, ast.Load())
                    yield "activation", "wrong activation", ast.Call(function, [argument], [])
            yield "activation", "wrong activation", argument
        case _:
            pass


def _kinds_of_product(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            for a, b in ((left, right), (right, left)):
                for first, second in product(_turned(a), _turned(b)):
                    new = ast.BinOp(first, ast.MatMult(), second)
                    yield "elementwise", "elementwise", new
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            pass
        case ast.Call(func=ast.Attribute(attr="dot" | "matmul"), args=[left, right]):
            pass
        case ast.Call(func=ast.Attribute(attr="multiply"), args=[left, right]):
            for first, second in product(_turned(left), _turned(right)):
                yield "elementwise", "elementwise", ast.BinOp(first, ast.MatMult(), second)
            return
        case _:
            return
    yield "elementwise", "elementwise", ast.BinOp(left, ast.Mult(), right)
    outer = ast.Attribute(ast.Name("np", ast.Load()), "outer", ast.Load())
    yield "elementwise", "elementwise", ast.Call(outer, [left, right], [])
    yield "elementwise", "elementwise", ast.Call(outer, [right, left], [])


def _folds(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """Another axis of a sum, another fold, none."""
    match node:
        case ast.Call(func=ast.Attribute(value=holder, attr=name) as function) if name in _FOLDS:
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
    other = ast.Attribute(holder, "mean" if name == "sum" else "sum", ast.Load())
    yield "factor", "mean for sum", ast.Call(other, [*base, *own], node.keywords)
    yield "sum", "wrong sum", base[0] if is_module and base else holder


def _wrapped(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """A sum or a mean that is missing within the expression."""
    if isinstance(node, ast.Name | ast.BinOp | ast.Subscript | ast.Call):
        for axis, fold, kept in product((0, 1, None), ("sum", "mean"), (False, True)):
            function = ast.Attribute(ast.Name("np", ast.Load()), fold, ast.Load())
            keywords = [] if axis is None else [ast.keyword("axis", ast.Constant(axis))]
            keywords += [ast.keyword("keepdims", ast.Constant(True))] if kept else []
            yield "sum", "sum of all", ast.Call(function, [node], keywords)


def _numbers(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    """Factors within the expression: constants, lengths, divisors."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        value = node.value
        for new in (2 * value, value / 2, value + 1, value - 1, -value):
            if new != value:
                yield "factor", "wrong factor", ast.Constant(new)
    lengths = [ast.Constant(n) for n in dict.fromkeys(around.lengths.values())]
    match node:
        case ast.BinOp(left=left, op=ast.Div()):
            for number in lengths:
                yield "factor", "wrong factor", ast.BinOp(left, ast.Div(), number)
        case _:
            pass
    for number in [ast.Constant(2), *lengths]:
        yield "factor", "wrong factor", ast.BinOp(node, ast.Div(), number)
        yield "factor", "wrong factor", ast.BinOp(number, ast.Mult(), node)


def _missing_slopes(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if isinstance(node, ast.Name | ast.BinOp | ast.Subscript | ast.Call):
        for new in _all_slopes(around):
            yield "activation", "wrong activation", ast.BinOp(node, ast.Mult(), new)


def _wrong_slopes(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.BinOp(op=ast.Mult(), left=left, right=right):
            for new in _all_slopes(around):
                yield "activation", "wrong activation", ast.BinOp(left, ast.Mult(), new)
                yield "activation", "wrong activation", ast.BinOp(new, ast.Mult(), right)
                match left:
                    case ast.BinOp(op=ast.Mult(), left=inner):
                        yield "activation", "wrong activation", ast.BinOp(inner, ast.Mult(), new)
                    case _:
                        pass
        case _:
            pass
    if isinstance(node, ast.BinOp | ast.Compare):
        for new in _all_slopes(around):
            yield "activation", "wrong activation", new


def _all_slopes(around: Surroundings) -> Iterator[ast.expr]:
    arrays = around.slope_arguments()
    entries = [f"{n}[{k}]" for n in around.lists() for k in range(len(around.variables[n]))]
    for form, name in product(ACTIVATIONS, [*arrays, *entries]):
        if "sigmoid" not in form:
            yield _read(form.format(name))
    for function, name in product(around.functions, arrays):
        yield _read(f"{function}({name})")


def _dropped(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.BinOp(left=left, op=ast.Mult() | ast.MatMult(), right=right):
            yield "extra", "extra value", left
            yield "extra", "extra value", right
        case ast.BinOp(left=left, op=ast.Div()):
            yield "extra", "extra value", left
        case ast.Call(func=ast.Attribute(attr="multiply" | "dot" | "matmul"), args=[left, right]):
            yield "extra", "extra value", left
            yield "extra", "extra value", right
        case _:
            pass


def _dropped_terms(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            yield "term", "extra term", left
            yield "term", "extra term", right
        case _:
            return


def _powers(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    match node:
        case ast.BinOp(left=left, op=ast.Pow()):
            yield "power", "power", left
        case ast.Call(func=ast.Attribute(attr="power" | "square"), args=[left, *_]):
            yield "power", "power", left
        case ast.Name() | ast.Subscript() | ast.BinOp():
            yield "power", "power", ast.BinOp(node, ast.Pow(), ast.Constant(2))
        case _:
            pass


def _shapes(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if isinstance(node, ast.Name) and node.id in around.arrays():
        for text in ("{0}[:, None]", "{0}[None]", "{0}.ravel()", "{0}.T"):
            yield "broadcast", "broadcast", _read(text.format(node.id))


def _missing_values(node: ast.expr, around: Surroundings) -> Iterator[Part]:
    if isinstance(node, ast.Name | ast.BinOp | ast.Subscript | ast.Call):
        for name in [*around.arrays(), *around.numbers()]:
            other = ast.Name(name, ast.Load())
            yield "missing", "missing value", ast.BinOp(node, ast.Mult(), other)
            yield "missing", "missing value", ast.BinOp(node, ast.Mult(), _read(f"(1 - {name})"))
            yield "missing", "missing value", ast.BinOp(node, ast.MatMult(), other)
            yield "missing", "missing value", ast.BinOp(node, ast.MatMult(), _transposed(other))
            yield "missing", "missing value", ast.BinOp(node, ast.Div(), other)
