"""Programs in C99: libm is all they need."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from kobai.graph import AnyArray
from kobai.lower.functions import Function
from kobai.sizes import product
from kobai.targets.c_language import HELPERS, TYPES, C
from kobai.targets.expressions import Expressions
from kobai.targets.files import MOST_NUMBERS, File
from kobai.targets.nests import count
from kobai.targets.programs import Program
from kobai.targets.source import Source


class CFile(File):
    """A program in C."""

    def text(self) -> str:
        self.lines.depth = 0
        body = self._function()
        functions = self._own_functions()
        example = self._example()
        everything = "\n".join([*functions, *body, *example])
        helpers = [text for name, text in HELPERS.items() if re.search(rf"\b{name}\(", everything)]
        head = [
            f"// {self._title()}",
            "// Arrays lie row by row. Compile with: cc -std=c99 FILE.c -lm",
            "",
            "#include <math.h>",
            "#include <stdbool.h>",
            "#include <stddef.h>",
            "#include <stdint.h>",
            "#include <stdio.h>",
            "#include <stdlib.h>",
            "",
        ]
        return "\n".join([*head, *helpers, *functions, *body, "", *example]) + "\n"

    def _title(self) -> str:
        if self.program.kind == "training":
            return f"Training by {self.program.optimizer}, written by Kobai."
        return "A loss and its gradient, written by Kobai."

    def _own_functions(self) -> list[str]:
        """Operations of several instructions."""
        lines: list[str] = []
        done: set[Function] = set()
        while missing := [f for f in self.scope.functions if f not in done]:
            for function in missing:
                done.add(function)
                lines += [*self._own_function(function), ""]
        return lines

    def _own_function(self, function: Function) -> list[str]:
        numbers = iter(range(1, 100))
        expressions = Expressions(
            self.language,
            lambda scalar, _: (Source(scalar.label), False),
            self.scope.function,
            lambda: f"part_{next(numbers)}",
        )
        variables, (result,) = expressions.texts([function.value])
        parameters = ", ".join(f"{TYPES[x.dtype.name]} {x.label}" for x in function.parameters)
        kind = TYPES[function.value.dtype.name]
        return [
            f"static {kind} {self.scope.functions[function]}({parameters})",
            "{",
            *(
                f"    const {TYPES[scalar.dtype.name]} {name} = {text};"
                for name, scalar, text in variables
            ),
            f"    return {result};",
            "}",
        ]

    def _signature(self) -> tuple[list[str], list[str]]:
        """Parameters, and lines about them."""
        program, of = self.program, self.identifiers.of
        trained = set(program.parameters) if program.kind == "training" else set()
        parameters: list[str] = []
        about: list[str] = []
        for length in program.lengths:
            parameters.append(f"ptrdiff_t {of(length.name)}")
            name = of(length.argument.name)
            about.append(f"{of(length.name)}: length of axis {length.axis} of {name}")
        for argument in program.arguments:
            name, kind = of(argument.name), TYPES[argument.value.dtype.name]
            shape = self.shape(argument.node)
            if argument in trained:
                parameters.append(f"{kind} *{name}")
                self.scope.references.add(name)
                about.append(f"{name}: {shape}; where to begin, and then what was found")
            elif argument.node.ndim:
                parameters.append(f"const {kind} *{name}")
                about.append(f"{name}: {shape}")
            else:
                parameters.append(f"{kind} {name}")
                about.append(f"{name}: {shape}")
        if program.kind == "training":
            steps = self.identifiers.local("steps")
            parameters.append(f"long {steps}")
            about.append(f"{steps}: how many steps to make")
        else:
            for (name, node), _ in zip(program.results, self.outputs, strict=True):
                parameters.append(f"double *{of(name)}")
                about.append(f"{of(name)}: {self.shape(node)}, result")
        return parameters, about

    def _function(self) -> list[str]:
        parameters, about = self._signature()
        is_training = self.program.kind == "training"
        lines = self.lines
        lines.add("/*")
        lines.depth = 0
        what = "Trains" if is_training else "Computes the loss and its gradient"
        lines.add(f" * {what}. Returns 0; 1 if there is not enough memory.", " *")
        lines.add(*(f" * {line}" for line in about), " */")
        head = f"int {self.function_name}("
        lines.add(*_wrapped(head, parameters))
        lines.add("{")
        start = len(lines.lines)
        lines.depth += 1
        self._mark_results()
        local = self._local_arrays()
        if local:
            lines.add("int status = 1;")
        for text, _ in local:
            lines.add(text)
        if local:
            missing = " || ".join(f"{name} == NULL" for _, name in local)
            lines.open(f"if ({missing}) {{")
            lines.add("goto done;")
            lines.close("}")
        self._constants()
        if is_training:
            lines.open(f"for (long step = 0; step < {self.identifiers.local('steps')}; step++) {{")
            self.stepped()
            lines.close("}")
        else:
            self.body(self.statements)
            for name, node in self.targets:
                if node is not None:
                    self.copied(node, name)
        if local:
            lines.add("status = 0;")
            lines.depth -= 1
            lines.add("done:")
            lines.depth += 1
            lines.add(*(f"free({name});" for _, name in local), "return status;")
        else:
            lines.add("return 0;")
        lines.close("}")
        written = lines.lines
        body = "\n".join(written[start:])
        unused = [
            name
            for parameter in parameters
            if not re.search(rf"\b{(name := parameter.split()[-1].strip('*'))}\b", body)
        ]
        written[start:start] = [f"    (void){name};" for name in unused]
        return written

    def _mark_results(self) -> None:
        for name, _ in self.targets:
            self.scope.references.add(name)

    def _local_arrays(self) -> list[tuple[str, str]]:
        """Declarations of arrays that live as long as a call, and their names."""
        results = {name for name, _ in self.targets}
        found: list[tuple[str, str]] = []
        nodes = [*(s.node for s in self.statements), *(s.node for s in self.program.states)]
        own = [(self.scope.names[node], node) for node in nodes]
        for name, node in (*own, *((name, node) for name, node in self.copies if node.ndim)):
            if name in results:
                continue
            kind = TYPES[node.dtype.name]
            if node.ndim:
                size = self.scope.size(product(node.shape))
                text = f"{kind} *{name} = allocate({size}, sizeof *{name});"
                found.append((text, name))
            elif node.op.kind == "leaf":
                self.scope.declared.add(name)
                self.lines.add(f"{kind} {name} = 0.0;")
        return found

    def _constants(self) -> None:
        for node in self.constants:
            self.lines.add(*self._literal(self.scope.names[node], node.attribute("value")))

    def _literal(self, name: str, array: AnyArray) -> list[str]:
        """An array of numbers, row by row."""
        kind = TYPES[array.dtype.name]
        entries = [self.language.number(x, array.dtype) for x in array.ravel().tolist()]
        return _wrapped(
            f"static const {kind} {name}[{max(len(entries), 1)}] = {{", entries or ["0"], "};"
        )

    def _example(self) -> list[str]:
        """A main function that runs the program on the arguments that were given."""
        program, of = self.program, self.identifiers.of
        if self.is_example_left_out:
            return [f"// The example is left out: it would hold more than {MOST_NUMBERS} numbers."]
        trained = set(program.parameters) if program.kind == "training" else set()
        lines = ["// The arguments that were given.", "int main(void)", "{"]
        given = [str(length.argument.value.shape[length.axis]) for length in program.lengths]
        shown: list[str] = []
        for argument in program.arguments:
            name, value = of(argument.name), argument.value
            if value.ndim or argument in trained:
                array = self._literal(name, value)
                if argument in trained:
                    array[0] = array[0].removeprefix("static const ")
                lines += [f"    {line}" for line in array]
                given.append(name)
            else:
                given.append(self.language.number(value.item(), value.dtype))
            if argument in trained:
                shown.append(f'    show("{name}", {value.size}, {name});')
        if program.kind == "training":
            given.append(str(program.steps))
        else:
            for result, node in program.results:
                name, size = of(result), count(node.shape)
                lines.append(f"    double {name}[{max(size, 1)}];")
                given.append(name)
                shown.append(f'    show("{name}", {size}, {name});')
        lines += [
            f"    {line}" for line in _wrapped(f"if ({self.function_name}(", given, ") != 0) {")
        ]
        lines += [
            '        fprintf(stderr, "not enough memory\\n");',
            "        return EXIT_FAILURE;",
        ]
        lines += ["    }", *shown]
        if program.kind == "training":
            lines.append(f'    printf("steps = {program.steps}\\n");')
        return [*lines, "    return 0;", "}"]


def _wrapped(opening: str, parts: Sequence[str], closing: str = ")") -> list[str]:
    """A list in parentheses, on as many lines as it needs."""
    held = [part.replace(" ", "\0") for part in parts]
    lines = textwrap.wrap(
        f"{opening}{', '.join(held)}{closing}",
        96,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in lines]


def c_source(program: Program) -> str:
    """A program in C99."""
    return CFile(program, C()).text()
