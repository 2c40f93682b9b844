"""The words of a formula: every NumPy function that Kobai traces, and a few of mathematics.

The list is made from the operations that exist, so a new operation is a new word. How many values
a word takes is read off the operation's own signature, up to the first parameter that is about
dtypes or memory order: no `out=`, by name or by position, ever reaches NumPy.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import numpy as np

from kobai.graph import TRANSLATIONS, Op

OPTIONS = ("axis", "keepdims")
# Values of these parameters have no place in a formula, nor have those that follow them.
_TECHNICAL = ("dtype", "order")
_UNLIMITED = 1_000


@dataclass(frozen=True)
class Function:
    """A function that a formula may call.

    Attributes:
        name: its name, without `np.`.
        call: what is called.
        fewest: how many values it takes at least.
        most: how many at most.
        options: the keyword arguments it takes.
        takes_text: whether the first argument is a text, as einsum's is.
    """

    name: str
    call: Callable[..., Any]
    fewest: int
    most: int
    options: tuple[str, ...] = ()
    takes_text: bool = False


def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ)."""
    return 1 / (1 + np.exp(-x))


def softplus(x: Any) -> Any:
    """The logarithm of 1 + eˣ."""
    return np.logaddexp(0, x)


def relu(x: Any) -> Any:
    """The positive part of x."""
    return np.maximum(x, 0)


def softmax(x: Any, axis: Any = -1) -> Any:
    """Powers of e along an axis (the last one), divided by their sum."""
    return np.exp(x) / np.sum(np.exp(x), axis=axis, keepdims=True)


def log_softmax(x: Any, axis: Any = -1) -> Any:
    """The logarithm of softmax."""
    return x - np.log(np.sum(np.exp(x), axis=axis, keepdims=True))


def length(x: Any) -> int:
    """How many entries x has along its first axis."""
    return len(x)


def nearest(name: str) -> str:
    """The word that was probably meant; empty if none is near."""
    if name in _SYNONYMS:
        return _SYNONYMS[name]
    return next(iter(difflib.get_close_matches(name.lower(), FUNCTIONS, 1, 0.7)), "")


def _traced() -> Iterator[Function]:
    """Every function under NumPy's own name for which an operation stands."""
    for name in dir(np):
        function = getattr(np, name)
        # A scan by identity: some of NumPy's names are no keys of a dictionary.
        found = [t for traced, t in TRANSLATIONS.items() if traced is function]
        if found:
            yield _function(name, function, found[0])


def _function(name: str, function: Callable[..., Any], translation: Callable[..., Any]) -> Function:
    if isinstance(translation, Op):
        count = function.nin if isinstance(function, np.ufunc) else len(translation.operands_of)
        return Function(name, function, count, count)
    parameters = list(inspect.signature(translation).parameters.values())
    values = list(
        takewhile(lambda p: p.kind != p.KEYWORD_ONLY and p.name not in _TECHNICAL, parameters)
    )
    is_open = any(p.kind == p.VAR_POSITIONAL for p in values)
    return Function(
        name,
        function,
        sum(p.default is p.empty and p.kind != p.VAR_POSITIONAL for p in values),
        _UNLIMITED if is_open else len(values),
        tuple(p.name for p in parameters if p.name in OPTIONS),
        values[0].name == "subscripts",
    )
