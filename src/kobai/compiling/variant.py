"""One recording of a function as a program, and what has to hold for it to serve a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optree

from kobai.backends import runnable
from kobai.compiling.captured import Captures, is_same
from kobai.differentiation import for_evaluation
from kobai.evaluation import Program
from kobai.facts import Facts
from kobai.graph import AnyArray
from kobai.recording import Recording
from kobai.simplify import STABILISE, Context, run
from kobai.sizes import Shape, Size, resolve
from kobai.tracing import Traced

# Shapes of calls for which it is remembered whether the recording is of use.
MOST_SHAPES = 1_000


@dataclass(frozen=True)
class Call:
    """What a call hands over: the form of its nest of arguments, the arrays, and the rest."""

    structure: Any
    leaves: tuple[Any, ...]
    places: tuple[int, ...]

    @property
    def arrays(self) -> list[AnyArray]:
        return [np.asarray(self.leaves[place]) for place in self.places]

    def filled(self, arrays: Sequence[Any]) -> Any:
        """The nest of the arguments with others in place of the arrays."""
        leaves = list(self.leaves)
        for place, array in zip(self.places, arrays, strict=True):
            leaves[place] = array
        return optree.tree_unflatten(self.structure, leaves)

    def without_arrays(self) -> Call:
        """The same call, without keeping the user's arrays alive."""
        leaves = (None if i in self.places else leaf for i, leaf in enumerate(self.leaves))
        return Call(self.structure, tuple(leaves), self.places)

    def is_like(self, other: Call) -> bool:
        """Whether the two differ in nothing but their arrays."""
        if self.structure != other.structure or self.places != other.places:
            return False
        pairs = enumerate(zip(self.leaves, other.leaves, strict=True))
        return all(place in self.places or is_same(*pair) for place, pair in pairs)


class Variant:
    """A program, with the conditions under which it stands for the function."""

    def __init__(self, call: Call, captures: Captures, recording: Recording) -> None:
        self._call = call.without_arrays()
        self._captures = captures
        nodes = [leaf.node for leaf in recording.inputs]
        self._dtypes = [node.dtype for node in nodes]
        self._shapes = [_names(node.shape) for node in nodes]
        self._fitting: dict[tuple[tuple[int, ...], ...], bool] = {}
        trace = recording.trace
        self._comparisons = trace.comparisons
        self._decisions = [value for _, value in trace.decisions]
        leaves, self._form = optree.tree_flatten(recording.result, none_is_leaf=True)
        self._results: list[Any] = list(leaves)
        self._traced = [i for i, leaf in enumerate(leaves) if isinstance(leaf, Traced)]
        self._fixed = [i for i, leaf in enumerate(leaves) if isinstance(leaf, np.ndarray)]
        values = [leaves[i].node for i in self._traced]
        stable = run(STABILISE, values, Context(Facts(), frozenset(nodes)))
        # What Python decided on is compared to the last bit: NumPy computes it, as it did then.
        decided = for_evaluation([node for node, _ in trace.decisions], nodes)
        self._guards = Program(decided, nodes) if decided else None
        self._program = runnable(for_evaluation(stable, nodes), nodes)

    def inputs(self, call: Call) -> list[AnyArray] | None:
        """What the program is to be given; None if Python would decide otherwise for this call."""
        if not self._call.is_like(call):
            return None
        captured = self._captures.read()
        if captured is None:
            return None
        inputs = call.arrays + captured
        if [array.dtype for array in inputs] != self._dtypes:
            return None
        shapes = tuple([array.shape for array in inputs])
        fits = self._fitting.get(shapes)
        if fits is None:
            if len(self._fitting) > MOST_SHAPES:
                self._fitting.clear()
            fits = self._fitting[shapes] = self._fits(shapes)
        return inputs if fits else None

    def _fits(self, shapes: Sequence[tuple[int, ...]]) -> bool:
        """Whether Python would decide the same for arrays of these shapes."""
        lengths: dict[str, int] = {}
        pairs = zip(shapes, self._shapes, strict=True)
        if not all(_fit(shape, wanted, lengths) for shape, wanted in pairs):
            return False
        return all(c.holds(lambda size: resolve(size, lengths)) for c in self._comparisons)

    def run(self, inputs: Sequence[AnyArray]) -> tuple[bool, Any]:
        """Whether every decision on a value came out as it did, and if so, the result."""
        guards = self._guards.run(*inputs) if self._guards is not None else []
        for value, decided in zip(guards, self._decisions, strict=True):
            if not np.array_equal(value, decided, equal_nan=np.asarray(decided).dtype.kind == "f"):
                return False, None
        found = self._program.run(*inputs)
        leaves = list(self._results)
        for place in self._fixed:
            leaves[place] = leaves[place].copy()
        for place, value in zip(self._traced, found, strict=True):
            leaves[place] = _own(value)
        return True, optree.tree_unflatten(self._form, leaves)


def _own(value: Any) -> Any:
    """A result that its receiver may write to; a number for an array without axes."""
    if isinstance(value, np.ndarray) and value.ndim and not value.flags.writeable:
        return value.copy()
    return value[()]


def _names(shape: Shape) -> tuple[int | str, ...]:
    """The shape with the names of its symbols."""
    return tuple(str(d) if isinstance(d, Size) else d for d in shape)


def _fit(shape: Sequence[int], wanted: Sequence[int | str], lengths: dict[str, int]) -> bool:
    """Whether a shape is one of those that symbols stand for; their lengths are collected."""
    if len(shape) != len(wanted):
        return False
    for length, size in zip(shape, wanted, strict=True):
        if isinstance(size, int):
            if length != size:
                return False
        # A single row is broadcast, and none is not folded: the graph may be another one.
        elif length < 2 or lengths.setdefault(size, length) != length:
            return False
    return True
