"""The learning rate against the curvature of the loss that is trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kobai.errors import KobaiError
from kobai.graph import AnyArray
from kobai.optim import Optimizer, Stability
from kobai.optim.curvature import Curvature, curvature_of
from kobai.optim.stability import stability_of, with_rate_found


@dataclass(frozen=True)
class Rates:
    """Finds and judges rates of gradient descent.

    Attributes:
        loss: the user's function.
        positions: which of its arguments hold parameters.
        data: the other arguments, in order.
    """

    loss: Callable[..., Any]
    positions: Sequence[int]
    data: Sequence[AnyArray]

    def found(self, optimizer: Optimizer, params: Sequence[Any]) -> Optimizer:
        """The optimiser with a number for `"auto"`."""
        return with_rate_found(optimizer, lambda: self._curvature(params))

    def stability(
        self, optimizer: Optimizer, params: Sequence[Any], made: int, steps: int
    ) -> Stability:
        """The rate of the last of the steps made, against the curvature at some parameters."""
        t = max(made - 1, 0)
        return stability_of(optimizer, lambda: self._curvature(params), t, steps)

    def advice(self, optimizer: Optimizer, params: Sequence[Any]) -> str:
        """A sentence for those whose training diverged, if one can be found."""
        try:
            found = self.stability(optimizer, params, 0, 1)
        except KobaiError:
            return ""
        if not found.learning_rate > found.largest_stable:
            return ""
        return f". {found.note[0].upper()}{found.note[1:]}"

    def _curvature(self, params: Sequence[Any]) -> Curvature:
        def loss(*params: Any) -> Any:
            given = list(self.data)
            for position, value in sorted(
                zip(self.positions, params, strict=True), key=lambda pair: pair[0]
            ):
                given.insert(position, value)
            return self.loss(*given)

        return curvature_of(loss, params)
