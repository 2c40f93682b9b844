"""Programs in Octave, and in MATLAB from R2024a: vectors are columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from kobai.graph import AnyArray, AnyDType
from kobai.sizes import Dim
from kobai.targets.arrays import ArrayLanguage
from kobai.targets.files import in_rows
from kobai.targets.matrix_files import MatrixFile
from kobai.targets.programs import Program
from kobai.targets.source import Source

_WORDS = """
break case catch classdef continue do else elseif end end_try_catch end_unwind_protect endfor
endfunction endif endswitch endwhile enumeration events for function global if methods otherwise
parfor persistent properties return spmd switch try until unwind_protect unwind_protect_cleanup
while ans eps pi Inf NaN NA inf nan true false abs exp expm1 log log1p sqrt floor ceil fix
sin cos tan tanh sinh cosh asin acos atan asinh acosh atanh log2 log10 nthroot erf erfc gammaln psi
power atan2 hypot rem sum size zeros ones repmat reshape permute ndims fprintf printf assert error
double logical xor isnan any all max min isequal result length numel disp print input eval
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
}


def _real(name: str, condition: str) -> str:
    return f"""\
% {name}; nan where it is no real number.
function y = real_{name}(x)
  x({condition}) = NaN;
  y = {name}(x);
end
"""


_HELPERS = {f"real_{name}": _real(name, condition) for name, condition in _REAL.items()} | {
    "real_power": """\
% Powers; nan where they are no real numbers.
function z = real_power(x, y)
  one = ones(size(x + y));
  x = x .* one;
  y = y .* one;
  x(x < 0 & isfinite(x) & isfinite(y) & y ~= fix(y)) = NaN;
  z = real(x .^ y);
  z(y == 0 | x == 1) = 1;
end
""",
    "choose": """\
% Entries of a where a condition holds, of b elsewhere.
function y = choose(condition, a, b)
  one = ones(size(condition + a + b));
  condition = (condition .* one) ~= 0;
  a = a .* one;
  y = b .* one;
  y(condition) = a(condition);
end
""",
    "place": """\
% The place, from 0, that an index names along an axis: from its end, if it is negative.
function y = place(index, length)
  if index < -length || index >= length
    error('index %d is outside an axis of length %d', index, length);
  end
  y = index + length * (index < 0);
end
""",
    "sign_of": """\
% x with the sign of y, of which 0 has one.
function z = sign_of(x, y)
  z = abs(x) .* (1 - 2 * (y < 0 | 1 ./ y < 0));
end
""",
    "largest_of": """\
% The largest entries along an axis; nan where one is nan.
function y = largest_of(x, axis)
  y = max(x, [], axis);
  y(any(isnan(x), axis)) = NaN;
end
""",
    "smallest_of": """\
% The smallest entries along an axis; nan where one is nan.
function y = smallest_of(x, axis)
  y = min(x, [], axis);
  y(any(isnan(x), axis)) = NaN;
end
""",
    "show": """\
% Prints the entries of an array, row by row.
function show(name, x)
  fprintf('%s =', name);
  fprintf(' %.17g', permute(x, ndims(x):-1:1));
  fprintf('\\n');
end
""",
}


class Octave(ArrayLanguage):
    """GNU Octave."""

    name = "Octave"
    comment = "%"
    reserved = frozenset(_WORDS.split())
    infinity, nan = "Inf", "NaN"
    helpers = _HELPERS
    calls: ClassVar = {
        **{
            name: f"{name}({{0}})"
            for name in ("exp", "expm1", "floor", "ceil", "sin", "cos", "tan", "tanh", "sinh")
        },
        **{name: f"{name}({{0}})" for name in ("cosh", "atan", "asinh", "abs", "erf", "erfc")},
        **{name: f"real_{name}({{0}})" for name in _REAL},
        **{name: f"{name}({{0}}, {{1}})" for name in ("atan2", "hypot")},
        "fmod": "rem({0}, {1})",
        "pow": "real_power({0}, {1})",
        "copysign": "sign_of({0}, {1})",
        "trunc": "fix({0})",
        "cbrt": "nthroot({0}, 3)",
        "exp2": "(2 .^ ({0}))",
        "lgamma": "gammaln({0})",
        "digamma": "psi({0})",
        "place": "place({0}, {1})",
        "own": "{0}({1})",
        "own_of_arrays": "{0}({1})",
        "size": "size({0}, {1})",
    }

    def truth(self, value: bool) -> Source:
        return Source("true" if value else "false")

    def select(self, operands: Sequence[Source], is_array: bool) -> Source:
        return Source(f"choose({', '.join(operands)})")

    def cast(self, operand: Source, old: AnyDType, new: AnyDType, is_array: bool) -> Source:
        if new.kind == "b":
            return Source(f"({operand:6} ~= 0)")
        if old.kind == "b":
            return Source(f"double({operand})")
        return Source(f"fix({operand})") if old.kind == "f" and new.kind == "i" else operand

    def infix(self, instruction: str, arrays: Sequence[bool]) -> str:
        match instruction:
            case "mul" if all(arrays):
                return ".*"
            case "div" if arrays[1]:
                return "./"
            case "and" | "or" if any(arrays):
                return {"and": "&", "or": "|"}[instruction]
            case "ne" | "xor":
                return "~="
            case _:
                return self.symbols[instruction]

    def inverted(self, operand: Source, is_array: bool) -> Source:
        return Source(f"(~{operand:9})")

    def loop(self, variable: str, length: Source, is_reverse: bool) -> tuple[str, str]:
        run = f"{length}:-1:1" if is_reverse else f"1:{length:7}"
        return f"for {variable} = {run}", "end"

    def branch(self, condition: Source) -> tuple[str, str]:
        return f"if {condition}", "end"

    def declared(self, name: str, dtype: AnyDType, value: str) -> str:
        return f"{name} = {value};"

    def assigned(self, target: str, value: str) -> str:
        return f"{target} = {value};"

    def added(self, target: str, value: Source) -> str:
        return f"{target} = {target} + {value:7};"

    def element(self, name: str, lengths: Sequence[Source], places: Sequence[Source]) -> Source:
        return Source(f"{name}({', '.join(places)})")

    def commented(self, text: str) -> list[str]:
        return [f"{self.comment} {text}".rstrip()]

    def part(self, name: str, subscripts: Sequence[str], is_row: bool) -> tuple[Source, bool]:
        return Source(f"{name}({', '.join(subscripts)})"), is_row

    def repeated(self, text: Source, rows: Source, columns: Source) -> Source:
        return Source(f"repmat({text}, {rows}, {columns})")

    def filled(self, text: Source, shape: Sequence[Source]) -> Source:
        lengths = ", ".join([*shape, "1"] if len(shape) == 1 else shape)
        if text == "0":
            return Source(f"zeros({lengths})")
        return Source(f"{text:8} * ones({lengths})", 7)

    def total(self, text: Source, shape: Sequence[Dim], axes: Sequence[int], keeps: bool) -> Source:
        if len(axes) == len(shape):
            if len(shape) == 1 or 1 in shape:
                return Source(f"sum({text})")
            return Source(f"sum({text}(:))" if text.isidentifier() else f"sum(sum({text}))")
        (axis,) = axes
        found = Source(f"sum({text}, {axis + 1})")
        return self.transposed(found) if axis == 0 and not keeps else found

    def extreme(
        self, kind: str, text: Source, shape: Sequence[Dim], axes: Sequence[int], keeps: bool
    ) -> Source:
        name = {"max": "largest_of", "min": "smallest_of"}[kind]
        found = text
        for axis in axes:
            found = Source(f"{name}({found}, {axis + 1})")
        is_row = tuple(axes) == (0,) and len(shape) == 2
        return self.transposed(found) if is_row and not keeps else found


class OctaveFile(MatrixFile):
    """A program in Octave."""

    def head(self) -> list[str]:
        return [
            f"% {self._title()}",
            "% Vectors are columns.",
            "1;  % a script: functions follow",
            "",
        ]

    def opened(self, name: str, parameters: Sequence[str], results: Sequence[str]) -> str:
        text = results[0] if len(results) == 1 else f"[{', '.join(results)}]"
        return f"function {text} = {name}({', '.join(parameters)})"

    def closed(self, results: Sequence[str]) -> list[str]:
        return ["end"]

    def checked(self, condition: str, message: str) -> str:
        return f"assert({condition}, '{message}');"

    def literal(self, array: AnyArray) -> str:
        language = self.language
        texts = [language.number(x, array.dtype) for x in array.ravel().tolist()]
        if not texts:
            lengths = (*array.shape, 1) if array.ndim == 1 else array.shape
            return f"zeros({', '.join(map(str, lengths))})"
        if array.ndim == 1:
            return in_rows(texts, "[", "; ", "]")
        if array.ndim == 2:
            columns = array.shape[1]
            rows = [", ".join(texts[k : k + columns]) for k in range(0, len(texts), columns)]
            return in_rows(rows, "[", "; ", "]")
        lengths, order = array.shape[::-1], range(array.ndim, 0, -1)
        shape = ", ".join(map(str, lengths))
        entries = in_rows(texts, "[", "; ", "]")
        return f"permute(reshape({entries}, {shape}), [{' '.join(map(str, order))}])"

    def shown(self, name: str) -> str:
        return f"show('{name}', {name});"

    def called(self, results: Sequence[str], parameters: Sequence[str]) -> str:
        text = results[0] if len(results) == 1 else f"[{', '.join(results)}]"
        return f"{text} = {self.function_name}({', '.join(parameters)});"


def octave_source(program: Program) -> str:
    """A program in Octave."""
    return OctaveFile(program, Octave()).text()
