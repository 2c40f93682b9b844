"""Weight decay: as a part of the gradient, or besides it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kobai.errors import ArgumentError
from kobai.graph import Node
from kobai.optim.moment import Moment, like
from kobai.optim.optimizer import Optimizer, State, Updates, Wrapper
from kobai.optim.rates import Rate
from kobai.optim.settings import require_not_negative, require_update


@dataclass(frozen=True)
class WeightDecay(Wrapper):
    """Another optimiser, with parameters drawn to 0.

    `dw + λ w` takes the gradient's place, as a penalty λ/2 ‖w‖² in the loss would have it. If
    `decoupled`, the gradient stays as it is, and `w := w - α λ w` comes besides the step: with
    gradient descent without momentum it is the same, with Adam it isn't.

    Args:
        optimizer: what makes the step.
        weight_decay: λ, at least 0.
        skip: names of parameters to leave alone, such as `("b",)`: an argument's name, the key of
            a dict, `W_0` for the first of a list `W`.
        decoupled: shrink the parameters instead of changing the gradient.

    Raises:
        ArgumentError: a value outside its range; when training begins, a name in `skip` that no
            parameter has.

    Example:
        >>> import kobai
        >>> from kobai.optim import GradientDescent, WeightDecay
        >>> optimizer = WeightDecay(GradientDescent(0.1), 0.5)
        >>> fit = kobai.minimize(lambda x: (x - 1) ** 2, 3.0, optimizer=optimizer)
        >>> print(f"{fit.params:.6f}")
        0.800000

    Sources: Krogh and Hertz, NIPS 4 (1991) 950; decoupled: Loshchilov and Hutter, ICLR 2019.
    """

    optimizer: Optimizer
    weight_decay: float
    skip: Sequence[str] = ()
    decoupled: bool = False

    def __post_init__(self) -> None:
        require_update(self.optimizer)
        require_not_negative("the weight decay", self.weight_decay)
        if isinstance(self.skip, str) or not all(isinstance(name, str) for name in self.skip):
            raise ArgumentError(f"skip is {self.skip!r}", repair='give names: skip=("b",)')
        object.__setattr__(self, "skip", tuple(self.skip))

    def updates(
        self,
        parameters: Sequence[Node],
        gradients: Sequence[Node],
        states: Sequence[State],
        at: Moment,
    ) -> Updates:
        is_drawn = self._chosen([w.attribute("name") for w in parameters])
        if self.decoupled:
            rate = rate_in(self.optimizer)
            made = self.optimizer.updates(parameters, gradients, states, at)
            return [
                (shrunk(new, w, rate, self.weight_decay, at) if chosen else new, state)
                for (new, state), w, chosen in zip(made, parameters, is_drawn, strict=True)
            ]
        λ = at.number("λ", self.weight_decay)
        drawn = [
            dw + like(w)(λ) * w if chosen else dw
            for w, dw, chosen in zip(parameters, gradients, is_drawn, strict=True)
        ]
        return self.optimizer.updates(parameters, drawn, states, at)

    def _chosen(self, names: Sequence[str]) -> list[bool]:
        unknown = [name for name in self.skip if name not in names]
        if unknown:
            raise ArgumentError(
                f"skip names {unknown[0]!r}, which is not a parameter",
                repair=f"use names among {', '.join(names)}",
            )
        return [name not in self.skip for name in names]


def shrunk(new: Node, w: Node, rate: Rate, decay: float, at: Moment) -> Node:
    """What a step has made of a parameter, less a share of the parameter before it."""
    return new - like(w)(at.rate(rate) * at.number("λ", decay)) * w


def rate_in(optimizer: Any) -> Any:
    """The learning rate of an optimiser, wherever it is wrapped in others."""
    while not hasattr(optimizer, "learning_rate"):
        if not hasattr(optimizer, "optimizer"):
            raise ArgumentError(
                f"{optimizer!r} has no learning_rate", repair="use decoupled=False with it"
            )
        optimizer = optimizer.optimizer
    return optimizer.learning_rate
