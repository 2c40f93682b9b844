"""Coordinates in which the units, offsets and correlations of the features don't matter.

A loss of logits `z = X @ w + b` that bends by at most κ with each logit has a Hessian of at most
`κ X.T @ X / m`, plus the penalty's (Böhning and Lindsay, Ann. Inst. Statist. Math. 40 (1988) 641).
In coordinates v that turn this bound into the identity, gradient steps of length 1 never go too
far, and LBFGS begins with an inverse Hessian that is nearly right. The parameters are an exact
function of v, so that the loss is still that of w and b.

Where absolute values of w are part of the loss, each w has to have a coordinate of its own: then
the features are only centred and counted in their deviations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kobai.errors import ArgumentError

Array = NDArray[Any]
Matrix = NDArray[np.float64]

PART_ENTRIES = 2**18
"""So many numbers of X are converted to float64 at a time."""


class Coordinates(Protocol):
    """What a driver sees of a coefficient w and an intercept b: `(v, c)`, or `(v,)` without one."""

    def parameters(self, v: Any, *c: Any) -> tuple[Any, Any]:
        """The coefficients and the intercept, which is 0 without c; of arrays or traced values."""

    def origin(self, has_intercept: bool) -> tuple[Array, ...]:
        """Where training begins: zeros."""

    def place(self, w: Array, b: Array, has_intercept: bool) -> tuple[Array, ...]:
        """Where training begins near coefficients and an intercept that were found before."""


@dataclass(frozen=True)
class Directions:
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

    def place(self, w: Array, b: Array, has_intercept: bool) -> tuple[Array, ...]:
        """The nearest place, by coefficients of features of one size."""
        lengths = np.sqrt(np.sum(self.directions**2, axis=1))
        inverse = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        rows = self.directions * inverse[:, np.newaxis]
        v = np.linalg.lstsq(rows, ((w - self.start).T * inverse).T)[0]
        c = (b + self.centre @ w) / self.unit
        return _typed((v, c) if has_intercept else (v,), self.start.dtype)


@dataclass(frozen=True)
class Scales:
    """`w = scale * v` and `b = c - centre @ w`.

    Attributes:
        scale: the inverse deviations of the features; 0 for one that is constant.
        centre: the features' means, shape (n,).
        outputs: the shape of the intercept.
    """

    scale: Array
    centre: Array
    outputs: tuple[int, ...]

    def parameters(self, v: Any, *c: Any) -> tuple[Any, Any]:
        """The coefficients and the intercept, which is 0 without c; of arrays or traced values."""
        w = (self.scale * v.T).T
        return w, (c[0] - self.centre @ w if c else 0.0)

    def origin(self, has_intercept: bool) -> tuple[Array, ...]:
        """`(v, c)`, or `(v,)`: zeros."""
        v = np.zeros((len(self.scale), *self.outputs), self.scale.dtype)
        return (v, np.zeros(self.outputs, v.dtype)) if has_intercept else (v,)

    def place(self, w: Array, b: Array, has_intercept: bool) -> tuple[Array, ...]:
        """The place of these coefficients; those of constant features are 0."""
        inverse = np.divide(1, self.scale, out=np.zeros_like(self.scale), where=self.scale > 0)
        v = (inverse * w.T).T
        kept = (np.sign(inverse) * w.T).T
        return _typed((v, b + self.centre @ kept) if has_intercept else (v,), self.scale.dtype)

    def strengths(self, sparsity: float, has_intercept: bool) -> Matrix:
        """The factors of `abs(v)` and `abs(c)` that make `sparsity * sum(abs(w))`, one vector."""
        v, *c = self.origin(has_intercept)
        factors = (sparsity * self.scale * np.ones_like(v).T).T
        return np.concatenate([np.ravel(part) for part in (factors, *c)]).astype(np.float64)


def _typed(parts: tuple[Array, ...], dtype: Any) -> tuple[Array, ...]:
    return tuple(np.asarray(part, dtype) for part in parts)


def scales(X: Array, s: Array | None, outputs: tuple[int, ...], *, has_intercept: bool) -> Scales:
    """Centre and scale each feature; the arguments are those of `coordinates`."""
    _, scale, centre = _moments(X, s, has_intercept)
    return Scales(scale.astype(X.dtype), centre, outputs)


def coordinates(
    X: Array,
    s: Array | None,
    start: Array,
    *,
    curvature: float,
    penalty: float,
    has_intercept: bool,
) -> Directions:
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
    parts, scale, centre = _moments(X, s, has_intercept)
    least = float(np.sqrt(np.finfo(X.dtype).eps))
    make = _directions_of_many if n <= m else _directions_of_few
    directions = make(parts, scale, curvature, penalty, least)
    begin = (scale * start.T).T
    return Directions(begin.astype(X.dtype), directions.astype(X.dtype), centre, curvature**-0.5)


def _moments(X: Array, s: Array | None, has_intercept: bool) -> tuple[_Parts, Matrix, Array]:
    """The rows in parts, the features' inverse deviations (0 if they are constant), their means."""
    m, n = X.shape
    weights = np.ones(m, X.dtype) if s is None else s
    with np.errstate(over="ignore", invalid="ignore"):
        centre = weights @ X / m if has_intercept else np.zeros(n, X.dtype)
        parts = _Parts(X, s, centre)
        deviations = parts.deviations()
    if not np.isfinite(deviations).all():
        raise ArgumentError(
            "the features are too large: their squares overflow",
            repair="give them in larger units, or standardise them",
        )
    rounding = np.finfo(X.dtype).eps
    # In a constant column, rounding is all that varies: its coefficient is 0 and stays so.
    varies = deviations > 10 * rounding * np.abs(centre)
    scale = np.divide(1, deviations, out=np.zeros(n), where=varies)
    return parts, scale, centre


@dataclass(frozen=True)
class _Parts:
    """Rows A, shape (m, n), a part at a time, in float64; `A.T @ A / m` is the covariance of X."""

    X: Array
    weights: Array | None
    centre: Array

    def __iter__(self) -> Iterator[Matrix]:
        m, n = self.X.shape
        size = max(1, PART_ENTRIES // n)
        for begin in range(0, m, size):
            rows = slice(begin, begin + size)
            part = np.subtract(self.X[rows], self.centre, dtype=np.float64)
            if self.weights is not None:
                part *= np.sqrt(self.weights[rows])[:, np.newaxis]
            yield part

    def deviations(self) -> Matrix:
        """The features' standard deviations, shape (n,)."""
        variances = np.zeros(self.X.shape[1])
        for part in self:
            variances += np.einsum("mn,mn->n", part, part)
        deviations: Matrix = np.sqrt(variances / len(self.X))
        return deviations


def _directions_of_many(
    parts: _Parts, scale: Matrix, curvature: float, penalty: float, least: float
) -> Matrix:
    """The inverse of the bound's Cholesky factor, after scaling its diagonal to 1 + `least`."""
    n = len(scale)
    bound = penalty * np.eye(n)
    for part in parts:
        bound += curvature / len(parts.X) * (part.T @ part)
    scale = np.divide(1, np.sqrt(np.diag(bound)), out=np.zeros(n), where=scale > 0)
    factor = np.linalg.cholesky(scale * bound * scale[:, np.newaxis] + least * np.eye(n))
    directions: Matrix = scale[:, np.newaxis] * np.linalg.inv(factor).T
    return directions


def _directions_of_few(
    parts: _Parts, scale: Matrix, curvature: float, penalty: float, least: float
) -> Matrix:
    """The principal axes of fewer rows than features: no other direction changes the logits.

    A penalty would pull the coefficients out of the axes of scaled features; there, they aren't.
    """
    scale = np.sign(scale) if penalty else scale
    rows = np.concatenate(list(parts)) * (scale / np.sqrt(len(parts.X)))
    variances, axes = np.linalg.eigh(rows @ rows.T)
    largest = variances[-1] if variances[-1] > 0 else 1.0
    variances = np.maximum(variances, least * largest)
    lengths = np.sqrt(variances * (curvature * variances + penalty))
    directions: Matrix = scale[:, np.newaxis] * (rows.T @ axes / lengths)
    return directions
