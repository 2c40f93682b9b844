"""Whether steps of gradient descent bounce, crawl or do neither; a rate that does neither."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kobai.errors import ArgumentError
from kobai.optim.curvature import Curvature
from kobai.optim.gradient_descent import GradientDescent
from kobai.optim.optimizer import Optimizer
from kobai.optim.rates import rate_of
from kobai.optim.weight_decay import WeightDecay

# Below this share of the largest stable rate, steps are called too small.
CRAWLING = 0.01


@dataclass(frozen=True)
class Stability:
    """How a learning rate of gradient descent compares with the curvature of the loss.

    Attributes:
        learning_rate: α.
        curvature: λ, the largest eigenvalue of the loss's second derivative.
        largest_stable: the rate from which on a step along that direction makes the error larger:
            2/λ without momentum; inf where nothing curves upwards.
        note: what that means, in a sentence.
    """

    learning_rate: float
    curvature: float
    largest_stable: float
    note: str

    def __str__(self) -> str:
        return self.note


def stability_of(
    optimizer: Optimizer, curvature: Callable[[], Curvature], t: int, steps: int
) -> Stability:
    """Compare the rate of a step with the curvature.

    Raises:
        ArgumentError: the optimiser is not gradient descent, whatever is put around it.
    """
    descent = _descent_in(optimizer)
    rate = descent.learning_rate
    α = float(rate_of(rate, float(t), float(steps)) if callable(rate) else rate)
    λ = curvature().largest + _decay_in(optimizer)
    largest = descent.largest_stable(λ) if λ > 0 else math.inf
    about = f"the learning rate {α:.3g}"
    limit = f"the largest stable one, {largest:.3g}, at a curvature of {λ:.3g}"
    if math.isnan(λ):
        note = "the curvature of the loss is not finite here"
    elif α > largest:
        note = f"the steps bounce: {about} is beyond {limit}"
    elif largest == math.inf:
        note = f"nothing limits {about}: the loss doesn't curve upwards here"
    elif α < CRAWLING * largest:
        note = f"the steps crawl: {about} is far below {limit}"
    else:
        note = f"{about} is stable: it is within {limit}"
    return Stability(α, λ, largest, note)


def with_rate_found(optimizer: Optimizer, curvature: Callable[[], Curvature]) -> Optimizer:
    """The optimiser with a number in the place of `learning_rate="auto"`.

    It is half of the largest stable rate, down to two digits, so that the last bits of a sum
    decide nothing. Where nothing curves upwards, the largest curvature in size counts.

    Raises:
        ArgumentError: the loss has no curvature, or none that is finite.
    """
    inner = getattr(optimizer, "optimizer", None)
    if inner is not None:
        decay = optimizer.weight_decay if isinstance(optimizer, WeightDecay) else 0.0
        found = with_rate_found(
            inner, lambda: Curvature(*(float(value) + decay for value in curvature()))
        )
        outer: Any = optimizer
        return optimizer if found is inner else replace(outer, optimizer=found)
    if not isinstance(optimizer, GradientDescent) or optimizer.learning_rate != "auto":
        return optimizer
    smallest, largest = curvature()
    λ = largest if largest > 0 else abs(smallest)
    if not 0 < λ < math.inf:
        raise ArgumentError(
            'learning_rate="auto" needs a curvature, and the loss has none where training begins'
            if λ == 0
            else 'learning_rate="auto" finds a curvature that is not finite where training begins',
            repair="give a number, such as kobai.optim.GradientDescent(0.1)",
        )
    return replace(optimizer, learning_rate=_two_digits(optimizer.largest_stable(λ) / 2))


def _two_digits(value: float) -> float:
    """The number, rounded down but for what a sum may be wrong by."""
    unit = 10.0 ** (math.floor(math.log10(value * (1 + 1e-6))) - 1)
    return float(f"{math.floor(value * (1 + 1e-6) / unit) * unit:.2g}")


def _descent_in(optimizer: Any) -> GradientDescent:
    inner = optimizer
    while not isinstance(inner, GradientDescent):
        if not hasattr(inner, "optimizer"):
            raise ArgumentError(
                f"no largest stable step is known for {inner!r}",
                repair="use kobai.optim.GradientDescent: others scale their steps by themselves",
            )
        inner = inner.optimizer
    return inner


def _decay_in(optimizer: Any) -> float:
    """What weight decay adds to all curvatures."""
    found = 0.0
    while hasattr(optimizer, "optimizer"):
        found += float(optimizer.weight_decay) if isinstance(optimizer, WeightDecay) else 0.0
        optimizer = optimizer.optimizer
    return found
