"""Losses of all kinds, as users write them: for machine code to agree with NumPy about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from kobai.graph import AnyArray


def logistic(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


def examples_in_columns(w: Any, b: Any, X: Any, y: Any) -> Any:
    a = 1 / (1 + np.exp(-(w.T @ X.T + b)))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


def poisson(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    return np.mean(np.exp(z) - y * z)


def hinge(w: Any, b: Any, X: Any, y: Any) -> Any:
    return np.mean(np.maximum(0, 1 - (2 * y - 1) * (X @ w + b)))


def huber(w: Any, b: Any, X: Any, y: Any) -> Any:
    r = np.abs(y - X @ w - b)
    return np.mean(np.where(r < 1, 0.5 * r**2, r - 0.5))


def quantile(w: Any, b: Any, X: Any, y: Any) -> Any:
    r = y - X @ w - b
    return np.mean(np.maximum(0.9 * r, -0.1 * r))


def standardised(w: Any, b: Any, X: Any, y: Any) -> Any:
    """Means over all examples come back to each of them."""
    mean = X.mean(axis=0)
    scale = np.sqrt(np.mean((X - mean) ** 2, axis=0) + 1e-5)
    z = ((X - mean) / scale) @ w + b
    return np.mean((z - z.mean()) ** 2 * y) + np.max(z)


def softmax_over_examples(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    return np.sum(np.exp(z) / np.sum(np.exp(z)) * y)


def cox(w: Any, b: Any, X: Any, y: Any) -> Any:
    """A scan, which NumPy computes."""
    z = X @ w + b
    return -np.sum(y * (z - np.log(np.cumsum(np.exp(z))))) / len(y)


def pairs(w: Any, b: Any, X: Any, y: Any) -> Any:
    """Each example against each."""
    z = X[:200] @ w + b
    return np.mean(np.exp(-((z[:, None] - z[None, :]) ** 2)) * (y[:200, None] - y[:200]))


def rearranged(w: Any, b: Any, X: Any, y: Any) -> Any:
    Z = (X * w).T[::-1, :]
    return np.sum(Z[1:, :] * Z[:-1, :]) + np.mean(X[:, 0] * X[:, -1] * y) * b + np.max(np.abs(Z))


def whole_numbers(w: Any, b: Any, X: Any, y: Any) -> Any:
    count = (X > 0).sum(axis=1)
    return np.mean(count * (X @ w + b)) + np.sum(X[X > 0]) * 0.01 * b + np.mean(np.sign(X) @ w)


def special_functions(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = np.exp(X @ w + b)
    found = special.gammaln(z + y) - special.gammaln(z) + special.erf(z) + np.arctan(z) + np.cbrt(z)
    return np.mean(found + np.sin(z) * np.logaddexp(z, y) + z**1.5)


def network(w: Any, b: Any, X: Any, y: Any) -> Any:
    """Two layers, made of what parameters there are."""
    W1 = np.outer(w, np.array([1.0, -0.5, 2.0, 0.25])).astype(X.dtype)
    h = np.tanh(X @ W1 + b)
    W2 = np.reshape(np.arange(12.0) / 12, (4, 3)).astype(X.dtype) * b
    z = h @ W2
    T = np.stack([y, 1 - y, 0 * y], axis=1)
    E = np.exp(z - z.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return -np.mean(np.sum(T * np.log(P), axis=1)) + 1e-3 * np.sum(W1**2)


def indexed(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = np.maximum(X * w, 0) + b
    chosen = z[np.arange(len(y)), y.astype(int)]
    return np.mean(np.log(np.sum(np.exp(z), axis=1)) - chosen)


def mixture(w: Any, b: Any, X: Any, y: Any) -> Any:
    """Distances to every one of a few centres: values with three axes."""
    centres = w * np.array([[1.0], [-1.0], [0.5]]).astype(X.dtype)
    distances = np.sum((X[:, None, :] - centres) ** 2, axis=2)
    return -np.mean(np.log(np.sum(np.exp(b - distances / 2), axis=1)))


def full_mixture(w: Any, b: Any, X: Any, y: Any) -> Any:
    """Distances in a metric for each centre: contractions with four axes."""
    d = X.shape[1]
    scales = np.array([1.0, -2.0, 0.5]).astype(X.dtype)
    L = scales[:, None, None] * w[:, None] * np.tri(d).astype(X.dtype)
    centred = X[:, None, :] - scales[:, None] * w
    distances = np.sum(np.einsum("kij,nkj->nki", L, centred) ** 2, axis=2)
    stacked = (centred[:, :, None, :] @ L)[:, :, 0, :]
    scores = b - distances / 2 + np.sum(np.sin(stacked), axis=2)
    return -np.mean(y * np.log(np.sum(np.exp(scores), axis=1)))


def contracted(w: Any, b: Any, X: Any, y: Any) -> Any:
    """Three operands, outer products of each example, traces."""
    A = np.outer(w, w) + b * np.eye(len(w)).astype(X.dtype)
    quadratic = np.einsum("ni,ij,nj->n", X, A, X)
    moments = np.einsum("n,ni,nj->ij", y, X, X) / len(X)
    return np.mean(quadratic * y) + np.einsum("ij,ji->", A, moments) + np.trace(moments) * b


def factors(w: Any, b: Any, X: Any, y: Any) -> Any:
    return np.sum((X - (y[:, None] * b) @ w[None, :]) ** 2) / len(X) + 0.1 * np.sum(w**2)


def gaussian_process(w: Any, b: Any, X: Any, y: Any) -> Any:
    """Factors and systems, which NumPy computes."""
    x = X[:30] * w
    D = np.sum((x[:, None, :] - x[None]) ** 2, axis=2)
    L = np.linalg.cholesky(np.exp(-D / 2) + (1 + b**2) * np.eye(len(x)).astype(X.dtype))
    a = np.linalg.solve(L, y[:30])
    return 0.5 * np.sum(a**2) + np.sum(np.log(np.diag(L)))


LOSSES: tuple[Callable[..., Any], ...] = (
    logistic,
    examples_in_columns,
    poisson,
    hinge,
    huber,
    quantile,
    standardised,
    softmax_over_examples,
    cox,
    pairs,
    rearranged,
    whole_numbers,
    special_functions,
    network,
    indexed,
    mixture,
    full_mixture,
    contracted,
    factors,
    gaussian_process,
)


def drawn(rows: int, dtype: str, features: int = 5) -> tuple[AnyArray, Any, AnyArray, AnyArray]:
    """Parameters and data."""
    generator = np.random.default_rng(rows)
    w = (generator.normal(size=features) * 0.3).astype(dtype)
    X = generator.normal(size=(rows, features)).astype(dtype)
    y = (generator.random(rows) > 0.5).astype(dtype)
    return w, np.dtype(dtype).type(0.1), X, y
