"""Kernels on arrays that end, or begin, where memory that nobody may touch begins or ends.

    python guarded.py end|start losses|indices|operations|training|read|write

A kernel that reads or writes one entry too far is killed by the processor. `read` and `write` do
it on purpose.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import numpy as np
import optree
from tests.backends.indexed import CASES
from tests.backends.losses import LOSSES, drawn, logistic, network
from tests.support.samples import OPS, samples_of

import kobai
from kobai.backends import native, steps
from kobai.backends.native import NativeProgram
from kobai.graph import AnyArray, Graph
from kobai.lower.plan import plan

_protect = ctypes.CDLL(None, use_errno=True).mprotect
_protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]


class Guarded:
    """Arrays with a page in front and a page behind that can't be touched.

    Args:
        at_end: whether an array ends at the page behind, and not begins at the one in front.
        outside: bytes of an array that lie in such a page.
    """

    def __init__(self, *, at_end: bool, outside: int = 0) -> None:
        self._at_end = at_end
        self._outside = outside
        self.count = 0

    def new(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> AnyArray:
        size = int(np.prod(shape)) * dtype.itemsize
        page = mmap.PAGESIZE
        inside = max(-(-size // page) * page, page)
        memory = mmap.mmap(-1, inside + 2 * page)
        first = np.frombuffer(memory, np.uint8).__array_interface__["data"][0]
        for place in (first, first + page + inside):
            if _protect(place, page, 0):
                raise OSError(ctypes.get_errno(), "mprotect")
        self.count += 1
        at_end, at_start = page + inside - size + self._outside, page - self._outside
        start = at_end if self._at_end else at_start
        whole = np.frombuffer(memory, np.uint8)[start : start + size]
        return whole.view(dtype).reshape(shape)

    def copied(self, nest: Any) -> Any:
        """The same values, guarded."""

        def moved(leaf: Any) -> Any:
            array = np.asarray(leaf)
            new = self.new(array.shape, array.dtype)
            new[...] = array
            return new

        return optree.tree_map(moved, nest)


def losses(guarded: Guarded) -> None:
    for loss in LOSSES:
        for dtype in ("float64", "float32"):
            compiled = kobai.compile(kobai.value_and_grad(loss, argnums=(0, 1)))
            for rows in (7, 64, 1037):
                compiled(*guarded.copied(drawn(rows, dtype)))
    for loss in (logistic, network):
        for features in (1, 2, 3, 15, 16, 17):
            compiled = kobai.compile(kobai.value_and_grad(loss, argnums=(0, 1)))
            compiled(*guarded.copied(drawn(301, "float64", features)))


def indices(guarded: Guarded) -> None:
    """Places inside, and with every third one far outside."""
    for loss, made in CASES:
        compiled = kobai.compile(kobai.value_and_grad(loss, argnums=(0, 1)))
        for rows in (7, 64, 1037):
            given = list(made(rows, "float64"))
            compiled(*guarded.copied(given))
            for far in (100, -100, 2**31 - 1, -(2**31)):
                with suppress(IndexError):
                    compiled(*guarded.copied(misled(given, far)))


def misled(given: Sequence[Any], far: int) -> list[Any]:
    arrays = [np.array(array) for array in given]
    for array in arrays:
        if array.dtype.kind == "i":
            array.flat[::3] = far
    return arrays


def operations(guarded: Guarded) -> None:
    for op in OPS:
        for sample in samples_of(op):
            node, inputs = sample.build()
            arrays = guarded.copied([np.asarray(array) for array in sample.arrays])
            NativeProgram(plan([node], {}), inputs).run(*arrays)


def training(guarded: Guarded) -> None:
    w, b, X, y = guarded.copied(drawn(120, "float64"))
    for size in (None, 1, 8, 30):
        kobai.minimize(
            logistic,
            (w, b),
            data=(X, y),
            argnums=(0, 1),
            epochs=20,
            batch_size=size,
            progress=False,
        )


def doubled(x: AnyArray) -> None:
    graph = Graph()
    node = graph.input("x", x.shape, x.dtype)
    NativeProgram(plan([node * 2.0], {}), [node]).run(x)


WORK = {work.__name__: work for work in (losses, indices, operations, training)}


def main(side: str, name: str) -> None:
    at_end = side == "end"
    guarded = Guarded(at_end=at_end)
    too_short = Guarded(at_end=at_end, outside=8)
    made = too_short.new if name == "write" else guarded.new
    with patch.object(native, "new", made), patch.object(steps, "new", made):
        if name in WORK:
            WORK[name](guarded)
            assert guarded.count > 10
        else:
            doubled(too_short.new((100,), np.dtype(float)) if name == "read" else np.ones(100))
    print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
