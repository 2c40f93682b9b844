"""A plan as machine code: arrays for its kernels, and threads for their passes over the examples.

A pass is cut into parts, by its lengths alone. Each part folds into arrays of its own, and these
are put together as a tree over the parts: whichever thread took which part, the bits are the same.
"""

from __future__ import annotations

import ctypes
import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kobai.backends.folds import together
from kobai.backends.threads import pool, threads
from kobai.evaluation import with_sizes
from kobai.graph import CONSTANT, INPUT, SIZE, AnyArray, AnyDType, Node
from kobai.lower.kernels import LengthsError, Lowered, PlacesError
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
# Bytes of a tile's arrays up to which they are kept from call to call.
MOST_KEPT = 1024 * 1024


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
        code = Compiled(kernels)
        numbers = itertools.count()
        self._steps: list[_KernelStep | Node] = [
            _KernelStep(step, code, next(numbers)) if isinstance(step, Lowered) else step
            for step in plan.steps
        ]
        self._symbols = [
            (number, axis, str(size))
            for number, node in enumerate(inputs)
            for axis, size in enumerate(node.shape)
            if isinstance(size, Size)
        ]

    def run(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, as NumPy arrays or scalars.

        Raises:
            LengthsError: the inputs have lengths that the program was not written for.
            PlacesError: an index is outside its axis.
        """
        lengths = {name: np.shape(arrays[n])[axis] for n, axis, name in self._symbols}
        values: dict[Node, Any] = dict(zip(self._inputs, arrays, strict=True))
        workers = threads()
        for step in self._steps:
            if isinstance(step, _KernelStep):
                step.run(values, lengths, workers)
            else:
                with np.errstate(all="ignore"):
                    values[step] = _computed(step, values, lengths)
        return [np.asarray(_computed(output, values, lengths))[()] for output in self._plan.outputs]


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

    @cached_property
    def symbols_address(self) -> int:
        return address_of(self.symbols)


@dataclass(frozen=True)
class _Tile:
    """Memory of one thread for the values of a tile.

    Attributes:
        shapes: of its arrays.
        arrays: one for each buffer that is local, and bytes for whatever the code needs.
        addresses: the number of each of these in the kernel's table, and where its array is.
    """

    shapes: tuple[tuple[int, ...], ...]
    arrays: tuple[AnyArray, ...]
    addresses: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class _Given:
    """What all threads of a kernel work on; it lives as long as one of them does.

    Attributes:
        arrays: those that are read, and those that are written to.
        addresses: of the buffers; 0 for those that each thread has of its own.
        folds: the number of each buffer that is folded into, with its parts.
    """

    arrays: tuple[AnyArray, ...]
    addresses: tuple[int, ...]
    folds: tuple[tuple[int, AnyArray], ...]


class _KernelStep:
    """A kernel with the arrays that it is given."""

    def __init__(self, lowered: Lowered, code: Compiled, number: int) -> None:
        self._lowered = lowered
        self._code = code  # alive as long as a thread may run it
        self._function: Callable[..., Any] = code.functions[number]
        self._scratch = code.scratch[number]
        self._by_role: dict[str, list[tuple[int, Node, AnyDType]]] = {
            role: [] for role in ("read", "result", "fold", "local", "copy", "flag")
        }
        for place, binding in enumerate(lowered.bindings):
            entry = (place, binding.node, binding.buffer.dtype)
            self._by_role[binding.role].append(entry)
        self._folds = [
            (number, node, dtype, _kind(node), start_of(_kind(node), dtype))
            for number, node, dtype in self._by_role["fold"]
        ]
        self._own = self._by_role["local"] + self._by_role["copy"]
        self._prepared: dict[tuple[int, ...], _Prepared] = {}
        self._tiles: list[_Tile] = []  # those that no thread works with
        self._table: Any = ctypes.c_void_p * (len(lowered.bindings) + 1)

    def run(self, values: dict[Node, Any], lengths: Mapping[str, int], workers: int) -> None:
        key = (*lengths.values(), workers)
        prepared = self._prepared.get(key)
        if prepared is None:
            if len(self._prepared) > MOST_PREPARED:
                self._prepared.clear()
            prepared = self._prepared[key] = self._prepare(lengths, workers)
        shapes = prepared.shapes
        arrays: list[AnyArray] = []
        addresses = [0] * len(shapes)
        for number, node, dtype in self._by_role["read"]:
            found = values[node] if node in values else _computed(node, values, lengths)
            array = np.asarray(found, dtype, order="C")
            if array.shape != shapes[number]:
                raise LengthsError
            arrays.append(array)
            addresses[number] = address_of(array)
        for number, node, dtype in self._by_role["result"]:
            values[node] = array = new(shapes[number], dtype)
            arrays.append(array)
            addresses[number] = address_of(array)
        folds: list[tuple[int, AnyArray]] = []
        for number, _, dtype, _, start in self._folds:
            array = new((prepared.parts, *shapes[number]), dtype)
            array.fill(start)
            addresses[number] = address_of(array)
            folds.append((number, array))
        flags = [(number, np.zeros(prepared.parts, bool)) for number, *_ in self._by_role["flag"]]
        for number, array in flags:
            addresses[number] = address_of(array)
        given = _Given(tuple(arrays), tuple(addresses), (*folds, *flags))
        waiting: list[Future[None]] = [
            pool().submit(self._work, first, prepared, given)
            for first in range(1, prepared.workers)
        ]
        self._work(0, prepared, given)
        for future in waiting:
            future.result()
        if any(array.any() for _, array in flags):
            raise PlacesError
        for (_, node, _, kind, _), (_, array) in zip(self._folds, folds, strict=True):
            values[node] = together(kind, array)

    def _work(self, first: int, prepared: _Prepared, given: _Given) -> None:
        """Every so many parts, with the memory of one thread."""
        tile = self._tile(prepared.shapes)
        table = self._table(*given.addresses)
        for number, address in tile.addresses:
            table[number] = address
        symbols = prepared.symbols_address
        for part in range(first, prepared.parts, prepared.workers):
            if part:
                for number, array in given.folds:
                    table[number] = given.addresses[number] + part * array.strides[0]
            start = part * prepared.rows
            stop = min(start + prepared.rows, prepared.examples)
            self._function(table, symbols, start, stop, prepared.tile)
        if sum(array.nbytes for array in tile.arrays) <= MOST_KEPT:
            self._tiles.append(tile)

    def _tile(self, shapes: Sequence[tuple[int, ...]]) -> _Tile:
        """Memory that no other thread works with."""
        wanted = tuple([shapes[number] for number, _, _ in self._own])
        with suppress(IndexError):  # another thread may take the last one
            tile = self._tiles.pop()
            if tile.shapes == wanted:
                return tile
        arrays = [new(shapes[number], dtype) for number, _, dtype in self._own]
        arrays.append(new((self._scratch,), np.dtype(np.uint8)))
        numbers = [*(number for number, _, _ in self._own), len(shapes)]
        addresses = tuple(zip(numbers, map(address_of, arrays), strict=True))
        return _Tile(wanted, tuple(arrays), addresses)

    def _prepare(self, lengths: Mapping[str, int], threads: int) -> _Prepared:
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
            math.prod(shapes[number]) * dtype.itemsize for number, _, dtype, _, _ in self._folds
        )
        parts = max(min(-(-examples // tile), MOST_PARTS, FOLD_BYTES // max(weight, 1)), 1)
        rows = -(-examples // (parts * tile)) * tile
        parts = -(-examples // rows)
        for number, _, _ in self._own:
            tiled = kernel.buffers[number].tiled
            shapes[number] = tuple(
                tile if axis == tiled else d for axis, d in enumerate(shapes[number])
            )
        workers = min(threads, parts, examples * entries // ENTRIES_PER_THREAD + 1)
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


def address_of(array: AnyArray) -> int:
    """The address of its first byte."""
    buffer: Any = array
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(buffer))  # five times as fast
    except (TypeError, ValueError):  # it is read-only, for instance
        address: int = array.__array_interface__["data"][0]
        return address


def _kind(node: Node) -> Any:
    name = node.op.name
    return "sum" if name in ("matmul", "scatter") else name


def _resolved(shape: Sequence[Dim], lengths: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(resolve(d, lengths) for d in shape)
