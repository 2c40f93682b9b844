"""Values of expressions of Python, node by node: formulas of a derivation, lines of the user's.

Nothing is compiled or handed to `eval`. Of functions, those of NumPy are called and those that the
user's own line names; whatever else an expression may hold is refused.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

import numpy as np

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
}
UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}
COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_BUILTINS = {"len": len, "float": float, "abs": abs, "sum": sum, "range": range}


class UnreadableError(Exception):
    """An expression holds something that is not read, or fails on these values."""


def evaluate(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of an expression.

    Raises:
        UnreadableError: it holds something else than arithmetic, names, entries and calls,
            or one of these fails.
    """
    try:
        with np.errstate(all="ignore"):
            return _value(node, names)
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(str(error)) from error


def formula_value(formula: str, names: Mapping[str, Any]) -> Any:
    """The value of a formula of a derivation, in which `np` is NumPy."""
    return evaluate(ast.parse(formula, mode="eval").body, {**names, "np": np})


def names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            if name in names:
                return names[name]
            if name in _BUILTINS:
                return _BUILTINS[name]
            raise UnreadableError(name)
        case ast.BinOp(left=left, op=op, right=right):
            return BINARY[type(op)](_value(left, names), _value(right, names))
        case ast.UnaryOp(op=op, operand=operand):
            return UNARY[type(op)](_value(operand, names))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return COMPARE[type(op)](_value(left, names), _value(right, names))
        case ast.Attribute(value=value, attr=name):
            return _attribute(_value(value, names), name)
        case ast.Subscript(value=value, slice=index):
            return _value(value, names)[_value(index, names)]
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*(part and _value(part, names) for part in (lower, upper, step)))
        case ast.Tuple(elts=parts):
            return tuple(_value(part, names) for part in parts)
        case ast.List(elts=parts):
            return [_value(part, names) for part in parts]
        case ast.Dict(keys=keys, values=values):
            return {
                _value(key, names): _value(value, names)
                for key, value in zip(keys, values, strict=True)
                if key is not None
            }
        case ast.IfExp(test=test, body=body, orelse=other):
            return _value(body if _value(test, names) else other, names)
        case ast.Call(func=function, args=args, keywords=keywords):
            return _called(_value(function, names))(
                *(_value(arg, names) for arg in args),
                **{str(keyword.arg): _value(keyword.value, names) for keyword in keywords},
            )
        case _:
            raise UnreadableError(type(node).__name__)


def _attribute(value: Any, name: str) -> Any:
    if name.startswith("_") or not isinstance(value, np.ndarray | np.generic | ModuleType):
        raise UnreadableError(name)
    if isinstance(value, ModuleType) and value.__name__.partition(".")[0] not in ("numpy", "scipy"):
        raise UnreadableError(name)
    return getattr(value, name)


def _called(function: Any) -> Callable[..., Any]:
    """What may be called: NumPy's functions, methods of arrays, the user's functions."""
    module = str(getattr(function, "__module__", None) or "").partition(".")[0]
    is_numpy = isinstance(function, np.ufunc) or module in ("numpy", "scipy")
    is_method = isinstance(getattr(function, "__self__", None), np.ndarray | np.generic)
    known = function in _BUILTINS.values() if isinstance(function, BuiltinFunctionType) else False
    is_type = function in (float, range)
    if is_numpy or is_method or known or is_type or isinstance(function, FunctionType):
        chosen: Callable[..., Any] = function
        return chosen
    raise UnreadableError(repr(function))
