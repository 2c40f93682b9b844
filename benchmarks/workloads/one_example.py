"""A million steps, each on one example of two features."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from benchmarks.peers import has
from benchmarks.running import Contender, Goal, Section, compared
from benchmarks.workloads.logistic import naive

import kobai

EPOCHS, EXAMPLES, RATE = 1000, 1000, 0.1


def with_kobai(X: Any, y: Any) -> Contender:
    def run(epochs: int = EPOCHS) -> Any:
        fit = kobai.minimize(
            naive,
            (np.zeros(2), np.float64(0.0)),
            data=(X, y),
            argnums=(0, 1),
            batch_size=1,
            epochs=epochs,
            shuffle=False,
            progress=False,
            optimizer=kobai.optim.GradientDescent(RATE),
        )
        return fit.params

    return Contender("Kobai", run, partial(run, 2 * EPOCHS))


def in_numba(X: Any, y: Any) -> Contender:
    import numba

    @numba.njit
    def loop(X: Any, y: Any, epochs: int) -> Any:
        w = np.zeros(2)
        b = 0.0
        for _ in range(epochs):
            for i in range(len(X)):
                z = X[i, 0] * w[0] + X[i, 1] * w[1] + b
                dz = 1 / (1 + np.exp(-z)) - y[i]
                w[0] -= RATE * dz * X[i, 0]
                w[1] -= RATE * dz * X[i, 1]
                b -= RATE * dz
        return w, b

    return Contender("numba by hand", lambda: loop(X, y, EPOCHS))


def in_jax(X: Any, y: Any) -> Contender:
    import jax
    import jax.numpy as jnp

    data = jnp.asarray(X), jnp.asarray(y)

    def loss(p: Any, x: Any, t: Any) -> Any:
        z = x @ p[0] + p[1]
        return jnp.logaddexp(0, z) - t * z

    def step(p: Any, i: Any) -> Any:
        slopes = jax.grad(loss)(p, data[0][i], data[1][i])
        return jax.tree.map(lambda a, g: a - RATE * g, p, slopes), None

    @jax.jit
    def scanned(p: Any) -> Any:
        return jax.lax.scan(step, p, jnp.tile(jnp.arange(EXAMPLES), EPOCHS))[0]

    start = (jnp.zeros(2), jnp.array(0.0))
    return Contender("JAX, lax.scan", lambda: jax.block_until_ready(scanned(start)))


def contenders() -> Iterator[Contender]:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(EXAMPLES, 2))
    y = (generator.random(EXAMPLES) > 0.5) * 1.0
    yield with_kobai(X, y)
    if has("numba"):
        yield in_numba(X, y)
    if has("jax"):
        yield in_jax(X, y)


def sections() -> Iterator[Section]:
    limit = (
        "each step waits for the one before: its product, exponential and quotient follow each"
        " other; the loop in numba, which keeps no losses, takes about a third of JAX's time"
    )
    yield compared(
        "a million steps on one example of 2 features",
        contenders(),
        [Goal(("JAX, lax.scan",), 3, limit), Goal(("numba by hand",), 1 / 1.3, limit)],
        tolerance=1e-6,
    )
