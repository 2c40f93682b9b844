"""Classifiers of one layer."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.support.exercises.exercise import Exercise, Slip, numbers, sigmoid


def cost(theta: Any, X: Any, y: Any) -> Any:
    m = X.shape[0]
    h = 1 / (1 + np.exp(-X @ theta))
    J = -(y @ np.log(h) + (1 - y) @ np.log(1 - h)) / m
    return J


def cost_vectorised(theta: Any, X: Any, y: Any) -> Any:
    h = sigmoid(X.dot(theta))
    error = h - y
    grad = (1.0 / y.size) * X.T.dot(error)
    return grad


def cost_outer(theta: Any, X: Any, y: Any) -> Any:
    grad = np.zeros(theta.shape)
    for xi, yi in zip(X, y, strict=True):
        hi = sigmoid(xi @ theta)
        grad = grad + (hi - yi) * xi
    return grad / X.shape[0]


def cost_comprehension(theta: Any, X: Any, y: Any) -> Any:
    residuals = sigmoid(X @ theta) - y
    return np.array([np.mean(residuals * X[:, j]) for j in range(X.shape[1])])


def cost_einsum(theta: Any, X: Any, y: Any) -> Any:
    h = sigmoid(np.einsum("ij,j->i", X, theta))
    dh = (h - y) / (h * (1 - h)) / len(h)
    dtheta = np.einsum("i,i,i,ij->j", dh, h, 1 - h, X)
    return dtheta


def neuron(w: Any, b: Any, X: Any, Y: Any) -> Any:
    A = 1 / (1 + np.exp(-(np.dot(w.T, X) + b)))
    return -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / X.shape[1]


def neuron_propagate(w: Any, b: Any, X: Any, Y: Any) -> Any:
    m = X.shape[1]
    A = sigmoid(np.dot(w.T, X) + b)
    dw = (1 / m) * np.dot(X, (A - Y).T)
    db = (1 / m) * np.sum(A - Y)
    return {"dw": dw, "db": db}


def neuron_loops(w: Any, b: Any, X: Any, Y: Any) -> Any:
    n, m = X.shape
    dw = np.zeros((n, 1))
    db = 0.0
    for i in range(m):
        z = b
        for k in range(n):
            z = z + w[k, 0] * X[k, i]
        dz = sigmoid(z) - Y[0, i]
        for k in range(n):
            dw[k, 0] += X[k, i] * dz / m
        db += dz / m
    return dw, db


def hinge(w: Any, b: Any, X: Any, y: Any, C: Any) -> Any:
    scores = X @ w + b
    margins = np.maximum(0, 1 - y * scores)
    return 0.5 * np.dot(w, w) + C * np.mean(margins)


def hinge_mask(w: Any, b: Any, X: Any, y: Any, C: Any) -> Any:
    n = X.shape[0]
    scores = X @ w + b
    violated = (y * scores < 1).astype(float)
    dscores = -C * violated * y / n
    dw = w + X.T @ dscores
    db = dscores.sum()
    return dw, db


def hinge_conditions(w: Any, b: Any, X: Any, y: Any, C: Any) -> Any:
    grad_w, grad_b = np.copy(w), 0.0
    for x, t in zip(X, y, strict=True):
        if t * (w @ x + b) < 1:
            grad_w -= C * t * x / len(y)
            grad_b -= C * t / len(y)
    return grad_w, grad_b


def linear_softmax(W: Any, b: Any, X: Any, y: Any, reg: Any) -> Any:
    N = X.shape[0]
    scores = X @ W + b
    exp_scores = np.exp(scores)
    probs = exp_scores / np.sum(exp_scores, axis=1, keepdims=True)
    data_loss = -np.sum(np.log(probs[np.arange(N), y])) / N
    return data_loss + 0.5 * reg * np.sum(W * W)


def linear_softmax_integer(W: Any, b: Any, X: Any, y: Any, reg: Any) -> Any:
    N = X.shape[0]
    scores = X @ W + b
    scores = scores - scores.max(axis=1, keepdims=True)
    probs = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    dscores = probs.copy()
    dscores[range(N), y] -= 1
    dscores /= N
    dW = np.dot(X.T, dscores)
    dW += reg * W
    db = np.sum(dscores, axis=0, keepdims=True)
    return dW, db


def linear_softmax_one_hot(W: Any, b: Any, X: Any, y: Any, reg: Any) -> Any:
    onehot = np.eye(W.shape[1])[y]
    e = np.exp(X @ W + b)
    p = e / e.sum(1)[:, None]
    g = (p - onehot) / len(X)
    gW = (g.T @ X).T + reg * W
    gb = g.sum(0)
    return gW, gb


def linear_softmax_outer(W: Any, b: Any, X: Any, y: Any, reg: Any) -> Any:
    gW = np.zeros_like(W)
    gb = np.zeros_like(b)
    for i in range(len(X)):
        s = X[i] @ W + b
        p = np.exp(s) / np.sum(np.exp(s))
        p[y[i]] -= 1
        gW += np.outer(X[i], p)
        gb += p
    return gW / len(X) + reg * W, gb / len(X)


ROWS = numbers(1, 7, 3)
LABELS = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0])
CLASSES = np.array([2, 0, 1, 3, 1, 0, 2])

EXERCISES = (
    Exercise(
        cost,
        (numbers(2, 3), ROWS, LABELS),
        ("theta",),
        (cost_vectorised, cost_outer, cost_comprehension, cost_einsum),
        (
            Slip(cost_vectorised, "error = h - y", "error = y - h", "grad", "sign"),
            Slip(cost_vectorised, "(1.0 / y.size) * ", "", "grad", "factor"),
            Slip(cost_vectorised, "(1.0 / y.size)", "(1.0 / theta.size)", "grad", "factor"),
            Slip(cost_vectorised, "X.T.dot(error)", "X.T.dot(h)", "grad", "variable"),
            Slip(
                cost_vectorised,
                "error = h - y",
                "error = (h - y) * h * (1 - h)",
                "error",
                "extra activation",
            ),
            Slip(
                cost_outer,
                "return grad / X.shape[0]",
                "return grad",
                "grad dtheta gW",
                "factor",
            ),
            Slip(cost_outer, "grad = grad + ", "grad = ", "grad", "sum"),
            Slip(cost_outer, "(hi - yi) * xi", "(hi + yi) * xi", "grad", "sign"),
            Slip(
                cost_comprehension,
                "np.mean(res",
                "np.sum(res",
                "grad dtheta gW",
                "factor sum",
            ),
            Slip(
                cost_comprehension,
                "sigmoid(X @ theta) - y",
                "X @ theta - y",
                "residuals",
                "activation missing variable",
            ),
            Slip(
                cost_comprehension,
                "residuals * X[:, j]",
                "residuals * theta[j]",
                "grad dtheta gW",
                "variable",
            ),
            Slip(cost_einsum, "dh, h, 1 - h, X", "dh, h, 1 + h, X", "dtheta", "sign"),
            Slip(cost_einsum, "(h * (1 - h)) / len(h)", "(h * (1 - h))", "dh", "factor"),
        ),
    ),
    Exercise(
        neuron,
        (numbers(3, 3, 1), 0.2, ROWS.T, LABELS[None]),
        ("w", "b"),
        (neuron_propagate, neuron_loops),
        (
            Slip(neuron_propagate, "np.dot(X, (A - Y).T)", "np.dot(X, (Y - A).T)", "dw", "sign"),
            Slip(neuron_propagate, "db = (1 / m) * ", "db = ", "db", "factor"),
            Slip(neuron_propagate, "(1 / m) * np.sum(A - Y)", "(1 / m) * (A - Y)", "db", "sum"),
            Slip(neuron_loops, "X[k, i] * dz / m", "X[i, k] * dz / m", "dw", "index raises"),
            Slip(neuron_loops, "X[k, i] * dz", "X[k, 0] * dz", "dw", "index"),
            Slip(neuron_loops, "db += dz / m", "db = dz / m", "db", "sum"),
            Slip(neuron_loops, "sigmoid(z) - Y[0, i]", "sigmoid(z) - Y[0, 0]", "dz", "index"),
        ),
    ),
    Exercise(
        hinge,
        (numbers(4, 3), 0.1, ROWS, 2 * LABELS - 1, 1.5),
        ("w", "b"),
        (hinge_mask, hinge_conditions),
        (
            Slip(hinge_mask, "-C * violated", "C * violated", "dscores", "sign"),
            Slip(hinge_mask, "-C * violated * y", "-C * y", "dscores", "missing activation"),
            Slip(hinge_mask, "dw = w + X", "dw = X", "dw", "term"),
            Slip(hinge_mask, "dw = w + X", "dw = 2 * w + X", "dw", "factor term"),
            Slip(hinge_mask, "-C * violated", "-violated", "dscores", "missing factor"),
            Slip(hinge_conditions, "C * t * x /", "C * t * w /", "grad_w", "variable"),
        ),
    ),
    Exercise(
        linear_softmax,
        (numbers(5, 3, 4), numbers(6, 4), ROWS, CLASSES, 0.3),
        ("W", "b"),
        (linear_softmax_integer, linear_softmax_one_hot, linear_softmax_outer),
        (
            Slip(linear_softmax_integer, "    dscores /= N\n", "", "dscores", "factor"),
            Slip(
                linear_softmax_integer,
                "dscores[range(N), y] -= 1\n",
                "dscores[range(N), y] += 1\n",
                "dscores",
                "sign",
            ),
            Slip(
                linear_softmax_integer,
                "    dscores[range(N), y] -= 1\n",
                "",
                "dscores",
                "term missing variable",
            ),
            Slip(linear_softmax_integer, "dW += reg * W", "dW += 2 * reg * W", "dW", "factor term"),
            Slip(linear_softmax_integer, "dW += reg * W", "dW = reg * W", "dW", "term sum"),
            Slip(linear_softmax_integer, "axis=0, keepdims", "axis=1, keepdims", "db", "sum"),
            Slip(linear_softmax_one_hot, "p - onehot", "p - y[:, None]", "g", "variable broadcast"),
            Slip(linear_softmax_one_hot, "e.sum(1)[:, None]", "e.sum()", "p", "sum"),
            Slip(
                linear_softmax_one_hot,
                "(p - onehot)",
                "(p - onehot) * p * (1 - p)",
                "g",
                "extra activation",
            ),
            Slip(linear_softmax_outer, "np.outer(X[i], p)", "np.outer(X[0], p)", "gW", "index"),
            Slip(
                linear_softmax_outer,
                "gW / len(X) + reg * W",
                "(gW + reg * W) / len(X)",
                "grad dtheta gW",
                "factor term",
            ),
        ),
    ),
)
