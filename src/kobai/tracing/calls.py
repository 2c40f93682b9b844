"""From a call of NumPy's on handles to a node: which translation, on what, or why not."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kobai.errors import KobaiError, TraceError
from kobai.frames import user_place
from kobai.graph import SPECIAL, TRANSLATIONS, AnyArray, Node
from kobai.tracing.lengths import Length
from kobai.tracing.trace import Handle
from kobai.tracing.views import VIEWS

# NumPy functions that ask about an array without reading its entries.
QUERIES: dict[Callable[..., Any], Callable[..., Any]] = {
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a, axis=None: a.size if axis is None else a.shape[axis],
    np.iscomplexobj: lambda x: False,
    np.isrealobj: lambda x: True,
}


def call(
    function: Any, translation: Any, args: Any, kwargs: dict[str, Any], *, is_view: bool = False
) -> Any:
    """Run a translation on the nodes of the handles, and wrap what it gives.

    A view is one of the first handle among the arguments.
    """
    handle = first_handle((*args, *kwargs.values()) if kwargs else args)
    if handle is None:
        return function(*args, **kwargs)
    trace = handle.owner
    if trace.watch is not None:
        trace.observe()
    before = len(trace.graph.nodes)
    try:
        nodes = [_opened(value) for value in args]
        options = {name: _opened(kwargs[name]) for name in kwargs}
        result = translation(*nodes, **options)
    except KobaiError as error:
        error.where = error.where or user_place()
        raise
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        raise refusal(function, translation, kwargs, error) from error
    if trace.watch is not None:
        trace.note_place(before)
    return _wrapped(result, handle, handle if is_view else None)


def _wrapped(result: Any, handle: Handle, base: Handle | None) -> Any:
    """Handles for nodes, also for those in a tuple or list of several results."""
    if isinstance(result, Node):
        return type(handle)(result, handle.owner, base)
    if isinstance(result, list | tuple):
        parts = [_wrapped(part, handle, base) for part in result]
        return type(result)(*parts) if hasattr(result, "_fields") else type(result)(parts)
    return result


def first_handle(values: tuple[Any, ...]) -> Handle | None:
    """The first traced value, also in lists and tuples; it has to be of a call under way."""
    for value in values:
        if isinstance(value, Handle):
            value.require_open()
            return value
        if isinstance(value, list | tuple):
            found = first_handle(tuple(value))
            if found is not None:
                return found
    return None


def _opened(value: Any) -> Any:
    """Nodes for handles; lists that hold handles become lists of nodes; arrays are looked at."""
    if isinstance(value, Handle):
        return value.node
    if type(value) is float or type(value) is int:
        return value
    match value:
        case Length():
            return value.size
        case list() | tuple() if first_handle(tuple(value)) is not None:
            return [_opened(entry) for entry in value]
        case tuple() if any(isinstance(entry, Length) for entry in value):
            return tuple(map(_opened, value))
        case list() if value and not isinstance(value[0], int | str):
            return _plain(np.asarray(value))
        case np.ndarray():
            return _plain(value)
        case complex() | np.generic():
            return _plain(np.asarray(value))[()]
        case _:
            return value


def _plain(array: AnyArray) -> AnyArray:
    """An array that is not traced, if it is of a kind that a graph can hold."""
    if type(array) is not np.ndarray and type(array) is not np.memmap:
        raise TraceError(
            f"an operand is a {type(array).__name__}, whose meaning NumPy's functions don't keep",
            repair="convert it with np.asarray, and leave out masked entries first",
        )
    if array.dtype.kind not in "fiub":
        raise TraceError(
            f"an operand is of dtype {array.dtype}, with which Kobai can't calculate",
            repair="convert it to real numbers with .astype(float)",
        )
    return array


def asked(function: Any, args: Any, kwargs: Any) -> Any:
    """The answer of a function that asks about an array."""
    try:
        return QUERIES[function](*args, **kwargs)
    except KobaiError:
        raise
    except TypeError as error:
        raise refusal(function, QUERIES[function], kwargs, error) from error


def refusal(
    function: Any, translation: Any, options: Mapping[str, Any], error: Exception
) -> TraceError:
    """What is wrong with a call, in words that don't speak of the translation itself."""
    known = inspect.signature(translation).parameters
    unknown = [name for name in options if name not in known]
    reason = f"it is given {unknown[0]!r}" if unknown else str(error)
    return TraceError(
        f"{_name_of(function)} can't be traced as it is called here: {reason}",
        where=user_place(),
        repair=f"Kobai knows it as {_name_of(function)}{_signature(translation)}",
    )


def traced(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    translation = TRANSLATIONS.get(function) or _translation(function)
    return call(function, translation, args, kwargs, is_view=function in VIEWS)


def _translation(function: Any) -> Callable[..., Any]:
    """Of a function of scipy.special's, found by its name."""
    known = None
    if isinstance(function, np.ufunc):
        name = function.__name__
        if getattr(sys.modules.get("scipy.special"), name, None) is function:
            known = SPECIAL.get(name)
    if known is None:
        raise TraceError(
            f"{_name_of(function)} is not an operation that Kobai can trace",
            where=user_place(),
            repair="write it with the operations that Kobai knows (see the list in the docs)",
        )
    return known


def _name_of(function: Any) -> str:
    """`np.add`, `np.multiply.outer`, or the bare name of a function that is not NumPy's."""
    name: str = getattr(function, "__name__", str(function))
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{_name_of(owner)}.{name}"
    for prefix, module in (("np", np), ("np.linalg", np.linalg), ("np.fft", np.fft)):
        if getattr(module, name, None) is function:
            return f"{prefix}.{name}"
    return name


def _signature(translation: Any) -> str:
    """The parameters of a translation, without its annotations."""
    plain = inspect.Parameter.empty
    signature = inspect.signature(translation)
    parameters = [p.replace(annotation=plain) for p in signature.parameters.values()]
    return str(inspect.Signature(parameters))


def refuse_store() -> TraceError:
    """The error of who writes a traced value into a plain array."""
    return TraceError(
        "a traced value is stored into a plain array, which would lose its derivative",
        where=user_place(),
        repair="write x = x + y instead of x += y or out=x, or make the array with np.zeros_like",
    )
