"""The limited-memory BFGS method."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kobai.graph import AnyArray
from kobai.optim.driver import (
    AT_ONCE,
    WITHOUT_END,
    Floor,
    Objective,
    Points,
    dot,
    norm,
    require_whole,
)
from kobai.optim.line_search import search

# Units of rounding that a line search doesn't count as a difference of losses.
SLACK = 100
EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True)
class LBFGS:
    """Quasi-Newton steps from the last few steps and changes of the gradient.

    For losses of many parameters that are smooth, on all the data at once: some tens of steps where
    gradient descent takes thousands, each one evaluation of loss and gradient, seldom two. A line
    search finds steps that satisfy the strong Wolfe conditions; there is no learning rate. Without
    a `tolerance`, it goes on until the loss is as small as rounding lets it be.

    Args:
        memory: how many steps are remembered.

    Raises:
        ArgumentError: the memory is not a whole number above 0.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> def rosenbrock(x):
        ...     return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2
        >>> start = np.array([-1.2, 1.0])
        >>> fit = kobai.minimize(rosenbrock, start, optimizer=kobai.optim.LBFGS())
        >>> print(fit.params.round(9), fit.converged)
        [1. 1.] True

    Sources: Liu and Nocedal, Math. Program. 45 (1989) 503; the product with the inverse Hessian in
    the compact form of Byrd, Nocedal and Schnabel, Math. Program. 63 (1994) 129.
    """

    minimises: ClassVar[Literal["loss", "residuals"]] = "loss"

    memory: int = 10

    def __post_init__(self) -> None:
        require_whole("memory", self.memory, least=1)

    def points(self, problem: Objective, x: AnyArray) -> Points:
        """The points, from x on."""
        point = problem.point(x)
        yield point
        floor = Floor(point, problem.epsilon)
        memory = Memory(self.memory, x.size)
        while True:
            g = point.gradient
            direction = -memory.product(g)
            slope = dot(direction, g)
            if memory.count and not slope < 0:
                memory.clear()
                continue
            step = 1.0 if memory.count else min(1.0, 1 / norm(g))
            hoped = -slope * step
            slack = SLACK * floor.rounding(point.loss)
            found = search(problem, point, direction, slope, step, slack)
            if found.point is None:
                if not memory.count or floor.is_untold(hoped, point.loss):
                    return floor.stuck(hoped, point.loss)
                memory.clear()
                continue
            yield found.point
            if found.is_endless:
                return WITHOUT_END
            ending = floor.ending(found.point, hoped)
            if ending is not None:
                return ending
            memory.add(found.point.x - point.x, found.point.gradient - g)
            point = found.point


class Memory:
    """The last steps s and changes of the gradient y, and what they say of the inverse Hessian.

    With S and Y the matrices whose rows these are, that is `γ I + [S Y]ᵀ K [S Y]`. A row is a place
    of a ring; one that holds nothing is zero, and so adds nothing to any product. Long vectors are
    kept in blocks, so that each product is one thread's.

    Args:
        capacity: how many pairs are kept.
        size: the length of a vector.
    """

    def __init__(self, capacity: int, size: int) -> None:
        self._size = size
        self._capacity = capacity
        self._width = min(max(AT_ONCE // (2 * capacity), 1), max(size, 1))
        # The blocks of S and, below, those of Y.
        self._pairs = np.zeros((-(-size // self._width), 2 * capacity, self._width))
        # The inverse of R, which holds s_i · y_j for s_i not newer than y_j; all y_i · y_j, and on
        # the diagonal, apart, all s_i · y_i.
        self._inverse = np.zeros((capacity, capacity))
        self._changes = np.zeros((capacity, capacity))
        self._bends = np.zeros(capacity)
        self._middle = np.zeros((2 * capacity, 2 * capacity))
        self._scale = 1.0
        self._next = 0
        self.count = 0

    def clear(self) -> None:
        """Forget everything."""
        for array in (self._pairs, self._inverse, self._changes, self._bends, self._middle):
            array.fill(0.0)
        self._scale, self._next, self.count = 1.0, 0, 0

    def add(self, step: AnyArray, change: AnyArray) -> None:
        """Remember a pair, in place of the oldest; unless the loss doesn't bend up along it."""
        bend, square = dot(step, change), dot(change, change)
        if not bend > EPSILON * norm(step) * math.sqrt(square):
            return
        k, m = self._next, self._capacity
        self._next, self.count = (k + 1) % m, min(self.count + 1, m)
        self._pairs[:, k], self._pairs[:, m + k] = self._blocks(step), self._blocks(change)
        products = self._rows(change)
        inverse = self._inverse
        # The oldest is the first row of the triangle: without it, the inverse is what remains.
        inverse[k] = inverse[:, k] = 0.0
        inverse[:, k] = inverse @ (products[:m] / -bend)
        inverse[k, k] = 1 / bend
        self._changes[k] = self._changes[:, k] = products[m:]
        self._bends[k] = bend
        self._scale = bend / square
        core = self._scale * self._changes
        core.reshape(-1)[:: m + 1] += self._bends
        scaled = -self._scale * inverse
        self._middle[:m, :m] = inverse.T @ core @ inverse
        self._middle[m:, :m] = scaled
        self._middle[:m, m:] = scaled.T

    def product(self, g: AnyArray) -> AnyArray:
        """The inverse Hessian, as far as it is known, times a vector."""
        if not self.count:
            return g
        found = (self._middle @ self._rows(g)) @ self._pairs
        product: AnyArray = self._scale * g + found.reshape(-1)[: self._size]
        return product

    def _blocks(self, vector: AnyArray) -> AnyArray:
        missing = len(self._pairs) * self._width - self._size
        padded = np.concatenate([vector, np.zeros(missing)]) if missing else vector
        return padded.reshape(-1, self._width)

    def _rows(self, vector: AnyArray) -> AnyArray:
        """The product of each row with a vector."""
        products = (self._pairs @ self._blocks(vector)[:, :, np.newaxis])[:, :, 0]
        summed: AnyArray = products[0] if len(products) == 1 else products.sum(axis=0)
        return summed
