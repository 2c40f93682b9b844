"""The names under which a derivation shows its values: the user's own wherever there is one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from kobai.graph import CONSTANT, SIZE, Node, reachable
from kobai.recording import Recording
from kobai.sizes import Size
from kobai.targets.numpy_source import LARGEST_LITERAL

SIZE_LETTERS = ("m", "n", "k", "h", "p", "q", "r", "s")


@dataclass
class Names:
    """Names of one recording.

    Attributes:
        inputs: the arguments' names.
        values: names of the values that the user's function bound, in the order of computation.
        constants: captured arrays that are too large to be printed.
        sizes: names of the symbols of lengths.
        legend: what each length and constant is.
        output: the name of the result.
    """

    inputs: dict[Node, str] = field(default_factory=dict)
    values: dict[Node, str] = field(default_factory=dict)
    constants: dict[Node, str] = field(default_factory=dict)
    sizes: dict[str, str] = field(default_factory=dict)
    legend: dict[str, str] = field(default_factory=dict)
    output: str = ""

    def free(self, wanted: str, *alternatives: str) -> str:
        """The first of the names that nothing has yet, else the first with a number."""
        tables = (self.inputs, self.values, self.constants, self.sizes)
        taken = {name for table in tables for name in table.values()} | {self.output, "np"}
        taken |= {f"d{name}" for name in taken}
        for candidate in (wanted, *alternatives):
            if candidate not in taken:
                return candidate
        number = next(k for k in range(1, len(taken) + 2) if f"{wanted}_{k}" not in taken)
        return f"{wanted}_{number}"


def names_of(recording: Recording, output: Node, function: str, data: Collection[Node]) -> Names:
    """Find names for everything that a derivation may show.

    Args:
        recording: a recording that was watched.
        output: the node of its result.
        function: the function's name, for a result that has none.
        data: the inputs that are not differentiated by; lengths are told by these first.
    """
    names = Names()
    trace = recording.trace
    for leaf in recording.inputs:
        names.inputs[leaf.node] = names.free(trace.aliases.get(leaf.node, leaf.label))
    for node, name in sorted(_bound(trace.names), key=lambda pair: pair[0].index):
        names.values[node] = names.free(name)
    names.output = names.values.get(output) or names.free(
        function if function.isidentifier() else "loss"
    )
    _name_sizes(names, recording, output, data)
    for node in reachable([output]):
        if node.op is CONSTANT and node.attribute("value").size > LARGEST_LITERAL:
            names.constants[node] = names.free("constant")
            names.legend[names.constants[node]] = "an array that the function holds"
    return names


def _bound(names: dict[str, list[Node]]) -> Iterable[tuple[Node, str]]:
    """A name that was bound once is itself; bound again and again it is numbered."""
    for name, nodes in names.items():
        for number, node in enumerate(nodes, start=1):
            yield node, name if len(nodes) == 1 else f"{name}_{number}"


def _name_sizes(names: Names, recording: Recording, output: Node, data: Collection[Node]) -> None:
    inputs = sorted(recording.inputs, key=lambda leaf: leaf.node not in data)
    axes: dict[str, str] = {}
    for leaf in inputs:
        for axis, size in enumerate(leaf.node.shape):
            if isinstance(size, Size):
                axes.setdefault(str(size), f"{names.inputs[leaf.node]}.shape[{axis}]")
    divisors = [
        symbol
        for node in reachable([output])
        if node.op is SIZE or node.op.kind == "reduce"
        for symbol in _symbols(node)
    ]
    for symbol in dict.fromkeys([*divisors, *axes]):
        if symbol in axes:
            user = recording.trace.size_names.get(symbol)
            wanted = (user,) if user else ()
            names.sizes[symbol] = names.free(*wanted, *SIZE_LETTERS)
            names.legend[names.sizes[symbol]] = axes[symbol]


def _symbols(node: Node) -> list[str]:
    """The symbols of the lengths that a size, or a fold over axes, is about."""
    if node.op is SIZE:
        lengths: list[Any] = [node.attribute("size")]
    else:
        lengths = [node.operands[0].shape[axis] for axis in node.attribute("axis")]
    return [s for d in lengths if isinstance(d, Size) for s in sorted(d.symbols)]
