"""The slips in the formulas of the second and the fourth seed, as their texts print them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.support.exercises.exercise import numbers

import kobai


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def cost(w2: Any, b2: Any, w3: Any, b3: Any, X: Any, T: Any) -> Any:
    """C_T: the squared error of a net of 12, 3 and 2 units over 64 examples."""
    z2 = X @ w2.T + b2
    a2 = 1 / (1 + np.exp(-z2))
    z3 = a2 @ w3.T + b3
    a3 = 1 / (1 + np.exp(-z3))
    return np.sum((a3 - T) ** 2) / 2


ARGUMENTS = (
    *(numbers(71, 3, 12), numbers(72, 3), numbers(73, 2, 3), numbers(74, 2)),
    *(np.random.default_rng(75).integers(0, 2, (64, 12)) * 1.0, np.eye(2)[np.arange(64) % 2]),
)


def by_the_formula(w2: Any, b2: Any, w3: Any, b3: Any, X: Any, T: Any, *, z: int, a: bool) -> Any:
    """∂C_T/∂w_ji by the long chain rule; in its second term ∂z_z/∂a_j, and ∂a_j/∂z_j if a."""
    a2 = sigmoid(X @ w2.T + b2)
    a3 = sigmoid(a2 @ w3.T + b3)
    dC_da3 = a3 - T
    da3_dz3 = a3 * (1 - a3)
    da2_dz2 = a2 * (1 - a2)
    dw2 = np.zeros_like(w2)
    for k in range(len(X)):
        for j in range(len(w2)):
            first = dC_da3[k, 0] * da3_dz3[k, 0] * w3[0, j] * da2_dz2[k, j]
            second = dC_da3[k, 1] * da3_dz3[k, 1] * w3[z, j]
            if a:
                second = second * da2_dz2[k, j]
            dw2[j] += (first + second) * X[k]
    return dw2


def right(w2: Any, b2: Any, w3: Any, b3: Any, X: Any, T: Any) -> Any:
    return by_the_formula(w2, b2, w3, b3, X, T, z=1, a=True)


def test_the_formula_with_its_indices_set_right() -> None:
    assert kobai.check(cost, right, *ARGUMENTS, wrt="w2")


def wrong_index(w2: Any, b2: Any, w3: Any, b3: Any, X: Any, T: Any) -> Any:
    """∂z_1^3/∂a_1^2 in the term of the second unit."""
    a2 = sigmoid(X @ w2.T + b2)
    a3 = sigmoid(a2 @ w3.T + b3)
    dC_da3 = a3 - T
    da3_dz3 = a3 * (1 - a3)
    da2_dz2 = a2 * (1 - a2)
    dC_da2 = np.outer(dC_da3[:, 0] * da3_dz3[:, 0], w3[0])
    dC_da2 += np.outer(dC_da3[:, 1] * da3_dz3[:, 1], w3[0])
    dw2 = (dC_da2 * da2_dz2).T @ X
    return dw2


def test_the_index_in_the_long_formula() -> None:
    result = kobai.check(cost, wrong_index, *ARGUMENTS, wrt="w2")
    assert (result.first_wrong, result.kind) == ("dC_da2", "index")
    assert "w3[0]" in str(result.cause)
    assert "w3[1]" in str(result.cause)
    assert result["dw2"].verdict == "inherits"


def left_out(w2: Any, b2: Any, w3: Any, b3: Any, X: Any, T: Any) -> Any:
    """∂a_1^2/∂w_11^2 for ∂a_1^2/∂z_1^2 ∂z_1^2/∂w_11^2 in the second term."""
    a2 = sigmoid(X @ w2.T + b2)
    a3 = sigmoid(a2 @ w3.T + b3)
    dC_dz3 = (a3 - T) * a3 * (1 - a3)
    da2_dz2 = a2 * (1 - a2)
    first = np.outer(dC_dz3[:, 0], w3[0]) * da2_dz2
    second = np.outer(dC_dz3[:, 1], w3[1])
    dw2 = (first + second).T @ X
    return dw2


def test_the_slope_left_out_of_the_long_formula() -> None:
    result = kobai.check(cost, left_out, *ARGUMENTS, wrt="w2")
    assert result.first_wrong == "dw2"
    assert result.kind in ("missing", "activation")
    assert "da2_dz2" in str(result.cause) or "a2 * (1 - a2)" in str(result.cause)


def printed(w2: Any, b2: Any, w3: Any, b3: Any, X: Any, T: Any) -> Any:
    return by_the_formula(w2, b2, w3, b3, X, T, z=0, a=False)


def test_the_formula_as_it_is_printed_is_refused() -> None:
    result = kobai.check(cost, printed, *ARGUMENTS, wrt="w2")
    assert result.first_wrong == "dw2"


def unit(W: Any, b: Any, X: Any, Y: Any) -> Any:
    Z = X @ W + b
    A = 1 / (1 + np.exp(-Z))
    return np.sum((A - Y) ** 2) / 2


@pytest.mark.parametrize("columns", [1, 2])
def test_the_extra_factor_of_the_second_seed(columns: int) -> None:
    def backward(W: Any, b: Any, X: Any, Y: Any) -> Any:
        Z = X @ W + b
        A = sigmoid(Z)
        dZ = (A - Y) * sigmoid(Z) * (1 - sigmoid(Z)) * X[:, :columns]
        dW = X.T @ dZ
        db = np.sum(dZ)
        return dW, db

    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    Y = np.array([[0.0], [0.0], [0.0], [1.0]])
    arguments = (np.array([[0.3], [-0.7]]), 0.1, X, Y)
    result = kobai.check(unit, backward, *arguments, wrt=("W", "b"))
    assert (result.first_wrong, result.kind) == ("dZ", "extra")
    assert result.cause == "there is an extra factor: X[:, :columns]"
