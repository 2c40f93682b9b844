"""The first call of value and gradient of the net of two layers, each in a process of its own."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator

from benchmarks.peers import has
from benchmarks.processes import reported
from benchmarks.running import KOBAI, Goal, Section, judged

ROUNDS = 5
SECOND = "Kobai, second process"

# What each needs anyway is imported first.
COMMON = """
import time
import numpy as np
from benchmarks.workloads.digits_net import drawn, loss
given = drawn(128)
"""

OURS = """
import kobai, llvmlite.binding
kobai.value_and_grad, kobai.compile
start = time.perf_counter()
kobai.compile(kobai.value_and_grad(loss))(*given)
print(time.perf_counter() - start)
"""

JAX = """
import jax, jax.numpy as jnp
def objective(p, X, T):
    z = jnp.maximum(X @ p[0] + p[1], 0) @ p[2] + p[3]
    return -jnp.mean(jnp.sum(T * jax.nn.log_softmax(z), axis=1))
jax.block_until_ready(jnp.ones(3) + 1)
given = jax.tree.map(jnp.asarray, given)
start = time.perf_counter()
jax.block_until_ready(jax.jit(jax.value_and_grad(objective))(*given))
print(time.perf_counter() - start)
"""


def sections() -> Iterator[Section]:
    title = "784-128-10 net: first call of value and gradient, compiled"
    print(title, flush=True)
    found: dict[str, list[float]] = {}
    native = {"KOBAI_BACKEND": "native"}
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            for name in (KOBAI, SECOND):
                took = reported(COMMON + OURS, KOBAI_CACHE_DIR=folder, **native)
                found.setdefault(name, []).append(took)
        if has("jax"):
            found.setdefault("JAX, jit", []).append(reported(COMMON + JAX))
    times = {name: statistics.median(took) for name, took in found.items()}
    section = Section(title, ["| system | milliseconds | times Kobai's |", "|---|--:|--:|"])
    for name, took in sorted(times.items(), key=lambda entry: entry[1]):
        section.ratios[name] = took / times[KOBAI]
        section.body.append(f"| {name} | {1000 * took:.3g} | {section.ratios[name]:.2f} |")
        print(f"  {name:36} {1000 * took:10.1f} ms  {section.ratios[name]:6.2f}", flush=True)
    goals = [
        Goal(("JAX, jit",), 1 / 0.5, "half of it is LLVM's code generator, a quarter its text"),
        Goal(("JAX, jit",), 1 / 0.1, "recording and differentiating take most of it", SECOND),
    ]
    findings = [judged(title, goal, times) for goal in goals]
    section.findings = [finding for finding in findings if finding is not None]
    for finding in section.findings:
        print(f"  {finding.goal}: {finding.reached}", flush=True)
    yield section
