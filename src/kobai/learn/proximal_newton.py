"""A smooth loss plus weighted absolute values: Newton steps between proximal ones.

Each step is a proximal gradient step, which says what parameters are zero and what signs the others
have, and a Newton step for those others, by conjugate gradients. The first alone would do, slowly;
near the minimum, the second makes convergence quadratic.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kobai.graph import AnyArray
from kobai.optim.driver import Floor, Objective, Point, Points, dot, norm

SUFFICIENT_DECREASE = 1e-4
MOST_TRIALS = 10
# The Hessian gets the subgradient's length times such a factor on its diagonal.
FIRST_DAMPING, LEAST_DAMPING = 1e-3, 1e-9


@dataclass(frozen=True)
class ProximalNewton:
    """A driver: the loss that it makes small is `f(x) + sum(strengths * |x|)`, `f` the objective.

    What its points have as gradient is the subgradient of least length: it is zero at the minimum
    and nowhere else, if the loss is convex. Zeros are exact.

    Args:
        strengths: of each parameter, in the one vector of them all; 0 for none.

    Sources: Byrd, Chin, Nocedal and Oztoprak, Math. Program. 157 (2016) 375, for steps of two
    phases; Lee, Sun and Saunders, SIAM J. Optim. 24 (2014) 1420, for how exact they need be.
    """

    minimises: ClassVar[Literal["loss", "residuals"]] = "loss"

    strengths: AnyArray

    def points(self, problem: Objective, x: AnyArray) -> Points:
        """The points, from x on."""
        smooth = problem.point(x)
        point = self._whole(smooth)
        yield point
        floor = Floor(point, problem.epsilon)
        first, length, damping = norm(point.gradient), 1.0, FIRST_DAMPING
        while True:
            slack = 10 * floor.rounding(point.loss)
            smooth, length = self._proximal(problem, smooth, 2 * length, slack)
            middle = self._whole(smooth)
            size = norm(middle.gradient)
            accuracy = min(0.5, math.sqrt(size / first) if first else 0.0) * size
            free = (middle.x != 0) | (self.strengths == 0)
            times = problem.hessian(middle.x)
            way = _newton(times, middle.gradient, free, damping * size, accuracy)
            hoped = -dot(way, middle.gradient)
            found, trials = self._searched(problem, middle, way, slack)
            damping = max(damping / 4, LEAST_DAMPING) if trials == 1 else 2.0**trials * damping
            if found is not None:
                smooth = found
            new = self._whole(smooth)
            if not norm(new.gradient) < norm(point.gradient) and floor.is_untold(
                point.loss - new.loss, point.loss
            ):
                return floor.stuck(hoped, point.loss)
            point = new
            yield point
            ending = floor.ending(point, hoped)
            if ending is not None:
                return ending

    def _whole(self, smooth: Point) -> Point:
        """The point with the absolute values in its loss, and its least subgradient."""
        x, g = smooth.x, smooth.gradient
        at_zero = np.sign(g) * np.maximum(np.abs(g) - self.strengths, 0.0)
        slopes = np.where(x == 0, at_zero, g + self.strengths * np.sign(x))
        return Point(x, smooth.loss + dot(self.strengths, np.abs(x)), slopes)

    def _proximal(
        self, problem: Objective, smooth: Point, length: float, slack: float
    ) -> tuple[Point, float]:
        """A proximal gradient step, over which a parabola bounds the smooth part; its length."""
        for _ in range(MOST_TRIALS):
            aim = smooth.x - length * smooth.gradient
            least = length * self.strengths
            x = np.where(np.abs(aim) > least, aim - least * np.sign(aim), 0.0)
            step = x - smooth.x
            new = problem.point(x)
            bound = smooth.loss + dot(smooth.gradient, step) + dot(step, step) / (2 * length)
            if _is_finite(new) and new.loss <= bound + slack:
                return new, length
            length /= 2
        return smooth, length

    def _searched(
        self, problem: Objective, start: Point, way: AnyArray, slack: float
    ) -> tuple[Point | None, int]:
        """The smooth part at a point along the way where the loss is smaller; the number of trials.

        A parameter whose sign would turn stays at 0. Short steps turn none, and the loss falls.
        """
        part = 1.0
        for trial in range(1, MOST_TRIALS + 1):
            x = start.x + part * way
            x[(x * start.x < 0) & (self.strengths > 0)] = 0.0
            decrease = SUFFICIENT_DECREASE * min(dot(start.gradient, x - start.x), 0.0)
            smooth = problem.point(x)
            if _is_finite(smooth) and self._whole(smooth).loss <= start.loss + decrease + slack:
                return smooth, trial
            part /= 2
        return None, MOST_TRIALS


def _newton(
    times: Callable[[AnyArray], AnyArray],
    slopes: AnyArray,
    free: AnyArray,
    damping: float,
    accuracy: float,
) -> AnyArray:
    """What the damped Hessian of the free parameters makes minus their slopes, so accurately."""
    residual = np.where(free, slopes, 0.0)
    step, direction = np.zeros_like(residual), -residual
    square = dot(residual, residual)
    for _ in range(max(10 * int(np.count_nonzero(free)), 200)):
        if math.sqrt(square) <= accuracy:
            break
        product = np.where(free, times(direction), 0.0) + damping * direction
        bend = dot(direction, product)
        if not 0 < bend < math.inf:
            break
        length = square / bend
        step = step + length * direction
        residual = residual + length * product
        before, square = square, dot(residual, residual)
        direction = square / before * direction - residual
    return step


def _is_finite(point: Point) -> bool:
    return math.isfinite(point.loss) and bool(np.all(np.isfinite(point.gradient)))
