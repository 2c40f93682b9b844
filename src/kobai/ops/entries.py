"""The words in which an entry is written: `map_op` for elementwise operations, `Op` for others.

Whatever every entry would otherwise repeat is here: NumPy's promotion of dtypes, broadcasting of
shapes, precedence of operators, and the tie between an entry and the NumPy functions that users
call.
"""

from __future__ import annotations

import importlib
import inspect
import operator
from collections.abc import Callable, Sequence
from functools import cache, cached_property
from typing import Any, SupportsIndex, TypeAlias, TypeVar

import numpy as np

from kobai.errors import ShapeError, TraceError
from kobai.graph import (
    SPECIAL,
    TRANSLATIONS,
    AnyArray,
    AnyDType,
    Node,
    Op,
    Promotable,
    broadcast_shapes,
)
from kobai.intervals import Interval
from kobai.sizes import Shape

F = TypeVar("F", bound=Callable[..., Any])
Domain: TypeAlias = tuple[float, float]

_PRODUCTS = ("multiply", "matmul", "negative")

# Python's precedence of operators, as numbers that templates name: "{0:11} + {1:12}" puts
# parentheses around an operand that binds less tightly than the number.
COMPARISON, BITWISE_OR, BITWISE_AND, SUM, PRODUCT, SIGN, POWER, ATOM = 6, 7, 9, 11, 12, 13, 14, 16

# A domain on which an operation is smooth everywhere.
ANYWHERE: tuple[Domain, ...] = ((-2.0, 2.0),)


def traces(*functions: Callable[..., Any]) -> Callable[[F], F]:
    """Say which NumPy functions a translation (NumPy's signature, on nodes) stands for."""

    def register(translation: F) -> F:
        for function in functions:
            TRANSLATIONS[function] = translation
        return translation

    return register


def special(name: str) -> Callable[[F], F]:
    """Say which ufunc of scipy.special a translation stands for; SciPy itself is not imported."""

    def register(translation: F) -> F:
        SPECIAL[name] = translation
        return translation

    return register


def map_op(
    name: str,
    numpy: Callable[..., Any],
    *derivative: Callable[..., Any] | None,
    text: str | Callable[..., str] = "",
    latex: str | Callable[..., str] = "",
    precedence: int = ATOM,
    latex_precedence: int | None = None,
    bounds: Callable[..., Interval] | None = None,
    domain: Domain | tuple[Domain, ...] = (-2.0, 2.0),
    dtypes: Callable[..., tuple[AnyDType, ...]] | None = None,
    stands_for: Sequence[Callable[..., Any]] | None = None,
    commutes: bool = False,
    body: Callable[..., Any] | None = None,
    shown_body: Callable[..., Any] | None = None,
) -> Op:
    """An operation on every entry by itself, with NumPy's broadcasting.

    `derivative` holds one rule for each operand, `(g, y, *operands)` to the cotangent. A domain
    is one interval for all operands, or one for each. Users call it by the functions that it
    stands for, which are its own value's unless others are given.
    """
    arity = len(derivative)
    placeholders = ", ".join(f"{{{i}}}" for i in range(arity))
    op = Op(
        name=name,
        kind="map",
        evaluate=numpy,
        shape=lambda *operands, **_: broadcast_shapes(*[x.shape for x in operands]),
        dtypes=dtypes or ufunc_dtypes(numpy),
        derivative=derivative,
        text=text or f"np.{name}({placeholders})",
        latex=latex or rf"\operatorname{{{{{name}}}}}\left({placeholders}\right)",
        precedence=precedence,
        latex_precedence=latex_precedence,
        bounds=bounds,
        domain=_one_for_each(domain, arity),
        commutes=commutes,
        body=body,
        shown_body=shown_body,
    )
    traces(*((numpy,) if stands_for is None else stands_for))(_AsCalled(op, arity))
    return op


class _AsCalled:
    """What stands for NumPy's function: operands by position, lists among them, and no options."""

    def __init__(self, op: Op, arity: int) -> None:
        kind = inspect.Parameter.POSITIONAL_ONLY
        names = [inspect.Parameter(f"x{i}", kind) for i in range(1, arity + 1)]
        self.__signature__ = inspect.Signature(names)
        self.operation = op
        self._arity = arity

    def __call__(self, *operands: Any) -> Node:
        if len(operands) != self._arity:
            raise TypeError(f"it is given {len(operands)} operands")
        arrays = [as_array(x) if isinstance(x, list | tuple) else x for x in operands]
        return self.operation(*arrays)


class SpecialFunction:
    """A ufunc of scipy.special, which is imported when a value is computed."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    @cached_property
    def ufunc(self) -> np.ufunc:
        module = importlib.import_module("scipy.special")
        found: np.ufunc = getattr(module, self.__name__)
        return found

    def __call__(self, *arrays: Any) -> Any:
        return self.ufunc(*arrays)

    def resolve_dtypes(self, dtypes: tuple[Any, ...]) -> tuple[AnyDType, ...]:
        return self.ufunc.resolve_dtypes(dtypes)


def special_op(name: str, *derivative: Callable[..., Any] | None, **fields: Any) -> Op:
    """An elementwise operation that stands for a ufunc of scipy.special."""
    placeholders = ", ".join(f"{{{i}}}" for i in range(len(derivative)))
    op = map_op(
        name,
        SpecialFunction(name),
        *derivative,
        **{"text": f"scipy.special.{name}({placeholders})", **fields, "stands_for": ()},
    )
    special(name)(_AsCalled(op, len(derivative)))
    return op


def polynomial(x: Node, coefficients: Sequence[float]) -> Any:
    """The sum of coefficients[k] * x**k, by Horner's scheme."""
    result: Any = coefficients[-1]
    for coefficient in reversed(coefficients[:-1]):
        result = result * x + coefficient
    return result


def factors_latex(node: Node, a: str, b: str, sign: str) -> str:
    r"""A product of two: `\log x` is bare as its last factor alone, a product as its first."""
    is_product = [operand.op.name in _PRODUCTS for operand in node.operands]
    left = f"{a:12}" if is_product[0] else f"{a:13}"
    right = f"{b:13}" if is_product[1] else f"{b:12}"
    return f"{left}{sign}{right}"


def _one_for_each(domain: Domain | tuple[Domain, ...], arity: int) -> tuple[Domain, ...]:
    match domain:
        case (int() | float() as low, int() | float() as high):
            return ((low, high),) * arity
        case _:
            return domain


def ufunc_dtypes(ufunc: Any) -> Callable[..., tuple[AnyDType, ...]]:
    """NumPy's own choice of the loop: what operands are converted to, and the result's dtype."""

    @cache
    def resolved(*operands: Promotable) -> tuple[AnyDType, ...]:
        strong = (np.dtype(bool) if operand is bool else operand for operand in operands)
        found: tuple[AnyDType, ...] = ufunc.resolve_dtypes((*strong, None))
        return found

    return lambda *operands, **_: resolved(*operands)


def converting(loop: np.ufunc, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays of one floating dtype, given them as this ufunc would convert them."""
    dtypes = ufunc_dtypes(loop)

    def evaluate(*arrays: Any, **attributes: Any) -> Any:
        wanted = dtypes(*(getattr(array, "dtype", type(array)) for array in arrays))
        given = (np.asarray(a, dtype) for a, dtype in zip(arrays, wanted, strict=False))
        return function(*given, **attributes)

    return evaluate


def promoted(*operands: Promotable, **_: Any) -> tuple[AnyDType, ...]:
    """All operands to their common dtype, which is the result's."""
    examples = (operand(0) if isinstance(operand, type) else operand for operand in operands)
    common = np.result_type(*examples)
    return (common,) * (len(operands) + 1)


def unchanged(operand: Promotable, **_: Any) -> tuple[AnyDType, ...]:
    return promoted(operand)


def same_shape(x: Node, *_: Node, **__: Any) -> Shape:
    return x.shape


def normalised_axes(axis: int | Sequence[int] | None, ndim: int) -> tuple[int, ...]:
    """NumPy's `axis` argument as a sorted tuple of axes that count from the front."""
    if axis is None:
        return tuple(range(ndim))
    axes = [axis] if isinstance(axis, int | np.integer) else axis
    found = tuple(sorted(normalised_axis(one, ndim) for one in axes))
    if len(set(found)) < len(found):
        raise ShapeError(f"an axis is named twice in {axis}", repair="name each axis once")
    return found


def normalised_axis(axis: SupportsIndex, ndim: int) -> int:
    """An axis that counts from the front."""
    place = operator.index(axis)
    if not -ndim <= place < ndim:
        raise ShapeError(
            f"axis {axis} of an array with {ndim} {'axis' if ndim == 1 else 'axes'}",
            repair=f"use an axis from {-ndim} to {ndim - 1}" if ndim else "a number has no axis",
        )
    return place % ndim


def as_nodes(values: Sequence[Any]) -> list[Node]:
    """All as nodes of the graph of those that are nodes already."""
    graph = next(value.graph for value in values if isinstance(value, Node))
    return [v if isinstance(v, Node) else graph.constant(as_array(v)) for v in values]


def as_array(value: Any) -> AnyArray:
    """A number, or a nest of lists of numbers, as an array."""
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TraceError(
            "a list of traced values, or of what is no real number, is used as an array",
            repair="build the array with np.stack",
        )
    return array
