"""A checked table: named columns of finite numbers or of text, without holes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .wording import place

Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column of finite numbers.

    Attributes:
        name: the header, unique in its table.
        values: float64, one number for each row.
    """

    name: str
    values: NDArray[np.float64]

    def take(self, rows: Rows) -> NumberColumn:
        return replace(self, values=self.values[rows])


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column of text, each different text (a category) held once.

    Attributes:
        name: the header, unique in its table.
        categories: the different texts, in the order in which the file brings them.
        codes: int32, for each row the index of its category.
    """

    name: str
    categories: tuple[str, ...]
    codes: NDArray[np.int32]

    def take(self, rows: Rows) -> TextColumn:
        return replace(self, codes=self.codes[rows])


Column = NumberColumn | TextColumn


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length, and the line of the file on which each row begins.

    Attributes:
        source: the file's name, for messages.
        columns: in the file's order.
        lines: int64, for each row the number of its first line; the header is on line 1.
    """

    source: str
    columns: tuple[Column, ...]
    lines: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def without(self, name: str) -> Table:
        """The table less one column."""
        return replace(self, columns=tuple(c for c in self.columns if c.name != name))

    def take(self, rows: Rows) -> Table:
        """The given rows, in the given order; each keeps its line."""
        columns = tuple(column.take(rows) for column in self.columns)
        return replace(self, columns=columns, lines=self.lines[rows])

    def place(self, row: int, column: str) -> str:
        """Where a cell lies in the file, for a message."""
        return place(self.source, int(self.lines[row]), column)
