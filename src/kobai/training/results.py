"""What `minimize` returns, and what its callbacks are given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kobai.graph import AnyArray


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
    """

    params: Any
    loss: float
    history: AnyArray = field(repr=False)
    steps: int
    reason: str
    converged: bool
    evaluations: int | None = field(default=None, repr=False)
    covariance: AnyArray | None = field(default=None, repr=False)
