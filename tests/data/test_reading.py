"""What a CSV file may look like, and what is read from it."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobai.data import NumberColumn, Table, TextColumn, read_csv
from kobai.data.cells import kind
from kobai.data.csv_file import ROWS_IN_A_BATCH

from .conftest import ReadText


def cells(table: Table, name: str) -> list[float] | list[str]:
    column = table[name]
    if isinstance(column, NumberColumn):
        return [float(value) for value in column.values]
    return [column.categories[code] for code in column.codes]


def test_numbers_and_text(read: ReadText) -> None:
    table = read("size,colour\n1,red\n-2.5e3,blue\n.5,red\n")
    assert table.names == ("size", "colour")
    assert len(table) == 3
    assert cells(table, "size") == [1, -2500, 0.5]
    assert cells(table, "colour") == ["red", "blue", "red"]


def test_text_column_holds_each_category_once(read: ReadText) -> None:
    column = read("colour\nred\nblue\nred\n")["colour"]
    assert isinstance(column, TextColumn)
    assert column.categories == ("red", "blue")
    assert column.codes.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    "text",
    [
        b"a,b\n1,x\n2,y\n",
        b"a,b\r\n1,x\r\n2,y\r\n",
        b"\xef\xbb\xbfa,b\n1,x\n2,y\n",
        b"a,b\n1,x\n2,y",
        b"a,b\n1,x\n2,y\n\n\n",
        b'"a","b"\n"1","x"\n"2","y"\n',
        b" a ,\tb\n 1 , x\n\t2, y \n",
    ],
    ids=["plain", "crlf", "bom", "no last line end", "empty last lines", "quoted", "blanks"],
)
def test_the_same_table_however_it_is_written(read: ReadText, text: bytes) -> None:
    table = read(text)
    assert table.names == ("a", "b")
    assert cells(table, "a") == [1, 2]
    assert cells(table, "b") == ["x", "y"]
    assert table.lines.tolist() == [2, 3]


def test_chinese_and_japanese_headers_and_cells(read: ReadText) -> None:
    table = read("花弁の長さ,品種\n1.5,桜\n2,梅\n")
    assert table.names == ("花弁の長さ", "品種")
    assert cells(table, "品種") == ["桜", "梅"]


def test_quoted_cells_hold_commas_quotation_marks_and_line_ends(read: ReadText) -> None:
    table = read('"a,b",c\n"x ""y""\nz",1\nw,2\n')
    assert cells(table, "a,b") == ['x "y"\nz', "w"]
    assert table.lines.tolist() == [2, 4], "a row's line is the one on which it begins"


@pytest.mark.parametrize(
    "cell", ["1_000", "1,234", "0x1f", "１２", "٣", "1e", "--1", "1 2", "1d3", "+", ".", "True"]
)
def test_what_only_looks_like_a_number_is_text(read: ReadText, cell: str) -> None:
    assert cells(read(f'a\n"{cell}"\n'), "a") == [cell]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("+1", 1.0), ("1.", 1.0), (".5", 0.5), ("1E+2", 100.0), ("007", 7.0), ("-0", -0.0)],
)
def test_ways_to_write_a_number(read: ReadText, cell: str, value: float) -> None:
    (number,) = cells(read(f"a\n{cell}\n"), "a")
    assert str(number) == str(value)


def test_other_blanks_around_a_number_are_ignored_too(read: ReadText) -> None:
    assert cells(read("a\n\u30005\u00a0\n6\n"), "a") == [5, 6]


def test_words_that_mark_no_missing_value_are_text(read: ReadText) -> None:
    assert cells(read("a\nNone\n-\n?\nna\n"), "a") == ["None", "-", "?", "na"]


def test_many_batches(read: ReadText) -> None:
    rows = 2 * ROWS_IN_A_BATCH + 1
    table = read("n,t\n" + "".join(f"{row},t{row % 3}\n" for row in range(rows)))
    assert cells(table, "n") == list(range(rows))
    assert cells(table, "t") == [f"t{row % 3}" for row in range(rows)]
    assert table.lines.tolist() == list(range(2, rows + 2))


def test_skipped_columns_are_not_looked_at(read: ReadText) -> None:
    table = read("a,b,c\n1,,x\n2,inf,y\n", skip=("b", "absent"))
    assert table.names == ("a", "c")


def test_header_is_checked_before_the_rows(read: ReadText) -> None:
    def refuse(source: str, names: tuple[str, ...]) -> None:
        raise LookupError(source, names)

    with pytest.raises(LookupError) as error:
        read("a, b\n1\n", skip=("a",), check_header=refuse)
    assert error.value.args == ("table.csv", ("a", "b"))


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\n1\n2\n")))
    table = read_csv("-")
    assert table.source == "standard input"
    assert cells(table, "a") == [1, 2]


def test_taking_rows_keeps_their_lines(read: ReadText) -> None:
    table = read("a,b\n1,x\n2,y\n3,z\n").take(np.array([2, 0]))
    assert cells(table, "a") == [3, 1]
    assert cells(table, "b") == ["z", "x"]
    assert table.place(0, "b") == "table.csv, line 4, column 'b'"


def test_a_missing_column_is_a_key_error(read: ReadText) -> None:
    with pytest.raises(KeyError):
        read("a\n1\n")["b"]


finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).map(str.strip)


@given(st.lists(finite, min_size=1))
def test_each_number_is_read_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[float]
) -> None:
    path = tmp_path_factory.mktemp("numbers") / "table.csv"
    path.write_text("a\n" + "".join(f"{number!r}\n" for number in numbers))
    assert list(map(str, cells(read_csv(str(path)), "a"))) == list(map(str, numbers))


@given(st.lists(words.filter(lambda word: kind(word) == "text"), min_size=1))
def test_each_text_is_read_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path: Path = tmp_path_factory.mktemp("texts") / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["a"], *([text] for text in texts)])
    assert cells(read_csv(str(path)), "a") == texts
