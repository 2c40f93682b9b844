"""Values of expressions of Python, node by node: formulas of a derivation, lines of the user's.

Nothing is compiled or handed to `eval`. Of functions, those of NumPy are called and those that the
user's own line names; whatever else an expression may hold is refused.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
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
_BUILTINS = {
    "len": len,
    "float": float,
    "int": int,
    "abs": abs,
    "sum": sum,
    "max": max,
    "min": min,
    "range": range,
    "zip": zip,
    "enumerate": enumerate,
    "reversed": reversed,
    "list": list,
    "tuple": tuple,
}
MOST_TURNS = 100_000


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
        case ast.ListComp(elt=entry, generators=generators):
            return [_value(entry, inner) for inner in _turns(generators, names)]
        case ast.GeneratorExp(elt=entry, generators=generators):
            return [_value(entry, inner) for inner in _turns(generators, names)]
        case ast.DictComp(key=key, value=value, generators=generators):
            turns = _turns(generators, names)
            return {_value(key, inner): _value(value, inner) for inner in turns}
        case ast.Call(func=function, args=args, keywords=keywords):
            return _called(_value(function, names))(
                *(_value(arg, names) for arg in args),
                **{str(keyword.arg): _value(keyword.value, names) for keyword in keywords},
            )
        case _:
            raise UnreadableError(type(node).__name__)


def _turns(
    generators: Sequence[ast.comprehension], names: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """The names of each turn of a comprehension."""
    if not generators:
        yield names
        return
    first, *rest = generators
    for turn, entry in enumerate(_value(first.iter, names)):
        if turn >= MOST_TURNS:
            raise UnreadableError("a comprehension without end")
        inner = {**names, **dict(_bound(first.target, entry))}
        if all(_value(test, inner) for test in first.ifs):
            yield from _turns(rest, inner)


def _bound(target: ast.expr, value: Any) -> Iterator[tuple[str, Any]]:
    match target:
        case ast.Name(id=name):
            yield name, value
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part, entry in zip(parts, value, strict=True):
                yield from _bound(part, entry)
        case _:
            raise UnreadableError(ast.dump(target))


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
    is_builtin = isinstance(function, BuiltinFunctionType | type)
    known = is_builtin and any(function is each for each in _BUILTINS.values())
    if is_numpy or is_method or known or isinstance(function, FunctionType):
        chosen: Callable[..., Any] = function
        return chosen
    raise UnreadableError(repr(function))
