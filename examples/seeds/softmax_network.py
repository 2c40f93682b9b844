"""A two-layer softmax network, J = -ΣΣ T log Y, with sigmoid, tanh or relu units.

出力の誤差は常に Y - T であり, dJ/dV, dJ/dc, dJ/dW, dJ/db はすべてそこから求まる.
"""

from itertools import pairwise

import numpy as np

import kobai


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def relu(a):
    return np.maximum(a, 0)


def network(activation):
    def cost(W, b, V, c, X, T):
        N, D = X.shape
        M, K = V.shape
        assert W.shape == (D, M)
        assert T.shape == (N, K)
        a = X @ W + b
        Z = activation(a)
        scores = Z @ V + c
        e = np.exp(scores)
        Y = e / e.sum(axis=1, keepdims=True)
        J = -(T * np.log(Y)).sum()
        return J

    return cost


def negative_log_likelihood(V, c, Z, T):
    scores = Z @ V + c
    e = np.exp(scores)
    Y = e / e.sum(axis=1, keepdims=True)
    likelihood = np.prod(Y**T)
    return -np.log(likelihood)


N, D, M, K = 150, 2, 4, 3
generator = np.random.default_rng(1)
labels = np.arange(N) % K
X = generator.normal(size=(N, D)) + np.array([[0.0, -2.0], [2.0, 2.0], [-2.0, 2.0]])[labels]
T = np.eye(K)[labels]
parameters = (
    generator.normal(size=(D, M)),
    np.zeros(M),
    generator.normal(size=(M, K)),
    np.zeros(K),
)

print("One-hot targets T, the first three rows:", *T[:3].astype(int))

for activation in (sigmoid, np.tanh, relu):
    cost = network(activation)
    d = kobai.derive(cost, *parameters, X, T, wrt=("W", "b", "V", "c"))
    print(f"\nZ = {activation.__name__}(a)")
    for name in ("dscores", "dV", "dc", "da", "dW", "db"):
        print(f"  {name:7} = {d[name].formula}")
    fit = kobai.minimize(
        cost,
        parameters,
        data=(X, T),
        argnums=(0, 1, 2, 3),
        steps=300,
        optimizer=kobai.optim.GradientDescent(0.002, momentum=0.9),
    )
    W, b, V, c = fit.params
    right = np.sum(np.argmax(activation(X @ W + b) @ V + c, axis=1) == labels)
    print(f"  J went from {d['J'].value:.1f} to {fit.loss:.1f}; {right} of {N} examples are right")

entries = {}
for activation in (sigmoid, np.tanh, relu):
    options = {"wrt": ("V", "c", "W", "b"), "notation": "index", "names": "partial"}
    d = kobai.derive(network(activation), *parameters, X, T, **options)
    entries[activation.__name__] = d
    print(f"\nEntry by entry, with {activation.__name__} units")
    print("  ∂J/∂V" + str(d).partition("  ∂J/∂V")[2])

d = entries["sigmoid"]
print("\nWhy ∂J/∂scores is Y - T:")
for because in d["dscores"].because:
    fact = f"\n    as {because.fact}" if because.fact else ""
    print(f"  {because.rule}: {because.after}{fact}")

Z = sigmoid(X @ parameters[0] + parameters[1])
d = kobai.derive(negative_log_likelihood, *parameters[2:], Z, T, wrt=("V", "c"))
print("\nThe logarithm of the likelihood ΠΠ Y**T, with its sign turned, has the same error:")
for name in ("dscores", "dV", "dc"):
    print(f"  {name} = {d[name].formula}")


def deep(W, b, X, T):
    Z = X
    for k in range(len(W) - 1):
        a = Z @ W[k] + b[k]
        Z = sigmoid(a)
    a = Z @ W[-1] + b[-1]
    e = np.exp(a)
    Y = e / e.sum(axis=1, keepdims=True)
    J = -(T * np.log(Y)).sum()
    return J


lengths = [D, 5, 4, M, K]
weights = [generator.normal(size=shape) for shape in pairwise(lengths)]
biases = [np.zeros(n) for n in lengths[1:]]
deeper = kobai.derive(deep, weights, biases, X, T, wrt=("W", "b"), names="partial")
print("\nFour layers: the error of a layer depends on that of the next one")
print(str(deeper).partition("\nlayers\n")[2])
