"""Programs in Julia: vectors are vectors, and what goes entry by entry has a dot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from kobai.graph import AnyArray, AnyDType
from kobai.lower.functions import Function
from kobai.lower.statements import Statement
from kobai.sizes import Dim
from kobai.targets.arrays import ArrayLanguage, Part
from kobai.targets.expressions import SYMBOLS
from kobai.targets.files import in_rows
from kobai.targets.matrix_files import MatrixFile
from kobai.targets.programs import Program
from kobai.targets.source import Source

_WORDS = """
baremodule begin break catch const continue do else elseif end export false finally for function
global if import in isa let local macro module mutable outer primitive quote return struct true try
using while where abstract type nothing missing pi im Inf NaN abs exp expm1 exp2 log log1p log2
log10 sqrt cbrt floor ceil round trunc sin cos tan tanh sinh cosh asin acos atan asinh acosh atanh
hypot rem copysign sum size zeros fill repeat reshape vec permutedims ndims print println error
ifelse isinf isnan isfinite isinteger join xor any all max min maximum minimum result length copy
Float64 Int64
Bool only eval include Base Core Main ans
"""
_REAL = {
    "log": "x < 0",
    "log1p": "x < -1",
    "log2": "x < 0",
    "log10": "x < 0",
    "sqrt": "x < 0",
    "asin": "abs(x) > 1",
    "acos": "abs(x) > 1",
    "acosh": "x < 1",
    "atanh": "abs(x) > 1",
    "sin": "isinf(x)",
    "cos": "isinf(x)",
    "tan": "isinf(x)",
}

_HELPERS = {
    f"real_{name}": f"""\
# {name}; nan where it is no real number.
real_{name}(x) = {condition} ? NaN : {name}(x)
"""
    for name, condition in _REAL.items()
} | {
    "real_power": """\
# Powers; nan where they are no real numbers.
real_power(x, y) = -Inf < x < 0 && isfinite(y) && !isinteger(y) ? NaN : float(x)^y
""",
    "place": """\
# The place, from 0, that an index names along an axis: from its end, if it is negative.
function place(index, length)
    -length <= index < length || error("index $index is outside an axis of length $length")
    return index < 0 ? index + length : index
end
""",
    "show_entries": """\
# Prints the entries of an array, row by row.
function show_entries(name, x)
    entries = x isa AbstractArray ? vec(permutedims(x, ndims(x):-1:1)) : [x]
    println(name, " = ", join(entries, " "))
end
""",
}


class Julia(ArrayLanguage):
    """Julia."""

    name = "Julia"
    comment = "#"
    indent = "    "
    reserved = frozenset(_WORDS.split())
    infinity, nan = "Inf", "NaN"
    helpers = _HELPERS
    calls: ClassVar = {
        **{
            name: f"{name}({{0}})"
            for name in ("exp", "expm1", "exp2", "cbrt", "floor", "ceil", "trunc", "tanh", "sinh")
        },
        **{name: f"{name}({{0}})" for name in ("cosh", "atan", "asinh", "abs")},
        **{name: f"real_{name}({{0}})" for name in _REAL},
        **{name: f"{name}({{0}}, {{1}})" for name in ("hypot", "copysign")},
        "atan2": "atan({0}, {1})",
        "fmod": "rem({0}, {1})",
        "rint": "round({0})",
        "pow": "real_power({0}, {1})",
        "place": "place({0}, {1})",
        "own": "{0}({1})",
        "own_of_arrays": "{0}.({1})",
        "size": "size({0}, {1})",
    }

    def floating(self, value: float) -> str:
        if value.is_integer() and abs(value) < 1e6:
            return f"{value:.1f}"
        return repr(value)

    def truth(self, value: bool) -> Source:
        return Source("true" if value else "false")

    def call(self, function: Function | str, operands: Sequence[Source], is_array: bool) -> Source:
        text = super().call(function, operands, is_array)
        return Source(text.replace("(", ".(", 1)) if is_array else text

    def select(self, operands: Sequence[Source], is_array: bool) -> Source:
        return Source(f"ifelse{'.' if is_array else ''}({', '.join(operands)})")

    def cast(self, operand: Source, old: AnyDType, new: AnyDType, is_array: bool) -> Source:
        dot = "." if is_array else ""
        if new.kind == "b":
            return Source(f"({operand:6} {dot}!= 0)")
        if new.kind == "f":
            # A whole number, such as a length, becomes one of its own accord.
            plain = operand.isidentifier() and not is_array and old.kind == "i"
            return operand if plain else Source(f"Float64{dot}({operand})")
        return Source(f"trunc{dot}(Int64, {operand})" if old.kind == "f" else operand)

    def infix(self, instruction: str, arrays: Sequence[bool]) -> str:
        symbol = "!=" if instruction == "xor" else SYMBOLS[instruction]
        if not any(arrays):
            return symbol
        return "." + {"&&": "&", "||": "|"}.get(symbol, symbol)

    def negated(self, operand: Source, is_array: bool) -> Source:
        return Source(f"{'.' if is_array else ''}-{operand:9}", 8)

    def inverted(self, operand: Source, is_array: bool) -> Source:
        return Source(f"({'.' if is_array else ''}!{operand:9})")

    def loop(self, variable: str, length: Source, is_reverse: bool) -> tuple[str, str]:
        run = f"{length}:-1:1" if is_reverse else f"1:{length:7}"
        return f"for {variable} in {run}", "end"

    def branch(self, condition: Source) -> tuple[str, str]:
        return f"if {condition}", "end"

    def declared(self, name: str, dtype: AnyDType, value: str) -> str:
        return f"{name} = {value}"

    def assigned(self, target: str, value: str) -> str:
        return f"{target} = {value}"

    def added(self, target: str, value: Source) -> str:
        return f"{target} += {value}"

    def element(self, name: str, lengths: Sequence[Source], places: Sequence[Source]) -> Source:
        return Source(f"{name}[{', '.join(places)}]")

    def commented(self, text: str) -> list[str]:
        return [f"# {text}".rstrip()]

    def part(self, name: str, subscripts: Sequence[str], is_row: bool) -> tuple[Source, bool]:
        kept = sum(":" in subscript for subscript in subscripts)
        is_vector = kept == 1
        return Source(f"{name}[{', '.join(subscripts)}]"), is_row and not is_vector

    def repeated(self, text: Source, rows: Source, columns: Source) -> Source:
        return Source(f"repeat({text}, {rows}, {columns})")

    def filled(self, text: Source, shape: Sequence[Source]) -> Source:
        lengths = ", ".join(shape)
        return Source(f"zeros({lengths})" if text == "0.0" else f"fill({text}, {lengths})")

    def total(self, text: Source, shape: Sequence[Dim], axes: Sequence[int], keeps: bool) -> Source:
        if keeps:
            dims = axes[0] + 1 if len(axes) == 1 else tuple(axis + 1 for axis in axes)
            return Source(f"sum({text}, dims={dims})")
        if len(axes) == len(shape):
            return Source(f"sum({text})")
        return Source(f"vec(sum({text}, dims={axes[0] + 1}))")

    def extreme(
        self, kind: str, text: Source, shape: Sequence[Dim], axes: Sequence[int], keeps: bool
    ) -> Source:
        name = {"max": "maximum", "min": "minimum"}[kind]
        return Source(self.total(text, shape, axes, keeps).replace("sum(", f"{name}(", 1))


class JuliaFile(MatrixFile):
    """A program in Julia."""

    takes_arrays = False

    def head(self) -> list[str]:
        return [f"# {self._title()}", ""]

    def begun(self) -> list[str]:
        if self.program.kind == "gradient":
            return []
        names = [self.identifiers.of(a.name) for a in self.program.parameters if a.node.ndim]
        return [f"{name} = copy({name})" for name in names]

    def shaped(self, part: Part, statement: Statement) -> Source:
        """Vectors, and matrices with an axis of length 1, are not the same thing."""
        node = statement.node
        lengths = ", ".join(map(self.scope.size, node.shape))
        match node.ndim, part.rank:
            case 2, 0 | 1:
                wrapped = f"reshape({part.text}, {lengths})" if part.rank else None
                return Source(wrapped or f"fill({part.text}, {lengths})")
            case 1, 0:
                return Source(f"fill({part.text}, {lengths})")
            case 1, 2:
                return Source(f"vec({part.text})")
            case 0, 1 | 2:
                return Source(f"only({part.text})")
            case _:
                return part.text

    def opened(self, name: str, parameters: Sequence[str], results: Sequence[str]) -> str:
        return f"function {name}({', '.join(parameters)})"

    def closed(self, results: Sequence[str]) -> list[str]:
        return [f"return {', '.join(results)}", "end"]

    def checked(self, condition: str, message: str) -> str:
        return f'@assert {condition} "{message}"'

    def literal(self, array: AnyArray) -> str:
        language = self.language
        texts = [language.number(x, array.dtype) for x in array.ravel().tolist()]
        kind = {"f": "Float64", "b": "Bool"}.get(array.dtype.kind, "Int64")
        entries = in_rows(texts, f"{kind}[", ", ", "]")
        if array.ndim == 1:
            return entries
        lengths = ", ".join(map(str, array.shape[::-1]))
        order = ", ".join(map(str, range(array.ndim, 0, -1)))
        return f"permutedims(reshape({entries}, {lengths}), ({order}))"

    def shown(self, name: str) -> str:
        return f'show_entries("{name}", {name})'

    def called(self, results: Sequence[str], parameters: Sequence[str]) -> str:
        return f"{', '.join(results)} = {self.function_name}({', '.join(parameters)})"


def julia_source(program: Program) -> str:
    """A program in Julia."""
    return JuliaFile(program, Julia()).text()
