"""Optimisers on problems whose answers are published or have a closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kobai
from kobai.graph import AnyArray
from kobai.optim import (
    AdaGrad,
    Adam,
    AdamW,
    Averaging,
    ClipByNorm,
    Cosine,
    GradientDescent,
    OneCycle,
    RMSProp,
    WeightDecay,
)

GENERATOR = np.random.default_rng(5)
X = GENERATOR.normal(size=(60, 3))
Y = X @ np.array([2.0, -1.0, 0.5]) + GENERATOR.normal(size=60)
# 2 classes that overlap.
LABELS = (X @ np.array([1.0, -1.0, 0.5]) + GENERATOR.logistic(size=60) > 0).astype(float)
CURVES = np.array([1.0, 3.0, 10.0])
TARGET = np.array([1.0, -2.0, 0.5])


def quadratic(x: Any) -> Any:
    return np.sum(CURVES * (x - TARGET) ** 2) / 2


def rosenbrock(x: Any) -> Any:
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


def beale(x: Any) -> Any:
    a, b = x[0], x[1]
    first, second = 1.5 - a + a * b, 2.25 - a + a * b**2
    return first**2 + second**2 + (2.625 - a + a * b**3) ** 2


def booth(x: Any) -> Any:
    return (x[0] + 2 * x[1] - 7) ** 2 + (2 * x[0] + x[1] - 5) ** 2


def himmelblau(x: Any) -> Any:
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def least_squares(w: Any) -> Any:
    r = X @ w - Y
    return np.mean(r * r)


def logistic(w: Any) -> Any:
    z = X @ w
    return np.mean(np.log1p(np.exp(z)) - LABELS * z)


def logistic_answer() -> AnyArray:
    """By Newton's method, until nothing changes."""
    w = np.zeros(3)
    for _ in range(50):
        a = 1 / (1 + np.exp(-X @ w))
        w = w - np.linalg.solve((X.T * (a * (1 - a))) @ X, X.T @ (a - LABELS))
    return w


# The loss, where to begin, the answer. Rosenbrock, Comput. J. 3 (1960) 175; Beale, Princeton Univ.
# technical report 25 (1958); Himmelblau, Applied Nonlinear Programming (1972); Booth as in Jamil
# and Yang, Int. J. Math. Model. Numer. Optim. 4 (2013) 150.
PROBLEMS: dict[str, tuple[Any, Any, Any]] = {
    "quadratic": (quadratic, np.zeros(3), TARGET),
    "Booth": (booth, np.zeros(2), np.array([1.0, 3.0])),
    "Himmelblau": (himmelblau, np.array([2.5, 1.5]), np.array([3.0, 2.0])),
    "Beale": (beale, np.array([2.0, 0.0]), np.array([3.0, 0.5])),
    "Rosenbrock": (rosenbrock, np.array([-1.2, 1.0]), np.array([1.0, 1.0])),
    "least squares": (least_squares, np.zeros(3), np.linalg.lstsq(X, Y)[0]),
    "logistic": (logistic, np.zeros(3), logistic_answer()),
}
CONVEX = ("quadratic", "Booth", "least squares", "logistic")
# Optimisers, how close each comes to the answers within 20,000 steps, and on which problems. The
# curvature where training begins bounds it everywhere for the convex ones alone; Adam's steps
# become smaller than 0.01 by chance only, unless their rate falls.
OPTIMISERS: dict[str, tuple[Any, float, tuple[str, ...]]] = {
    "auto": (GradientDescent("auto"), 1e-12, (*CONVEX, "Himmelblau")),
    "momentum": (GradientDescent("auto", momentum=0.9), 1e-12, (*CONVEX, "Rosenbrock")),
    "Nesterov": (
        GradientDescent("auto", momentum=0.9, nesterov=True),
        1e-12,
        (*CONVEX, "Himmelblau", "Rosenbrock"),
    ),
    "clipped": (
        ClipByNorm(GradientDescent("auto", momentum=0.9), 10.0),
        1e-12,
        (*CONVEX, "Himmelblau", "Rosenbrock"),
    ),
    "AdaGrad": (AdaGrad(0.5), 1e-6, tuple(PROBLEMS)),
    "RMSProp": (RMSProp(Cosine(0.01)), 1e-4, tuple(PROBLEMS)),
    "centred RMSProp": (
        RMSProp(Cosine(0.003), momentum=0.5, centered=True),
        1e-6,
        tuple(PROBLEMS),
    ),
    "Adam": (Adam(0.01), 1e-3, tuple(PROBLEMS)),
    "one cycle": (AdamW(OneCycle(0.1), weight_decay=0.0), 1e-9, tuple(PROBLEMS)),
    "averaged": (Averaging(Adam(0.01), decay=0.99), 1e-3, tuple(PROBLEMS)),
}


@pytest.mark.parametrize(
    ("optimiser", "problem"),
    [(optimiser, problem) for optimiser, (*_, on) in OPTIMISERS.items() for problem in on],
)
def test_the_answer_is_found(optimiser: str, problem: str) -> None:
    optimizer, tolerance, _ = OPTIMISERS[optimiser]
    loss, start, answer = PROBLEMS[problem]
    fit = kobai.minimize(loss, start, optimizer=optimizer, steps=20_000)
    np.testing.assert_allclose(fit.params, answer, rtol=tolerance, atol=tolerance)


def test_weight_decay_finds_the_answer_of_ridge_regression() -> None:
    """The mean of squares has the slope 2/m Xᵀr, so that λ stands for m λ / 2 beside XᵀX."""
    optimizer = WeightDecay(GradientDescent("auto"), 0.3)
    fit = kobai.minimize(least_squares, np.zeros(3), optimizer=optimizer)
    answer = np.linalg.solve(X.T @ X + 0.3 * len(Y) / 2 * np.eye(3), X.T @ Y)
    np.testing.assert_allclose(fit.params, answer, rtol=1e-10)


def test_a_mean_takes_the_noise_of_batches_out() -> None:
    """The mean of least squares over one-example steps is closer than where they end."""

    def loss(w: Any, X: Any, y: Any) -> Any:
        r = X @ w - y
        return np.mean(r * r)

    answer = np.linalg.lstsq(X, Y)[0]
    errors = []
    for optimizer in (GradientDescent(0.02), Averaging(GradientDescent(0.02), start=600)):
        fit = kobai.minimize(
            loss, np.zeros(3), (X, Y), optimizer=optimizer, epochs=100, batch_size=1
        )
        errors.append(float(np.max(np.abs(fit.params - answer))))
    assert errors[1] < errors[0] / 3
