"""A plan as machine code: arrays for its kernels, and threads for their passes over the examples.

A pass is cut into parts, by its lengths alone. Each part folds into arrays of its own, and these
are put together as a tree over the parts: whichever thread took which part, the bits are the same.
"""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

import numpy as np

from kobai.backends.threads import pool, threads
from kobai.evaluation import with_sizes
from kobai.graph import CONSTANT, INPUT, SIZE, AnyArray, AnyDType, Node
from kobai.lower.kernels import Binding, LengthsError, Lowered
from kobai.lower.loops import start_of
from kobai.lower.plan import Plan
from kobai.lower.views import is_view
from kobai.sizes import Dim, Size, resolve
from kobai.targets.llvm.engine import Compiled

# Bytes that the arrays of a tile may take: a part of the second cache.
TILE_BYTES = 128 * 1024
# Examples that fill the vectors of a loop a few times.
LEAST_TILE = 32
MOST_PARTS = 64
# Examples of a tile at least, where matrices are packed anew for each.
PACKED_TILE = 64
# Bytes of all parts of a fold together.
FOLD_BYTES = 16 * 1024 * 1024
# Entries that a thread has to visit to be worth its start.
ENTRIES_PER_THREAD = 100_000
# Lengths for which what a kernel needs is remembered.
MOST_PREPARED = 1_000


class NativeProgram:
    """The outputs of a plan as a function of its inputs.

    Args:
        plan: what is computed.
        inputs: the input nodes, in the order in which `run` is given their arrays.
    """

    def __init__(self, plan: Plan, inputs: Sequence[Node]) -> None:
        self._plan = plan
        self._inputs = list(inputs)
        kernels = [step.kernel for step in plan.steps if isinstance(step, Lowered)]
        self._compiled = Compiled(kernels)
        code = iter(zip(self._compiled.functions, self._compiled.scratch, strict=True))
        self._steps: list[_KernelStep | Node] = [
            _KernelStep(step, *next(code)) if isinstance(step, Lowered) else step
            for step in plan.steps
        ]
        self._symbols = [
            (number, axis, str(size))
            for number, node in enumerate(inputs)
            for axis, size in enumerate(node.shape)
            if isinstance(size, Size)
        ]

    def run(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, as NumPy arrays or scalars."""
        lengths = {name: np.shape(arrays[n])[axis] for n, axis, name in self._symbols}
        values: dict[Node, Any] = dict(zip(self._inputs, arrays, strict=True))
        with np.errstate(all="ignore"):
            for step in self._steps:
                if isinstance(step, _KernelStep):
                    step.run(values, lengths)
                else:
                    values[step] = _computed(step, values, lengths)
            return [
                np.asarray(_computed(output, values, lengths))[()] for output in self._plan.outputs
            ]


def _computed(node: Node, values: dict[Node, Any], lengths: Mapping[str, int]) -> Any:
    """The value of a node whose operands are there, but for moves."""
    if node in values:
        return values[node]
    if node.op is CONSTANT:
        return node.attribute("value")
    if node.op is INPUT:
        raise KeyError(node)
    attributes = with_sizes(dict(node.attributes), lambda size: size.resolve(lengths))
    if node.op is SIZE:
        return node.op.evaluate(**attributes)
    operands = [_computed(x, values, lengths) for x in node.operands]
    result = node.op.evaluate(*operands, **attributes)
    if not is_view(node):
        values[node] = result
    return result


@dataclass(frozen=True)
class _Prepared:
    """What a kernel needs for arrays of some lengths.

    Attributes:
        shapes: of each buffer; one tile of a local one.
        symbols: the lengths that the kernel is given.
        examples: how many there are; 0 for a kernel that runs once.
        tile: examples of a tile.
        rows: examples of a part.
        parts: how many of these.
        workers: how many threads share them.
    """

    shapes: tuple[tuple[int, ...], ...]
    symbols: AnyArray
    examples: int = 0
    tile: int = 0
    rows: int = 0
    parts: int = 1
    workers: int = 1


class _KernelStep:
    """A kernel with the arrays that it is given."""

    def __init__(self, lowered: Lowered, function: Callable[..., Any], scratch: int) -> None:
        self._lowered = lowered
        self._function = function
        self._scratch = scratch
        self._by_role: dict[str, list[tuple[int, Binding]]] = {
            role: [] for role in ("read", "result", "fold", "local", "copy")
        }
        for number, binding in enumerate(lowered.bindings):
            self._by_role[binding.role].append((number, binding))
        self._own = self._by_role["local"] + self._by_role["copy"]
        self._prepared: dict[tuple[int, ...], _Prepared] = {}

    def run(self, values: dict[Node, Any], lengths: Mapping[str, int]) -> None:
        key = (*lengths.values(), threads())
        prepared = self._prepared.get(key)
        if prepared is None:
            if len(self._prepared) > MOST_PREPARED:
                self._prepared.clear()
            prepared = self._prepared[key] = self._prepare(lengths)
        arrays: list[AnyArray | None] = [None] * len(prepared.shapes)
        for number, binding in self._by_role["read"]:
            node = binding.node
            found = values[node] if node in values else _computed(node, values, lengths)
            array = np.asarray(found, node.dtype, order="C")
            if array.shape != prepared.shapes[number]:
                raise LengthsError
            arrays[number] = array
        for number, binding in self._by_role["result"]:
            array = new(prepared.shapes[number], binding.buffer.dtype)
            arrays[number] = values[binding.node] = array
        folds: dict[int, AnyArray] = {}
        for number, binding in self._by_role["fold"]:
            folds[number] = new((prepared.parts, *prepared.shapes[number]), binding.buffer.dtype)
            folds[number].fill(start_of(_kind(binding), binding.buffer.dtype))
        waiting: list[Future[None]] = [
            pool().submit(self._work, first, prepared, arrays, folds)
            for first in range(1, prepared.workers)
        ]
        self._work(0, prepared, arrays, folds)
        for future in waiting:
            future.result()
        for number, binding in self._by_role["fold"]:
            values[binding.node] = _together(_kind(binding), folds[number])

    def _work(
        self,
        first: int,
        prepared: _Prepared,
        arrays: Sequence[AnyArray | None],
        folds: Mapping[int, AnyArray],
    ) -> None:
        """Every so many parts, with the memory of one thread."""
        own = list(arrays)
        for number, binding in self._own:
            own[number] = new(prepared.shapes[number], binding.buffer.dtype)
        own.append(_scratch(self._scratch))
        pointers = (ctypes.c_void_p * len(own))(
            *(0 if array is None else address_of(array) for array in own)
        )
        symbols = address_of(prepared.symbols)
        for part in range(first, prepared.parts, prepared.workers):
            for number, array in folds.items():
                pointers[number] = address_of(array) + part * array.strides[0]
            start = part * prepared.rows
            stop = min(start + prepared.rows, prepared.examples)
            self._function(ctypes.addressof(pointers), symbols, start, stop, prepared.tile)

    def _prepare(self, lengths: Mapping[str, int]) -> _Prepared:
        kernel = self._lowered.kernel
        for places in self._lowered.ranges:
            length = resolve(places.length, lengths)
            if resolve(places.first, lengths) < 0 or resolve(places.last, lengths) >= length:
                raise LengthsError
        shapes = [_resolved(binding.buffer.shape, lengths) for binding in self._lowered.bindings]
        symbols = np.array([lengths[name] for name in kernel.symbols] or [0], np.int64)
        if kernel.examples is None:
            return _Prepared(tuple(shapes), symbols)
        examples = resolve(kernel.examples, lengths)
        entries, size = self._per_example(shapes)
        least = PACKED_TILE if self._scratch else LEAST_TILE
        tile = min(max(1 << int(math.log2(max(TILE_BYTES / size, 1))), least), 4096)
        weight = sum(
            math.prod(shapes[number]) * binding.buffer.dtype.itemsize
            for number, binding in self._by_role["fold"]
        )
        parts = max(min(-(-examples // tile), MOST_PARTS, FOLD_BYTES // max(weight, 1)), 1)
        rows = -(-examples // (parts * tile)) * tile
        parts = -(-examples // rows)
        for number, binding in self._own:
            tiled = binding.buffer.tiled
            shapes[number] = tuple(
                tile if axis == tiled else d for axis, d in enumerate(shapes[number])
            )
        workers = min(threads(), parts, examples * entries // ENTRIES_PER_THREAD + 1)
        return _Prepared(tuple(shapes), symbols, examples, tile, rows, parts, workers)

    def _per_example(self, shapes: Sequence[tuple[int, ...]]) -> tuple[int, int]:
        """Entries and bytes that belong to one example."""
        entries = size = 0
        for binding, shape in zip(self._lowered.bindings, shapes, strict=True):
            buffer = binding.buffer
            if buffer.tiled is not None:
                count = math.prod(d for axis, d in enumerate(shape) if axis != buffer.tiled)
                entries += count
                size += count * buffer.dtype.itemsize
        return max(entries, 1), max(size, 1)


def new(shape: tuple[int, ...], dtype: AnyDType) -> AnyArray:
    """Memory for a kernel to write to."""
    return np.empty(shape, dtype)


_of_thread = threading.local()


def _scratch(size: int) -> AnyArray:
    """Scratch memory of this thread: fresh pages would cost more than what is computed in them."""
    held: AnyArray | None = getattr(_of_thread, "scratch", None)
    if held is None or held.size < size:
        held = _of_thread.scratch = np.empty(size, np.uint8)
    return held


def address_of(array: AnyArray) -> int:
    """The address of its first byte."""
    address: int = array.__array_interface__["data"][0]
    return address


def _kind(binding: Binding) -> Any:
    name = binding.node.op.name
    return "sum" if name == "matmul" else name


def _resolved(shape: Sequence[Dim], lengths: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(resolve(d, lengths) for d in shape)


_JOINED: dict[str, Callable[..., Any]] = {
    "sum": np.add,
    "max": np.maximum,
    "min": np.minimum,
    "any": np.logical_or,
    "all": np.logical_and,
}


def _together(kind: str, parts: AnyArray) -> AnyArray:
    """The parts of a fold as one, neighbours first."""
    join = _JOINED[kind]
    while len(parts) > 1:
        pairs = join(parts[0 : len(parts) - 1 : 2], parts[1::2])
        parts = np.concatenate([pairs, parts[-1:]]) if len(parts) % 2 else pairs
    result: AnyArray = parts[0, ...]
    return result
