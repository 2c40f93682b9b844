"""Newton's method with exact curvature, truncated, in a trust region."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kobai.graph import AnyArray
from kobai.optim.driver import (
    WITHOUT_END,
    Ending,
    Floor,
    Objective,
    Point,
    Points,
    dot,
    norm,
    require_whole,
)

# A step is taken if the loss falls by this share of what the quadratic model predicts.
LEAST_RATIO = 1e-4
# Where the model is so good, the region grows; where it is so bad, it shrinks.
GOOD, BAD = 0.75, 0.25
# A region so much larger than the first has no minimum in it.
LONGEST = 1e20
NO_CURVATURE = Ending("the loss has a curvature that is not finite", converged=False)


@dataclass(frozen=True)
class NewtonCG:
    """Newton steps from exact products with the Hessian, found by conjugate gradients.

    For smooth losses that are to be minimised to the last digits, also ill-conditioned ones. Each
    step solves for a minimum of the quadratic model in a trust region, the more exactly the smaller
    the gradient has become, and follows a direction of negative curvature to the region's edge. The
    Hessian is never formed: its product with a vector costs about as much as two gradients. Without
    a `tolerance`, it goes on until rounding leaves nothing to gain.

    Args:
        products: the most products with the Hessian for one step; None for 10 for each parameter,
            and 200 at least.

    Raises:
        ArgumentError: `products` is neither None nor a whole number above 0.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> def loss(w, X, y):
        ...     return np.mean(np.log(1 + np.exp(-y * (X @ w)))) + 0.01 * np.sum(w**2)
        >>> X, y = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, -1.0]]), np.array([1.0, -1.0, -1.0])
        >>> fit = kobai.minimize(loss, np.zeros(2), data=(X, y), optimizer=kobai.optim.NewtonCG())
        >>> print(np.abs(kobai.grad(loss)(fit.params, X, y)).max() < 1e-15)
        True

    Sources: Steihaug, SIAM J. Numer. Anal. 20 (1983) 626, and Nocedal and Wright, Numerical
    Optimization (2006), algorithms 4.1 and 7.2; the products, Pearlmutter, Neural Computation 6
    (1994) 147; ratios near rounding, Conn, Gould and Toint, Trust-Region Methods (2000), section
    17.4.
    """

    minimises: ClassVar[Literal["loss", "residuals"]] = "loss"

    products: int | None = None

    def __post_init__(self) -> None:
        if self.products is not None:
            require_whole("products", self.products, least=1)

    def points(self, problem: Objective, x: AnyArray) -> Points:
        """The points, from x on."""
        point = problem.point(x)
        yield point
        floor = Floor(point, problem.epsilon)
        most = self.products or max(10 * x.size, 200)
        first = norm(point.gradient)
        radius = 10 * max(norm(x), 1.0)
        longest = LONGEST * radius
        times, hoped = problem.hessian(point.x), 0.0
        while True:
            size = norm(point.gradient)
            accuracy = min(0.5, math.sqrt(size / first)) * size
            step, decrease, is_inside = _steihaug(times, point.gradient, radius, accuracy, most)
            length = norm(step)
            if not 0 < length < math.inf:
                return NO_CURVATURE
            hoped = max(hoped, decrease)
            rounding = floor.rounding(point.loss)
            new = problem.point(point.x + step)
            if floor.is_untold(decrease, point.loss):
                # Differences of the loss say nothing any more; the gradient still does.
                if not norm(new.gradient) < size:
                    return floor.stuck(hoped, point.loss)
                ratio = 1.0 if floor.is_untold(new.loss - point.loss, point.loss) else -1.0
            else:
                ratio = (point.loss - new.loss + 10 * rounding) / (decrease + 10 * rounding)
            if not _is_finite(new):
                ratio = -1.0
            if ratio < BAD:
                radius = length / 4
            elif ratio > GOOD and not is_inside:
                radius = 4 * radius
            if ratio > LEAST_RATIO:
                point = new
                yield point
                if radius > longest:
                    return WITHOUT_END
                ending = floor.ending(point, hoped)
                if ending is not None:
                    return ending
                times, hoped = problem.hessian(point.x), 0.0
            elif radius <= problem.epsilon * norm(point.x):
                return floor.stuck(hoped, point.loss)


def _steihaug(
    times: Callable[[AnyArray], AnyArray], g: AnyArray, radius: float, accuracy: float, most: int
) -> tuple[AnyArray, float, bool]:
    """A step in the region, by how much the model falls, and whether it stays off the edge."""
    step = np.zeros_like(g)
    residual, direction = g, -g
    square = dot(residual, residual)
    decrease = 0.0
    for _ in range(most):
        product = times(direction)
        bend = dot(direction, product)
        if not math.isfinite(bend):
            break
        length = square / bend if bend > 0 else math.inf
        further = step + length * direction if bend > 0 else step
        if bend <= 0 or norm(further) >= radius:
            length = _to_edge(step, direction, radius)
            decrease += length * square - length * length * bend / 2
            return step + length * direction, decrease, False
        step = further
        decrease += length * square / 2
        residual = residual + length * product
        before, square = square, dot(residual, residual)
        if math.sqrt(square) <= accuracy:
            break
        direction = square / before * direction - residual
    return step, decrease, True


def _to_edge(step: AnyArray, direction: AnyArray, radius: float) -> float:
    """How far along the direction the edge of the region is: the positive root of a quadratic."""
    a, b = dot(direction, direction), dot(step, direction)
    c = radius * radius - dot(step, step)
    root = math.sqrt(max(b * b + a * c, 0.0))
    return c / (b + root) if b > 0 else (root - b) / a


def _is_finite(point: Point) -> bool:
    return math.isfinite(point.loss) and bool(np.all(np.isfinite(point.gradient)))
