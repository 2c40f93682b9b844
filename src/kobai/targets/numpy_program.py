"""Programs in NumPy: every operation that Kobai knows has its text."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from kobai.errors import ArgumentError
from kobai.graph import CONSTANT, AnyArray, Node, reachable
from kobai.lower.statements import is_cheap
from kobai.lower.views import base_of
from kobai.ops.gathering import scattered_places
from kobai.targets.files import MOST_NUMBERS, in_rows
from kobai.targets.identifiers import Identifiers
from kobai.targets.numpy_source import LARGEST_LITERAL, numpy_source
from kobai.targets.programs import Program, Update

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
        self._updates, self._late = self._placed(program.updates)
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
            if (
                node in self._names
                or node.op.name == "scatter"
                or (
                    uses.get(node, 0) > 1
                    and node.op.kind not in _MOVES
                    and not node.is_constant
                    and not is_cheap(node)
                )
            ):
                if node not in self._names:
                    number += 1
                    self._names[node] = self._identifiers.fresh(f"t{number}")
                chosen.append(node)
        return chosen

    def _placed(self, updates: Sequence[Update]) -> tuple[dict[Node, str], list[tuple[str, Node]]]:
        """Updates that write over the old value where they are computed, and those made last.

        An old value that a later statement reads is kept until the end of the step.
        """
        placed: dict[Node, str] = {}
        late: list[tuple[str, Node]] = []
        order = reachable([update.new for update in updates])
        users: dict[Node, list[Node]] = {}
        for node in order:
            for x in node.operands:
                users.setdefault(x, []).append(node)
        # What an update only moves is read at the end of the step.
        pinned = {base_of(update.new) for update in updates}
        for update in updates:
            name, new = self._identifiers.of(update.name), update.new
            if new is update.old:
                continue
            is_own = new.op.kind not in ("leaf", "move") and new not in self._names
            is_own = is_own and update.old not in pinned
            if is_own and _end(update.old, users, self._names, new) <= new.index:
                self._names[new] = placed[new] = name
            else:
                late.append((name, new))
        for name, new in late:
            if new.op.kind not in ("leaf", "move") and new not in self._names:
                self._names[new] = self._identifiers.fresh(f"new_{name}")
        return placed, late

    def text(self) -> str:
        function = self._body()
        lines = ["import numpy as np"]
        if re.search(r"\bscipy\.", "\n".join(function)):
            lines.append("import scipy.special")
        title = "A loss and its gradient, written by Kobai."
        if self._program.kind == "training":
            title = f"Training by {self._program.optimizer}, written by Kobai."
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
            shape = self._shape(argument.node) if argument.node.ndim else "number"
            lines.append(f"        {of(argument.name)}: {shape}")
        if is_training:
            lines.append("        steps: how many steps to make")
        lines.append('    """')
        lines += self._lengths()
        for node in reachable(program.outputs):
            if node.op is CONSTANT and node in self._names:
                lines.append(f"    {self._names[node]} = {_literal(node.attribute('value'))}")
        inner = [line for node in self._roots for line in self._computed(node)]
        if not is_training:
            for name, node in program.results:
                if self._names.get(node) != of(name):
                    source = self._names.get(node) or self._source(node)
                    inner.append(f"{of(name)} = {self._owned(source, node)}")
            lines += [f"    {line}" for line in inner]
            return [*lines, f"    return {', '.join(results)}"]
        for state in program.states:
            zeros = f"np.zeros({self._shape(state.node)})" if state.node.ndim else "0.0"
            lines.append(f"    {of(state.name)} = {zeros}")
        if self._late:
            sources = [self._names.get(x) or self._source(x) for _, x in self._late]
            # At once: what one is made of, another writes over.
            inner.append(f"{', '.join(name for name, _ in self._late)} = {', '.join(sources)}")
        lines += ["    for _ in range(steps):", *(f"        {line}" for line in inner)]
        return [*lines, f"    return {', '.join(results)}"]

    def _computed(self, node: Node) -> list[str]:
        """The statements that compute a value."""
        name = self._names[node]
        if node.op.name != "scatter":
            return [f"{name} = {self._source(node)}"]

        def added(node: Node, g: str, *arrays: str) -> str:
            places = scattered_places(node, arrays)
            return f"np.add.at({name}, np.s_[{places}], {g})"

        dtype = "" if node.dtype == np.dtype(float) else f", np.{node.dtype.name}"
        names = {known: own for known, own in self._names.items() if known is not node}
        start = f"{name} = np.zeros({self._shape(node)}{dtype})"
        return [start, numpy_source(node, names, self._sizes, {"scatter": added})]

    def _lengths(self) -> list[str]:
        """Lengths are read off the arguments; those that are known are checked."""
        program, of = self._program, self._identifiers.of
        defining = {(length.argument.node, length.axis) for length in program.lengths}
        lines = [
            f"    {of(length.name)} = {of(length.argument.name)}.shape[{length.axis}]"
            for length in program.lengths
        ]
        for argument in program.arguments:
            name, node = of(argument.name), argument.node
            known = [axis for axis in range(node.ndim) if (node, axis) not in defining]
            if known:
                lines.append(f"    assert {name}.shape == {self._shape(node)}")
        return lines

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
        lines += [f'print("{name} =", *np.ravel({name}))' for name in results]
        if program.kind == "training":
            lines.append(f'print("steps = {program.steps}")')
        inner = "\n".join(lines).split("\n")
        return ['if __name__ == "__main__":', *(f"    {line}" for line in inner)]


def _end(
    old: Node, users: Mapping[Node, Sequence[Node]], named: Collection[Node], new: Node
) -> int:
    """The number of the last statement that may read a value."""
    last, waiting, seen = -1, [old], {old}
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if user in seen:
                continue
            seen.add(user)
            last = max(last, user.index)
            if user is not new and user not in named:
                waiting.append(user)
    return last


def _literal(array: AnyArray) -> str:
    if array.size > MOST_NUMBERS:
        raise ArgumentError(
            f"the function holds an array of {array.size} numbers",
            repair="give it as an argument",
        )
    if not array.ndim:
        return _number(array.item())
    dtype = "" if array.dtype.name in ("float64", "int64", "bool") else f", np.{array.dtype.name}"
    if not array.size:
        return f"np.zeros({array.shape}, np.{array.dtype.name})"
    return in_rows(_parts(array), "np.array([", ", ", f"]{dtype})")


def _parts(array: AnyArray) -> list[str]:
    """The entries of an array, or lists of them."""
    if array.ndim == 1:
        return [_number(entry) for entry in array.tolist()]
    return [f"[{', '.join(_parts(part))}]" for part in array]


def _number(value: object) -> str:
    text = repr(value)
    return {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}.get(text, text)


def numpy_program(program: Program) -> str:
    """A program in NumPy."""
    return NumPyFile(program).text()
