"""Gradients that are kept small: entry by entry, or all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np

from kobai.graph import Node
from kobai.ops.choices import maximum, minimum
from kobai.ops.elementary import sqrt
from kobai.ops.reductions import total
from kobai.ops.shaping import astype
from kobai.optim.moment import Moment, like
from kobai.optim.optimizer import Optimizer, State, Updates, Wrapper
from kobai.optim.settings import require_positive, require_update


@dataclass(frozen=True)
class ClipByValue(Wrapper):
    """Another optimiser, with each entry of the gradient kept within -c … c.

    Args:
        optimizer: what makes the step.
        limit: c, above 0.

    Raises:
        ArgumentError: a limit that is not above 0.

    Example:
        >>> import kobai
        >>> from kobai.optim import ClipByValue, GradientDescent
        >>> optimizer = ClipByValue(GradientDescent(0.1), 1.0)
        >>> fit = kobai.minimize(lambda x: x**4, 10.0, optimizer=optimizer, steps=1)
        >>> print(fit.params)
        9.9
    """

    optimizer: Optimizer
    limit: float

    def __post_init__(self) -> None:
        require_update(self.optimizer)
        require_positive("the limit", self.limit)

    def updates(
        self,
        parameters: Sequence[Node],
        gradients: Sequence[Node],
        states: Sequence[State],
        at: Moment,
    ) -> Updates:
        c = at.number("c", self.limit)
        limits = [like(dw)(c) for dw in gradients]
        clipped = [
            maximum(minimum(dw, limit), -limit) for dw, limit in zip(gradients, limits, strict=True)
        ]
        return self.optimizer.updates(parameters, clipped, states, at)


@dataclass(frozen=True)
class ClipByNorm(Wrapper):
    """Another optimiser, with gradients whose norm, over all parameters, is at most c.

    Where the norm ‖g‖ is larger, all gradients are multiplied by c / ‖g‖: the direction stays.

    Args:
        optimizer: what makes the step.
        limit: c, above 0.

    Raises:
        ArgumentError: a limit that is not above 0.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> from kobai.optim import ClipByNorm, GradientDescent
        >>> optimizer = ClipByNorm(GradientDescent(1.0), 1.0)
        >>> start = np.array([6.0, 8.0])
        >>> fit = kobai.minimize(lambda w: np.sum(w**2), start, optimizer=optimizer, steps=1)
        >>> print(fit.params)
        [5.4 7.2]

    Source: Pascanu, Mikolov and Bengio, ICML 2013, algorithm 1.
    """

    optimizer: Optimizer
    limit: float

    def __post_init__(self) -> None:
        require_update(self.optimizer)
        require_positive("the limit", self.limit)

    def updates(
        self,
        parameters: Sequence[Node],
        gradients: Sequence[Node],
        states: Sequence[State],
        at: Moment,
    ) -> Updates:
        norm = at.name("norm", sqrt(reduce(add, map(_sum_of_squares, gradients))))
        # A norm of 0 gives inf, and so 1.
        share = at.name("share", minimum(at.number("c", self.limit) / norm, 1.0))
        clipped = [dw * like(dw)(share) for dw in gradients]
        return self.optimizer.updates(parameters, clipped, states, at)


def _sum_of_squares(dw: Node) -> Node:
    squares = dw * dw
    summed = total(squares, axis=tuple(range(dw.ndim)), keepdims=False) if dw.ndim else squares
    return astype(summed, np.dtype(float))
