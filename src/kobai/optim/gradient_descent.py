"""Gradient descent, with momentum and Nesterov's variant of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kobai.errors import ArgumentError
from kobai.graph import Node
from kobai.optim.optimizer import is_number


@dataclass(frozen=True)
class GradientDescent:
    """Steps against the gradient: `w := w - α dw`.

    With momentum β, a velocity `v := β v + dw` takes the gradient's place; with `nesterov`,
    `dw + β v` does.

    Args:
        learning_rate: α, the length of a step in units of the gradient; above 0.
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

    learning_rate: float
    momentum: float = 0.0
    nesterov: bool = False

    def __post_init__(self) -> None:
        if not is_number(self.learning_rate) or not 0 < self.learning_rate < math.inf:
            raise ArgumentError(
                f"the learning rate is {self.learning_rate!r}",
                repair="give a finite number above 0, such as 0.1",
            )
        if not is_number(self.momentum) or not 0 <= self.momentum < 1:
            raise ArgumentError(
                f"the momentum is {self.momentum!r}", repair="give a number from 0 to below 1"
            )
        if self.nesterov and not self.momentum:
            raise ArgumentError(
                "nesterov without momentum changes nothing", repair="give a momentum, such as 0.9"
            )

    @property
    def state_names(self) -> tuple[str, ...]:
        """What is remembered for each parameter from step to step; it begins with zeros."""
        return ("velocity",) if self.momentum else ()

    @property
    def symbols(self) -> dict[str, float]:
        """The letters under which a derivation shows the settings."""
        momentum = {"β": float(self.momentum)} if self.momentum else {}
        return {"α": float(self.learning_rate)} | momentum

    def update(self, w: Node, dw: Node, state: tuple[Node, ...]) -> tuple[Node, tuple[Node, ...]]:
        """The parameter and its state after one step, as nodes."""
        if not self.momentum:
            return w - self.learning_rate * dw, ()
        velocity = self.momentum * state[0] + dw
        direction = dw + self.momentum * velocity if self.nesterov else velocity
        return w - self.learning_rate * direction, (velocity,)
