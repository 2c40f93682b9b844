"""What a first-order optimiser is: an update of the graph, one parameter at a time."""

from __future__ import annotations

from numbers import Real
from typing import Any, Protocol

from kobai.graph import Node


class Optimizer(Protocol):
    """Turns a gradient into a step.

    The update is written on nodes, once: it runs inside the training loop of every target, and is
    what a derivation prints as `w := …`.
    """

    @property
    def state_names(self) -> tuple[str, ...]:
        """What is remembered for each parameter from step to step; it begins with zeros."""

    @property
    def symbols(self) -> dict[str, float]:
        """The letters under which a derivation shows the settings."""

    def update(self, w: Node, dw: Node, state: tuple[Node, ...]) -> tuple[Node, tuple[Node, ...]]:
        """The parameter and its state after one step, from both before it and the gradient."""


def is_number(value: Any) -> bool:
    """Whether a setting is a real number, Python's or NumPy's."""
    return isinstance(value, Real) and not isinstance(value, bool)
