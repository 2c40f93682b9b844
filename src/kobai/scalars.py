"""What an operation does to one entry, in the instructions that every target implements.

An entry's `body` is a function of scalars, written with Python's operators:

    body=lambda x: select(x >= 0, 1.0, exp(-abs(x))) / (1 + exp(-abs(x)))

Called with scalars it builds the expression that a target prints or compiles. The instructions are
`add sub mul div neg`, six comparisons, `and or xor not`, `select`, `cast` and `call`; a call names
one of the elementary functions in `CALLS`, of which each target keeps one table.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from kobai.graph import AnyDType

BOOL = np.dtype(bool)

# Functions of one value, and of two.
CALLS = {
    **dict.fromkeys(("exp", "expm1", "log", "log1p", "sqrt", "abs", "floor", "ceil", "rint"), 1),
    **dict.fromkeys(("trunc", "sin", "cos", "tan", "tanh", "sinh", "cosh", "asin", "acos"), 1),
    **dict.fromkeys(("atan", "asinh", "acosh", "atanh", "exp2", "log2", "log10", "cbrt"), 1),
    **dict.fromkeys(("erf", "erfc", "lgamma", "digamma"), 1),
    **dict.fromkeys(("pow", "atan2", "hypot", "fmod", "copysign"), 2),
}


class Scalar:
    """One value of an expression: an instruction on others, a read of an array, or a number.

    Attributes:
        instruction: what makes it; `read` for an entry of an array, whose operands are places of it
            that are values, `number` for a constant; in loops, `index` for the place along one of
            them, `size` for a length, `state` for what a scan passes on.
        operands: the scalars that it is made of.
        dtype: of its value.
        label: the function of a `call`, the value of a `number`, the place of a `read`.
    """

    __slots__ = ("dtype", "instruction", "label", "operands")

    def __init__(
        self,
        instruction: str,
        operands: tuple[Scalar, ...],
        dtype: AnyDType,
        label: Any = None,
    ) -> None:
        self.instruction = instruction
        self.operands = operands
        self.dtype = dtype
        self.label = label

    def __add__(self, other: Value) -> Scalar:
        return _arithmetic("add", self, other)

    def __radd__(self, other: Value) -> Scalar:
        return _arithmetic("add", other, self)

    def __sub__(self, other: Value) -> Scalar:
        return _arithmetic("sub", self, other)

    def __rsub__(self, other: Value) -> Scalar:
        return _arithmetic("sub", other, self)

    def __mul__(self, other: Value) -> Scalar:
        return _arithmetic("mul", self, other)

    def __rmul__(self, other: Value) -> Scalar:
        return _arithmetic("mul", other, self)

    def __truediv__(self, other: Value) -> Scalar:
        return _arithmetic("div", self, other)

    def __rtruediv__(self, other: Value) -> Scalar:
        return _arithmetic("div", other, self)

    def __neg__(self) -> Scalar:
        return Scalar("neg", (self,), self.dtype)

    def __lt__(self, other: Value) -> Scalar:
        return _comparison("lt", self, other)

    def __le__(self, other: Value) -> Scalar:
        return _comparison("le", self, other)

    def __gt__(self, other: Value) -> Scalar:
        return _comparison("gt", self, other)

    def __ge__(self, other: Value) -> Scalar:
        return _comparison("ge", self, other)

    def __and__(self, other: Scalar) -> Scalar:
        return Scalar("and", (self, other), BOOL)

    def __or__(self, other: Scalar) -> Scalar:
        return Scalar("or", (self, other), BOOL)

    def __xor__(self, other: Scalar) -> Scalar:
        return Scalar("xor", (self, other), BOOL)

    def __invert__(self) -> Scalar:
        return Scalar("not", (self,), BOOL)


Value: TypeAlias = "Scalar | bool | int | float"
Body: TypeAlias = Callable[..., Any]


def number(value: float, dtype: AnyDType) -> Scalar:
    """A constant."""
    return Scalar("number", (), dtype, value)


def cast(x: Scalar, dtype: AnyDType) -> Scalar:
    """The value in another dtype."""
    return x if x.dtype == dtype else Scalar("cast", (x,), dtype)


def same(a: Value, b: Value) -> Scalar:
    """Whether two values are equal."""
    return _comparison("eq", a, b)


def differ(a: Value, b: Value) -> Scalar:
    """Whether two values are not equal; nan differs from itself."""
    return _comparison("ne", a, b)


def select(condition: Scalar, a: Value, b: Value) -> Scalar:
    """One of two values."""
    left, right = _pair(a, b)
    return Scalar("select", (condition, left, right), left.dtype)


def call(name: str, *operands: Scalar) -> Scalar:
    """An elementary function."""
    return Scalar("call", operands, operands[0].dtype, name)


def calling(name: str) -> Body:
    """The body of an operation that is an elementary function itself."""
    return lambda *operands: call(name, *operands)


def exp(x: Scalar) -> Scalar:
    return call("exp", x)


def expm1(x: Scalar) -> Scalar:
    return call("expm1", x)


def log(x: Scalar) -> Scalar:
    return call("log", x)


def log1p(x: Scalar) -> Scalar:
    return call("log1p", x)


def sqrt(x: Scalar) -> Scalar:
    return call("sqrt", x)


def tanh(x: Scalar) -> Scalar:
    return call("tanh", x)


def size(x: Scalar) -> Scalar:
    """The absolute value, which a value shares with its negative."""
    if x.instruction == "neg":
        return size(*x.operands)
    if x.instruction == "sub":
        first, second = x.operands
        if first.instruction == "number" and first.label == 0:
            return size(second)
    return call("abs", x) if x.dtype.kind == "f" else select(x < 0, -x, x)


def larger(a: Scalar, b: Value) -> Scalar:
    """The larger of two; nan if one is nan."""
    return select((a > b) | differ(a, a), a, b)


def smaller(a: Scalar, b: Value) -> Scalar:
    """The smaller of two; nan if one is nan."""
    return select((a < b) | differ(a, a), a, b)


def _pair(a: Value, b: Value) -> tuple[Scalar, Scalar]:
    """Both as scalars; a Python number takes the dtype of the other."""
    if isinstance(a, Scalar):
        return a, b if isinstance(b, Scalar) else number(b, a.dtype)
    if isinstance(b, Scalar):
        return number(a, b.dtype), b
    raise TypeError("one of the two has to be a scalar")


def _arithmetic(instruction: str, a: Value, b: Value) -> Scalar:
    left, right = _pair(a, b)
    return Scalar(instruction, (left, right), left.dtype)


def _comparison(instruction: str, a: Value, b: Value) -> Scalar:
    return Scalar(instruction, builtins.tuple(_pair(a, b)), BOOL)
