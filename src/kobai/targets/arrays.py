"""Loops as formulas of whole arrays, for the languages of matrices: `Z = X * W + b`.

A loop is such a formula if it reads matrices, columns and numbers entry by entry; what is more than
that stays a loop.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from kobai.lower.loops import AxisOf, Buffer, Map, Product, View
from kobai.lower.statements import Statement
from kobai.scalars import Scalar
from kobai.sizes import Dim
from kobai.targets.expressions import Expressions
from kobai.targets.loop_language import Index, LoopLanguage, Scope
from kobai.targets.nests import is_whole
from kobai.targets.source import Source


class NoFormulaError(Exception):
    """Loops that no formula of whole arrays stands for."""


class ArrayLanguage(LoopLanguage):
    """What a language of matrices says of whole arrays."""

    first = 1
    indent = "  "
    broadcasts = True

    @abstractmethod
    def part(self, name: str, subscripts: Sequence[str], is_row: bool) -> tuple[Source, bool]:
        """A part of an array, and whether it lies in a row where it is a vector."""

    @abstractmethod
    def repeated(self, text: Source, rows: Source, columns: Source) -> Source:
        """A value side by side with itself; a number of times 1 leaves it as it is."""

    @abstractmethod
    def filled(self, text: Source, shape: Sequence[Source]) -> Source:
        """An array of one number."""

    @abstractmethod
    def total(self, text: Source, ndim: int, axes: Sequence[int], keeps: bool) -> Source:
        """The sum over some axes; a vector stands in a column."""

    def transposed(self, text: Source) -> Source:
        return Source(f"{text:100}'")


class Formulas:
    """Statements as formulas of whole arrays.

    Args:
        scope: what texts are made with.
        statement: what is computed.
        names: the variable of each buffer.
    """

    def __init__(self, scope: Scope, statement: Statement, names: Mapping[Buffer, str]) -> None:
        self._scope = scope
        assert isinstance(scope.language, ArrayLanguage)
        self._language = scope.language
        self._statement = statement
        self._names = names
        self._shape: tuple[Dim, ...] = ()
        self._covered: list[set[int]] = []

    def text(self) -> Source:
        """The formula.

        Raises:
            NoFormulaError: there is none.
        """
        if len(self._statement.loops) != 1:
            raise NoFormulaError
        match self._statement.loops[0]:
            case Map(writes=(write,), folds=()) as loop if is_whole(write.view, loop.shape):
                return self._value(write.value, loop.shape)
            case Map(writes=(), folds=(fold,)) as loop if fold.kind == "sum" and not fold.places:
                if fold.value.dtype.kind != "f":
                    raise NoFormulaError
                value = self._value(fold.value, loop.shape)
                keeps = len(fold.target.buffer.shape) == len(loop.shape)
                return self._language.total(value, len(loop.shape), fold.axes, keeps)
            case Product() as loop:
                return self._product(loop)
            case _:
                raise NoFormulaError

    def _value(self, value: Scalar, shape: Sequence[Dim]) -> Source:
        """A value of this shape, of all its entries."""
        if len(shape) > 2:
            raise NoFormulaError
        self._shape = tuple(shape)
        self._covered = []
        expressions = Expressions(self._language, self._leaf, self._scope.function, _none)
        _, (text,) = expressions.texts([value])
        long = {axis for axis, size in enumerate(shape) if size != 1}
        covered = set[int]().union(*self._covered)
        if not shape:
            return text
        lengths = [self._scope.size(d) for d in shape]
        if not self._covered:
            return self._language.filled(text, lengths)
        if not long <= covered:
            return self._spread(text, covered)
        return text

    def _spread(self, text: Source, covered: set[int]) -> Source:
        if len(self._shape) == 1:
            raise NoFormulaError
        one = Source("1")
        rows, columns = (
            one if axis in covered else self._scope.size(self._shape[axis]) for axis in (0, 1)
        )
        return self._language.repeated(text, rows, columns)

    def _leaf(self, scalar: Scalar, places: Sequence[Source]) -> tuple[Source, bool]:
        if scalar.instruction == "size":
            size = self._scope.size(scalar.label)
            integer = np.dtype(np.int64)
            if scalar.dtype.kind == "f":
                size = self._language.cast(size, integer, scalar.dtype, False)
            return size, False
        if scalar.instruction != "read" or places:
            raise NoFormulaError
        text, covered = self.read(scalar.label, self._shape)
        if covered is None:
            return text, False
        self._covered.append(covered)
        long = {axis for axis, size in enumerate(self._shape) if size != 1}
        if not self._language.broadcasts and not long <= covered:
            return self._spread(text, covered), True
        return text, True

    def read(self, view: View, shape: Sequence[Dim]) -> tuple[Source, set[int] | None]:
        """What a view reads, laid along the axes of loops; None if it is one number."""
        name, buffer = self._names[view.buffer], view.buffer
        if not buffer.shape:
            return Source(name), None
        if len(buffer.shape) > 2 or view.given:
            raise NoFormulaError
        along = {axis.axis: i for i, axis in enumerate(view.axes) if axis is not None}
        fixed = dict(view.fixed)
        subscripts: list[str] = []
        for axis, size in enumerate(buffer.shape):
            if axis in along:
                way = view.axes[along[axis]]
                assert way is not None
                subscripts.append(self._subscript(way, shape[along[axis]], size))
            elif size == 1:
                subscripts.append(":")
            else:
                place = self._language.place(Index(fixed.get(axis, 0)), self._scope.size)
                subscripts.append(place)
        if not along:
            places = [
                self._language.place(Index(fixed.get(axis, 0)), self._scope.size)
                for axis in range(len(buffer.shape))
            ]
            lengths = [self._scope.size(d) for d in buffer.shape]
            return self._language.element(name, lengths, places), None
        loops = [along[axis] for axis in sorted(along)]
        is_vector = len(loops) == 1
        is_plain = all(subscript == ":" for subscript in subscripts)
        lies_in_row = is_vector and len(buffer.shape) == 2 and next(iter(along)) == 1
        text = Source(name)
        if not is_plain:
            text, lies_in_row = self._language.part(name, subscripts, lies_in_row)
        wants_row = is_vector and len(shape) == 2 and loops[0] == 1
        is_turned = lies_in_row != wants_row if is_vector else loops == [1, 0]
        if is_turned:
            text = self._language.transposed(text)
        return text, set(loops)

    def _subscript(self, way: AxisOf, length: Dim, size: Dim) -> str:
        if way.start == 0 and way.step == 1 and length == size:
            return ":"
        first = self._scope.size(way.start + 1)
        last = self._scope.size(way.start + (length - 1) * way.step + 1)
        return f"{first}:{last}" if way.step == 1 else f"{first}:{way.step}:{last}"

    def _product(self, loop: Product) -> Source:
        """A product of matrices; a vector on the left is a row."""
        a, left = self.read(loop.a, (loop.rows, loop.inner))
        b, right = self.read(loop.b, (loop.inner, loop.columns))
        sides = ((loop.rows, loop.inner, left), (loop.inner, loop.columns, right))
        for rows, columns, covered in sides:
            long = {axis for axis, size in enumerate((rows, columns)) if size != 1}
            if covered is None or not long <= covered:
                raise NoFormulaError
        result = Source(f"{a:7} * {b:8}", 7)
        is_row = len(loop.c.buffer.shape) == 1 and loop.c.axes[0] is None
        if is_row:
            return self._language.transposed(Source(f"({result})"))
        return result


def _none() -> str:
    raise NoFormulaError
