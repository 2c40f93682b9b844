"""Eight threads at once: every result has the bits that it has alone."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.support.whole_programs import arguments, compiled, written

import kobai

THREADS = 8
PROGRAMS = [compiled(written(random.Random(seed).randrange)) for seed in range(100, 100 + THREADS)]


def _slopes(f: Callable[..., Any], seed: int) -> list[Any]:
    x, v = arguments(np.random.default_rng(seed))
    value, slopes = kobai.value_and_grad(f, argnums=(0, 1))(x, v)
    return [value, *slopes, *kobai.jvp(f, (x, v), (x, v))]


def _compiled(f: Callable[..., Any], seed: int) -> list[Any]:
    x, v = arguments(np.random.default_rng(seed))
    return list(kobai.compile(kobai.grad(f, argnums=(0, 1)))(x, v))


def _derivation(f: Callable[..., Any], seed: int) -> list[Any]:
    del f
    x, v = arguments(np.random.default_rng(seed))
    return [str(kobai.derive(lambda x, v: np.mean(np.log1p(np.exp(x @ v))), x, v))]


@pytest.mark.parametrize("work", [_slopes, _compiled, _derivation])
def test_threads_find_what_one_finds(work: Callable[[Callable[..., Any], int], list[Any]]) -> None:
    alone = [work(f, seed) for seed, f in enumerate(PROGRAMS)]
    together: list[Any] = [None] * THREADS
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> None:
        barrier.wait(timeout=120)
        together[number] = work(PROGRAMS[number], number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for found, expected in zip(together, alone, strict=True):
        assert len(found) == len(expected)
        assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
