"""Programs in Scilab: as in Octave, but arrays of different shapes are never put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from kobai.errors import ArgumentError
from kobai.graph import AnyArray, AnyDType
from kobai.sizes import Dim
from kobai.targets.octave_source import Octave, OctaveFile
from kobai.targets.programs import Program
from kobai.targets.source import Source

_WORDS = """
abort break case catch continue do else elseif end endfunction endif endwhile errcatch exit for
function global if otherwise pause quit resume return select then try while who whos ans abs exp
expm1 log log1p sqrt floor ceil fix round int sin cos tan tanh sinh cosh asin acos atan asinh acosh
atanh log2 log10 nthroot erf erfc gammaln dlgamma modulo sum size zeros ones repmat matrix permute
ndims mprintf error ieee bool2s find isinf isnan max min result length part numel disp printf input
eval
exec funcprot real imag list tlist mlist cell struct clear clearglobal predef
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
// {name}; nan where it is no real number.
function y = real_{name}(x)
  x(find({condition})) = %nan;
  y = {name}(x);
endfunction
"""


_HELPERS = {f"real_{name}": _real(name, condition) for name, condition in _REAL.items()} | {
    "real_power": """\
// Powers; nan where they are no real numbers.
function z = real_power(x, y)
  one = ones(x + y);
  x = x .* one;
  y = y .* one;
  x(find(x < 0 & abs(x) < %inf & abs(y) < %inf & y <> fix(y))) = %nan;
  z = real(x .^ y);
  z(find(y == 0 | x == 1)) = 1;
endfunction
""",
    "choose": """\
// Entries of a where a condition holds, of b elsewhere.
function y = choose(condition, a, b)
  one = ones(bool2s(condition) + a + b);
  places = find(bool2s(condition) .* one <> 0);
  a = a .* one;
  y = b .* one;
  y(places) = a(places);
endfunction
""",
    "place": """\
// The place, from 0, that an index names along an axis: from its end, if it is negative.
function y = place(index, length)
  if index < -length | index >= length then
    error("an index is outside its axis");
  end
  y = index + length * bool2s(index < 0);
endfunction
""",
    "sign_of": """\
// x with the sign of y, of which 0 has one.
function z = sign_of(x, y)
  z = abs(x) .* (1 - 2 * bool2s(y < 0 | 1 ./ y < 0));
endfunction
""",
    "exp_minus_1": """\
// exp(x) - 1 (Higham, Accuracy and Stability of Numerical Algorithms, section 1.14.1).
function y = exp_minus_1(x)
  u = exp(x);
  near = u <> 1 & u - 1 <> -1 & abs(x) < 1;
  y = u - 1;
  places = find(u == 1);
  y(places) = x(places);
  places = find(near);
  y(places) = (u(places) - 1) .* x(places) ./ log(u(places));
endfunction
""",
    "angle_of": """\
// The angle of (x, y), which may have different shapes.
function z = angle_of(y, x)
  one = ones(x + y);
  z = atan(y .* one, x .* one);
endfunction
""",
    "hypotenuse": """\
// The length of (x, y).
function z = hypotenuse(x, y)
  one = ones(x + y);
  large = max(abs(x .* one), abs(y .* one));
  ratio = min(abs(x .* one), abs(y .* one)) ./ large;
  ratio(find(large == 0)) = 0;
  z = large .* sqrt(1 + ratio .^ 2);
endfunction
""",
    "largest_of": """\
// The largest entries along an axis; nan where one is nan.
function y = largest_of(x, axis)
  y = max(x, part("rc", axis));
  y(find(sum(bool2s(isnan(x)), axis) > 0)) = %nan;
endfunction
""",
    "smallest_of": """\
// The smallest entries along an axis; nan where one is nan.
function y = smallest_of(x, axis)
  y = min(x, part("rc", axis));
  y(find(sum(bool2s(isnan(x)), axis) > 0)) = %nan;
endfunction
""",
    "show": """\
// Prints the entries of an array, row by row.
function show(name, x)
  x = permute(x, ndims(x):-1:1);
  mprintf("%s =", name);
  mprintf(" %.17g", x(:));
  mprintf("\\n");
endfunction
""",
}


class Scilab(Octave):
    """Scilab."""

    name = "Scilab"
    comment = "//"
    broadcasts = False
    reserved = frozenset(_WORDS.split())
    infinity, nan = "%inf", "%nan"
    helpers = _HELPERS
    calls: ClassVar = Octave.calls | {
        "fmod": "modulo({0}, {1})",
        "digamma": "dlgamma({0})",
        "expm1": "exp_minus_1({0})",
        "atan2": "angle_of({0}, {1})",
        "hypot": "hypotenuse({0}, {1})",
    }

    def truth(self, value: bool) -> Source:
        return Source("%t" if value else "%f")

    def cast(self, operand: Source, old: AnyDType, new: AnyDType, is_array: bool) -> Source:
        if old.kind == "b" and new.kind != "b":
            return Source(f"bool2s({operand})")
        return super().cast(operand, old, new, is_array)

    def total(self, text: Source, shape: Sequence[Dim], axes: Sequence[int], keeps: bool) -> Source:
        if len(axes) == len(shape):
            return Source(f"sum({text})")
        return super().total(text, shape, axes, keeps)

    def branch(self, condition: Source) -> tuple[str, str]:
        return f"if {condition} then", "end"


class ScilabFile(OctaveFile):
    """A program in Scilab."""

    def _prepare(self) -> None:
        for argument in self.program.arguments:
            if argument.value.size == 0:
                raise ArgumentError(
                    f"argument {argument.name} has no entries, and Scilab keeps no lengths of an "
                    "array that has none",
                    repair="give an example with at least one entry",
                )
        super()._prepare()

    def head(self) -> list[str]:
        return [f"// {self._title()}", "// Vectors are columns.", ""]

    def literal(self, array: AnyArray) -> str:
        return super().literal(array).replace("reshape(", "matrix(")

    def begun(self) -> list[str]:
        return ["ieee(2);  // 1 / 0 is infinite, and no error"]

    def closed(self, results: Sequence[str]) -> list[str]:
        return ["endfunction"]

    def checked(self, condition: str, message: str) -> str:
        return f'if ~({condition}) then error("{message}"); end'

    def shown(self, name: str) -> str:
        return f'show("{name}", {name});'


def scilab_source(program: Program) -> str:
    """A program in Scilab."""
    return ScilabFile(program, Scilab()).text()
