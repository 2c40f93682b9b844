"""What a repair is made from, and what it is."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Surroundings:
    """What the statement can see.

    Attributes:
        variables: the user's variables before the statement.
        versions: values that a variable had or got at other times, by a text for it.
        lengths: names of lengths, with their values.
        functions: functions of one argument that could be meant.
        slopes: pairs of names of which one's value is the activation of the other's.
        target: what the statement binds, if it is one thing.
        bound: names that a comprehension in the expression binds, of which no value is known.
    """

    variables: Mapping[str, Any]
    versions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)
    functions: Sequence[str] = ()
    slopes: Collection[tuple[str, str]] = ()
    target: ast.expr | None = None
    bound: Sequence[str] = ()

    def within(self, expression: ast.expr) -> Surroundings:
        """The same, with the names that comprehensions bind."""
        bound = [
            part.id
            for node in ast.walk(expression)
            if isinstance(node, ast.comprehension)
            for part in ast.walk(node.target)
            if isinstance(part, ast.Name)
        ]
        return replace(self, bound=tuple(dict.fromkeys(bound)))

    def arrays(self) -> list[str]:
        arrays = [n for n, v in self.variables.items() if isinstance(v, np.ndarray) and v.ndim]
        return [*arrays, *self.bound]

    def slope_arguments(self) -> list[str]:
        """What an activation may be computed from: arrays, or numbers where there are none."""
        numbers = [n for n in self.numbers() if n not in self.counters()]
        return self.arrays() or numbers

    def lists(self) -> list[str]:
        return [n for n, v in self.variables.items() if isinstance(v, list | tuple)]

    def counters(self) -> list[str]:
        """Whole numbers: they may be indices."""
        whole = [n for n, v in self.variables.items() if isinstance(v, int | np.integer)]
        return [*whole, *self.bound]

    def numbers(self) -> list[str]:
        numbers = [
            n
            for n, v in self.variables.items()
            if isinstance(v, int | float | np.number) or (isinstance(v, np.ndarray) and not v.ndim)
        ]
        return [*numbers, *self.bound]


@dataclass(frozen=True)
class Repair:
    """A changed expression.

    Attributes:
        kind: the kind of the slip.
        message: the key of the sentence.
        old: the part that is changed.
        new: what it becomes.
        expression: all of it, changed.
        extras: values of names in it that the user has not: `W2 before line 7`.
        parts: further parts of the sentence.
    """

    kind: str
    message: str
    old: str
    new: str
    expression: ast.expr
    extras: Mapping[str, Any] = field(default_factory=dict)
    parts: Mapping[str, Any] = field(default_factory=dict)
