"""The lines of a CSV file, or of standard input, as checked UTF-8 text."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

from kobai.errors import DataError

from .wording import place

STANDARD_INPUT = "-"
LONGEST_LINE = 64 * 2**20
"""Bytes. A file without line ends must not be drawn into memory whole."""

_SIGNATURES = {
    codecs.BOM_UTF16_LE: "UTF-16 text",
    codecs.BOM_UTF16_BE: "UTF-16 text",
    b"PK\x03\x04": "a zip archive or a spreadsheet (.xlsx, .ods)",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (.xls)",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
}


def source_name(path: str) -> str:
    """What messages call the source."""
    return "standard input" if path == STANDARD_INPUT else Path(path).name or path


def opened(path: str) -> AbstractContextManager[BinaryIO]:
    """The source's bytes; refuses what can't be opened."""
    if path == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(path).open("rb")
    except FileNotFoundError:
        raise DataError(
            "there is no such file", where=place(path), repair="check the path's spelling"
        ) from None
    except IsADirectoryError:
        raise DataError(
            "this is a folder, not a file", where=place(path), repair="name a CSV file in it"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"the file can't be read: {reason}",
            where=place(path),
            repair="check the file's permissions, or name another file",
        ) from None


def decoded_lines(file: BinaryIO, name: str) -> Iterator[str]:
    """Each line with its line end; refuses bytes that are not UTF-8 text, and endless lines."""
    offset = 0
    for number, line in enumerate(iter(lambda: file.readline(LONGEST_LINE + 1), b""), start=1):
        if len(line) > LONGEST_LINE:
            raise DataError(
                f"the line is longer than {LONGEST_LINE // 2**20} MiB",
                where=place(name, number),
                repair="check that the file is CSV, with a line end after each row",
            )
        if number == 1:
            _refuse_other_formats(line, name)
        text = _decoded(line, number, offset, name)
        offset += len(line)
        yield text


def _decoded(line: bytes, number: int, offset: int, name: str) -> str:
    start = len(codecs.BOM_UTF8) if number == 1 and line.startswith(codecs.BOM_UTF8) else 0
    try:
        text = line[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        position = start + error.start
        raise DataError(
            f"byte 0x{line[position]:02x} at offset {offset + position:,} is not UTF-8",
            where=place(name, number),
            repair="save the file as UTF-8 (a spreadsheet calls it 'CSV UTF-8')",
        ) from None
    if "\0" in text:
        raise DataError(
            f"there is a NUL byte at offset {offset + line.index(0):,}",
            where=place(name, number),
            repair="check that the file is CSV saved as UTF-8, and remove the byte",
        )
    return text


def _refuse_other_formats(line: bytes, name: str) -> None:
    for signature, what in _SIGNATURES.items():
        if line.startswith(signature):
            raise DataError(
                f"the file is {what}, not CSV",
                where=place(name),
                repair="save the table as CSV in UTF-8",
            )
