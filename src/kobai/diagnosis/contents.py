"""The numbers and arrays that a function's variables hold, in lists and dicts too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

DEEPEST = 3
Path: TypeAlias = tuple[Any, ...]


def leaves(variables: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Numbers and arrays in the variables, with the way to each."""
    for name, value in variables.items():
        yield from _leaves_of((name,), value)


def _leaves_of(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    if is_numeric(value):
        yield path, value
    elif len(path) <= DEEPEST and isinstance(value, list | tuple):
        for position, entry in enumerate(value):
            yield from _leaves_of((*path, position), entry)
    elif len(path) <= DEEPEST and isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves_of((*path, key), entry)


def is_numeric(value: Any) -> bool:
    """An array or a floating number; whole numbers are counters."""
    if isinstance(value, np.ndarray | np.generic):
        return value.dtype.kind in "fiu"
    return isinstance(value, float)


def copied(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables with arrays of their own, as a line may change them in place."""
    return {name: _copy(value, 0) for name, value in variables.items()}


def _copy(value: Any, depth: int) -> Any:
    if isinstance(value, np.ndarray):
        return value.copy()
    if depth < DEEPEST and type(value) in (list, tuple):
        return type(value)(_copy(entry, depth + 1) for entry in value)
    if depth < DEEPEST and type(value) is dict:
        return {key: _copy(entry, depth + 1) for key, entry in value.items()}
    return value


def store(variables: Any, path: Path, value: Any) -> None:
    holder: Any = variables
    for key in path[:-1]:
        holder = holder[key]
    if not isinstance(holder, tuple):
        holder[path[-1]] = value


def same_contents(before: Any, value: Any) -> bool:
    now = np.asarray(value)
    same: bool = before.tobytes() == now.tobytes()
    return before.shape == now.shape and same
