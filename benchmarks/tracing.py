"""What a node costs: tracing a loop of elementwise operations, and differentiating it.

python benchmarks/tracing.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from kobai.calculus import cotangents
from kobai.recording import record

STEPS = 2_000


def loop(x: Any) -> Any:
    """Five operations a step."""
    for _ in range(STEPS):
        x = x + 0.001 * np.sin(x) * np.tanh(x)
    return x


def best(work: Callable[[], object], repeats: int = 7) -> float:
    """The shortest of a few times, in seconds: others share the machine."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


if __name__ == "__main__":
    recording = record(loop, (0.5,), [0])
    before = len(recording.trace.graph.nodes)
    target = recording.inputs[0].node

    def differentiate() -> None:
        fresh = record(loop, (0.5,), [0])
        cotangents(fresh.result.node, [fresh.inputs[0].node])

    traced = best(lambda: record(loop, (0.5,), [0]))
    both = best(differentiate)
    fresh = record(loop, (0.5,), [0])
    cotangents(fresh.result.node, [fresh.inputs[0].node])
    after = len(fresh.trace.graph.nodes)
    plain = best(lambda: loop(0.5))
    print(f"tracing          {traced / before * 1e6:6.2f} µs a node, {before} nodes")
    print(f"differentiating  {(both - traced) / (after - before) * 1e6:6.2f} µs a node")
    print(f"both             {both / after * 1e6:6.2f} µs a node, {after} nodes")
    print(f"NumPy's own run of the loop takes {plain / before * 1e6:.2f} µs an operation")
