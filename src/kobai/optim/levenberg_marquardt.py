"""The Levenberg–Marquardt method for sums of squares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kobai.graph import AnyArray
from kobai.optim.driver import (
    Floor,
    Point,
    Points,
    Residuals,
    dot,
    norm,
    require_positive,
)

# A step is taken if the sum of squares falls by this share of what the linear model predicts.
LEAST_RATIO = 1e-4
# Where the model is so good, the region grows; where it is so bad, it shrinks.
GOOD, BAD = 0.75, 0.25


@dataclass(frozen=True, slots=True)
class LinearisedPoint(Point):
    """A point, and what the residuals are near it.

    Attributes:
        residuals: in one vector.
        jacobian: their derivatives, shape (residuals, parameters).
    """

    residuals: AnyArray
    jacobian: AnyArray


@dataclass(frozen=True)
class LevenbergMarquardt:
    """Damped Gauss–Newton steps for least squares: the function returns residuals.

    `kobai.minimize(residuals, params, data, optimizer=LevenbergMarquardt())` takes a function that
    returns the residuals as an array, such as `y - model(params, x)`, not the sum of their squares,
    which is the loss of the fit. Each step solves a linear least-squares problem, by an orthogonal
    factorisation of the Jacobian, with parameters damped in proportion to the largest sensitivity
    to each so far, so that their units don't matter. For up to some hundreds of parameters: the
    Jacobian is held in memory, and costs one product for each parameter (or for each residual, if
    these are fewer). `fit.covariance` is that of the parameters found.

    Args:
        radius: the longest first step, relative to the parameters, both in units of the residuals'
            sensitivity to each; above 0. Smaller is more cautious.

    Raises:
        ArgumentError: the radius is not a finite number above 0.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> x = np.array([0.0, 1.0, 2.0, 3.0])
        >>> y = 5 * np.exp(-0.7 * x)
        >>> def residuals(params, x, y):
        ...     return y - params["a"] * np.exp(-params["k"] * x)
        >>> start, optimizer = {"a": 1.0, "k": 0.1}, kobai.optim.LevenbergMarquardt()
        >>> fit = kobai.minimize(residuals, start, data=(x, y), optimizer=optimizer)
        >>> print({name: f"{value:.9f}" for name, value in fit.params.items()})
        {'a': '5.000000000', 'k': '0.700000000'}

    Sources: Marquardt, J. SIAM 11 (1963) 431; the damping as that of a trust region, and its
    scaling, Moré, in Numerical Analysis, Lecture Notes in Math. 630 (1978) 105.
    """

    minimises: ClassVar[Literal["loss", "residuals"]] = "residuals"

    radius: float = 1.0

    def __post_init__(self) -> None:
        require_positive("radius", self.radius)

    def points(self, problem: Residuals, x: AnyArray) -> Points:
        """The points, from x on."""
        point = _linearised(problem, x, problem.residuals(x))
        yield point
        floor = Floor(point, problem.epsilon)
        scale = _lengths(point.jacobian)
        radius = float(self.radius) * (norm(scale * x) or 1.0)
        while True:
            scale = np.maximum(scale, _lengths(point.jacobian))
            units = np.where(scale > 0, scale, 1.0)
            model = _Model(point, units)
            hoped = 0.0
            while True:
                step, decrease, length = model.step(radius)
                hoped = max(hoped, decrease)
                x = problem.rounded(point.x + step)
                residuals = problem.residuals(x)
                loss = dot(residuals, residuals)
                is_untold = floor.is_untold(decrease, point.loss)
                ratio = (point.loss - loss) / decrease if decrease > 0 else 0.0
                if is_untold and floor.is_untold(loss - point.loss, point.loss):
                    ratio = 1.0
                new = _linearised(problem, x, residuals) if ratio > LEAST_RATIO else None
                if new is not None and not np.all(np.isfinite(new.jacobian)):
                    new = None
                if new is None or ratio < BAD:
                    radius = length / 4
                elif ratio > GOOD and length > 0.9 * radius:
                    radius = 2 * length
                if new is not None:
                    if is_untold and not norm(new.gradient / units) < norm(point.gradient / units):
                        return floor.stuck(hoped, point.loss)
                    break
                if length <= problem.epsilon * norm(units * point.x):
                    return floor.stuck(hoped, point.loss)
            point = new
            yield point
            ending = floor.ending(point, hoped)
            if ending is not None:
                return ending


class _Model:
    """The linear model of the residuals at a point, with the parameters in units of their own.

    The Jacobian is reduced to a triangle, and that to its singular values σ: then a step with
    damping λ has the components `-σ t / (σ² + λ)`, with t those of the residuals.
    """

    def __init__(self, point: LinearisedPoint, units: AnyArray) -> None:
        self._units = units
        Q, R = np.linalg.qr(point.jacobian / units)
        U, sigma, self._directions = np.linalg.svd(R, full_matrices=False)
        # What the residuals can't tell from nothing stays as it is.
        is_told = sigma > len(units) * np.finfo(float).eps * sigma[0]
        self._sigma = np.where(is_told, sigma, 0.0)
        self._target = (point.residuals @ Q) @ U

    def step(self, radius: float) -> tuple[AnyArray, float, float]:
        """The best step in the region, by how much the sum of squares falls, and its length."""
        pull, square = self._sigma * self._target, self._sigma**2
        damping = 0.0
        # What pulls nothing doesn't move, with a damping of 0, too.
        divisor = np.where(square > 0, square, 1.0)
        z = pull / divisor
        while (length := norm(z)) > 1.1 * radius:
            # Newton's step for 1 / length = 1 / radius, which never goes too far.
            damping += (length / radius - 1) * length * length / dot(z, z / divisor)
            divisor = square + damping
            z = pull / divisor
        moved = self._sigma * z
        decrease = dot(moved, moved) + 2 * damping * length * length
        return -(z @ self._directions) / self._units, decrease, length


def _linearised(problem: Residuals, x: AnyArray, residuals: AnyArray) -> LinearisedPoint:
    jacobian = problem.jacobian(x)
    gradient = 2 * (residuals @ jacobian)
    return LinearisedPoint(x, dot(residuals, residuals), gradient, residuals, jacobian)


def _lengths(matrix: AnyArray) -> AnyArray:
    """The Euclidean length of each column."""
    found: AnyArray = np.sqrt(np.einsum("ij,ij->j", matrix, matrix))
    return found


def covariance(point: LinearisedPoint) -> AnyArray:
    """The covariance of the parameters: the residuals' variance times the inverse of Jᵀ J.

    Infinite where the residuals are no more than the parameters, or don't tell them apart.
    """
    m, n = point.jacobian.shape
    scale = _lengths(point.jacobian)
    if m <= n or not scale.all():
        return np.full((n, n), math.inf)
    R = np.linalg.qr(point.jacobian / scale, mode="r")
    if np.min(np.abs(np.diag(R))) <= n * np.finfo(float).eps:
        return np.full((n, n), math.inf)
    inverse = np.linalg.inv(R) / scale[:, np.newaxis]
    found: AnyArray = point.loss / (m - n) * (inverse @ inverse.T)
    return found
