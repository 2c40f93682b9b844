"""A formula has the value and the gradient of the same expression in Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kobai
from kobai.formulas import Formula

RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(0.2, 0.8, (4, 3))
Y = RANDOM.uniform(0.2, 0.8, (4, 3))
w = RANDOM.uniform(0.2, 0.8, 3)
b = 0.3

# The arguments of each function stand in the order of their first appearance in the formula.
CASES: list[tuple[str, Callable[..., Any]]] = [
    ("b + 1", lambda b: b + 1),
    ("2 - b * 3 / 4", lambda b: 2 - b * 3 / 4),
    ("-b ** 2", lambda b: -(b**2)),
    ("2 ** -b", lambda b: 2**-b),
    ("2 ** 3 ** 2 * b", lambda b: 512 * b),
    ("(1 - 2) - 3 + +b", lambda b: -4 + b),
    ("b * 1e-3 + .5 + 2. + 1.5E+2", lambda b: b * 1e-3 + 0.5 + 2.0 + 1.5e2),
    ("b * 12345678901234567890", lambda b: b * 12345678901234567890.0),
    ("pi * b + e", lambda b: math.pi * b + math.e),
    ("np.pi * b + numpy.e", lambda b: math.pi * b + math.e),
    ("sum(X @ w + b)", lambda X, w, b: np.sum(X @ w + b)),
    ("np.sum(X) + numpy.mean(X)", lambda X: np.sum(X) + np.mean(X)),
    ("sum(X, axis=0)[1]", lambda X: np.sum(X, axis=0)[1]),
    ("sum(X, 0)[1]", lambda X: np.sum(X, 0)[1]),
    ("sum(sum(X, axis=(0, 1)))", np.sum),
    ("sum(X / sum(X, axis=-1, keepdims=True))", lambda X: np.sum(X / X.sum(-1, keepdims=True))),
    ("mean(X * Y) + max(X) - min(Y)", lambda X, Y: np.mean(X * Y) + np.max(X) - np.min(Y)),
    (
        "X.sum() + X.mean(axis=1).sum() + X.max() - X.min()",
        lambda X: np.sum(X) + X.mean(axis=1).sum() + X.max() - X.min(),
    ),
    ("sum(X.T @ Y)", lambda X, Y: np.sum(X.T @ Y)),
    ("sum(X.dot(w)) + dot(w, w)", lambda X, w: np.sum(X @ w) + w @ w),
    ("sum(outer(w, w)[0])", lambda w: np.sum(np.outer(w, w)[0])),
    ("einsum('ij,j->', X, w)", lambda X, w: np.einsum("ij,j->", X, w)),
    ('einsum("ij,j -> i", X, w)[0]', lambda X, w: (X @ w)[0]),
    ("sum(X[1:, ::2])", lambda X: np.sum(X[1:, ::2])),
    ("sum(X[-1]) + X[0, 1] + X[..., 0].sum()", lambda X: X[-1].sum() + X[0, 1] + X[:, 0].sum()),
    ("sum(w[None, :] * X[:, 1 + 1, None])", lambda w, X: np.sum(w[None, :] * X[:, 2, None])),
    ("sum(X[: len(X) - 1])", lambda X: np.sum(X[:3])),
    ("sum(X) / X.shape[0] / X.shape[-1] / len(X) / X.size", lambda X: np.sum(X) / 4 / 3 / 4 / 12),
    ("sum(X.reshape(2, -1)[1])", lambda X: np.sum(X.reshape(2, -1)[1])),
    ("sum(X.reshape((2, 6))[1])", lambda X: np.sum(X.reshape(2, -1)[1])),
    ("sum(reshape(X, (2, 6))[1])", lambda X: np.sum(X.reshape(2, -1)[1])),
    ("sum(concatenate((X, Y), axis=1)[0])", lambda X, Y: np.sum(X[0]) + np.sum(Y[0])),
    ("sum(stack([w, 2 * w])[1])", lambda w: np.sum(2 * w)),
    ("sum(where(X > Y, X, Y))", lambda X, Y: np.sum(np.where(X > Y, X, Y))),
    (
        "sum(where((X > 0.3) & (X <= 0.6) | ~(Y >= 0.5), X, Y))",
        lambda X, Y: np.sum(np.where((X > 0.3) & (X <= 0.6) | ~(Y >= 0.5), X, Y)),
    ),
    ("sum(where(X != Y, X, Y) * (X == X) + Y)", lambda X, Y: np.sum(X + Y)),
    ("sum(where(~(1 > 2), X, 0))", np.sum),
    (
        "sum(maximum(X, 0.5) + minimum(Y, 0.5))",
        lambda X, Y: np.sum(np.maximum(X, 0.5)) + np.sum(np.minimum(Y, 0.5)),
    ),
    ("sum(clip(X, 0.3, 0.6))", lambda X: np.sum(np.clip(X, 0.3, 0.6))),
    ("sum(log1p(X) + expm1(Y))", lambda X, Y: np.sum(np.log1p(X) + np.expm1(Y))),
    (
        "sum(sqrt(X) * tanh(X) * sin(X) * cos(X))",
        lambda X: np.sum(np.sqrt(X) * np.tanh(X) * np.sin(X) * np.cos(X)),
    ),
    ("sum(abs(X - Y) + square(X))", lambda X, Y: np.sum(np.abs(X - Y) + X**2)),
    ("sum(logaddexp(X, Y))", lambda X, Y: np.sum(np.logaddexp(X, Y))),
    ("sum(sigmoid(X - 0.5))", lambda X: np.sum(1 / (1 + np.exp(-(X - 0.5))))),
    ("sum(softplus(X))", lambda X: np.sum(np.log(1 + np.exp(X)))),
    ("sum(relu(X - 0.5))", lambda X: np.sum(np.maximum(X - 0.5, 0))),
    (
        "sum(softmax(X)[:, 0])",
        lambda X: np.sum((np.exp(X) / np.exp(X).sum(1, keepdims=True))[:, 0]),
    ),
    ("sum(softmax(X, axis=0)[0])", lambda X: np.sum((np.exp(X) / np.exp(X).sum(0))[0])),
    ("sum(log_softmax(X)[0])", lambda X: np.sum((X - np.log(np.exp(X).sum(1, keepdims=True)))[0])),
    ("z = X @ w; a = exp(z)\nsum(a * z)", lambda X, w: np.sum(np.exp(X @ w) * (X @ w))),
    ("m = len(X); J = sum(X) / m", lambda X: np.sum(X) / 4),
    ("mean = sum(X) / 12; sum((X - mean)**2)", lambda X: np.sum((X - np.mean(X)) ** 2)),
    ("e = X - Y; sum(e * e)", lambda X, Y: np.sum((X - Y) ** 2)),
    ("\n  ; z = X ;; \n\n z2 = z  # a remark; no statement\r\n sum(z2);\r", np.sum),
    ("sum(X  # rows\n    * Y\n)", lambda X, Y: np.sum(X * Y)),
]


@pytest.mark.parametrize(("text", "function"), CASES, ids=[text for text, _ in CASES])
def test_a_formula_is_what_python_makes_of_it(text: str, function: Callable[..., Any]) -> None:
    formula = Formula(text)
    values = {"X": X, "Y": Y, "w": w, "b": b}
    arguments = [values[name] for name in formula.arguments]
    argnums = tuple(range(len(arguments)))
    np.testing.assert_allclose(formula(*arguments), function(*arguments), rtol=1e-14)
    value, slopes = kobai.value_and_grad(formula, argnums)(*arguments)
    wanted, wanted_slopes = kobai.value_and_grad(function, argnums)(*arguments)
    np.testing.assert_allclose(value, wanted, rtol=1e-14)
    for slope, wanted_slope in zip(slopes, wanted_slopes, strict=True):
        np.testing.assert_allclose(slope, wanted_slope, rtol=1e-12, atol=1e-14)


def test_numbers_have_numpys_arithmetic() -> None:
    assert Formula("1 / x")(0.0) == np.inf
    assert Formula("1 / x")(0) == np.inf
    assert np.isnan(Formula("log(x)")(-1))
    assert Formula("x * 2")([1, 2]).tolist() == [2, 4]


def test_the_dtype_of_the_arguments_is_kept() -> None:
    x = np.ones(2, np.float32)
    assert Formula("sum(x * 0.5 + 1 / 3) ** 2 / pi")(x).dtype == np.float32


def test_arguments_are_left_as_they_are() -> None:
    x = np.arange(3.0)
    Formula("sum(x + 1)")(x)
    assert x.tolist() == [0, 1, 2]
