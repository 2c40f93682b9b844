"""A 12-3-2 net of sigmoid units with squared error over 64 examples (ユニットの誤差 δ).

C_T = ΣC_k; δ^l = ∂C/∂z^l, ∂C/∂w^l = δ^l a^(l-1), ∂C/∂b^l = δ^l; 勾配降下法 Δ = -η∇C.
"""

from itertools import pairwise

import numpy as np

import kobai


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def one_cost(w2, b2, w3, b3, a1, t):
    """C_k: the squared error of one picture; w2[j, i] leads from input i to unit j."""
    z2 = w2 @ a1 + b2
    a2 = sigmoid(z2)
    z3 = w3 @ a2 + b3
    a3 = sigmoid(z3)
    C = np.sum((t - a3) ** 2) / 2
    return C


def total_cost(w2, b2, w3, b3, a1, t):
    """C_T: the sum over all pictures, one in each row."""
    z2 = a1 @ w2.T + b2
    a2 = sigmoid(z2)
    z3 = a2 @ w3.T + b3
    a3 = sigmoid(z3)
    C = np.sum((t - a3) ** 2, axis=1) / 2
    C_T = np.sum(C)
    return C_T


# 64 pictures of 4 x 3 dots: a vertical or a horizontal bar, with noise.
generator = np.random.default_rng(0)
is_upright = np.arange(64) % 2 == 0
pictures = np.zeros((64, 4, 3))
for picture, upright in zip(pictures, is_upright, strict=True):
    if upright:
        picture[:, generator.integers(3)] = 1.0
    else:
        picture[generator.integers(4), :] = 1.0
a1 = (pictures + 0.1 * generator.normal(size=pictures.shape)).reshape(64, 12)
t = np.stack([is_upright, ~is_upright], axis=1).astype(float)

names = ("w2", "b2", "w3", "b3")
parameters = (
    generator.normal(size=(3, 12)),
    np.zeros(3),
    generator.normal(size=(2, 3)),
    np.zeros(2),
)
descent = kobai.optim.GradientDescent(0.05)
options = {"wrt": names, "names": "delta", "optimizer": descent}

print("One picture, entry by entry\n")
one = kobai.derive(one_cost, *parameters, a1[0], t[0], **options)
print(one.text(notation="index"))

print("\n\nAll 64 pictures\n")
total = kobai.derive(total_cost, *parameters, a1, t, **options)
print(total)

gradients = kobai.grad(one_cost, argnums=(0, 1, 2, 3))
of_each = [gradients(*parameters, x, label) for x, label in zip(a1, t, strict=True)]
sums = [sum(parts) for parts in zip(*of_each, strict=True)]
is_sum = all(np.allclose(g, total[f"d{name}"].value) for name, g in zip(names, sums, strict=True))
print(f"\nThe gradient of C_T is the sum of those of the 64 C_k: {is_sum}")

fit = kobai.minimize(
    total_cost, parameters, data=(a1, t), argnums=(0, 1, 2, 3), steps=2000, optimizer=descent
)
w2, b2, w3, b3 = fit.params
a3 = sigmoid(sigmoid(a1 @ w2.T + b2) @ w3.T + b3)
right = np.sum(np.argmax(a3, axis=1) == np.argmax(t, axis=1))
print(f"\nC_T went from {total['C_T'].value:.3f} to {fit.loss:.3f} in {fit.steps} steps;")
print(f"{right} of 64 pictures are told apart")


def by_the_long_formula(w2, b2, w3, b3, a1, t):
    """The chain rule written out, with the text's index: z1 stands where z2 belongs."""
    a2 = sigmoid(a1 @ w2.T + b2)
    a3 = sigmoid(a2 @ w3.T + b3)
    delta3 = (a3 - t) * a3 * (1 - a3)
    da2 = np.outer(delta3[:, 0], w3[0, :]) + np.outer(delta3[:, 1], w3[0, :])
    delta2 = da2 * a2 * (1 - a2)
    return delta2.T @ a1, np.sum(delta2, axis=0), delta3.T @ a2, np.sum(delta3, axis=0)


print("\nThe text's long formula")
print(kobai.check(total_cost, by_the_long_formula, *parameters, a1, t, wrt=names))


def deep_cost(w, b, x, t):
    """The same for any number of layers."""
    a = x
    for k in range(len(w)):
        z = w[k] @ a + b[k]
        a = sigmoid(z)
    C = np.sum((t - a) ** 2) / 2
    return C


def mixed_cost(p, q, x, t):
    """Other names, tanh in the first layers, and one layer of relu units between them."""
    u = x
    for number, (v, c) in enumerate(zip(p, q, strict=True)):
        s = v @ u + c
        u = np.maximum(s, 0) if number == 2 else np.tanh(s)
    C = np.sum((t - u) ** 2) / 2
    return C


lengths = [12, 8, 6, 5, 4, 2]
w = [generator.normal(size=(n, m)) for m, n in pairwise(lengths)]
b = [np.zeros(n) for n in lengths[1:]]
deep = kobai.derive(deep_cost, w, b, a1[0], t[0], wrt=("w", "b"), names="delta")
print("\nFive layers: the recurrence (漸化式) of the errors, once for all layers")
for notation in ("matrix", "index"):
    print(deep.text(notation).partition("\nlayers\n")[2])
mixed = kobai.derive(mixed_cost, w, b, a1[0], t[0], wrt=("p", "q"), names="delta")
print("\nA layer that differs has lines of its own")
print(str(mixed).partition("\nlayers\n")[2])
