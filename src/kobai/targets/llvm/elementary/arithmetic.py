"""Numbers of a program that is being written, and what all functions of them are made of.

A `Wide` stands for one number or a vector of them; sums, products and comparisons of it become
instructions. `error_of_sum` and `error_of_product` are exact: T. J. Dekker, Numer. Math. 18 (1971)
224; D. E. Knuth, The Art of Computer Programming 2 (1969), 4.2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from llvmlite import ir

from kobai.targets.llvm.constants import constant_of

Operand: TypeAlias = "Wide | float"
# Of a double and of a float: bits of the fraction, bias of the exponent, the whole number's type.
_FORMATS = {64: (52, 1023, ir.IntType(64)), 32: (23, 127, ir.IntType(32))}


class Numbers:
    """Where instructions are added, and the type of their values.

    Args:
        builder: where the instructions are added.
        lanes: how many numbers a value holds; 1 for a scalar.
        bits: of each number, 64 or 32.
        digits: how many binary digits of the results matter: 53 or 24.
    """

    def __init__(self, builder: ir.IRBuilder, lanes: int, bits: int, digits: int) -> None:
        self.builder = builder
        self.lanes = lanes
        self.bits = bits
        self.digits = digits
        self.element = ir.DoubleType() if bits == 64 else ir.FloatType()
        self.fraction, self.bias, self._whole = _FORMATS[bits]
        self.type = self._wide(self.element)
        self.integers = self._wide(self._whole)
        # Added to a number of moderate size, it leaves the nearest whole number in the last bits.
        self.shift = 1.5 * 2.0**self.fraction

    def _wide(self, element: ir.Type) -> ir.Type:
        return element if self.lanes == 1 else ir.VectorType(element, self.lanes)

    def number(self, value: float) -> Wide:
        """A constant, in every lane."""
        rounded = float(np.float32(value)) if self.bits == 32 else float(value)
        return Wide(self, constant_of(self.element, rounded, self.lanes))

    def wide(self, operand: Operand) -> Wide:
        return operand if isinstance(operand, Wide) else self.number(operand)

    def integer(self, value: int) -> Wide:
        """A whole constant, in every lane; modulo 2 to the number of bits."""
        return Wide(self, constant_of(self._whole, value % 2**self.bits, self.lanes))

    def intrinsic(self, name: str, *operands: Wide) -> Wide:
        """One of LLVM's functions for this type, by its full name."""
        letter = f"f{self.bits}"
        full = f"llvm.{name}.{letter if self.lanes == 1 else f'v{self.lanes}{letter}'}"
        known = self.builder.module.globals.get(full)
        if known is None:
            kind = ir.FunctionType(self.type, [self.type] * len(operands))
            known = ir.Function(self.builder.module, kind, full)
        return Wide(self, self.builder.call(known, [x.value for x in operands]))

    def in_all(self, truth: Wide) -> ir.Value:
        """Whether something holds in every lane."""
        if self.lanes == 1:
            return truth.value
        name = f"llvm.vector.reduce.and.v{self.lanes}i1"
        known = self.builder.module.globals.get(name)
        if known is None:
            kind = ir.FunctionType(ir.IntType(1), [truth.value.type])
            known = ir.Function(self.builder.module, kind, name)
        return self.builder.call(known, [truth.value])


class Wide:
    """A number, a whole number or a truth value, in every lane."""

    __slots__ = ("of", "value")

    def __init__(self, of: Numbers, value: ir.Value) -> None:
        self.of = of
        self.value = value

    @property
    def _is_float(self) -> bool:
        return bool(self.value.type == self.of.type)

    def _like(self, other: Operand) -> ir.Value:
        if isinstance(other, Wide):
            return other.value
        return (self.of.number(other) if self._is_float else self.of.integer(int(other))).value

    def _with(self, instruction: str, left: Operand, right: Operand) -> Wide:
        name = f"f{instruction}" if self._is_float else instruction
        made = getattr(self.of.builder, name)(self._like(left), self._like(right))
        return Wide(self.of, made)

    def __add__(self, other: Operand) -> Wide:
        return self._with("add", self, other)

    def __radd__(self, other: Operand) -> Wide:
        return self._with("add", other, self)

    def __sub__(self, other: Operand) -> Wide:
        return self._with("sub", self, other)

    def __rsub__(self, other: Operand) -> Wide:
        return self._with("sub", other, self)

    def __mul__(self, other: Operand) -> Wide:
        return self._with("mul", self, other)

    def __rmul__(self, other: Operand) -> Wide:
        return self._with("mul", other, self)

    def __truediv__(self, other: Operand) -> Wide:
        return self._with("div", self, other)

    def __rtruediv__(self, other: Operand) -> Wide:
        return self._with("div", other, self)

    def __neg__(self) -> Wide:
        return Wide(self.of, self.of.builder.fneg(self.value))

    def __and__(self, other: Operand) -> Wide:
        return Wide(self.of, self.of.builder.and_(self.value, self._like(other)))

    def __or__(self, other: Operand) -> Wide:
        return Wide(self.of, self.of.builder.or_(self.value, self._like(other)))

    def __xor__(self, other: Operand) -> Wide:
        return Wide(self.of, self.of.builder.xor(self.value, self._like(other)))

    def __lshift__(self, places: int) -> Wide:
        return Wide(self.of, self.of.builder.shl(self.value, self._like(places)))

    def __rshift__(self, places: int) -> Wide:
        """Zeros come in."""
        return Wide(self.of, self.of.builder.lshr(self.value, self._like(places)))

    def _compared(self, order: str, other: Operand) -> Wide:
        b = self.of.builder
        compare = b.fcmp_ordered if self._is_float else b.icmp_unsigned
        return Wide(self.of, compare(order, self.value, self._like(other)))

    def __lt__(self, other: Operand) -> Wide:
        return self._compared("<", other)

    def __le__(self, other: Operand) -> Wide:
        return self._compared("<=", other)

    def __gt__(self, other: Operand) -> Wide:
        return self._compared(">", other)

    def __ge__(self, other: Operand) -> Wide:
        return self._compared(">=", other)

    def equals(self, other: Operand) -> Wide:
        return self._compared("==", other)

    def as_bits(self) -> Wide:
        """The bits of a number, as a whole number."""
        return Wide(self.of, self.of.builder.bitcast(self.value, self.of.integers))

    def as_number(self) -> Wide:
        """The number that has these bits."""
        return Wide(self.of, self.of.builder.bitcast(self.value, self.of.type))


def select(condition: Wide, a: Operand, b: Operand) -> Wide:
    """One of two numbers."""
    of = condition.of
    left, right = of.wide(a).value, of.wide(b).value
    return Wide(of, of.builder.select(condition.value, left, right))


def fma(a: Wide, b: Operand, c: Operand) -> Wide:
    """a * b + c, rounded once."""
    return a.of.intrinsic("fma", a, a.of.wide(b), a.of.wide(c))


def size(x: Wide) -> Wide:
    """The absolute value."""
    return x.of.intrinsic("fabs", x)


def root(x: Wide) -> Wide:
    return x.of.intrinsic("sqrt", x)


def with_sign_of(x: Wide, result: Wide) -> Wide:
    return x.of.intrinsic("copysign", result, x)


def at_most(x: Wide, limit: float) -> Wide:
    """The smaller of the two; nan stays."""
    return select(x > limit, limit, x)


def at_least(x: Wide, limit: float) -> Wide:
    """The larger of the two; nan stays."""
    return select(x < limit, limit, x)


def nearest(x: Wide, factor: float = 1.0) -> tuple[Wide, Wide]:
    """The whole number next to x * factor: as a number, and in the last bits of a word."""
    shifted = x + x.of.shift if factor == 1.0 else fma(x, factor, x.of.shift)
    return shifted - x.of.shift, shifted.as_bits()


def power_of_two(exponent: Wide) -> Wide:
    """2**n of a normal number, n in the last bits of a word."""
    of = exponent.of
    return ((exponent + of.bias) << of.fraction).as_number()


def polynomial(x: Wide, coefficients: Sequence[float]) -> Wide:
    """From the constant on; in pairs, pairs of pairs, and so on, which makes short chains.

    G. Estrin, Proc. Western Joint Computer Conference (1960) 33.
    """
    terms: list[Operand] = list(coefficients)
    while len(terms) > 1:
        odd = terms[1::2]
        pairs: list[Operand] = [
            fma(x, high, low) for low, high in zip(terms[::2], odd, strict=False)
        ]
        terms = pairs + terms[2 * len(odd) :]
        x = x * x
    return x.of.wide(terms[0])


def error_of_sum(a: Operand, b: Operand, total: Wide) -> Wide:
    """What the sum of two numbers has lost, a being the larger or 0."""
    return (a - total) + b


def error_of_any_sum(a: Wide, b: Operand, total: Wide) -> Wide:
    """What the sum of two numbers has lost, whichever is larger."""
    from_b = total - a
    return (a - (total - from_b)) + (b - from_b)


def error_of_product(a: Wide, b: Operand, product: Wide) -> Wide:
    return fma(a, b, -product)
