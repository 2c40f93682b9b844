"""What a call in a formula calls, and how many values and which options it may give."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from kobai.errors import FormulaError
from kobai.formulas.functions import FUNCTIONS, METHODS, MODULES, NUMPY, Function, nearest
from kobai.formulas.parts import Part

PartOf: TypeAlias = Callable[[Any], Part]


def called(node: ast.Call, part: PartOf) -> tuple[Function, list[ast.expr]]:
    """The function that is called, and the values that it is given, a method's own first."""
    arguments = node.args
    match node.func:
        case ast.Name(id=name):
            advice = f"use a function such as exp or sum; for a product write {name} * (a + b)"
            function = _function(name, FUNCTIONS, advice, part(node.func))
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in MODULES:
            function = _function(name, NUMPY, "use a function such as np.exp", part(node.func))
        case ast.Attribute(value=value, attr=name):
            arguments = [value, *node.args]
            function = _function(
                name, METHODS, f"use .T or one of .{', .'.join(METHODS)}", part(node.func)
            )
        case other:
            raise part(other).mistake(
                "this is no function that can be called", "for a product write a * (b + c)"
            )
    if not function.fewest <= len(arguments) <= function.most:
        raise _miscounted(function, len(arguments), part(node))
    return function, arguments


def options(node: ast.Call, function: Function, part: PartOf) -> dict[str, Any]:
    """The keyword arguments of a call: their values are written down, not computed."""
    found: dict[str, Any] = {}
    for keyword in node.keywords:
        name, value = _option(keyword, function, part)
        if name in found:
            raise part(keyword).mistake(f"option {name} is given twice", "leave one of them out")
        found[name] = value
    return found


def _option(keyword: ast.keyword, function: Function, part: PartOf) -> tuple[str, Any]:
    name = keyword.arg or "**"
    if name not in function.options:
        known = " and ".join(function.options)
        raise part(keyword).mistake(
            f"{function.name} takes no option {name}",
            f"its options are {known}" if known else "leave it out",
        )
    value = _literal(keyword.value)
    is_truth = isinstance(value, bool)
    if value is ... or is_truth != (name == "keepdims"):
        raise part(keyword.value).mistake(
            f"this can't be the value of {name}",
            "write keepdims=True" if name == "keepdims" else "write axis=0, axis=-1 or axis=(0, 1)",
        )
    return name, value


def _literal(node: ast.expr) -> Any:
    """A whole number, several of them, a truth value or None; `...` for anything else."""
    match node:
        case ast.Constant(value=bool() | int() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
        case ast.Tuple(elts=entries) | ast.List(elts=entries):
            values = tuple(map(_literal, entries))
            return values if all(type(value) is int for value in values) else ...
        case _:
            return ...


def _function(name: str, words: Mapping[str, Function], advice: str, part: Part) -> Function:
    if name in words:
        return words[name]
    found = nearest(name, words)
    raise part.mistake(
        f"there is no function {name} here", f"write {found}(…)" if found else advice
    )


def _miscounted(function: Function, count: int, part: Part) -> FormulaError:
    fewest, most = function.fewest, function.most
    wanted = f"{fewest} to {most}" if fewest < most else str(most)
    values = "value" if wanted == "1" else "values"
    return part.mistake(
        f"{function.name} takes {wanted} {values}, and is given {count}",
        function.advice or "add what is missing, or leave out what is too many",
    )
