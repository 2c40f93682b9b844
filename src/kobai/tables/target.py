"""The column to predict, as classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kobai.data import NumberColumn, Table, TextColumn
from kobai.data.wording import counted, listed, nearest, place, quoted
from kobai.errors import DataError

Label = str | int | bool | float

MOST_CLASSES = 1_000
FEW_NUMBERS = 20
"""So many different whole numbers are classes in a table of any length ..."""
FEW_PER_ROW = 0.05
"""... and so are more, while they are less than this part of the rows."""
LARGEST_EXACT = 2.0**53
"""Beyond it, different whole numbers share one float64."""


@dataclass(frozen=True, slots=True)
class Target:
    """The classes of a table's rows.

    Attributes:
        name: the column's name.
        classes: the different labels, sorted.
        codes: for each row, the index of its class.
    """

    name: str
    classes: tuple[Label, ...]
    codes: NDArray[np.intp]


def check_column(source: str, names: tuple[str, ...], name: str) -> None:
    """Refuse a name that is no column of the table, with the nearest one that is."""
    if name not in names:
        like = nearest(name, names)
        raise DataError(
            f"there is no column {quoted(name)}; the columns are {listed(names)}",
            where=place(source),
            repair=f"did you mean {quoted(like)}?" if like else "name one of these columns",
        )


def read_target(table: Table, name: str) -> Target:
    """The classes in the named column; refuses one class, too many, and numbers to regress on."""
    column = table[name]
    target = _texts(column) if isinstance(column, TextColumn) else _numbers(table, column)
    if len(target.classes) == 1:
        raise DataError(
            f"every row has the same class, {quoted(str(target.classes[0]))}",
            where=place(table.source, column=name),
            repair="choose a target that differs between rows, or add rows of another class",
        )
    return target if isinstance(column, NumberColumn) else _checked_count(table, target)


def _texts(column: TextColumn) -> Target:
    order = sorted(range(len(column.categories)), key=column.categories.__getitem__)
    rank = np.empty(len(order), np.intp)
    rank[order] = np.arange(len(order))
    classes = tuple(column.categories[position] for position in order)
    return Target(column.name, classes, rank[column.codes])


def _numbers(table: Table, column: NumberColumn) -> Target:
    values = column.values
    odd = np.flatnonzero((values % 1 != 0) | (np.abs(values) > LARGEST_EXACT))
    if len(odd):
        row = int(odd[0])
        raise DataError(
            f"the target {float(values[row])!r} is an amount, not a class: "
            "predicting amounts (regression) is not supported yet",
            where=table.place(row, column.name),
            repair="choose a column of classes, or turn the amounts into classes (low, high)",
        )
    distinct, codes = np.unique(values, return_inverse=True)
    if len(distinct) > max(FEW_NUMBERS, FEW_PER_ROW * len(table)):
        raise DataError(
            f"the target has {len(distinct):,} different numbers in {counted(len(table), 'row')}, "
            "so it seems to be an amount: predicting amounts (regression) is not supported yet",
            where=place(table.source, column=column.name),
            repair="choose a column of classes, or turn the amounts into classes (low, high)",
        )
    classes = tuple(int(value) for value in distinct)
    return _checked_count(table, Target(column.name, classes, codes))


def _checked_count(table: Table, target: Target) -> Target:
    count, rows = len(target.classes), len(table)
    if count > MOST_CLASSES or count > max(FEW_NUMBERS, rows // 2):
        raise DataError(
            f"the target has {counted(count, 'class', 'classes')} in {counted(rows, 'row')}: "
            "it is probably an identifier",
            where=place(table.source, column=target.name),
            repair="choose a column whose values repeat",
        )
    return target
