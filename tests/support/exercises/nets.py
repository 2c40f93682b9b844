"""Nets of several layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.support.exercises.exercise import Exercise, Slip, numbers, sigmoid


def classifier(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, y: Any) -> Any:
    hidden = np.maximum(0, X @ W1 + b1)
    scores = hidden @ W2 + b2
    probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    return -np.mean(np.log(probs[np.arange(len(y)), y]))


def classifier_in_place(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, y: Any) -> Any:
    N = X.shape[0]
    hidden = np.maximum(0, np.dot(X, W1) + b1)
    scores = np.dot(hidden, W2) + b2
    probs = np.exp(scores)
    probs /= np.sum(probs, axis=1, keepdims=True)
    dscores = probs
    dscores[np.arange(N), y] -= 1
    dscores /= N
    grads = {}
    grads["W2"] = np.dot(hidden.T, dscores)
    grads["b2"] = np.sum(dscores, axis=0)
    dhidden = np.dot(dscores, W2.T)
    dhidden[hidden <= 0] = 0
    grads["W1"] = np.dot(X.T, dhidden)
    grads["b1"] = np.sum(dhidden, axis=0)
    return grads


def classifier_examples(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, y: Any) -> Any:
    dW1, db1 = np.zeros_like(W1), np.zeros_like(b1)
    dW2, db2 = np.zeros_like(W2), np.zeros_like(b2)
    for x, label in zip(X, y, strict=True):
        z = x @ W1 + b1
        h = z * (z > 0)
        s = h @ W2 + b2
        p = np.exp(s) / np.exp(s).sum()
        ds = p - np.eye(len(p))[label]
        dz = np.where(z > 0, W2 @ ds, 0.0)
        dW2 += np.outer(h, ds) / len(X)
        db2 += ds / len(X)
        dW1 += np.outer(x, dz) / len(X)
        db1 += dz / len(X)
    return dW1, db1, dW2, db2


def leaky(weights: Any, biases: Any, X: Any, Y: Any) -> Any:
    A = X
    for l, (W, b) in enumerate(zip(weights, biases, strict=True)):
        Z = A @ W + b
        A = np.where(Z > 0, Z, 0.1 * Z) if l + 1 < len(weights) else Z
    return 0.5 * np.sum((A - Y) ** 2) / X.shape[0]


def leaky_lists(weights: Any, biases: Any, X: Any, Y: Any) -> Any:
    m, L = X.shape[0], len(weights)
    A, Z = [X], []
    for l in range(L):
        Z.append(A[l] @ weights[l] + biases[l])
        A.append(Z[l] if l == L - 1 else np.where(Z[l] > 0, Z[l], 0.1 * Z[l]))
    gW, gb = [None] * L, [None] * L
    dZ = (A[L] - Y) / m
    for l in reversed(range(L)):
        gW[l] = A[l].T @ dZ
        gb[l] = dZ.sum(axis=0)
        if l > 0:
            dA = dZ @ weights[l].T
            dZ = dA * np.where(Z[l - 1] > 0, 1.0, 0.1)
    return gW, gb


def leaky_insert(weights: Any, biases: Any, X: Any, Y: Any) -> Any:
    cache = []
    A = X
    for l, (W, b) in enumerate(zip(weights, biases, strict=True)):
        Z = np.dot(A, W) + b
        cache.append((A, Z))
        A = Z if l + 1 == len(weights) else np.maximum(Z, 0.1 * Z)
    grad = A - Y
    grads_W, grads_b = list[Any](), list[Any]()
    for (A_prev, Z), W in zip(cache[::-1], weights[::-1], strict=True):
        if W is not weights[-1]:
            grad = grad * ((Z > 0) + 0.1 * (Z <= 0))
        grads_W.insert(0, A_prev.T @ grad / len(X))
        grads_b.insert(0, grad.mean(axis=0))
        grad = grad @ W.T
    return grads_W, grads_b


def columns(W2: Any, b2: Any, W3: Any, b3: Any, X: Any, Y: Any) -> Any:
    z2 = W2 @ X + b2
    a2 = np.tanh(z2)
    z3 = W3 @ a2 + b3
    a3 = 1 / (1 + np.exp(-z3))
    C = np.sum((Y - a3) ** 2) / (2 * X.shape[1])
    return C


def columns_deltas(W2: Any, b2: Any, W3: Any, b3: Any, X: Any, Y: Any) -> Any:
    m = X.shape[1]
    a2 = np.tanh(W2 @ X + b2)
    a3 = sigmoid(W3 @ a2 + b3)
    delta3 = -(Y - a3) * a3 * (1 - a3)
    delta2 = (W3.T @ delta3) * (1 - a2 * a2)
    grad_W3 = delta3 @ a2.T / m
    grad_b3 = np.mean(delta3, axis=1, keepdims=True)
    grad_W2 = delta2 @ X.T / m
    grad_b2 = np.mean(delta2, axis=1, keepdims=True)
    return grad_W2, grad_b2, grad_W3, grad_b3


def columns_helpers(W2: Any, b2: Any, W3: Any, b3: Any, X: Any, Y: Any) -> Any:
    def affine_back(delta: Any, inputs: Any) -> Any:
        return delta @ inputs.T, delta.sum(1)[:, np.newaxis]

    a2 = np.tanh(W2 @ X + b2)
    a3 = sigmoid(W3 @ a2 + b3)
    dz3 = (a3 - Y) / X.shape[1] * a3 * (1 - a3)
    dz2 = np.einsum("oh,om->hm", W3, dz3) / np.cosh(W2 @ X + b2) ** 2
    dW3, db3 = affine_back(dz3, a2)
    dW2, db2 = affine_back(dz2, X)
    return dW2, db2, dW3, db3


def autoencoder(W: Any, b: Any, c: Any, X: Any) -> Any:
    H = 1 / (1 + np.exp(-(X @ W + b)))
    X_hat = H @ W.T + c
    return np.sum((X_hat - X) ** 2)


def autoencoder_tied(W: Any, b: Any, c: Any, X: Any) -> Any:
    H = sigmoid(X @ W + b)
    X_hat = H @ W.T + c
    dX_hat = 2 * (X_hat - X)
    dc = dX_hat.sum(0)
    dW = dX_hat.T @ H
    dH = dX_hat @ W
    dS = dH * H * (1 - H)
    dW = dW + X.T @ dS
    db = dS.sum(0)
    return dW, db, dc


NET = (numbers(31, 3, 5), numbers(32, 5), numbers(33, 5, 3), numbers(34, 3))
WEIGHTS = [numbers(35, 3, 4), numbers(36, 4, 4), numbers(37, 4, 2)]
BIASES = [numbers(38, 4), numbers(39, 4), numbers(40, 2)]
ROWS = numbers(41, 6, 3)

EXERCISES = (
    Exercise(
        classifier,
        (*NET, ROWS, np.array([0, 2, 1, 1, 0, 2])),
        ("W1", "b1", "W2", "b2"),
        (classifier_in_place, classifier_examples),
        (
            Slip(
                classifier_in_place,
                "    dhidden[hidden <= 0] = 0\n",
                "",
                "dhidden grads['W1']",
                "activation missing",
            ),
            Slip(
                classifier_in_place,
                "dhidden[hidden <= 0] = 0",
                "dhidden[hidden > 0] = 0",
                "dhidden grads['W1']",
                "activation sign order variable",
            ),
            Slip(
                classifier_in_place,
                "dhidden[hidden <= 0] = 0",
                "dhidden[dhidden <= 0] = 0",
                "dhidden grads['W1']",
                "variable activation point",
            ),
            Slip(classifier_in_place, "    dscores /= N\n", "", "dscores", "factor"),
            Slip(
                classifier_in_place,
                "np.dot(X.T, dhidden)",
                "np.dot(X.T, hidden)",
                "grads['W1']",
                "variable",
            ),
            Slip(
                classifier_in_place,
                "np.sum(dscores, axis=0)",
                "np.sum(dscores)",
                "grads['b2']",
                "sum",
            ),
            Slip(
                classifier_examples,
                "z > 0, W2 @ ds",
                "W2 @ ds > 0, W2 @ ds",
                "dz",
                "variable activation point",
            ),
            Slip(
                classifier_examples,
                "np.outer(x, dz)",
                "np.outer(h[:3], dz)",
                "dW1",
                "variable index",
            ),
            Slip(classifier_examples, "db1 += dz", "db1 = dz", "db1", "sum"),
            Slip(
                classifier_examples,
                "p - np.eye(len(p))[label]",
                "p - label",
                "ds",
                "variable broadcast",
            ),
        ),
    ),
    Exercise(
        leaky,
        (WEIGHTS, BIASES, ROWS, numbers(42, 6, 2)),
        ("weights", "biases"),
        (leaky_lists, leaky_insert),
        (
            Slip(leaky_lists, "Z[l - 1] > 0, 1.0, 0.1", "Z[l] > 0, 1.0, 0.1", "dZ", "index raises"),
            Slip(
                leaky_lists,
                "np.where(Z[l - 1] > 0, 1.0, 0.1)",
                "(Z[l - 1] > 0)",
                "dZ",
                "activation",
            ),
            Slip(leaky_lists, "(A[L] - Y) / m", "A[L] - Y", "dZ", "factor"),
            Slip(
                leaky_lists,
                "gW[l] = A[l].T",
                "gW[l] = A[l + 1].T",
                "gW[2]",
                "index raises transposed",
            ),
            Slip(leaky_lists, "weights[l].T", "weights[l - 1].T", "dA", "index raises"),
            Slip(leaky_lists, "dZ = dA * np", "dZ = dZ * np", "dZ", "variable raises"),
            Slip(leaky_insert, "grad = A - Y", "grad = Y - A", "grad", "sign"),
            Slip(leaky_insert, "grad.mean(axis=0)", "grad.sum(axis=0)", "grads_b[0]", "factor sum"),
        ),
    ),
    Exercise(
        columns,
        (
            *(numbers(43, 4, 3), numbers(44, 4, 1), numbers(45, 2, 4), numbers(46, 2, 1)),
            *(ROWS.T, np.eye(2)[:, [0, 1, 1, 0, 0, 1]]),
        ),
        ("W2", "b2", "W3", "b3"),
        (columns_deltas, columns_helpers),
        (
            Slip(columns_deltas, "-(Y - a3) *", "(Y - a3) *", "delta3", "sign"),
            Slip(columns_deltas, "* a3 * (1 - a3)", "", "delta3", "activation missing"),
            Slip(columns_deltas, "(1 - a2 * a2)", "a2 * (1 - a2)", "delta2", "activation"),
            Slip(columns_deltas, "delta2 @ X.T / m", "delta2 @ X.T", "grad_W2", "factor"),
            Slip(
                columns_deltas,
                "grad_W3 = delta3 @ a2.T",
                "grad_W3 = a2 @ delta3.T",
                "grad_W3",
                "transposed",
            ),
            Slip(
                columns_deltas, "np.mean(delta2, axis=1", "np.mean(delta2, axis=0", "grad_b2", "sum"
            ),
            Slip(
                columns_helpers, "np.cosh(W2 @ X + b2) ** 2", "np.cosh(W2 @ X + b2)", "dz2", "power"
            ),
            Slip(columns_helpers, "W3, dz3)", "W3, a3)", "dz2", "variable"),
            Slip(
                columns_helpers,
                "affine_back(dz3, a2)",
                "affine_back(dz3, W3.T @ a3)",
                "dW3",
                "variable index",
            ),
        ),
    ),
    Exercise(
        autoencoder,
        (numbers(47, 3, 2), numbers(48, 2), numbers(49, 3), ROWS),
        ("W", "b", "c"),
        (autoencoder_tied,),
        (
            Slip(autoencoder_tied, "dW = dW + X.T @ dS", "dW = X.T @ dS", "dW", "term sum"),
            Slip(autoencoder_tied, "dX_hat.T @ H", "H.T @ dX_hat", "dW", "transposed raises"),
            Slip(autoencoder_tied, "dH = dX_hat @ W\n", "dH = dX_hat @ dW\n", "dH", "variable"),
            Slip(autoencoder_tied, "2 * (X_hat - X)", "(X_hat - X)", "dX_hat", "factor"),
        ),
    ),
)
