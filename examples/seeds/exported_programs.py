"""The unit that learns AND, written as a program in five languages (seed 002's lesson).

共通部分 dZ を一度だけ求める: MATLAB/Octave, Python, Scilab, Julia, C のプログラムを書き出す.
"""

import numpy as np

import kobai

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([[0.0], [0.0], [0.0], [1.0]])
W, b = np.array([[0.1, -0.2]]), 0.0


def squared_error(W, b, X, Y):
    Z = X @ W.T + b
    A = 1 / (1 + np.exp(-Z))
    E = np.sum((A - Y) ** 2) / 2
    return E


optimizer = kobai.optim.GradientDescent(1.0)
for target in ("octave", "numpy", "scilab", "julia", "c"):
    program = kobai.export(
        squared_error,
        W,
        b,
        X,
        Y,
        wrt=("W", "b"),
        target=target,
        program="training",
        optimizer=optimizer,
    )
    print(f"----- {target}\n{program}")

fit = kobai.minimize(
    squared_error, (W, b), data=(X, Y), argnums=(0, 1), steps=100, optimizer=optimizer
)
print("Each of them prints what kobai.minimize finds:")
print(f"W = {np.ravel(fit.params[0]).round(6)}, b = {fit.params[1]:.6f}, steps = {fit.steps}")
