"""`jacobian` and `hessian`: blocks, forms, edges, and both sweeps."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.errors import IndependenceWarning

X = np.array([0.5, 1.5, 2.5])
A = np.arange(6.0).reshape(2, 3)


def test_wide_and_tall_matrices_are_both_found() -> None:
    assert np.array_equal(kobai.jacobian(lambda x: A @ x)(X), A)
    assert np.array_equal(kobai.jacobian(lambda x: A.T @ x)(X[:2]), A.T)
    assert kobai.jacobian(lambda x: x**2)(3.0) == 6
    assert np.array_equal(kobai.jacobian(lambda x: x * X)(3.0), X)


def test_a_block_has_the_shapes_of_result_and_argument() -> None:
    found = kobai.jacobian(lambda W, x: W @ x, (0, 1))(A, X)
    assert np.array_equal(found[0], np.einsum("ik,j->ikj", np.eye(2), X))
    assert np.array_equal(found[1], A)


def test_nests_of_results_hold_nests_of_arguments() -> None:
    def f(p: Any, s: Any) -> Any:
        return {"y": p["w"] * s, "z": [np.sum(p["w"]), p["b"] ** 2]}

    w, s = kobai.jacobian(f, (0, 1))({"w": X, "b": 2.0}, 3.0)["y"]
    assert np.array_equal(w["w"], 3 * np.eye(3))
    assert w["b"].tolist() == [0, 0, 0]
    assert np.array_equal(s, X)
    parts = kobai.jacobian(f)({"w": X, "b": 2.0}, 3.0)["z"]
    assert parts[0]["w"].tolist() == [1, 1, 1]
    assert (parts[0]["b"], parts[1]["b"]) == (0, 4)


def test_an_infinite_slope_stays_in_its_row() -> None:
    x = np.array([0.0, 1.0, 4.0])
    expected = np.diag([np.inf, 0.5, 0.25])
    assert np.array_equal(kobai.jacobian(np.sqrt)(x), expected)
    found = kobai.jacobian(lambda x: np.concatenate([np.sqrt(x), x]))(x)
    assert np.array_equal(found, np.concatenate([expected, np.eye(3)]))


def test_integers_among_the_results_have_blocks_of_zero() -> None:
    found = kobai.jacobian(lambda x: (x * 2, np.argmax(x), x > 1))(X)
    assert np.array_equal(found[0], 2 * np.eye(3))
    assert found[1].tolist() == [0, 0, 0]
    assert found[2].tolist() == np.zeros((3, 3)).tolist()


def test_a_result_without_entries_has_a_matrix_without_rows() -> None:
    assert kobai.jacobian(lambda x: x[:0] * 2)(X).shape == (0, 3)


def test_the_hessian_has_its_closed_form() -> None:
    S = A.T @ A + np.eye(3)
    assert np.allclose(kobai.hessian(lambda x: x @ S @ x / 2)(X), S, rtol=1e-14)
    found = kobai.hessian(lambda x: np.exp(np.sum(x * x)))(X / 3)
    x = X / 3
    expected = np.exp(x @ x) * (2 * np.eye(3) + 4 * np.outer(x, x))
    assert np.allclose(found, expected, rtol=1e-13)
    assert np.allclose(found, found.T, rtol=1e-15)


def test_the_hessian_of_a_nest_is_a_nest_of_nests() -> None:
    found = kobai.hessian(lambda p: np.sum(p["w"] ** 2) * p["b"])({"w": X, "b": 2.0})
    assert np.allclose(found["w"]["w"], 4 * np.eye(3))
    assert np.allclose(found["w"]["b"], 2 * X)
    assert np.allclose(found["b"]["w"], 2 * X)
    assert found["b"]["b"] == 0


def test_a_linear_function_has_a_hessian_of_zero_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not kobai.hessian(lambda x: np.sum(x * 2))(X).any()


def test_an_argument_without_influence_is_named_with_its_line() -> None:
    for derivative in (kobai.jacobian, kobai.hessian):
        with pytest.warns(IndependenceWarning, match="does not depend on argument y") as caught:
            derivative(lambda x, y: np.sum(x**2), 1)(X, 1.0)
        assert [warning.filename for warning in caught] == [__file__]


def test_third_derivatives_are_right() -> None:
    found = kobai.jacobian(kobai.hessian(lambda x: np.sum(x**4) + x[0] * x[1] * x[2]))(X)
    expected = np.zeros((3, 3, 3))
    for i in range(3):
        for j in range(3):
            for k in range(3):
                expected[i, j, k] = 24 * X[i] if i == j == k else len({i, j, k}) == 3
    assert np.allclose(found, expected, rtol=1e-13)


def test_a_matrix_within_a_traced_function_is_differentiated() -> None:
    def f(x: Any) -> Any:
        return np.sum(kobai.jacobian(lambda y: y**3)(x) ** 2)  # the sum of 9 x⁴

    assert np.allclose(kobai.grad(f)(X), 36 * X**3, rtol=1e-13)


def test_auxiliary_results_are_handed_through() -> None:
    matrix, aux = kobai.jacobian(lambda x: (x**2, "kept"), has_aux=True)(X)
    assert np.array_equal(matrix, np.diag(2 * X))
    assert aux == "kept"
    matrix, aux = kobai.hessian(lambda x: (np.sum(x**2), np.sum(x)), has_aux=True)(X)
    assert np.allclose(matrix, 2 * np.eye(3))
    assert aux == np.sum(X)
