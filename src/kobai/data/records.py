"""The rows of a CSV text: cells as they stand, all rows as long as the header."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from kobai.errors import DataError

from .wording import counted, place, quoted

MOST_COLUMNS = 10_000
_HEADER_REPAIR = "give the columns' names on the first line, then one line for each row"
Record = tuple[int, list[str]]
"""The line on which a row begins, and the row's cells."""


def records(lines: Iterable[str], source: str) -> Iterator[Record]:
    """The header, then each row; refuses a row that is longer or shorter than the header.

    Empty lines count only where rows follow them: many programs end a file with one.
    """
    rows = _raw_records(lines, source)
    first = next(rows, None)
    if first is None:
        raise DataError("the file is empty", where=place(source), repair=_HEADER_REPAIR)
    line, header = first
    _check_header(header, line, source)
    yield line, header
    empty_line = None
    for line, cells in rows:
        if not cells:
            empty_line = empty_line or line
            continue
        if empty_line is not None:
            raise DataError(
                "the line is empty, and rows follow it",
                where=place(source, empty_line),
                repair="remove the line",
            )
        if len(cells) != len(header):
            raise _ragged(cells, line, header, source)
        yield line, cells


def _raw_records(lines: Iterable[str], source: str) -> Iterator[Record]:
    reader = csv.reader(lines, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _unreadable(error, line, source) from None
        yield line, cells


def _check_header(header: list[str], line: int, source: str) -> None:
    if not any(cell.strip() for cell in header):
        raise DataError("the header is empty", where=place(source, line), repair=_HEADER_REPAIR)
    if len(header) > MOST_COLUMNS:
        raise DataError(
            f"the header has {len(header):,} columns; at most {MOST_COLUMNS:,} are read",
            where=place(source, line),
            repair="keep the columns that matter; if rows and columns are swapped, transpose them",
        )
    for separator, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and separator in header[0]:
            raise DataError(
                f"the header has no comma: its columns seem to be separated by {called}",
                where=place(source, line),
                repair="save the file with commas between the columns",
            )
    _check_names([cell.strip() for cell in header], line, source)


def _check_names(names: list[str], line: int, source: str) -> None:
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if not name:
            raise DataError(
                f"column {position:,} has no name in the header",
                where=place(source, line),
                repair="name it, or remove it (pandas leaves one out with to_csv(index=False))",
            )
        if name in seen:
            raise DataError(
                f"the header repeats {quoted(name)}: columns {seen[name]:,} and {position:,}",
                where=place(source, line),
                repair="give each column a name of its own",
            )
        seen[name] = position


def _ragged(cells: list[str], line: int, header: list[str], source: str) -> DataError:
    return DataError(
        f"the row has {counted(len(cells), 'cell')}, the header {len(header):,}",
        where=place(source, line),
        repair="complete the row, or quote the cell that holds a comma",
    )


def _unreadable(error: csv.Error, line: int, source: str) -> DataError:
    """Our words for the csv module's, which name neither the place nor the repair."""
    reason = str(error)
    if "field larger" in reason:
        limit = csv.field_size_limit()
        what = f"a cell is longer than {limit:,} characters, or a quotation mark is never closed"
    elif "unexpected end" in reason:
        what = "a quotation mark opens here and is never closed"
    elif "expected after" in reason:
        what = "text follows a closing quotation mark"
    elif "new-line" in reason:
        what = "a carriage return stands inside a cell without quotation marks"
    else:
        what = f"the row can't be read: {reason}"
    return DataError(
        what,
        where=place(source, line),
        repair='put the cell between quotation marks, and double those inside it ("")',
    )
