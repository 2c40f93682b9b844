"""Recurrent nets and embeddings."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.support.exercises.exercise import Exercise, Slip, numbers


def recurrent(Wx: Any, Wh: Any, b: Any, x: Any, target: Any) -> Any:
    h = np.zeros(Wh.shape[0])
    for t in range(x.shape[0]):
        h = np.tanh(Wx @ x[t] + Wh @ h + b)
    return 0.5 * np.sum((h - target) ** 2)


def recurrent_through_time(Wx: Any, Wh: Any, b: Any, x: Any, target: Any) -> Any:
    h = {-1: np.zeros(Wh.shape[0])}
    for t in range(len(x)):
        h[t] = np.tanh(Wx @ x[t] + Wh @ h[t - 1] + b)
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)
    dh = h[len(x) - 1] - target
    for t in reversed(range(len(x))):
        draw = (1 - h[t] * h[t]) * dh
        db += draw
        dWx += np.outer(draw, x[t])
        dWh += np.outer(draw, h[t - 1])
        dh = np.dot(Wh.T, draw)
    return dWx, dWh, db


def recurrent_sums(Wx: Any, Wh: Any, b: Any, x: Any, target: Any) -> Any:
    states = [np.zeros(len(b))]
    for row in x:
        states.append(np.tanh(Wx @ row + Wh @ states[-1] + b))
    errors = [(states[-1] - target) * (1 - states[-1] ** 2)]
    for state in states[-2:0:-1]:
        errors.append((Wh.T @ errors[-1]) * (1 - state**2))
    errors.reverse()
    dWx = sum(np.outer(e, row) for e, row in zip(errors, x, strict=True))
    dWh = sum(np.outer(e, state) for e, state in zip(errors, states, strict=False))
    return dWx, dWh, np.sum(errors, axis=0)


def skip_gram(C: Any, O: Any, center: Any, context: Any, sign: Any) -> Any:
    u = C[center]
    v = O[context]
    s = np.sum(u * v, axis=1)
    p = 1 / (1 + np.exp(-sign * s))
    return -np.sum(np.log(p))


def skip_gram_pairs(C: Any, O: Any, center: Any, context: Any, sign: Any) -> Any:
    dC, dO = np.zeros_like(C), np.zeros_like(O)
    for c, o, t in zip(center, context, sign, strict=True):
        g = -t / (1 + np.exp(t * (C[c] @ O[o])))
        dC[c] += g * O[o]
        dO[o] += g * C[c]
    return dC, dO


def skip_gram_add_at(C: Any, O: Any, center: Any, context: Any, sign: Any) -> Any:
    u, v = C[center], O[context]
    s = np.einsum("nd,nd->n", u, v)
    ds = sign * (1 / (1 + np.exp(-sign * s)) - 1)
    du = ds[:, None] * v
    dv = ds[:, None] * u
    dC = np.zeros_like(C)
    np.add.at(dC, center, du)
    dO = np.zeros_like(O)
    np.add.at(dO, context, dv)
    return dC, dO


EXERCISES = (
    Exercise(
        recurrent,
        (numbers(61, 3, 2), numbers(62, 3, 3), numbers(63, 3), numbers(64, 4, 2), numbers(65, 3)),
        ("Wx", "Wh", "b"),
        (recurrent_through_time, recurrent_sums),
        (
            Slip(
                recurrent_through_time,
                "(1 - h[t] * h[t]) * dh",
                "(1 - h[t]) * dh",
                "draw",
                "power activation",
            ),
            Slip(
                recurrent_through_time,
                "h[len(x) - 1] - target",
                "target - h[len(x) - 1]",
                "dh",
                "sign",
            ),
            Slip(
                recurrent_through_time, "np.dot(Wh.T, draw)", "np.dot(Wh, draw)", "dh", "transposed"
            ),
            Slip(
                recurrent_through_time,
                "np.outer(draw, h[t - 1])",
                "np.outer(draw, h[t])",
                "dWh",
                "index",
            ),
            Slip(recurrent_through_time, "db += draw", "db = draw", "db", "sum"),
            Slip(
                recurrent_through_time,
                "dh = np.dot(Wh.T, draw)",
                "dh = np.dot(Wh.T, dh)",
                "dh",
                "variable",
            ),
            Slip(
                recurrent_sums,
                "zip(errors, states",
                "zip(errors, states[1:]",
                "dWh",
                "index variable",
            ),
        ),
    ),
    Exercise(
        skip_gram,
        (
            *(numbers(66, 4, 3), numbers(67, 5, 3), np.array([0, 2, 2, 3]), np.array([1, 4, 0, 1])),
            np.array([1.0, -1.0, 1.0, -1.0]),
        ),
        ("C", "O"),
        (skip_gram_pairs, skip_gram_add_at),
        (
            Slip(skip_gram_pairs, "dO[o] += g * C[c]", "dO[o] += g * O[o]", "dO", "variable index"),
            Slip(skip_gram_pairs, "dC[c] += g * O[o]", "dC[c] = g * O[o]", "dC", "sum"),
            Slip(skip_gram_add_at, "np.add.at(dC, center, du)", "dC[center] = du", "dC", "sum"),
            Slip(
                skip_gram_add_at, "du = ds[:, None] * v", "du = ds[:, None] * u", "du", "variable"
            ),
            Slip(skip_gram_add_at, "ds = sign * (1", "ds = (1", "ds", "missing sign"),
            Slip(skip_gram_add_at, "- 1)\n", "- sign)\n", "ds", "variable term"),
        ),
    ),
)
