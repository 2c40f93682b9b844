"""Threads for the parts of a pass."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from kobai.errors import ArgumentError

_lock = threading.Lock()
_pools: dict[int, ThreadPoolExecutor] = {}


def threads() -> int:
    """How many threads may work: `KOBAI_THREADS`, or the cores that the process was given."""
    wanted = os.environ.get("KOBAI_THREADS")
    if wanted is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if not wanted.isdecimal() or not int(wanted):
        raise ArgumentError(
            f"KOBAI_THREADS is {wanted!r}", repair="set it to a whole number above 0, or unset it"
        )
    return int(wanted)


def pool() -> ThreadPoolExecutor:
    """The threads of this process; after a fork, the child has its own."""
    process = os.getpid()
    with _lock:
        if process not in _pools:
            _pools.clear()
            _pools[process] = ThreadPoolExecutor(max(threads(), 1), "kobai")
        return _pools[process]
