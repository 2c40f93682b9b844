"""Rules as equations: `1 / (1 + exp(-u)) = sigmoid(u)`.

The left side is a pattern, the right side what takes its place. Letters stand for any value,
numbers for constants of that value; sums and products match in both orders. A condition, such as
`u > 0`, has to be proved by the facts at hand (see `kobai.facts`), or the rule is not used.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from kobai.facts import Facts
from kobai.graph import CONSTANT, OPERATIONS, Node

Bindings: TypeAlias = Mapping[str, Node]

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
    ast.MatMult: "matmul",
    ast.USub: "negative",
}
_CONDITIONS: dict[type[ast.cmpop], Callable[[Any], bool]] = {
    ast.Gt: lambda interval: interval.is_positive,
    ast.GtE: lambda interval: interval.is_nonnegative,
    ast.NotEq: lambda interval: interval.is_nonzero,
}


@dataclass(frozen=True)
class Rule:
    """A rewriting rule.

    Attributes:
        name: a few words, printed beside each step that used it.
        operation: the operation at the root of what it rewrites.
        apply: the new node for a node, or None where the rule doesn't fit.
        text: the equation, or a sentence.
        condition: what has to hold, as it is printed.
    """

    name: str
    operation: str
    apply: Callable[[Node, Facts], Node | None]
    text: str
    condition: str = ""


def equation(name: str, text: str, condition: str = "", *, in_order: bool = False) -> Rule:
    """A rule from its equation: `left = right`, with a condition on single letters (`u > 0`).

    With `in_order`, sums and products match in the order written alone.
    """
    left, right = (ast.parse(side.strip(), mode="eval").body for side in text.split(" = "))
    holds = _condition(condition)

    def apply(node: Node, facts: Facts) -> Node | None:
        for bindings in _matches(left, node, {}, in_order):
            if holds(bindings, facts):
                return _built(right, bindings)
        return None

    return Rule(name, _operation(left), apply, text, condition)


def _operation(pattern: ast.expr) -> str:
    match pattern:
        case ast.BinOp(op=symbol) | ast.UnaryOp(op=symbol):
            return _OPERATORS[type(symbol)]
        case ast.Call(func=ast.Name(id=name)):
            return name
    raise ValueError(f"a rule can't begin with {ast.unparse(pattern)}")


def _operands(pattern: ast.expr) -> list[ast.expr]:
    match pattern:
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.UnaryOp(operand=operand):
            return [operand]
        case ast.Call(args=args):
            return args
    raise ValueError(f"{ast.unparse(pattern)} is not an operation")


def _matches(
    pattern: ast.expr, node: Node, bound: Bindings, in_order: bool
) -> Iterator[Bindings]:
    """Every way in which the pattern fits the node, given what its letters stand for already."""
    match pattern:
        case ast.Name(id=letter):
            if bound.get(letter, node) is node:
                yield {**bound, letter: node}
        case ast.Constant(value=number):
            if _is_number(node, number):
                yield bound
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=number)):
            if _is_number(node, -number):
                yield bound
        case _:
            op = OPERATIONS[_operation(pattern)]
            if node.op is not op or node.attributes:
                return
            orders = [node.operands]
            if op.commutes and not in_order:
                orders.append(node.operands[::-1])
            for operands in orders:
                yield from _all_match(_operands(pattern), operands, bound, in_order)


def _all_match(
    patterns: list[ast.expr], nodes: tuple[Node, ...], bound: Bindings, in_order: bool
) -> Iterator[Bindings]:
    if not patterns:
        yield bound
        return
    for bindings in _matches(patterns[0], nodes[0], bound, in_order):
        yield from _all_match(patterns[1:], nodes[1:], bindings, in_order)


def _is_number(node: Node, number: float) -> bool:
    if node.op is not CONSTANT or node.ndim:
        return False
    value = node.attribute("value").item()
    return bool(value == number and np.signbit(value) == np.signbit(number))


def _built(pattern: ast.expr, bindings: Bindings) -> Any:
    match pattern:
        case ast.Name(id=letter):
            return bindings[letter]
        case ast.Constant(value=number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=number)):
            return -number
    operands = [_built(operand, bindings) for operand in _operands(pattern)]
    return OPERATIONS[_operation(pattern)](*operands)


def _condition(text: str) -> Callable[[Bindings, Facts], bool]:
    """`u > 0 and v != 0`: intervals that have to be proved."""
    if not text:
        return lambda bindings, facts: True
    tree = ast.parse(text, mode="eval").body
    parts = tree.values if isinstance(tree, ast.BoolOp) else [tree]
    tests: list[tuple[str, Callable[[Any], bool]]] = []
    for part in parts:
        match part:
            case ast.Compare(left=ast.Name(id=letter), ops=[symbol]):
                tests.append((letter, _CONDITIONS[type(symbol)]))
            case _:
                raise ValueError(f"a condition compares a letter with 0, not {ast.unparse(part)}")
    return lambda bindings, facts: all(
        holds(facts.interval(bindings[letter])) for letter, holds in tests
    )
