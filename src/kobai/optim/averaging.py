"""The mean of the parameters on their way, in place of where they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kobai.graph import AnyArray, Node
from kobai.ops.arithmetic import power
from kobai.ops.choices import maximum
from kobai.optim.moment import Moment, Number, like
from kobai.optim.optimizer import Optimizer, State, Updates
from kobai.optim.settings import require_count, require_share, require_update


@dataclass(frozen=True)
class Averaging:
    """Another optimiser; training finds the mean of the parameters after each of its steps.

    The parameters go their way as without it, and `fit.params` is their mean: the noise of
    batches averages out. After step t, the n-th after `start`,

        mean := mean + c (w - mean)        c = 1 / n, or (1 - β) / (1 - βⁿ)

    so that the mean is exact from its first step on.

    Args:
        optimizer: what makes the steps.
        decay: β, for a mean in which each step counts β times as much as the next (an exponential
            moving average); None for the mean of all (Polyak and Ruppert).
        start: how many steps are left out at the beginning.

    Raises:
        ArgumentError: a value outside its range.

    Example:
        >>> import kobai
        >>> from kobai.optim import Averaging, GradientDescent
        >>> optimizer = Averaging(GradientDescent(1.0))
        >>> fit = kobai.minimize(lambda x: x**2, 3.0, optimizer=optimizer, steps=10)
        >>> print(fit.params)  # -3, 3, -3, 3, …
        0.0

    Sources: Polyak and Juditsky, SIAM J. Control Optim. 30 (1992) 838; Ruppert, Cornell technical
    report 781 (1988); the correction of the moving average is that of Kingma and Ba, ICLR 2015.
    """

    optimizer: Optimizer
    decay: float | None = None
    start: int = 0

    def __post_init__(self) -> None:
        require_update(self.optimizer)
        require_count("start", self.start, least=0)
        if self.decay is not None:
            require_share("decay", self.decay)

    @property
    def state_names(self) -> tuple[str, ...]:
        return (*self.optimizer.state_names, "mean_of")

    def updates(
        self,
        parameters: Sequence[Node],
        gradients: Sequence[Node],
        states: Sequence[State],
        at: Moment,
    ) -> Updates:
        inner = self.optimizer.updates(parameters, gradients, [state[:-1] for state in states], at)
        share = self._share(at)
        return [
            (w, (*after, before[-1] + like(w)(share) * (w - before[-1])))
            for (w, after), before in zip(inner, states, strict=True)
        ]

    def _share(self, at: Moment) -> Number:
        n = maximum(at.after - float(self.start), 1.0) if self.start else at.after
        if self.decay is None:
            return 1 / n
        β = at.number("γ", self.decay)
        return (1 - β) / (1 - power(β, n))

    def answer(self, w: AnyArray, state: Sequence[AnyArray]) -> AnyArray:
        return state[-1]
