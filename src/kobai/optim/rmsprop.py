"""RMSProp: steps in units of the gradient's recent size."""

from __future__ import annotations

from dataclasses import dataclass

from kobai.graph import Node
from kobai.ops.choices import maximum
from kobai.ops.elementary import sqrt
from kobai.optim.moment import Moment, like
from kobai.optim.optimizer import ParameterRule, State
from kobai.optim.rates import Rate, require_rate
from kobai.optim.settings import require_positive, require_share


@dataclass(frozen=True)
class RMSProp(ParameterRule):
    """Steps divided by the root of the gradient's mean square.

        s := ρ s + (1 - ρ) dw²
        w := w - α dw / (√s + ε)

    If `centered`, a mean `g := ρ g + (1 - ρ) dw` is kept too, and the variance s - g² takes the
    place of s. With momentum β, a velocity `v := β v + dw / (√s + ε)` is followed by
    `w := w - α v`.

    Args:
        learning_rate: α: a number above 0, or a function of the step.
        decay: ρ, the share that a mean keeps at each step; at least 0 and below 1.
        momentum: β, at least 0 and below 1.
        centered: divide by the standard deviation.
        epsilon: ε, which keeps the quotient finite; above 0.

    Raises:
        ArgumentError: a value outside its range.

    Example:
        >>> import kobai
        >>> kobai.optim.RMSProp()
        RMSProp(learning_rate=0.001, decay=0.9, momentum=0.0, centered=False, epsilon=1e-08)

    Sources: Tieleman and Hinton, Coursera: Neural Networks for Machine Learning (2012), lecture
    6.5; centred and with momentum: Graves, arXiv:1308.0850 (2013), with ε outside of the root.
    """

    learning_rate: Rate = 0.001
    decay: float = 0.9
    momentum: float = 0.0
    centered: bool = False
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        require_rate(self.learning_rate)
        require_share("decay", self.decay)
        require_share("the momentum", self.momentum)
        require_positive("epsilon", self.epsilon)

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("s", *["mean"] * self.centered, *["velocity"] * bool(self.momentum))

    def update(self, w: Node, dw: Node, state: State, at: Moment) -> tuple[Node, State]:
        of = like(w)
        α, ε = of(at.rate(self.learning_rate)), of(at.number("ε", self.epsilon))
        ρ = at.number("ρ", self.decay)
        before = dict(zip(self.state_names, state, strict=True))
        s = of(ρ) * before["s"] + of(1 - ρ) * (dw * dw)
        after = {"s": s}
        if self.centered:
            after["mean"] = of(ρ) * before["mean"] + of(1 - ρ) * dw
            # A variance; rounding may leave it below 0.
            s = maximum(s - after["mean"] * after["mean"], 0.0)
        direction = dw / (sqrt(s) + ε)
        if self.momentum:
            direction = of(at.number("β", self.momentum)) * before["velocity"] + direction
            after["velocity"] = direction
        return w - α * direction, tuple(after.values())
