"""A net of 784-128-10 units, relu and softmax, trained on batches of 32 and of 128 examples."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import numpy as np
from benchmarks.peers import c_library, has
from benchmarks.running import Contender, Finding, Goal, Section, compared

import kobai

LIMIT = (
    "a step runs on one core, at about 78 % of its peak; shared by two it was slower, as parameters"
    " and batch go from one core's cache to the other's at each step"
)
# As many as whole batches of both sizes have.
EXAMPLES, EPOCHS, RATE = 9_984, 3, 0.01
# Products of forward and backward, each entry a multiplication and an addition.
OPERATIONS = EPOCHS * EXAMPLES * (4 * 784 * 128 + 6 * 128 * 10)
PEAK_STEPS = 500_000

PEAK = """
#ifdef __AVX512F__
typedef float vector __attribute__((vector_size(64)));
#else
typedef float vector __attribute__((vector_size(32)));
#endif
enum { CHAINS = 12 };
/* Chains of multiplications and additions that do not wait for each other. */
double peak(long steps, float factor, float *out) {
    vector a[CHAINS], m = {0}, c = {0};
    m += factor;
    c += 0.001f;
    for (int k = 0; k < CHAINS; k++) a[k] = m + (float)k;
    for (long i = 0; i < steps; i++)
        for (int k = 0; k < CHAINS; k++) a[k] = a[k] * m + c;
    for (int k = 0; k < CHAINS; k++) a[0] += a[k];
    for (long j = 0; j < sizeof(vector) / sizeof(float); j++) out[j] = a[0][j];
    return steps * 2.0 * CHAINS * (sizeof(vector) / sizeof(float));
}
"""


def loss(p: Any, X: Any, T: Any) -> Any:
    z = np.maximum(X @ p[0] + p[1], 0) @ p[2] + p[3]
    chosen = np.sum(T * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))), axis=1)
    return -np.mean(chosen)


def drawn(n: int = EXAMPLES) -> tuple[Any, ...]:
    generator = np.random.default_rng(0)
    shapes = ((784, 128), (128,), (128, 10), (10,))
    p = [(0.05 * generator.standard_normal(s)).astype(np.float32) for s in shapes]
    X = generator.standard_normal((n, 784), np.float32)
    return p, X, np.eye(10, dtype=np.float32)[generator.integers(0, 10, n)]


def by_hand(p: Any, X: Any, T: Any) -> Any:
    h = np.maximum(X @ p[0] + p[1], 0)
    z = h @ p[2] + p[3]
    z -= z.max(axis=1, keepdims=True)
    P = np.exp(z)
    P /= P.sum(axis=1, keepdims=True)
    dz = (P - T) / np.float32(len(X))
    dh = (dz @ p[2].T) * (h > 0)
    return X.T @ dh, dh.sum(0), h.T @ dz, dz.sum(0)


def trained_by_hand(start: Any, X: Any, T: Any, size: int) -> Any:
    p = start
    for _ in range(EPOCHS):
        for first in range(0, len(X), size):
            slopes = by_hand(p, X[first : first + size], T[first : first + size])
            p = [a - np.float32(RATE) * g for a, g in zip(p, slopes, strict=True)]
    return p


def in_jax(start: Any, X: Any, T: Any, size: int) -> Contender:
    import jax
    import jax.numpy as jnp

    batches = (jnp.asarray(X.reshape(-1, size, 784)), jnp.asarray(T.reshape(-1, size, 10)))

    def objective(p: Any, X: Any, T: Any) -> Any:
        z = jnp.maximum(X @ p[0] + p[1], 0) @ p[2] + p[3]
        return -jnp.mean(jnp.sum(T * jax.nn.log_softmax(z), axis=1))

    def step(p: Any, batch: Any) -> Any:
        slopes = jax.grad(objective)(p, *batch)
        return jax.tree.map(lambda a, g: a - RATE * g, p, slopes), None

    @jax.jit
    def scanned(p: Any, batches: Any) -> Any:
        def epoch(p: Any, _: Any) -> Any:
            return jax.lax.scan(step, p, batches)[0], None

        return jax.lax.scan(epoch, p, None, length=EPOCHS)[0]

    first = [jnp.asarray(a) for a in start]
    return Contender("JAX, lax.scan", lambda: jax.block_until_ready(scanned(first, batches)))


def in_torch(start: Any, X: Any, T: Any, size: int) -> Contender:
    import torch

    data, target = torch.from_numpy(X), torch.from_numpy(T)

    def run() -> Any:
        p = [torch.tensor(a, requires_grad=True) for a in start]
        for _ in range(EPOCHS):
            for first in range(0, len(X), size):
                x, t = data[first : first + size], target[first : first + size]
                z = torch.relu(x @ p[0] + p[1]) @ p[2] + p[3]
                torch.nn.functional.cross_entropy(z, t).backward()
                with torch.no_grad():
                    for a in p:
                        a.sub_(a.grad, alpha=RATE)
                        a.grad = None
        return [a.detach().numpy() for a in p]

    return Contender("torch", run)


def contenders(size: int) -> Iterator[Contender]:
    start, X, T = drawn()
    yield Contender("NumPy by hand", lambda: trained_by_hand(start, X, T, size))

    def run(epochs: int = EPOCHS) -> Any:
        fit = kobai.minimize(
            loss,
            start,
            data=(X, T),
            batch_size=size,
            epochs=epochs,
            shuffle=False,
            progress=False,
            optimizer=kobai.optim.GradientDescent(RATE),
        )
        return fit.params

    yield Contender("Kobai", run, partial(run, 2 * EPOCHS))
    if has("jax"):
        yield in_jax(start, X, T, size)
    if has("torch"):
        yield in_torch(start, X, T, size)


@cache
def peak() -> float | None:
    """Multiplications and additions a second of two cores, single precision."""
    library = c_library(PEAK)
    if library is None:
        return None
    pointer = np.ctypeslib.ndpointer(np.float32)
    library.peak.argtypes = [ctypes.c_long, ctypes.c_float, pointer]
    library.peak.restype = ctypes.c_double

    def best(out: Any) -> float:
        """Of many short stretches: others may hold the core during some."""
        rates = []
        for _ in range(200):
            start = time.perf_counter()
            operations = library.peak(PEAK_STEPS, 0.999, out)
            rates.append(operations / (time.perf_counter() - start))
        return max(rates)

    return sum(ThreadPoolExecutor(2).map(best, [np.zeros(16, np.float32) for _ in range(2)]))


def section(size: int) -> Section:
    title = (
        f"784-128-10 net, float32, {EPOCHS} epochs of {EXAMPLES:,} examples in batches of {size}"
    )
    goals = [Goal(("JAX, lax.scan",), 1.2, LIMIT)]
    found = compared(title, contenders(size), goals, tolerance=2e-2, rounds=5)
    most = peak()
    if most is None:
        return found
    times = {row.split(" | ")[0][2:]: float(row.split(" | ")[1]) for row in found.body[2:]}
    rates = {name: OPERATIONS / (1e-3 * ms) for name, ms in times.items()}
    shares = ", ".join(f"{name} {rate / most:.0%}" for name, rate in rates.items())
    found.body += ["", f"Of the {most / 1e9:.0f} GFLOP/s that two cores make at most: {shares}."]
    print("  " + found.body[-1], flush=True)
    if size == 128:
        share = rates["Kobai"] / most
        reached = f"{share:.0%} of {most / 1e9:.0f} GFLOP/s"
        goal = "≥ 60 % of the measured peak of multiplications and additions"
        found.findings.append(Finding(title, goal, reached, share >= 0.6, LIMIT))
    return found


def sections() -> Iterator[Section]:
    yield section(32)
    yield section(128)
