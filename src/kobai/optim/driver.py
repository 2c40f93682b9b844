"""What a driver is: an optimiser that chooses its points itself, from compiled values and slopes.

A driver works on one flat vector of float64, whatever nest and dtypes the parameters have. It
yields the point it begins with and each that it accepts; the loop around it counts, calls back and
stops when it has seen enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

import numpy as np

from kobai.errors import ArgumentError
from kobai.graph import AnyArray

# Numbers that are multiplied and added at once: the linear algebra library does so with one thread,
# so that a sum has the same order on any machine.
AT_ONCE = 8192


@dataclass(frozen=True, slots=True)
class Point:
    """Parameters, and what is known of the loss there.

    Attributes:
        x: the parameters, in one vector.
        loss: the loss.
        gradient: its derivative by each of them.
    """

    x: AnyArray
    loss: float
    gradient: AnyArray


class Ending(NamedTuple):
    """Why a driver goes no further, in a sentence, and whether that is success."""

    reason: str
    converged: bool


Points = Generator[Point, None, Ending]


class Objective(Protocol):
    """A loss, compiled.

    Attributes:
        epsilon: the spacing of numbers at 1 in the coarsest dtype of parameters and loss.
    """

    epsilon: float

    def point(self, x: AnyArray) -> Point:
        """Loss and gradient at what x is rounded to in the dtypes of the parameters."""

    def hessian(self, x: AnyArray) -> Callable[[AnyArray], AnyArray]:
        """The Hessian there, as what it makes of a vector."""


class Residuals(Protocol):
    """A function that returns residuals, compiled; the loss is the sum of their squares."""

    epsilon: float

    def rounded(self, x: AnyArray) -> AnyArray:
        """What x is in the dtypes of the parameters."""

    def residuals(self, x: AnyArray) -> AnyArray:
        """The residuals, in one vector."""

    def jacobian(self, x: AnyArray) -> AnyArray:
        """Their derivatives, shape (residuals, parameters)."""


@runtime_checkable
class Driver(Protocol):
    """An optimiser that needs the loss on all the data, and chooses the next point by it.

    Attributes:
        minimises: what the user's function returns: the loss, or residuals.
    """

    minimises: ClassVar[Literal["loss", "residuals"]]

    def points(self, problem: Any, x: AnyArray) -> Points:
        """The points, from x on, each with a lower loss than the one before (up to rounding)."""


class Floor:
    """Tells when a loss is as small as rounding allows.

    A loss is known up to some units in its last place, and nothing smaller can be told from zero
    if it began at 1 and its terms cancel. Below that the gradient still tells where the minimum is:
    the floor is reached when neither has come down for a few steps, if no more was to be gained.

    Args:
        start: where the driver begins.
        epsilon: the relative spacing of the numbers that the loss is computed with.
    """

    PATIENCE = 5
    # A predicted decrease of so many units of rounding can't be compared with a measured one.
    UNTOLD = 100_000

    def __init__(self, start: Point, epsilon: float) -> None:
        self._epsilon = epsilon
        self._least = epsilon**2 * abs(start.loss)
        self._loss = start.loss
        self._gradient = norm(start.gradient)
        self._idle = 0

    def rounding(self, loss: float) -> float:
        """A difference that rounding alone may make."""
        return max(self._epsilon * abs(loss), self._least)

    def is_untold(self, decrease: float, loss: float) -> bool:
        """Whether a predicted decrease is so small that rounding may hide it."""
        return decrease <= self.UNTOLD * self.rounding(loss)

    def ending(self, point: Point, hoped: float) -> Ending | None:
        """Why to end at this point, the next of a driver.

        Args:
            point: the point.
            hoped: by how much the loss was predicted to fall on the way there.
        """
        if abs(point.loss) <= self._least and abs(self._loss) <= self._least:
            return AT_THE_FLOOR
        if point.loss < self._loss - 4 * self.rounding(self._loss):
            self._loss, self._idle = point.loss, 0
            return None
        size = norm(point.gradient)
        if size < self._gradient / 2:
            self._gradient, self._idle = size, 0
        else:
            self._idle += 1
        self._loss = min(point.loss, self._loss)
        return self.stuck(hoped, point.loss) if self._idle >= self.PATIENCE else None

    def stuck(self, hoped: float, loss: float) -> Ending:
        """What it means that a loss doesn't fall, though it was predicted to."""
        return AT_THE_FLOOR if self.is_untold(hoped, loss) else NO_DESCENT


AT_THE_FLOOR = Ending("the loss is as small as rounding lets it be", converged=True)
NO_DESCENT = Ending(
    "no step makes the loss smaller, though its gradient says so: the loss has a kink there, its "
    "terms cancel and leave their rounding, or its gradient is not that of the loss",
    converged=False,
)
WITHOUT_END = Ending(
    "the loss seems to have no minimum: it fell further and further, however long the step",
    converged=False,
)


def dot(a: AnyArray, b: AnyArray) -> float:
    """The sum of products, in an order that depends on the length alone."""
    if a.size <= AT_ONCE:
        return float(a @ b)
    whole = a.size - a.size % AT_ONCE
    parts = np.vecdot(a[:whole].reshape(-1, AT_ONCE), b[:whole].reshape(-1, AT_ONCE))
    return float(np.sum(parts) + a[whole:] @ b[whole:])


def norm(a: AnyArray) -> float:
    """The Euclidean length, which neither overflows nor vanishes before its entries do."""
    square = dot(a, a)
    if 1e-280 < square < 1e280:
        return math.sqrt(square)
    largest = float(np.max(np.abs(a), initial=0.0))
    if largest == 0 or not math.isfinite(largest):
        return largest
    scaled = a / largest
    return largest * math.sqrt(dot(scaled, scaled))


def require_whole(name: str, value: Any, least: int) -> None:
    """Refuse a setting that is not a whole number, or too small."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ArgumentError(
            f"{name} is {value!r}", repair=f"give a whole number from {least}, such as 10"
        )


def require_positive(name: str, value: Any) -> None:
    """Refuse a setting that is not a finite number above 0."""
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not is_number or not 0 < float(value) < math.inf:
        raise ArgumentError(
            f"the {name} is {value!r}", repair="give a finite number above 0, such as 1"
        )
