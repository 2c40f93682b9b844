"""The Levenberg–Marquardt method for sums of squares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kobai.errors import ArgumentError
from kobai.graph import AnyArray
from kobai.optim.driver import AT_THE_FLOOR, NO_DESCENT, Floor, Point, Points, Residuals, dot, norm
from kobai.optim.optimizer import is_number

# Where the linear model of the residuals predicts so little of a decrease, in units of rounding,
# the gradient decides.
UNTOLD = 10_000
LEAST_DAMPING, MOST_DAMPING = 1e-24, 1e100


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
        damping: of the first step, relative to the sensitivities; above 0. Larger is more cautious.

    Raises:
        ArgumentError: the damping is not a finite number above 0.

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

    Sources: Marquardt, J. SIAM 11 (1963) 431; the scaling and the factorisation, Moré, in Numerical
    Analysis, Lecture Notes in Math. 630 (1978) 105; the damping, Nielsen, Damping parameter in
    Marquardt's method, IMM-REP-1999-05, Technical University of Denmark.
    """

    minimises: ClassVar[Literal["loss", "residuals"]] = "residuals"

    damping: float = 1e-3

    def __post_init__(self) -> None:
        if not is_number(self.damping) or not 0 < self.damping < math.inf:
            raise ArgumentError(
                f"the damping is {self.damping!r}",
                repair="give a finite number above 0, such as 1e-3",
            )

    def points(self, problem: Residuals, x: AnyArray) -> Points:
        """The points, from x on."""
        point = _linearised(problem, x, problem.residuals(x))
        yield point
        floor = Floor(point, problem.epsilon)
        damping, growth = float(self.damping), 2.0
        scale = np.zeros(x.size)
        while True:
            scale = np.maximum(
                scale, np.sqrt(np.einsum("ij,ij->j", point.jacobian, point.jacobian))
            )
            system = _Triangular(point, np.where(scale > 0, scale, 1.0))
            while True:
                step = system.step(damping)
                decrease = system.decrease(step, damping)
                rounding = floor.rounding(point.loss)
                to = problem.rounded(point.x + step)
                residuals = problem.residuals(to)
                loss = dot(residuals, residuals)
                is_untold = decrease <= UNTOLD * rounding
                slack = UNTOLD * rounding if is_untold else 0.0
                is_lower = loss < point.loss + slack
                if is_lower:
                    new = _linearised(problem, to, residuals)
                    is_lower = bool(np.all(np.isfinite(new.jacobian)))
                    if is_untold and not norm(new.gradient) < norm(point.gradient):
                        return AT_THE_FLOOR
                    if is_lower:
                        break
                if norm(scale * step) <= problem.epsilon * norm(scale * point.x):
                    return AT_THE_FLOOR if is_untold else NO_DESCENT
                if damping > MOST_DAMPING:
                    return NO_DESCENT
                damping, growth = damping * growth, 2 * growth
            ratio = (point.loss - loss) / decrease if decrease > 0 else 0.0
            damping = max(damping * max(1 / 3, 1 - (2 * ratio - 1) ** 3), LEAST_DAMPING)
            growth = 2.0
            point = new
            yield point
            if floor.is_reached(point):
                return AT_THE_FLOOR


class _Triangular:
    """The linear least-squares problem at a point, reduced to a triangle, for any damping."""

    def __init__(self, point: LinearisedPoint, scale: AnyArray) -> None:
        self._scale = scale
        Q, self._R = np.linalg.qr(point.jacobian / scale)
        self._target = -(point.residuals @ Q)

    def step(self, damping: float) -> AnyArray:
        """The step with least |J step + residuals|² + damping |scale step|²."""
        n = len(self._scale)
        stacked = np.concatenate([self._R, math.sqrt(damping) * np.eye(n)])
        Q, R = np.linalg.qr(stacked)
        scaled: AnyArray = np.linalg.solve(R, self._target @ Q[: len(self._R)])
        return scaled / self._scale

    def decrease(self, step: AnyArray, damping: float) -> float:
        """By how much the linear model predicts the sum of squares to fall."""
        scaled = step * self._scale
        moved = self._R @ scaled
        return dot(moved, moved) + 2 * damping * dot(scaled, scaled)


def _linearised(problem: Residuals, x: AnyArray, residuals: AnyArray) -> LinearisedPoint:
    jacobian = problem.jacobian(x)
    gradient = 2 * (residuals @ jacobian)
    return LinearisedPoint(x, dot(residuals, residuals), gradient, residuals, jacobian)


def covariance(point: LinearisedPoint) -> AnyArray:
    """The covariance of the parameters: the residuals' variance times the inverse of Jᵀ J.

    Infinite where the residuals are no more than the parameters, or don't tell them apart.
    """
    m, n = point.jacobian.shape
    scale = np.sqrt(np.einsum("ij,ij->j", point.jacobian, point.jacobian))
    if m <= n or not scale.all():
        return np.full((n, n), math.inf)
    R = np.linalg.qr(point.jacobian / scale, mode="r")
    if np.min(np.abs(np.diag(R))) <= n * np.finfo(float).eps:
        return np.full((n, n), math.inf)
    inverse = np.linalg.inv(R) / scale[:, np.newaxis]
    found: AnyArray = point.loss / (m - n) * (inverse @ inverse.T)
    return found
