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
        loss: the loss of the last epoch: the mean over its batches, weighed by their rows.
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
        converged: whether it ended because the gradient was within the tolerance.
    """

    params: Any
    loss: float
    history: AnyArray = field(repr=False)
    steps: int
    reason: str
    converged: bool
