"""Losses as learners write them, with arguments: what the derivations are tested on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import kobai
from kobai.derivation import Derivation

X = np.array([[0.5, 1.0], [-1.0, 2.0], [2.0, -0.5], [1.5, 1.5], [-0.25, -1.0], [0.75, -2.0]])
Y = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0])
LABELS = np.eye(3)[[0, 2, 1, 0, 2, 1]]


def matrix(rows: int, columns: int) -> Any:
    """A matrix of small numbers, no two alike."""
    return np.round(np.sin(np.arange(1, rows * columns + 1)), 2).reshape(rows, columns)


@dataclass(frozen=True)
class Model:
    """A loss and its arguments, and what to derive it by."""

    loss: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: tuple[str, ...] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def derivation(self) -> Derivation:
        return kobai.derive(self.loss, *self.args, wrt=self.wrt, **self.options)


def rows(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


def columns(w: Any, b: Any, X: Any, y: Any) -> Any:
    m = X.shape[1]
    z = w.T @ X + b
    a = 1 / (1 + np.exp(-z))
    J = -1 / m * np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))
    return J


def one_example(w1: Any, w2: Any, b: Any, x1: Any, x2: Any, y: Any) -> Any:
    z = w1 * x1 + w2 * x2 + b
    a = 1 / (1 + np.exp(-z))
    L = -(y * np.log(a) + (1 - y) * np.log(1 - a))
    return L


def squared_error_unit(W: Any, b: Any, X: Any, Y: Any) -> Any:
    Z = X @ W.T + b
    A = 1 / (1 + np.exp(-Z))
    C = np.sum((A - Y) ** 2) / 2
    return C


def two_layers(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2 + b2
    A2 = 1 / (1 + np.exp(-Z2))
    C = np.sum((A2 - Y) ** 2) / 2
    return C


def softmax_net(V: Any, c: Any, W: Any, b: Any, X: Any, T: Any) -> Any:
    H = np.tanh(X @ V + c)
    U = H @ W + b
    E = np.exp(U)
    Y = E / np.sum(E, axis=1, keepdims=True)
    J = -np.sum(T * np.log(Y))
    return J


def regularised(w: Any, b: Any, X: Any, y: Any, decay: Any) -> Any:
    m = X.shape[0]
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    J = -np.sum(y * np.log(a) + (1 - y) * np.log(1 - a)) / m
    penalty = decay / 2 * np.sum(w**2)
    return J + penalty


def weighted(w: Any, b: Any, X: Any, y: Any, s: Any) -> Any:
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    L = -(y * np.log(a) + (1 - y) * np.log(1 - a))
    return np.sum(s * L) / np.sum(s)


def relu_net(W1: Any, b1: Any, w2: Any, b2: Any, X: Any, y: Any) -> Any:
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    p = H @ w2 + b2
    return np.mean((p - y) ** 2)


def leaky(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    h = np.where(z > 0, z, 0.1 * z)
    return np.mean((h - y) ** 2)


def parameters_in_a_dict(params: Any, X: Any, y: Any) -> Any:
    z = X @ params["w"] + params["b"]
    return np.mean((z - y) ** 2)


def parameters_in_a_list(W: Any, X: Any, Y: Any) -> Any:
    H = np.tanh(X @ W[0])
    P = H @ W[1]
    return np.mean((P - Y) ** 2)


def unpacked(params: Any, X: Any, y: Any) -> Any:
    W, b = params
    z = X @ W + b
    return np.mean((z - y) ** 2)


def loop_over_layers(W: Any, b: Any, X: Any, Y: Any) -> Any:
    a = X
    for k in range(len(W)):
        z = a @ W[k] + b[k]
        a = np.tanh(z)
    return np.sum((a - Y) ** 2) / 2


def saturated(z: Any, y: Any) -> Any:
    a = 1 / (1 + np.exp(-z))
    L = np.sum(-(y * np.log(a) + (1 - y) * np.log(1 - a)))
    return L


def parabola(x: Any) -> Any:
    J = x**2 + x
    return J


def _cross_entropy(a: Any, y: Any) -> Any:
    return -(y * np.log(a) + (1 - y) * np.log(1 - a))


def split_into_functions(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    return np.mean(_cross_entropy(a, y))


def named_exponential(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    e = np.exp(-z)
    a = 1 / (1 + e)
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


w, b = np.array([0.5, -1.0]), 0.1
MOMENTUM = kobai.optim.GradientDescent(0.1, momentum=0.9)
NESTEROV = kobai.optim.GradientDescent(0.1, momentum=0.9, nesterov=True)
ADAM = kobai.optim.ClipByNorm(kobai.optim.AdamW(kobai.optim.Cosine(0.1)), 0.1)
MEAN = kobai.optim.Averaging(
    kobai.optim.WeightDecay(kobai.optim.RMSProp(centered=True, momentum=0.5), 0.1, skip=("b",)), 0.9
)
NET = (matrix(2, 3), matrix(1, 3)[0], matrix(3, 1), np.array([0.2]))

MODELS: dict[str, Model] = {
    "rows": Model(rows, (w, b, X, Y), ("w", "b")),
    "columns": Model(columns, (w[:, None], b, X.T, Y[None]), ("w", "b")),
    "one example": Model(one_example, (0.5, -1.0, 0.1, 1.5, 2.0, 1.0), ("w1", "w2", "b")),
    "squared-error unit": Model(
        squared_error_unit,
        (
            np.array([[0.3, -0.2]]),
            np.array([0.1]),
            np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
            np.array([[0.0], [0.0], [0.0], [1.0]]),
        ),
        ("W", "b"),
    ),
    "two layers": Model(two_layers, (*NET, X, Y[:, None]), ("W1", "b1", "W2", "b2")),
    "softmax": Model(
        softmax_net,
        (matrix(2, 4), matrix(1, 4)[0], matrix(4, 3), matrix(1, 3)[0], X, LABELS),
        ("V", "c", "W", "b"),
    ),
    "regularised": Model(regularised, (w, b, X, Y, 0.01), ("w", "b")),
    "weighted": Model(weighted, (w, b, X, Y, np.arange(1.0, 7.0)), ("w", "b")),
    "relu": Model(relu_net, (*NET[:2], matrix(1, 3)[0], 0.2, X, Y), ("W1", "b1", "w2", "b2")),
    "where": Model(leaky, (w, b, X, Y), ("w", "b")),
    "dict": Model(parameters_in_a_dict, ({"w": w, "b": b}, X, Y), ("params",)),
    "list": Model(parameters_in_a_list, ([matrix(2, 3), matrix(3, 3)], X, LABELS), ("W",)),
    "unpacked": Model(unpacked, ((w, b), X, Y), ("params",)),
    "loop": Model(
        loop_over_layers,
        (
            [matrix(2, 4), matrix(4, 5), matrix(5, 3)],
            [matrix(1, 4)[0], matrix(1, 5)[0], matrix(1, 3)[0]],
            X,
            LABELS,
        ),
        ("W", "b"),
    ),
    "saturated": Model(
        saturated, (np.array([1000.0, -1000.0, 0.5]), np.array([0.0, 1.0, 1.0])), ("z",)
    ),
    "parabola": Model(parabola, (1.0,)),
    "gradient descent": Model(
        parabola, (1.0,), options={"optimizer": kobai.optim.GradientDescent(0.1)}
    ),
    "momentum": Model(rows, (w, b, X, Y), ("w", "b"), {"optimizer": MOMENTUM}),
    "nesterov": Model(rows, (w, b, X, Y), ("w", "b"), {"optimizer": NESTEROV}),
    "adam": Model(rows, (w, b, X, Y), ("w", "b"), {"optimizer": ADAM}),
    "mean of iterates": Model(rows, (w, b, X, Y), ("w", "b"), {"optimizer": MEAN}),
    "functions": Model(split_into_functions, (w, b, X, Y), ("w", "b")),
    "named exponential": Model(named_exponential, (w, b, X, Y), ("w", "b")),
}
