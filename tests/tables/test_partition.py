"""The split into training and test rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kobai.errors import DataError
from kobai.tables.partition import partition
from kobai.tables.target import Target, read_target

from .conftest import make_table


def target_of(codes: list[int]) -> Target:
    return read_target(make_table(y=[f"class {code}" for code in codes]), "y")


@given(
    st.lists(st.integers(2, 30), min_size=2, max_size=5),
    st.floats(0.01, 0.99),
    st.integers(0, 2**32 - 1),
)
def test_each_class_is_split_alike(counts: list[int], test_size: float, seed: int) -> None:
    codes = [code for code, count in enumerate(counts) for _ in range(count)]
    features = make_table(x=[float(row) for row in range(len(codes))])
    target = target_of(codes)
    split = partition(features, target, test_size, seed)
    assert sorted([*split.train, *split.test]) == list(range(len(codes)))
    assert split.kept == 0
    tested = np.bincount(target.codes[split.test], minlength=len(counts))
    for count, count_tested in zip(counts, tested, strict=True):
        assert 1 <= count_tested < count
        assert abs(count_tested - test_size * count) <= 1


def test_the_seed_alone_decides() -> None:
    codes = [0, 1] * 50
    features = make_table(x=[0.0] * 100)
    first, again, other = (partition(features, target_of(codes), 0.25, seed) for seed in (1, 1, 2))
    assert first.test.tolist() == again.test.tolist() != other.test.tolist()


def test_a_class_of_one_row() -> None:
    with pytest.raises(DataError) as error:
        partition(make_table(x=[0.0] * 5), target_of([0, 0, 1, 0, 0]), 0.25, 0)
    assert str(error.value) == (
        "table.csv, line 4, column 'y': the class 'class 1' has this row alone, "
        "which can't both train the model and test it\n"
        "  Repair: add rows of that class, or remove this one"
    )


def test_rows_with_a_text_of_their_own_train() -> None:
    codes = [0, 1] * 20
    texts = ["common"] * 40
    texts[3] = texts[7] = "rare"
    texts[11] = "rarer"
    features, target = make_table(t=texts), target_of(codes)
    kept = 0
    for seed in range(20):
        split = partition(features, target, 0.5, seed)
        trained = {texts[row] for row in split.train}
        assert {texts[row] for row in split.test} <= trained
        assert len(split.train) + len(split.test) == 40
        assert len(split.test) == 20 - split.kept
        kept += split.kept
    assert kept > 0, "the case must occur"


def test_no_row_left_to_test() -> None:
    features = make_table(t=["a", "b", "c", "d"])
    with pytest.raises(DataError, match="no row is left to test on: each row drawn for it holds"):
        partition(features, target_of([0, 0, 1, 1]), 0.5, 0)
