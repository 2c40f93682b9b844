"""Losses of models of many kinds, value and gradient: machine code agrees with NumPy.

That NumPy's are right was checked once against another system's, which `make bench` does anew.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import optree
import pytest
from tests.backends.model_data import CASES, Case

import kobai
from kobai.backends import native

ROWS = (1, 7, 1000)

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def assert_close(found: Any, expected: Any) -> None:
    for one, other in zip(optree.tree_leaves(found), optree.tree_leaves(expected), strict=True):
        a, b = np.asarray(one), np.asarray(other)
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        scale = float(np.max(np.abs(b), initial=1e-3))
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-10 * scale)


@each_case
def test_values_and_gradients_for_any_number_of_rows(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = kobai.compile(kobai.value_and_grad(case.loss))
    compiled = kobai.compile(kobai.value_and_grad(case.loss))
    for rows in ROWS:
        given = case.arguments(max(rows, case.least))
        monkeypatch.setenv("KOBAI_BACKEND", "numpy")
        expected = plain(*given)
        np.testing.assert_allclose(expected[0], case.loss(*given), rtol=1e-10)
        monkeypatch.setenv("KOBAI_BACKEND", "native")
        assert_close(compiled(*given), expected)


@each_case
def test_the_gradient_is_the_slope_of_the_loss(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Along one direction, by a central difference; no entry sits within a step of a kink."""
    monkeypatch.setenv("KOBAI_BACKEND", "native")
    parameters, *data = case.arguments(23)
    leaves, shape = optree.tree_flatten(parameters)
    generator = np.random.default_rng(1)
    direction = [generator.normal(size=np.shape(leaf)) for leaf in leaves]

    def moved(by: float) -> Any:
        there = [leaf + by * d for leaf, d in zip(leaves, direction, strict=True)]
        return case.loss(optree.tree_unflatten(shape, there), *data)

    gradient = kobai.compile(kobai.grad(case.loss))(parameters, *data)
    parts = zip(optree.tree_leaves(gradient), direction, strict=True)
    slope = sum(float(np.sum(g * d)) for g, d in parts)
    assert slope == pytest.approx((moved(1e-6) - moved(-1e-6)) / 2e-6, rel=1e-5, abs=1e-6)


@each_case
def test_the_bits_are_the_same_for_any_number_of_threads(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "native")
    monkeypatch.setattr(native, "ENTRIES_PER_THREAD", 1)
    compiled = kobai.compile(kobai.value_and_grad(case.loss))
    given = case.arguments(300)
    results = []
    for threads in ("1", "2", "8"):
        monkeypatch.setenv("KOBAI_THREADS", threads)
        results.append([np.asarray(x).tobytes() for x in optree.tree_leaves(compiled(*given))])
    assert results[0] == results[1] == results[2]
