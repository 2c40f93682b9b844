"""Machine code in other processes, in many threads, and after an interrupt; and what it leaves."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import optree
import pytest
from tests.backends.losses import drawn, logistic, network

import kobai
from kobai.backends import native


def bits(nest: Any) -> list[bytes]:
    return [np.asarray(leaf).tobytes() for leaf in optree.tree_leaves(nest)]


def worked() -> list[bytes]:
    """A gradient in several threads, and some steps of training."""
    given = drawn(30_000, "float64")
    slopes = kobai.compile(kobai.grad(logistic, argnums=(0, 1)))(*given)
    fit = kobai.minimize(
        logistic,
        given[:2],
        data=(given[2][:64], given[3][:64]),
        argnums=(0, 1),
        steps=3000,
        progress=False,
    )
    return bits((slopes, fit.params))


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.parametrize("is_used", [False, True], ids=["before", "after"])
def test_a_process_begun_before_or_after_the_first_use(method: str, is_used: bool) -> None:
    source = f"""
import multiprocessing
from tests.backends.test_processes import worked
if __name__ == "__main__":
    here = worked() if {is_used} else None
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        there = [pool.apply_async(worked) for _ in range(2)]
        found = [result.get(timeout=120) for result in there]
    assert found == [here or worked()] * 2
"""
    environment = {**os.environ, "KOBAI_THREADS": "2", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", source]
    subprocess.run(command, check=True, timeout=300, env=environment)


def test_many_threads_call_one_function_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KOBAI_BACKEND", "native")
    monkeypatch.setenv("KOBAI_THREADS", "2")
    monkeypatch.setattr(native, "ENTRIES_PER_THREAD", 1)
    compiled = kobai.compile(kobai.value_and_grad(network, argnums=(0, 1)))
    given = drawn(3000, "float64")
    expected = bits(kobai.compile(kobai.value_and_grad(network, argnums=(0, 1)))(*given))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: bits(compiled(*given)), range(64)))
    assert found == [expected] * 64


# An interrupt that falls into a callback of the interpreter's own is lost: it is sent until heard.
INTERRUPTED = """
import os, signal, sys, threading
import kobai
from tests.backends.losses import drawn, logistic
from tests.backends.test_processes import worked
w, b, X, y = drawn({rows}, "float64")
before = worked()
heard = threading.Event()
def interrupt():
    while not heard.wait(1.0):
        os.kill(os.getpid(), signal.SIGINT)
sender = threading.Thread(target=interrupt)
try:
    sender.start()
    kobai.minimize(logistic, (w, b), data=(X, y), argnums=(0, 1), progress=False, **{how})
except KeyboardInterrupt:
    heard.set()
    sender.join()
    assert worked() == before
    print("interrupted")
"""


@pytest.mark.parametrize(
    ("rows", "how"),
    [
        (64, {"steps": 10**9}),
        (64, {"epochs": 10**9, "batch_size": 1}),
        (100_000, {"steps": 10**9}),
    ],
    ids=["whole", "one by one", "many rows"],
)
def test_an_interrupt_ends_training_and_leaves_all_usable(rows: int, how: dict[str, int]) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", INTERRUPTED.format(rows=rows, how=how)],
        check=True,
        timeout=300,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout == "interrupted\n"


COUNTED = """
import gc
from pathlib import Path
import numpy as np
import kobai

def compiled(number):
    factor = 1 + number / 1000
    gradient = kobai.compile(kobai.grad(lambda w, X: np.mean(np.exp(factor * np.sin(X @ w)))))
    gradient(np.ones(5), np.ones((30, 5)))

def resident():
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

for number in range(50):
    compiled(number)
before = resident()
for number in range(50, 150):
    compiled(number)
print((resident() - before) / 100)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_programs_that_are_no_longer_used_leave_nothing() -> None:
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", COUNTED],
        check=True,
        timeout=600,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "KOBAI_BACKEND": "native", "KOBAI_CACHE_DIR": ""},
    ).stdout
    # With all of LLVM's pipeline it is a quarter of a megabyte for each of them.
    assert float(printed) < 40_000
