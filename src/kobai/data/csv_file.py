"""Reads a CSV file into a checked table.

The csv module was chosen over pyarrow and pandas: it knows the line of each row, and it converts
nothing by itself, so that each refusal can name line and column, and no cell turns silently into
something else. Converting whole batches keeps it near 20 MB a second.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from itertools import islice

import numpy as np

from kobai.errors import DataError

from .column_reader import ColumnReader
from .records import Record, records
from .source import decoded_lines, opened, source_name
from .table import Table
from .wording import place

ROWS_IN_A_BATCH = 4096
HeaderCheck = Callable[[str, tuple[str, ...]], None]


def read_csv(
    path: str, *, skip: Collection[str] = (), check_header: HeaderCheck | None = None
) -> Table:
    """Read a CSV file: UTF-8 with or without a byte order mark, commas, a header line.

    Blanks around a cell are no part of it. A column is numbers or text; a cell that is a hole,
    infinite or of the other kind is refused, as is a row that is too long or too short.

    Args:
        path: the file, or `-` for standard input.
        skip: columns to leave out, whatever they hold; names that the header lacks are ignored.
        check_header: called with the source's name and the columns' names, skipped ones too,
            before any row is read; it raises to refuse them.

    Returns:
        The table, with at least one row.

    Raises:
        DataError: with the line and the column of what is wrong.
    """
    source = source_name(path)
    with opened(path) as file:
        rows = records(decoded_lines(file, source), source)
        _, header = next(rows)
        names = tuple(cell.strip() for cell in header)
        if check_header is not None:
            check_header(source, names)
        wanted = [position for position, name in enumerate(names) if name not in skip]
        return _read_rows(rows, names, wanted, source)


def _read_rows(
    rows: Iterator[Record], names: tuple[str, ...], wanted: list[int], source: str
) -> Table:
    readers = [ColumnReader(names[position], source) for position in wanted]
    all_lines = [np.empty(0, np.int64)]
    while batch := list(islice(rows, ROWS_IN_A_BATCH)):
        lines = [line for line, _ in batch]
        columns = list(zip(*(cells for _, cells in batch), strict=True))
        for reader, position in zip(readers, wanted, strict=True):
            reader.add(columns[position], lines)
        all_lines.append(np.array(lines, np.int64))
    if len(all_lines) == 1:
        raise DataError(
            "the file has a header and no rows",
            where=place(source),
            repair="add at least one row below the header",
        )
    columns_read = tuple(reader.column() for reader in readers)
    return Table(source, columns_read, np.concatenate(all_lines))
