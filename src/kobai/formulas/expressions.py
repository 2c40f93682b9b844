"""What a formula is read into: numbers, names, and functions applied to these.

Evaluating one calls functions of `kobai.formulas.functions` and Python's operators on the values.
On handles it is traced, as any function is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from kobai.errors import KobaiError
from kobai.formulas.parts import Part


class Expression(ABC):
    """A part of a formula that has a value once the names have theirs."""

    @abstractmethod
    def value(self, names: Mapping[str, Any]) -> Any:
        """The value."""


@dataclass(frozen=True)
class Given(Expression):
    """A number, or another thing that is written down: an axis, einsum's text, `:`, `None`."""

    thing: Any

    def value(self, names: Mapping[str, Any]) -> Any:
        return self.thing


@dataclass(frozen=True)
class Name(Expression):
    """An argument, or a value that a statement gave a name to."""

    name: str

    def value(self, names: Mapping[str, Any]) -> Any:
        return names[self.name]


@dataclass(frozen=True)
class Several(Expression):
    """Values in a row: `(a, b)`, `[a, b]`."""

    entries: Sequence[Expression]

    def value(self, names: Mapping[str, Any]) -> Any:
        return tuple(entry.value(names) for entry in self.entries)


@dataclass(frozen=True)
class Apply(Expression):
    """A function or an operator with what it is applied to, and its place in the text."""

    function: Callable[..., Any]
    operands: Sequence[Expression]
    part: Part
    options: Mapping[str, Any] = field(default_factory=dict)

    def value(self, names: Mapping[str, Any]) -> Any:
        operands = [operand.value(names) for operand in self.operands]
        return applied(self.function, operands, self.part, self.options)


@dataclass(frozen=True)
class Statement:
    """One statement: the name it binds, empty for an expression, and what it computes."""

    name: str
    expression: Expression


def applied(
    function: Callable[..., Any],
    operands: Sequence[Any],
    part: Part,
    options: Mapping[str, Any] = MappingProxyType({}),
) -> Any:
    """What a function gives for these values; what it refuses is a mistake at this place."""
    try:
        return function(*operands, **options)
    except KobaiError as error:
        raise part.blamed(error) from error
    except (ArithmeticError, IndexError, MemoryError, TypeError, ValueError) as error:
        raise part.mistake(
            f"this can't be computed{_shapes(operands)}: {error}",
            "mend the part that is marked, or the shapes of its values",
        ) from error


def _shapes(operands: Sequence[Any]) -> str:
    shapes = [str(np.shape(x)) for x in operands if hasattr(x, "shape")]
    return f" from shape{'s' * (len(shapes) > 1)} {' and '.join(shapes)}" if shapes else ""
