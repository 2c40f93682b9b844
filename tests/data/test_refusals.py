"""Every way in which a CSV file is refused, with the whole message."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kobai.data import read_csv
from kobai.data.csv_file import ROWS_IN_A_BATCH
from kobai.data.source import LONGEST_LINE
from kobai.errors import DataError

from .conftest import ReadText

HEADER = "give the columns' names on the first line, then one line for each row"
FILL = "fill in the value, or remove the row or the column"
NUMBER = "give the number, or remove the row or the column"
KIND = "write every cell of the column as a number, or none"
QUOTE = 'put the cell between quotation marks, and double those inside it ("")'
RAGGED = "complete the row, or quote the cell that holds a comma"

CASES: dict[str, tuple[str | bytes, str, str]] = {
    "empty": ("", "table.csv: the file is empty", HEADER),
    "byte order mark alone": ("\ufeff", "table.csv, line 1: the header is empty", HEADER),
    "empty lines alone": ("\n\n", "table.csv, line 1: the header is empty", HEADER),
    "header of blanks": (" , \n1,2\n", "table.csv, line 1: the header is empty", HEADER),
    "header alone": (
        "a,b\n",
        "table.csv: the file has a header and no rows",
        "add at least one row below the header",
    ),
    "no name": (
        "a,\n1,2\n",
        "table.csv, line 1: column 2 has no name in the header",
        "name it, or remove it (pandas leaves one out with to_csv(index=False))",
    ),
    "repeated name": (
        "a,b, a\n1,2,3\n",
        "table.csv, line 1: the header repeats 'a': columns 1 and 3",
        "give each column a name of its own",
    ),
    "semicolons": (
        "a;b\n1;2\n",
        (
            "table.csv, line 1: the header has no comma: "
            "its columns seem to be separated by semicolons"
        ),
        "save the file with commas between the columns",
    ),
    "tabs": (
        "a\tb\n1\t2\n",
        "table.csv, line 1: the header has no comma: its columns seem to be separated by tabs",
        "save the file with commas between the columns",
    ),
    "short row": ("a,b\n1,2\n3\n", "table.csv, line 3: the row has 1 cell, the header 2", RAGGED),
    "long row": (
        'a,b\n"1\n",2\n3,4,5\n',
        "table.csv, line 4: the row has 3 cells, the header 2",
        RAGGED,
    ),
    "empty line": (
        "a,b\n1,2\n\n\n3,4\n",
        "table.csv, line 3: the line is empty, and rows follow it",
        "remove the line",
    ),
    "empty cell": ("a,b\n1,\n", "table.csv, line 2, column 'b': the cell is empty", FILL),
    "blank cell": ("a,b\n1,2\n1, \n", "table.csv, line 3, column 'b': the cell is empty", FILL),
    "quoted empty cell": (
        'a,b\n1,x\n1,""\n',
        "table.csv, line 3, column 'b': the cell is empty",
        FILL,
    ),
    "missing value": (
        "a,花\n1,2\n2,NA\n",
        "table.csv, line 3, column '花': the cell holds 'NA', which marks a missing value",
        f"{FILL} (if 'NA' is a value of its own, spell it out)",
    ),
    "overflow": (
        "a\n1\n1e400\n",
        "table.csv, line 3, column 'a': the cell holds '1e400', which is no finite number",
        NUMBER,
    ),
    "text in numbers": (
        "a,b\n1,2\n1,3\n2,x\n",
        (
            "table.csv, line 4, column 'b': the column mixes numbers and text: "
            "here the text 'x', on line 2 the number '2'"
        ),
        KIND,
    ),
    "numbers in text": (
        "a,b\n1,x\n2,y\n3,4\n",
        (
            "table.csv, line 4, column 'b': the column mixes numbers and text: "
            "here the number '4', on line 2 the text 'x'"
        ),
        KIND,
    ),
    "units below the header": (
        "a,b\n1,cm\n2,3\n2,4\n",
        (
            "table.csv, line 2, column 'b': the column mixes numbers and text: "
            "here the text 'cm', on line 3 the number '3'"
        ),
        KIND,
    ),
    "open quotation mark": (
        'a,b\n1,"2\n',
        "table.csv, line 2: a quotation mark opens here and is never closed",
        QUOTE,
    ),
    "text after a quotation mark": (
        'a,b\n1,"2"3\n',
        "table.csv, line 2: text follows a closing quotation mark",
        QUOTE,
    ),
    "carriage return": (
        "a,b\r1,2\r",
        "table.csv, line 1: a carriage return stands inside a cell without quotation marks",
        QUOTE,
    ),
    "long cell": (
        f'a,b\n1,"{"x" * 131_073}"\n',
        (
            "table.csv, line 2: "
            "a cell is longer than 131,072 characters, or a quotation mark is never closed"
        ),
        QUOTE,
    ),
    "not UTF-8": (
        b"\xef\xbb\xbfa\nx\n\x8f\xf7\n",
        "table.csv, line 3: byte 0x8f at offset 7 is not UTF-8",
        "save the file as UTF-8 (a spreadsheet calls it 'CSV UTF-8')",
    ),
    "NUL": (
        b"a\n1\0\n",
        "table.csv, line 2: there is a NUL byte at offset 3",
        "check that the file is CSV saved as UTF-8, and remove the byte",
    ),
    "UTF-16": (
        "a\n1\n".encode("utf-16"),
        "table.csv: the file is UTF-16 text, not CSV",
        "save the table as CSV in UTF-8",
    ),
    "spreadsheet": (
        b"PK\x03\x04...",
        "table.csv: the file is a zip archive or a spreadsheet (.xlsx, .ods), not CSV",
        "save the table as CSV in UTF-8",
    ),
}


@pytest.mark.parametrize(("text", "what", "repair"), CASES.values(), ids=CASES)
def test_refused(read: ReadText, text: str | bytes, what: str, repair: str) -> None:
    with pytest.raises(DataError) as error:
        read(text)
    assert str(error.value) == f"{what}\n  Repair: {repair}"


@pytest.mark.parametrize("cell", ["", "NA", "N/A", "n/a", "#N/A", "<NA>", "NULL", "null"])
def test_missing_values_in_every_kind_of_column(read: ReadText, cell: str) -> None:
    for other in ("1", "x"):
        with pytest.raises(DataError, match=r"line 3, column 'b': the cell"):
            read(f'a,b\n1,{other}\n2,"{cell}"\n')


@pytest.mark.parametrize(
    "cell", ["nan", "NaN", "-nan", "inf", "-inf", "+Inf", "Infinity", "-1e999"]
)
def test_cells_that_are_not_finite(read: ReadText, cell: str) -> None:
    for other in ("1", "x"):
        with pytest.raises(DataError, match=r"line 3, column 'b': .* is no finite number"):
            read(f"a,b\n1,{other}\n2,{cell}\n")


def test_mixture_in_a_later_batch(read: ReadText) -> None:
    rows = ROWS_IN_A_BATCH + 7
    with pytest.raises(DataError, match=rf"line {rows + 2:,}, column 'a': .* here the text 'x'"):
        read("a\n" + "1\n" * rows + "x\n")
    with pytest.raises(DataError, match=rf"line {rows + 2:,}, column 'a': .* here the number '1'"):
        read("a\n" + "x\n" * rows + "1\n" * 5)


def test_a_million_columns_are_refused_by_the_header(read: ReadText) -> None:
    header = ",".join(f"column {number}" for number in range(1_000_000))
    with pytest.raises(DataError) as error:
        read(f"{header}\n{header}\n")
    assert "the header has 1,000,000 columns; at most 10,000 are read" in str(error.value)


def test_a_file_without_line_ends_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        file.truncate(16 * LONGEST_LINE)
    with pytest.raises(DataError, match="line 1: the line is longer than 64 MiB"):
        read_csv(str(path))


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing here\.csv: there is no such file"):
        read_csv(str(tmp_path / "nothing here.csv"))
    with pytest.raises(DataError, match="this is a folder, not a file"):
        read_csv(str(tmp_path))
    with pytest.raises(DataError, match=r"a\\x00b: the file can't be read"):
        read_csv("a\0b")


def test_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"secret\.csv: the file can't be read: Permission denied"):
        read_csv(str(tmp_path / "secret.csv"))


def test_no_message_carries_control_characters_to_the_terminal(read: ReadText) -> None:
    with pytest.raises(DataError) as error:
        read('"\x1b[31mred\x07\n",b\n,2\n')
    assert str(error.value).startswith(r"table.csv, line 3, column '\x1b[31mred\x07':")


def test_long_cells_are_cut_in_messages(read: ReadText) -> None:
    with pytest.raises(DataError) as error:
        read(f"a\n1\n1\n{'x' * 5000}\n")
    assert f"'{'x' * 59}…'" in str(error.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(), st.text(alphabet='a1,"\n\r .e-;', max_size=40)))
def test_whatever_the_bytes_there_is_a_table_or_a_message(
    read: ReadText, content: bytes | str
) -> None:
    message = ""
    try:
        table = read(content)
    except DataError as error:
        message = str(error)
    else:
        assert len(table) > 0
        assert len(table.names) == len(set(table.names)) > 0
    if message:
        assert message.startswith("table.csv")
        assert len(message.splitlines()) == 2
