"""exp, log and their like for vectors of floats, written out in additions and products.

Each is accurate to about one unit in the last place, over all numbers, subnormals among them; the
tests state what was measured. What is not here is called entry by entry in the C library.

Sources: range reduction as in W. J. Cody and W. Waite, Software Manual for the Elementary Functions
(1980), and P. T. P. Tang, ACM Trans. Math. Softw. 15 (1989) 144; the series of the logarithm with
its coefficients is that of fdlibm (Sun Microsystems, 1993; e_log.c); log(1 + x) by the error of the
sum, after HP-15C Advanced Functions Handbook (1982); tanh near 0 with the coefficients of Cephes
(S. L. Moshier, 1984-2000; tanh.c, tanhf.c).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from llvmlite import ir

# Of a double and of a float: bits of the fraction, bias of the exponent, the whole number's type.
_FORMATS = {64: (52, 1023, ir.IntType(64)), 32: (23, 127, ir.IntType(32))}
# log 2 in two parts, of which the first has so few bits that its multiples are exact.
_LOG2_PARTS = {
    64: (6.93147180369123816490e-01, 1.90821492927058770002e-10),
    32: (6.9313812256e-01, 9.0580006145e-06),
}
_LOG_SERIES = {
    64: (
        6.666666666666735130e-01,
        3.999999999940941908e-01,
        2.857142874366239149e-01,
        2.222219843214978396e-01,
        1.818357216161805012e-01,
        1.531383769920937332e-01,
        1.479819860511658591e-01,
    ),
    32: (0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841),
}
# (tanh(x) - x) / x**3 near 0, as a quotient of polynomials in x**2, and as one polynomial.
_TANH_ABOVE = (-1.61468768441708447952e3, -9.92877231001918586564e1, -9.64399179425052238628e-1)
_TANH_BELOW = (4.84406305325125486048e3, 2.23548839060100448583e3, 1.12811678491632931402e2, 1.0)
_TANH_SERIES = (
    -3.33332819422e-1,
    1.33314422036e-1,
    -5.37397155531e-2,
    2.06390887954e-2,
    -5.70498872745e-3,
)
# The powers of r in exp(r) - 1 - r, so many that what is left out is below a tenth of a unit.
_EXP_TERMS = {64: 14, 32: 8}


class Elementary:
    """Functions of values of one floating type, scalar or vector.

    Args:
        builder: where the instructions are added.
        lanes: how many numbers a value holds; 1 for a scalar.
        bits: of each number, 64 or 32.
    """

    def __init__(self, builder: ir.IRBuilder, lanes: int, bits: int) -> None:
        self._builder = builder
        self.lanes = lanes
        self._bits = bits
        self._number = ir.DoubleType() if bits == 64 else ir.FloatType()
        self._fraction, self._bias, self._whole = _FORMATS[bits]
        self.type = self._wide(self._number)
        self._integers = self._wide(self._whole)

    def _wide(self, element: ir.Type) -> ir.Type:
        return element if self.lanes == 1 else ir.VectorType(element, self.lanes)

    def number(self, value: float) -> ir.Constant:
        """A constant, in every lane."""
        rounded = float(np.float32(value)) if self._bits == 32 else float(value)
        return ir.Constant(self.type, rounded if self.lanes == 1 else [rounded] * self.lanes)

    def _integer(self, value: int) -> ir.Constant:
        return ir.Constant(self._integers, value if self.lanes == 1 else [value] * self.lanes)

    def intrinsic(self, name: str, *values: ir.Value) -> ir.Value:
        """One of LLVM's functions for this type, by its full name."""
        letter = f"f{self._bits}"
        full = f"llvm.{name}.{letter if self.lanes == 1 else f'v{self.lanes}{letter}'}"
        known = self._builder.module.globals.get(full)
        if known is None:
            kind = ir.FunctionType(self.type, [self.type] * len(values))
            known = ir.Function(self._builder.module, kind, full)
        return self._builder.call(known, values)

    def fma(self, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
        """a * b + c, rounded once."""
        return self.intrinsic("fma", a, b, c)

    def _horner(self, x: ir.Value, coefficients: Sequence[float]) -> ir.Value:
        result: ir.Value = self.number(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            result = self.fma(result, x, self.number(coefficient))
        return result

    def _power_of_two(self, exponent: ir.Value) -> ir.Value:
        """2**n for whole n of a normal number."""
        biased = self._builder.add(exponent, self._integer(self._bias))
        shifted = self._builder.shl(biased, self._integer(self._fraction))
        return self._builder.bitcast(shifted, self.type)

    def _reduced(self, x: ir.Value) -> tuple[ir.Value, ir.Value, ir.Value]:
        """x = n log 2 + r with |r| <= log(2) / 2: n, r, and exp(r) - 1 - r."""
        high, low = _LOG2_PARTS[self._bits]
        n = self.intrinsic("rint", self._builder.fmul(x, self.number(1 / math.log(2))))
        minus_n = self._builder.fneg(n)
        above = self.fma(minus_n, self.number(high), x)  # exact
        r = self.fma(minus_n, self.number(low), above)
        rounded_away = self.fma(minus_n, self.number(low), self._builder.fsub(above, r))
        terms = [1 / math.factorial(k) for k in range(2, _EXP_TERMS[self._bits])]
        square = self._builder.fmul(r, r)
        return n, r, self.fma(square, self._horner(r, terms), rounded_away)

    def _clamped(self, x: ir.Value, low: float, high: float) -> ir.Value:
        """The number between two bounds, nan made one of them."""
        b = self._builder
        above = b.select(b.fcmp_ordered(">", x, self.number(low)), x, self.number(low))
        return b.select(b.fcmp_ordered("<", above, self.number(high)), above, self.number(high))

    def _nan_kept(self, x: ir.Value, result: ir.Value) -> ir.Value:
        return self._builder.select(self._builder.fcmp_unordered("uno", x, x), x, result)

    def exp(self, x: ir.Value) -> ir.Value:
        b = self._builder
        limit = (self._bias + self._fraction + 8) * math.log(2)
        n, r, rest = self._reduced(self._clamped(x, -limit, limit))
        whole = b.fptosi(n, self._integers)
        half = b.ashr(whole, self._integer(1))
        whole_part = b.fadd(self.number(1.0), r)
        lost = b.fadd(b.fsub(self.number(1.0), whole_part), r)
        # In two steps: a subnormal is rounded once, and numbers near the largest are reached.
        result = b.fmul(
            b.fmul(b.fadd(whole_part, b.fadd(lost, rest)), self._power_of_two(half)),
            self._power_of_two(b.sub(whole, half)),
        )
        return self._nan_kept(x, result)

    def expm1(self, x: ir.Value) -> ir.Value:
        b = self._builder
        limit = float(self._fraction + 4)
        n, r, rest = self._reduced(self._clamped(x, -limit, limit))
        power = self._power_of_two(b.fptosi(n, self._integers))
        near = self.fma(power, rest, self.fma(power, r, b.fsub(power, self.number(1.0))))
        far = b.fcmp_ordered(">", x, self.number(limit * math.log(2)))
        # exp(x) is x itself at -0.
        zero = b.fcmp_ordered("==", x, self.number(0.0))
        result = b.select(zero, x, b.select(far, self.exp(x), near))
        return self._nan_kept(x, result)

    def log(self, x: ir.Value) -> ir.Value:
        b = self._builder
        tiny = 2.0 ** (1 - self._bias)
        small = b.fcmp_ordered("<", x, self.number(tiny))
        scaled = b.select(small, b.fmul(x, self.number(2.0**54)), x)
        bits = b.bitcast(scaled, self._integers)
        one = self._bias << self._fraction
        root = 0x3FE6A09E667F3BCD if self._bits == 64 else 0x3F3504F3
        moved = b.add(bits, self._integer(one - root))
        exponent = b.sub(b.ashr(moved, self._integer(self._fraction)), self._integer(self._bias))
        mask = (1 << self._fraction) - 1
        m = b.bitcast(b.add(b.and_(moved, self._integer(mask)), self._integer(root)), self.type)
        k = b.sitofp(exponent, self.type)
        k = b.select(small, b.fsub(k, self.number(54.0)), k)
        f = b.fsub(m, self.number(1.0))
        s = b.fdiv(f, b.fadd(self.number(2.0), f))
        z = b.fmul(s, s)
        series = b.fmul(z, self._horner(z, _LOG_SERIES[self._bits]))
        half = b.fmul(b.fmul(self.number(0.5), f), f)
        high, low = _LOG2_PARTS[self._bits]
        rest = self.fma(s, b.fadd(half, series), b.fmul(k, self.number(low)))
        result = b.fsub(b.fmul(k, self.number(high)), b.fsub(b.fsub(half, rest), f))
        zero = b.fcmp_ordered("==", x, self.number(0.0))
        result = b.select(zero, self.number(-math.inf), result)
        infinite = b.fcmp_ordered("==", x, self.number(math.inf))
        result = b.select(infinite, x, result)
        valid = b.fcmp_ordered(">=", x, self.number(0.0))
        return b.select(valid, result, self.number(math.nan))

    def log1p(self, x: ir.Value) -> ir.Value:
        b = self._builder
        one = self.number(1.0)
        u = b.fadd(one, x)
        # What the sum rounds away, whichever of the two is larger.
        larger = b.fcmp_ordered(">", x, one)
        from_x = b.fsub(one, b.fsub(u, x))
        from_one = b.fsub(x, b.fsub(u, one))
        rest = b.select(larger, from_x, from_one)
        logarithm = self.log(u)
        result = b.fadd(logarithm, b.fdiv(rest, u))
        is_end = b.or_(
            b.fcmp_unordered("uno", u, u),
            b.or_(
                b.fcmp_ordered("==", u, self.number(math.inf)),
                b.fcmp_ordered("<=", u, self.number(0.0)),
            ),
        )
        result = b.select(is_end, logarithm, result)
        zero = b.fcmp_ordered("==", x, self.number(0.0))
        return b.select(zero, x, result)

    def tanh(self, x: ir.Value) -> ir.Value:
        b = self._builder
        size = self.intrinsic("fabs", x)
        z = b.fmul(size, size)
        if self._bits == 64:
            share = b.fdiv(self._horner(z, _TANH_ABOVE), self._horner(z, _TANH_BELOW))
        else:
            share = self._horner(z, _TANH_SERIES)
        near = self.fma(b.fmul(size, z), share, size)
        two = self.number(2.0)
        power = self.exp(b.fmul(two, size))
        far = b.fsub(self.number(1.0), b.fdiv(two, b.fadd(power, self.number(1.0))))
        result = b.select(b.fcmp_ordered("<", size, self.number(0.625)), near, far)
        return self.intrinsic("copysign", self._nan_kept(x, result), x)

    def table(self) -> dict[str, Callable[..., ir.Value]]:
        """The functions that are written out, and those that LLVM has itself."""
        own: dict[str, Callable[..., ir.Value]] = {
            name: getattr(self, name) if self.lanes > 1 else partial(self.called, name)
            for name in ("exp", "expm1", "log", "log1p", "tanh")
        }

        def known(name: str) -> Callable[..., ir.Value]:
            return lambda *values: self.intrinsic(name, *values)

        built_in = {"sqrt": "sqrt", "abs": "fabs", "floor": "floor", "ceil": "ceil"}
        built_in |= {"rint": "rint", "trunc": "trunc", "copysign": "copysign"}
        return own | {name: known(intrinsic) for name, intrinsic in built_in.items()}

    def called(self, name: str, x: ir.Value) -> ir.Value:
        """A written-out function as a function of the module: for code that seldom runs."""
        b = self._builder
        full = f"kobai.{name}.f{self._bits}"
        function = b.module.globals.get(full)
        if function is None:
            function = ir.Function(b.module, ir.FunctionType(self.type, [self.type]), full)
            function.linkage = "internal"
            function.attributes.add("noinline")
            inside = ir.IRBuilder(function.append_basic_block("entry"))
            made: ir.Value = getattr(Elementary(inside, 1, self._bits), name)(*function.args)
            inside.ret(made)
        return b.call(function, [x])

    def by_entry(self, name: str, values: Sequence[ir.Value]) -> Any:
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
        return value if self._bits == 64 else self._builder.fptrunc(value, self._number)
