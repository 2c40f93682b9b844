"""Steps of training without Python in between: the program of a step, again and again."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence

import numpy as np

from kobai.backends.in_place import changed_in_place
from kobai.backends.native import address_of, new
from kobai.graph import INPUT, AnyArray, Node
from kobai.lower.kernels import Binding, Lowered
from kobai.lower.plan import plan
from kobai.targets.llvm.engine import CompiledSteps
from kobai.targets.llvm.training import Copies

# Steps from which on a quarter of their time is worth a twentieth of a second of the compiler's.
THOROUGH_STEPS = 100_000


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
        found = plan([loss, *changes.values()], {}, without_numpy=True)
        lowered = [step for step in found.steps if isinstance(step, Lowered)]
        if len(lowered) < len(found.steps):
            raise NotLoopsError
        self._kernels = [step.kernel for step in lowered]
        self._data = list(data)
        self._is_whole = is_whole
        self.loss, *after = found.outputs
        pairs = list(zip(changes, after, strict=True))
        if any(value in changes and value is not before for before, value in pairs):
            raise NotLoopsError  # values that change places would be overwritten
        self._fixed = [before for before, value in pairs if value is before]
        self._changes = [(before, value) for before, value in pairs if value is not before]
        self._bindings = [step.bindings for step in lowered]
        bound = {binding.node for bindings in self._bindings for binding in bindings}
        if any(kernel.symbols for kernel in self._kernels):
            raise NotLoopsError
        if not all(value in bound for value in (self.loss, *(v for _, v in self._changes))):
            raise NotLoopsError
        in_place = changed_in_place(lowered, self._changes)
        self._in_place = [pair for pair in self._changes if pair[0] in in_place]
        self._copied = [pair for pair in self._changes if pair[0] not in in_place]
        self.copied_back = tuple(before for before, _ in self._copied)
        lengths = [_length(node.shape[0]) for node in data]
        self.batch = 0 if is_whole or not data else lengths[0]
        self._copies = Copies(
            rows=() if is_whole else tuple(_bytes(n) // _length(n.shape[0]) for n in data),
            batch=self.batch,
            back=tuple(_bytes(before) for before, _ in self._copied),
            loss=self.loss.dtype.itemsize,
        )
        is_thorough = steps >= THOROUGH_STEPS
        self.compiled = CompiledSteps(self._kernels, self._copies, is_thorough=is_thorough)

    def on(self, data: Sequence[AnyArray]) -> Running:
        """The steps on all rows of some arrays of data, row by row in memory."""
        return Running(self, data)

    def tables(
        self, held: dict[Node, AnyArray], data: Sequence[AnyArray], scratch: AnyArray
    ) -> list[ctypes.Array[ctypes.c_void_p]]:
        """The addresses that the steps work on; what they need beside the arrays given is made."""
        for node, array in zip(self._data, data, strict=True):
            held[node] = array if self._is_whole else new(array_shape(node), node.dtype)
        for before, _ in self._changes:
            held[before] = new(array_shape(before), before.dtype)
        for before, after in self._in_place:
            held[after] = held[before]
        for before in self._fixed:
            held[before] = new(array_shape(before), before.dtype)
        for bindings in self._bindings:
            for binding in bindings:
                if binding.node not in held:
                    held[binding.node] = self._memory(binding)
        tables = [
            _addresses([*(held[binding.node] for binding in bindings), scratch])
            for bindings in self._bindings
        ]
        moved = [] if self._is_whole else list(zip(data, self._data, strict=True))
        arrays = [a for array, node in moved for a in (array, held[node])]
        arrays += [a for before, after in self._copied for a in (held[after], held[before])]
        arrays += [held[self.loss], held[self.loss]]
        return [*tables, _addresses(arrays)]

    def _memory(self, binding: Binding) -> AnyArray:
        node = binding.node
        if node.is_constant and not node.operands:
            return np.ascontiguousarray(node.attribute("value"), node.dtype)
        if node.op is INPUT:
            raise KeyError(node)
        return new(array_shape(node), node.dtype)


class Running:
    """Steps on the way, with memory of their own.

    Attributes:
        state: an array for each input that changes; to be filled before the first step.
    """

    def __init__(self, steps: NativeSteps, data: Sequence[AnyArray]) -> None:
        self._steps = steps
        self._data = list(data)  # its memory is read
        self.state: dict[Node, AnyArray] = {}
        self._scratch = np.empty(steps.compiled.scratch, np.uint8)
        self._tables = steps.tables(self.state, data, self._scratch)
        self._pointers = (ctypes.c_void_p * len(self._tables))(*map(ctypes.addressof, self._tables))
        self._symbols = np.zeros(1, np.int64)

    def run(self, order: AnyArray, steps: int) -> AnyArray:
        """Make some steps; the loss of each.

        Args:
            order: the rows of the batches, one batch after the other.
            steps: how many.
        """
        losses = np.empty(steps, self._steps.loss.dtype)
        rows = np.ascontiguousarray(order, np.int64)
        self._steps.compiled.function(
            ctypes.addressof(self._pointers),
            address_of(self._symbols),
            address_of(rows),
            address_of(losses),
            0,
            steps,
        )
        return losses


def _addresses(arrays: Sequence[AnyArray]) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * max(len(arrays), 1))(*map(address_of, arrays))


def array_shape(node: Node) -> tuple[int, ...]:
    return tuple(map(_length, node.shape))


def _length(size: object) -> int:
    if not isinstance(size, int):
        raise NotLoopsError
    return size


def _bytes(node: Node) -> int:
    return int(np.prod(array_shape(node), dtype=int)) * node.dtype.itemsize
