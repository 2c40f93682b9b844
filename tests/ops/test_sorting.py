"""Sorting: permutations, ties, nan, and all axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kobai

X = np.random.default_rng(0).normal(size=(3, 4, 2))
WEIGHTS = np.random.default_rng(1).normal(size=24)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, None])
def test_slopes_are_permuted_back(axis: int | None) -> None:
    def f(x: Any) -> Any:
        ordered = np.sort(x, axis=axis)
        return np.sum(ordered * WEIGHTS.reshape(ordered.shape)), ordered

    (_, ordered), slope = kobai.value_and_grad(f, has_aux=True)(X)
    assert np.array_equal(ordered, np.sort(X, axis=axis))
    flat = X.ravel() if axis is None else X
    order = np.argsort(flat, axis=-1 if axis is None else axis, kind="stable")
    expected = np.empty(flat.shape)
    along = -1 if axis is None else axis
    np.put_along_axis(expected, order, WEIGHTS.reshape(flat.shape), along)
    assert np.array_equal(slope, expected.reshape(X.shape))


@pytest.mark.parametrize("kth", [0, 2, -1, (1, 3)])
def test_a_partition_has_the_right_entry_in_its_place(kth: Any) -> None:
    def f(x: Any) -> Any:
        parted = np.partition(x, kth, axis=1)
        return np.sum(parted[:, kth if isinstance(kth, int) else kth[0]]), parted

    (_, parted), slope = kobai.value_and_grad(f, has_aux=True)(X)
    place = kth if isinstance(kth, int) else kth[0]
    assert np.array_equal(np.sort(parted, axis=1), np.sort(X, axis=1))
    assert np.array_equal(parted[:, place], np.sort(X, axis=1)[:, place])
    assert np.array_equal(slope, parted[:, place][:, None] == X)


def test_entries_that_tie_keep_their_order() -> None:
    x = np.tile([2.0, 1.0], 20)
    slope = kobai.grad(lambda x: np.sum(np.sort(x) * np.arange(40)))(x)
    expected = np.empty(40)
    expected[1::2], expected[::2] = np.arange(20), np.arange(20, 40)
    assert np.array_equal(slope, expected)


def test_the_second_derivative_goes_through_the_permutation() -> None:
    first = kobai.grad(lambda x: np.sum(np.sort(x) ** 3 * np.arange(3.0)))
    second = kobai.grad(lambda x: np.sum(first(x)))(np.array([3.0, 1.0, 2.0]))
    assert np.array_equal(second, [36.0, 0.0, 12.0])


@pytest.mark.parametrize("function", [np.argmax, np.argmin, np.nanargmax, np.nanargmin])
@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_places_are_whole_numbers_with_no_slope(
    function: Any, axis: int | None, keepdims: bool
) -> None:
    def f(x: Any) -> Any:
        place = function(x, axis=axis, keepdims=keepdims)
        return np.sum(place * 2.0) + np.sum(x), place

    (_, place), slope = kobai.value_and_grad(f, has_aux=True)(X)
    expected = function(X, axis=axis, keepdims=keepdims)
    assert np.array_equal(place, expected)
    assert np.asarray(place).dtype == expected.dtype
    assert np.array_equal(slope, np.ones(X.shape))
