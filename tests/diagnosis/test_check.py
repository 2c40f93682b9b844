"""What a check says of single derivations: seeds, conventions, refusals, the report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.support.hand_derivations import sigmoid
from tests.support.hand_losses import PROBLEMS

import kobai
from kobai.errors import ArgumentError, ArgumentTypeError

X = np.array([[0.5, 1.0], [-1.0, 2.0], [2.0, -0.5]])
Y = np.array([1.0, 0.0, 1.0])
W = np.array([0.5, -1.0])


def loss(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


def check(hand: Any, **options: Any) -> kobai.Check:
    return kobai.check(loss, hand, W, 0.1, X, Y, **options)


def test_the_extra_factor_of_the_second_seed() -> None:
    def backward(W: Any, b: Any, X: Any, Y: Any) -> Any:
        Z = X @ W.T + b
        A = sigmoid(Z)
        dZ = (A - Y) * sigmoid(Z) * (1 - sigmoid(Z)) * X
        dW = dZ.T @ X
        db = np.sum(dZ, axis=0)
        return dW, db

    problem = PROBLEMS["unit"]
    result = kobai.check(problem.loss, backward, *problem.args, wrt=problem.wrt)
    assert result.first_wrong == "dZ"
    assert result.kind == "extra"
    assert result.cause == "there is an extra factor: X"
    assert [result[name].verdict for name in ("Z", "A", "dW", "db")] == [
        *("right", "right", "inherits", "inherits")
    ]


def test_the_index_of_the_fourth_seed() -> None:
    """The text has dz_1 of the third layer where the second unit's belongs."""

    def backward(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, X: Any, Y: Any) -> Any:
        a1 = sigmoid(X @ W1 + b1)
        a2 = sigmoid(a1 @ W2 + b2)
        a3 = sigmoid(a2 @ W3 + b3)
        delta3 = (a3 - Y) * a3 * (1 - a3)
        back = np.zeros_like(a2)
        for j in range(W3.shape[1]):
            back += np.outer(delta3[:, j], W3[:, 0])
        delta2 = back * a2 * (1 - a2)
        delta1 = (delta2 @ W2.T) * a1 * (1 - a1)
        return (
            *(X.T @ delta1, delta1.sum(0), a1.T @ delta2, delta2.sum(0)),
            *(a2.T @ delta3, delta3.sum(0)),
        )

    problem = PROBLEMS["deep"]
    result = kobai.check(problem.loss, backward, *problem.args, wrt=problem.wrt)
    assert result["delta3"].verdict == "right"
    assert result.first_wrong in ("delta2", "back")
    assert {step.name for step in result if step.verdict == "inherits"} >= {"delta1"}


def test_the_missing_mean() -> None:
    def backward(X: Any, y: Any, a: Any) -> Any:
        dz = a - y
        dw = X.T @ dz
        db = np.sum(dz)
        return dw, db

    result = check(backward)
    assert not result
    assert (result.first_wrong, result.kind) == ("dz", "factor")
    assert result.cause == "the factor 1/m is missing"
    assert [step.verdict for step in result] == ["wrong", "inherits", "inherits"]
    assert "dz is the first wrong step: the factor 1/m is missing" in str(result)
    assert "dz = (a - y) / m" in str(result)
    assert "dz = a - y" in str(result)


def test_a_convention_is_accepted_and_said() -> None:
    def backward(X: Any, y: Any, a: Any, m: Any) -> Any:
        dz = a - y
        return X.T @ dz / m, np.mean(dz)

    result = check(backward)
    assert result
    assert result["dz"].verdict == "scaled"
    assert "m times those of the loss" in str(result)


def test_axes_of_length_one_are_accepted_and_said() -> None:
    def backward(X: Any, y: Any, a: Any, m: Any) -> Any:
        dz = (a - y) / m
        dw = (X.T @ dz)[:, None]
        db = np.sum(dz, keepdims=True)
        return dw, db

    result = check(backward)
    assert result
    assert result["dw"].note == "shape (2, 1) for (2,): only axes of length 1 differ, accepted"


def test_a_slip_that_the_given_values_hide() -> None:
    def backward(X: Any, y: Any, a: Any, m: Any) -> Any:
        dz = (a - y) / m * 4 * a * (1 - a)
        return X.T @ dz, np.sum(dz)

    result = kobai.check(loss, backward, np.zeros(2), 0.0, X, Y)
    assert result.first_wrong == "dz"
    assert any("At the values given" in note for note in result.notes)


def test_the_users_arguments_stay_as_they_are() -> None:
    def backward(w: Any, b: Any, X: Any, y: Any) -> Any:
        dz = (sigmoid(X @ w + b) - y) / len(y)
        dw = X.T @ dz
        w -= 0.1 * dw
        return dw, np.sum(dz)

    before = W.copy()
    assert check(backward)
    np.testing.assert_array_equal(W, before)


def test_a_dict_of_values() -> None:
    a = sigmoid(X @ W + 0.1)
    dz = (y_minus := Y - a) / 3
    wrong = {"dz": dz, "dw": X.T @ dz, "db": np.sum(dz)}
    result = check(wrong, wrt=("w", "b"))
    assert y_minus.shape == (3,)
    assert (result.first_wrong, result.kind) == ("dz", "sign")
    assert [step.verdict for step in result] == ["wrong", "inherits", "inherits"]
    assert check({name: -value for name, value in wrong.items()}, wrt=("w", "b"))
    assert check({"dz": -3 * dz, "dw": -X.T @ dz}, wrt=("w", "b"))["dz"].verdict == "scaled"


def test_the_sign_of_an_objective() -> None:
    def rows(score: Any, label: Any) -> Any:
        p = 1 / (1 + np.exp(-score))
        return -np.sum(label * np.log(p) + (1 - label) * np.log(1 - p))

    def objective(score: Any, dtrain: Any) -> Any:
        p = sigmoid(score)
        grad = dtrain.get_label() - p
        hess = p * (1 - p)
        return grad, hess

    result = kobai.check(rows, objective, np.array([0.5, -1.0, 2.0]), Y)
    assert (result.first_wrong, result.kind) == ("grad", "sign")
    assert result["hess"].verdict == "right"


def _raises(w: Any, b: Any, X: Any, y: Any) -> Any:
    return X @ np.ones(7)


def _nothing(w: Any, b: Any, X: Any, y: Any) -> Any:
    dw = X.T @ y
    del dw


def _too_many(w: Any, b: Any, X: Any, y: Any) -> Any:
    return X.T @ y, 1.0, 2.0


def _strange(theta: Any, data: Any) -> Any:
    return theta


@pytest.mark.parametrize(
    ("hand", "text"),
    [
        (_raises, "raised ValueError"),
        (_nothing, "returned None"),
        (_too_many, "returned 3 values"),
        (_strange, "parameters that nothing is known for: theta, data"),
        ({"something": 1.0}, "none of the names something"),
    ],
)
def test_what_can_not_be_checked(hand: Any, text: str) -> None:
    with pytest.raises(ArgumentError, match=text) as caught:
        check(hand, wrt=("w", "b"))
    assert caught.value.repair


def test_what_is_no_derivation() -> None:
    with pytest.raises(ArgumentTypeError, match="neither a function nor a dict"):
        check(3.0)


def test_every_slip_has_its_cause() -> None:
    problem = PROBLEMS["two_layers"]

    def backward(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
        A1 = np.tanh(X @ W1 + b1)
        A2 = sigmoid(A1 @ W2 + b2)
        dZ2 = (Y - A2) * A2 * (1 - A2)
        dW2 = A1.T @ dZ2
        db2 = dZ2.sum(axis=1)
        dZ1 = dZ2 @ W2.T
        dW1 = X.T @ dZ1
        db1 = dZ1.sum(axis=0)
        return dW1, db1, dW2, db2

    result = kobai.check(problem.loss, backward, *problem.args, wrt=problem.wrt)
    causes = {step.name: step.slip.kind for step in result if step.slip is not None}
    assert causes == {"dZ2": "sign", "db2": "sum", "dZ1": "activation"}
    assert {s.name for s in result if s.verdict == "inherits"} == {"dW2", "dW1", "db1"}
    assert "dZ1 is wrong in itself too" in str(result)


def test_slips_in_a_dict_are_told_from_what_they_lead_to() -> None:
    a = sigmoid(X @ W + 0.1)
    dz = (a - Y) / 3 * a
    result = check({"dz": dz, "dw": -X.T @ dz, "db": np.sum(dz)}, wrt=("w", "b"))
    assert [step.verdict for step in result] == ["wrong", "wrong", "inherits"]
    assert [step.slip and step.slip.kind for step in result] == ["extra", "sign", None]


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "the factor 1/m is missing"), ("ja", "抜けている"), ("zh", "缺少系数 1/m")],
)
def test_a_report_in_three_languages(lang: str, words: str) -> None:
    def backward(X: Any, y: Any, a: Any) -> Any:
        dz = a - y
        return X.T @ dz, np.sum(dz)

    result = check(backward, wrt=("w", "b"), lang=lang)
    assert words in str(result.cause)
    assert words in str(result)
    assert result.kind == "factor"


def test_a_language_that_there_is_not() -> None:
    with pytest.raises(ArgumentError, match="lang is 'xx'"):
        check({"dw": W}, lang="xx")
