"""Programs in the languages of matrices: functions, the training loop, the example."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from kobai.graph import AnyArray, Node
from kobai.lower.functions import Function
from kobai.lower.loops import Loop, Map
from kobai.lower.statements import Statement
from kobai.targets.arrays import ArrayLanguage, Part
from kobai.targets.expressions import Expressions
from kobai.targets.files import MOST_NUMBERS, File
from kobai.targets.inside import Inside
from kobai.targets.source import Source


class MatrixFile(File):
    """A program in a language of matrices."""

    language: ArrayLanguage
    # Whether functions of several instructions are given arrays, or one number at a time.
    takes_arrays = True

    def _temporaries(self) -> None:
        moving = {update.old for update in self.program.updates}
        self._inside = Inside(self.scope)
        self._inside.decide(self.statements, self.in_place, self.outputs, moving)
        self.statements = self._inside.left(self.statements, self.in_place)
        super()._temporaries()

    def computed(self, statement: Statement) -> None:
        name = self.scope.names[statement.node]
        part = self._inside.formula(statement)
        if part is None:
            if statement.node.ndim and statement not in self.in_place:
                self.lines.add(self.language.assigned(name, self._zeros(statement.node)))
                loops = tuple(loop for loop in statement.loops if not _is_zero(loop))
                statement = replace(statement, loops=loops)
            super().computed(statement)
            return
        self.lines.add(self.language.assigned(name, self.shaped(part, statement)))

    def says(self, code: Sequence[str], formula: str) -> bool:
        return len(code) == 1 and _bare(code[0]) == _bare(formula)

    def begun(self) -> list[str]:
        """What the program's function begins with."""
        return []

    def shaped(self, part: Part, statement: Statement) -> Source:
        """A formula's value with the axes that the value has."""
        return part.text

    def copied(self, node: Node, name: str, kept: str = "") -> None:
        if kept:
            self.lines.add(self.language.assigned(name, kept))
            return
        if node.ndim:
            self.lines.add(self.language.assigned(name, self._zeros(node)))
        super().copied(node, name)

    def _zeros(self, node: Node) -> Source:
        zero = self.language.number(0, node.dtype)
        return self.language.filled(zero, [self.scope.size(d) for d in node.shape])

    def text(self) -> str:
        function = self._function()
        own = self._own_functions()
        example = self._example()
        everything = "\n".join([*function, *own, *example])
        helpers = self._helpers(everything)
        return "\n".join([*self.head(), *helpers, *own, *function, "", *example]) + "\n"

    def _helpers(self, text: str) -> list[str]:
        """The helpers that are called, also by each other."""
        found: list[str] = []
        for _ in self.language.helpers:
            everything = "\n".join([text, *found])
            found = [
                definition
                for name, definition in self.language.helpers.items()
                if re.search(rf"\b{name}\.?\(", everything)
            ]
        return found

    @abstractmethod
    def head(self) -> list[str]:
        """The first lines of the file."""

    @abstractmethod
    def opened(self, name: str, parameters: Sequence[str], results: Sequence[str]) -> str:
        """The first line of a function."""

    @abstractmethod
    def closed(self, results: Sequence[str]) -> list[str]:
        """The last lines of a function, within it and at its end."""

    @abstractmethod
    def checked(self, condition: str, message: str) -> str:
        """A line that ends with an error unless a condition holds."""

    @abstractmethod
    def literal(self, array: AnyArray) -> str:
        """An array of numbers."""

    @abstractmethod
    def shown(self, name: str) -> str:
        """A line that prints a value, row by row."""

    @abstractmethod
    def called(self, results: Sequence[str], parameters: Sequence[str]) -> str:
        """A line that calls the program's function."""

    def _title(self) -> str:
        if self.program.kind == "training":
            return f"Training by {self.program.optimizer}, written by Kobai."
        return "A loss and its gradient, written by Kobai."

    def _names(self) -> tuple[list[str], list[str]]:
        """Names of parameters and of results."""
        program, of = self.program, self.identifiers.of
        parameters = [of(argument.name) for argument in program.arguments]
        if program.kind == "training":
            parameters.append(self.identifiers.local("steps"))
            return parameters, [of(argument.name) for argument in program.parameters]
        return parameters, [of(name) for name, _ in program.results]

    def _function(self) -> list[str]:
        lines, program, of = self.lines, self.program, self.identifiers.of
        parameters, results = self._names()
        is_training = program.kind == "training"
        self.scope.declared |= {of(a.name) for a in (*program.arguments, *program.states)}
        lines.open(self.opened(self.function_name, parameters, results))
        what = "Trains, and returns" if is_training else "The loss and its gradient:"
        about = [f"{what} {', '.join(results)}.", ""]
        about += [f"{of(a.name)}: {self.shape(a.node)}" for a in program.arguments]
        if is_training:
            about.append(f"{self.identifiers.local('steps')}: how many steps to make")
        else:
            for name, node in program.results:
                about.append(f"{of(name)}: {self.shape(node)}, result")
        for line in about:
            lines.add(*self.language.commented(line))
        lines.add(*self.begun())
        self._lengths()
        for node in self.constants:
            value = self.literal(node.attribute("value"))
            lines.add(*self.language.assigned(self.scope.names[node], value).split("\n"))
        for state in program.states:
            node = state.node
            zeros = self._zeros(node) if node.ndim else self.language.number(0.0, node.dtype)
            lines.add(self.language.assigned(of(state.name), zeros))
        if is_training:
            steps = Source(self.identifiers.local("steps"))
            opening, end = self.language.loop(self.identifiers.local("step"), steps, False)
            lines.open(opening)
            self.stepped()
            lines.close(end)
        else:
            self.body(self.statements)
            for name, target in self.targets:
                if target is not None:
                    self.copied(target, name)
        inner, end = self.closed(results)[:-1], self.closed(results)[-1]
        lines.add(*inner)
        lines.close(end)
        return lines.lines

    def _lengths(self) -> None:
        """Lengths are read off the arguments; those that are known are checked."""
        defining = {(length.argument.node, length.axis): length for length in self.program.lengths}
        size = self.language.calls["size"]
        language_and = f" {self.language.symbols['and']} "
        checks: list[tuple[str, str]] = []
        for argument in self.program.arguments:
            name = self.identifiers.of(argument.name)
            conditions: list[str] = []
            for axis, dim in enumerate(argument.node.shape):
                text = size.format(name, axis + self.language.first)
                length = defining.get((argument.node, axis))
                if length is not None:
                    own = self.identifiers.of(length.name)
                    self.lines.add(self.language.assigned(own, text))
                else:
                    conditions.append(f"{text} == {self.scope.size(dim)}")
            if argument.node.ndim == 1 and self.takes_arrays:
                conditions.append(f"{size.format(name, 2)} == 1")
            if conditions:
                message = f"{name} has to be {self.shape(argument.node)}"
                checks.append((language_and.join(conditions), message))
        self.lines.add(*(self.checked(*check) for check in checks))

    def _own_functions(self) -> list[str]:
        lines: list[str] = []
        done: set[Function] = set()
        while missing := [f for f in self.scope.functions if f not in done]:
            for function in missing:
                done.add(function)
                lines += [*self._own_function(function), ""]
        return lines

    def _own_function(self, function: Function) -> list[str]:
        """An operation of several instructions."""
        numbers = iter(range(1, 100))
        expressions = Expressions(
            self.language,
            lambda scalar, _: (Source(scalar.label), self.takes_arrays),
            self.scope.function,
            lambda: f"part_{next(numbers)}",
        )
        variables, (result,) = expressions.texts([function.value])
        parameters = [x.label for x in function.parameters]
        indent = self.language.indent
        *inner, end = self.closed(["result"])
        return [
            self.opened(self.scope.functions[function], parameters, ["result"]),
            *(indent + self.language.assigned(name, text) for name, _, text in variables),
            indent + self.language.assigned("result", result),
            *(indent + line for line in inner),
            end,
        ]

    def _example(self) -> list[str]:
        program, of = self.program, self.identifiers.of
        language = self.language
        if self.is_example_left_out:
            text = f"The example is left out: it would hold more than {MOST_NUMBERS} numbers."
            return language.commented(text)
        parameters, results = self._names()
        lines = language.commented("The arguments that were given.")
        for argument in program.arguments:
            value = argument.value
            text = self.literal(value) if value.ndim else language.number(value.item(), value.dtype)
            lines += language.assigned(of(argument.name), text).split("\n")
        if program.kind == "training":
            lines.append(language.assigned(self.identifiers.local("steps"), str(program.steps)))
        lines.append(self.called(results, parameters))
        lines += map(self.shown, results)
        if program.kind == "training":
            lines.append(self.shown(self.identifiers.local("steps")))
        return lines


def _is_zero(loop: Loop) -> bool:
    """Whether a loop writes zeros, which a new array has."""
    if not isinstance(loop, Map) or loop.folds:
        return False
    return all(w.value.instruction == "number" and w.value.label == 0 for w in loop.writes)


def _bare(text: str) -> str:
    """A formula without what languages write differently: dots, products, parentheses."""
    plain = re.sub(r"\bnp\.|\breal_|\.0\b", "", text).replace(".T", "'").replace("**", "^")
    return re.sub(r"[\s.;:()@*]", "", plain)
