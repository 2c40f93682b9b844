"""The losses of logistic regression in plain NumPy, without and with absolute values of w.

w has shape (n,) and y is 0 or 1, shape (m,), for two classes; for k, w has shape (n, k), and y has
one-hot rows, shape (m, k). The examples' weights s have a mean of 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def cross_entropy(w: Any, b: Any, X: Any, y: Any, penalty: Any, s: Any = None) -> Any:
    """The loss for two classes."""
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    L = -(y * np.log(a) + (1 - y) * np.log(1 - a))
    return np.mean(L if s is None else s * L) + penalty / 2 * np.sum(w**2)


def softmax_cross_entropy(w: Any, b: Any, X: Any, y: Any, penalty: Any, s: Any = None) -> Any:
    """The loss for k classes."""
    z = X @ w + b
    a = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    L = -y * np.log(a)
    return np.sum(L if s is None else s[:, np.newaxis] * L) / len(X) + penalty / 2 * np.sum(w**2)


def sparse_cross_entropy(
    w: Any, b: Any, X: Any, y: Any, penalty: Any, sparsity: Any, s: Any = None
) -> Any:
    """The loss for two classes, with absolute values."""
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    L = -(y * np.log(a) + (1 - y) * np.log(1 - a))
    loss = np.mean(L if s is None else s * L)
    return loss + penalty / 2 * np.sum(w**2) + sparsity * np.sum(np.abs(w))


def sparse_softmax_cross_entropy(
    w: Any, b: Any, X: Any, y: Any, penalty: Any, sparsity: Any, s: Any = None
) -> Any:
    """The loss for k classes, with absolute values."""
    z = X @ w + b
    a = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    L = -y * np.log(a)
    loss = np.sum(L if s is None else s[:, np.newaxis] * L) / len(X)
    return loss + penalty / 2 * np.sum(w**2) + sparsity * np.sum(np.abs(w))


# At most these are a (1 - a), the second derivative by the one logit, and the largest eigenvalue of
# diag(a) - a aᵀ, the second derivatives by several.
CURVATURE, SOFTMAX_CURVATURE = 1 / 4, 1 / 2
