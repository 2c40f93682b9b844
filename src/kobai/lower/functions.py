"""Operations of several instructions as functions of their own: `sigmoid(z)`.

Programs that people read call what they know by its name; the body stands in the file one time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kobai.graph import Node
from kobai.lower.native import body
from kobai.scalars import Scalar

LEAVES = frozenset({"read", "number", "size", "index", "state", "parameter"})
# Instructions up to which a body is written where it is used.
MOST_INLINE = 2
PARAMETERS = ("x", "y", "z", "u", "v", "w")


@dataclass(frozen=True, eq=False)
class Function:
    """A function of scalars.

    Attributes:
        name: the operation's.
        parameters: scalars of the instruction `parameter`, labelled by their names.
        value: the result, made of them.
    """

    name: str
    parameters: tuple[Scalar, ...]
    value: Scalar


class Functions:
    """The functions that a program calls, each once."""

    def __init__(self) -> None:
        self._known: dict[Any, Function] = {}

    def entry(self, node: Node, operands: Sequence[Scalar]) -> Scalar | None:
        """One entry of a map: its instructions, or the call of a function with these."""
        places = [i for i, x in enumerate(operands) if x.instruction != "number"]
        key = (node.op, node.attributes, node.dtype, tuple(map(_kind, operands)))
        function = self._known.get(key) or self._made(node, operands, places)
        if function is None:
            return None
        if _is_short(function, [operands[place] for place in places]):
            return body(node, operands, is_shown=True)
        self._known[key] = function
        return Scalar("call", tuple(operands[place] for place in places), node.dtype, function)

    def _made(
        self, node: Node, operands: Sequence[Scalar], places: Sequence[int]
    ) -> Function | None:
        given = {
            place: Scalar("parameter", (), operands[place].dtype, PARAMETERS[number])
            for number, place in enumerate(places)
        }
        shown = [given.get(place, x) for place, x in enumerate(operands)]
        value = body(node, shown, is_shown=True)
        if value is None:
            return None
        numbers = [x.label for x in operands if x.instruction == "number"]
        marks = [str(int(n)) for n in numbers if n >= 0 and float(n).is_integer() and n < 100]
        return Function("_".join([node.op.name, *marks]), tuple(given.values()), value)


def _kind(operand: Scalar) -> Any:
    return (operand.dtype, repr(operand.label) if operand.instruction == "number" else "")


def _is_short(function: Function, operands: Sequence[Scalar]) -> bool:
    """Whether a body is as easy to read as its name, and says nothing long twice."""
    scalars = canonical([function.value])[1]
    instructions = [x for x in scalars if x.instruction not in LEAVES]
    uses: dict[Any, int] = {}
    for x in instructions:
        for operand in x.operands:
            if operand.instruction == "parameter":
                uses[operand.label] = uses.get(operand.label, 0) + 1
    is_plain = all(x.instruction in LEAVES and not x.operands for x in operands)
    if any(count > 1 for count in uses.values()) and not is_plain:
        return False
    return len(instructions) <= MOST_INLINE


def canonical(values: Sequence[Scalar]) -> tuple[list[Scalar], list[Scalar]]:
    """The values with equal parts made one, and all their parts, operands before users."""
    known: dict[Any, Scalar] = {}
    new: dict[Scalar, Scalar] = {}
    stack = list(reversed(values))
    while stack:
        scalar = stack[-1]
        missing = [x for x in scalar.operands if x not in new]
        if missing:
            stack.extend(reversed(missing))
            continue
        stack.pop()
        if scalar in new:
            continue
        operands = tuple(new[x] for x in scalar.operands)
        label: Any = scalar.label
        if scalar.instruction == "number":
            label = repr(label)
        elif scalar.instruction == "state":
            label = id(scalar)
        key = (scalar.instruction, scalar.dtype, label, operands)
        same = scalar if operands == scalar.operands else None
        made = same or Scalar(scalar.instruction, operands, scalar.dtype, scalar.label)
        new[scalar] = known.setdefault(key, made)
    return [new[value] for value in values], list(known.values())


def called(values: Sequence[Scalar]) -> Mapping[Function, None]:
    """The functions that values call."""
    _, scalars = canonical(values)
    return dict.fromkeys(x.label for x in scalars if isinstance(x.label, Function))
