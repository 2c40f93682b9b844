"""Places that are values, and scans, as machine code: NumPy's results, errors and bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import optree
import pytest
from tests.backends.indexed import CASES, Case, labelled, softmax

import kobai
from kobai.backends import native
from kobai.graph import AnyArray

ROWS = (1, 2, 7, 8, 9, 64, 1000)


@pytest.fixture(autouse=True)
def use_native(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "native")


def name(case: Any) -> str:
    return getattr(case[0], "__name__", "")


def assert_close(found: Any, expected: Any, dtype: str) -> None:
    tolerance = 1e-12 if dtype == "float64" else 3e-4
    for one, other in zip(optree.tree_leaves(found), optree.tree_leaves(expected), strict=True):
        a, b = np.asarray(one), np.asarray(other)
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        scale = float(np.max(np.abs(b), initial=1e-3))
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", CASES, ids=name)
def test_machine_code_agrees_with_numpy(case: Case, dtype: str) -> None:
    loss, drawn = case
    plain = kobai.value_and_grad(loss, argnums=(0, 1))
    compiled = kobai.compile(plain)
    for rows in ROWS:
        given = drawn(rows, dtype)
        assert_close(compiled(*given), plain(*given), dtype)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_bits_are_the_same_for_any_number_of_threads(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native, "ENTRIES_PER_THREAD", 1)
    loss, drawn = case
    compiled = kobai.compile(kobai.value_and_grad(loss, argnums=(0, 1)))
    given = drawn(100_001, "float64")
    results = []
    for threads in ("1", "2", "8"):
        monkeypatch.setenv("KOBAI_THREADS", threads)
        results.append([np.asarray(x).tobytes() for x in optree.tree_leaves(compiled(*given))])
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("place", [3, -4, 2**40, -(2**63)])
@pytest.mark.parametrize("row", [0, 500, 1036])
def test_an_index_outside_its_axis_is_numpys_error(place: int, row: int) -> None:
    plain = kobai.value_and_grad(softmax, argnums=(0, 1))
    compiled = kobai.compile(plain)
    W, b, X, y = labelled(1037, "float64")
    expected = compiled(W, b, X, y)
    wrong = y.copy()
    wrong[row] = place
    with pytest.raises(IndexError, match=f"index {place} is out of bounds for axis 1 with size 3"):
        compiled(W, b, X, wrong)
    assert_close(compiled(W, b, X, y), expected, "float64")


def test_an_index_that_is_computed_may_lie_outside() -> None:
    compiled = kobai.compile(lambda x, y: np.sum(x[(y * 2).astype(int)]))
    x = np.arange(30.0)
    assert compiled(x, np.full(100, 3.0)) == 600
    for far in (100.0, -50.0, 1e30, -1e30, np.nan, np.inf):
        with pytest.raises(IndexError), np.errstate(invalid="ignore"):
            compiled(x, np.append(np.ones(100), far))


def test_rows_of_an_array_without_rows() -> None:
    compiled = kobai.compile(lambda x, i: np.sum(x[2:][i]))
    x, none = np.arange(4.0), np.zeros(0, int)
    assert compiled(x, np.array([0, 1, -1])) == 8
    assert compiled(x, none) == 0
    assert compiled(x[:2], none) == 0
    with pytest.raises(IndexError):
        compiled(x[:2], np.array([0]))


def test_entries_that_meet_are_added_up() -> None:
    def spread(x: Any, i: Any) -> Any:
        return np.sum(np.arange(1.0, 6.0) * x[i] ** 2)

    slope = kobai.compile(kobai.grad(spread))
    x, i = np.array([1.0, -2.0, 0.5]), np.array([0, 1, 0, -1, -3])
    expected: AnyArray = np.zeros(3)
    np.add.at(expected, i, 2 * np.arange(1.0, 6.0) * x[i])
    np.testing.assert_allclose(slope(x, i), expected, rtol=1e-15)


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "maximum"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_scan_at_the_edges(name: str, axis: int) -> None:
    function: Any = np.maximum.accumulate if name == "maximum" else getattr(np, name)
    edges = np.array([0.0, -0.0, 1.0, np.inf, -np.inf, np.nan, 5e-324, 1e300])
    x = np.random.default_rng(0).choice(edges, (6, 11, 19))
    compiled = kobai.compile(lambda x: function(x, axis=axis))
    with np.errstate(all="ignore"):
        expected = function(x, axis=axis)
    found = compiled(x)
    assert np.array_equal(found, expected, equal_nan=True)
    if name != "maximum":  # which zero is the larger one is nobody's promise
        assert np.array_equal(np.signbit(found[found == 0]), np.signbit(expected[expected == 0]))
