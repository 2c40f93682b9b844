"""Formulas as text, and the graphs they make."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kobai.evaluation import Program
from kobai.facts import Facts
from kobai.graph import OPERATIONS, AnyArray, Node, reachable
from kobai.recording import record
from kobai.simplify import Context, run
from kobai.simplify.rewriting import Pass
from kobai.targets.numpy_source import numpy_source
from kobai.tracing import Traced

# Operations that print as NumPy formulas of several operations; the tables call them by name.
OWN_NAMES = ("sigmoid", "softmax", "logsumexp")


def operation(name: str, **attributes: Any) -> Callable[..., Traced]:
    """One of Kobai's operations as a function of handles."""

    def call(*handles: Traced) -> Traced:
        node = OPERATIONS[name](*(handle.node for handle in handles), **attributes)
        return Traced(node, handles[0].owner)

    return call


WORDS: dict[str, Any] = {
    "np": np,
    "sigmoid": operation("sigmoid"),
    "softmax": operation("softmax", axis=(0,)),
    "logsumexp": operation("logsumexp", axis=(0,), keepdims=False),
}


@dataclass(frozen=True)
class Formula:
    """A formula's node, and the node of each letter."""

    node: Node
    letters: dict[str, Node]

    def values(self, *nodes: Node, **arrays: Any) -> list[Any]:
        """Values of some nodes of its graph, for these arrays."""
        return Program(nodes, list(self.letters.values())).run(
            *(arrays[name] for name in self.letters)
        )


def formula(
    text: str, arrays: Mapping[str, AnyArray], words: Mapping[str, Any] | None = None
) -> Formula:
    """The graph of a NumPy expression over these letters."""
    function = eval(f"lambda {', '.join(arrays)}: {text}", {**WORDS, **(words or {})})
    recording = record(function, list(arrays.values()), range(len(arrays)))
    letters = {leaf.label: leaf.node for leaf in recording.inputs}
    return Formula(recording.result.node, letters)


def passed(passes: Sequence[Pass], node: Node, facts: Facts | None = None) -> Node:
    """The node after these passes."""
    (new,) = run(passes, [node], Context(facts or Facts()))
    return new


def source(node: Node, names: Mapping[Node, str] | None = None) -> str:
    """NumPy source with Kobai's own operations under their names."""
    shown = dict(names or {})
    for inner in reachable([node]):
        if inner.op.name in OWN_NAMES and inner not in shown:
            shown[inner] = f"{inner.op.name}({numpy_source(inner.operands[0], shown)})"
    return numpy_source(node, shown)
