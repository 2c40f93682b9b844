"""Random programs as machine code, and in NumPy: values, gradients, threads, and memory beside.

Each program runs in one of four ways: as a plan with a symbol for the number of examples, as one of
known lengths, as one without examples, or through `kobai.compile`. Arrays are surrounded by known
bytes, and their memory begins as nan.
"""

from __future__ import annotations

import os
import random
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np
import optree
from tests.support.native_programs import Written, lengths_of, written
from tests.support.rounding import Rounding, compared

import kobai
from kobai.backends import choice, native
from kobai.compiling import variant
from kobai.differentiation import differentiated, for_evaluation
from kobai.errors import KobaiError
from kobai.evaluation import Program
from kobai.facts import Facts
from kobai.graph import AnyArray, AnyDType, Node
from kobai.lower.fixing import fixed
from kobai.lower.kernels import LengthsError
from kobai.lower.plan import plan
from kobai.recording import Recording, record
from kobai.sizes import Size, resolve
from kobai.sizing import record_with_sizes
from kobai.tracing import Traced

LENGTHS = (2, 5, 7, 16, 17, 33, 64, 100, 130)
LONG = (1000, 1023, 4097, 20_001)
MOST_LONG = 1500  # entries of a value of a few examples, for there to be many
BEYOND = 256  # bytes on each side of an array
KNOWN = 0xAB
UNSET = 0xFF  # nan, -1


class WrongError(Exception):
    """Machine code that does something else than NumPy."""


class _RefusedError(Exception):
    """A function that Kobai does not record or differentiate; no business of a backend."""


class Guard:
    """Memory with known bytes on both sides."""

    def __init__(self) -> None:
        self._arrays: list[AnyArray] = []

    def new(self, shape: tuple[int, ...], dtype: AnyDType) -> AnyArray:
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        whole = np.full(size + 2 * BEYOND, UNSET, np.uint8)
        whole[:BEYOND] = whole[BEYOND + size :] = KNOWN
        self._arrays.append(whole)
        array: AnyArray = whole[BEYOND : BEYOND + size].view(dtype).reshape(shape)
        return array

    def given(self, array: AnyArray) -> AnyArray:
        """The array with nan beside it: what is read there shows in results."""
        array = np.asarray(array)
        beside = BEYOND // array.dtype.itemsize
        whole = np.full(array.size + 2 * beside, UNSET if array.dtype.kind == "b" else 0, "u1")
        whole = whole.astype(array.dtype)
        whole[:] = np.nan if array.dtype.kind == "f" else 77
        held: AnyArray = whole[beside : beside + array.size].reshape(array.shape)
        held[...] = array
        return held

    def check(self) -> None:
        for whole in self._arrays:
            if np.any(whole[:BEYOND] != KNOWN) or np.any(whole[-BEYOND:] != KNOWN):
                raise WrongError("something was written beside an array")
        self._arrays.clear()


class Checked:
    """A program as machine code that compares itself with NumPy at each run."""

    def __init__(
        self,
        machine: Any,
        outputs: Sequence[Node],
        inputs: Sequence[Node],
        seed: int,
        tried: list[int],
    ) -> None:
        self._machine = machine
        self._numpy = Program(outputs, inputs)
        self._rounding = Rounding(outputs, inputs)
        self._seed = seed
        self._tried = tried

    def run(self, *arrays: Any) -> list[Any]:
        before = [np.array(array) for array in arrays]
        try:
            expected = [np.array(x) for x in self._numpy.run(*before)]
        except (ValueError, IndexError):
            return []  # of a fold of nothing, there is no value
        results = []
        guard = Guard()
        with mock.patch.object(native, "new", guard.new):
            for threads in ("1", "2", "8"):
                os.environ["KOBAI_THREADS"] = threads
                results.append(self._found(arrays))
                guard.check()
        found = results[0]
        self._tried.append(len(found))
        if any(a.tobytes() != np.asarray(b).tobytes() for a, b in zip(before, arrays, strict=True)):
            raise WrongError("an argument was changed")
        bits = [[np.asarray(x).tobytes() for x in result] for result in results]
        if not bits[0] == bits[1] == bits[2]:
            raise WrongError("other bits with other threads")
        margins = self._rounding.margins(before, self._seed)
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            difference = compared(
                one,
                other,
                margins[number],
                is_exact=self._rounding.is_exact(number),
                has_signs=self._rounding.has_signs(number),
            )
            if difference:
                raise WrongError(
                    f"output {number}, arguments {[np.shape(a) for a in arrays]}: {difference}"
                )
        return [np.array(x)[()] for x in found]

    def _found(self, arrays: Sequence[Any]) -> list[Any]:
        try:
            found: list[Any] = self._machine.run(*arrays)
            return found
        except LengthsError:
            raise
        except Exception as error:
            raise WrongError("".join(traceback.format_exception(error, limit=-3))) from error


def verdict(
    seed: int, program: Written | None = None, *, has_long: bool = True
) -> tuple[str, str, str]:
    """How the program of a seed ends: right, refused, wrong or without a value; why; its source.

    Args:
        seed: of the program, its arguments and the way in which it runs.
        program: to run another one.
        has_long: whether there may be thousands of examples.
    """
    program = program or written(seed)
    tried: list[int] = []
    with warnings.catch_warnings(action="ignore"), _settings(seed):
        try:
            _checked(program, seed, tried, has_long=has_long)
        except WrongError as error:
            return "wrong", str(error), program.source
        except _RefusedError as error:
            return "refused", str(error), program.source
    return ("right" if tried else "without a value"), "", program.source


@contextmanager
def _settings(seed: int) -> Iterator[None]:
    """Small tiles, and threads for little work: in most programs."""
    chooser = random.Random(seed + 3)
    tile = chooser.choice((1, 1, 4096, native.TILE_BYTES))
    names = {"KOBAI_BACKEND": "native", "KOBAI_CACHE_DIR": "", "KOBAI_THREADS": "1"}
    with (
        mock.patch.dict(os.environ, names),
        mock.patch.object(native, "TILE_BYTES", tile),
        mock.patch.object(native, "ENTRIES_PER_THREAD", 1),
    ):
        yield


def _checked(program: Written, seed: int, tried: list[int], *, has_long: bool) -> None:
    chooser = random.Random(seed + 4)
    way = chooser.choices(("symbol", "fixed", "whole", "compile"), (5, 2, 1, 2))[0]
    is_small = program.entries < MOST_LONG and not program.has_pairs
    is_long = chooser.random() < 0.15 and has_long and is_small
    among = LONG if is_long else LENGTHS
    lengths = lengths_of(program, seed, among)
    if way == "compile":
        _compiled(program, [1, *lengths] if chooser.random() < 0.2 else lengths, seed, tried)
        return
    if way != "symbol":
        lengths = lengths[:1]
        if chooser.random() < 0.2:
            lengths = [1]
    try:
        recording = _recorded(program, lengths[0], seed, is_symbolic=way == "symbol")
        if recording is None:
            return
        outputs, inputs = _outputs(recording)
    except KobaiError as error:
        raise _RefusedError(error.what) from error
    if not outputs:
        return
    names = {str(d) for node in inputs for d in node.shape if isinstance(d, Size)} - {"m"}
    first = program.arguments(lengths[0], seed)
    known = {
        str(size): length
        for node, array in zip(inputs, first, strict=True)
        for size, length in zip(node.shape, array.shape, strict=True)
        if str(size) in names
    }
    outputs, inputs = fixed(outputs, inputs, known)
    axes = {
        node: shape.index("m")
        for node, shape in zip(inputs, program.shapes, strict=True)
        if "m" in shape and way != "whole"
    }
    is_free = any(isinstance(d, Size) for node in inputs for d in node.shape)
    machine = native.NativeProgram(plan(outputs, axes), inputs)
    checked = Checked(machine, outputs, inputs, seed, tried)
    for examples in lengths if is_free else lengths[:1]:
        if not _holds(recording, {"m": examples, **known}):
            continue
        guard = Guard()
        given = [_laid(a, guard, chooser) for a in program.arguments(examples, seed)]
        try:
            checked.run(*given)
        except LengthsError:
            continue  # NumPy runs it, then


def _holds(recording: Recording, lengths: Mapping[str, int]) -> bool:
    """Whether Python would decide the same for these lengths."""
    return all(c.holds(lambda size: resolve(size, lengths)) for c in recording.trace.comparisons)


def _laid(array: AnyArray, guard: Guard, chooser: random.Random) -> AnyArray:
    """The same entries, somewhere else in memory."""
    way = chooser.random()
    if way > 0.3 or not array.ndim:
        return guard.given(array)
    if way < 0.1:
        return np.asfortranarray(array)
    if way < 0.2:
        return np.repeat(array, 2, axis=-1)[..., ::2]
    return np.ascontiguousarray(array[::-1])[::-1]


def _recorded(program: Written, examples: int, seed: int, *, is_symbolic: bool) -> Recording | None:
    """The program at these examples; None if NumPy has no value there."""
    arguments = program.arguments(examples, seed)
    function = program.compiled()
    try:
        function(*arguments)
    except (ValueError, IndexError):
        return None
    if not is_symbolic:
        return record(function, arguments, range(len(arguments)))
    axes = {(n,): s.index("m") for n, s in enumerate(program.shapes) if "m" in s}
    return record_with_sizes(
        function, arguments, range(len(arguments)), batch_axes=axes, compares_lengths=True
    )


def _outputs(recording: Recording) -> tuple[list[Node], list[Node]]:
    """Loss, gradients by all floating arguments, other values; and the inputs."""
    inputs = [leaf.node for leaf in recording.inputs]
    loss, others = recording.result
    nodes = [leaf.node for leaf in optree.tree_leaves(others) if isinstance(leaf, Traced)]
    found: dict[Node, Node] = {}
    if isinstance(loss, Traced) and loss.node.is_differentiable:
        targets = [node for node in inputs if node.is_differentiable]
        value, found = differentiated(loss.node, targets, Facts())
        nodes = [value, *found.values(), *nodes]
    return for_evaluation(nodes, inputs), inputs


def _compiled(program: Written, lengths: Sequence[int], seed: int, tried: list[int]) -> None:
    """The way that users go."""
    kept = choice.runnable

    def checking(outputs: Sequence[Node], inputs: Sequence[Node]) -> Checked:
        return Checked(kept(outputs, inputs), outputs, inputs, seed, tried)

    function = program.compiled()
    floats = [n for n, dtype in enumerate(program.dtypes) if dtype.startswith("float")]
    derivative = kobai.value_and_grad(function, argnums=floats, has_aux=True)
    with mock.patch.object(variant, "runnable", checking):
        compiled: Callable[..., Any] = kobai.compile(derivative)
        for examples in lengths:
            arguments = program.arguments(examples, seed)
            try:
                function(*arguments)
            except (ValueError, IndexError):
                continue
            try:
                compiled(*arguments)
            except KobaiError as error:
                raise _RefusedError(error.what) from error
