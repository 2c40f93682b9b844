"""What a first-order optimiser is: an update of the graph, written once for every target."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol, TypeAlias, final

from kobai.graph import AnyArray, Node
from kobai.optim.moment import Moment

State: TypeAlias = tuple[Node, ...]
# For each parameter its value after the step, and its state.
Updates: TypeAlias = list[tuple[Node, State]]


class Optimizer(Protocol):
    """Turns gradients into a step.

    The updates are written on nodes: they run inside the training loop of every target, and are
    what a derivation prints as `w := …`.
    """

    @property
    def state_names(self) -> tuple[str, ...]:
        """What is remembered for each parameter from step to step; it begins with zeros."""

    def updates(
        self,
        parameters: Sequence[Node],
        gradients: Sequence[Node],
        states: Sequence[State],
        at: Moment,
    ) -> Updates:
        """All parameters and their states after one step, from those before it.

        Args:
            parameters: inputs of the graph; the attribute `name` is what a parameter is called.
            gradients: of each parameter, or the number 0 where the loss doesn't depend on it.
            states: of each parameter, a node for each of `state_names`.
            at: which step it is, and the settings as numbers of the graph.
        """

    def answer(self, w: AnyArray, state: Sequence[AnyArray]) -> AnyArray:
        """What training has found for a parameter: itself, or something that is remembered."""


class ParameterRule(ABC):
    """An optimiser that treats each parameter by itself."""

    @property
    @abstractmethod
    def state_names(self) -> tuple[str, ...]:
        """What is remembered for each parameter from step to step; it begins with zeros."""

    @abstractmethod
    def update(self, w: Node, dw: Node, state: State, at: Moment) -> tuple[Node, State]:
        """The parameter and its state after one step, from both before it and the gradient."""

    @final
    def updates(
        self,
        parameters: Sequence[Node],
        gradients: Sequence[Node],
        states: Sequence[State],
        at: Moment,
    ) -> Updates:
        """All parameters and their states after one step."""
        given = zip(parameters, gradients, states, strict=True)
        return [self.update(w, dw, state, at) for w, dw, state in given]

    @final
    def answer(self, w: AnyArray, state: Sequence[AnyArray]) -> AnyArray:
        """What training has found for a parameter: itself."""
        return w


class Wrapper(ABC):
    """An optimiser that changes what another one gets or makes, and remembers nothing itself."""

    optimizer: Optimizer

    @abstractmethod
    def updates(
        self,
        parameters: Sequence[Node],
        gradients: Sequence[Node],
        states: Sequence[State],
        at: Moment,
    ) -> Updates:
        """All parameters and their states after one step."""

    @final
    @property
    def state_names(self) -> tuple[str, ...]:
        """What the inner optimiser remembers."""
        return self.optimizer.state_names

    @final
    def answer(self, w: AnyArray, state: Sequence[AnyArray]) -> AnyArray:
        """What the inner optimiser has found."""
        return self.optimizer.answer(w, state)
