"""Learning rates that change from step to step: functions of its number in plain NumPy.

Each is called with `t`, how many steps were made before (0 at the first), and `steps`, how many
there are in all; on arrays of `t` too, so that it can be drawn. Any function of `t`, or of `t` and
`steps`, that is written in NumPy will do as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kobai.errors import ArgumentError
from kobai.optim.rates import Rate, rate_of, require_rate
from kobai.optim.settings import require_count, require_not_negative, require_positive


@dataclass(frozen=True)
class Constant:
    """The same rate at every step: what a number is, where a function is wanted.

    Args:
        rate: above 0.

    Example:
        >>> from kobai.optim import Constant, WarmUp
        >>> print(WarmUp(Constant(0.5), 4)(0))
        0.1
    """

    rate: float

    def __post_init__(self) -> None:
        require_positive("the rate", self.rate)

    def __call__(self, t: Any, steps: Any = None) -> Any:
        return self.rate + 0.0 * t


@dataclass(frozen=True)
class StepDecay:
    """A rate that falls by a factor every few steps: `rate * factor ** (t // every)`.

    Args:
        rate: of the first steps, above 0.
        every: for how many steps a rate holds.
        factor: what it is multiplied by then; above 0.

    Example:
        >>> import numpy as np
        >>> from kobai.optim import StepDecay
        >>> print(StepDecay(0.8, every=2, factor=0.5)(np.arange(5)))
        [0.8 0.8 0.4 0.4 0.2]
    """

    rate: float
    every: int
    factor: float = 0.1

    def __post_init__(self) -> None:
        require_positive("the rate", self.rate)
        require_count("every", self.every, least=1)
        require_positive("the factor", self.factor)

    def __call__(self, t: Any, steps: Any = None) -> Any:
        return self.rate * float(self.factor) ** np.floor(t / float(self.every))


@dataclass(frozen=True)
class ExponentialDecay:
    """A rate that falls by a factor within every few steps: `rate * factor ** (t / every)`.

    Args:
        rate: of the first step, above 0.
        factor: above 0.
        every: how many steps the factor takes.

    Example:
        >>> from kobai.optim import ExponentialDecay
        >>> print(ExponentialDecay(0.8, 0.25, every=10)(5))
        0.4
    """

    rate: float
    factor: float
    every: int = 1

    def __post_init__(self) -> None:
        require_positive("the rate", self.rate)
        require_positive("the factor", self.factor)
        require_count("every", self.every, least=1)

    def __call__(self, t: Any, steps: Any = None) -> Any:
        return self.rate * float(self.factor) ** (t / float(self.every))


@dataclass(frozen=True)
class InverseScaling:
    """A rate that falls with a power of the step: `rate / (t + 1) ** power`.

    Args:
        rate: of the first step, above 0.
        power: at least 0; steps of noisy gradients converge for powers above 1/2, up to 1.

    Example:
        >>> from kobai.optim import InverseScaling
        >>> print(InverseScaling(0.8)(3))
        0.4

    Source: Robbins and Monro, Ann. Math. Statist. 22 (1951) 400.
    """

    rate: float
    power: float = 0.5

    def __post_init__(self) -> None:
        require_positive("the rate", self.rate)
        require_not_negative("the power", self.power)

    def __call__(self, t: Any, steps: Any = None) -> Any:
        return self.rate / (t + 1.0) ** float(self.power)


@dataclass(frozen=True)
class Cosine:
    """A rate that falls along half a wave of the cosine.

        final + (rate - final) (1 + cos(π t / T)) / 2

    Args:
        rate: of the first step, above 0.
        final: towards which it falls, at least 0.
        steps: T, after which it stays there; by default all steps of the training.

    Example:
        >>> import numpy as np
        >>> from kobai.optim import Cosine
        >>> print(Cosine(0.8)(np.array([0, 2, 4]), 4))
        [0.8 0.4 0. ]

    Source: Loshchilov and Hutter, ICLR 2017 (arXiv:1608.03983), without restarts.
    """

    rate: float
    final: float = 0.0
    steps: int | None = None

    def __post_init__(self) -> None:
        require_positive("the rate", self.rate)
        require_not_negative("the final rate", self.final)
        if self.steps is not None:
            require_count("steps", self.steps, least=1)

    def __call__(self, t: Any, steps: Any = None) -> Any:
        share = np.minimum(t / _length(self.steps, steps), 1.0)
        wave = (self.rate - self.final) * 0.5 * (1.0 + np.cos(np.pi * share))
        return wave + self.final if self.final else wave


@dataclass(frozen=True)
class OneCycle:
    """A rate that rises to its peak and falls far below where it began, each along a cosine.

    The first steps of the given share rise from `rate / 25` to `rate`; the others fall to
    `rate / 250,000`, which the last one has.

    Args:
        rate: the peak, above 0.
        rising: the share of steps that rise; above 0 and below 1.
        steps: the length of the cycle; by default all steps of the training.

    Example:
        >>> import numpy as np
        >>> from kobai.optim import OneCycle
        >>> print(OneCycle(1.0)(np.array([0, 2, 9]), 10))
        [4.e-02 1.e+00 4.e-06]

    Source: Smith and Topin, arXiv:1708.07120 (2017), with cosines as fast.ai has them.
    """

    rate: float
    rising: float = 0.3
    steps: int | None = None

    def __post_init__(self) -> None:
        require_positive("the rate", self.rate)
        require_positive("rising", self.rising)
        if self.rising >= 1:
            raise ArgumentError(f"rising is {self.rising!r}", repair="give a share below 1")
        if self.steps is not None:
            require_count("steps", self.steps, least=1)

    def __call__(self, t: Any, steps: Any = None) -> Any:
        length = _length(self.steps, steps)
        last = np.maximum(self.rising * length - 1.0, 0.0)
        up = t / np.maximum(last, 1.0)
        down = np.minimum((t - last) / np.maximum(length - 1.0 - last, 1.0), 1.0)
        first, final = self.rate / 25, self.rate / 25e4
        rise = self.rate + (first - self.rate) * 0.5 * (1.0 + np.cos(np.pi * up))
        fall = final + (self.rate - final) * 0.5 * (1.0 + np.cos(np.pi * down))
        return np.where(t < last, rise, fall)


@dataclass(frozen=True)
class WarmUp:
    """A rate that rises evenly over the first steps, then another schedule.

    Step t of the first n has the share (t + 1) / (n + 1) of the rate with which `after` begins.

    Args:
        after: a number, a schedule or another function: it counts the steps from where it begins.
        steps: n, how many steps rise.

    Example:
        >>> import numpy as np
        >>> from kobai.optim import WarmUp
        >>> print(WarmUp(0.8, 3)(np.arange(5)))
        [0.2 0.4 0.6 0.8 0.8]

    Source: Goyal et al., arXiv:1706.02677 (2017), section 2.2.
    """

    after: Rate
    steps: int

    def __post_init__(self) -> None:
        require_rate(self.after)
        require_count("steps", self.steps, least=1)

    def __call__(self, t: Any, steps: Any = None) -> Any:
        n = float(self.steps)
        after = self.after if callable(self.after) else Constant(self.after)
        left = None if steps is None else np.maximum(steps - n, 1.0)
        # Before it begins it stands where it begins.
        rate = rate_of(after, np.maximum(t - n, 0.0), left)
        return rate * np.minimum((t + 1.0) / (n + 1.0), 1.0)


def _length(own: int | None, steps: Any) -> Any:
    if own is not None:
        return float(own)
    if steps is None:
        raise ArgumentError(
            "the schedule depends on how many steps there are",
            repair="give them: schedule(t, steps), or steps= where it is made",
        )
    return steps
