"""From the text of a formula to its expressions: an allow-list over Python's syntax trees.

What is not listed here is refused, with its place and what to write instead. Nothing is compiled.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kobai.errors import FormulaError
from kobai.formulas.expressions import Apply, Expression, Given, Name, Several
from kobai.formulas.functions import CONSTANTS, FUNCTIONS, METHODS, OWN, Function, nearest
from kobai.formulas.operators import (
    BINARY,
    COMPARISONS,
    LARGEST_WHOLE,
    UNARY,
    axis_length,
    item,
    reshape,
)
from kobai.formulas.parts import Part
from kobai.formulas.scanning import statements
from kobai.formulas.syntax import Placed, Syntax

MOST_NODES = 5_000


@dataclass(frozen=True)
class Statement:
    """One statement: the name it binds, empty for an expression, and what it computes."""

    name: str
    expression: Expression


def read(text: str) -> tuple[list[Statement], list[str]]:
    """The statements of a formula, and its arguments in the order of their first appearance.

    Raises:
        FormulaError: it can't be read; the message shows the place and the repair.
    """
    parts = statements(text)
    if not parts:
        raise Part(text, 0, 0).mistake("the formula is empty", "write a loss: mean((x - y)**2)")
    reader = _Reader()
    found = [reader.statement(part, is_last=part is parts[-1]) for part in parts]
    return found, list(reader.arguments)


class _Reader:
    """Reads one statement after the other.

    Attributes:
        arguments: names that were used and that no statement has bound.
    """

    def __init__(self) -> None:
        self.arguments: dict[str, None] = {}
        self._bound: set[str] = set()
        self._constants: set[str] = set()
        self._nodes = 0

    def statement(self, part: Part, is_last: bool) -> Statement:
        self._syntax = Syntax(part)
        self._nodes += self._syntax.size
        if self._nodes > MOST_NODES:
            raise part.mistake(
                f"the formula has more than {MOST_NODES:,} parts", "write it as a function in a file"
            )
        match self._syntax.tree:
            case ast.Expr(value=value) if is_last:
                return Statement("", self._value(value))
            case ast.Assign(targets=[ast.Name(id=name) as target], value=value):
                expression = self._value(value)
                self._bind(name, target)
                return Statement(name, expression)
            case ast.Expr(value=value):
                raise self._mistake(
                    value,
                    "only the last statement, the loss, goes without a name",
                    "give this value a name, z = …; put a formula over several lines in brackets",
                )
            case other:
                raise self._mistake(
                    other, "a statement gives one value one name", "write z = …; a = …; and the loss"
                )

    def _bind(self, name: str, target: ast.expr) -> None:
        taken = {
            "has a value already": self._bound,
            "was used as an argument before": self.arguments,
            "was used as a number before": self._constants,
            "stands for NumPy": {"np"},
        }
        for what, names in taken.items():
            if name in names:
                raise self._mistake(target, f"{name} {what}", f"choose another name, such as {name}2")
        self._bound.add(name)

    def _value(self, node: ast.expr) -> Expression:
        """A number, an array, or what computes one."""
        match node:
            case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
                return self._number(node, number)
            case ast.Name(id=name):
                return self._name(node, name)
            case ast.UnaryOp(op=symbol, operand=operand) if type(symbol) in UNARY:
                return self._applied(UNARY[type(symbol)], [operand], node)
            case ast.BinOp(left=left, op=symbol, right=right) if type(symbol) in BINARY:
                return self._applied(BINARY[type(symbol)], [left, right], node)
            case ast.Compare(left=left, ops=[symbol], comparators=[right]) if (
                type(symbol) in COMPARISONS
            ):
                return self._applied(COMPARISONS[type(symbol)], [left, right], node)
            case ast.Call():
                return self._call(node)
            case ast.Subscript(value=ast.Attribute(value=base, attr="shape"), slice=axis):
                return Apply(axis_length, [self._value(base), self._value(axis)], self._part(node))
            case ast.Subscript(value=base, slice=places):
                return self._item(node, base, places)
            case ast.Attribute():
                return self._attribute(node)
            case _:
                raise self._refused(node)

    def _applied(self, function: Any, operands: Iterable[ast.expr], node: ast.expr) -> Expression:
        """An operator; on numbers alone its value, so that what overflows is found at once."""
        expressions = [self._value(operand) for operand in operands]
        applied = Apply(function, expressions, self._part(node))
        if all(isinstance(expression, Given) for expression in expressions):
            return Given(applied.value({}))
        return applied

    def _number(self, node: ast.expr, number: int | float) -> Expression:
        if not math.isfinite(number):
            raise self._mistake(node, "this number is too large", "numbers up to 1e308 are read")
        return Given(rounded(number))

    def _name(self, node: ast.expr, name: str) -> Expression:
        if name in self._bound:
            return Name(name)
        if name in CONSTANTS:
            self._constants.add(name)
            return Given(CONSTANTS[name])
        if name in FUNCTIONS or name == "np":
            self._refuse_function(node, name)
        self.arguments[name] = None
        return Name(name)

    def _call(self, node: ast.Call) -> Expression:
        """A function, or a method, with its arguments; the values first, then the options."""
        receiver: list[ast.expr] = []
        match node.func:
            case ast.Name(id=name):
                function = self._function(node.func, name, FUNCTIONS)
            case ast.Attribute(value=ast.Name(id="np"), attr=name):
                function = self._function(node.func, name, NUMPY)
            case ast.Attribute(value=value, attr=name):
                receiver = [value]
                function = self._function(node.func, name, METHODS)
            case other:
                raise self._mistake(
                    other, "an operator is missing after this", "for a product write a * (b + c)"
                )
        arguments = [*receiver, *node.args]
        self._check_count(node, function, len(arguments))
        operands = [
            self._text(argument) if function.takes_text and not position else self._several(argument)
            for position, argument in enumerate(arguments)
        ]
        options = dict(self._option(keyword, function) for keyword in node.keywords)
        return Apply(function.call, operands, self._part(node), options)
