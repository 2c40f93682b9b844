"""Sums and their relatives: along the first axis that is longer than 1, or along the one named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.errors import ShapeError
from kobai.formulas.functions import log_softmax, softmax
from kobai.formulas.octave.products import entrywise
from kobai.formulas.octave.values import (
    is_number,
    is_vector,
    lengths,
    matrix,
    numeric,
    require_fit,
    settled,
    truth,
)


def axis_of(x: Any, dimension: Any = None) -> int:
    """The axis from 0 that a dimension from 1 means."""
    if dimension is None:
        return 1 if lengths(x)[0] == 1 else 0
    if type(dimension) not in (int, float) or dimension not in (1, 2):
        raise ShapeError(f"dimension {dimension}", repair="write 1 for down, 2 for across")
    return int(dimension) - 1


def fold(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy's that folds an axis away; here it keeps length 1."""

    def apply(x: Any, dimension: Any = None) -> Any:
        (x,) = numeric(x)
        axis = axis_of(x, dimension)
        if lengths(x)[1 - axis] == 1:
            return function(x)
        return function(x, axis=axis, keepdims=True)

    return apply


def running(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of NumPy's that keeps the axis along which it runs."""

    def apply(x: Any, dimension: Any = None) -> Any:
        (x,) = numeric(x)
        return settled(function(matrix(x), axis=axis_of(x, dimension)))

    return apply


def judged(function: Callable[..., Any]) -> Callable[..., Any]:
    """`any` and `all`: of which entries are not 0."""
    folded = fold(function)
    return lambda x, dimension=None: folded(truth(x), dimension)


def extreme(
    function: Callable[..., Any], pair: Callable[[Any, Any], Any], name: str
) -> Callable[..., Any]:
    """`max(x)`, `max(x, y)` and `max(x, [], dimension)`."""
    folded, of_pair = fold(function), entrywise(name, pair)

    def apply(x: Any, other: Any = None, dimension: Any = None) -> Any:
        if other is None:
            return folded(x, dimension)
        if dimension is not None:
            raise ShapeError(
                f"{name} of two values has no dimension", repair=f"write {name}(x, [], 1)"
            )
        return of_pair(x, other)

    return apply


def spread(function: Callable[..., Any]) -> Callable[..., Any]:
    """`var` and `std`: divided by n - 1, or by n if the second value is 1."""

    def apply(x: Any, option: Any = None, dimension: Any = None) -> Any:
        if option not in (None, 0, 1):
            raise ShapeError("weights are not read", repair="write 0 for n - 1, 1 for n")
        count = lengths(x)[axis_of(x, dimension)]
        degrees = 0 if option == 1 or count == 1 else 1
        return fold(lambda x, **options: function(x, ddof=degrees, **options))(x, dimension)

    return apply


def _squares(x: Any, **options: Any) -> Any:
    return np.sum(x**2, **options)


def _logsumexp(x: Any, **options: Any) -> Any:
    return np.log(np.sum(np.exp(x), **options))


def dot(left: Any, right: Any) -> Any:
    """Sums of products: of two vectors, or of the columns of two matrices."""
    if is_vector(left) and is_vector(right) and lengths(left) != lengths(right):
        right = right if is_number(right) else right.T
    if lengths(left) != lengths(right):
        require_fit(".*", left, right)
        raise ShapeError("dot takes two values of one size", repair="write sum(x .* y)")
    return total(entrywise(".*", np.multiply)(left, right))


def norm(x: Any, order: Any = 2) -> Any:
    """The norm of a vector or a matrix: 1, 2, any p of a vector, Inf, 'fro'."""
    (x,) = numeric(x)
    if is_number(x):
        return np.abs(x)
    if order == "fro" or (is_vector(x) and order == 2):
        return np.linalg.norm(x)
    if is_vector(x):
        return np.linalg.norm(x[0, :] if lengths(x)[0] == 1 else x[:, 0], order)
    return np.linalg.norm(x, order)


def norm1(x: Any) -> Any:
    """The sum of absolute values of a vector, as matrixcalculus.org writes it."""
    return _vector_norm(x, 1)


def norm2(x: Any) -> Any:
    """The length of a vector, as matrixcalculus.org writes it."""
    return _vector_norm(x, 2)


def _vector_norm(x: Any, order: int) -> Any:
    if not is_vector(x):
        raise ShapeError(
            f"norm{order} of a matrix", repair="write norm(X, 'fro') or another norm of Octave's"
        )
    return norm(x, order)


def softmax_along(x: Any, dimension: Any = None) -> Any:
    """Powers of e divided by their sum, down the columns unless a dimension is given."""
    return settled(softmax(matrix(x), axis_of(x, dimension)))


def log_softmax_along(x: Any, dimension: Any = None) -> Any:
    """The logarithm of softmax."""
    return settled(log_softmax(matrix(x), axis_of(x, dimension)))


total = fold(np.sum)
mean = fold(np.mean)
product = fold(np.prod)
median = fold(np.median)
squares = fold(_squares)
logsumexp = fold(_logsumexp)
variance = spread(np.var)
deviation = spread(np.std)
largest = extreme(np.max, np.maximum, "max")
smallest = extreme(np.min, np.minimum, "min")
