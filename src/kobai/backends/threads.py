"""Threads for the parts of a pass."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from kobai.errors import ArgumentError

_locks = [threading.Lock()]
_pools: list[ThreadPoolExecutor] = []


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
    """The threads of this process."""
    with _locks[0]:
        if not _pools:
            _pools.append(ThreadPoolExecutor(max(threads(), 1), "kobai"))
        return _pools[0]


def _start_anew() -> None:
    """In a child, no thread but one is left; another may have held the lock."""
    _locks[0] = threading.Lock()
    _pools.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
