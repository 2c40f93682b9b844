"""The update of an optimiser, with its settings as variables: `w - alpha * dw`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kobai.errors import ArgumentError
from kobai.graph import Graph, Node, reachable
from kobai.optim import Moment, Optimizer
from kobai.targets.programs import Argument, Update


@dataclass(frozen=True)
class Updates:
    """What one step makes of parameters and states.

    Attributes:
        settings: numbers of the optimiser that the update is made with.
        states: what it remembers.
        updates: of states and parameters, in the order in which they are made.
        named: numbers of the step that have names.
    """

    settings: tuple[Argument, ...]
    states: tuple[Argument, ...]
    updates: tuple[Update, ...]
    named: dict[Node, str]


class _Settings:
    """An input for each setting, as it is asked for."""

    def __init__(self, graph: Graph, free: Callable[[str], str]) -> None:
        self._graph = graph
        self._free = free
        self.found: dict[tuple[str, float], Argument] = {}

    def __call__(self, symbol: str, value: float) -> Node:
        if (symbol, value) not in self.found:
            name = self._free(symbol)
            node = self._graph.input(f"{name}:setting", (), np.dtype(float))
            self.found[symbol, value] = Argument(name, node, np.array(value))
        return self.found[symbol, value].node


def updates_of(
    optimizer: Optimizer, trained: Sequence[tuple[Argument, Node]], free: Callable[[str], str]
) -> Updates:
    """The updates of some parameters, each given with its slope.

    `free` finds a name that nothing has yet.
    """
    _require_end(optimizer)
    graph = trained[0][0].node.graph
    settings = _Settings(graph, free)
    at = Moment(graph, settings)
    own = [
        tuple(_state(free(f"{name}_{w.name}"), w) for name in optimizer.state_names)
        for w, _ in trained
    ]
    before = [tuple(state.node for state in states) for states in own]
    made = optimizer.updates([w.node for w, _ in trained], [dw for _, dw in trained], before, at)
    updates: list[Update] = []
    for (w, _), states, (new, after) in zip(trained, own, made, strict=True):
        updates += map(Update, (s.name for s in states), (s.node for s in states), after)
        updates.append(Update(w.name, w.node, new))
    needed = set(reachable(update.new for update in updates))
    if at.steps in needed:
        raise ArgumentError(
            "the learning rate depends on how many steps there are in all, and a program is told "
            "that when it runs",
            repair="give the schedule a length: kobai.optim.Cosine(0.1, steps=1000)",
        )
    remembered = [state for states in own for state in states]
    if at.t in needed:
        name = free("t")
        remembered.append(Argument(name, at.t, np.array(0.0)))
        updates.append(Update(name, at.t, at.after))
    used = tuple(setting for setting in settings.found.values() if setting.node in needed)
    named = {node: free(name) for name, node in at.named.items() if node in needed}
    return Updates(used, tuple(remembered), tuple(updates), named)


def _require_end(optimizer: Optimizer) -> None:
    numbers = [np.array(0.0) for _ in ("parameter", *optimizer.state_names)]
    if optimizer.answer(numbers[0], numbers[1:]) is not numbers[0]:
        raise ArgumentError(
            "a program returns where the parameters end, and not their mean",
            repair="export the optimiser within kobai.optim.Averaging",
        )


def _state(name: str, parameter: Argument) -> Argument:
    node = parameter.node.graph.input(f"{name}:state", parameter.node.shape, parameter.node.dtype)
    return Argument(name, node, np.zeros_like(parameter.value))
