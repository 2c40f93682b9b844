"""The names under which a derivation shows its values: the user's own wherever there is one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from kobai.graph import CONSTANT, Node, reachable
from kobai.languages import words
from kobai.recording import Recording
from kobai.sizes import Size
from kobai.targets.numpy_source import LARGEST_LITERAL

_NUMBER = re.compile(r"_?\d*$")
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
        slopes: names of derivatives that are not `d` and the variable's name.
    """

    inputs: dict[Node, str] = field(default_factory=dict)
    values: dict[Node, str] = field(default_factory=dict)
    constants: dict[Node, str] = field(default_factory=dict)
    sizes: dict[str, str] = field(default_factory=dict)
    legend: dict[str, str] = field(default_factory=dict)
    output: str = ""
    slopes: dict[Node, str] = field(default_factory=dict)

    def free(self, wanted: str, *alternatives: str) -> str:
        """The first of the names that nothing has yet, else the first with a number."""
        taken = self.all_shown()
        for candidate in (wanted, *alternatives):
            if candidate not in taken:
                return candidate
        number = next(k for k in range(1, len(taken) + 2) if f"{wanted}_{k}" not in taken)
        return f"{wanted}_{number}"

    def all_shown(self) -> set[str]:
        """Every name that has a meaning, those of derivatives among them."""
        tables = (self.inputs, self.values, self.constants, self.sizes)
        taken = {name for table in tables for name in table.values()} | {self.output, "np", "math"}
        return taken | {f"d{name}" for name in taken} | set(self.slopes.values())

    def slope(self, node: Node) -> str:
        """What the derivative by a value is called."""
        tables = (self.values, self.inputs)
        own = next((table[node] for table in tables if node in table), self.output)
        return self.slopes.get(node, f"d{own}")

    def unit_errors(self, nodes: Iterable[Node]) -> dict[Node, str]:
        """`delta2` for the derivative by `z2`: the errors of units, with the layer's number."""
        numbers = {node: _number_of(self.values[node]) for node in nodes}
        counts = Counter(numbers.values())
        found: dict[Node, str] = {}
        taken = self.all_shown()
        for node, number in numbers.items():
            long = f"delta_{self.values[node]}"
            short = f"delta{number}" if counts[number] == 1 else long
            wanted = short if short not in taken else self.free(long)
            found[node] = wanted
            taken.add(wanted)
        return found


def names_of(
    recording: Recording, output: Node, function: str, data: Collection[Node], lang: str = "en"
) -> Names:
    """Find names for everything that a derivation may show.

    Args:
        recording: a recording that was watched.
        output: the node of its result.
        function: the function's name, for a result that has none.
        data: the inputs that are not differentiated by; lengths are told by these first.
        lang: the language of the legend.
    """
    names = Names()
    trace = recording.trace
    aliases = _aliases(trace.aliases)
    for leaf in recording.inputs:
        names.inputs[leaf.node] = names.free(aliases.get(leaf.node, leaf.label))
    for node, name in sorted(_bound(trace.names), key=_order):
        names.values[node] = names.free(name)
    names.output = names.values.get(output) or names.free(
        function if function.isidentifier() else "loss"
    )
    _name_sizes(names, recording, data)
    for node in reachable([output]):
        if node.op is CONSTANT and node.attribute("value").size > LARGEST_LITERAL:
            names.constants[node] = names.free("constant")
            names.legend[names.constants[node]] = words(lang)("held array")
    return names


def _number_of(name: str) -> str:
    """`2` of `z2`, `_1` of `z_1`, nothing of `z`."""
    found = _NUMBER.search(name)
    return found[0] if found is not None else ""


def _aliases(aliases: dict[Node, str]) -> dict[Node, str]:
    """Local names of arguments: of `W, b = params`, or numbered of `for W in weights`."""
    bound: dict[str, list[Node]] = {}
    for node, name in aliases.items():
        bound.setdefault(name, []).append(node)
    return dict(_bound(bound))


def _bound(names: dict[str, list[Node]]) -> Iterable[tuple[Node, str]]:
    """A name that was bound once is itself; bound again and again it is numbered."""
    for name, nodes in names.items():
        for number, node in enumerate(nodes, start=1):
            yield node, name if len(nodes) == 1 else f"{name}_{number}"


def _order(pair: tuple[Node, str]) -> int:
    """When the value was bound: the number behind its name, which lengths as symbols don't move."""
    label: str = pair[0].attribute("name")
    return int(label.rpartition("#")[2])


def _name_sizes(names: Names, recording: Recording, data: Collection[Node]) -> None:
    """`m` for the number of examples, then `n`, `k`, … in the order of the arguments."""
    inputs = sorted(recording.inputs, key=lambda leaf: leaf.node not in data)
    axes: dict[str, str] = {}
    for leaf in inputs:
        for axis, size in enumerate(leaf.node.shape):
            if isinstance(size, Size):
                axes.setdefault(str(size), f"{names.inputs[leaf.node]}.shape[{axis}]")
    examples = _examples([leaf.node for leaf in inputs], data)
    for symbol in sorted(axes, key=lambda symbol: symbol not in examples):
        user = recording.trace.size_names.get(symbol)
        wanted = (user,) if user else ()
        names.sizes[symbol] = names.free(*wanted, *SIZE_LETTERS)
        names.legend[names.sizes[symbol]] = axes[symbol]


def _examples(inputs: Collection[Node], data: Collection[Node]) -> set[str]:
    """Lengths that every array of the data has and no parameter: the number of examples."""
    of_data = [_symbols(node) for node in inputs if node in data and node.ndim]
    of_parameters = [_symbols(node) for node in inputs if node not in data]
    return set.intersection(*of_data).difference(*of_parameters) if of_data else set()


def _symbols(node: Node) -> set[str]:
    return {str(size) for size in node.shape if isinstance(size, Size)}
