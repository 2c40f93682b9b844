"""Logistic regression by a computation graph: one example, then m of them in rows or in columns.

一つのデータの計算グラフ: x1, w1, x2, w2, b → z → a → L, そして逆向きに da, dz, dw1, dw2, db.
m 个样本的代价函数 J = 1/m ΣL 及其梯度.
"""

import numpy as np

import kobai


def one_example(w1, w2, b, x1, x2, y):
    z = w1 * x1 + w2 * x2 + b
    a = 1 / (1 + np.exp(-z))
    L = -(y * np.log(a) + (1 - y) * np.log(1 - a))
    return L


def m_examples(w1, w2, b, x1, x2, y):
    m = len(y)
    z = w1 * x1 + w2 * x2 + b
    a = 1 / (1 + np.exp(-z))
    L = -(y * np.log(a) + (1 - y) * np.log(1 - a))
    J = np.sum(L) / m
    return J


def examples_in_rows(w, b, X, y):
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    J = np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))
    return J


def examples_in_columns(w, b, X, Y):
    m = X.shape[1]
    Z = w.T @ X + b
    A = 1 / (1 + np.exp(-Z))
    J = -np.sum(Y * np.log(A) + (1 - Y) * np.log(1 - A)) / m
    return J


step = kobai.optim.GradientDescent(0.1)
print("One example\n")
d = kobai.derive(one_example, 0.3, -0.2, 0.5, 1.0, 2.0, 1.0, wrt=("w1", "w2", "b"), optimizer=step)
print(d)
print("\nHow dz was found:")
for because in d["dz"].because:
    fact = f", as {because.fact}" if because.fact else ""
    print(f"  = {because.after}    ({because.rule}{fact})")

X = np.array([[1.0, 2.0], [2.0, 0.5], [-1.0, 1.0], [0.0, -2.0], [3.0, 1.0], [-2.0, -1.0]])
y = np.array([1.0, 1.0, 0.0, 0.0, 1.0, 0.0])

print("\nAs derivatives:")
print(d.text(names="partial").partition("backward\n")[2].partition("\nupdate")[0])

print("\nm examples, entry by entry\n")
features = {"wrt": ("w1", "w2", "b"), "notation": "index", "optimizer": step}
of_all = kobai.derive(m_examples, 0.0, 0.0, 0.0, X[:, 0], X[:, 1], y, **features)
print(of_all)

print("\n\nm examples in rows\n")
in_rows = kobai.derive(examples_in_rows, np.zeros(2), 0.0, X, y, wrt=("w", "b"), optimizer=step)
print(in_rows)
print("\n\nm examples in columns\n")
in_columns = X.T, y[np.newaxis]
print(kobai.derive(examples_in_columns, np.zeros((2, 1)), 0.0, *in_columns, wrt=("w", "b")))

rows = kobai.minimize(examples_in_rows, (np.zeros(2), 0.0), data=(X, y), argnums=(0, 1))
columns = kobai.minimize(
    examples_in_columns, (np.zeros((2, 1)), 0.0), data=in_columns, argnums=(0, 1), axis=1
)
print("\n\nTrained, in both layouts")
for name, fit in (("rows", rows), ("columns", columns)):
    w, b = fit.params
    print(f"  {name:8} w = {np.ravel(w).round(4)}, b = {b:.4f}, J = {fit.loss:.6f}")
predicted = X @ rows.params[0] + rows.params[1] > 0
print(f"  {np.sum(predicted == y)} of {len(y)} examples are classified rightly")
