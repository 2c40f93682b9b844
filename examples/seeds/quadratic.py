"""Descend J = x² + x, whose answer is known: x = -1/2. Steps can be right, too small, or too large.

ステップが大きすぎると谷の反対側へ跳ね返り, 小さすぎると時間がかかる.
"""

import warnings

import kobai


def J(x):
    return x**2 + x


print(kobai.derive(J, 3.0, optimizer=kobai.optim.GradientDescent(0.1)))

print("\n100 steps from x = 3")
for word, rate in (("good", 0.1), ("too small", 0.00001), ("bounces", 0.99), ("too large", 1.1)):
    fit = kobai.minimize(J, 3.0, steps=100, optimizer=kobai.optim.GradientDescent(rate))
    print(f"  {word:10} α = {rate:<8g} x = {fit.params:<12.6g} J = {fit.loss:.6g}")

momentum = kobai.optim.GradientDescent(0.001, momentum=0.9)
fit = kobai.minimize(J, 3.0, steps=1000, optimizer=momentum)
plain = kobai.minimize(J, 3.0, steps=1000, optimizer=kobai.optim.GradientDescent(0.001))
print("\n1000 steps with α = 0.001")
print(f"  plain: x = {plain.params:.4f}; with momentum: x = {fit.params:.4f}")

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", kobai.errors.DivergenceWarning)
    fit = kobai.minimize(J, 3.0, steps=10_000, optimizer=kobai.optim.GradientDescent(1.1))
print(f"\n10000 steps with α = 1.1: {fit.reason}")
print(caught[0].message)
