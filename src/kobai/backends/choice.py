"""Which backend runs a graph: `KOBAI_BACKEND` is `numpy`, `native` or `auto`.

`auto` compiles where arrays are large enough for it to pay, and calls many enough where it is known
how many there will be. It decides by lengths and counts, never by a clock or by what was called
before: the same call has the same bits.
"""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from kobai.errors import ArgumentError
from kobai.evaluation import Program
from kobai.graph import Node, reachable
from kobai.lower.kernels import LengthsError, PlacesError
from kobai.sizes import Shape, Size, resolve, shape_at_hand

if TYPE_CHECKING:
    from kobai.backends.steps import NativeSteps

BACKENDS = ("numpy", "native", "auto")
# Entries of all inputs together, or of one value, from which on machine code is faster than NumPy.
NATIVE_ENTRIES = 20_000
# Entries of all calls together from which on it is worth its compilation.
NATIVE_WORK = 20_000_000
# Steps of training from which on their code is worth its compilation.
NATIVE_STEPS = 2_000
# Entries of a batch up to which a step is one thread's work.
MOST_STEP_ENTRIES = 1_000_000
# Shapes of calls for which the choice is remembered.
MOST_SHAPES = 1_000


class Runnable(Protocol):
    """The outputs of a graph as a function of its inputs."""

    def run(self, *arrays: Any) -> list[Any]:
        """The outputs for these inputs, as NumPy arrays or scalars."""


def backend() -> str:
    """The backend that is asked for."""
    name = os.environ.get("KOBAI_BACKEND", "auto")
    if name not in BACKENDS:
        raise ArgumentError(
            f"KOBAI_BACKEND is {name!r}", repair=f"set it to one of {', '.join(BACKENDS)}"
        )
    if name == "native" and not _has_llvm():
        raise ArgumentError(
            "KOBAI_BACKEND is 'native', and llvmlite is not installed",
            repair="install llvmlite, or unset KOBAI_BACKEND",
        )
    return name


def runnable(
    outputs: Sequence[Node],
    inputs: Sequence[Node],
    axes: Mapping[Node, int] | None = None,
    calls: int | None = None,
) -> Runnable:
    """The outputs of a graph as a function of its inputs.

    Args:
        outputs: the values to compute.
        inputs: the inputs, in the order in which `run` is given their arrays.
        axes: the inputs that carry the examples, each with its axis; by default, at each call,
            those that share the longest axis among those of unknown length.
        calls: how many there will be; by default many.
    """
    name = backend()
    if name == "numpy" or not _has_llvm():
        return Program(outputs, inputs)
    return _Chosen(outputs, inputs, axes, calls, always_native=name == "native")


def _has_llvm() -> bool:
    return importlib.util.find_spec("llvmlite") is not None


def native_steps(
    loss: Node,
    changes: Mapping[Node, Node],
    data: Sequence[Node],
    *,
    is_whole: bool,
    steps: int,
) -> NativeSteps | None:
    """Steps of training without Python in between; None where they don't pay or can't be.

    Args:
        loss: one number.
        changes: for each input that changes from step to step, its value after the step.
        data: the inputs that hold a batch of rows.
        is_whole: whether a batch is all of the data.
        steps: how many there are to be made.
    """
    name = backend()
    if name == "numpy" or not _has_llvm():
        return None
    entries = sum(int(np.prod(shape_at_hand(node.shape))) for node in data)
    pays = steps >= NATIVE_STEPS or (entries >= NATIVE_ENTRIES and entries * steps >= NATIVE_WORK)
    if name == "auto" and not pays:
        return None
    from kobai.backends.steps import NativeSteps, NotLoopsError

    if entries > MOST_STEP_ENTRIES:
        return None  # threads pay there, and Python's part is small
    try:
        return NativeSteps(loss, changes, data, is_whole=is_whole, steps=steps)
    except NotLoopsError:
        return None


class _Chosen:
    """A program that is run by NumPy for small arrays, and compiled for large ones.

    It is compiled anew for other lengths of any axis but that of the examples.
    """

    def __init__(
        self,
        outputs: Sequence[Node],
        inputs: Sequence[Node],
        axes: Mapping[Node, int] | None,
        calls: int | None,
        *,
        always_native: bool,
    ) -> None:
        self._outputs = list(outputs)
        self._inputs = list(inputs)
        self._axes = axes
        self._least = 0 if always_native else NATIVE_ENTRIES
        if calls is not None and not always_native:
            self._least = max(self._least, NATIVE_WORK // max(calls, 1))
        self._by_shapes: dict[tuple[tuple[int, ...], ...], Runnable] = {}
        self._compiled: dict[Any, Runnable] = {}

    def run(self, *arrays: Any) -> list[Any]:
        shapes = tuple([np.shape(array) for array in arrays])
        chosen = self._by_shapes.get(shapes)
        if chosen is None:
            if len(self._by_shapes) > MOST_SHAPES:
                self._by_shapes.clear()
            chosen = self._by_shapes[shapes] = self._for(shapes)
        try:
            return chosen.run(*arrays)
        except (LengthsError, PlacesError):
            # NumPy says which index is outside its axis.
            return self._numpy.run(*arrays)

    def _for(self, shapes: Sequence[tuple[int, ...]]) -> Runnable:
        """NumPy, or machine code for arrays of these shapes."""
        sizes = [math.prod(shape) for shape in shapes]
        lengths = lengths_of(self._inputs, shapes)
        # Folds of nothing are errors of NumPy's.
        if not all(sizes) or max(sum(sizes), self._largest(lengths)) < self._least:
            return self._numpy
        examples = longest(lengths) if self._axes is None else ""
        others = {name: length for name, length in lengths.items() if name != examples}
        key = (examples, *others.items())
        if key not in self._compiled:
            self._compiled[key] = self._native(examples, others)
        return self._compiled[key]

    def _largest(self, lengths: Mapping[str, int]) -> int:
        """The entries of the largest value."""
        if not self._least:
            return 0
        shapes = (tuple([resolve(d, lengths) for d in shape]) for shape in self._shapes)
        return max(map(math.prod, shapes), default=0)

    @cached_property
    def _shapes(self) -> list[Shape]:
        """The shapes of all values, each once."""
        return list(dict.fromkeys(node.shape for node in reachable(self._outputs)))

    @cached_property
    def _numpy(self) -> Program:
        return Program(self._outputs, self._inputs)

    def _native(self, examples: str, lengths: dict[str, int]) -> Runnable:
        # LLVM is loaded when it is needed, and not before.
        from kobai.backends.native import NativeProgram
        from kobai.lower.fixing import fixed
        from kobai.lower.plan import plan

        outputs, inputs = self._outputs, self._inputs
        if lengths:
            outputs, inputs = fixed(outputs, inputs, lengths)
        if self._axes is not None:
            axes = {
                new: self._axes[old]
                for old, new in zip(self._inputs, inputs, strict=True)
                if old in self._axes
            }
        else:
            axes = axes_of(inputs, examples)
        return NativeProgram(plan(outputs, axes), inputs)


def lengths_of(inputs: Sequence[Node], shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """The lengths that are not fixed in the graph, for arrays of these shapes."""
    return {
        str(size): length
        for node, shape in zip(inputs, shapes, strict=True)
        for size, length in zip(node.shape, shape, strict=True)
        if isinstance(size, Size)
    }


def longest(lengths: Mapping[str, int]) -> str:
    """The length that is taken for that of the examples; empty if all are fixed."""
    return max(lengths, key=lambda name: (lengths[name], name), default="")


def axes_of(inputs: Sequence[Node], examples: str) -> dict[Node, int]:
    """The inputs with an axis of this length, each with the first of them."""
    return {
        node: axis
        for node in inputs
        for axis, size in reversed(list(enumerate(node.shape)))
        if str(size) == examples
    }
