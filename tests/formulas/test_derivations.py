"""A derivation of a formula bears the names of its statements, as one of a function does."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.formulas import Formula
from kobai.recording import record

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((8, 3))
w = RANDOM.standard_normal(3)
y = (RANDOM.uniform(size=8) > 0.5).astype(float)
LOGISTIC = "z = X @ w + b; a = sigmoid(z); J = mean(-(y*log(a) + (1-y)*log(1-a)))"


def logistic(X: Any, w: Any, b: Any, y: Any) -> Any:
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    J = np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))
    return J


def test_a_formula_is_derived_as_the_same_function_is() -> None:
    found = kobai.derive(Formula(LOGISTIC), X, w, 0.1, y, wrt=("w", "b"))
    wanted = kobai.derive(logistic, X, w, 0.1, y, wrt=("w", "b"))
    assert [step.name for step in found] == ["z", "a", "J", "dJ", "da", "dz", "dw", "db"]
    assert [step.formula for step in found] == [step.formula for step in wanted]
    assert [step.because for step in found] == [step.because for step in wanted]
    for step, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(step.value, other.value)
    assert found["dz"].formula == "(a - y) / m"
    assert found.function == "J"
    assert found.arguments == ("X", "w", "b", "y")


def test_a_loss_without_a_name() -> None:
    derivation = kobai.derive(Formula("z = 2 * x; z**2"), 3.0)
    assert [step.name for step in derivation] == ["z", "loss", "dloss", "dz", "dx"]


def test_lengths_are_found_and_named() -> None:
    text = "count = X.shape[0]; z = X @ w; sum((z - y)**2) / count"
    derivation = kobai.derive(Formula(text), X, w, y, wrt="w")
    assert derivation["dz"].formula == "2 * (z - y) / count"
    assert derivation.legend["count"] == "X.shape[0]"


def test_a_second_name_for_an_argument() -> None:
    derivation = kobai.derive(Formula("p = x; z = p**2; z + p"), 3.0)
    assert derivation["z"].formula == "x**2"
    assert derivation["dx"].value == 7.0


def test_gradients_of_gradients() -> None:
    assert kobai.grad(kobai.grad(Formula("x**3")))(2.0) == pytest.approx(12.0)


def test_errors_have_their_place_in_the_formula() -> None:
    with pytest.raises(kobai.errors.ShapeError) as caught:
        kobai.derive(Formula("z = X @ w;\nsum(z.reshape(2, 5))"), X, w)
    assert str(caught.value) == (
        "formula, line 2, column 5: an array of shape (8,) can't become (2, 5)\n"
        "    sum(z.reshape(2, 5))\n"
        "        ^^^^^^^^^^^^^^^\n"
        "  Repair: the number of entries has to stay the same"
    )


def test_nothing_is_kept_of_a_run() -> None:
    formula = Formula("z = x * 2; sum(z)")
    array = np.ones(3)
    reference = weakref.ref(array)
    recording = record(formula, (array,), [0], is_watched=True)
    assert list(recording.trace.names) == ["z"]
    del recording, array
    gc.collect()
    assert reference() is None


def test_one_formula_in_many_threads() -> None:
    formula = Formula(LOGISTIC)
    found: list[list[str]] = []

    def derive() -> None:
        derivation = kobai.derive(formula, X, w, 0.1, y, wrt="w")
        found.append([step.name for step in derivation])

    threads = [threading.Thread(target=derive) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["z", "a", "J", "dJ", "da", "dz", "dw"]] * 8


@pytest.mark.parametrize(
    "text",
    [
        LOGISTIC,
        "z = X @ w; a = tanh(z); sum((a - y)**2) / 2",
        "z = X @ w; a = relu(z); mean(abs(a - y)) + 0.1 * sum(w**2)",
        "p = softmax(X * w); -sum(log(p)) / len(X)",
        "z = logaddexp(X, w)[1:, ::2]; z.T.mean(axis=0, keepdims=True).sum()",
        "a = where((X > 0) & (X < 1), X**2, abs(X)); a.max() + einsum('ij,j->', a, w)",
        "s = concatenate((X, w[None, :]), axis=0); s.T.reshape(27)[:9].sum() * pi / e**2",
        "d = X - mean(X, axis=0); s = mean(d**2, axis=0); sum(d / sqrt(s + 1e-5) * w) / b",
    ],
)
def test_every_step_reads_back(text: str) -> None:
    formula = Formula(text)
    values = {"X": X, "w": w, "b": 0.1, "y": y}
    derivation = kobai.derive(formula, *[values[name] for name in formula.arguments])
    known = {**derivation.names, **{step.name: step.value for step in derivation}}
    for step in derivation:
        again = eval(step.formula, {"np": np}, known)
        np.testing.assert_allclose(again, step.value, rtol=1e-12, atol=1e-14, err_msg=step.name)
