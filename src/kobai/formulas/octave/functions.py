"""The functions: each is one line, with what it computes and what it is given."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kobai.formulas.functions import UNLIMITED, relu, sigmoid, softplus
from kobai.formulas.octave import folds, matrices, operators, products
from kobai.formulas.octave.products import entrywise
from kobai.formulas.octave.values import numeric

CONSTANTS = {"pi": math.pi, "e": math.e, "Inf": math.inf, "inf": math.inf, "eps": 2.0**-52}


@dataclass(frozen=True)
class Function:
    """A function that a formula may call.

    Attributes:
        call: what is called.
        takes: a letter for each value: `x` one that is computed; `n` a number of the formula, which
            depends on no argument's entries; `p` such a number, or a text; `e` a computed value, or
            `[]`. `*` after a letter: any number of these.
        fewest: how many values it takes at least.
        measures: whether only the size of what it is given counts.
    """

    call: Callable[..., Any]
    takes: str = "x"
    fewest: int = 1
    measures: bool = False

    @property
    def most(self) -> int:
        """How many values it takes at most."""
        return UNLIMITED if self.takes.endswith("*") else len(self.takes)

    @property
    def wanted(self) -> str:
        """How many values it takes, in words."""
        if self.most == UNLIMITED:
            return f"{self.fewest} values or more"
        if self.fewest < self.most:
            return f"{self.fewest} to {self.most} values"
        return f"{self.most} value{'s' * (self.most > 1)}"

    def kind(self, index: int) -> str:
        """The letter for a value."""
        letters = self.takes.rstrip("*")
        return letters[min(index, len(letters) - 1)]


def _each(function: Callable[[Any], Any]) -> Function:
    """A function of every entry."""
    return Function(lambda x: function(*numeric(x)))


def _pair(function: Callable[[Any, Any], Any], name: str) -> Function:
    """A function of pairs of entries."""
    return Function(entrywise(name, function), "xx", 2)


def _operator(symbol: str) -> Function:
    return Function(operators.BINARY[symbol].function, "xx", 2)


def _round(x: Any) -> Any:
    """To the nearest whole number; halves away from 0."""
    return np.sign(x) * np.floor(np.abs(x) + 0.5)


_NUMPY = (
    *("exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt", "abs", "sign"),
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "floor", "ceil"),
)
FUNCTIONS: dict[str, Function] = {
    # Of every entry.
    **{name: _each(getattr(np, name)) for name in _NUMPY},
    "asin": _each(np.arcsin),
    "acos": _each(np.arccos),
    "atan": _each(np.arctan),
    "asinh": _each(np.arcsinh),
    "acosh": _each(np.arccosh),
    "atanh": _each(np.arctanh),
    "fix": _each(np.trunc),
    "round": _each(_round),
    "sigmoid": _each(sigmoid),
    "logistic": _each(sigmoid),
    "softplus": _each(softplus),
    "relu": _each(relu),
    # Of pairs of entries.
    "atan2": _pair(np.arctan2, "atan2"),
    "hypot": _pair(np.hypot, "hypot"),
    "mod": _pair(np.mod, "mod"),
    "rem": _pair(np.fmod, "rem"),
    "power": Function(products.raised, "xx", 2),
    "xor": Function(operators.XOR, "xx", 2),
    "merge": Function(matrices.merge, "xxx", 3),
    "ifelse": Function(matrices.merge, "xxx", 3),
    # Operators by name.
    "plus": _operator("+"),
    "minus": _operator("-"),
    "times": _operator(".*"),
    "rdivide": _operator("./"),
    "mtimes": _operator("*"),
    "mrdivide": _operator("/"),
    "mldivide": _operator("\\"),
    "mpower": Function(products.power, "xx", 2),
    "transpose": Function(operators.transposed),
    "uminus": Function(operators.signed(operator.neg)),
    # Folds.
    "sum": Function(folds.total, "xn"),
    "mean": Function(folds.mean, "xn"),
    "prod": Function(folds.product, "xn"),
    "median": Function(folds.median, "xn"),
    "sumsq": Function(folds.squares, "xn"),
    "var": Function(folds.variance, "xnn"),
    "std": Function(folds.deviation, "xnn"),
    "max": Function(folds.largest, "xen"),
    "min": Function(folds.smallest, "xen"),
    "any": Function(folds.judged(np.any), "xn"),
    "all": Function(folds.judged(np.all), "xn"),
    "cumsum": Function(folds.running(np.cumsum), "xn"),
    "cumprod": Function(folds.running(np.cumprod), "xn"),
    "logsumexp": Function(folds.logsumexp, "xn"),
    "softmax": Function(folds.softmax_along, "xn"),
    "log_softmax": Function(folds.log_softmax_along, "xn"),
    "dot": Function(folds.dot, "xx", 2),
    "norm": Function(folds.norm, "xp"),
    "norm1": Function(folds.norm1),
    "norm2": Function(folds.norm2),
    # Matrices: made of numbers, measured, rearranged.
    "ones": Function(matrices.made(np.ones), "n*", 0),
    "zeros": Function(matrices.made(np.zeros), "n*", 0),
    "eye": Function(matrices.made(matrices.identity), "n*", 0),
    "linspace": Function(matrices.linspace, "nnn", 2),
    "size": Function(matrices.size, "xn", measures=True),
    "rows": Function(matrices.rows, measures=True),
    "columns": Function(matrices.columns, measures=True),
    "numel": Function(matrices.count, measures=True),
    "length": Function(matrices.length, measures=True),
    "vec": Function(matrices.stack_columns),
    "reshape": Function(matrices.reshape, "xn*", 2),
    "repmat": Function(matrices.repmat, "xn*", 2),
    "horzcat": Function(matrices.horzcat, "x*"),
    "vertcat": Function(matrices.vertcat, "x*"),
    "fliplr": Function(matrices.of_matrix(np.fliplr)),
    "flipud": Function(matrices.of_matrix(np.flipud)),
    "tril": Function(matrices.of_matrix(np.tril)),
    "triu": Function(matrices.of_matrix(np.triu)),
    "diag": Function(matrices.diagonal),
    "kron": Function(matrices.kron, "xx", 2),
    # Linear algebra.
    "trace": Function(matrices.trace),
    "tr": Function(matrices.trace),
    "det": Function(matrices.of_square(np.linalg.det, "det")),
    "logdet": Function(matrices.log_determinant),
    "inv": Function(matrices.of_square(np.linalg.inv, "inv")),
    "pinv": Function(matrices.of_matrix(np.linalg.pinv)),
}
