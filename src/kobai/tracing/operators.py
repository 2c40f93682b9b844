"""Python's operators on traced arrays: each is the NumPy function that it stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.errors import TraceError
from kobai.frames import user_place
from kobai.ops.sparse import ENTRY_BY_ENTRY, is_sparse, is_sparse_matrix
from kobai.tracing.array import Traced
from kobai.tracing.calls import traced

_NUMBERS = (Traced, np.ndarray, np.generic, int, float, complex, list, tuple)


def _sparse_meaning(function: np.ufunc, matrix: Any) -> np.ufunc:
    """What an operator does with a sparse operand: `*` of a sparse matrix is `@`."""
    if function is np.matmul or (function is np.multiply and is_sparse_matrix(matrix)):
        return np.matmul
    what, repair = ENTRY_BY_ENTRY
    raise TraceError(what, where=user_place(), repair=repair)


def _unary(function: np.ufunc) -> Callable[[Traced], Any]:
    return lambda self: traced(function, (self,), {})


def _binary(function: np.ufunc, *, is_reflected: bool = False) -> Callable[[Traced, Any], Any]:
    def method(self: Traced, other: Any) -> Any:
        operands = (other, self) if is_reflected else (self, other)
        if is_sparse(other):
            return traced(_sparse_meaning(function, other), operands, {})
        if not isinstance(other, _NUMBERS):
            return NotImplemented
        return traced(function, operands, {})

    return method


def _in_place(function: np.ufunc) -> Callable[[Traced, Any], Any]:
    def method(self: Traced, other: Any) -> Traced:
        result: Traced = traced(function, (self, other), {})
        if not self.shape and self.base is None:
            return result  # numbers are not changed in place: their name is bound anew
        self.replace(result.node)
        return self

    return method


for _symbol, _function in {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "truediv": np.divide,
    "floordiv": np.floor_divide,
    "mod": np.remainder,
    "divmod": np.divmod,
    "pow": np.power,
    "matmul": np.matmul,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
    "lshift": np.left_shift,
    "rshift": np.right_shift,
}.items():
    setattr(Traced, f"__{_symbol}__", _binary(_function))
    setattr(Traced, f"__r{_symbol}__", _binary(_function, is_reflected=True))
    setattr(Traced, f"__i{_symbol}__", _in_place(_function))
for _symbol, _function in {
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
    "eq": np.equal,
    "ne": np.not_equal,
}.items():
    setattr(Traced, f"__{_symbol}__", _binary(_function))
for _symbol, _function in {
    "neg": np.negative,
    "pos": np.positive,
    "abs": np.absolute,
    "invert": np.invert,
}.items():
    setattr(Traced, f"__{_symbol}__", _unary(_function))
