"""Descend J = x² + x, whose answer is known: x = -1/2. Steps can be right, too small, or too large.

ステップが大きすぎると谷の反対側へ跳ね返り, 小さすぎると時間がかかる.
"""

import warnings

import kobai


def J(x):
    return x**2 + x


print(kobai.derive(J, 3.0, optimizer=kobai.optim.GradientDescent(0.1)))


def descend(rate, steps, momentum=0.0):
    optimizer = kobai.optim.GradientDescent(rate, momentum=momentum)
    return kobai.minimize(J, 3.0, steps=steps, optimizer=optimizer)


rates = {"good": 0.1, "too small": 0.00001, "bounces": 0.99, "too large": 1.1}
print("\nThe first steps from x = 3; the bottom is at -0.5")
for word, rate in rates.items():
    path = [descend(rate, steps).params for steps in range(1, 7)]
    print(f"  {word:10} α = {rate:<8g} x = {', '.join(f'{x:.6g}' for x in path)}, …")

print("\n100 steps")
for word, rate in rates.items():
    fit = descend(rate, 100)
    print(f"  {word:10} α = {rate:<8g} x = {fit.params:<12.6g} J = {fit.loss:.6g}")

plain, fit = descend(0.001, 1000), descend(0.001, 1000, momentum=0.9)
print("\n1000 steps with α = 0.001")
print(f"  plain: x = {plain.params:.4f}; with momentum: x = {fit.params:.4f}")
d = kobai.derive(J, 3.0, optimizer=kobai.optim.GradientDescent(0.001, momentum=0.9))
for step in d.steps[-2:]:
    print(f"  a step with momentum: {step.name} := {step.formula}")

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", kobai.errors.DivergenceWarning)
    fit = descend(1.1, 10_000)
print(f"\n10000 steps with α = 1.1: {fit.reason}")
print(caught[0].message)
