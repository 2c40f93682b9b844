"""What is given to a transformation: which arguments, of which form; and what is refused."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import optree

from kobai.errors import ArgumentError, ArgumentTypeError, IndependenceWarning
from kobai.frames import user_level
from kobai.recording import Recording, is_number
from kobai.tracing import Traced


def positions(argnums: int | Sequence[int], args: Sequence[Any]) -> list[int]:
    """The arguments that argnums asks for, counted from the front; each holds numbers alone."""
    numbers = (argnums,) if isinstance(argnums, int) else argnums
    found = [_position(number, len(args)) for number in numbers]
    for position in found:
        _require_numbers(args[position], position)
    return found


def require_floating(recording: Recording) -> None:
    """Refuse inputs by which there is no derivative."""
    for leaf in recording.inputs:
        if not leaf.node.is_differentiable:
            raise ArgumentTypeError(
                f"argument {leaf.label} is of dtype {leaf.node.dtype}: "
                "a derivative by whole numbers has no meaning",
                repair="give it as floating numbers: 3.0 for 3, x.astype(float) for an array",
            )


def sequence(values: Any, what: str, function: str) -> tuple[Any, ...]:
    """Primals or tangents: a tuple or list with one entry for each argument."""
    if not isinstance(values, list | tuple):
        raise ArgumentTypeError(
            f"{function} is given {what} of type {type(values).__name__}",
            repair=f"give a tuple with one entry for each argument of f: ({what[:-1]},)",
        )
    return tuple(values)


def paired(primals: Any, tangents: Any, function: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Both as tuples of one length."""
    first, second = sequence(primals, "primals", function), sequence(tangents, "tangents", function)
    if len(first) != len(second):
        raise ArgumentError(
            f"{function} is given {len(first)} primals and {len(second)} tangents",
            repair="give one tangent for each primal",
        )
    return first, second


def matched(given: Any, model: Any, what: str, whose: str) -> list[Any]:
    """The leaves of a nest, each of the shape and dtype of its leaf in another nest of that form.

    Args:
        given: the nest.
        model: the one whose form and shapes it has to have.
        what: what a leaf is called in an error: `tangent`.
        whose: what it belongs to: `primal`.
    """
    leaves, form = optree.tree_flatten(given)
    models, wanted = optree.tree_flatten(model)
    if form != wanted:
        held, asked = _form(len(leaves), form), _form(len(models), wanted)
        raise ArgumentError(
            f"the {what}s hold {held}, the {whose}s {asked}",
            repair=f"give the {what}s the form of the {whose}s",
        )
    return [_matched(one, two, what, whose) for one, two in zip(leaves, models, strict=True)]


def _form(count: int, form: optree.PyTreeSpec) -> str:
    text = str(form).removeprefix("PyTreeSpec(").removesuffix(")")
    return f"{count} array{'s' * (count != 1)} in the form {text}"


def _matched(value: Any, model: Any, what: str, whose: str) -> Any:
    if not is_number(value):
        raise ArgumentTypeError(
            f"a {what} is a {type(value).__name__}",
            repair=f"give an array or a number for each {what}",
        )
    array = value if isinstance(value, Traced) else np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ArgumentTypeError(
            f"a {what} is of dtype {array.dtype}",
            repair="give real numbers",
        )
    if array.shape != np.shape(model):
        raise ArgumentError(
            f"a {what} has shape {array.shape}, its {whose} {np.shape(model)}",
            repair=f"give each {what} the shape of its {whose}",
        )
    dtype = getattr(model, "dtype", np.dtype(type(model)))
    return array if dtype.kind != "f" or array.dtype == dtype else array.astype(dtype)


def split(result: Any, has_aux: bool) -> tuple[Any, Any]:
    """A function's result without its auxiliary part, and that part."""
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise ArgumentError(
            "with has_aux=True the function has to return two things",
            repair="return (loss, auxiliary)",
        )
    return result


def zeros(value: Any) -> Any:
    """The derivative of or by what doesn't matter: traced, if what it is like is."""
    if isinstance(value, Traced):
        return np.zeros_like(value, dtype=None if value.dtype.kind == "f" else float)
    dtype = getattr(value, "dtype", np.dtype(float))
    return np.zeros(np.shape(value), dtype if dtype.kind == "f" else float)[()]


def in_form_of(argument: Any, number: int, leaves: dict[tuple[Any, ...], Any]) -> Any:
    """Values for the leaves of an argument, in its form."""
    return optree.tree_map_with_path(lambda path, leaf: leaves.get((number, *path), leaf), argument)


def warn_of_independence(labels: Sequence[str]) -> None:
    """Say by which arguments the derivative is zero because they are not used."""
    for label in dict.fromkeys(labels):
        warnings.warn(
            f"the result does not depend on argument {label}: its gradient is zero",
            IndependenceWarning,
            stacklevel=user_level(),
        )


def _require_numbers(argument: Any, position: int) -> None:
    for leaf in optree.tree_leaves(argument):
        if not is_number(leaf):
            raise ArgumentTypeError(
                f"argument {position} holds a {type(leaf).__name__}, "
                "by which nothing can be differentiated",
                repair="keep what is not a number in another argument, or in None",
            )


def _position(number: int, count: int) -> int:
    if not -count <= number < count:
        raise ArgumentError(
            f"argnums {number} asks for an argument that was not given: there are {count}",
            repair="count from 0, and give the argument by position",
        )
    return number % count
