"""Losses of the textbooks, with arguments, for derivations that are made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

_RANDOM = np.random.default_rng(7)


def normal(*shape: int) -> Any:
    return np.round(_RANDOM.normal(size=shape), 3)


@dataclass(frozen=True)
class Problem:
    """A loss, its arguments, and what to differentiate it by."""

    loss: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: tuple[str, ...] | None = None


def logistic(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


def logistic_columns(w: Any, b: Any, X: Any, Y: Any) -> Any:
    m = X.shape[1]
    Z = w.T @ X + b
    A = 1 / (1 + np.exp(-Z))
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m


def one_example(w1: Any, w2: Any, b: Any, x1: Any, x2: Any, y: Any) -> Any:
    z = w1 * x1 + w2 * x2 + b
    a = 1 / (1 + np.exp(-z))
    L = -(y * np.log(a) + (1 - y) * np.log(1 - a))
    return L


def unit(W: Any, b: Any, X: Any, Y: Any) -> Any:
    Z = X @ W.T + b
    A = 1 / (1 + np.exp(-Z))
    E = np.sum((A - Y) ** 2) / 2
    return E


def linear(w: Any, b: Any, X: Any, y: Any) -> Any:
    p = X @ w + b
    return np.mean((p - y) ** 2)


def perceptron(w: Any, b: Any, X: Any, y: Any) -> Any:
    s = X @ w + b
    return np.sum(np.maximum(0, -y * s))


def ridge(w: Any, b: Any, X: Any, y: Any, decay: Any) -> Any:
    m = X.shape[0]
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    J = -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a)) / m
    return J + decay / 2 * np.sum(w**2)


def softmax(W: Any, b: Any, X: Any, T: Any) -> Any:
    U = X @ W + b
    E = np.exp(U)
    P = E / np.sum(E, axis=1, keepdims=True)
    return -np.mean(np.sum(T * np.log(P), axis=1))


def softmax_net(V: Any, c: Any, W: Any, b: Any, X: Any, T: Any) -> Any:
    H = np.tanh(X @ V + c)
    U = H @ W + b
    E = np.exp(U)
    Y = E / np.sum(E, axis=1, keepdims=True)
    J = -np.sum(T * np.log(Y))
    return J


def two_layers(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    C = np.sum((A2 - Y) ** 2) / 2
    return C


def columns_net(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    Z2 = W2 @ A1 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    J = -np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / m
    return J


def relu_net(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    P = H @ W2 + b2
    return np.mean((P - Y) ** 2)


def deep(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, X: Any, Y: Any) -> Any:
    z1 = X @ W1 + b1
    a1 = 1 / (1 + np.exp(-z1))
    z2 = a1 @ W2 + b2
    a2 = 1 / (1 + np.exp(-z2))
    z3 = a2 @ W3 + b3
    a3 = 1 / (1 + np.exp(-z3))
    C = np.sum((a3 - Y) ** 2) / 2
    return C


def layers(W: Any, b: Any, X: Any, Y: Any) -> Any:
    a = X
    for k in range(len(W)):
        z = a @ W[k] + b[k]
        a = np.tanh(z)
    return np.sum((a - Y) ** 2) / 2


def squared_rows(prediction: Any, label: Any) -> Any:
    return np.sum((prediction - label) ** 2) / 2


def logistic_rows(score: Any, label: Any) -> Any:
    p = 1 / (1 + np.exp(-score))
    return -np.sum(label * np.log(p) + (1 - label) * np.log(1 - p))


X = normal(6, 3)
LABELS = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
CLASSES = np.eye(4)[[0, 2, 1, 3, 2, 1]]
AND = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
SIGNS = 2 * LABELS - 1
NET = (normal(3, 5), normal(5), normal(5, 2), normal(2))
TARGETS = np.eye(2)[[0, 1, 1, 0, 1, 0]]

PROBLEMS: dict[str, Problem] = {
    "logistic": Problem(logistic, (normal(3), 0.3, X, LABELS), ("w", "b")),
    "logistic_columns": Problem(
        logistic_columns, (normal(3, 1), 0.3, X.T, LABELS[None]), ("w", "b")
    ),
    "one_example": Problem(one_example, (0.5, -1.0, 0.1, 1.5, 2.0, 1.0), ("w1", "w2", "b")),
    "unit": Problem(
        unit,
        (normal(1, 2), normal(1), AND, np.array([[0.0], [0.0], [0.0], [1.0]])),
        ("W", "b"),
    ),
    "linear": Problem(linear, (normal(3), 0.2, X, normal(6)), ("w", "b")),
    "perceptron": Problem(perceptron, (normal(3), 0.2, X, SIGNS), ("w", "b")),
    "ridge": Problem(ridge, (normal(3), 0.3, X, LABELS, 0.7), ("w", "b")),
    "softmax": Problem(softmax, (normal(3, 4), normal(4), X, CLASSES), ("W", "b")),
    "softmax_net": Problem(
        softmax_net,
        (normal(3, 5), normal(5), normal(5, 4), normal(4), X, CLASSES),
        ("V", "c", "W", "b"),
    ),
    "two_layers": Problem(two_layers, (*NET, X, TARGETS), ("W1", "b1", "W2", "b2")),
    "columns_net": Problem(
        columns_net,
        (normal(5, 3), normal(5, 1), normal(1, 5), normal(1, 1), X.T, LABELS[None]),
        ("W1", "b1", "W2", "b2"),
    ),
    "relu_net": Problem(relu_net, (*NET, X, normal(6, 2)), ("W1", "b1", "W2", "b2")),
    "deep": Problem(
        deep,
        (
            *(normal(3, 5), normal(5), normal(5, 4), normal(4), normal(4, 2), normal(2)),
            *(X, TARGETS),
        ),
        ("W1", "b1", "W2", "b2", "W3", "b3"),
    ),
    "layers": Problem(
        layers,
        (
            [normal(3, 4), normal(4, 5), normal(5, 2)],
            [normal(4), normal(5), normal(2)],
            X,
            TARGETS,
        ),
        ("W", "b"),
    ),
    "squared_rows": Problem(squared_rows, (normal(6), normal(6)), ("prediction",)),
    "logistic_rows": Problem(logistic_rows, (normal(6), LABELS), ("score",)),
}
