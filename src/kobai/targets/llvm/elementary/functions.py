"""The elementary functions by name, for values of one type."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from llvmlite import ir

from kobai.targets.llvm.elementary import angles, errors, exponentials, gammas, logarithms, powers
from kobai.targets.llvm.elementary.arithmetic import Numbers, Wide

DIGITS = {64: 53, 32: 24}


@dataclass(frozen=True)
class Body:
    """A function that is written out.

    Attributes:
        result: of the operands.
        in_reach: whether it is right for these operands; None if it is for all.
        far: what is right for all, and slower; None if that is left to the C library.
        in_floats: whether it computes floats in floats; otherwise they are made doubles for it.
    """

    result: Callable[..., Wide]
    in_reach: Callable[..., Wide] | None = None
    far: Callable[..., Wide] | None = None
    in_floats: bool = False


BODIES = {
    "exp": Body(exponentials.exp, in_floats=True),
    "exp2": Body(exponentials.exp2),
    "expm1": Body(exponentials.expm1, in_floats=True),
    "sinh": Body(exponentials.sinh),
    "cosh": Body(exponentials.cosh),
    "tanh": Body(exponentials.tanh, in_floats=True),
    "log": Body(logarithms.log, in_floats=True),
    "log2": Body(logarithms.log2),
    "log10": Body(logarithms.log10),
    "log1p": Body(logarithms.log1p, in_floats=True),
    "asinh": Body(logarithms.asinh),
    "acosh": Body(logarithms.acosh),
    "atanh": Body(logarithms.atanh),
    "sin": Body(angles.sin, angles.in_reach),
    "cos": Body(angles.cos, angles.in_reach),
    "tan": Body(angles.tan, angles.in_reach),
    "asin": Body(angles.asin),
    "acos": Body(angles.acos),
    "atan": Body(angles.atan),
    "erf": Body(errors.erf),
    "erfc": Body(errors.erfc),
    "lgamma": Body(gammas.lgamma, gammas.is_positive),
    "digamma": Body(gammas.digamma, gammas.is_positive, gammas.digamma_anywhere),
    "pow": Body(powers.power, powers.in_reach),
    "cbrt": Body(powers.cbrt),
}
# Functions that LLVM has itself, by its names.
_BUILT_IN = {"abs": "fabs"} | {
    name: name for name in ("sqrt", "floor", "ceil", "rint", "trunc", "copysign")
}


class Elementary:
    """Functions of values of one floating type, scalar or vector.

    Args:
        builder: where the instructions are added.
        lanes: how many numbers a value holds; 1 for a scalar.
        bits: of each number, 64 or 32.
        inlined: whether a scalar's functions are written where they are used; otherwise they are
            functions of the module, which is compiled sooner and runs later. Vectors' always are.
    """

    def __init__(
        self, builder: ir.IRBuilder, lanes: int, bits: int, *, inlined: bool = False
    ) -> None:
        self._builder = builder
        self.lanes = lanes
        self._bits = bits
        self._numbers = Numbers(builder, lanes, bits, DIGITS[bits])
        self.type = self._numbers.type
        self._inlined = inlined or lanes > 1

    def fma(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        """a * b + c, rounded once."""
        return self._built_in("fma", a, b, c)

    def _built_in(self, name: str, *values: ir.Value) -> ir.Value:
        operands = [Wide(self._numbers, value) for value in values]
        return self._numbers.intrinsic(name, *operands).value

    def apply(self, name: str, values: Sequence[ir.Value]) -> ir.Value:
        """A function of `kobai.scalars.CALLS`."""
        if name in _BUILT_IN:
            return self._built_in(_BUILT_IN[name], *values)
        if name not in BODIES:
            return self._by_entry(name, values)
        if self._inlined:
            return self._written_out(name, values)
        return self._called(
            f"kobai.{name}", values, lambda inside, given: inside._written_out(name, given)
        )

    def _written_out(self, name: str, values: Sequence[ir.Value]) -> ir.Value:
        body = BODIES[name]
        if self._bits == 32 and not body.in_floats:
            return self._in_doubles(name, values)
        return self._guarded(name, body, [Wide(self._numbers, value) for value in values]).value

    def _in_doubles(self, name: str, values: Sequence[ir.Value]) -> ir.Value:
        doubles = Numbers(self._builder, self.lanes, 64, DIGITS[32])
        given = [Wide(doubles, self._builder.fpext(value, doubles.type)) for value in values]
        found = self._guarded(name, BODIES[name], given)
        return self._builder.fptrunc(found.value, self.type)

    def _guarded(self, name: str, body: Body, operands: Sequence[Wide]) -> Wide:
        """The body's result; what is right anywhere for all lanes, where one is out of reach."""
        result = body.result(*operands)
        if body.in_reach is None:
            return result
        b, of = self._builder, result.of
        is_near = of.in_all(body.in_reach(*operands))
        before = b.block
        far, after = (b.append_basic_block(label) for label in ("far", "after"))
        b.cbranch(is_near, after, far)
        b.position_at_end(far)
        library = Elementary(b, of.lanes, of.bits)
        found = library._called(
            f"kobai.far.{name}",
            [x.value for x in operands],
            lambda inside, given: inside._far(name, body, given),
        )
        b.branch(after)
        b.position_at_end(after)
        joined = b.phi(of.type)
        joined.add_incoming(result.value, before)
        joined.add_incoming(found, far)
        return Wide(of, joined)

    def _far(self, name: str, body: Body, values: Sequence[ir.Value]) -> ir.Value:
        if body.far is None:
            return self._by_entry(name, values)
        return body.far(*(Wide(self._numbers, value) for value in values)).value

    def _called(
        self,
        name: str,
        values: Sequence[ir.Value],
        write: Callable[[Elementary, Sequence[ir.Value]], ir.Value],
    ) -> ir.Value:
        """A function of the module: for code that seldom runs."""
        b = self._builder
        full = f"{name}.v{self.lanes}f{self._bits}"
        function = b.module.globals.get(full)
        if function is None:
            kind = ir.FunctionType(self.type, [self.type] * len(values))
            function = ir.Function(b.module, kind, full)
            function.linkage = "internal"
            function.attributes.add("noinline")
            inside = ir.IRBuilder(function.append_basic_block("entry"))
            writer = Elementary(inside, self.lanes, self._bits)
            inside.ret(write(writer, function.args))
        return b.call(function, values)

    def _by_entry(self, name: str, values: Sequence[ir.Value]) -> ir.Value:
        """A function of the C library, called for each lane by itself, in doubles."""
        b = self._builder
        double = ir.DoubleType()
        function = b.module.globals.get(name)
        if function is None:
            kind = ir.FunctionType(double, [double] * len(values))
            function = ir.Function(b.module, kind, name)
        if self.lanes == 1:
            return self._narrowed(b.call(function, [self._widened(value) for value in values]))
        result: ir.Value = ir.Constant(self.type, ir.Undefined)
        for lane in range(self.lanes):
            place = ir.Constant(ir.IntType(32), lane)
            given = [self._widened(b.extract_element(value, place)) for value in values]
            found = self._narrowed(b.call(function, given))
            result = b.insert_element(result, found, place)
        return result

    def _widened(self, value: ir.Value) -> ir.Value:
        return value if self._bits == 64 else self._builder.fpext(value, ir.DoubleType())

    def _narrowed(self, value: ir.Value) -> ir.Value:
        return value if self._bits == 64 else self._builder.fptrunc(value, self._numbers.element)
