"""More losses to be exported: models of several kinds, thin shapes, names that collide."""

from typing import Any

import numpy as np
from tests.exporting.losses import Case

draw = np.random.default_rng(1)


def layered(layers: Any, X: Any, y: Any) -> Any:
    a = X
    for W, b in layers[:-1]:
        a = np.tanh(a @ W + b)
    W, b = layers[-1]
    return np.mean((a @ W + b - y) ** 2)


def named_parameters(params: Any, X: Any, y: Any) -> Any:
    h = np.maximum(X @ params["W1"] + params["b1"], 0)
    p = h @ params["W2"] + params["b2"]
    return np.mean((p[:, 0] - y) ** 2)


def factors(U: Any, V: Any, R: Any, known: Any) -> Any:
    E = known * (R - U @ V.T)
    return np.sum(E**2) / 2 + 0.1 * (np.sum(U**2) + np.sum(V**2))


def cox(beta: Any, X: Any, events: Any) -> Any:
    eta = X @ beta
    risk = np.cumsum(np.exp(eta)[::-1])[::-1]
    return -np.sum(events * (eta - np.log(risk)))


def attention(Q: Any, K: Any, V: Any, X: Any, T: Any) -> Any:
    q, k, v = X @ Q, X @ K, X @ V
    S = np.einsum("ij,kj->ik", q, k) / np.sqrt(k.shape[1])
    S = np.exp(S - S.max(axis=1, keepdims=True))
    A = S / S.sum(axis=1, keepdims=True)
    return np.sum((A @ v - T) ** 2)


def layer_norm(W: Any, X: Any) -> Any:
    Z = X @ W
    N = (Z - Z.mean(axis=1, keepdims=True)) / Z.std(axis=1, keepdims=True)
    return np.sum(N**3)


def embedding(E: Any, u: Any, ids: Any, y: Any) -> Any:
    return np.mean((E[ids] @ u - y) ** 2)


def nearest(C: Any, X: Any) -> Any:
    D = np.sum((X[:, None, :] - C) ** 2, axis=2)
    return np.mean(np.min(D, axis=1))


def quantile(w: Any, X: Any, y: Any) -> Any:
    r = y - X @ w
    return np.mean(np.maximum(0.3 * r, (0.3 - 1) * r))


def focal(w: Any, X: Any, y: Any) -> Any:
    p = 1 / (1 + np.exp(-(X @ w)))
    share = np.where(y == 1, p, 1 - p)
    return -np.mean((1 - share) ** 2 * np.log(share))


def least_squares(w: Any, X: Any, y: Any) -> Any:
    return np.sum((X @ w - y) ** 2) + np.sum(w**2)


def size(
    sum: Any,
    α: Any,
    alpha: Any,
    e: Any,
    pi: Any,
    ans: Any,
    beta: Any,
    δ: Any,
    sigmoid: Any,
    重: Any,
    u91cd: Any,
    learning_rate: Any,
) -> Any:
    exp = np.tanh(sum * α) + 1 / (1 + np.exp(-sigmoid * alpha))
    j = np.sum(exp * e) + pi * ans
    return j**2 + np.sum(beta * δ) + 重 * u91cd + learning_rate**2


X, y = draw.normal(size=(8, 3)), draw.normal(size=8)
w, grid = draw.normal(size=3), draw.normal(size=(3, 4))
events = (draw.random(8) > 0.5) * 1.0
layers = [(draw.normal(size=(a, b)), draw.normal(size=b)) for a, b in ((3, 4), (4, 5), (5, 2))]
dense = {
    "W1": grid,
    "b1": np.zeros(4),
    "W2": draw.normal(size=(4, 1)),
    "b2": np.zeros(1),
}

MORE: dict[str, Case] = {
    "layers": (layered, (layers, X, draw.normal(size=(8, 2))), ("layers",)),
    "dict": (named_parameters, (dense, X, y), ("params",)),
    "factors": (
        factors,
        (
            draw.normal(size=(5, 2)),
            draw.normal(size=(4, 2)),
            draw.normal(size=(5, 4)),
            draw.random((5, 4)) > 0.3,
        ),
        ("U", "V"),
    ),
    "cox": (cox, (w, X, events), ("beta",)),
    "attention": (
        attention,
        (*(draw.normal(size=(3, 2)) for _ in range(3)), X, draw.normal(size=(8, 2))),
        ("Q", "K", "V"),
    ),
    "layer norm": (layer_norm, (grid, X), ("W",)),
    "embedding": (
        embedding,
        (draw.normal(size=(5, 3)), w, draw.integers(0, 5, 8), y),
        ("E", "u"),
    ),
    "nearest": (nearest, (draw.normal(size=(4, 3)), X), ("C",)),
    "quantile": (quantile, (w, X, y), ("w",)),
    "focal": (focal, (w, X, events), ("w",)),
    "one column": (least_squares, (np.array([0.4]), X[:, :1], y), ("w",)),
    "one row": (least_squares, (w, X[:1], y[:1]), ("w",)),
    "colliding names": (
        size,
        (
            *draw.normal(size=(4, 4)),
            *draw.normal(size=2),
            *draw.normal(size=(3, 4)),
            *draw.normal(size=3),
        ),
        ("sum", "α", "alpha", "e", "pi", "ans", "beta", "δ", "sigmoid", "重", "u91cd"),
    ),
}
# Scilab has one empty array, of no rows and no columns.
EMPTY: Case = (least_squares, (w, X[:0], y[:0]), ("w",))
