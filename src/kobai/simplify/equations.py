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
from kobai.intervals import Interval


@dataclass(frozen=True)
class Rule:
    """A rewriting rule.

    Attributes:
        name: a few words, printed beside each step that used it.
        operation: the operation at the root of what it rewrites.
        apply: the new node for a node, or None where the rule doesn't fit.
        text: the equation.
        condition: what has to be proved, as it is printed.
        operands: the operations of the operands, where the rule asks for some: None for any.
        in_order: whether the operands have to stand in that order.
    """

    name: str
    operation: str
    apply: Callable[[Node, Facts], Node | None]
    text: str
    condition: str = ""
    operands: tuple[str | None, ...] = ()
    in_order: bool = True

    def may_fit(self, key: tuple[str, ...]) -> bool:
        """Whether a node whose operation and operands' operations these are can be rewritten."""
        operation, *found = key
        if operation != self.operation:
            return False
        orders = [found] if self.in_order else [found, found[::-1]]
        return any(
            all(wanted in (None, name) for wanted, name in zip(self.operands, order, strict=False))
            for order in orders
        )


@dataclass(frozen=True)
class Letter:
    """Stands for any value, the same one wherever it is written."""

    name: str


@dataclass(frozen=True)
class Number:
    """Stands for a constant of this value and sign."""

    value: float


@dataclass(frozen=True)
class Applied:
    """Stands for an operation without attributes on what its operands stand for."""

    operation: str
    operands: tuple[Pattern, ...]


Pattern: TypeAlias = Letter | Number | Applied
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
_CONDITIONS: dict[type[ast.cmpop], Callable[[Interval], bool]] = {
    ast.Gt: lambda interval: interval.is_positive,
    ast.GtE: lambda interval: interval.is_nonnegative,
    ast.NotEq: lambda interval: interval.is_nonzero,
}


def equation(name: str, text: str, condition: str = "", *, in_order: bool = False) -> Rule:
    """A rule from its equation: `left = right`, with a condition on single letters (`u > 0`).

    With `in_order`, sums and products match in the order written alone.
    """
    left, right = (
        _pattern(ast.parse(side.strip(), mode="eval").body) for side in text.split(" = ")
    )
    if not isinstance(left, Applied):
        raise ValueError(f"a rule rewrites an operation, not {text!r}")
    holds = _condition(condition)

    def apply(node: Node, facts: Facts) -> Node | None:
        for bindings in _matches(left, node, {}, in_order):
            if holds(bindings, facts):
                new: Node = _built(right, bindings)
                return new
        return None

    operands = tuple(map(_root, left.operands))
    return Rule(name, left.operation, apply, text, condition, operands, in_order)


def _root(pattern: Pattern) -> str | None:
    """The operation that an operand has to be; None for any."""
    match pattern:
        case Applied(operation):
            return operation
        case Number():
            return CONSTANT.name
        case Letter():
            return None


def _pattern(source: ast.expr) -> Pattern:
    match source:
        case ast.Name(id=letter):
            return Letter(letter)
        case ast.Constant(value=int() | float() as number):
            return Number(number)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return Number(-number)
        case ast.UnaryOp(op=symbol, operand=operand):
            return Applied(_OPERATORS[type(symbol)], (_pattern(operand),))
        case ast.BinOp(left=left, op=symbol, right=right):
            return Applied(_OPERATORS[type(symbol)], (_pattern(left), _pattern(right)))
        case ast.Call(func=ast.Name(id=name), args=args):
            return Applied(name, tuple(map(_pattern, args)))
        case _:
            raise ValueError(f"{ast.unparse(source)} can't stand in a rule")


def _matches(pattern: Pattern, node: Node, bound: Bindings, in_order: bool) -> Iterator[Bindings]:
    """Every way in which the pattern fits the node, given what its letters stand for already."""
    match pattern:
        case Letter(name):
            if bound.get(name, node) is node:
                yield {**bound, name: node}
        case Number(value):
            if _is_number(node, value):
                yield bound
        case Applied(operation, operands):
            if node.op.name != operation or node.attributes or not _is_real(node):
                return
            yield from _all_match(operands, node.operands, bound, in_order)
            if node.op.commutes and not in_order:
                yield from _all_match(operands, node.operands[::-1], bound, in_order)


def _all_match(
    patterns: tuple[Pattern, ...], nodes: tuple[Node, ...], bound: Bindings, in_order: bool
) -> Iterator[Bindings]:
    if not patterns:
        yield bound
        return
    for bindings in _matches(patterns[0], nodes[0], bound, in_order):
        yield from _all_match(patterns[1:], nodes[1:], bindings, in_order)


def _is_real(node: Node) -> bool:
    """Whether arithmetic is that of real numbers: in a short integer, -x may wrap around."""
    return node.is_differentiable or node.dtype == np.int64


def _is_number(node: Node, number: float) -> bool:
    if node.op is not CONSTANT or node.ndim:
        return False
    value = node.attribute("value").item()
    return bool(value == number and np.signbit(value) == np.signbit(number))


def _built(pattern: Pattern, bindings: Bindings) -> Any:
    match pattern:
        case Letter(name):
            return bindings[name]
        case Number(value):
            return value
        case Applied(operation, operands):
            return OPERATIONS[operation](*(_built(operand, bindings) for operand in operands))


def _condition(text: str) -> Callable[[Bindings, Facts], bool]:
    """`u > 0 and v != 0`: intervals that have to be proved."""
    if not text:
        return lambda bindings, facts: True
    tree = ast.parse(text, mode="eval").body
    tests: list[tuple[str, Callable[[Interval], bool]]] = []
    for part in tree.values if isinstance(tree, ast.BoolOp) else [tree]:
        match part:
            case ast.Compare(left=ast.Name(id=letter), ops=[symbol]):
                tests.append((letter, _CONDITIONS[type(symbol)]))
            case _:
                raise ValueError(f"a condition compares a letter with 0, not {ast.unparse(part)}")
    return lambda bindings, facts: all(
        holds(facts.interval(bindings[letter])) for letter, holds in tests
    )
