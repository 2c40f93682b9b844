"""A single sigmoid learns AND in 10,000 epochs: the whole program, from the start of Python."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.processes import reported
from benchmarks.running import Contender, Goal, Section, compared

DATA = """
import json
import numpy as np
X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([0.0, 0, 0, 1])
w, b = np.zeros(2), 0.0
"""

NUMPY = """
for _ in range(10_000):
    a = 1 / (1 + np.exp(-(X @ w + b)))
    dz = (a - y) * a * (1 - a)
    w, b = w - 0.5 * (X.T @ dz), b - 0.5 * np.sum(dz)
"""

KOBAI = """
import kobai
def loss(w, b, X, y):
    a = 1 / (1 + np.exp(-(X @ w + b)))
    return np.sum((a - y) ** 2) / 2
fit = kobai.minimize(
    loss, (w, b), data=(X, y), argnums=(0, 1), steps=10_000,
    optimizer=kobai.optim.GradientDescent(0.5), progress=False,
)
w, b = fit.params
"""

LIMIT = "imports, recording and machine code take longer than the steps"

REPORT = "print(json.dumps([w.tolist(), float(b)]))"


def contender(name: str, source: str) -> Contender:
    return Contender(name, lambda: reported(DATA + source + REPORT))


def sections() -> Iterator[Section]:
    yield compared(
        "AND perceptron, 10,000 epochs, from the start of the process",
        [contender("NumPy by hand", NUMPY), contender("Kobai", KOBAI)],
        [Goal(("NumPy by hand",), 1 / 1.3, LIMIT)],
        tolerance=1e-6,
    )
