"""Loops as formulas of whole arrays, for the languages of matrices: `Z = X * W + b`.

A loop is such a formula if it reads matrices, columns and numbers entry by entry; what is more than
that stays a loop.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kobai.lower.loops import AxisOf, Buffer, Fold, Map, Product, View
from kobai.lower.statements import Statement
from kobai.scalars import Scalar
from kobai.sizes import Dim
from kobai.targets.expressions import POWER, Expressions
from kobai.targets.loop_language import Index, LoopLanguage, Scope
from kobai.targets.nests import is_whole
from kobai.targets.source import Source


class NoFormulaError(Exception):
    """Loops that no formula of whole arrays stands for."""


@dataclass(frozen=True)
class Part:
    """What stands for an array in a formula.

    Attributes:
        text: of the array, or of one number.
        rank: how many axes the language gives it; a column counts as a vector in some.
        covered: the axes of the loops that it has; None for one number.
        is_turned: whether it is a vector that lies in a row.
    """

    text: Source
    rank: int
    covered: set[int] | None = None
    is_turned: bool = False


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
    def total(self, text: Source, shape: Sequence[Dim], axes: Sequence[int], keeps: bool) -> Source:
        """The sum over some axes; a vector stands in a column."""

    @abstractmethod
    def extreme(
        self, kind: str, text: Source, shape: Sequence[Dim], axes: Sequence[int], keeps: bool
    ) -> Source:
        """The largest ("max") or smallest ("min") entries over some axes; nan where one is."""

    def squared(self, operand: Source, is_array: bool) -> Source | None:
        return Source(f"{operand:100}{'.^' if is_array else '^'}2", POWER)

    def transposed(self, text: Source) -> Source:
        return Source(f"{text:100}'")


class Formulas:
    """Statements as formulas of whole arrays.

    Args:
        scope: what texts are made with.
        statement: what is computed.
        names: the variable of each buffer.
        inner: what stands for buffers that have no variable.
    """

    def __init__(
        self,
        scope: Scope,
        statement: Statement,
        names: Mapping[Buffer, str],
        inner: Mapping[Buffer, Part],
    ) -> None:
        self._scope = scope
        assert isinstance(scope.language, ArrayLanguage)
        self._language = scope.language
        self._statement = statement
        self._names = names
        self._inner = inner
        self._shape: tuple[Dim, ...] = ()
        self._parts: list[Part] = []

    def formula(self) -> Part:
        """The formula.

        Raises:
            NoFormulaError: there is none.
        """
        if len(self._statement.loops) != 1:
            raise NoFormulaError
        match self._statement.loops[0]:
            case Map(writes=(write,), folds=()) as loop if is_whole(write.view, loop.shape):
                return self._value(write.value, loop.shape)
            case Map(writes=(), folds=(fold,)) as loop if not fold.places:
                return self._fold(fold, loop.shape)
            case Product() as loop:
                return self._product(loop)
            case _:
                raise NoFormulaError

    def _fold(self, fold: Fold, shape: Sequence[Dim]) -> Part:
        """A sum, a largest or a smallest entry."""
        if fold.value.dtype.kind != "f" or fold.kind not in ("sum", "max", "min"):
            raise NoFormulaError
        value = self._value(fold.value, shape)
        keeps = len(fold.target.buffer.shape) == len(shape)
        if fold.kind == "sum":
            text = self._language.total(value.text, shape, fold.axes, keeps)
        else:
            text = self._language.extreme(fold.kind, value.text, shape, fold.axes, keeps)
        return Part(text, value.rank if keeps else len(fold.target.buffer.shape))

    def _value(self, value: Scalar, shape: Sequence[Dim]) -> Part:
        """A value of this shape, of all its entries."""
        if len(shape) > 2:
            raise NoFormulaError
        self._shape = tuple(shape)
        self._parts = []
        expressions = Expressions(self._language, self._leaf, self._scope.function, _none)
        _, (text,) = expressions.texts([value])
        long = {axis for axis, size in enumerate(shape) if size != 1}
        covered = set[int]().union(*(part.covered or () for part in self._parts))
        rank = max((part.rank for part in self._parts), default=0)
        if not shape:
            return Part(text, rank)
        lengths = [self._scope.size(d) for d in shape]
        if not self._parts:
            return Part(self._language.filled(text, lengths), len(shape))
        if not long <= covered:
            return Part(self._spread(text, covered), 2)
        return Part(text, rank)

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
        part = self.read(scalar.label, self._shape)
        if part.covered is None:
            return part.text, False
        self._parts.append(part)
        long = {axis for axis, size in enumerate(self._shape) if size != 1}
        if not self._language.broadcasts and not long <= part.covered:
            return self._spread(part.text, part.covered), True
        return part.text, True

    def read(self, view: View, shape: Sequence[Dim]) -> Part:
        """What a view reads, laid along the axes of loops."""
        buffer, inner = view.buffer, self._inner.get(view.buffer)
        name = inner.text if inner is not None else Source(self._names[buffer])
        if not buffer.shape:
            return Part(name, 0)
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
        is_plain = bool(along) and all(subscript == ":" for subscript in subscripts)
        if inner is not None and not is_plain:
            raise NoFormulaError
        if not along:
            places = [
                self._language.place(Index(fixed.get(axis, 0)), self._scope.size)
                for axis in range(len(buffer.shape))
            ]
            lengths = [self._scope.size(d) for d in buffer.shape]
            return Part(self._language.element(name, lengths, places), 0)
        loops = [along[axis] for axis in sorted(along)]
        is_vector = len(loops) == 1
        lies_in_row = is_vector and len(buffer.shape) == 2 and next(iter(along)) == 1
        text, rank = name, len(buffer.shape) if inner is None else inner.rank
        if not is_plain:
            text, lies_in_row = self._language.part(name, subscripts, lies_in_row)
            rank = sum(":" in subscript for subscript in subscripts)
        wants_row = is_vector and len(shape) == 2 and loops[0] == 1
        is_turned = lies_in_row != wants_row if is_vector else loops == [1, 0]
        if is_turned:
            text = self._language.transposed(text)
        return Part(text, 2 if is_turned else rank, set(loops), is_turned and rank == 1)

    def _subscript(self, way: AxisOf, length: Dim, size: Dim) -> str:
        if way.start == 0 and way.step == 1 and length == size:
            return ":"
        first = self._scope.size(way.start + 1)
        last = self._scope.size(way.start + (length - 1) * way.step + 1)
        return f"{first}:{last}" if way.step == 1 else f"{first}:{way.step}:{last}"

    def _product(self, loop: Product) -> Part:
        """A product of matrices; a row times a matrix is written as `X' * v`."""
        left, right, rows, columns = loop.a, loop.b, loop.rows, loop.columns
        if len(loop.c.buffer.shape) == 1 and loop.c.axes[0] is None:
            left, right, rows, columns = _turned(right), _turned(left), columns, rows
        a = self.read(left, (rows, loop.inner))
        b = self.read(right, (loop.inner, columns))
        for part, lengths in ((a, (rows, loop.inner)), (b, (loop.inner, columns))):
            long = {axis for axis, size in enumerate(lengths) if size != 1}
            if part.covered is None or not long <= part.covered:
                raise NoFormulaError
        if a.rank < 2 and b.rank < 2:
            raise NoFormulaError
        rank = 2 if b.rank == 2 else 0 if a.is_turned else 1
        return Part(Source(f"{a.text:7} * {b.text:8}", 7), rank)


def _turned(view: View) -> View:
    return View(view.buffer, view.axes[::-1], view.fixed, view.given)


def _none() -> str:
    raise NoFormulaError
