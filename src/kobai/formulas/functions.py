"""The words of a formula: elementwise functions, folds, shapes, and a few of mathematics.

Every elementwise function of NumPy's that is traced is a word as soon as it exists; of the others,
those that are listed. How many values a word takes is read off the operation's own signature, up
to the first parameter that is about dtypes or memory order: no `out=`, by name or by position,
ever reaches NumPy.
"""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import numpy as np

from kobai.formulas.operators import reshape
from kobai.ops import TRANSLATIONS

OPTIONS = ("axis", "keepdims")
# What is no elementwise function: nothing that makes more entries than it is given or asked for.
_WORDS = (
    *("amax", "amin", "average", "max", "mean", "min", "prod", "std", "sum", "trace", "var"),
    *("broadcast_to", "copy", "expand_dims", "flip", "moveaxis", "permute_dims", "ravel"),
    *("reshape", "squeeze", "swapaxes", "transpose", "concat", "concatenate", "stack"),
    *("dot", "einsum", "outer", "clip", "where", "cumprod", "cumsum", "diff"),
)
# Values of these parameters have no place in a formula, nor have those that follow them.
_TECHNICAL = ("dtype", "order")
UNLIMITED = 1_000


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
        advice: what to write instead of more values.
    """

    name: str
    call: Callable[..., Any]
    fewest: int
    most: int
    options: tuple[str, ...] = ()
    takes_text: bool = False
    advice: str = ""


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


def nearest(name: str, words: Collection[str]) -> str:
    """The word that was probably meant; empty if none is near."""
    meant = _SYNONYMS.get(name, name.lower())
    return next(iter(difflib.get_close_matches(meant, words, 1, 0.7)), "")


def _traced() -> Iterator[Function]:
    """The words among NumPy's functions that an operation stands for, under each of their names."""
    for name in dir(np):
        # By identity: not all that NumPy holds can be looked up in a dictionary.
        for function, translation in TRANSLATIONS.items():
            is_word = name in _WORDS or isinstance(function, np.ufunc)
            if is_word and getattr(np, name) is function:
                yield from _function(name, function, translation)


def _function(
    name: str, function: Callable[..., Any], translation: Callable[..., Any]
) -> Iterator[Function]:
    """The function as a word; none if it can't be called without a dtype."""
    parameters = list(inspect.signature(translation).parameters.values())
    values = list(takewhile(_is_value, parameters))
    if any(p.name in _TECHNICAL and p.default is p.empty for p in parameters):
        return
    is_open = any(p.kind == p.VAR_POSITIONAL for p in values)
    count = function.nin if isinstance(function, np.ufunc) else 0
    yield Function(
        name,
        function,
        count or sum(p.default is p.empty and p.kind != p.VAR_POSITIONAL for p in values),
        count or (UNLIMITED if is_open else len(values)),
        tuple(p.name for p in parameters if p.name in OPTIONS),
        takes_text=values[0].name == "subscripts",
    )


def _is_value(parameter: inspect.Parameter) -> bool:
    is_positional = parameter.kind not in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD)
    return is_positional and parameter.name not in _TECHNICAL


def _extreme(fold: Function, pair: str) -> Function:
    """NumPy reads the 0 of `max(x, 0)` as an axis; who types it means `maximum(x, 0)`."""
    advice = f"write {pair}(a, b) for one of two values, {fold.name}(x, axis=0) to fold an axis"
    return replace(fold, most=1, advice=advice)


NUMPY = {function.name: function for function in _traced()}
for _pair, _names in {"maximum": ("max", "amax"), "minimum": ("min", "amin")}.items():
    NUMPY |= {name: _extreme(NUMPY[name], _pair) for name in _names}
METHODS = {name: NUMPY[name] for name in ("sum", "mean", "max", "min", "dot")}
METHODS |= {"reshape": replace(NUMPY["reshape"], call=reshape, most=UNLIMITED)}
FUNCTIONS = NUMPY | {
    "sigmoid": Function("sigmoid", sigmoid, 1, 1),
    "softplus": Function("softplus", softplus, 1, 1),
    "relu": Function("relu", relu, 1, 1),
    "softmax": Function("softmax", softmax, 1, 2, ("axis",)),
    "log_softmax": Function("log_softmax", log_softmax, 1, 2, ("axis",)),
    "len": Function("len", len, 1, 1),
}
MODULES = ("np", "numpy")
CONSTANTS = {"pi": math.pi, "e": math.e}
_SYNONYMS = {"ln": "log", "σ": "sigmoid", "sigma": "sigmoid", "expit": "sigmoid", "avg": "mean"}
