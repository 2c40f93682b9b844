"""A plan as machine code: arrays for its kernels, and threads for their passes over the examples.

A pass is cut into parts, by its lengths alone. Each part folds into arrays of its own, and these
are put together as a tree over the parts: whichever thread took which part, the bits are the same.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kobai.backends.threads import pool, threads
from kobai.evaluation import with_sizes
from kobai.graph import CONSTANT, INPUT, SIZE, AnyArray, Node
from kobai.lower.kernels import Binding, LengthsError, Lowered, start_of
from kobai.lower.plan import Plan
from kobai.lower.views import is_view
from kobai.sizes import Dim, Size, resolve
from kobai.targets.llvm.engine import Compiled

# Bytes that the arrays of a tile may take: a part of the second cache.
TILE_BYTES = 128 * 1024
MOST_PARTS = 64
# Bytes of all parts of a fold together.
FOLD_BYTES = 16 * 1024 * 1024
# Entries that a thread has to visit to be worth its start.
ENTRIES_PER_THREAD = 100_000


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
        functions = iter(self._compiled.functions)
        self._steps: list[_KernelStep | Node] = [
            _KernelStep(step, next(functions)) if isinstance(step, Lowered) else step
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


@dataclass(eq=False)
class _KernelStep:
    """A kernel with the arrays that it is given."""

    lowered: Lowered
    function: Callable[..., Any]
    _by_role: dict[str, list[tuple[int, Binding]]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_role = {role: [] for role in ("read", "result", "fold", "local")}
        for number, binding in enumerate(self.lowered.bindings):
            self._by_role[binding.role].append((number, binding))

    def run(self, values: dict[Node, Any], lengths: Mapping[str, int]) -> None:
        kernel = self.lowered.kernel
        for places in self.lowered.ranges:
            length = resolve(places.length, lengths)
            if resolve(places.first, lengths) < 0 or resolve(places.last, lengths) >= length:
                raise LengthsError
        arrays: list[AnyArray | None] = [None] * len(kernel.buffers)
        for number, binding in self._by_role["read"]:
            node = binding.node
            array = np.asarray(_computed(node, values, lengths), node.dtype, order="C")
            if array.shape != _resolved(binding.buffer.shape, lengths):
                raise LengthsError
            arrays[number] = array
        for number, binding in self._by_role["result"]:
            shape = _resolved(binding.buffer.shape, lengths)
            arrays[number] = values[binding.node] = np.empty(shape, binding.buffer.dtype)
        symbols = np.array([lengths[name] for name in kernel.symbols] or [0], np.int64)
        if kernel.examples is None:
            self._once(arrays, symbols, lengths)
        else:
            self._pass(arrays, symbols, lengths, values)

    def _once(
        self, arrays: list[AnyArray | None], symbols: AnyArray, lengths: Mapping[str, int]
    ) -> None:
        for number, binding in self._by_role["local"]:
            shape = _resolved(binding.buffer.shape, lengths)
            arrays[number] = np.empty(shape, binding.buffer.dtype)
        _call(self.function, arrays, symbols, 0, 0, 0)

    def _pass(
        self,
        arrays: list[AnyArray | None],
        symbols: AnyArray,
        lengths: Mapping[str, int],
        values: dict[Node, Any],
    ) -> None:
        kernel = self.lowered.kernel
        assert kernel.examples is not None
        examples = resolve(kernel.examples, lengths)
        entries, size = self._per_example(lengths)
        tile = min(max(1 << int(math.log2(max(TILE_BYTES / size, 1))), 16), 4096)
        folds = self._by_role["fold"]
        weight = sum(
            math.prod(_resolved(b.buffer.shape, lengths)) * b.buffer.dtype.itemsize
            for _, b in folds
        )
        parts = max(min(-(-examples // tile), MOST_PARTS, FOLD_BYTES // max(weight, 1)), 1)
        rows = -(-examples // (parts * tile)) * tile
        parts = -(-examples // rows)
        folded = {
            number: np.full(
                (parts, *_resolved(binding.buffer.shape, lengths)),
                start_of(_kind(binding), binding.buffer.dtype),
                binding.buffer.dtype,
            )
            for number, binding in folds
        }
        workers = min(threads(), parts, examples * entries // ENTRIES_PER_THREAD + 1)

        def work(first: int) -> None:
            """Every so many parts, with the memory of one thread."""
            own = list(arrays)
            for number, binding in self._by_role["local"]:
                shape = self._tile_shape(binding, tile, lengths)
                own[number] = np.empty(shape, binding.buffer.dtype)
            for part in range(first, parts, workers):
                for number, array in folded.items():
                    own[number] = array[part, ...]
                start = part * rows
                _call(self.function, own, symbols, start, min(start + rows, examples), tile)

        waiting: list[Future[None]] = [pool().submit(work, n) for n in range(1, workers)]
        work(0)
        for future in waiting:
            future.result()
        for number, binding in folds:
            values[binding.node] = _together(_kind(binding), folded[number])

    def _per_example(self, lengths: Mapping[str, int]) -> tuple[int, int]:
        """Entries and bytes that belong to one example."""
        entries = size = 0
        for binding in self.lowered.bindings:
            buffer = binding.buffer
            if buffer.tiled is not None:
                shape = [resolve(d, lengths) for d in buffer.shape]
                count = math.prod(d for axis, d in enumerate(shape) if axis != buffer.tiled)
                entries += count
                size += count * buffer.dtype.itemsize
        return max(entries, 1), max(size, 1)

    def _tile_shape(
        self, binding: Binding, tile: int, lengths: Mapping[str, int]
    ) -> tuple[int, ...]:
        shape = _resolved(binding.buffer.shape, lengths)
        tiled = binding.buffer.tiled
        return tuple(tile if axis == tiled else d for axis, d in enumerate(shape))


def _kind(binding: Binding) -> Any:
    name = binding.node.op.name
    return "sum" if name == "matmul" else name


def _resolved(shape: Sequence[Dim], lengths: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(resolve(d, lengths) for d in shape)


def _call(
    function: Callable[..., Any],
    arrays: Sequence[AnyArray | None],
    symbols: AnyArray,
    start: int,
    stop: int,
    tile: int,
) -> None:
    pointers = (ctypes.c_void_p * max(len(arrays), 1))(
        *(0 if array is None else array.ctypes.data for array in arrays)
    )
    function(ctypes.addressof(pointers), symbols.ctypes.data, start, stop, tile)


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
