"""From a function and its arguments to a recording: graph, inputs, result, names, conditions."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, count
from keyword import iskeyword
from typing import Any

import numpy as np
import optree

from kobai.errors import ArgumentTypeError, TraceError
from kobai.frames import is_users, watched
from kobai.graph import Graph, Node
from kobai.sizes import Shape
from kobai.tracing import Trace, Traced, active_trace, entered, teach


@dataclass(frozen=True)
class Input:
    """A traced leaf of the arguments.

    Attributes:
        node: what stands for it in the graph.
        value: its array (a handle, inside another recording).
        label: what it is called: a parameter's name; `params["w"]` is `w`, a list's items `W_0`.
        path: the argument's position, then the keys that lead to the leaf.
        argument: the name of the parameter that holds it.
    """

    node: Node
    value: Any
    label: str
    path: tuple[Any, ...]
    argument: str


@dataclass(frozen=True)
class Recording:
    """One run of a function on handles.

    Attributes:
        trace: the graph, the names and the decisions that Python took.
        inputs: the traced leaves of the arguments, in order.
        result: what the function returned, with handles in it.
        is_nested: whether this ran inside another recording and shares its graph.
    """

    trace: Trace
    inputs: tuple[Input, ...]
    result: Any
    is_nested: bool

    def evaluated(self, tree: Any) -> Any:
        """Handles in a nest replaced by their values (or kept, inside another recording)."""
        if self.is_nested:
            return tree
        return optree.tree_map(
            lambda leaf: self.trace.value(leaf.node) if isinstance(leaf, Traced) else leaf,
            tree,
            none_is_leaf=True,
        )


def record(
    function: Callable[..., Any],
    args: Sequence[Any],
    traced: Iterable[int],
    *,
    shapes: Callable[[tuple[Any, ...], Any], Shape] = lambda path, value: value.shape,
    is_watched: bool = False,
    compares_lengths: bool = False,
) -> Recording:
    """Run the function with handles in place of the arrays of some arguments.

    Args:
        function: what to run.
        args: its positional arguments; nests of dicts, lists and tuples are looked into.
        traced: positions of the arguments to trace. Arrays in others are given read-only.
        shapes: the shape of an input's node, which may hold symbolic sizes, from its path and its
            array.
        is_watched: whether to read names from the function's frame.
        compares_lengths: whether to write down how Python compares symbolic sizes.
    """
    outer = active_trace()
    teach()
    run, watch = watched(function) if is_watched and outer is None else (function, None)
    trace = Trace(Graph(), watch, compares_lengths=compares_lengths) if outer is None else outer
    nest: Any = tuple(args)
    paths, leaves, structure = optree.tree_flatten_with_path(nest)
    chosen = set(traced)
    parameters = _parameter_names(function)
    inputs: list[Input] = []
    given: list[Any] = []
    for path, leaf, label in zip(paths, leaves, _labels(function, paths), strict=True):
        if path[0] not in chosen or not is_number(leaf):
            given.append(_read_only(leaf))
            continue
        value = leaf if isinstance(leaf, Traced) else _checked(leaf, label)
        node = trace.argument(label, value, None if outer is not None else shapes(path, value))
        inputs.append(Input(node, value, label, path, parameters.get(path[0], label)))
        given.append(Traced(node, trace, is_argument=True))
    try:
        with entered(trace):
            result = run(*optree.tree_unflatten(structure, given))
            trace.observe()
        if trace.refusals:
            raise trace.refusals[0]  # the function has caught it, and gone on otherwise
    except ValueError as error:
        if isinstance(error.__cause__, TraceError):
            raise error.__cause__ from None  # NumPy hides what a handle said to `buffer[0] = x`
        if "read-only" not in str(error):
            raise
        raise TraceError(
            f"the function changes an argument in place ({error})",
            where=_place_of(error),
            repair="work on a copy: x = x.copy()",
        ) from error
    finally:
        if outer is None:
            trace.close()
    return Recording(trace, tuple(inputs), result, outer is not None)


def is_number(leaf: Any) -> bool:
    """Whether a leaf of the arguments is something that can be traced, or is refused as such."""
    return isinstance(leaf, Traced | np.ndarray | np.generic | int | float | complex)


def _checked(leaf: Any, label: str) -> Any:
    """An argument as an array; refused if its entries are not real numbers."""
    if isinstance(leaf, np.matrix) or _is_masked(leaf):
        raise ArgumentTypeError(
            f"argument {label} is a {type(leaf).__name__}",
            repair="convert it with np.asarray, and leave out masked entries first",
        )
    array = np.asarray(leaf)
    if array.dtype.kind not in "fiub":
        raise ArgumentTypeError(
            f"argument {label} is of dtype {array.dtype}",
            repair="convert it to real numbers with .astype(float)",
        )
    return array


def _is_masked(leaf: Any) -> bool:
    """Whether it is a masked array; there is none before NumPy has loaded the module of them."""
    return "numpy.ma" in sys.modules and isinstance(leaf, np.ma.MaskedArray)


def _read_only(leaf: Any) -> Any:
    if not isinstance(leaf, np.ndarray) or not leaf.flags.writeable:
        return leaf
    view = leaf.view()
    view.flags.writeable = False
    return view


def _labels(function: Callable[..., Any], paths: Sequence[tuple[Any, ...]]) -> list[str]:
    """Names for the leaves: a parameter's own, a dict's key, a list's name and position."""
    parameters = _parameter_names(function)
    wanted = [_label(parameters.get(path[0], f"argument_{path[0]}"), path[1:]) for path in paths]
    shorts = [short for short, _ in wanted]
    labels: list[str] = []
    for path, (short, long) in zip(paths, wanted, strict=True):
        is_own = len(path) == 1 or shorts.count(short) == 1
        label = short if is_own else long
        numbered = (f"{label}_{number}" for number in count(1))
        labels.append(next(x for x in chain([label], numbered) if x not in labels))
    return labels


def _label(parameter: str, keys: Sequence[Any]) -> tuple[str, str]:
    """The label of a leaf, and a longer one that says which parameter holds it."""
    words = [re.sub(r"\W", "_", str(key)) for key in keys]
    long = "_".join([parameter, *words])
    short = "_".join(words) if keys and isinstance(keys[0], str) else long
    return short if short.isidentifier() and not iskeyword(short) else long, long


def _parameter_names(function: Callable[..., Any]) -> dict[int, str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {
        position: parameter.name
        for position, parameter in enumerate(parameters)
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
    }


def _place_of(error: BaseException) -> str:
    """The innermost line of the traceback that belongs to the user."""
    place = ""
    traceback = error.__traceback__
    while traceback is not None:
        if is_users(traceback.tb_frame):
            place = f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
