"""Gathers one column of a table from batches of cells; refuses holes, infinities and mixtures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kobai.errors import DataError

from .cells import kind, numbers
from .table import Column, NumberColumn, TextColumn
from .wording import place, quoted

Sample = tuple[int, str]
"""A line and the cell on it, as an example in a message."""


class ColumnReader:
    """A column while it is read: batches of numbers converted whole, each text looked at once."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.source = source
        self._values: list[NDArray[np.float64]] = []
        self._codes: list[NDArray[np.int32]] = []
        self._code_of: dict[str, int] = {}
        self._first_number: Sample | None = None
        self._first_text: Sample | None = None

    def add(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        """Take one batch: the column's cells, and the line of each."""
        values = numbers(cells)
        if values is None:
            cells = [cell.strip() for cell in cells]
            values = numbers(cells)
        if values is None or self._first_text:
            self._add_texts(cells, lines)
        else:
            self._add_numbers(values, cells, lines)

    def column(self) -> Column:
        """The column read so far."""
        if self._first_text is None:
            return NumberColumn(self.name, np.concatenate(self._values))
        return TextColumn(self.name, tuple(self._code_of), np.concatenate(self._codes))

    def _add_numbers(
        self, values: NDArray[np.float64], cells: Sequence[str], lines: Sequence[int]
    ) -> None:
        infinite = np.flatnonzero(~np.isfinite(values))
        if len(infinite):
            raise self._not_finite(lines[infinite[0]], cells[infinite[0]])
        self._first_number = self._first_number or (lines[0], cells[0])
        self._values.append(values)

    def _add_texts(self, cells: Sequence[str], lines: Sequence[int]) -> None:
        for line, cell in self._unseen(cells, lines):
            self._check(line, cell)
            self._code_of[cell] = len(self._code_of)
        if self._first_number and self._first_text:
            raise self._mixed(cells, self._first_number, self._first_text)
        codes = map(self._code_of.__getitem__, cells)
        self._codes.append(np.fromiter(codes, np.int32, len(cells)))

    def _unseen(self, cells: Sequence[str], lines: Sequence[int]) -> list[Sample]:
        """Each different cell that no earlier batch held, on its first line."""
        first: dict[str, int] = {}
        for line, cell in zip(lines, cells, strict=True):
            first.setdefault(cell, line)
        return [(line, cell) for cell, line in first.items() if cell not in self._code_of]

    def _check(self, line: int, cell: str) -> None:
        found = kind(cell)
        if found == "hole":
            raise self._hole(line, cell)
        if found == "not finite":
            raise self._not_finite(line, cell)
        if found == "number":
            self._first_number = self._first_number or (line, cell)
        else:
            self._first_text = self._first_text or (line, cell)

    def _hole(self, line: int, cell: str) -> DataError:
        marker = f"the cell holds {quoted(cell)}, which marks a missing value"
        return DataError(
            marker if cell else "the cell is empty",
            where=place(self.source, line, self.name),
            repair="fill in the value, or remove the row or the column"
            + (f" (if {quoted(cell)} is a value of its own, spell it out)" if cell else ""),
        )

    def _not_finite(self, line: int, cell: str) -> DataError:
        return DataError(
            f"the cell holds {quoted(cell.strip())}, which is no finite number",
            where=place(self.source, line, self.name),
            repair="give the number, or remove the row or the column",
        )

    def _mixed(self, cells: Sequence[str], first_number: Sample, first_text: Sample) -> DataError:
        """Names the rarer kind, which is most likely the slip, and an example of the other."""
        number_count = sum(map(len, self._values)) + sum(kind(cell) == "number" for cell in cells)
        text_count = sum(map(len, self._codes)) + sum(kind(cell) == "text" for cell in cells)
        odd, usual = ("text", first_text), ("number", first_number)
        if number_count < text_count:
            odd, usual = usual, odd
        (odd_kind, (line, cell)), (usual_kind, (usual_line, usual_cell)) = odd, usual
        return DataError(
            f"the column mixes numbers and text: here the {odd_kind} {quoted(cell.strip())}, "
            f"on line {usual_line:,} the {usual_kind} {quoted(usual_cell.strip())}",
            where=place(self.source, line, self.name),
            repair="write every cell of the column as a number, or none",
        )
