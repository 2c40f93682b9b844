"""Slips made by mutation: small changes to right derivations, each of a known kind and place."""

from __future__ import annotations

import ast
import inspect
import itertools
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from tests.support import hand_derivations

from kobai.diagnosis.repairs.trees import swapped

_COUNT = itertools.count()


@dataclass(frozen=True)
class Mutant:
    """A derivation with one slip.

    Attributes:
        name: the derivation, the step and the change.
        function: the function, with its source.
        problem: the problem that it is for.
        step: the variable that is first wrong.
        kinds: words for the cause that would be right.
    """

    name: str
    function: Callable[..., Any]
    problem: str
    step: str
    kinds: frozenset[str]


def compiled(source: str, name: str) -> Callable[..., Any]:
    """A function from its source, which stays readable as a notebook's does."""
    path = f"<slip {next(_COUNT)}>"
    lines = source.splitlines(keepends=True)
    linecache.cache[path] = len(source), None, lines, path
    space: dict[str, Any] = {**vars(hand_derivations)}
    exec(compile(source, path, "exec"), space)
    function: Callable[..., Any] = space[name]
    return function


Change = tuple[str, set[str], ast.expr]


def _sign(node: ast.expr) -> Iterator[Change]:
    match node:
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            yield "swapped difference", {"sign"}, ast.BinOp(right, ast.Sub(), left)
            yield "sum for difference", {"sign"}, ast.BinOp(left, ast.Add(), right)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield "difference for sum", {"sign"}, ast.BinOp(left, ast.Sub(), right)
        case _:
            return


def _factor(node: ast.expr) -> Iterator[Change]:
    match node:
        case ast.BinOp(left=left, op=ast.Div(), right=ast.Name(id="m")):
            yield "dropped / m", {"factor"}, left
        case ast.BinOp(left=ast.Constant(value=2), op=ast.Mult(), right=right):
            yield "dropped 2", {"factor"}, right
        case _:
            return


def _whole(node: ast.expr) -> Iterator[Change]:
    yield "twice", {"factor"}, ast.BinOp(ast.Constant(2), ast.Mult(), node)
    yield "half", {"factor"}, ast.BinOp(node, ast.Div(), ast.Constant(2))
    yield "negative", {"sign"}, ast.UnaryOp(ast.USub(), node)


def _transposed(node: ast.expr) -> Iterator[Change]:
    match node:
        case ast.BinOp(left=ast.Attribute(attr="T") as left, op=ast.MatMult(), right=right):
            turned = ast.BinOp(_turn(right), ast.MatMult(), left.value)
            yield "transposed product", {"transposed"}, turned
        case _:
            return


def _turn(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "T", ast.Load())


def _sum(node: ast.expr) -> Iterator[Change]:
    match node:
        case ast.Call(func=ast.Attribute(attr="sum") as function, args=args, keywords=keywords):
            mean = ast.Attribute(function.value, "mean", ast.Load())
            yield "mean for sum", {"factor", "sum"}, ast.Call(mean, args, keywords)
            is_numpy = isinstance(function.value, ast.Name) and function.value.id == "np"
            if is_numpy:
                yield "no sum", {"sum"}, args[0]
            if any(k.arg == "axis" for k in keywords):
                rest = [k for k in keywords if k.arg != "axis"]
                yield "sum over all", {"sum"}, ast.Call(function, args, rest)
                other = [
                    ast.keyword("axis", ast.Constant(0 if k.value.value else 1))
                    if k.arg == "axis" and isinstance(k.value, ast.Constant)
                    else k
                    for k in keywords
                ]
                yield "other axis", {"sum"}, ast.Call(function, args, other)
        case _:
            return


def _activation(node: ast.expr) -> Iterator[Change]:
    match node:
        case ast.BinOp(
            left=rest,
            op=ast.Mult(),
            right=ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=ast.BinOp(left=a)),
        ):
            yield "no slope of tanh", {"activation"}, rest
            slope = ast.BinOp(ast.Constant(1), ast.Sub(), a)
            yield "1 - a", {"activation", "power"}, ast.BinOp(rest, ast.Mult(), slope)
            logistic = ast.BinOp(ast.BinOp(rest, ast.Mult(), a), ast.Mult(), slope)
            yield "slope of the sigmoid", {"activation"}, logistic
        case ast.BinOp(
            left=ast.BinOp(left=rest, op=ast.Mult(), right=ast.Name(id=a)),
            op=ast.Mult(),
            right=ast.BinOp(left=ast.Constant(value=1), op=ast.Sub(), right=ast.Name(id=b)),
        ) if a == b:
            name = ast.Name(a, ast.Load())
            yield "no slope of the sigmoid", {"activation"}, rest
            yield "half a slope", {"activation", "missing"}, ast.BinOp(rest, ast.Mult(), name)
            square = ast.BinOp(name, ast.Pow(), ast.Constant(2))
            slope = ast.BinOp(ast.Constant(1), ast.Sub(), square)
            yield "slope of tanh", {"activation"}, ast.BinOp(rest, ast.Mult(), slope)
        case ast.BinOp(left=rest, op=ast.Mult(), right=ast.Call(func=ast.Name(id="sigmoid_prime"))):
            yield "no sigmoid_prime", {"activation"}, rest
        case ast.Call(func=ast.Name(id="sigmoid_prime"), args=args):
            plain = ast.Call(ast.Name("sigmoid", ast.Load()), args, [])
            yield "sigmoid for its slope", {"activation"}, plain
        case ast.BinOp(left=rest, op=ast.Mult(), right=ast.Compare()):
            yield "no mask", {"activation"}, rest
        case _:
            return


_POINTS = {"a": "z", "A1": "Z1", "A2": "Z2", "Z": "A", "z1": "a1", "z2": "a2", "z3": "a3"}


def _point(node: ast.expr, known: set[str]) -> Iterator[Change]:
    for name, other in _POINTS.items():
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if other not in known or name not in used or other in used:
            continue
        is_slope = (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "sigmoid_prime"
        ) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult) and used >= {name})
        if is_slope:
            new = node
            for part in [n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == name]:
                new = swapped(new, part, ast.Name(other, ast.Load()))
            yield f"{other} for {name}", {"point"}, new


_LAYERS = {
    "delta2": "delta3",
    "delta1": "delta2",
    "dZ1": "dA1",
    "dZ2": "dA2",
    "a1": "X",
    "dA": "dH",
}


def _layer(node: ast.expr, known: set[str]) -> Iterator[Change]:
    match node:
        case ast.Name(id=name) if _LAYERS.get(name) in known:
            yield (
                f"{_LAYERS[name]} for {name}",
                {"index", "variable", "point"},
                ast.Name(_LAYERS[name], ast.Load()),
            )
        case ast.Subscript(value=value, slice=ast.Name() as index):
            shifted = ast.BinOp(index, ast.Sub(), ast.Constant(1))
            new = ast.Subscript(value, shifted, ast.Load())
            yield "index less one", {"index", "variable"}, new
        case ast.Subscript(value=value, slice=ast.BinOp(left=left, op=ast.Add())):
            yield "index without + 1", {"index", "variable"}, ast.Subscript(value, left, ast.Load())
        case _:
            return


def _extra(node: ast.expr, known: set[str]) -> Iterator[Change]:
    for name in ("A", "A2", "a", "H"):
        if name in known:
            new = ast.BinOp(node, ast.Mult(), ast.Name(name, ast.Load()))
            yield f"extra {name}", {"extra"}, new


def _elementwise(node: ast.expr) -> Iterator[Change]:
    match node:
        case ast.BinOp(left=left, op=ast.MatMult(), right=right):
            yield "* for @", {"elementwise"}, ast.BinOp(left, ast.Mult(), right)
        case _:
            return


def mutants() -> Iterator[Mutant]:
    """All slips: each right derivation with one change in one of its backward statements."""
    for name, function in vars(hand_derivations).items():
        problem = name.partition("__")[0]
        if "__" in name[1:] and not name.startswith("__") and "rows" not in problem:
            yield from _mutants_of(name, function, problem)


def _mutants_of(name: str, function: Callable[..., Any], problem: str) -> Iterator[Mutant]:
    tree = ast.parse(inspect.getsource(function))
    known = {"X"} | {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    for statement in [n for n in ast.walk(tree) if isinstance(n, ast.Assign)]:
        step = ast.unparse(statement.targets[0])
        if not _is_backward(step):
            continue
        for label, kinds, changed in _changes(statement.value, known):
            new = ast.fix_missing_locations(swapped(tree, statement.value, changed))
            title = f"{name}: {step}: {label}: {ast.unparse(changed)}"
            source = ast.unparse(new)
            yield Mutant(title, compiled(source, name), problem, step, frozenset(kinds))


def _is_backward(step: str) -> bool:
    return step.startswith(("d", "grad", "nabla")) and "," not in step and "np" not in step


def _changes(value: ast.expr, known: set[str]) -> Iterator[Change]:
    yield from _whole(value)
    yield from _extra(value, known)
    for node in [n for n in ast.walk(value) if isinstance(n, ast.expr)]:
        for make in (_sign, _factor, _transposed, _sum, _activation, _elementwise):
            for label, kinds, new in make(node):
                yield label, kinds, swapped(value, node, new)
        for make_of in (_point, _layer):
            for label, kinds, new in make_of(node, known):
                yield label, kinds, swapped(value, node, new)


def is_slip(right: Callable[..., Any], wrong: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    """Whether the change matters: the function runs, and a result differs."""
    try:
        with np.errstate(all="ignore"):
            return not _same(right(*args), wrong(*args))
    except Exception:
        return False


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return all(_same(a, b) for a, b in zip(one, other, strict=True))
    a, b = np.squeeze(one), np.squeeze(other)
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-9, atol=1e-12))
