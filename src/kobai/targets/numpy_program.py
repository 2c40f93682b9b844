"""Programs in NumPy: every operation that Kobai knows has its text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from kobai.errors import ArgumentError
from kobai.graph import CONSTANT, AnyArray, Node, reachable
from kobai.targets.files import MOST_NUMBERS
from kobai.targets.identifiers import Identifiers
from kobai.targets.numpy_source import LARGEST_LITERAL, numpy_source
from kobai.targets.programs import Program

_WORDS = """
False None True and as assert async await break case class continue def del elif else except finally
for from global if import in is lambda match nonlocal not or pass raise return try type while with
yield np numpy scipy math print range len int float bool sum max min abs show steps step
"""
# Operations that are views, and cost nothing to write twice.
_MOVES = frozenset({"move"})


class NumPyFile:
    """A program in NumPy."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._identifiers = Identifiers(frozenset(_WORDS.split()))
        suffix = "gradient" if program.kind == "gradient" else "train"
        stem = program.function if program.function.isidentifier() else "loss"
        self._function = self._identifiers.fresh(f"{stem}_{suffix}")
        of = self._identifiers.of
        self._names: dict[Node, str] = {}
        for argument in (*program.arguments, *program.states):
            self._names[argument.node] = of(argument.name)
        self._sizes = {length.symbol: of(length.name) for length in program.lengths}
        for node, name in program.values.items():
            self._names.setdefault(node, of(name))
        outputs = program.outputs
        if program.kind == "gradient":
            for name, node in program.results:
                if node.op.kind != "leaf":
                    self._names.setdefault(node, of(name))
        self._roots = self._chosen(outputs)

    def _chosen(self, outputs: Sequence[Node]) -> list[Node]:
        """The values that are statements, in order; each gets a name."""
        order = reachable(outputs)
        uses: dict[Node, int] = {}
        for node in order:
            for x in set(node.operands):
                uses[x] = uses.get(x, 0) + 1
        for x in outputs:
            uses[x] = uses.get(x, 0) + 1
        chosen: list[Node] = []
        number = 0
        for node in order:
            if node.op.kind == "leaf":
                is_large = node.op is CONSTANT and node.attribute("value").size > LARGEST_LITERAL
                if is_large:
                    self._names[node] = self._identifiers.fresh("constant")
                continue
            if node in self._names or (
                uses.get(node, 0) > 1 and node.op.kind not in _MOVES and not node.is_constant
            ):
                if node not in self._names:
                    number += 1
                    self._names[node] = self._identifiers.fresh(f"t{number}")
                chosen.append(node)
        return chosen

    def text(self) -> str:
        function = self._body()
        lines = ["import numpy as np"]
        if re.search(r"\bscipy\.", "\n".join(function)):
            lines.append("import scipy.special")
        title = "A loss and its gradient, written by Kobai."
        if self._program.kind == "training":
            title = f"Training, written by Kobai: {self._program.optimizer}."
        head = [f'"""{title}"""', "", *lines, "", ""]
        return "\n".join([*head, *function, "", "", *self._example()]) + "\n"

    def _source(self, node: Node) -> str:
        names = {known: name for known, name in self._names.items() if known is not node}
        return numpy_source(node, names, self._sizes)

    def _body(self) -> list[str]:
        program, of = self._program, self._identifiers.of
        is_training = program.kind == "training"
        parameters = [of(argument.name) for argument in program.arguments]
        lines = [f"def {self._function}({', '.join([*parameters, *['steps'] * is_training])}):"]
        results = [of(a.name) for a in program.parameters]
        if not is_training:
            results = [of(name) for name, _ in program.results]
        what = "Train, and return" if is_training else "The loss and its gradient:"
        lines += [f'    """{what} {", ".join(results)}.', "", "    Args:"]
        for argument in program.arguments:
            lines.append(f"        {of(argument.name)}: {self._shape(argument.node)}")
        if is_training:
            lines.append("        steps: how many steps to make")
        lines.append('    """')
        defining = {(length.argument.node, length.axis) for length in program.lengths}
        for length in program.lengths:
            name = of(length.argument.name)
            lines.append(f"    {of(length.name)} = {name}.shape[{length.axis}]")
        for argument in program.arguments:
            name, node = of(argument.name), argument.node
            known = [axis for axis in range(node.ndim) if (node, axis) not in defining]
            if known:
                lines.append(f"    assert {name}.shape == {self._shape(node)}")
        for node in reachable(program.outputs):
            if node.op is CONSTANT and node in self._names:
                lines.append(f"    {self._names[node]} = {_literal(node.attribute('value'))}")
        if not is_training:
            lines += [f"    {self._names[n]} = {self._source(n)}" for n in self._roots]
            for name, node in program.results:
                if self._names.get(node) != of(name):
                    source = self._names.get(node) or self._source(node)
                    lines.append(f"    {of(name)} = {self._owned(source, node)}")
            return [*lines, f"    return {', '.join(results)}"]
        for state in program.states:
            zeros = f"np.zeros({self._shape(state.node)})" if state.node.ndim else "0.0"
            lines.append(f"    {of(state.name)} = {zeros}")
        lines.append("    for _ in range(steps):")
        inner = [f"{self._names[n]} = {self._source(n)}" for n in self._roots]
        names, sources = [], []
        for update in program.updates:
            # A new state has a name, as the parameter's update uses it.
            names.append(of(update.name))
            sources.append(self._names.get(update.new) or self._source(update.new))
        inner += [f"{new} = {s}" for new, s in self._assignments(names, sources)]
        lines += [f"        {line}" for line in inner]
        return [*lines, f"    return {', '.join(results)}"]

    def _assignments(self, names: Sequence[str], sources: Sequence[str]) -> list[tuple[str, str]]:
        """One after the other, or at once where one reads what another has written."""
        pairs = list(zip(names, sources, strict=True))
        for i, (name, _) in enumerate(pairs):
            if any(re.search(rf"\b{name}\b", source) for _, source in pairs[i + 1 :]):
                return [(", ".join(names), ", ".join(sources))]
        return pairs

    def _owned(self, source: str, node: Node) -> str:
        """A result that shares no memory with an argument."""
        return f"np.array({source})" if node.ndim else source

    def _shape(self, node: Node) -> str:
        texts = [str(d if isinstance(d, int) else d.renamed(self._sizes)) for d in node.shape]
        return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"

    def _example(self) -> list[str]:
        program, of = self._program, self._identifiers.of
        if sum(a.value.size for a in program.arguments) > MOST_NUMBERS:
            return [f"# The example is left out: it would hold more than {MOST_NUMBERS} numbers."]
        lines = ["# The arguments that were given."]
        lines += [f"{of(a.name)} = {_literal(a.value)}" for a in program.arguments]
        parameters = [of(argument.name) for argument in program.arguments]
        results = [of(name) for name, _ in program.results]
        if program.kind == "training":
            parameters.append(str(program.steps))
            results = [of(a.name) for a in program.parameters]
        lines.append(f"{', '.join(results)} = {self._function}({', '.join(parameters)})")
        lines += [
            f'print("{name} =", " ".join(f"{{entry:.17g}}" for entry in np.ravel({name})))'
            for name in results
        ]
        if program.kind == "training":
            lines.append(f'print("steps = {program.steps}")')
        return lines


def _literal(array: AnyArray) -> str:
    if array.size > MOST_NUMBERS:
        raise ArgumentError(
            f"the function holds an array of {array.size} numbers",
            repair="give it as an argument",
        )
    if not array.ndim:
        return _number(array.item())
    entries = ", ".join(map(_number, array.ravel().tolist()))
    text = f"np.array([{entries}], np.{array.dtype.name}).reshape({array.shape})"
    lines = textwrap.wrap(text, 90, break_long_words=False, break_on_hyphens=False)
    return "\n    ".join(lines)


def _number(value: object) -> str:
    text = repr(value)
    return {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}.get(text, text)


def numpy_program(program: Program) -> str:
    """A program in NumPy."""
    return NumPyFile(program).text()
