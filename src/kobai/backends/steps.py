"""Steps of training without Python in between: the program of a step, again and again."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from kobai.backends.native import address_of, new
from kobai.graph import AnyArray, AnyDType, Node
from kobai.lower.draft import Binding
from kobai.lower.kernels import Lowered, PlacesError
from kobai.lower.loops import Kernel
from kobai.lower.plan import plan
from kobai.lower.ranges import views_written
from kobai.lower.steps import Steps, in_place, steady
from kobai.targets.llvm.engine import CompiledSteps

# Steps from which on a quarter of their time is worth a twentieth of a second of the compiler's.
THOROUGH_STEPS = 100_000


# What an array holds: a value, its rearranged copy, or whether an index was outside its axis.
Key = tuple[Node | None, Literal["value", "copy", "flag"]]
FLAG: Key = (None, "flag")


class NotLoopsError(Exception):
    """A step that NumPy has a part in."""


class NativeSteps:
    """Steps that change some arrays in place.

    Args:
        loss: one number.
        changes: for each input that changes from step to step, its value after the step.
        data: the inputs that hold a batch of rows, in the order of the arrays of `run`.
        is_whole: whether a batch is all of the data.
        steps: how many there are to be made.

    Attributes:
        copied_back: the values whose new ones have memory of their own.

    Raises:
        NotLoopsError: the step can't be computed by loops alone.
    """

    def __init__(
        self,
        loss: Node,
        changes: Mapping[Node, Node],
        data: Sequence[Node],
        *,
        is_whole: bool,
        steps: int,
    ) -> None:
        found = plan([loss, *changes.values()], dict.fromkeys(data, 0), is_at_once=True)
        lowered = [step for step in found.steps if isinstance(step, Lowered)]
        if len(lowered) < len(found.steps) or any(step.kernel.symbols for step in lowered):
            raise NotLoopsError
        self.loss, *after = found.outputs
        self.data = list(data)
        self.changes = dict(zip(changes, after, strict=True))
        if any(x in self.changes and x is not before for before, x in self.changes.items()):
            raise NotLoopsError  # values that change places would be overwritten
        self.is_whole = is_whole
        self.batch = 0 if is_whole or not data else _length(data[0].shape[0])
        self.numbers = self._numbered(lowered)
        self.compiled = CompiledSteps(self._steps(lowered), is_thorough=steps >= THOROUGH_STEPS)

    def _numbered(self, lowered: Sequence[Lowered]) -> dict[Key, int]:
        """The numbers of all arrays."""
        keys: dict[Key, None] = {(node, "value"): None for node in (*self.changes, *self.data)}
        keys |= dict.fromkeys(_key(binding) for step in lowered for binding in step.bindings)
        found = {key: number for number, key in enumerate(keys)}
        values = (self.loss, *self.changes.values())
        if not all((value, "value") in found for value in values):
            raise NotLoopsError
        return found

    def _steps(self, lowered: Sequence[Lowered]) -> Steps:
        kernels = [step.kernel for step in lowered]
        numbers = [[self.numbers[_key(b)] for b in step.bindings] for step in lowered]
        pairs = {
            self.numbers[before, "value"]: self.numbers[after, "value"]
            for before, after in self.changes.items()
            if after is not before
        }
        batches = [] if self.is_whole else [self.numbers[node, "value"] for node in self.data]
        same = in_place(kernels, numbers, pairs)
        self.copied_back = tuple(
            before
            for before, after in self.changes.items()
            if after is not before and self.numbers[after, "value"] not in same
        )
        numbers = [[same.get(n, n) for n in own] for own in numbers]
        computed = {
            n for kernel, own in zip(kernels, numbers, strict=True) for n in _computed(kernel, own)
        }
        state = [self.numbers[before, "value"] for before in self.changes]
        state += [self.numbers[FLAG]] if FLAG in self.numbers else []
        return Steps(
            kernels=tuple(kernels),
            numbers=tuple(map(tuple, numbers)),
            arrays=tuple(map(_dtype_and_entries, self.numbers)),
            given=tuple(
                n
                for n in self.numbers.values()
                if n in state or (n not in computed and n not in batches)
            ),
            state=tuple(state),
            rows=tuple((self.numbers[n, "value"], _bytes_of_row(n)) for n in self.data if batches),
            batch=self.batch,
            moved=tuple((after, before) for before, after in pairs.items() if after not in same),
            loss=self.numbers[self.loss, "value"],
            once=steady(kernels, numbers, [*pairs, *pairs.values(), *batches]),
        )

    def on(self, data: Sequence[AnyArray]) -> Running:
        """The steps on all rows of some arrays of data, row by row in memory."""
        return Running(self, data)


class Running:
    """Steps on the way, with memory of their own.

    Attributes:
        state: an array for each input that changes; to be filled before the first step.
    """

    def __init__(self, steps: NativeSteps, data: Sequence[AnyArray]) -> None:
        self._steps = steps
        whole = dict(zip(steps.data, data, strict=True)) if steps.is_whole else {}
        # Their memory is read and written without Python's knowledge.
        self._arrays = [
            whole[node] if role == "value" and node in whole else _memory(node, role)
            for node, role in steps.numbers
        ]
        self._sources = [] if steps.is_whole else list(data)
        self._scratch = np.empty(steps.compiled.scratch, np.uint8)
        self._addresses = _addresses([*self._arrays, self._scratch])
        self._source_addresses = _addresses(self._sources)
        self.state = {node: self._arrays[steps.numbers[node, "value"]] for node in steps.changes}

    def run(self, order: AnyArray, steps: int) -> AnyArray:
        """Make some steps; the loss of each.

        Args:
            order: the rows of the batches, one batch after the other.
            steps: how many.

        Raises:
            PlacesError: an index was outside its axis, now or before; where the steps led to means
                nothing.
        """
        losses = np.empty(steps, self._steps.loss.dtype)
        rows = np.ascontiguousarray(order, np.int64)
        self._steps.compiled.function(
            ctypes.addressof(self._addresses),
            ctypes.addressof(self._source_addresses),
            address_of(rows),
            address_of(losses),
            0,
            steps,
        )
        if FLAG in self._steps.numbers and self._arrays[self._steps.numbers[FLAG]]:
            raise PlacesError
        return losses


def _memory(node: Node | None, role: str) -> AnyArray:
    """An array for a value: with what is known of it, or for a step to write to."""
    if node is None:
        return np.zeros((), bool)
    if node.is_constant and not node.operands and role == "value":
        return np.ascontiguousarray(node.attribute("value"), node.dtype)
    return new(array_shape(node), node.dtype)


def _key(binding: Binding) -> Key:
    """What an array holds."""
    if binding.role == "flag":
        return FLAG
    return binding.node, "copy" if binding.role == "copy" else "value"


def _dtype_and_entries(key: Key) -> tuple[AnyDType, int]:
    node, _ = key
    return (np.dtype(bool), 1) if node is None else (node.dtype, _entries(node))


def _computed(kernel: Kernel, numbers: Sequence[int]) -> set[int]:
    """The arrays that the loops of a kernel write to."""
    number = dict(zip(kernel.buffers, numbers, strict=True))
    return {number[view.buffer] for loop in kernel.loops for view in views_written(loop)}


def _addresses(arrays: Sequence[AnyArray]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * max(len(arrays), 1))(*map(address_of, arrays))


def array_shape(node: Node) -> tuple[int, ...]:
    return tuple(map(_length, node.shape))


def _length(size: object) -> int:
    if not isinstance(size, int):
        raise NotLoopsError
    return size


def _entries(node: Node) -> int:
    return int(np.prod(array_shape(node), dtype=int))


def _bytes_of_row(node: Node) -> int:
    return _entries(node) // _length(node.shape[0]) * node.dtype.itemsize
