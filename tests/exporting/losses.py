"""Losses to be exported, each with its arguments and the names of its parameters."""

from collections.abc import Callable
from typing import Any

import numpy as np

Case = tuple[Callable[..., Any], tuple[Any, ...], tuple[str, ...]]

draw = np.random.default_rng(0)


def logistic(w: Any, b: Any, X: Any, y: Any) -> Any:
    r"""A docstring with "quotes", */ and % { } `rm -rf` $(x) \\ ''' and ]]."""
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


def softmax_net(W: Any, b: Any, V: Any, c: Any, X: Any, labels: Any) -> Any:
    hidden = np.tanh(X @ W + b)
    scores = hidden @ V + c
    e = np.exp(scores)
    Y = e / e.sum(axis=1, keepdims=True)
    return -np.mean(np.log(Y[np.arange(len(labels)), labels]))


def perceptron(w: Any, b: Any, X: Any, t: Any) -> Any:
    margin = t * (X @ w + b)
    return np.sum(np.maximum(0, -margin))


def unit(W: Any, b: Any, X: Any, Y: Any) -> Any:
    Z = X @ W + b
    A = 1 / (1 + np.exp(-Z))
    E = np.sum((A - Y) ** 2) / 2
    return E


def deep_net(Ws: Any, bs: Any, x: Any, t: Any) -> Any:
    a = x
    for w, b in zip(Ws, bs, strict=True):
        z = a @ w + b
        a = 1 / (1 + np.exp(-z))
    C = np.sum((t - a) ** 2) / 2
    return C


def poisson(w: Any, X: Any, counts: Any) -> Any:
    rate = np.exp(X @ w)
    return np.mean(rate - counts * np.log(rate))


def huber(w: Any, X: Any, y: Any, width: Any) -> Any:
    r = X @ w - y
    size = np.abs(r)
    each = np.where(size <= width, r**2 / 2, width * (size - width / 2))
    return np.mean(each)


def custom(p: Any, q: Any) -> Any:
    s = np.sin(p) * q + np.sqrt(np.abs(q)) ** 3
    u = np.concatenate([s, p * 2.5])
    return np.sum(np.log1p(u**2)) + np.hypot(p[0], q[-1]) + np.prod([2.0, 3.0])


def log_likelihood(mu: Any, log_sigma: Any, x: Any) -> Any:
    d = (x[:, None] - mu) / np.exp(log_sigma)
    terms = -0.5 * d**2 - log_sigma
    top = terms.max(axis=1, keepdims=True)
    return -np.sum(np.log(np.sum(np.exp(terms - top), axis=1)) + top[:, 0])


def in_columns(w: Any, b: Any, X: Any, Y: Any) -> Any:
    m = X.shape[1]
    Z = w.T @ X + b
    A = 1 / (1 + np.exp(-Z))
    J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    return J


def bilinear(u: Any, M: Any, v: Any) -> Any:
    outer = np.outer(u, v)
    return u @ M @ v + np.einsum("ij,ij->", outer, M) + np.sum((M[1:] - M[:-1]) ** 2)


def walk(steps: Any, start: Any) -> Any:
    path = np.cumsum(steps) + start
    return np.sum(path[::2] ** 2) + path[-1] * np.min(steps)


def cube(T: Any, w: Any) -> Any:
    return np.sum(np.tanh(T * w[:, None]) ** 2) / T.shape[0]


def hostile(
    end: Any,
    printf: Any,
    __: Any,
    i: Any,
    λ: Any,
    重み: Any,
    function: Any,
    x: Any,
    total: Any,
    t1: Any,
) -> Any:
    np_ = end * x + printf
    if_ = np.exp(-(np_**2)) * λ + __ * 重み
    return np.sum(if_ * i) + np.sum(function * total) ** 2 + t1


def alone(x: Any) -> Any:
    return x**2 + x


X = draw.normal(size=(8, 3))
signs = np.where(draw.random(8) > 0.5, 1.0, -1.0)
AND = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
deep = (
    [draw.normal(size=s) for s in ((5, 4), (4, 3), (3, 2))],
    [draw.normal(size=n) for n in (4, 3, 2)],
)

CASES: dict[str, Case] = {
    "logistic": (logistic, (draw.normal(size=3), 0.1, X, (signs + 1) / 2), ("w", "b")),
    "softmax net": (
        softmax_net,
        (
            draw.normal(size=(3, 5)),
            np.zeros(5),
            draw.normal(size=(5, 4)),
            draw.normal(size=4),
            X,
            draw.integers(-4, 4, 8),
        ),
        ("W", "b", "V", "c"),
    ),
    "perceptron": (perceptron, (draw.normal(size=3), -0.2, X, signs), ("w", "b")),
    "unit": (unit, (draw.normal(size=(2, 1)), 0.0, AND, AND[:, :1] * AND[:, 1:]), ("W", "b")),
    "deep net": (deep_net, (*deep, draw.normal(size=(6, 5)), draw.random((6, 2))), ("Ws", "bs")),
    "poisson": (poisson, (draw.normal(size=3) / 4, X, draw.integers(0, 5, 8)), ("w",)),
    "huber": (huber, (draw.normal(size=3), X, draw.normal(size=8) * 3, 0.7), ("w",)),
    "custom": (custom, (draw.normal(size=4), draw.normal(size=4)), ("p", "q")),
    "likelihood": (
        log_likelihood,
        (draw.normal(size=3), draw.normal(size=3) / 3, draw.normal(size=9)),
        ("mu", "log_sigma"),
    ),
    "columns": (
        in_columns,
        (draw.normal(size=(3, 1)), 0.3, X.T, (signs[None] + 1) / 2),
        ("w", "b"),
    ),
    "bilinear": (
        bilinear,
        (draw.normal(size=4), draw.normal(size=(4, 3)), draw.normal(size=3)),
        ("u", "M", "v"),
    ),
    "walk": (walk, (draw.normal(size=7), 0.5), ("steps", "start")),
    "cube": (cube, (draw.normal(size=(2, 3, 4)), draw.normal(size=3)), ("T", "w")),
    "hostile": (
        hostile,
        (
            *draw.normal(size=(7, 4)),
            draw.normal(size=4),
            draw.normal(size=4),
            0.5,
        ),
        ("end", "printf", "__", "i", "λ", "重み", "function", "total", "t1"),
    ),
    "alone": (alone, (3.0,), ("x",)),
}
