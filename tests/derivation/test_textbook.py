"""The lines of the textbooks, character by character."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from tests.derivation.models import MODELS, X, Y, b, rows, w

import kobai
from kobai.derivation import Derivation
from kobai.errors import ArgumentError, ArgumentTypeError

FORMULAS: dict[str, dict[str, str]] = {
    "rows": {
        "z": "X @ w + b",
        "a": "1 / (1 + np.exp(-z))",
        "rows": "np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))",
        "da": "(-y / a + (1 - y) / (1 - a)) / m",
        "dz": "(a - y) / m",
        "dw": "X.T @ dz",
        "db": "np.sum(dz)",
    },
    "columns": {
        "z": "w.T @ X + b",
        "dz": "(a - y) / m",
        "dw": "X @ dz.T",
        "db": "np.sum(dz)",
    },
    "one example": {
        "z": "w1 * x1 + w2 * x2 + b",
        "da": "-y / a + (1 - y) / (1 - a)",
        "dz": "a - y",
        "dw1": "x1 * dz",
        "dw2": "x2 * dz",
        "db": "dz",
    },
    "squared-error unit": {
        "dA": "A - Y",
        "dZ": "(A - Y) * A * (1 - A)",
        "dW": "dZ.T @ X",
        "db": "np.sum(dZ, axis=0)",
    },
    "two layers": {
        "dZ2": "(A2 - Y) * A2 * (1 - A2)",
        "dA1": "dZ2 @ W2.T",
        "dZ1": "dZ2 @ W2.T * (1 - A1**2)",
        "dW1": "X.T @ dZ1",
        "db1": "np.sum(dZ1, axis=0)",
        "dW2": "A1.T @ dZ2",
        "db2": "np.sum(dZ2, axis=0)",
    },
    "softmax": {
        "dU": "Y - T",
        "dH": "dU @ W.T",
        "dV": "X.T @ (dH * (1 - H**2))",
        "dc": "np.sum(dH * (1 - H**2), axis=0)",
        "dW": "H.T @ dU",
        "db": "np.sum(dU, axis=0)",
    },
    "regularised": {"dz": "(a - y) / m", "dw": "X.T @ dz + decay * w", "db": "np.sum(dz)"},
    "relu": {"dp": "2 * (p - y) / m", "dH": "np.outer(dp, w2)", "dW1": "X.T @ dZ"},
    "dict": {"dz": "2 * (z - y) / m", "dw": "X.T @ dz", "db": "np.sum(dz)"},
    "list": {"dW_0": "X.T @ (dH * (1 - H**2))", "dW_1": "H.T @ dP"},
    "unpacked": {"dz": "2 * (z - y) / m", "dW": "X.T @ dz", "db": "np.sum(dz)"},
    "loop": {
        "z_1": "X @ W_0 + b_0",
        "z_2": "a_1 @ W_1 + b_1",
        "z_3": "a_2 @ W_2 + b_2",
        "dz_3": "(a_3 - Y) * (1 - a_3**2)",
        "dz_2": "dz_3 @ W_2.T * (1 - a_2**2)",
        "dz_1": "dz_2 @ W_1.T * (1 - a_1**2)",
        "dW_0": "X.T @ dz_1",
        "dW_2": "a_2.T @ dz_3",
        "db_1": "np.sum(dz_2, axis=0)",
    },
    "parabola": {"J": "x**2 + x", "dx": "2 * x + 1"},
    "saturated": {"dz": "a - y"},
    "functions": {"dz": "(a - y) / m", "dw": "X.T @ dz"},
    "named exponential": {"dz": "(a - y) / m", "dw": "X.T @ dz"},
}
LINES = [
    pytest.param(model, name, formula, id=f"{model}: {name} = {formula}")
    for model, formulas in FORMULAS.items()
    for name, formula in formulas.items()
]


@pytest.mark.parametrize(("model", "name", "formula"), LINES)
def test_a_step_is_the_textbooks(model: str, name: str, formula: str) -> None:
    assert MODELS[model].derivation()[name].formula == formula


CHAIN_RULES = [
    ("one example", "dz", "da * a * (1 - a)"),
    ("rows", "dz", "da * a * (1 - a)"),
    ("columns", "dz", "da * a * (1 - a)"),
    ("saturated", "dz", "da * a * (1 - a)"),
    ("squared-error unit", "dZ", "dA * A * (1 - A)"),
    ("two layers", "dZ1", "dA1 * (1 - A1**2)"),
    ("two layers", "dA1", "dZ2 @ W2.T"),
    ("relu", "dZ", "np.where(Z > 0, dH, 0)"),
    ("loop", "dz_2", "da_2 * (1 - a_2**2)"),
    ("softmax", "dU", "dE * E"),
    ("rows", "dw", "X.T @ dz"),
]


@pytest.mark.parametrize(("model", "name", "line"), CHAIN_RULES)
def test_a_step_begins_with_the_chain_rule(model: str, name: str, line: str) -> None:
    first = MODELS[model].derivation()[name].because[0]
    assert (first.rule, first.before, first.after) == ("chain rule", "", line)


def test_the_cancellation_says_what_it_needed() -> None:
    d = MODELS["rows"].derivation()
    reasons = d["dz"].because
    assert [because.rule for because in reasons] == [
        "chain rule",
        "insert da",
        "multiply out and collect",
    ]
    assert reasons[1].after == "(-y / a + (1 - y) / (1 - a)) / m * a * (1 - a)"
    assert reasons[2].fact == "0 < a < 1, 0 < 1 - a < 1, y is 0 or 1"


def test_a_derivation_by_everything_needs_no_labels_at_hand() -> None:
    d = kobai.derive(rows, w, b, X, Y)
    dz, divisor = d["dz"], next(k for k, v in d.legend.items() if v in ("X.shape[0]", "y.shape[0]"))
    assert dz.formula == f"(a - y) / {divisor}"
    assert dz.because[-1].fact.endswith("y is finite")


def test_the_phases_follow_each_other() -> None:
    d = MODELS["momentum"].derivation()
    names = "z, a, rows, drows, da, dz, dw, db, velocity_w, w, velocity_b, b"
    assert ", ".join(step.name for step in d) == names
    assert [step.phase for step in d] == ["forward"] * 3 + ["backward"] * 5 + ["update"] * 4
    assert len(d) == 12


def test_forward_steps_stand_in_the_order_in_which_they_were_computed() -> None:
    d = MODELS["regularised"].derivation()
    forward = [step.name for step in d if step.phase == "forward"]
    assert forward == ["z", "a", "J", "penalty", "regularised"]
    d = MODELS["loop"].derivation()
    forward = [step.name for step in d if step.phase == "forward"]
    assert forward[:6] == ["z_1", "a_1", "z_2", "a_2", "z_3", "a_3"]


def test_shapes_have_the_names_of_lengths() -> None:
    d = MODELS["softmax"].derivation()
    assert d.legend == {
        "m": "X.shape[0]",
        "n": "X.shape[1]",
        "k": "T.shape[1]",
        "h": "V.shape[1]",
    }
    assert (d["H"].shape, d["dW"].shape, d["J"].shape) == ("(m, h)", "(h, k)", "()")
    assert MODELS["columns"].derivation()["dz"].shape == "(1, m)"


def test_the_users_own_name_for_a_length_is_kept() -> None:
    def loss(w: Any, X: Any, y: Any) -> Any:
        N = len(y)
        return np.sum((X @ w - y) ** 2) / N

    d = kobai.derive(loss, w, X, Y, wrt="w")
    assert d.legend["N"] == "X.shape[0]"
    assert "/ N" in d["loss"].formula


UPDATES = [
    ("gradient descent", "x", "x - α * dx", 1.0 - 0.1 * 3.0),
    ("momentum", "velocity_b", "β * velocity_b + db", None),
    ("momentum", "b", "b - α * velocity_b", None),
    ("nesterov", "b", "b - α * (db + β * velocity_b)", None),
]


@pytest.mark.parametrize(("model", "name", "formula", "value"), UPDATES)
def test_an_update_is_the_optimisers(
    model: str, name: str, formula: str, value: float | None
) -> None:
    d = MODELS[model].derivation()
    step = next(step for step in d if step.phase == "update" and step.name == name)
    assert step.formula == formula
    assert step.sign == ":="
    assert d.names["α"] == 0.1
    if value is not None:
        assert step.value == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("name", ["gradient descent", "momentum", "nesterov"])
def test_an_update_is_what_training_does(name: str) -> None:
    model = MODELS[name]
    d = model.derivation()
    parameters, positions = {"gradient descent": ((1.0,), (0,))}.get(name, ((w, b), (0, 1)))
    fit = kobai.minimize(
        model.loss,
        parameters,
        data=None if name == "gradient descent" else (X, Y),
        argnums=positions,
        steps=1,
        optimizer=model.options["optimizer"],
    )
    updates = [step for step in d if step.phase == "update" and step.name in d.arguments]
    for step, found in zip(updates, fit.params, strict=True):
        np.testing.assert_allclose(step.value, found, rtol=1e-12)


def lookup(d: Derivation, name: str) -> str:
    return d[name].formula


def test_a_step_that_is_not_there_is_told_with_those_that_are() -> None:
    d = MODELS["parabola"].derivation()
    with pytest.raises(ArgumentError, match="there is no step 'dy'") as error:
        lookup(d, "dy")
    assert "J, dJ, dx" in str(error.value)


def test_a_name_in_wrt_that_is_no_argument_is_told() -> None:
    with pytest.raises(ArgumentError, match="use names among w, b, X, y"):
        kobai.derive(rows, w, b, X, Y, wrt=("w", "c"))


def test_a_derivative_by_integers_is_refused() -> None:
    with pytest.raises(ArgumentTypeError, match=r"give it as floating numbers"):
        kobai.derive(rows, w, b, X.astype(int), Y, wrt="X")


def test_a_result_that_is_no_number_is_refused() -> None:
    with pytest.raises(ArgumentError, match="a gradient needs one real number"):
        kobai.derive(lambda x: x * 2, X)


def test_integer_labels_give_the_same_formulas() -> None:
    d = kobai.derive(rows, w, b, X, Y.astype(int), wrt=("w", "b"))
    assert d["da"].formula == "(-y / a + (1 - y) / (1 - a)) / m"
    assert d["dz"].formula == "(a - y) / m"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_derivation_keeps_the_dtype(dtype: str) -> None:
    args = [np.asarray(value, dtype) for value in (w, b, X, Y)]
    d = kobai.derive(rows, *args, wrt="w")
    assert d["dw"].value.dtype == np.dtype(dtype)
    assert d["dz"].formula == "(a - y) / m"
