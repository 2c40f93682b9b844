"""A net of 12-3-2 sigmoids on 64 examples, all of them at each of 100,000 steps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from benchmarks.peers import has
from benchmarks.running import Contender, Goal, Section, compared

import kobai

STEPS, RATE = 100_000, 0.1


def loss(p: Any, X: Any, T: Any) -> Any:
    h = 1 / (1 + np.exp(-(X @ p[0] + p[1])))
    o = 1 / (1 + np.exp(-(h @ p[2] + p[3])))
    return 0.5 * np.sum((o - T) ** 2) / len(X)


def drawn() -> tuple[Any, ...]:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(64, 12))
    T = (generator.random((64, 2)) > 0.5) * 1.0
    return [generator.normal(size=s) for s in ((12, 3), (3,), (3, 2), (2,))], X, T


def in_jax(start: Any, X: Any, T: Any) -> Contender:
    import jax
    import jax.numpy as jnp

    def objective(p: Any) -> Any:
        h = jax.nn.sigmoid(X @ p[0] + p[1])
        o = jax.nn.sigmoid(h @ p[2] + p[3])
        return 0.5 * jnp.sum((o - T) ** 2) / len(X)

    def step(p: Any, _: Any) -> Any:
        return jax.tree.map(lambda a, g: a - RATE * g, p, jax.grad(objective)(p)), None

    @jax.jit
    def scanned(p: Any) -> Any:
        return jax.lax.scan(step, p, None, length=STEPS)[0]

    first = [jnp.array(a) for a in start]
    return Contender("JAX, lax.scan", lambda: jax.block_until_ready(scanned(first)))


def in_numba(start: Any, X: Any, T: Any) -> Contender:
    import numba

    @numba.njit(fastmath=True)
    def loop(W: Any, b: Any, V: Any, c: Any, X: Any, T: Any, steps: int) -> Any:
        W, b, V, c = W.copy(), b.copy(), V.copy(), c.copy()
        (n, d), m, k = X.shape, len(b), len(c)
        h, o, do, dh = np.empty(m), np.empty(k), np.empty(k), np.empty(m)
        dW, db, dV, dc = np.empty_like(W), np.empty_like(b), np.empty_like(V), np.empty_like(c)
        for _ in range(steps):
            dW[:], db[:], dV[:], dc[:] = 0, 0, 0, 0
            for i in range(n):
                for j in range(m):
                    z = b[j]
                    for q in range(d):
                        z += X[i, q] * W[q, j]
                    h[j] = 1 / (1 + np.exp(-z))
                dh[:] = 0
                for r in range(k):
                    z = c[r]
                    for j in range(m):
                        z += h[j] * V[j, r]
                    o[r] = 1 / (1 + np.exp(-z))
                    do[r] = (o[r] - T[i, r]) * o[r] * (1 - o[r]) / n
                    dc[r] += do[r]
                    for j in range(m):
                        dV[j, r] += h[j] * do[r]
                        dh[j] += V[j, r] * do[r]
                for j in range(m):
                    dh[j] *= h[j] * (1 - h[j])
                    db[j] += dh[j]
                    for q in range(d):
                        dW[q, j] += X[i, q] * dh[j]
            W -= RATE * dW
            b -= RATE * db
            V -= RATE * dV
            c -= RATE * dc
        return W, b, V, c

    return Contender("numba by hand", lambda: loop(*start, X, T, STEPS))


def contenders() -> Iterator[Contender]:
    start, X, T = drawn()

    def run(steps: int = STEPS) -> Any:
        descent = kobai.optim.GradientDescent(RATE)
        fit = kobai.minimize(
            loss, start, data=(X, T), steps=steps, progress=False, optimizer=descent
        )
        return fit.params

    yield Contender("Kobai", run, partial(run, 2 * STEPS))
    if has("jax"):
        yield in_jax(start, X, T)
    if has("numba"):
        yield in_numba(start, X, T)


def sections() -> Iterator[Section]:
    yield compared(
        "12-3-2 net of sigmoids, 64 examples, 100,000 steps",
        contenders(),
        [Goal(("JAX, lax.scan",), 3, "products with three columns do not fill vectors")],
        tolerance=1e-4,
        rounds=5,
    )
