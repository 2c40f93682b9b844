"""Losses that gather, scatter and scan, as users write them, each with data for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Case = tuple[Callable[..., Any], Callable[[int, str], tuple[Any, ...]]]


def softmax(W: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ W + b
    z = z - np.max(z, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - z[np.arange(len(y)), y])


def softmax_along_axis(W: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ W + b
    logs = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(np.take_along_axis(logs, y[:, None], 1))


def computed_labels(W: Any, b: Any, X: Any, y: Any) -> Any:
    z = np.tanh(X @ W + b)
    return np.sum(z[np.arange(len(y)), np.minimum(np.abs(X[:, 0] * 2.5).astype(int), 2) - 3])


def several_labels(W: Any, b: Any, X: Any, y: Any) -> Any:
    """Two places of each row, which may be the same one."""
    z = np.tanh(X @ W + b)
    two = np.stack([y, 2 - np.abs(y)], axis=1)
    return np.sum(np.take_along_axis(z, two, 1) ** 2 * X[:, :2])


def strided(W: Any, b: Any, X: Any, y: Any) -> Any:
    """Places counted from the back, in steps, in a part."""
    z = np.concatenate([X @ W, X @ W + b], axis=1)[:, ::-1][:, 1:4]
    return np.mean(z[np.arange(len(y)), y] * X[:, 0])


def embedded(E: Any, w: Any, i: Any, y: Any) -> Any:
    return np.mean((np.mean(np.tanh(E[i]), axis=1) @ w - y) ** 2)


def factorised(U: Any, V: Any, i: Any, j: Any, r: Any) -> Any:
    return np.mean((np.sum(U[i] * V[j], axis=1) - r) ** 2) + 0.1 * np.mean(U[i] ** 2)


def paired(U: Any, w: Any, i: Any, j: Any, r: Any) -> Any:
    """Single entries of a matrix, and of one of its rows."""
    return np.mean((U[i, np.minimum(j, 1)] * w[0, -np.minimum(j, 1)] - r) ** 2)


def columns(U: Any, V: Any, i: Any, j: Any, r: Any) -> Any:
    """Places along the last axis, the others kept."""
    return np.mean((np.sum(U.T[:, i] * V.T[:, j], axis=0) - r) ** 2)


def shuffled(U: Any, V: Any, i: Any, j: Any, r: Any) -> Any:
    """Examples that read other examples."""
    z = U[i] @ V[0] - r
    order = np.arange(len(r))[::-1]
    return np.sum(np.sin(z[order] * z)) + np.sum(z[np.minimum(np.abs(i), len(r) - 1)] ** 2)


def cox(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w[:, 0] + b[0]
    top = np.max(z)
    return -np.mean(y * (z - np.log(np.cumsum(np.exp(z - top))) - top))


def cox_of_logarithms(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w[:, 0] * 10 * b[0]
    return -np.mean(y * (z - np.logaddexp.accumulate(z)))


def drawdown(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = np.cumsum(X @ w[:, 0] * y) + b[0]
    return np.mean(np.maximum.accumulate(z) - z) + np.mean(np.minimum.accumulate(z[::-1]) ** 2)


def running(w: Any, b: Any, X: Any, y: Any) -> Any:
    """Within each example, along either axis of what is left."""
    Z = X[:, :, None] * w
    total = np.cumsum(Z, axis=1) * np.cumsum(Z[:, ::-1], axis=2) + np.cumprod(Z + 1, axis=1)
    return np.mean(np.maximum.accumulate(total, axis=1)) + np.mean(np.cumprod(Z * b, axis=2))


def put_together(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = np.concatenate([X @ w, X[:, 1:3], np.ones((len(y), 1)).astype(X.dtype)], axis=1)
    return np.mean(z[:, 1:] * z[:, :-1]) * np.sum(b) + np.mean(
        np.concatenate([z[:, 0], z[::-1, 1]]) ** 2
    )


def labelled(rows: int, dtype: str) -> tuple[Any, ...]:
    g = np.random.default_rng(rows)
    W, X = g.normal(size=(5, 3)).astype(dtype), g.normal(size=(rows, 5)).astype(dtype)
    return W, g.normal(size=3).astype(dtype), X, g.integers(-3, 3, rows)


def with_words(rows: int, dtype: str) -> tuple[Any, ...]:
    g = np.random.default_rng(rows)
    E, w = g.normal(size=(7, 6)).astype(dtype), g.normal(size=6).astype(dtype)
    return E, w, g.integers(-7, 7, (rows, 4)).astype(np.int32), g.normal(size=rows).astype(dtype)


def rated(rows: int, dtype: str) -> tuple[Any, ...]:
    g = np.random.default_rng(rows)
    U, V = g.normal(size=(40, 2)).astype(dtype), g.normal(size=(30, 2)).astype(dtype)
    r = g.normal(size=rows).astype(dtype)
    return U, V, g.integers(-40, 40, rows), g.integers(0, 30, rows), r


CASES: tuple[Case, ...] = (
    *((f, labelled) for f in (softmax, softmax_along_axis, computed_labels, several_labels)),
    *((f, labelled) for f in (strided, cox, cox_of_logarithms, drawdown, running, put_together)),
    (embedded, with_words),
    *((f, rated) for f in (factorised, paired, columns, shuffled)),
)
