"""The first step of an optimiser as lines: `m_w := …`, then `w := w - …`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from kobai.derivation.options import Scheme
from kobai.derivation.schemes import setting
from kobai.graph import Node, reachable
from kobai.optim import Moment, Optimizer
from kobai.sizes import shape_at_hand

# Steps in all, where the learning rate depends on it: as many as `minimize` makes by default.
STEPS_SHOWN = 1000


class Updates:
    """The lines of a step; each speaks of values before it, or of those that lines above it made.

    Args:
        parameters: the name of each.
        slopes: for each parameter its derivative, and what that is called.
        taken: names that nothing else may have.
        optimizer: what makes the step.
        scheme: how derivatives are called; the learning rate is called after it.

    Attributes:
        given: the settings and what is remembered, each with its name and its value before.
        letters: for the name of a setting the optimiser's letter.
        lines: the name that a line gives to a value, and the value.
    """

    def __init__(
        self,
        parameters: Mapping[Node, str],
        slopes: Mapping[Node, tuple[Node, str]],
        taken: Collection[str],
        optimizer: Optimizer,
        scheme: Scheme,
    ) -> None:
        self._scheme = scheme
        self._taken = set(taken)
        self._graph = next(iter(parameters)).graph
        self.given: dict[Node, tuple[str, Any]] = {}
        self.letters: dict[str, str] = {}
        self.lines: list[tuple[str, Node]] = []
        at = Moment(self._graph, self._setting)
        states = [
            tuple(self._state(f"{state}_{name}", w) for state in optimizer.state_names)
            for w, name in parameters.items()
        ]
        made = optimizer.updates(list(parameters), [slopes[w][0] for w in parameters], states, at)
        needed = reachable(x for w, state in made for x in (w, *state))
        for node, letter, value in ((at.t, "t", 0.0), (at.steps, "T", float(STEPS_SHOWN))):
            if node in needed:
                self._give(node, letter, value)
        self.lines += [(self._free(name), value) for name, value in at.named.items()]
        for name, before, (w, after) in zip(parameters.values(), states, made, strict=True):
            own = [(self.given[x][0], y) for x, y in zip(before, after, strict=True)]
            # What is made of another new value is a later node.
            self.lines += sorted([*own, (name, w)], key=lambda line: line[1].index)

    def _setting(self, letter: str, value: float) -> Node:
        for node, (name, known) in self.given.items():
            if self.letters.get(name) == letter and known == value:
                return node
        node = self._graph.input(f"{letter}/{len(self.given)}", (), np.dtype(float))
        self._give(node, setting(letter, self._scheme), value)
        self.letters[self.given[node][0]] = letter
        return node

    def _state(self, name: str, w: Node) -> Node:
        zeros = np.zeros(shape_at_hand(w.shape), w.dtype)
        return self._give(self._graph.input(f"{name}/state", w.shape, w.dtype), name, zeros)

    def _give(self, node: Node, name: str, value: Any) -> Node:
        self.given[node] = self._free(name), value
        return node

    def _free(self, name: str) -> str:
        """The name, or one like it that nothing else has."""
        free = next(
            x for x in (name, *(f"{name}_{n}" for n in range(1, 1000))) if x not in self._taken
        )
        self._taken.add(free)
        return free
