"""A 12-3-2 net of sigmoid units with squared error over 64 examples (ユニットの誤差 δ).

C_T = ΣC_k; δ^l = ∂C/∂z^l, ∂C/∂w^l = δ^l a^(l-1), ∂C/∂b^l = δ^l; 勾配降下法 Δ = -η∇C.
"""

from itertools import pairwise

import numpy as np

import kobai


def total_cost(w2, b2, w3, b3, x, t):
    z2 = x @ w2 + b2
    a2 = 1 / (1 + np.exp(-z2))
    z3 = a2 @ w3 + b3
    a3 = 1 / (1 + np.exp(-z3))
    C = np.sum((t - a3) ** 2) / 2
    return C


# 64 pictures of 4 x 3 dots: a vertical or a horizontal bar, with noise.
generator = np.random.default_rng(0)
is_upright = np.arange(64) % 2 == 0
pictures = np.zeros((64, 4, 3))
for picture, upright in zip(pictures, is_upright, strict=True):
    if upright:
        picture[:, generator.integers(3)] = 1.0
    else:
        picture[generator.integers(4), :] = 1.0
x = (pictures + 0.1 * generator.normal(size=pictures.shape)).reshape(64, 12)
t = np.stack([is_upright, ~is_upright], axis=1).astype(float)

parameters = (
    generator.normal(size=(12, 3)),
    np.zeros(3),
    generator.normal(size=(3, 2)),
    np.zeros(2),
)
options = {"wrt": ("w2", "b2", "w3", "b3"), "names": "delta"}
d = kobai.derive(total_cost, *parameters, x, t, **options)
print(d)
print("\nEntry by entry")
print(d.text(notation="index").partition("backward\n")[2].partition("\nlayers")[0])

fit = kobai.minimize(
    total_cost,
    parameters,
    data=(x, t),
    argnums=(0, 1, 2, 3),
    steps=2000,
    optimizer=kobai.optim.GradientDescent(0.05),
)
w2, b2, w3, b3 = fit.params
a2 = 1 / (1 + np.exp(-(x @ w2 + b2)))
a3 = 1 / (1 + np.exp(-(a2 @ w3 + b3)))
right = np.sum(np.argmax(a3, axis=1) == np.argmax(t, axis=1))
print(f"\nC_T went from {d['C'].value:.3f} to {fit.loss:.3f} in {fit.steps} steps;")
print(f"{right} of 64 pictures are told apart")


def deep_cost(w, b, x, t):
    """The same for any number of layers; the hidden ones have tanh units."""
    a = x
    for k in range(len(w) - 1):
        z = a @ w[k] + b[k]
        a = np.tanh(z)
    z = a @ w[-1] + b[-1]
    a = 1 / (1 + np.exp(-z))
    C = np.sum((t - a) ** 2) / 2
    return C


lengths = [12, 8, 6, 5, 4, 2]
w = [generator.normal(size=shape) for shape in pairwise(lengths)]
b = [np.zeros(n) for n in lengths[1:]]
d = kobai.derive(deep_cost, w, b, x, t, wrt=("w", "b"), names="delta", lang="ja")
print("\nA net of five layers: the recurrence (漸化式) of the errors, once for all layers")
print(str(d).partition("\n層\n")[2])
