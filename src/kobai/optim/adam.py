"""Adam: the gradient's mean, in units of its mean square."""

from __future__ import annotations

from dataclasses import dataclass

from kobai.graph import Node
from kobai.ops.arithmetic import power
from kobai.ops.elementary import sqrt
from kobai.optim.moment import Moment, like
from kobai.optim.optimizer import ParameterRule, State
from kobai.optim.rates import Rate, require_rate
from kobai.optim.settings import require_positive, require_share


@dataclass(frozen=True)
class Adam(ParameterRule):
    """Steps along the mean of the gradient, divided by the root of its mean square.

        m := β₁ m + (1 - β₁) dw
        v := β₂ v + (1 - β₂) dw²
        w := w - α m̂ / (√v̂ + ε)        m̂ = m / (1 - β₁ᵗ), v̂ = v / (1 - β₂ᵗ)

    with t = 1 at the first step. Both corrections are made to α and ε, once for all entries:
    `α_t = α √(1 - β₂ᵗ) / (1 - β₁ᵗ)`, `ε_t = ε √(1 - β₂ᵗ)`, `w := w - α_t m / (√v + ε_t)`.

    Args:
        learning_rate: α: a number above 0, or a function of the step.
        beta1: β₁, the share that the mean keeps at each step; at least 0 and below 1.
        beta2: β₂, that of the mean square.
        epsilon: ε, which keeps the quotient finite; above 0.

    Raises:
        ArgumentError: a value outside its range.

    Example:
        >>> import kobai
        >>> kobai.optim.Adam()
        Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08)

    Source: Kingma and Ba, ICLR 2015 (arXiv:1412.6980), algorithm 1 in the order of section 2's
    last paragraph.
    """

    learning_rate: Rate = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        require_rate(self.learning_rate)
        require_share("beta1", self.beta1)
        require_share("beta2", self.beta2)
        require_positive("epsilon", self.epsilon)

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("m", "v")

    def update(self, w: Node, dw: Node, state: State, at: Moment) -> tuple[Node, State]:
        of = like(w)
        α, ε = at.rate(self.learning_rate), at.number("ε", self.epsilon)
        β1, β2 = at.number("β1", self.beta1), at.number("β2", self.beta2)
        m = of(β1) * state[0] + of(1 - β1) * dw
        v = of(β2) * state[1] + of(1 - β2) * (dw * dw)
        c1, c2 = 1 - power(β1, at.after), sqrt(1 - power(β2, at.after))
        α_t, ε_t = at.name("α_t", α * c2 / c1), at.name("ε_t", ε * c2)
        return w - of(α_t) * m / (sqrt(v) + of(ε_t)), (m, v)
