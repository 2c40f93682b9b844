"""A program as a file: names, functions, statements with their formulas, in any language."""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from kobai.errors import ArgumentError, ArgumentTypeError
from kobai.graph import CONSTANT, Node, reachable
from kobai.lower.functions import Functions
from kobai.lower.loops import Buffer, Map
from kobai.lower.plan import expanded
from kobai.lower.ranges import views_read
from kobai.lower.statements import Statement, UnprintableError, copying, statements
from kobai.lower.views import base_of, is_view
from kobai.ops.gathering import scattered_places
from kobai.targets.identifiers import Identifiers
from kobai.targets.loop_language import Lines, LoopLanguage, Scope
from kobai.targets.nests import Nest, count, is_whole
from kobai.targets.numpy_source import numpy_source
from kobai.targets.programs import Program, Update

# Numbers up to which the example holds the arguments, and a program the arrays of the function.
MOST_NUMBERS = 10_000
_SHORT = 88
DTYPES = ("float64", "int64", "int32", "bool")


class File(ABC):
    """One program in one language.

    Args:
        program: what it says.
        language: how.
    """

    def __init__(self, program: Program, language: LoopLanguage) -> None:
        self.program = program
        self.language = language
        self.identifiers = Identifiers(language.reserved | frozenset(language.helpers))
        self.scope = Scope(language, self.identifiers)
        self.lines = Lines(language.indent)
        suffix = "gradient" if program.kind == "gradient" else "train"
        stem = program.function if program.function.isidentifier() else "loss"
        self.function_name = self.identifiers.fresh(f"{stem}_{suffix}")
        self._number = 0
        self._functions = Functions()
        self._prepare()

    def _prepare(self) -> None:
        program, of = self.program, self.identifiers.of
        for argument in (*program.arguments, *program.states):
            if argument.value.dtype.name not in DTYPES:
                raise ArgumentTypeError(
                    f"argument {argument.name} is of dtype {argument.value.dtype}, and programs "
                    f"in {self.language.name} compute with double precision",
                    repair="give it as float64 or int64: x.astype(float)",
                )
            self.scope.names[argument.node] = of(argument.name)
        for length in program.lengths:
            self.scope.sizes[length.symbol] = of(length.name)
        named = list(program.values)
        wanted = [*program.outputs, *named]
        simple = expanded(wanted)
        self.outputs = simple[: len(program.outputs)]
        for node in reachable(self.outputs):
            if node.dtype.name not in DTYPES:
                raise self._refused(node)
        names = dict(zip(simple[len(self.outputs) :], program.values.values(), strict=True))
        for node, name in names.items():
            if not is_view(node) and node.op.kind != "leaf":
                self.scope.names.setdefault(node, of(name))
        if program.kind == "gradient":
            for (name, _), node in zip(program.results, self.outputs, strict=True):
                if not is_view(node) and node.op.kind != "leaf":
                    self.scope.names.setdefault(node, of(name))
        try:
            self.statements = statements(self.outputs, names, self._functions)
        except UnprintableError as error:
            raise self._refused(error.node) from None
        self.constants = [
            node for node in reachable(self.outputs) if node.op is CONSTANT and node.ndim
        ]
        for node in self.constants:
            if count(node.shape) > MOST_NUMBERS:
                raise ArgumentError(
                    f"the function holds an array of {count(node.shape)} numbers",
                    repair="give it as an argument",
                )
            self.scope.names[node] = self.identifiers.fresh("constant")
        self._place_updates()
        self._temporaries()
        named_values = set(names)
        self._temporary = {s.node for s in self.statements if s.node not in named_values}

    def _temporaries(self) -> None:
        """Names for what the user gave none."""
        for statement in (*self.statements, *self.in_place):
            if statement.node not in self.scope.names:
                self._number += 1
                self.scope.names[statement.node] = self.identifiers.fresh(f"t{self._number}")

    def _refused(self, node: Node) -> ArgumentError:
        """The error for an operation that has no loops."""
        places = self.program.places
        place = places.get(node, "")
        if not place:
            same = [own for own in places if own.op is node.op]
            place = places[same[0]] if same else next(iter(places.values()), "")
        kind = f" of dtype {node.dtype}" if node.dtype.name not in ("float64", "bool") else ""
        return ArgumentError(
            f"{node.op.name}{kind} can't be written in {self.language.name}: Kobai has no loops "
            "for it",
            where=place,
            repair='export to "numpy", which has every operation, or write it with others: '
            "docs/export.md lists what there is",
        )

    def names_of(self, statement: Statement) -> dict[Buffer, str]:
        """The variable of each array that a statement uses."""
        names = self.scope.names
        return {
            buffer: names[base_of(node)]
            for buffer, node in statement.arrays.items()
            if base_of(node) in names
        }

    def formula(self, node: Node) -> str:
        """A value in NumPy's words, over the names of the file: `dz = a - y`."""
        own = self.scope.names[node]
        names = {n: text for n, text in self.scope.names.items() if n is not node}
        short = {n: text for n, text in names.items() if n not in self._temporary}
        if node.op.name == "scatter":
            places = {"scatter": lambda node, g, *xs: f"{own}[{scattered_places(node, xs)}] += {g}"}
            return numpy_source(node, names, self.scope.sizes, places)
        text = numpy_source(node, short, self.scope.sizes)
        if len(text) > _SHORT:
            text = numpy_source(node, names, self.scope.sizes)
        return f"{own} = {text}"

    def body(self, statements: Sequence[Statement]) -> None:
        """Statements, each below its formula, unless it says the same."""
        for statement in statements:
            formula = self.formula(statement.node)
            start = len(self.lines.lines)
            self.computed(statement)
            code = self.lines.lines[start:]
            if not self.says(code, formula):
                del self.lines.lines[start:]
                for line in textwrap.wrap(
                    formula, 92, break_long_words=False, break_on_hyphens=False
                ):
                    self.lines.add(*self.language.commented(line))
                self.lines.lines += code

    def says(self, code: Sequence[str], formula: str) -> bool:
        """Whether lines of code are the formula itself, in the language's words."""
        return False

    def computed(self, statement: Statement) -> None:
        """The code of one statement."""
        nest = Nest(self.scope, statement, self.names_of(statement), self.lines)
        for loop in statement.loops:
            nest.write(loop)

    def copied(self, node: Node, name: str, kept: str = "") -> None:
        """A value under another name: one that a function returns, or that a step updates.

        Args:
            node: the value.
            name: the variable that it is written to.
            kept: the variable that it is in, if it is not the value's own.
        """
        statement = copying(node, is_kept=bool(kept))
        names = {
            buffer: name if buffer is statement.buffer else kept or self.scope.names[array]
            for buffer, array in statement.arrays.items()
            if buffer is statement.buffer or kept or array in self.scope.names
        }
        nest = Nest(self.scope, statement, names, self.lines)
        for loop in statement.loops:
            nest.write(loop)

    def stepped(self) -> None:
        """One step of training."""
        self.body(self.statements)
        for name, node in self.copies:
            self.copied(node, name)
        self.body(self.in_place)
        for name, source, node in self.late:
            self.copied(node, name, source)

    @property
    def targets(self) -> list[tuple[str, Node | None]]:
        """For each result its name, and its value if that still has to be copied there."""
        if self.program.kind == "training":
            return []
        own = {statement.node for statement in self.statements}
        found: list[tuple[str, Node | None]] = []
        for (result, _), node in zip(self.program.results, self.outputs, strict=True):
            name = self.identifiers.of(result)
            is_there = node in own and self.scope.names[node] == name
            found.append((name, None if is_there else node))
        return found

    def _place_updates(self) -> None:
        """Decide which updates write over the old value: those that are the last to read it.

        Others are made at the end of the step, of what they have been computed to before.
        """
        self.in_place: list[Statement] = []
        self.copies: list[tuple[str, Node]] = []
        self.late: list[tuple[str, str, Node]] = []
        known = {statement.node: statement for statement in self.statements}
        chosen = self._written_over(known)
        for update, new in zip(self.program.updates, self.outputs, strict=False):
            if new is update.old:
                continue
            name = self.identifiers.of(update.name)
            if new in chosen and new not in self.scope.names:
                self.scope.names[new] = name
                self.in_place.append(known[new])
                continue
            if new in known:
                if new not in self.scope.names:
                    self.scope.names[new] = self.identifiers.fresh(f"new_{name}")
                source = self.scope.names[new]
            else:
                source = self.identifiers.fresh(f"new_{name}")
                self.copies.append((source, new))
            self.late.append((name, source, new))
        own = set(self.in_place)
        self.statements = [s for s in self.statements if s not in own]

    def _written_over(self, known: Mapping[Node, Statement]) -> set[Node]:
        """New values that may stand where the old ones did, and be read there by later updates."""
        chosen: set[Node] = set()
        for update, new in reversed(list(zip(self.program.updates, self.outputs, strict=False))):
            readers = {s.node for s in self.statements if new in s.arrays.values()} - {new}
            if (
                new in known
                and new not in self.scope.names
                and readers <= chosen
                and self._is_last(known[new], update)
            ):
                chosen.add(new)
        return chosen

    def _is_last(self, statement: Statement, update: Update) -> bool:
        """Whether a statement reads the old value entry by entry, and no later update does."""
        loop = statement.loops[0]
        is_map = len(statement.loops) == 1 and isinstance(loop, Map) and not loop.folds
        if not is_map:
            return False
        assert isinstance(loop, Map)
        for view in views_read(loop):
            if statement.arrays[view.buffer] is update.old and not is_whole(view, loop.shape):
                return False
        later = [
            s
            for s, new in self._update_statements()
            if new is not statement.node and update.old in s.arrays.values()
        ]
        return not later

    def _update_statements(self) -> list[tuple[Statement, Node]]:
        outputs = set(self.outputs)
        return [(s, s.node) for s in self.statements if s.node in outputs]

    def shape(self, node: Node) -> str:
        """The lengths of a value, for people."""
        return " x ".join(map(str, map(self.scope.size, node.shape))) or "number"

    @property
    def is_example_left_out(self) -> bool:
        return sum(count(a.node.shape) for a in self.program.arguments) > MOST_NUMBERS

    @abstractmethod
    def text(self) -> str:
        """The whole file."""


def in_rows(parts: Sequence[str], opening: str, separator: str, closing: str) -> str:
    """A list on lines that are not too long, each ending with the separator."""
    lines = [opening if parts else opening + closing]
    for number, part in enumerate(parts):
        piece = part + (separator if number < len(parts) - 1 else closing)
        if len(lines[-1]) + len(piece) > 94 and lines[-1] != opening:
            lines.append("    ")
        lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)
