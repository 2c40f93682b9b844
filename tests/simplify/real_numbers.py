"""The words of rules as functions of real numbers, in as many digits as mpmath is set to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath as mp
import numpy as np
from mpmath import mpf


class OutsideDomainError(ArithmeticError):
    """A function has no real value there."""


def _real(function: Callable[..., mpf]) -> Callable[..., Any]:
    """The function, entry by entry for arrays, and refused where it leaves the real numbers."""

    def checked(*numbers: Any) -> mpf:
        value: object = function(*map(mpf, numbers))
        if not isinstance(value, mpf) or mp.isnan(value):
            raise OutsideDomainError
        return value

    def applied(*arrays: Any) -> Any:
        return np.frompyfunc(checked, len(arrays), 1)(*arrays)

    return applied


def _log(x: mpf) -> mpf:
    if x <= 0:
        raise OutsideDomainError
    return mp.log(x)


def _softmax(u: Any) -> Any:
    powers = REAL_WORDS["exp"](u)
    return powers / np.sum(powers)


def _mixture_shares(u: Any, v: Any) -> Any:
    terms = v * REAL_WORDS["exp"](u)
    return terms / np.sum(terms)


REAL_WORDS: dict[str, Callable[..., Any]] = {
    "exp": _real(mp.exp),
    "expm1": _real(lambda x: mp.exp(x) - 1),
    "log": _real(_log),
    "log1p": _real(lambda x: _log(1 + x)),
    "sqrt": _real(mp.sqrt),
    "tanh": _real(mp.tanh),
    "cosh": _real(mp.cosh),
    "sinh": _real(mp.sinh),
    "sin": _real(mp.sin),
    "cos": _real(mp.cos),
    "maximum": _real(max),
    "log1mexp": _real(lambda x: _log(1 - mp.exp(x))),
    "log1p_tanh": _real(lambda x: _log(1 + mp.tanh(x))),
    "log_cosh": _real(lambda x: mp.log(mp.cosh(x))),
    "log1mexp_of_exp": _real(lambda x: _log(1 - mp.exp(-mp.exp(x)))),
    "sech": _real(lambda x: 1 / mp.cosh(x)),
    "log_softplus": _real(lambda x: mp.log(mp.log1p(mp.exp(x)))),
    "sqrt1pm1": _real(lambda x: mp.sqrt(1 + x) - 1),
    "exp_of_sum": _real(lambda x, y: mp.exp(x + y)),
    "abs": _real(abs),
    "sigmoid": _real(lambda x: 1 / (1 + mp.exp(-x))),
    "logaddexp": _real(lambda x, y: _log(mp.exp(x) + mp.exp(y))),
    "log2": _real(lambda x: _log(x) / mp.log(2)),
    "log10": _real(lambda x: _log(x) / mp.log(10)),
    "sum": np.sum,
    "max": np.max,
    "prod": np.prod,
    "mean": np.mean,
    "len": len,
    "where": lambda c, u, v: u if c else v,
    "norm": lambda u: mp.sqrt(np.sum(u * u)),
    "std": lambda u: mp.sqrt(np.mean((u - np.mean(u)) ** 2)),
    "var": lambda u: np.mean((u - np.mean(u)) ** 2),
    "logsumexp": lambda u: REAL_WORDS["log"](np.sum(REAL_WORDS["exp"](u))),
    "softmax": _softmax,
    "log_mixture": lambda u, v: REAL_WORDS["log"](np.sum(v * REAL_WORDS["exp"](u))),
    "mixture_shares": _mixture_shares,
    "squeeze": np.squeeze,
    "expand_dims": lambda u: np.expand_dims(u, 0),
    "broadcast_to": lambda v: v,
    "put": lambda v: v,
}


def real_value(text: str, letters: Mapping[str, Any]) -> Any:
    """The exact value of one side of a rule; None where it has none."""
    try:
        return eval(text, {**REAL_WORDS, **letters})
    except (OutsideDomainError, ZeroDivisionError):
        return None


def real_array(array: Any) -> Any:
    """The same numbers, as mpmath's."""
    return np.frompyfunc(mpf, 1, 1)(np.asarray(array, dtype=object))
