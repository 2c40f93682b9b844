"""What an exported program says, whatever its language: functions, arguments, values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kobai.graph import Node

Kind = Literal["gradient", "training"]


@dataclass(frozen=True, eq=False)
class Argument:
    """An argument of the user's function.

    Attributes:
        name: the user's.
        node: what stands for it.
        value: its array, for the example.
    """

    name: str
    node: Node
    value: Any


@dataclass(frozen=True)
class Length:
    """A length that the program reads off an argument's axis."""

    name: str
    symbol: str
    argument: Argument
    axis: int


@dataclass(frozen=True)
class Update:
    """What one step of training makes of a parameter, or of what the optimiser remembers.

    Attributes:
        name: of the variable.
        old: the input that stands for its value before the step.
        new: its value after it.
    """

    name: str
    old: Node
    new: Node


@dataclass(frozen=True)
class Program:
    """A program to be written.

    Attributes:
        function: the name of the user's function.
        kind: the gradient, or training.
        arguments: of the function, in order; of training, the settings of the optimiser too.
        lengths: symbolic lengths.
        results: names and values of what the gradient's function returns: the loss first.
        values: names of values on the way.
        states: what the optimiser remembers, each beginning with zeros.
        updates: of states and parameters, in the order in which they are made.
        parameters: the arguments that are trained.
        optimizer: its name.
        steps: how many steps the example makes.
        places: the user's lines, by value.
    """

    function: str
    kind: Kind
    arguments: tuple[Argument, ...]
    lengths: tuple[Length, ...]
    results: tuple[tuple[str, Node], ...]
    values: Mapping[Node, str]
    states: tuple[Argument, ...]
    updates: tuple[Update, ...]
    parameters: tuple[Argument, ...]
    optimizer: str
    steps: int
    places: Mapping[Node, str]

    @property
    def outputs(self) -> list[Node]:
        """Everything that is computed."""
        if self.kind == "training":
            return [update.new for update in self.updates]
        return [node for _, node in self.results]
