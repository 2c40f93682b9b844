"""From the text of a formula to its expressions: an allow-list over Python's syntax trees.

What is not listed here is refused, with its place and what to write instead. Nothing is compiled.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kobai.errors import FormulaError
from kobai.formulas.calls import called, options
from kobai.formulas.expressions import Apply, Expression, Given, Several, Statement
from kobai.formulas.functions import CONSTANTS, FUNCTIONS, METHODS, MODULES
from kobai.formulas.names import Names
from kobai.formulas.operators import BINARY, COMPARISONS, UNARY, axis_length, item, rounded
from kobai.formulas.scanning import statements
from kobai.formulas.syntax import MOST_PARTS, Syntax, too_many


def read(text: str) -> tuple[list[Statement], list[str]]:
    """The statements of a formula, and its arguments in the order of their first appearance.

    Raises:
        FormulaError: it can't be read; the message shows the place and the repair.
    """
    parts = statements(text)
    if not parts:
        raise FormulaError("the formula is empty", repair="write a loss: mean((x - y)**2)")
    names, size, found = Names(CONSTANTS, FUNCTIONS, MODULES), 0, []
    for part in parts:
        syntax = Syntax(part)
        size += syntax.size
        if size > MOST_PARTS:
            raise too_many(part)
        found.append(_Reader(syntax, names).statement(is_last=part is parts[-1]))
    return found, list(names.arguments)


class _Reader:
    """Reads one statement; `names` holds what those before it said."""

    def __init__(self, syntax: Syntax, names: Names) -> None:
        self._syntax = syntax
        self._part = syntax.part
        self._names = names

    def statement(self, is_last: bool) -> Statement:
        match self._syntax.tree:
            case ast.Expr(value=value) if is_last:
                return Statement("", self._value(value))
            case ast.Assign(targets=[ast.Name(id=name) as target], value=value):
                expression = self._value(value)
                self._names.bind(name, self._part(target))
                return Statement(name, expression)
            case ast.Expr(value=value):
                raise self._part(value).mistake(
                    "only the last statement, the loss, goes without a name",
                    "give this value a name, z = …; put a formula over several lines in brackets",
                )
            case other:
                raise self._part(other).mistake(
                    "a statement gives one value one name", "write z = …; a = …; and the loss"
                )

    def _value(self, node: ast.expr) -> Expression:
        """A number, an array, or what computes one."""
        match node:
            case ast.Constant(value=int() | float() as number) if type(number) is not bool:
                return self._number(node, number)
            case ast.Name(id=name):
                return self._names.read(name, self._part(node))
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
            case ast.Subscript(value=base, slice=places):
                return self._item(node, base, places)
            case ast.Attribute(value=base, attr=name):
                return self._attribute(node, base, name)
            case _:
                raise self._refused(node)

    def _number(self, node: ast.expr, number: float) -> Expression:
        if not math.isfinite(number):
            raise self._part(node).mistake("this number is too large", "1e308 is the largest")
        return Given(rounded(number))

    def _applied(
        self, function: Callable[..., Any], operands: Sequence[ast.expr], node: ast.expr
    ) -> Expression:
        """An operator; of numbers alone the value, so that what overflows is found at once."""
        expressions = [self._value(operand) for operand in operands]
        applied = Apply(function, expressions, self._part(node))
        if all(isinstance(expression, Given) for expression in expressions):
            return Given(applied.value({}))
        return applied

    def _call(self, node: ast.Call) -> Expression:
        function, arguments = called(node, self._part)
        first = self._text if function.takes_text else self._several
        readers = [first, *[self._several] * len(arguments)]
        operands = [read(argument) for read, argument in zip(readers, arguments, strict=False)]
        return Apply(function.call, operands, self._part(node), options(node, function, self._part))

    def _several(self, node: ast.expr) -> Expression:
        """A value, or values in a row."""
        match node:
            case ast.Tuple(elts=entries) | ast.List(elts=entries):
                return Several([self._several(entry) for entry in entries])
            case _:
                return self._value(node)

    def _text(self, node: ast.expr) -> Expression:
        match node:
            case ast.Constant(value=str(text)):
                return Given(text)
            case _:
                raise self._part(node).mistake(
                    "a text is wanted here", "write einsum('ij,j->i', X, w)"
                )

    def _item(self, node: ast.expr, base: ast.expr, places: ast.expr) -> Expression:
        match base:
            case ast.Attribute(value=array, attr="shape"):
                return Apply(
                    axis_length, [self._value(array), self._value(places)], self._part(node)
                )
            case _:
                items = places.elts if isinstance(places, ast.Tuple) else [places]
                operands = [self._value(base), *map(self._place, items)]
                return Apply(item, operands, self._part(node))

    def _place(self, node: ast.expr | None) -> Expression:
        match node:
            case None | ast.Constant(value=None):
                return Given(None)
            case ast.Constant(value=value) if value is ...:
                return Given(...)
            case ast.Slice(lower=lower, upper=upper, step=step):
                return Apply(slice, [*map(self._place, (lower, upper, step))], self._part(node))
            case _:
                return self._value(node)

    def _attribute(self, node: ast.expr, base: ast.expr, name: str) -> Expression:
        if isinstance(base, ast.Name) and base.id in MODULES:
            if name in CONSTANTS:
                return Given(CONSTANTS[name])
            raise self._part(node).mistake(
                f"np.{name} is no value", f"write np.{name}(x), or a name"
            )
        if name in _ATTRIBUTES:
            return Apply(_ATTRIBUTES[name], [self._value(base)], self._part(node))
        advice = f"write x.{name}()" if name in METHODS else "x.T, x.shape[0] and x.size are read"
        raise self._part(node).mistake(f"this has no value .{name} that is read", advice)

    def _refused(self, node: ast.expr) -> FormulaError:
        what, repair = _REFUSED.get(
            type(node), ("this can't stand in a formula", "use numbers, names and functions")
        )
        return self._part(node).mistake(what, repair)


_ATTRIBUTES: dict[str, Callable[..., Any]] = {"T": np.transpose, "size": np.size}
_ROW = ("values in a row can't stand here", "stack((a, b)) and concatenate((a, b)) join them")
_REFUSED: dict[type[ast.expr], tuple[str, str]] = {
    ast.Tuple: _ROW,
    ast.List: _ROW,
    ast.Compare: ("comparisons stand two by two", "write (0 < x) & (x < 1)"),
    ast.BinOp: ("this operator is not read", "use + - * / ** @ and functions"),
    ast.NamedExpr: ("a name is given in a statement of its own", "write z = X @ w; sum(z)"),
    ast.Constant: ("this can't stand where a number is wanted", "write a number or a name"),
}
