"""The column to predict: what becomes classes, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from kobai.errors import DataError
from kobai.tables.target import check_column, read_target

from .conftest import make_table


def test_text_classes_are_sorted() -> None:
    target = read_target(make_table(y=["no", "yes", "maybe", "no"]), "y")
    assert target.classes == ("maybe", "no", "yes")
    assert target.codes.tolist() == [1, 2, 0, 1]


def test_whole_numbers_are_integer_classes() -> None:
    target = read_target(make_table(y=[10.0, -1.0, 10.0]), "y")
    assert target.classes == (-1, 10)
    assert [type(label) for label in target.classes] == [int, int]
    assert target.codes.tolist() == [1, 0, 1]


def test_one_class() -> None:
    with pytest.raises(DataError) as error:
        read_target(make_table(y=["only"] * 3), "y")
    assert str(error.value) == (
        "table.csv, column 'y': every row has the same class, 'only'\n"
        "  Repair: choose a target that differs between rows, or add rows of another class"
    )
    with pytest.raises(DataError, match="every row has the same class, '3'"):
        read_target(make_table(y=[3.0, 3.0]), "y")


def test_fractions_are_amounts() -> None:
    with pytest.raises(DataError) as error:
        read_target(make_table(y=[1.0, 2.0, 2.5, 0.5]), "y")
    assert str(error.value) == (
        "table.csv, line 4, column 'y': the target 2.5 is an amount, not a class: "
        "predicting amounts (regression) is not supported yet\n"
        "  Repair: choose a column of classes, or turn the amounts into classes (low, high)"
    )


def test_whole_numbers_that_a_float_cannot_tell_apart() -> None:
    with pytest.raises(DataError, match=r"line 3, column 'y': the target 9007199254740994.0 is"):
        read_target(make_table(y=[1.0, 2.0**53 + 2]), "y")


def test_many_whole_numbers_are_amounts() -> None:
    with pytest.raises(DataError, match="has 21 different numbers in 400 rows, so it seems to be"):
        read_target(make_table(y=(np.arange(400) % 21).tolist()), "y")


def test_twenty_whole_numbers_are_classes_and_so_are_few_among_many_rows() -> None:
    assert len(read_target(make_table(y=(np.arange(21) % 20).tolist()), "y").classes) == 20
    assert len(read_target(make_table(y=(np.arange(800) % 40).tolist()), "y").classes) == 40


def test_identifiers_are_no_classes() -> None:
    with pytest.raises(DataError) as error:
        read_target(make_table(y=[f"row {number}" for number in range(50)]), "y")
    assert str(error.value) == (
        "table.csv, column 'y': the target has 50 classes in 50 rows: "
        "it is probably an identifier\n  Repair: choose a column whose values repeat"
    )


def test_a_missing_column_is_named_with_the_nearest() -> None:
    with pytest.raises(DataError) as error:
        check_column("table.csv", ("age", "Diagnosis"), "diagnose")
    assert str(error.value) == (
        "table.csv: there is no column 'diagnose'; the columns are 'age', 'Diagnosis'\n"
        "  Repair: did you mean 'Diagnosis'?"
    )
    with pytest.raises(DataError, match="Repair: name one of these columns"):
        check_column("table.csv", ("age", "Diagnosis"), "zzz")
