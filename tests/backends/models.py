"""Losses of models of many kinds, each as its user writes it: parameters first, then the data.

They use nothing but `np` and `special`, so that they can be run with another system's modules of
these names in their place.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special


def poisson(p: Any, X: Any, counts: Any) -> Any:
    """Counts, by the exponential of a linear function; its constant is kept."""
    w, b = p
    z = X @ w + b
    return np.mean(np.exp(z) - counts * z + special.gammaln(counts + 1))


def hinge(p: Any, X: Any, sign: Any) -> Any:
    """A support vector machine."""
    w, b = p
    return np.mean(np.maximum(0, 1 - sign * (X @ w + b))) + 0.01 * np.sum(w**2)


def huber(p: Any, X: Any, t: Any) -> Any:
    w, b = p
    r = X @ w + b - t
    return np.mean(np.where(np.abs(r) < 1, 0.5 * r**2, np.abs(r) - 0.5))


def quantile(p: Any, X: Any, t: Any) -> Any:
    """Three quantiles at once."""
    W, b = p
    levels = np.array([0.1, 0.5, 0.9])
    r = t[:, None] - (X @ W + b)
    return np.mean(np.maximum(levels * r, (levels - 1) * r))


def factorisation(p: Any, user: Any, item: Any, rating: Any) -> Any:
    """A rating for each pair of a user and an item: rows are looked up."""
    U, V, a, c = p
    found = np.sum(U[user] * V[item], axis=1) + a[user] + c[item]
    return np.mean((found - rating) ** 2) + 1e-3 * (np.sum(U**2) + np.sum(V**2))


def tanh_net(p: Any, X: Any, T: Any) -> Any:
    """Three layers."""
    h = X
    for W, b in p[:-1]:
        h = np.tanh(h @ W + b)
    W, b = p[-1]
    return np.mean(np.sum((h @ W + b - T) ** 2, axis=1))


def cox(p: Any, X: Any, time: Any, event: Any) -> Any:
    """The partial likelihood: each event against all that are still at risk (no ties)."""
    z = X @ p
    order = np.argsort(-time)
    z, event = z[order], event[order]
    return -np.sum(event * (z - np.log(np.cumsum(np.exp(z))))) / len(time)


def gaussian_process(p: Any, X: Any, t: Any) -> Any:
    """The marginal likelihood, with a length for each feature."""
    lengths, height, noise = np.exp(p[0]), np.exp(p[1]), np.exp(p[2])
    Z = X / lengths
    D = np.sum((Z[:, None, :] - Z[None, :, :]) ** 2, axis=2)
    L = np.linalg.cholesky(height * np.exp(-0.5 * D) + noise * np.eye(len(t)))
    a = np.linalg.solve(L, t)
    return 0.5 * np.sum(a**2) + np.sum(np.log(np.diag(L))) + 0.5 * len(t) * np.log(2 * np.pi)


def negative_binomial(p: Any, X: Any, counts: Any) -> Any:
    """Counts with more spread than Poisson's."""
    w, b, log_size = p
    r = np.exp(log_size)
    mean = np.exp(X @ w + b)
    found = special.gammaln(counts + r) - special.gammaln(r) - special.gammaln(counts + 1)
    found = found + r * np.log(r / (r + mean)) + counts * np.log(mean / (r + mean))
    return -np.mean(found)


def ordinal(p: Any, X: Any, grade: Any) -> Any:
    """Grades 0, 1, 2, 3: the share below each threshold is a sigmoid."""
    w, first, steps = p
    thresholds = np.concatenate([first, first + np.cumsum(np.exp(steps))])
    below = 1 / (1 + np.exp(-(thresholds - (X @ w)[:, None])))
    edges = np.concatenate([np.zeros((len(X), 1)), below, np.ones((len(X), 1))], axis=1)
    rows = np.arange(len(X))
    return -np.mean(np.log(edges[rows, grade + 1] - edges[rows, grade]))


def contrastive(p: Any, X: Any, X2: Any) -> Any:
    """Two views of each example: the other view is to be found among all."""
    A, B = X @ p, X2 @ p
    A = A / np.sqrt(np.sum(A**2, axis=1, keepdims=True))
    B = B / np.sqrt(np.sum(B**2, axis=1, keepdims=True))
    S = A @ B.T / 0.5
    return np.mean(np.log(np.sum(np.exp(S), axis=1)) - np.diag(S))


def pairwise_hinge(p: Any, X: Any, y: Any) -> Any:
    """Every positive example against every negative one, as the area under a curve counts them."""
    z = X @ p
    pairs = y[:, None] * (1 - y)[None, :]
    return np.sum(pairs * np.maximum(0, 1 - (z[:, None] - z[None, :]))) / len(y) ** 2


def masked_pairs(p: Any, X: Any, y: Any) -> Any:
    """The same, with the positive and the negative ones taken out by masks."""
    z = X @ p
    positive, negative = z[y > 0.5], z[y < 0.5]
    return np.mean(np.maximum(0, 1 - (positive[:, None] - negative)))


def student(p: Any, X: Any, t: Any) -> Any:
    """Errors with heavy tails; their scale and how heavy they are is learned as well."""
    w, b, log_scale, log_freedom = p
    scale, v = np.exp(log_scale), np.exp(log_freedom)
    r = (t - (X @ w + b)) / scale
    norm = special.gammaln((v + 1) / 2) - special.gammaln(v / 2) - 0.5 * np.log(np.pi * v)
    return -np.mean(norm - log_scale - (v + 1) / 2 * np.log1p(r**2 / v))


def beta_regression(p: Any, X: Any, share: Any) -> Any:
    """Shares between 0 and 1."""
    w, b, log_precision = p
    mean, phi = 1 / (1 + np.exp(-(X @ w + b))), np.exp(log_precision)
    one, two = mean * phi, (1 - mean) * phi
    norm = special.gammaln(phi) - special.gammaln(one) - special.gammaln(two)
    return -np.mean(norm + (one - 1) * np.log(share) + (two - 1) * np.log(1 - share))


def autoencoder(p: Any, X: Any, noise: Any) -> Any:
    """A variational autoencoder, with its noise given."""
    (W1, b1), (Wm, bm), (Ws, bs), (W2, b2), (W3, b3) = p
    h = np.tanh(X @ W1 + b1)
    mean, log_variance = h @ Wm + bm, h @ Ws + bs
    z = mean + np.exp(0.5 * log_variance) * noise
    a = 1 / (1 + np.exp(-(np.tanh(z @ W2 + b2) @ W3 + b3)))
    fit = -np.sum(X * np.log(a) + (1 - X) * np.log(1 - a), axis=1)
    divergence = -0.5 * np.sum(1 + log_variance - mean**2 - np.exp(log_variance), axis=1)
    return np.mean(fit + divergence)


def lstm(p: Any, X: Any, t: Any) -> Any:
    """A cell along a few steps of time; the last state makes the guess."""
    W, U, b, v = p
    units = len(v)
    h = np.zeros((len(X), units))
    c = np.zeros((len(X), units))
    for step in range(X.shape[1]):
        z = X[:, step] @ W + h @ U + b
        i, f, o = (1 / (1 + np.exp(-z[:, k * units : (k + 1) * units])) for k in range(3))
        c = f * c + i * np.tanh(z[:, 3 * units :])
        h = o * np.tanh(c)
    return np.mean((h @ v - t) ** 2)


def focal(p: Any, X: Any, y: Any) -> Any:
    """Cross entropy that looks away from what is easy."""
    w, b = p
    a = 1 / (1 + np.exp(-(X @ w + b)))
    right = y * a + (1 - y) * (1 - a)
    return -np.mean((1 - right) ** 2 * np.log(right))


def weibull(p: Any, X: Any, time: Any, event: Any) -> Any:
    """Survival, censored on the right."""
    w, b, log_shape = p
    k = np.exp(log_shape)
    scaled = np.log(time) - (X @ w + b)
    return -np.mean(event * (log_shape + (k - 1) * scaled - (X @ w + b)) - np.exp(k * scaled))


def attention(p: Any, X: Any, t: Any) -> Any:
    """Each example is a few tokens, and looks at them all."""
    Wq, Wk, Wv, v = p
    Q, K, V = X @ Wq, X @ Wk, X @ Wv
    S = Q @ np.swapaxes(K, 1, 2) / np.sqrt(Wq.shape[1])
    A = np.exp(S - np.max(S, axis=2, keepdims=True))
    A = A / A.sum(axis=2, keepdims=True)
    return np.mean(((A @ V).mean(axis=1) @ v - t) ** 2)


def chain(p: Any, X: Any, labels: Any) -> Any:
    """A conditional random field on short sequences: the forward algorithm."""
    W, T = p
    E = X @ W
    rows = np.arange(len(X))
    score = E[rows, 0, labels[:, 0]]
    a = E[:, 0]
    for step in range(1, X.shape[1]):
        score = score + T[labels[:, step - 1], labels[:, step]] + E[rows, step, labels[:, step]]
        a = np.log(np.sum(np.exp(a[:, :, None] + T), axis=1)) + E[:, step]
    return np.mean(np.log(np.sum(np.exp(a), axis=1)) - score)
