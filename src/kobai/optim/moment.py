"""One step of training as an optimiser sees it: its number, and the settings as numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TypeAlias

import numpy as np

from kobai.graph import Graph, Node
from kobai.ops.shaping import astype
from kobai.optim.rates import Rate, rate_at

# A setting is a number, and a node where it depends on the step or is to be shown by its letter.
Number: TypeAlias = float | Node


def _as_it_is(symbol: str, value: float) -> Number:
    return value


class Moment:
    """One step of training.

    Scalars are computed with double precision, whatever the parameters are: `1 - β**t` would lose
    what float32 has. They are rounded when they meet a parameter (`like`).

    Args:
        graph: where the update is written.
        setting: what stands for a setting, from its letter and its value.

    Attributes:
        named: the numbers of this step that have names, in the order in which they were made.
    """

    def __init__(self, graph: Graph, setting: Callable[[str, float], Number] = _as_it_is) -> None:
        self._graph = graph
        self._setting = setting
        self._rates: dict[int, tuple[Rate, Number]] = {}
        self.named: dict[str, Node] = {}

    @cached_property
    def t(self) -> Node:
        """How many steps were made before this one: an input, float64."""
        return self._graph.input("t/steps made", (), np.dtype(float))

    @cached_property
    def steps(self) -> Node:
        """How many steps there will be in all: an input, float64."""
        return self._graph.input("T/steps in all", (), np.dtype(float))

    @property
    def after(self) -> Node:
        """The number of this step, counted from 1."""
        return self.t + 1.0

    def number(self, symbol: str, value: float) -> Number:
        """A setting, under the letter by which a derivation shows it."""
        return self._setting(symbol, float(value))

    def rate(self, rate: Rate) -> Number:
        """The learning rate α of this step."""
        if not callable(rate):
            return self.number("α", float(rate))
        if id(rate) not in self._rates:
            self._rates[id(rate)] = rate, self.name("α", rate_at(rate, self.t, self.steps))
        return self._rates[id(rate)][1]

    def name(self, name: str, value: Node) -> Node:
        """A number that is the same for all parameters, with the name by which it is shown."""
        self.named.setdefault(name, value)
        return value


def like(w: Node) -> Callable[[Number], Number]:
    """What rounds numbers to the dtype of a parameter."""

    def rounded(number: Number) -> Number:
        return astype(number, w.dtype) if isinstance(number, Node) else number

    return rounded
