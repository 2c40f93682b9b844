"""Kobai's machine code beside NumPy by hand, torch, JAX, autograd, numba and kernels in C.

    make bench
    python -m benchmarks logistic mixture     # some of the workloads; no page is written

A time counts only if the results agree. Systems that are not installed are left out.
"""

from __future__ import annotations

import os
import sys
import time

from benchmarks import page
from benchmarks.workloads import (
    digits_net,
    estimator,
    first_call,
    growth,
    logistic,
    mixture,
    one_example,
    other_losses,
    own_function,
    perceptron,
    small_net,
)

WORKLOADS = (
    logistic,
    mixture,
    one_example,
    small_net,
    digits_net,
    perceptron,
    estimator,
    first_call,
    own_function,
    growth,
    other_losses,
)


def main(names: list[str]) -> int:
    """Run the workloads of these names, or all of them, and then write the page."""
    known = {module.__name__.rpartition(".")[2]: module for module in WORKLOADS}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no such workload: {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    load = os.getloadavg()[0]
    start = time.perf_counter()
    found = [section for name in names or known for section in known[name].sections()]
    if not names:
        page.written(found, load)
    print(f"{time.perf_counter() - start:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
