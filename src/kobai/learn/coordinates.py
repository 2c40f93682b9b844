"""Coordinates in which gradient descent needs no learning rate and no standardised data.

A loss of logits `z = X @ w + b` that bends by at most κ with each logit has a Hessian of at most
`κ X.T @ X / m`, plus the penalty's (Böhning and Lindsay, Ann. Inst. Statist. Math. 40 (1988) 641).
In coordinates v that turn this bound into the identity, steps of length 1 never go too far,
whatever the units, offsets and correlations of the features. The parameters are an exact function
of v, so that the loss is still that of w and b.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kobai.errors import ArgumentError

Array = NDArray[Any]
Matrix = NDArray[np.float64]

BLOCK_ENTRIES = 2**20
"""So many numbers of X are converted to float64 at a time."""


@dataclass(frozen=True)
class Coordinates:
    """`w = start + directions @ v` and `b = unit * c - centre @ w`.

    Attributes:
        start: the coefficients at v = 0, shape (n,) or (n, classes).
        directions: shape (n, r), where r is the smaller of m and n.
        centre: the features' means, shape (n,).
        unit: what c is counted in.
    """

    start: Array
    directions: Array
    centre: Array
    unit: float

    def parameters(self, v: Any, *c: Any) -> tuple[Any, Any]:
        """The coefficients and the intercept, which is 0 without c; of arrays or traced values."""
        w = self.start + self.directions @ v
        return w, (self.unit * c[0] - self.centre @ w if c else 0.0)

    def origin(self, has_intercept: bool) -> tuple[Array, ...]:
        """`(v, c)`, or `(v,)`, of the start: zeros."""
        shape, dtype = self.start.shape[1:], self.start.dtype
        v = np.zeros((self.directions.shape[1], *shape), dtype)
        return (v, np.zeros(shape, dtype)) if has_intercept else (v,)


def coordinates(
    X: Array,
    s: Array | None,
    start: Array,
    *,
    curvature: float,
    penalty: float,
    has_intercept: bool,
) -> Coordinates:
    """The coordinates for a loss on m rows of n features.

    Args:
        X: the features, shape (m, n), floating.
        s: the rows' weights, shape (m,), of mean 1; None if all are 1.
        start: the coefficients to begin with, as they would be for features of deviation 1.
        curvature: κ.
        penalty: the factor of `np.sum(w**2) / 2` in the loss.
        has_intercept: whether the loss has an intercept, which is not penalised.

    Raises:
        ArgumentError: the squares of the features overflow.
    """
    m, n = X.shape
    weights = np.ones(m, X.dtype) if s is None else s
    rounding = np.finfo(X.dtype).eps
    with np.errstate(over="ignore", invalid="ignore"):
        centre = weights @ X / m if has_intercept else np.zeros(n, X.dtype)
        summary = _gram(X, weights, centre) if n <= m else _rows(X, weights, centre)
        variance = np.diag(summary) if n <= m else np.sum(summary**2, axis=0)
    if not np.isfinite(variance).all():
        raise ArgumentError(
            "the features are too large: their squares overflow",
            repair="give them in larger units, or standardise them",
        )
    # In a constant column, rounding is all that varies: its coefficient stays where it is.
    varies = np.sqrt(variance) > 10 * rounding * np.abs(centre)
    make = _directions_of_gram if n <= m else _directions_of_rows
    directions = make(summary, varies, curvature, penalty, np.sqrt(rounding))
    scale = np.divide(1, np.sqrt(variance), out=np.zeros(n), where=varies)
    begin = (scale * start.T).T.astype(X.dtype)
    return Coordinates(begin, directions.astype(X.dtype), centre, curvature**-0.5)


def _gram(X: Array, weights: Array, centre: Array) -> Matrix:
    """The features' covariances, shape (n, n)."""
    total = np.zeros((X.shape[1], X.shape[1]))
    for part in _parts(X, weights, centre):
        total += part.T @ part
    return total


def _rows(X: Array, weights: Array, centre: Array) -> Matrix:
    """Rows A, shape (m, n), for which the covariances are `A.T @ A`."""
    return np.concatenate(list(_parts(X, weights, centre)))


def _parts(X: Array, weights: Array, centre: Array) -> Iterator[Matrix]:
    size = max(1, BLOCK_ENTRIES // X.shape[1])
    for begin in range(0, len(X), size):
        rows = slice(begin, begin + size)
        part = X[rows].astype(np.float64) - centre
        yield np.sqrt(weights[rows] / len(X))[:, np.newaxis] * part


def _directions_of_gram(
    gram: Matrix, varies: Array, curvature: float, penalty: float, least: float
) -> Matrix:
    """The inverse of the bound's Cholesky factor, after scaling its diagonal to 1 + `least`."""
    bound = curvature * gram + penalty * np.eye(len(gram))
    scale = np.divide(1, np.sqrt(np.diag(bound)), out=np.zeros(len(gram)), where=varies)
    factor = np.linalg.cholesky(scale * bound * scale[:, np.newaxis] + least * np.eye(len(gram)))
    directions: Matrix = scale[:, np.newaxis] * np.linalg.inv(factor).T
    return directions


def _directions_of_rows(
    rows: Matrix, varies: Array, curvature: float, penalty: float, least: float
) -> Matrix:
    """The principal axes of fewer rows than features: no other direction changes the logits."""
    varying = rows * varies
    variances, vectors = np.linalg.eigh(varying @ varying.T)
    largest = variances[-1] if variances[-1] > 0 else 1.0
    variances = np.maximum(variances, least * largest)
    scale = 1 / np.sqrt(variances * (curvature * variances + penalty))
    directions: Matrix = varying.T @ vectors * scale
    return directions
