"""AdaGrad: each entry's rate falls with the gradients that it has met."""

from __future__ import annotations

from dataclasses import dataclass

from kobai.graph import Node
from kobai.ops.elementary import sqrt
from kobai.optim.moment import Moment, like
from kobai.optim.optimizer import ParameterRule, State
from kobai.optim.rates import Rate, require_rate
from kobai.optim.settings import require_positive


@dataclass(frozen=True)
class AdaGrad(ParameterRule):
    """Steps divided by the size of all gradients so far.

        s := s + dw²
        w := w - α dw / (√s + ε)

    Args:
        learning_rate: α: a number above 0, or a function of the step.
        epsilon: ε, which keeps the quotient finite; above 0.

    Raises:
        ArgumentError: a value outside its range.

    Example:
        >>> import kobai
        >>> fit = kobai.minimize(lambda x: (x - 1) ** 2, 3.0, optimizer=kobai.optim.AdaGrad(1.0))
        >>> print(f"{fit.params:.6f}")
        1.000000

    Source: Duchi, Hazan and Singer, J. Mach. Learn. Res. 12 (2011) 2121, in its diagonal form.
    """

    learning_rate: Rate = 0.01
    epsilon: float = 1e-10

    def __post_init__(self) -> None:
        require_rate(self.learning_rate)
        require_positive("epsilon", self.epsilon)

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("s",)

    def update(self, w: Node, dw: Node, state: State, at: Moment) -> tuple[Node, State]:
        of = like(w)
        α, ε = of(at.rate(self.learning_rate)), of(at.number("ε", self.epsilon))
        s = state[0] + dw * dw
        return w - α * dw / (sqrt(s) + ε), (s,)
