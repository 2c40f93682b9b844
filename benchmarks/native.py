"""Kobai's machine code beside NumPy by hand, torch, JAX, autograd, numba and a kernel in C.

    make bench

Every system computes the same gradients; a time counts only if the result agrees. Times are
medians, taken in turns within one run, and only their ratios mean something. Systems that are not
installed are left out. The table goes to docs/benchmarks.md.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import kobai

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
ROUNDS = 7
# Seconds before each measurement: the threads of OpenBLAS spin for a while after a product.
PAUSE = 0.1
Contender = tuple[str, Callable[[], Any]]


def has(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


def seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def compared(contenders: list[Contender], repeats: int) -> dict[str, float]:
    """The median seconds of each, those that agree with the first, in turns."""
    expected = [np.asarray(part) for part in contenders[0][1]()]
    agreeing = []
    for name, run in contenders:
        found = [np.asarray(part) for part in run()]
        tolerance = 2e-3 if expected[-1].dtype == np.float32 else 1e-6
        pairs = zip(found, expected, strict=True)
        if all(np.allclose(a, b, rtol=tolerance, atol=tolerance) for a, b in pairs):
            agreeing.append((name, run))
        else:
            print(f"  {name} does not agree and is left out")
    times: dict[str, list[float]] = {name: [] for name, _ in agreeing}
    for _ in range(ROUNDS):
        for name, run in agreeing:
            time.sleep(PAUSE)
            times[name].append(seconds(lambda run=run: [run() for _ in range(repeats)]) / repeats)
    return {name: statistics.median(found) for name, found in times.items()}


# Full-batch logistic regression, a million examples of 64 features, from the naive formula.


def naive(w: Any, b: Any, X: Any, y: Any) -> Any:
    a = 1 / (1 + np.exp(-(X @ w + b)))
    return np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))


C_KERNEL = """
#include <math.h>
/* One pass over X: z, the slope and its sums for one row after the other. */
void step(const float *X, const float *y, const float *w, float b, long n, long d, float *out) {
    float dw[256] = {0}, db = 0, loss = 0;
    for (long i = 0; i < n; i++) {
        const float *x = X + i * d;
        float z = b;
        for (long j = 0; j < d; j++) z += x[j] * w[j];
        float e = expf(-fabsf(z));
        float a = (z >= 0 ? 1 : e) / (1 + e);
        loss += fmaxf(z, 0) - z * y[i] + log1pf(e);
        float dz = (a - y[i]) / n;
        for (long j = 0; j < d; j++) dw[j] += dz * x[j];
        db += dz;
    }
    out[0] = loss / n;
    for (long j = 0; j < d; j++) out[1 + j] = dw[j];
    out[1 + d] = db;
}
"""


def c_function() -> Any:
    folder = tempfile.mkdtemp()
    source, library = Path(folder) / "step.c", Path(folder) / "step.so"
    source.write_text(C_KERNEL)
    command = ["gcc", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC"]
    try:
        subprocess.run([*command, str(source), "-o", str(library), "-lm"], check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    function = ctypes.CDLL(str(library)).step
    pointer = np.ctypeslib.ndpointer(np.float32)
    function.argtypes = [pointer, pointer, pointer, ctypes.c_float, ctypes.c_long, ctypes.c_long]
    function.argtypes += [pointer]
    return function


def logistic() -> Iterator[Contender]:
    generator = np.random.default_rng(0)
    n, d = 1_000_000, 64
    X = generator.standard_normal((n, d), np.float32)
    y = (generator.random(n) > 0.5).astype(np.float32)
    w = (0.1 * generator.standard_normal(d)).astype(np.float32)
    b = np.float32(0.1)

    def by_hand() -> Any:
        z = X @ w + b
        a = 1 / (1 + np.exp(-z))
        loss = np.mean(-(y * np.log(a) + (1 - y) * np.log(1 - a)))
        dz = (a - y) / np.float32(n)
        return loss, np.sum(dz), X.T @ dz

    yield "NumPy by hand", by_hand
    native = kobai.compile(kobai.value_and_grad(naive, argnums=(0, 1)))

    def ours() -> Any:
        loss, (dw, db) = native(w, b, X, y)
        return loss, db, dw

    yield "Kobai", ours
    step = c_function()
    if step is not None:
        out = np.empty(d + 2, np.float32)

        def in_c() -> Any:
            step(X, y, w, b, n, d, out)
            return out[0], out[-1], out[1:-1]

        yield "C by hand, one thread", in_c
    if has("jax"):
        import jax
        import jax.numpy as jnp

        device = [jax.device_put(part) for part in (w, b, X, y)]

        @jax.jit
        def gradient(w: Any, b: Any, X: Any, y: Any) -> Any:
            def loss(w: Any, b: Any) -> Any:
                z = X @ w + b
                return jnp.mean(jnp.logaddexp(0, z) - y * z)

            return jax.value_and_grad(loss, argnums=(0, 1))(w, b)

        def with_jax() -> Any:
            value, (dw, db) = jax.block_until_ready(gradient(*device))
            return value, db, dw

        yield "JAX", with_jax
    if has("torch"):
        import torch

        tensors = [torch.from_numpy(np.asarray(part)) for part in (X, y)]
        weights = torch.from_numpy(w).requires_grad_()
        bias = torch.tensor(float(b), requires_grad=True)

        def with_torch() -> Any:
            weights.grad = bias.grad = None
            z = tensors[0] @ weights + bias
            loss = torch.nn.functional.binary_cross_entropy_with_logits(z, tensors[1])
            loss.backward()
            return loss.detach().numpy(), bias.grad.numpy(), weights.grad.numpy()

        yield "torch", with_torch
    known = by_hand()

    def read() -> Any:
        X.sum()
        return known

    yield "reading X once (NumPy's sum)", read


# A mixture of 25 Gaussians with diagonal precisions in 10 dimensions, 10,000 examples.


def mixture_loss(alphas: Any, means: Any, logs: Any, x: Any) -> Any:
    distances = np.sum((np.exp(logs) * (x[:, None, :] - means)) ** 2, axis=2)
    scores = alphas + np.sum(logs, axis=1) - 0.5 * distances
    inner = np.sum(np.log(np.sum(np.exp(scores), axis=1)))
    return inner - len(x) * np.log(np.sum(np.exp(alphas)))


def mixture() -> Iterator[Contender]:
    generator = np.random.default_rng(0)
    K, d, n = 25, 10, 10_000
    given = (
        generator.normal(size=K),
        generator.normal(size=(K, d)),
        0.1 * generator.normal(size=(K, d)),
        generator.normal(size=(n, d)),
    )
    native = kobai.compile(kobai.value_and_grad(mixture_loss, argnums=(0, 1, 2)))

    def ours() -> Any:
        value, slopes = native(*given)
        return (value, *slopes)

    yield "Kobai", ours
    if has("autograd"):
        import autograd
        import autograd.numpy as anp

        def plain(parameters: Any) -> Any:
            alphas, means, logs = parameters
            x = given[3]
            distances = anp.sum((anp.exp(logs) * (x[:, None, :] - means)) ** 2, axis=2)
            scores = alphas + anp.sum(logs, axis=1) - 0.5 * distances
            inner = anp.sum(anp.log(anp.sum(anp.exp(scores), axis=1)))
            return inner - n * anp.log(anp.sum(anp.exp(alphas)))

        slopes = autograd.value_and_grad(plain)

        def with_autograd() -> Any:
            value, found = slopes(given[:3])
            return (value, *found)

        yield "autograd", with_autograd
    if has("jax"):
        import jax
        import jax.numpy as jnp
        from jax.scipy.special import logsumexp

        jax.config.update("jax_enable_x64", True)

        def loss(alphas: Any, means: Any, logs: Any, x: Any) -> Any:
            distances = jnp.sum((jnp.exp(logs) * (x[:, None, :] - means)) ** 2, axis=2)
            scores = alphas + jnp.sum(logs, axis=1) - 0.5 * distances
            return jnp.sum(logsumexp(scores, axis=1)) - n * logsumexp(alphas)

        gradient = jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2)))
        device = [jax.device_put(part) for part in given]

        def with_jax() -> Any:
            value, found = jax.block_until_ready(gradient(*device))
            return (value, *found)

        yield "JAX", with_jax
    if has("torch"):
        import torch

        tensors = [torch.tensor(part, requires_grad=k < 3) for k, part in enumerate(given)]

        def with_torch() -> Any:
            for tensor in tensors[:3]:
                tensor.grad = None
            alphas, means, logs, x = tensors
            distances = ((logs.exp() * (x[:, None, :] - means)) ** 2).sum(2)
            scores = alphas + logs.sum(1) - 0.5 * distances
            value = scores.logsumexp(1).sum() - n * alphas.logsumexp(0)
            value.backward()
            return (value.detach().numpy(), *(t.grad.numpy() for t in tensors[:3]))

        yield "torch", with_torch


# Training loops: steps on one example of two features; a 12-3-2 net of sigmoids on 64 examples.

EPOCHS = 1000


def one_example() -> Iterator[Contender]:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(1000, 2))
    y = (generator.random(1000) > 0.5) * 1.0
    start = (np.zeros(2), np.float64(0.0))

    def ours() -> Any:
        fit = kobai.minimize(
            naive,
            start,
            data=(X, y),
            argnums=(0, 1),
            batch_size=1,
            epochs=EPOCHS,
            shuffle=False,
            progress=False,
        )
        return fit.params[1], fit.params[0]

    yield "Kobai, with compilation", ours
    if has("numba"):
        import numba

        @numba.njit
        def loop(X: Any, y: Any, epochs: int) -> Any:
            w = np.zeros(2)
            b = 0.0
            for _ in range(epochs):
                for i in range(len(X)):
                    z = X[i, 0] * w[0] + X[i, 1] * w[1] + b
                    dz = 1 / (1 + np.exp(-z)) - y[i]
                    w[0] -= 0.1 * dz * X[i, 0]
                    w[1] -= 0.1 * dz * X[i, 1]
                    b -= 0.1 * dz
            return b, w

        loop(X, y, 1)
        yield "numba by hand", lambda: loop(X, y, EPOCHS)
    if has("jax"):
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        data = jnp.asarray(X), jnp.asarray(y)

        def loss(p: Any, x: Any, t: Any) -> Any:
            z = x @ p[0] + p[1]
            return jnp.logaddexp(0, z) - t * z

        @jax.jit
        def scanned(p: Any) -> Any:
            def step(p: Any, i: Any) -> Any:
                slopes = jax.grad(loss)(p, data[0][i], data[1][i])
                return jax.tree.map(lambda a, g: a - 0.1 * g, p, slopes), None

            return jax.lax.scan(step, p, jnp.tile(jnp.arange(1000), EPOCHS))[0]

        def with_jax() -> Any:
            w, b = jax.block_until_ready(scanned((jnp.zeros(2), jnp.array(0.0))))
            return b, w

        yield "JAX, lax.scan", with_jax


def small_net() -> Iterator[Contender]:
    generator = np.random.default_rng(0)
    X = generator.normal(size=(64, 12))
    T = (generator.random((64, 2)) > 0.5) * 1.0
    start = [generator.normal(size=s) for s in ((12, 3), (3,), (3, 2), (2,))]
    steps = 100_000

    def loss(p: Any, X: Any, T: Any) -> Any:
        h = 1 / (1 + np.exp(-(X @ p[0] + p[1])))
        o = 1 / (1 + np.exp(-(h @ p[2] + p[3])))
        return 0.5 * np.sum((o - T) ** 2) / len(X)

    def ours() -> Any:
        fit = kobai.minimize(loss, start, data=(X, T), steps=steps, progress=False)
        return fit.params

    yield "Kobai, with compilation", ours
    if has("jax"):
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)

        def objective(p: Any) -> Any:
            h = jax.nn.sigmoid(X @ p[0] + p[1])
            o = jax.nn.sigmoid(h @ p[2] + p[3])
            return 0.5 * jnp.sum((o - T) ** 2) / len(X)

        @jax.jit
        def scanned(p: Any) -> Any:
            def step(p: Any, _: Any) -> Any:
                return jax.tree.map(lambda a, g: a - 0.1 * g, p, jax.grad(objective)(p)), None

            return jax.lax.scan(step, p, None, length=steps)[0]

        yield "JAX, lax.scan", lambda: jax.block_until_ready(scanned([jnp.array(a) for a in start]))


# A net of 784-128-10 units, relu and softmax: value and gradient of one batch.


def net(size: int) -> Callable[[], Iterator[Contender]]:
    def contenders() -> Iterator[Contender]:
        generator = np.random.default_rng(0)
        shapes = ((784, 128), (128,), (128, 10), (10,))
        p = [(0.05 * generator.standard_normal(s)).astype(np.float32) for s in shapes]
        X = generator.standard_normal((size, 784), np.float32)
        T = np.eye(10, dtype=np.float32)[generator.integers(0, 10, size)]

        def loss(p: Any, X: Any, T: Any) -> Any:
            z = np.maximum(X @ p[0] + p[1], 0) @ p[2] + p[3]
            chosen = np.sum(T * (z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))), axis=1)
            return -np.mean(chosen)

        def by_hand() -> Any:
            h = np.maximum(X @ p[0] + p[1], 0)
            z = h @ p[2] + p[3]
            z -= z.max(axis=1, keepdims=True)
            P = np.exp(z)
            P /= P.sum(axis=1, keepdims=True)
            dz = (P - T) / np.float32(size)
            dh = (dz @ p[2].T) * (h > 0)
            return X.T @ dh, dh.sum(0), h.T @ dz, dz.sum(0)

        yield "NumPy by hand", by_hand
        native = kobai.compile(kobai.grad(loss))
        yield "Kobai", lambda: native(p, X, T)
        if has("jax"):
            import jax
            import jax.numpy as jnp

            def objective(p: Any, X: Any, T: Any) -> Any:
                z = jnp.maximum(X @ p[0] + p[1], 0) @ p[2] + p[3]
                return -jnp.mean(jnp.sum(T * jax.nn.log_softmax(z), axis=1))

            gradient = jax.jit(jax.grad(objective))
            given = jax.tree.map(jax.device_put, (p, X, T))
            yield "JAX", lambda: jax.block_until_ready(gradient(*given))

    return contenders


WORKLOADS: tuple[tuple[str, Callable[[], Iterator[Contender]], int], ...] = (
    ("logistic regression, 1,000,000 × 64, float32: value and gradient", logistic, 3),
    ("mixture of 25 Gaussians, d = 10, n = 10,000: value and gradient", mixture, 3),
    ("a million steps on one example of 2 features", one_example, 1),
    ("12-3-2 net of sigmoids, 64 examples, 100,000 steps", small_net, 1),
    ("784-128-10 net, a batch of 32, float32: gradient", net(32), 50),
    ("784-128-10 net, a batch of 128, float32: gradient", net(128), 50),
)


def main() -> None:
    """Run all workloads, and write the page."""
    lines = [
        "# Benchmarks",
        "",
        "Printed by `make bench`. Times are medians of one run, every system in turn, and depend",
        "on the machine; the ratios to Kobai are what is worth comparing. A system is listed if",
        "its gradient agrees. What bounds the results, and what is not reached yet, stands in",
        "[the design note](design/2026-11-native.md).",
        "",
        f"{os.cpu_count()} cores, {platform.machine()}, NumPy {np.__version__}.",
        "",
    ]
    for title, contenders, repeats in WORKLOADS:
        print(title, flush=True)
        times = compared(list(contenders()), repeats)
        ours = next(seconds for name, seconds in times.items() if name.startswith("Kobai"))
        lines += [f"## {title}", "", "| system | milliseconds | times Kobai's |", "|---|---|---|"]
        for name, found in sorted(times.items(), key=lambda entry: entry[1]):
            lines.append(f"| {name} | {1000 * found:.3g} | {found / ours:.2f} |")
            print(f"  {name:30} {1000 * found:10.3f} ms  {found / ours:6.2f}", flush=True)
        lines.append("")
    PAGE.write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
