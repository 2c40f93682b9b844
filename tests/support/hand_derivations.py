"""Right derivations in the styles in which they are written by hand."""

# The function's name begins with that of its problem: `two_layers__deltas` is for `two_layers`.

from __future__ import annotations

from typing import Any

import numpy as np


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z: Any) -> Any:
    return sigmoid(z) * (1 - sigmoid(z))


def logistic__ng(w: Any, b: Any, X: Any, y: Any) -> Any:
    m = len(y)
    a = sigmoid(X @ w + b)
    dz = a - y
    dw = X.T @ dz / m
    db = np.sum(dz) / m
    return dw, db


def logistic__mean(w: Any, b: Any, X: Any, y: Any) -> Any:
    m = X.shape[0]
    z = X @ w + b
    a = sigmoid(z)
    da = (-y / a + (1 - y) / (1 - a)) / m
    dz = da * a * (1 - a)
    dw = np.dot(X.T, dz)
    db = dz.sum()
    return dw, db


def logistic__per_example(w: Any, b: Any, X: Any, y: Any) -> Any:
    m = len(y)
    dw = np.zeros_like(w)
    db = 0.0
    for i in range(m):
        a = sigmoid(np.dot(w, X[i]) + b)
        dz = a - y[i]
        dw += X[i] * dz
        db += dz
    dw /= m
    db /= m
    return dw, db


def logistic__one_line(w: Any, b: Any, X: Any, y: Any) -> Any:
    error = sigmoid(X @ w + b) - y
    return np.mean(X * error[:, None], axis=0), np.mean(error)


def logistic__chain(w: Any, b: Any, X: Any, y: Any) -> Any:
    m = len(y)
    z = X @ w + b
    a = sigmoid(z)
    dJ_da = -(y / a - (1 - y) / (1 - a)) / m
    da_dz = a * (1 - a)
    dJ_dz = dJ_da * da_dz
    dJ_dw = X.T @ dJ_dz
    dJ_db = np.sum(dJ_dz)
    return {"dw": dJ_dw, "db": dJ_db}


def logistic__local_slopes(w: Any, b: Any, X: Any, y: Any) -> Any:
    a = sigmoid(X @ w + b)
    da = a * (1 - a)
    dz = (-y / a + (1 - y) / (1 - a)) * da
    grad_w = X.T.dot(dz) / len(y)
    grad_b = dz.mean()
    return grad_w, grad_b


def logistic__ascent(w: Any, b: Any, X: Any, y: Any) -> Any:
    delta = y - sigmoid(X @ w + b)
    dw = -X.T @ delta / len(y)
    db = -np.mean(delta)
    return dw, db


def logistic_columns__ng(w: Any, b: Any, X: Any, Y: Any) -> Any:
    m = X.shape[1]
    A = sigmoid(w.T @ X + b)
    dZ = A - Y
    dw = X @ dZ.T / m
    db = np.sum(dZ) / m
    return dw, db


def logistic_columns__dot(w: Any, b: Any, X: Any, Y: Any) -> Any:
    m = X.shape[1]
    Z = np.dot(w.T, X) + b
    A = 1 / (1 + np.exp(-Z))
    dz = 1 / m * (A - Y)
    dw = np.dot(X, dz.T)
    db = np.sum(dz, axis=1)
    return dw, db


def one_example__ng(w1: Any, w2: Any, b: Any, x1: Any, x2: Any, y: Any) -> Any:
    z = w1 * x1 + w2 * x2 + b
    a = sigmoid(z)
    da = -y / a + (1 - y) / (1 - a)
    dz = da * a * (1 - a)
    dw1 = x1 * dz
    dw2 = x2 * dz
    db = dz
    return dw1, dw2, db


def unit__seed(W: Any, b: Any, X: Any, Y: Any) -> Any:
    Z = X @ W.T + b
    A = sigmoid(Z)
    dZ = (A - Y) * sigmoid(Z) * (1 - sigmoid(Z))
    dW = dZ.T @ X
    db = np.sum(dZ, axis=0)
    return dW, db


def unit__ones(W: Any, b: Any, X: Any, Y: Any) -> Any:
    A = sigmoid(X @ W.T + b)
    dA = A - Y
    dZ = dA * A * (1 - A)
    dW = np.einsum("nk,nd->kd", dZ, X)
    db = dZ.T @ np.ones(len(X))
    return dW, db


def linear__residual(w: Any, b: Any, X: Any, y: Any) -> Any:
    m = len(y)
    p = X @ w + b
    dp = 2 * (p - y) / m
    dw = X.T @ dp
    db = np.sum(dp)
    return dw, db


def linear__loops(w: Any, b: Any, X: Any, y: Any) -> Any:
    m, n = X.shape
    dw = np.zeros(n)
    db = 0.0
    for i in range(m):
        residual = X[i] @ w + b - y[i]
        for j in range(n):
            dw[j] += 2 / m * residual * X[i, j]
        db += 2 / m * residual
    return dw, db


def perceptron__mistakes(w: Any, b: Any, X: Any, y: Any) -> Any:
    s = X @ w + b
    ds = np.where(y * s < 0, -y, 0.0)
    dw = X.T @ ds
    db = np.sum(ds)
    return dw, db


def perceptron__rule(w: Any, b: Any, X: Any, y: Any) -> Any:
    dw = np.zeros(len(w))
    db = 0.0
    for x_i, y_i in zip(X, y, strict=True):
        if y_i * (w @ x_i + b) < 0:
            dw -= y_i * x_i
            db -= y_i
    return dw, db


def ridge__ng(w: Any, b: Any, X: Any, y: Any, decay: Any) -> Any:
    m = len(y)
    a = sigmoid(X @ w + b)
    dz = (a - y) / m
    dw = X.T @ dz + decay * w
    db = np.sum(dz)
    return dw, db


def softmax__ng(W: Any, b: Any, X: Any, T: Any) -> Any:
    m = X.shape[0]
    E = np.exp(X @ W + b)
    P = E / E.sum(axis=1, keepdims=True)
    dU = (P - T) / m
    dW = X.T @ dU
    db = dU.sum(axis=0)
    return dW, db


def softmax__jacobian(W: Any, b: Any, X: Any, T: Any) -> Any:
    m = X.shape[0]
    U = X @ W + b
    E = np.exp(U - U.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    dP = -T / P / m
    dU = P * (dP - np.sum(dP * P, axis=1, keepdims=True))
    dW = np.einsum("mn,mk->nk", X, dU)
    db = np.einsum("mk->k", dU)
    return {"W": dW, "b": db}


def softmax_net__textbook(V: Any, c: Any, W: Any, b: Any, X: Any, T: Any) -> Any:
    H = np.tanh(X @ V + c)
    E = np.exp(H @ W + b)
    Y = E / np.sum(E, axis=1, keepdims=True)
    dU = Y - T
    dW = H.T @ dU
    db = np.sum(dU, axis=0)
    dH = dU @ W.T
    dA = dH * (1 - H**2)
    dV = X.T @ dA
    dc = np.sum(dA, axis=0)
    return dV, dc, dW, db


def softmax_net__index(V: Any, c: Any, W: Any, b: Any, X: Any, T: Any) -> Any:
    H = np.tanh(X @ V + c)
    E = np.exp(H @ W + b)
    Y = E / np.sum(E, axis=1, keepdims=True)
    error = Y - T
    dJ_dW = np.einsum("nm,nk->mk", H, error)
    dJ_db = np.einsum("nk->k", error)
    hidden = np.einsum("nk,mk->nm", error, W) * (1 - H * H)
    dJ_dV = np.einsum("nd,nm->dm", X, hidden)
    dJ_dc = np.einsum("nm->m", hidden)
    return dJ_dV, dJ_dc, dJ_dW, dJ_db


def two_layers__ng(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    Z1 = X @ W1 + b1
    A1 = np.tanh(Z1)
    Z2 = A1 @ W2 + b2
    A2 = sigmoid(Z2)
    dA2 = A2 - Y
    dZ2 = dA2 * A2 * (1 - A2)
    dW2 = A1.T @ dZ2
    db2 = np.sum(dZ2, axis=0)
    dA1 = dZ2 @ W2.T
    dZ1 = dA1 * (1 - A1**2)
    dW1 = X.T @ dZ1
    db1 = np.sum(dZ1, axis=0)
    return dW1, db1, dW2, db2


def two_layers__deltas(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    A1 = np.tanh(X @ W1 + b1)
    A2 = sigmoid(A1 @ W2 + b2)
    delta2 = (A2 - Y) * A2 * (1 - A2)
    delta1 = (delta2 @ W2.T) * (1 - A1**2)
    grads = {}
    grads["W1"] = X.T @ delta1
    grads["b1"] = delta1.sum(axis=0)
    grads["W2"] = A1.T @ delta2
    grads["b2"] = delta2.sum(axis=0)
    return grads


def two_layers__outer(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    dW1, db1 = np.zeros_like(W1), np.zeros_like(b1)
    dW2, db2 = np.zeros_like(W2), np.zeros_like(b2)
    for x, y in zip(X, Y, strict=True):
        a1 = np.tanh(x @ W1 + b1)
        a2 = sigmoid(a1 @ W2 + b2)
        delta2 = (a2 - y) * a2 * (1 - a2)
        delta1 = (W2 @ delta2) * (1 - a1**2)
        dW2 += np.outer(a1, delta2)
        db2 += delta2
        dW1 += np.outer(x, delta1)
        db1 += delta1
    return dW1, db1, dW2, db2


def two_layers__keepdims(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    A1 = np.tanh(X @ W1 + b1)
    A2 = sigmoid(A1 @ W2 + b2)
    dZ2 = np.multiply(A2 - Y, A2 * (1 - A2))
    dW2 = np.matmul(A1.T, dZ2)
    db2 = np.sum(dZ2, axis=0, keepdims=True)
    dZ1 = np.matmul(dZ2, W2.T) * (1 - np.power(A1, 2))
    dW1 = np.matmul(X.T, dZ1)
    db1 = np.sum(dZ1, axis=0, keepdims=True)
    return dW1, db1, dW2, db2


def columns_net__ng(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    m = X.shape[1]
    Z1 = W1 @ X + b1
    A1 = np.tanh(Z1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = A2 - Y
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dZ1 = W2.T @ dZ2 * (1 - np.power(A1, 2))
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return dW1, db1, dW2, db2


def columns_net__means(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    delta_out = (A2 - Y) / m
    delta_hidden = (W2.T @ delta_out) * (1 - A1**2)
    gradients = {
        "dW2": delta_out @ A1.T,
        "db2": delta_out.sum(axis=1, keepdims=True),
        "dW1": delta_hidden @ X.T,
        "db1": delta_hidden.sum(axis=1, keepdims=True),
    }
    return gradients


def relu_net__masks(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    P = H @ W2 + b2
    dP = 2 * (P - Y) / P.size
    dW2 = H.T @ dP
    db2 = dP.sum(axis=0)
    dH = dP @ W2.T
    dZ = dH * (Z > 0)
    dW1 = X.T @ dZ
    db1 = dZ.sum(axis=0)
    return dW1, db1, dW2, db2


def relu_net__in_place(W1: Any, b1: Any, W2: Any, b2: Any, X: Any, Y: Any) -> Any:
    Z = X @ W1 + b1
    H = np.maximum(Z, 0)
    error = H @ W2 + b2 - Y
    error *= 2 / error.size
    dW2, db2 = H.T @ error, error.sum(0)
    dH = error @ W2.T
    dH[Z <= 0] = 0
    dW1, db1 = X.T @ dH, dH.sum(0)
    return dW1, db1, dW2, db2


def deep__deltas(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, X: Any, Y: Any) -> Any:
    z1 = X @ W1 + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + b2
    a2 = sigmoid(z2)
    z3 = a2 @ W3 + b3
    a3 = sigmoid(z3)
    delta3 = (a3 - Y) * sigmoid_prime(z3)
    delta2 = (delta3 @ W3.T) * sigmoid_prime(z2)
    delta1 = (delta2 @ W2.T) * sigmoid_prime(z1)
    dW3 = a2.T @ delta3
    db3 = delta3.sum(axis=0)
    dW2 = a1.T @ delta2
    db2 = delta2.sum(axis=0)
    dW1 = X.T @ delta1
    db1 = delta1.sum(axis=0)
    return dW1, db1, dW2, db2, dW3, db3


def deep__one_name(W1: Any, b1: Any, W2: Any, b2: Any, W3: Any, b3: Any, X: Any, Y: Any) -> Any:
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    a3 = sigmoid(a2 @ W3 + b3)
    delta = (a3 - Y) * a3 * (1 - a3)
    dW3, db3 = a2.T @ delta, np.sum(delta, axis=0)
    delta = delta @ W3.T * a2 * (1 - a2)
    dW2, db2 = a1.T @ delta, np.sum(delta, axis=0)
    delta = delta @ W2.T * a1 * (1 - a1)
    dW1, db1 = X.T @ delta, np.sum(delta, axis=0)
    return dW1, db1, dW2, db2, dW3, db3


def layers__nielsen(W: Any, b: Any, X: Any, Y: Any) -> Any:
    nabla_W = [np.zeros(w.shape) for w in W]
    nabla_b = [np.zeros(c.shape) for c in b]
    activation = X
    activations = [X]
    for w, c in zip(W, b, strict=True):
        activation = np.tanh(activation @ w + c)
        activations.append(activation)
    delta = (activations[-1] - Y) * (1 - activations[-1] ** 2)
    nabla_b[-1] = delta.sum(axis=0)
    nabla_W[-1] = activations[-2].T @ delta
    for layer in range(2, len(W) + 1):
        delta = delta @ W[-layer + 1].T * (1 - activations[-layer] ** 2)
        nabla_b[-layer] = delta.sum(axis=0)
        nabla_W[-layer] = activations[-layer - 1].T @ delta
    return nabla_W, nabla_b


def layers__two_stages(W: Any, b: Any, X: Any, Y: Any) -> Any:
    a = [X]
    for w, c in zip(W, b, strict=True):
        a.append(np.tanh(a[-1] @ w + c))
    dW: list[Any] = []
    db: list[Any] = []
    da = a[-1] - Y
    for layer in reversed(range(len(W))):
        dz = da * (1 - a[layer + 1] ** 2)
        dW.insert(0, a[layer].T @ dz)
        db.insert(0, np.sum(dz, axis=0))
        da = dz @ W[layer].T
    return dW, db


def layers__appended(W: Any, b: Any, X: Any, Y: Any) -> Any:
    a = [X]
    for w, c in zip(W, b, strict=True):
        a.append(np.tanh(a[-1] @ w + c))
    deltas = [(a[-1] - Y) * (1 - a[-1] ** 2)]
    for layer in range(len(W) - 1, 0, -1):
        deltas.append(deltas[-1] @ W[layer].T * (1 - a[layer] ** 2))
    deltas.reverse()
    dW = [x.T @ delta for x, delta in zip(a[:-1], deltas, strict=True)]
    db = [delta.sum(axis=0) for delta in deltas]
    return dW, db


def squared_rows__objective(prediction: Any, label: Any) -> Any:
    grad = prediction - label
    hess = np.ones_like(prediction)
    return grad, hess


def logistic_rows__objective(score: Any, label: Any) -> Any:
    p = sigmoid(score)
    grad = p - label
    hess = p * (1 - p)
    return grad, hess


def logistic_rows__xgboost(score: Any, dtrain: Any) -> Any:
    label = dtrain.get_label()
    p = sigmoid(score)
    return p - label, p * (1 - p)
