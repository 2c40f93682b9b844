"""From columns to a matrix."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobai.errors import DataError, ModelFileError
from kobai.tables.preparation import Preparation, check_categories
from kobai.tables.schema import Fields

from .conftest import make_table


def test_numbers_are_standardised_by_the_fitted_rows() -> None:
    preparation = Preparation.fit(make_table(x=[1.0, 3.0]))
    matrix = preparation.transform(make_table(x=[1.0, 2.0, 5.0]))
    assert matrix.tolist() == [[-1], [0], [3]]


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e300, 123456789.123])
def test_a_constant_column_becomes_zero(constant: float) -> None:
    preparation = Preparation.fit(make_table(x=[constant] * 7))
    assert preparation.transform(make_table(x=[constant] * 3)).tolist() == [[0], [0], [0]]


def test_rounding_errors_are_not_blown_up() -> None:
    value = 1e9 + 0.1
    preparation = Preparation.fit(make_table(x=[value, np.nextafter(value, 2e9)] * 9))
    matrix = preparation.transform(make_table(x=[value, value + 1]))
    assert abs(matrix).max() <= 1.001


def test_texts_become_one_column_each() -> None:
    preparation = Preparation.fit(make_table(t=["b", "a", "b"], x=[0.0, 2.0, 1.0]))
    assert preparation.labels == ("t = a", "t = b", "x")
    assert preparation.width == 3
    matrix = preparation.transform(make_table(t=["a", "b"], x=[1.0, 1.0]))
    assert matrix.tolist() == [[1, 0, 0], [0, 1, 0]]


def test_the_order_of_columns_is_free() -> None:
    fitted = make_table(a=[1.0, 2.0], b=["x", "y"])
    preparation = Preparation.fit(fitted)
    swapped = make_table(b=["x", "y"], a=[1.0, 2.0])
    assert preparation.transform(swapped).tolist() == preparation.transform(fitted).tolist()


def test_columns_that_do_not_match_are_all_named() -> None:
    preparation = Preparation.fit(make_table(a=[1.0, 2.0], 花=[1.0, 2.0], c=[1.0, 2.0]))
    with pytest.raises(DataError) as error:
        preparation.transform(make_table(c=[1.0], d=[1.0]))
    assert str(error.value) == (
        "table.csv: the columns don't match those that the model was fitted to: "
        "missing 'a', '花', unexpected 'd'\n"
        "  Repair: add, rename or remove columns until they match"
    )


def test_an_unknown_text_is_named_with_its_line() -> None:
    preparation = Preparation.fit(make_table(t=["a", "b"]))
    with pytest.raises(DataError) as error:
        preparation.transform(make_table(t=["a", "b", "花"]))
    assert str(error.value) == (
        "table.csv, line 4, column 't': "
        "the text '花' occurs in no row that the model was fitted to\n"
        "  Repair: check its spelling, or fit the model again with rows that hold it"
    )


def test_a_column_of_the_other_kind() -> None:
    numbers, texts = make_table(x=[1.0, 2.0]), make_table(x=["a", "b"])
    with pytest.raises(DataError, match="line 2, column 'x': the column holds text, here 'a'"):
        Preparation.fit(numbers).transform(texts)
    with pytest.raises(DataError, match="line 2, column 'x': the column holds numbers"):
        Preparation.fit(texts).transform(numbers)


def test_numbers_too_large_to_standardise() -> None:
    with pytest.raises(DataError, match="column 'x': the numbers are too large"):
        Preparation.fit(make_table(x=[1e308, 1.5e308]))


def test_a_number_too_far_from_those_fitted() -> None:
    preparation = Preparation.fit(make_table(x=[1e-200, 3e-200]))
    with pytest.raises(DataError, match=r"line 3, column 'x': the number 1e\+200 is too far"):
        preparation.transform(make_table(x=[2e-200, 1e200]))


def test_a_matrix_too_large_for_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kobai.tables.preparation.LARGEST_MATRIX", 31)
    with pytest.raises(DataError, match="prepared, the table has 4 rows and 1 columns, more than"):
        Preparation.fit(make_table(x=[1.0, 2.0])).transform(make_table(x=[1.0] * 4))


@pytest.mark.parametrize(("categories", "rows"), [(4, 4), (11, 20), (1001, 5000)])
def test_identifiers_are_refused(categories: int, rows: int) -> None:
    table = make_table(t=[f"t{row % categories}" for row in range(rows)])
    with pytest.raises(DataError) as error:
        check_categories(table)
    assert str(error.value) == (
        f"table.csv, column 't': the column has {categories:,} different texts in {rows:,} rows: "
        "it is probably an identifier\n"
        "  Repair: leave the column out (kobai fit --drop NAME), or merge its rare texts"
    )


@pytest.mark.parametrize(("categories", "rows"), [(1, 4), (10, 11), (11, 22), (1000, 2000)])
def test_categories_are_accepted(categories: int, rows: int) -> None:
    check_categories(make_table(t=[f"t{row % categories}" for row in range(rows)], x=[1.0] * rows))


numbers = st.floats(-1e150, 1e150)


@given(st.lists(st.tuples(numbers, st.text(max_size=5)), min_size=1))
def test_written_down_and_read_back_exactly(rows: list[tuple[float, str]]) -> None:
    table = make_table(x=[number for number, _ in rows], 列=[text for _, text in rows])
    preparation = Preparation.fit(table)
    read = Preparation.from_fields(Fields(json.loads(json.dumps(preparation.to_dict())), "here"))
    assert read == preparation
    assert np.array_equal(read.transform(table), preparation.transform(table))


NUMBER = {"kind": "number", "name": "x", "mean": 0.0, "scale": 1.0}
TEXT = {"kind": "text", "name": "t", "categories": ["a", "b"]}


@pytest.mark.parametrize(
    "features",
    [
        None,
        [],
        {},
        [None],
        [{}],
        [{"kind": "other"}],
        [{"kind": ["number"]}],
        [NUMBER, NUMBER],
        [NUMBER | {"mean": float("inf")}],
        [NUMBER | {"mean": 10**400}],
        [NUMBER | {"mean": True}],
        [NUMBER | {"mean": "0"}],
        [NUMBER | {"scale": 0}],
        [NUMBER | {"scale": -1.0}],
        [NUMBER | {"name": 3}],
        [NUMBER | {"extra": 1}],
        [TEXT | {"categories": []}],
        [TEXT | {"categories": ["a", "a"]}],
        [TEXT | {"categories": ["a", 1]}],
        [TEXT | {"categories": "ab"}],
    ],
    ids=str,
)
def test_hostile_documents(features: object) -> None:
    with pytest.raises(ModelFileError, match="the model file is damaged"):
        Preparation.from_fields(Fields({"features": features}, "here"))
