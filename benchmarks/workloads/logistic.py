"""Full-batch logistic regression on a million examples of 64 features, from the naive formula."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from benchmarks.peers import c_library, has
from benchmarks.processes import reported
from benchmarks.running import Contender, Finding, Goal, Section, compared

import kobai

EXAMPLES, FEATURES = 1_000_000, 64

KERNEL = """
#include <math.h>
/* One pass over some rows of X: z, the slope and its sums for one row after the other. */
void step(const float *X, const float *y, const float *w, float b, long n, long d, float *out) {
    float dw[256] = {0}, db = 0, loss = 0;
    for (long i = 0; i < n; i++) {
        const float *x = X + i * d;
        float z = b;
        for (long j = 0; j < d; j++) z += x[j] * w[j];
        float e = expf(-fabsf(z));
        float a = (z >= 0 ? 1 : e) / (1 + e);
        loss += fmaxf(z, 0) - z * y[i] + log1pf(e);
        float dz = a - y[i];
        for (long j = 0; j < d; j++) dw[j] += dz * x[j];
        db += dz;
    }
    out[0] = loss;
    out[1] = db;
    for (long j = 0; j < d; j++) out[2 + j] = dw[j];
}
"""


def naive(w: Any, b: Any, X: Any, y: Any) -> Any:
    a = 1 / (1 + np.exp(-(X @ w + b)))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


def drawn(n: int = EXAMPLES) -> tuple[Any, ...]:
    generator = np.random.default_rng(0)
    X = generator.standard_normal((n, FEATURES), np.float32)
    y = (generator.random(n, np.float32) > 0.5).astype(np.float32)
    w = (0.1 * generator.standard_normal(FEATURES)).astype(np.float32)
    return w, np.float32(0.1), X, y


def by_hand(w: Any, b: Any, X: Any, y: Any) -> Any:
    z = X @ w + b
    a = 1 / (1 + np.exp(-z))
    loss = np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))
    dz = (a - y) / np.float32(len(X))
    return loss, np.sum(dz), X.T @ dz


def with_kobai(given: tuple[Any, ...]) -> Contender:
    native = kobai.compile(kobai.value_and_grad(naive, argnums=(0, 1)))

    def run() -> Any:
        loss, (dw, db) = native(*given)
        return loss, db, dw

    return Contender("Kobai", run)


def in_c(given: tuple[Any, ...]) -> Iterator[Contender]:
    library = c_library(KERNEL)
    if library is None:
        return
    pointer = np.ctypeslib.ndpointer(np.float32)
    library.step.argtypes = [pointer] * 3 + [ctypes.c_float] + [ctypes.c_long] * 2 + [pointer]
    w, b, X, y = given
    n, d = X.shape

    def part(first: int, last: int) -> Any:
        out = np.empty(d + 2, np.float32)
        library.step(X[first:last], y[first:last], w, b, last - first, d, out)
        return out / n

    def one_thread() -> Any:
        out = part(0, n)
        return out[0], out[1], out[2:]

    yield Contender("C by hand, one thread", one_thread)
    pool = ThreadPoolExecutor(2)

    def two_threads() -> Any:
        out = sum(pool.map(part, [0, n // 2], [n // 2, n]))
        return out[0], out[1], out[2:]

    yield Contender("C by hand, two threads", two_threads)


def in_jax(given: tuple[Any, ...]) -> Contender:
    import jax
    import jax.numpy as jnp

    device = [jax.device_put(part) for part in given]

    @jax.jit
    def gradient(w: Any, b: Any, X: Any, y: Any) -> Any:
        def loss(w: Any, b: Any) -> Any:
            z = X @ w + b
            return jnp.mean(jnp.logaddexp(0, z) - y * z)

        return jax.value_and_grad(loss, argnums=(0, 1))(w, b)

    def run() -> Any:
        value, (dw, db) = jax.block_until_ready(gradient(*device))
        return value, db, dw

    return Contender("JAX", run)


def in_torch(given: tuple[Any, ...]) -> Contender:
    import torch

    w, b, X, y = given
    data, labels = torch.from_numpy(X), torch.from_numpy(y)
    weights = torch.from_numpy(w).requires_grad_()
    bias = torch.tensor(float(b), requires_grad=True)

    def run() -> Any:
        weights.grad = bias.grad = None
        loss = torch.nn.functional.binary_cross_entropy_with_logits(data @ weights + bias, labels)
        loss.backward()
        return loss.detach().numpy(), bias.grad.numpy(), weights.grad.numpy()

    return Contender("torch", run)


def contenders() -> Iterator[Contender]:
    given = drawn()
    yield Contender("NumPy by hand", lambda: by_hand(*given))
    yield with_kobai(given)
    yield from in_c(given)
    if has("jax"):
        yield in_jax(given)
    if has("torch"):
        yield in_torch(given)
    known = by_hand(*given)

    def read() -> Any:
        given[2].sum()
        return known

    yield Contender("reading X once (NumPy's sum)", read)


MEMORY = """
import json, re
from pathlib import Path
from benchmarks.workloads import logistic
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
def forget():
    Path("/proc/self/clear_refs").write_text("5")
given = logistic.drawn()
small = (*given[:2], given[2][:30_000], given[3][:30_000])
import kobai, llvmlite.binding
work = {
    "Kobai": lambda: kobai.compile(kobai.value_and_grad(logistic.naive, argnums=(0, 1))),
    "NumPy by hand": lambda: logistic.by_hand,
}["SYSTEM"]()
forget(); start = peak(); work(*small); first = peak() - start
forget(); start = peak()
for _ in range(3):
    work(*given)
print(json.dumps([first, peak() - start]))
"""


def memory() -> Section:
    """The highest resident memory of a process, before and after three steps."""
    title = "logistic regression, 1,000,000 × 64, float32: memory beyond the data"
    print(title, flush=True)
    section = Section(title, ["| system | first call, MB | three steps, MB |", "|---|--:|--:|"])
    for system in ("Kobai", "NumPy by hand"):
        first, steps = reported(MEMORY.replace("SYSTEM", system), KOBAI_CACHE_DIR="")
        print(f"  {system:36} {first:10.1f} MB  {steps:6.1f} MB", flush=True)
        section.body.append(f"| {system} | {first:.1f} | {steps:.1f} |")
        if system == "Kobai":
            reached = f"{steps:.1f} MB, and {first:.1f} MB once to compile"
            limit = "the first call has LLVM's own memory"
            finding = Finding(title, "≤ 32 MB", reached, max(first, steps) <= 32, limit)
            section.findings.append(finding)
    section.body.append("")
    section.body.append("The first call is on 30,000 examples, and compiles; X takes 244 MB.")
    return section


def sections() -> Iterator[Section]:
    title = "logistic regression, 1,000,000 × 64, float32"
    bound = "memory bounds it: the others read X once or twice as well"
    yield compared(
        title,
        contenders(),
        [
            Goal(("NumPy by hand", "torch", "JAX"), 2, bound),
            Goal(("reading X once (NumPy's sum)",), 1 / 1.6, bound),
            Goal(("C by hand, one thread", "C by hand, two threads"), 1, bound),
        ],
        tolerance=2e-3,
        repeats=3,
    )
    yield memory()
