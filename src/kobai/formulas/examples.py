"""Example values for the arguments of a function, drawn so that its result is a finite number."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.random import Generator

from kobai.errors import ArgumentError, KobaiError
from kobai.formulas.formula import Formula

Shape: TypeAlias = tuple[int, ...]

MIXTURES = 64
# Tried in this order for all arguments alike, then in mixtures.
_DRAWS: tuple[Callable[[Generator, Shape], Any], ...] = (
    lambda random, shape: random.standard_normal(shape),
    lambda random, shape: random.uniform(0, 1, shape),
    lambda random, shape: random.uniform(1, 10, shape),
    lambda random, shape: random.uniform(-1, 0, shape),
)


@dataclass(frozen=True)
class Examples:
    """Values for the positional arguments of a function.

    Attributes:
        values: the arguments' names with their values.
        is_defined: whether the function's result for them is finite, as far as that was looked at.
    """

    values: Mapping[str, Any]
    is_defined: bool


def example_values(
    function: Callable[..., Any], shapes: Mapping[str, Shape], seed: int
) -> Examples:
    """Values for a function's positional arguments: given ones, defaults, and drawn ones.

    An argument that `shapes` names is drawn in that shape; any other has its default, or else is a
    number that is drawn. All are drawn from the standard normal distribution. Where the result is
    then not finite (the logarithm of a negative number), all are drawn from (0, 1) instead, then
    from (1, 10), then from (-1, 0), and at last each from a distribution chosen by chance, until
    the result is finite. The values depend on the seed and the shapes alone.

    Args:
        function: a function, or a formula.
        shapes: the shapes of arguments, by name.
        seed: of the random numbers.

    Raises:
        ArgumentError: an argument can't be given by position and has no default.
    """
    if isinstance(function, Formula):
        shapes = function.shapes(shapes)
    given = {
        name: parameter.default
        for name, parameter in _positional(function).items()
        if name not in shapes and parameter.default is not parameter.empty
    }
    names = list(_positional(function))
    drawn = {name: shapes.get(name, ()) for name in names if name not in given}
    if not drawn:
        return Examples(given, is_defined=True)
    first: dict[str, Any] = {}
    for draws in _mixtures(drawn, seed):
        values = {name: given[name] if name in given else draws[name] for name in names}
        first = first or values
        try:
            if _is_finite(function, values):
                return Examples(values, is_defined=True)
        except KobaiError:
            # What can't be computed for these shapes can't for other entries either.
            break
    return Examples(first, is_defined=False)


def argument_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The arguments that can be given by position."""
    return tuple(_positional(function))


def _positional(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"the arguments of {function!r} can't be found out: {error}",
            repair="wrap it into a function that names its arguments",
        ) from error
    for name, parameter in parameters.items():
        if parameter.kind == parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
            raise ArgumentError(
                f"argument {name} is given by name alone and has no default",
                repair="give it a default, or leave out the * before it",
            )
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {name: p for name, p in parameters.items() if p.kind in kinds}


def _mixtures(shapes: Mapping[str, Shape], seed: int) -> Iterator[dict[str, Any]]:
    """Values for all arguments, again and again."""
    random = np.random.default_rng(seed)
    for draw in _DRAWS:
        yield {name: draw(random, shape) for name, shape in shapes.items()}
    for _ in range(MIXTURES):
        yield {
            name: _DRAWS[random.integers(len(_DRAWS))](random, shape)
            for name, shape in shapes.items()
        }


def _is_finite(function: Callable[..., Any], values: Mapping[str, Any]) -> bool:
    """Whether the result is finite; not if the function refuses the values by an exception."""
    try:
        with np.errstate(all="ignore"):
            # A copy, for a function that works in place.
            result = np.asarray(function(*deepcopy(tuple(values.values()))))
    except KobaiError:
        raise
    except Exception:
        return False
    return result.dtype.kind not in "fc" or bool(np.all(np.isfinite(result)))
