"""Derive the gradient of a loss, then train with it: the program of the README."""

import numpy as np

import kobai

X = np.array([[0.5, 1.0], [-1.0, 2.0], [2.0, -0.5], [1.5, 1.5]])
y = np.array([1.0, 0.0, 1.0, 0.0])
w, b = np.zeros(2), 0.0


def loss(w, b, X, y):
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


print(kobai.derive(loss, w, b, X, y, wrt=("w", "b")))

fit = kobai.minimize(loss, (w, b), data=(X, y), argnums=(0, 1))
w, b = fit.params
print(f"\nafter {fit.steps} steps: loss {fit.loss:.4f}, w = {w.round(3)}, b = {b:.3f}")
