"""Run a graph with the NumPy function of each operation: the reference that all else is held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from kobai.graph import CONSTANT, INPUT, AnyArray, Node, reachable
from kobai.sizes import Size


class Program:
    """The outputs of a graph as a function of its inputs.

    Made once and run often: the order of the nodes, the places of their results and the moment
    at which each result can be forgotten are found when it is made.

    Args:
        outputs: the nodes to compute.
        inputs: the input nodes, in the order in which `run` is given their arrays. Symbolic sizes
            are read off the shapes of these arrays.
    """

    def __init__(self, outputs: Sequence[Node], inputs: Sequence[Node]) -> None:
        self._outputs = list(outputs)
        order = reachable([*outputs, *inputs])
        slots = {node: slot for slot, node in enumerate(order)}
        self._inputs = [slots[node] for node in inputs]
        self._results = [slots[node] for node in outputs]
        self._sizes = [
            (slots[node], axis, str(size))
            for node in inputs
            for axis, size in enumerate(node.shape)
            if isinstance(size, Size)
        ]
        self._constants: list[AnyArray | None] = [
            node.attribute("value") if node.op is CONSTANT else None for node in order
        ]
        last_use = {slots[operand]: slots[node] for node in order for operand in node.operands}
        kept = set(self._results)
        self._steps = [
            (
                slots[node],
                node.op.evaluate,
                [slots[operand] for operand in node.operands],
                dict(node.attributes),
                _is_symbolic(node.attributes),
                [
                    slot
                    for slot in {slots[operand] for operand in node.operands}
                    if last_use[slot] == slots[node] and slot not in kept
                ],
            )
            for node in order
            if node.op is not CONSTANT and node.op is not INPUT
        ]

    def run(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, as NumPy arrays or scalars."""
        values: list[Any] = self._constants.copy()
        for slot, array in zip(self._inputs, arrays, strict=True):
            values[slot] = array
        lengths = {name: np.shape(values[slot])[axis] for slot, axis, name in self._sizes}

        def length(size: Size) -> int:
            return size.resolve(lengths)

        with np.errstate(all="ignore"):
            for slot, evaluate, operands, attributes, symbolic, finished in self._steps:
                given = with_sizes(attributes, length) if symbolic else attributes
                values[slot] = evaluate(*[values[operand] for operand in operands], **given)
                for operand in finished:
                    values[operand] = None
        return [values[slot] for slot in self._results]


class Evaluator:
    """Values of single nodes on demand, each computed once: what `if loss > 1:` needs."""

    def __init__(self, values: Mapping[Node, Any]) -> None:
        self._values = dict(values)

    def give(self, node: Node, value: Any) -> None:
        """Set the value of one more input."""
        self._values[node] = value

    def knows(self, leaf: Node) -> bool:
        """Whether a leaf has a value: an input only if one was given for it."""
        return leaf.op is not INPUT or leaf in self._values

    def extended(self, values: Mapping[Node, Any]) -> Evaluator:
        """The same with more inputs; what was computed is kept."""
        return Evaluator({**self._values, **values})

    def value(self, wanted: Node) -> Any:
        """The value of a node for the inputs given."""
        stack = [wanted]
        with np.errstate(all="ignore"):
            while stack:
                node = stack[-1]
                missing = [o for o in node.operands if o not in self._values]
                if missing and node not in self._values:
                    stack.extend(missing)
                    continue
                stack.pop()
                if node in self._values:
                    continue
                operands = [self._values[operand] for operand in node.operands]
                attributes = with_sizes(dict(node.attributes), attrgetter("at_hand"))
                self._values[node] = node.op.evaluate(*operands, **attributes)
        return self._values[wanted]


def _is_symbolic(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(map(_is_symbolic, value))
    return isinstance(value, Size)


def with_sizes(value: Any, length: Callable[[Size], Any]) -> Any:
    """Attributes of a node with something in place of each symbolic size in them."""
    match value:
        case Size():
            return length(value)
        case dict():
            return {key: with_sizes(entry, length) for key, entry in value.items()}
        case tuple():
            entries = (with_sizes(entry, length) for entry in value)
            return type(value)(*entries) if hasattr(value, "_fields") else tuple(entries)
        case _:
            return value
