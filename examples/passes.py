"""How machine code goes through the examples: once for a regression, twice for standardised data.

python examples/passes.py
"""

import numpy as np

import kobai
from kobai.compiling import passes


def loss(w, b, X, y):
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - y * z)


def standardised(w, b, X, y):
    mean, scale = X.mean(axis=0), X.std(axis=0)
    return loss(w, b, (X - mean) / scale, y)


generator = np.random.default_rng(0)
X = generator.normal(size=(1000, 3))
y = (X[:, 0] > 0) * 1.0
w, b = np.zeros(3), 0.0

for function in (loss, standardised):
    found = passes(kobai.grad(function), w, b, X, y)
    print(f"the gradient of {function.__name__}: {found.passes} pass(es)")
    print(found)
    print()
