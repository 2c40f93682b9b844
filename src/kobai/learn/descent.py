"""From a loss of `w` and `b` and examples to the parameters that make it small."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kobai.learn.coordinates import Coordinates, coordinates
from kobai.learn.examples import Examples
from kobai.optim import GradientDescent
from kobai.training import Fit, Progress, minimize

Array = NDArray[Any]

OPTIMIZER = GradientDescent(1.0, momentum=0.9, nesterov=True)


@dataclass(frozen=True)
class LinearLoss:
    """What is known of a loss of logits `X @ w + b`.

    Attributes:
        function: `function(w, b, X, y, penalty, s=None)`, plain NumPy, a mean over examples.
        curvature: the most that an example's loss bends with a logit, whatever the logit.
        penalty: the factor of `np.sum(w**2) / 2` in it.
    """

    function: Callable[..., Any]
    curvature: float
    penalty: float = 0.0
