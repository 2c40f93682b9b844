"""A single unit with sigmoid and squared error learns AND (単純パーセプトロン).

逆伝播の共通部分 dZ を一度だけ求めて, dW = X.T @ dZ と db = ΣdZ に使う.
"""

import numpy as np

import kobai

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [0.0], [0.0], [1.0]])


def squared_error(W, b, X, Y):
    Z = X @ W + b
    A = 1 / (1 + np.exp(-Z))
    E = np.sum((A - Y) ** 2) / 2
    return E


generator = np.random.default_rng(0)
W, b = generator.normal(size=(2, 1)), 0.0
print(kobai.derive(squared_error, W, b, X, Y, wrt=("W", "b")))

fit = kobai.minimize(
    squared_error,
    (W, b),
    data=(X, Y),
    argnums=(0, 1),
    steps=10_000,
    optimizer=kobai.optim.GradientDescent(1.0),
)
W, b = fit.params
A = 1 / (1 + np.exp(-(X @ W + b)))
print(f"\nafter {fit.steps} steps: E = {fit.loss:.4f}")
for (x1, x2), a in zip(X, A[:, 0], strict=True):
    print(f"  {x1:.0f} AND {x2:.0f} -> {a:.3f}, so {a > 0.5:d}")
