"""A single unit with sigmoid and squared error learns AND (単純パーセプトロン).

逆伝播の共通部分 dZ を一度だけ求めて, dW = dZ.T @ X と db = ΣdZ に使う.
"""

import numpy as np

import kobai

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [0.0], [0.0], [1.0]])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def squared_error(W, b, X, Y):
    Z = X @ W.T + b
    A = sigmoid(Z)
    E = np.sum((A - Y) ** 2) / 2
    return E


W, b = np.random.default_rng(0).normal(size=(1, 2)), 0.0
step = kobai.optim.GradientDescent(1.0)
d = kobai.derive(squared_error, W, b, X, Y, wrt=("W", "b"), optimizer=step)
print(d)
print("\nEntry by entry, as ∂E/∂W and ∂E/∂b")
print(d.text(notation="index", names="partial").partition("backward\n")[2])


def as_it_is_displayed(W, b, X, Y):
    """The backward pass with the factor ·X that belongs to dW alone."""
    Z = X @ W.T + b
    A = sigmoid(Z)
    dZ = (A - Y) * sigmoid(Z) * (1 - sigmoid(Z)) * X
    dW = dZ.T @ X
    db = np.sum(dZ)
    return dW, db


print("\nThe text's dZ, with its extra factor")
print(kobai.check(squared_error, as_it_is_displayed, W, b, X, Y, wrt=("W", "b")))

fit = kobai.minimize(
    squared_error, (W, b), data=(X, Y), argnums=(0, 1), steps=10_000, optimizer=step
)
W, b = fit.params
A = sigmoid(X @ W.T + b)
print(f"\nafter {fit.steps} steps: E = {fit.loss:.4f}")
for (x1, x2), a in zip(X, A[:, 0], strict=True):
    print(f"  {x1:.0f} AND {x2:.0f} -> {a:.3f}, so {a > 0.5:d}")
