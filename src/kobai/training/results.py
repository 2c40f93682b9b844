"""What `minimize` returns, and what its callbacks are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kobai.errors import ArgumentError
from kobai.graph import AnyArray
from kobai.optim import Driver, Optimizer, Stability


@dataclass(frozen=True)
class Progress:
    """Where training stands; what callbacks are given.

    Attributes:
        step: how many steps are done.
        steps: how many there will be at most.
        epoch: how many times the data was gone through.
        loss: the loss of the last epoch: the mean over its batches, weighed by their rows. Of a
            driver (`kobai.optim.LBFGS`, …), the loss at these parameters.
        params: a copy of the parameters, in the form in which they were given.
    """

    step: int
    steps: int
    epoch: int
    loss: float
    params: Any


@dataclass(frozen=True)
class Fit:
    """The result of `minimize`.

    Attributes:
        params: the parameters found, in the form, shapes and dtypes in which they were given.
        loss: the loss at these parameters on all the data.
        history: the loss of each epoch, as its steps met it: the mean over the batches, weighed by
            their rows. Without batches an epoch is a step, and entry k the loss before step k.
        steps: how many steps were made.
        reason: why training ended, in a sentence.
        converged: whether it ended because the gradient was within the tolerance; of a driver
            without a tolerance, because the loss was as small as rounding lets it be.
        evaluations: how often a driver computed the function; None for other optimisers.
        covariance: of `kobai.optim.LevenbergMarquardt`, the covariance of the parameters, as if
            they were one vector, in the order of their nest: the sum of squares over the degrees of
            freedom, times the inverse of Jᵀ J. The square roots of its diagonal are the standard
            errors. Infinite where the residuals don't determine the parameters.
        optimizer: what made the steps, with the number that was found for `"auto"`.
    """

    params: Any
    loss: float
    history: AnyArray = field(repr=False)
    steps: int
    reason: str
    converged: bool
    evaluations: int | None = field(default=None, repr=False)
    covariance: AnyArray | None = field(default=None, repr=False)
    optimizer: Optimizer | Driver | None = field(default=None, repr=False)
    compared: Callable[[], Stability] | None = field(default=None, repr=False, compare=False)

    def stability(self) -> Stability:
        """Compare the learning rate of gradient descent with the largest stable one.

        That is 2/λ (more with momentum), where λ is the largest curvature of the loss on all data:
        where training ended, or where it began if it diverged. It is found when it is asked for,
        by at most 50 Hessian-vector products.

        Raises:
            ArgumentError: the optimiser is not gradient descent, or this was read from a file.

        Example:
            >>> import kobai
            >>> optimizer = kobai.optim.GradientDescent(1e-4)
            >>> fit = kobai.minimize(lambda x: x**2 + x, 3.0, optimizer=optimizer)
            >>> fit.stability().largest_stable
            1.0
            >>> print(fit.stability())
            the steps crawl: the learning rate 0.0001 is far below the largest stable one, 1, \
at a curvature of 2
        """
        if isinstance(self.optimizer, Driver):
            raise ArgumentError(
                f"{type(self.optimizer).__name__} has no learning rate",
                repair="ask for it after gradient descent",
            )
        if self.compared is None:
            raise ArgumentError(
                "the loss and the data are not at hand any more",
                repair="ask the Fit that kobai.minimize returned for it, before it is saved",
            )
        return self.compared()

    def __getstate__(self) -> dict[str, Any]:
        """All but the loss and the data."""
        return {**self.__dict__, "compared": None}
