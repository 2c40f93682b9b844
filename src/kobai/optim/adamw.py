"""AdamW: Adam, and weights that shrink by themselves."""

from __future__ import annotations

from dataclasses import dataclass

from kobai.graph import Node
from kobai.optim.adam import Adam
from kobai.optim.moment import Moment
from kobai.optim.optimizer import ParameterRule, State
from kobai.optim.rates import Rate
from kobai.optim.settings import require_not_negative
from kobai.optim.weight_decay import shrunk


@dataclass(frozen=True)
class AdamW(ParameterRule):
    """Adam with decoupled weight decay: `w := w - α λ w` besides Adam's step.

    The decay is no part of the gradient, so that Adam's division leaves it as it is.
    `WeightDecay(Adam(…), λ, decoupled=True)` is the same, and takes names of parameters to leave
    alone.

    Args:
        learning_rate: α: a number above 0, or a function of the step.
        beta1: β₁, the share that the gradient's mean keeps at each step; at least 0 and below 1.
        beta2: β₂, that of its mean square.
        epsilon: ε, which keeps the quotient finite; above 0.
        weight_decay: λ, at least 0.

    Raises:
        ArgumentError: a value outside its range.

    Example:
        >>> import kobai
        >>> kobai.optim.AdamW(0.01).weight_decay
        0.01

    Source: Loshchilov and Hutter, ICLR 2019 (arXiv:1711.05101), with the decay in units of α as
    most frameworks have it.
    """

    learning_rate: Rate = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        require_not_negative("the weight decay", self.weight_decay)
        self._adam()

    def _adam(self) -> Adam:
        return Adam(self.learning_rate, self.beta1, self.beta2, self.epsilon)

    @property
    def state_names(self) -> tuple[str, ...]:
        return self._adam().state_names

    def update(self, w: Node, dw: Node, state: State, at: Moment) -> tuple[Node, State]:
        new, after = self._adam().update(w, dw, state, at)
        return shrunk(new, w, self.learning_rate, self.weight_decay, at), after
