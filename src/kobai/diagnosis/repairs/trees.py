"""Syntax trees with other parts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, TypeAlias, TypeVar

from kobai.diagnosis.repairs.surroundings import Repair, Surroundings

Tree = TypeVar("Tree", bound=ast.AST)
Part: TypeAlias = tuple[str, str, ast.expr]
PartMaker: TypeAlias = Callable[[ast.expr, Surroundings], Iterator[Part]]
Maker: TypeAlias = Callable[[ast.expr, Surroundings], Iterator[Repair]]


def at_each(*makers: PartMaker) -> list[Maker]:
    """Changes of a part, tried at every part of an expression."""
    return [partial(_everywhere, make) for make in makers]


def _everywhere(make: PartMaker, expression: ast.expr, around: Surroundings) -> Iterator[Repair]:
    for node in expressions_in(expression):
        for kind, message, new in make(node, around):
            changed = swapped(expression, node, new)
            yield Repair(kind, message, ast.unparse(node), ast.unparse(new), changed)


def expressions_in(tree: ast.AST) -> list[ast.expr]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.expr)]


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


def renamed(tree: Tree, old: str, new: str) -> Tree:
    """A tree with another variable in all places of one."""
    for node in [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == old]:
        tree = swapped(tree, node, ast.Name(new, ast.Load()))
    return tree


@cache
def read(text: str) -> ast.expr:
    """The tree of an expression."""
    return ast.parse(text, mode="eval").body


def name(text: str) -> ast.Name:
    return ast.Name(text, ast.Load())


def transposed(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "T", ast.Load())


def turned(node: ast.expr) -> tuple[ast.expr, ast.expr]:
    """A matrix and its transpose, without a `.T.T`."""
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node, node.value
    return node, transposed(node)


def times(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.BinOp(left, ast.Mult(), right)


def matmul(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.BinOp(left, ast.MatMult(), right)


def divided(left: ast.expr, right: ast.expr) -> ast.expr:
    return ast.BinOp(left, ast.Div(), right)


def numpy_function(function: str) -> ast.expr:
    return ast.Attribute(name("np"), function, ast.Load())


def is_value(node: ast.expr) -> bool:
    """Whether a part of an expression may be an array."""
    return isinstance(node, ast.Name | ast.BinOp | ast.Subscript | ast.Call)
