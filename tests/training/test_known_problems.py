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
# technical report 25 (1958); Himmelblau, Applied Nonlinear Programming (1972); Booth as in Jamil and
# Yang, Int. J. Math. Model. Numer. Optim. 4 (2013) 150.
PROBLEMS: dict[str, tuple[Any, Any, Any]] = {
    "quadratic": (quadratic, np.zeros(3), TARGET),
    "Booth": (booth, np.zeros(2), np.array([1.0, 3.0])),
    "Himmelblau": (himmelblau, np.array([2.5, 1.5]), np.array([3.0, 2.0])),
    "Beale": (beale, np.array([2.0, 0.0]), np.array([3.0, 0.5])),
    "Rosenbrock": (rosenbrock, np.array([-1.2, 1.0]), np.array([1.0, 1.0])),
    "least squares": (least_squares, np.zeros(3), np.linalg.lstsq(X, Y)[0]),
    "logistic": (logistic, np.zeros(3), logistic_answer()),
}
# What is as far from an answer as rounding allows, and what a rate that falls to 0 leaves.
EXACT, CLOSE = 1e-6, 1e-3
# Optimisers, and how close each gets to each of the answers within 20,000 steps.
OPTIMISERS: dict[str, tuple[Any, float]] = {
    "auto": (GradientDescent("auto"), EXACT),
    "momentum": (GradientDescent("auto", momentum=0.9), EXACT),
    "Nesterov": (GradientDescent("auto", momentum=0.9, nesterov=True), EXACT),
    "AdaGrad": (AdaGrad(0.5), EXACT),
    "RMSProp": (RMSProp(Cosine(0.01)), CLOSE),
    "centred RMSProp": (RMSProp(Cosine(0.003), momentum=0.5, centered=True), CLOSE),
    "Adam": (Adam(0.01), EXACT),
    "AdamW": (AdamW(0.01, weight_decay=0.0), EXACT),
    "one cycle": (Adam(OneCycle(0.1)), EXACT),
    "clipped": (ClipByNorm(GradientDescent("auto", momentum=0.9), 10.0), EXACT),
    "averaged": (Averaging(Adam(0.01), decay=0.99), EXACT),
}
