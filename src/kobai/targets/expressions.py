"""Scalar instructions as source text: what the languages of exported programs have in common."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from kobai.errors import ArgumentError
from kobai.graph import AnyDType
from kobai.lower.functions import LEAVES, Function, canonical
from kobai.scalars import Scalar
from kobai.targets.source import ATOM, Source

# How tightly the instructions bind; operands of comparisons and logic stand in parentheses.
LOGIC, COMPARISON, SUM, PRODUCT, UNARY, POWER = 2, 4, 6, 7, 8, 9
_LEVELS = {
    **dict.fromkeys(("and", "or", "xor"), LOGIC),
    **dict.fromkeys(("lt", "le", "gt", "ge", "eq", "ne"), COMPARISON),
    **dict.fromkeys(("add", "sub"), SUM),
    **dict.fromkeys(("mul", "div"), PRODUCT),
}
# What the left and the right operand have to bind as tightly as.
_OPERANDS = {LOGIC: (UNARY, UNARY), COMPARISON: (SUM, SUM), SUM: (6, 7), PRODUCT: (7, 8)}

SYMBOLS = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "==",
    "ne": "!=",
    "and": "&&",
    "or": "||",
}


class Language(ABC):
    """How a language writes numbers, operators and calls.

    Attributes:
        name: for people.
        reserved: words that can't be names of values.
        symbols: the operators.
        calls: the text of each elementary function, with `{0}`, `{1}` for operands.
        helpers: functions that a file defines when it uses them: their names and definitions.
    """

    name: ClassVar[str]
    reserved: ClassVar[frozenset[str]]
    symbols: ClassVar[Mapping[str, str]] = SYMBOLS
    calls: ClassVar[Mapping[str, str]]
    helpers: ClassVar[Mapping[str, str]]
    infinity: ClassVar[str]
    nan: ClassVar[str]

    def number(self, value: Any, dtype: AnyDType) -> Source:
        """A number, with the digits that tell it from its neighbours."""
        if dtype.kind == "b":
            return self.truth(bool(value))
        if dtype.kind != "f":
            return self.whole(int(value))
        value = float(value)
        if math.isnan(value):
            return Source(self.nan)
        if math.isinf(value):
            return Source(self.infinity) if value > 0 else Source(f"-{self.infinity}", UNARY)
        text = self.floating(value)
        return Source(text, UNARY if text.startswith("-") else ATOM)

    def floating(self, value: float) -> str:
        """A finite number; one without a fraction as it is read best."""
        if value.is_integer() and abs(value) < 1e6 and (value or math.copysign(1, value) > 0):
            return str(int(value))
        return repr(value)

    def whole(self, value: int) -> Source:
        return Source(str(value), UNARY if value < 0 else ATOM)

    @abstractmethod
    def truth(self, value: bool) -> Source:
        """True or false."""

    @abstractmethod
    def select(self, operands: Sequence[Source], is_array: bool) -> Source:
        """One of two values."""

    @abstractmethod
    def cast(self, operand: Source, old: AnyDType, new: AnyDType, is_array: bool) -> Source:
        """A value in another dtype."""

    def call(self, function: Function | str, operands: Sequence[Source], is_array: bool) -> Source:
        """A function's value; the names of the program's own functions come as they are."""
        if isinstance(function, str):
            if function not in self.calls:
                raise ArgumentError(
                    f"{self.name} has no function for {function}",
                    repair='write it with exp, log and powers, or export to "numpy" or "c"',
                )
            return Source(self.calls[function].format(*operands))
        raise TypeError(function)

    def infix(self, instruction: str, arrays: Sequence[bool]) -> str:
        """The operator, given which operands are arrays."""
        return self.symbols[instruction]

    def squared(self, operand: Source, is_array: bool) -> Source | None:
        """A value times itself, if the language has a sign for it."""
        return None

    def negated(self, operand: Source, is_array: bool) -> Source:
        return Source(f"-{operand:9}", UNARY)

    def inverted(self, operand: Source, is_array: bool) -> Source:
        return Source(f"!{operand:9}", UNARY)


class Expressions:
    """Texts of scalars in one language.

    Args:
        language: the language.
        leaf: the text of a read, a place, a length, a state or a parameter, given the texts of the
            places that a read is given; and whether it is an array.
        function: the name of one of the program's own functions.
        variable: a new name for a value that is used more than once.
    """

    def __init__(
        self,
        language: Language,
        leaf: Callable[[Scalar, Sequence[Source]], tuple[Source, bool]],
        function: Callable[[Function], str],
        variable: Callable[[], str],
    ) -> None:
        self._language = language
        self._leaf = leaf
        self._function = function
        self._variable = variable

    def texts(
        self, values: Sequence[Scalar]
    ) -> tuple[list[tuple[str, Scalar, Source]], list[Source]]:
        """Variables to set first (name, value, text), then the texts of the values."""
        values, order = canonical(values)
        uses: dict[Scalar, int] = {}
        skipped = _within_parts(order, values)
        for scalar in order:
            if scalar not in skipped:
                operands = _seen_operands(scalar)
                for x in operands[:1] if self._is_square(scalar) else operands:
                    uses[x] = uses.get(x, 0) + 1
        found: dict[Scalar, tuple[Source, bool]] = {}
        variables: list[tuple[str, Scalar, Source]] = []
        for scalar in order:
            if scalar in skipped:
                continue
            text, is_array = self._text(scalar, found)
            if uses.get(scalar, 0) > 1 and scalar.instruction not in LEAVES:
                name = self._variable()
                variables.append((name, scalar, text))
                text = Source(name)
            found[scalar] = (text, is_array)
        return variables, [found[value][0] for value in values]

    def _text(
        self, scalar: Scalar, found: Mapping[Scalar, tuple[Source, bool]]
    ) -> tuple[Source, bool]:
        parts = [found[x] for x in _seen_operands(scalar)]
        texts, arrays = [text for text, _ in parts], [is_array for _, is_array in parts]
        is_array = any(arrays)
        language = self._language
        place = within_axis(scalar)
        if place is not None:
            return Source(language.calls["place"].format(*texts)), False
        match scalar.instruction:
            case "number":
                return language.number(scalar.label, scalar.dtype), False
            case "read" | "size" | "index" | "state" | "parameter":
                return self._leaf(scalar, texts)
            case "neg":
                return language.negated(texts[0], is_array), is_array
            case "not":
                return language.inverted(texts[0], is_array), is_array
            case "select":
                return language.select(texts, is_array), is_array
            case "cast":
                old = scalar.operands[0].dtype
                return language.cast(texts[0], old, scalar.dtype, is_array), is_array
            case "call" if isinstance(scalar.label, Function):
                dot = language.calls["own_of_arrays" if is_array else "own"]
                text = dot.format(self._function(scalar.label), ", ".join(texts))
                return Source(text), is_array
            case "call":
                return language.call(scalar.label, texts, is_array), is_array
            case "mul" if self._is_square(scalar):
                squared = language.squared(texts[0], is_array)
                assert squared is not None
                return squared, is_array
            case instruction:
                return self._infix(instruction, scalar, texts, arrays), is_array

    def _is_square(self, scalar: Scalar) -> bool:
        if scalar.instruction != "mul" or scalar.dtype.kind != "f":
            return False
        has_sign = self._language.squared(Source("x"), False) is not None
        return has_sign and scalar.operands[0] is scalar.operands[1]

    def _infix(
        self, instruction: str, scalar: Scalar, texts: Sequence[Source], arrays: Sequence[bool]
    ) -> Source:
        if scalar.dtype.kind == "b":  # NumPy's sum of truth values is one of them, so is a product
            instruction = {"add": "or", "mul": "and"}.get(instruction, instruction)
        level = _LEVELS[instruction]
        left, right = _OPERANDS[level]
        symbol = self._language.infix(instruction, arrays)
        text = f"{format(texts[0], str(left))} {symbol} {format(texts[1], str(right))}"
        return Source(text, level)


def within_axis(scalar: Scalar) -> tuple[Scalar, Scalar] | None:
    """The index and the length of a place that is kept within its axis (see `lower.places`)."""
    if scalar.instruction != "select" or scalar.operands[0].instruction != "and":
        return None
    inside, place, zero = scalar.operands
    if zero.label != 0 or place.instruction != "select":
        return None
    is_negative, moved, index = place.operands
    if is_negative.instruction != "lt" or moved.instruction != "add":
        return None
    low, high = inside.operands
    if low.instruction != "ge" or high.instruction != "lt" or high.operands[0] is not place:
        return None
    if moved.operands[0] is not index or moved.operands[1] is not high.operands[1]:
        return None
    return index, high.operands[1]


def _seen_operands(scalar: Scalar) -> tuple[Scalar, ...]:
    return within_axis(scalar) or scalar.operands


def _within_parts(order: Sequence[Scalar], values: Sequence[Scalar]) -> set[Scalar]:
    """What is left out of the text, as only the checks of places are made of it."""
    needed = set(values)
    for scalar in reversed(order):
        if scalar in needed:
            needed.update(_seen_operands(scalar))
    return set(order) - needed
