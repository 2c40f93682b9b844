"""`kobai.compile`: a function that is recorded once, and from then on only run."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np
import optree

from kobai.compiling.captured import Captures
from kobai.compiling.variant import Call, Variant
from kobai.errors import TraceError
from kobai.frames import decides
from kobai.recording import Recording, record
from kobai.sizes import Size
from kobai.sizing import is_repeatable, random_state, record_with_sizes
from kobai.tracing import active_trace

P = ParamSpec("P")
R = TypeVar("R")

# Recordings that are kept for one function; the one that was of no use for longest goes first.
MOST_VARIANTS = 16
_ARRAYS = (np.ndarray, np.generic)


def compile(f: Callable[P, R]) -> Callable[P, R]:
    """The same function, recorded once and from then on run without Python's part in it.

    What Python decides while it runs is frozen for the shapes and dtypes of the arguments, for the
    values of arguments that are no arrays, and for the identity of the globals and closure cells
    that f names (and that functions named by it name): as soon as one of these is another, f is
    recorded anew. Arrays among these are read at each call. A branch on a value
    (`if loss > 1:`) is guarded: where it would go the other way, f is recorded anew too. Attributes
    of objects and entries of dicts and lists are frozen. Row counts are symbolic wherever two runs
    at different lengths show it, so that another number of rows needs no new recording.

    Args:
        f: a function in plain NumPy; also `kobai.grad(loss)` or another function that Kobai made.
            It is run two or more times whenever it is recorded: printing, appending to lists and
            the like happens then, and not at later calls. A Python number among the arguments is
            fixed: give numbers that change as arrays, `np.float64(0.1)`.

    Returns:
        A function of the same arguments. Results are NumPy's arrays and numbers.

    Raises:
        TraceError: f uses a construct that can't be traced, or draws random numbers; the message
            says what to write instead.

    Example:
        >>> import numpy as np
        >>> import kobai
        >>> slope = kobai.compile(kobai.grad(lambda w, X: np.mean((X @ w) ** 2)))
        >>> slope(np.array([1.0, 2.0]), np.eye(2))
        array([1., 2.])

    Method: tracing with guards; as in Frostig, Johnson and Leary, "Compiling machine learning
    programs via high-level tracing" (SysML 2018).
    """
    compiled = _Compiled(f)

    @functools.wraps(f)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        result: R = compiled(args, kwargs)
        return result

    return call


class _Compiled:
    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._variants: tuple[Variant, ...] = ()
        self._lock = threading.Lock()

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if active_trace() is not None:
            return self._function(*args, **kwargs)  # it becomes a part of what is being recorded
        nest: Any = (args, kwargs)
        leaves, structure = optree.tree_flatten(nest, none_is_leaf=True)
        places = tuple([i for i, x in enumerate(leaves) if isinstance(x, _ARRAYS)])
        call = Call(structure, tuple(leaves), places)
        is_done, result = self._tried(call)
        if is_done:
            return result
        with self._lock:
            is_done, result = self._tried(call)  # another thread may have recorded it meanwhile
            if is_done:
                return result
            variant = self._recorded(call)
            self._variants = (variant, *self._variants[: MOST_VARIANTS - 1])
        inputs = variant.inputs(call)
        is_done, result = variant.run(inputs) if inputs is not None else (False, None)
        if not is_done:
            raise _differs()
        return result

    def _tried(self, call: Call) -> tuple[bool, Any]:
        for variant in self._variants:
            inputs = variant.inputs(call)
            if inputs is None:
                continue
            try:
                is_done, result = variant.run(inputs)
            except (ArithmeticError, ValueError):
                # As of a matrix with fewer rows than columns: a recording of it tells more.
                continue
            if is_done:
                return True, result
        return False, None

    def _recorded(self, call: Call) -> Variant:
        """The function as it is now; its arrays are constants where they can't be traced."""
        captures = Captures(self._function)
        if captures.is_plain or not captures.arrays:
            try:
                return Variant(call, captures, self._recording(call, captures))
            except (TraceError, TypeError):
                # A constructor of SciPy's may refuse what stands for an array, too.
                if not captures.arrays:
                    raise
        captures = Captures(self._function, is_frozen=True)
        return Variant(call, captures, self._recording(call, captures))

    def _recording(self, call: Call, captures: Captures) -> Recording:
        count = len(call.places)
        fixes_len = any(map(decides, captures.codes))

        def flat(*handles: Any) -> Any:
            trace = active_trace()
            assert trace is not None
            trace.fixes_len = fixes_len
            function = captures.rebuilt(handles[count:])
            args, kwargs = call.filled(handles[:count])
            return function(*args, **kwargs)

        inputs = [*call.arrays, *captures.inputs()]
        state = random_state()
        recording = record_with_sizes(flat, inputs, range(len(inputs)), compares_lengths=True)
        is_proved = any(isinstance(d, Size) for leaf in recording.inputs for d in leaf.node.shape)
        if not is_proved and not is_repeatable(recording, record(flat, inputs, range(len(inputs)))):
            raise _differs()
        if random_state() != state:
            raise _differs()
        return recording


def _differs() -> TraceError:
    return TraceError(
        "the function draws random numbers, or keeps something from call to call: compiled, it "
        "would repeat its first run",
        repair="draw the numbers outside, and give them as an argument",
    )
