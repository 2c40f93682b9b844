"""Gradient descent, with momentum and Nesterov's variant of it."""

from __future__ import annotations

from dataclasses import dataclass

from kobai.errors import ArgumentError
from kobai.graph import Node
from kobai.optim.moment import Moment, like
from kobai.optim.optimizer import ParameterRule, State
from kobai.optim.rates import Rate, require_rate
from kobai.optim.settings import require_share


@dataclass(frozen=True)
class GradientDescent(ParameterRule):
    """Steps against the gradient: `w := w - α dw`.

    With momentum β, a velocity `v := β v + dw` takes the gradient's place; with `nesterov`,
    `dw + β v` does.

    Args:
        learning_rate: α, the length of a step in units of the gradient; above 0, a function of
            the step (see `kobai.optim`), or "auto": half of the largest stable step where training
            begins, from the largest curvature of the loss on all data there (`Fit.stability`).
        momentum: β, at least 0 and below 1.
        nesterov: look ahead along the velocity; needs a momentum.

    Raises:
        ArgumentError: a value outside its range.

    Example:
        >>> import kobai
        >>> kobai.optim.GradientDescent(0.1, momentum=0.9)
        GradientDescent(learning_rate=0.1, momentum=0.9, nesterov=False)

    Sources: Polyak, USSR Comput. Math. Math. Phys. 4 (1964) 1; Nesterov's variant in the form of
    Sutskever, Martens, Dahl and Hinton, ICML 2013, with the look-ahead folded into the step.
    """

    learning_rate: Rate | str
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        if self.learning_rate != "auto":
            require_rate(self.learning_rate)
        require_share("the momentum", self.momentum)
        if self.nesterov and not self.momentum:
            raise ArgumentError(
                "nesterov without momentum changes nothing", repair="give a momentum, such as 0.9"
            )

    @property
    def state_names(self) -> tuple[str, ...]:
        return ("velocity",) if self.momentum else ()

    def update(self, w: Node, dw: Node, state: State, at: Moment) -> tuple[Node, State]:
        of = like(w)
        α = of(at.rate(self._rate()))
        if not self.momentum:
            return w - α * dw, ()
        β = of(at.number("β", self.momentum))
        velocity = β * state[0] + dw
        direction = dw + β * velocity if self.nesterov else velocity
        return w - α * direction, (velocity,)

    def _rate(self) -> Rate:
        if isinstance(self.learning_rate, str):
            raise ArgumentError(
                'learning_rate="auto" is found by kobai.minimize alone',
                repair="give a number: kobai.minimize(…).optimizer has the one that was found",
            )
        return self.learning_rate

    def largest_stable(self, curvature: float) -> float:
        """The learning rate from which on steps grow along a direction of this curvature λ > 0.

        It is 2/λ; with momentum 2(1 + β)/λ, and with Nesterov's 2(1 + β)/((1 + 2β)λ): beyond it,
        an eigenvalue of the step on a parabola leaves the unit circle at -1.
        """
        β = float(self.momentum)
        return 2 * (1 + β) / (1 + 2 * β if self.nesterov else 1) / curvature
