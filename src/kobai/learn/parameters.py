"""Checks of an estimator's parameters, made when it is fitted, as scikit-learn asks."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from kobai.errors import ArgumentError


def require_number(
    name: str, value: Any, *, above: float = -np.inf, least: float = -np.inf
) -> None:
    """Refuse all but a number in this range; infinity may be in it.

    Raises:
        ArgumentError: it is no number, nan, or outside the range.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    if not (is_number and value > above and value >= least):
        wanted = f"above {above:g}" if above > -np.inf else f"of at least {least:g}"
        raise ArgumentError(f"{name} is {value!r}", repair=f"give a number {wanted}")


def require_count(name: str, value: Any) -> None:
    """Refuse all but whole numbers of at least 1.

    Raises:
        ArgumentError: it is anything else.
    """
    is_count = isinstance(value, Integral) and not isinstance(value, bool | np.bool_)
    if not (is_count and value >= 1):
        raise ArgumentError(f"{name} is {value!r}", repair="give a whole number of at least 1")


def require_flag(name: str, value: Any) -> None:
    """Refuse all but True and False.

    Raises:
        ArgumentError: it is anything else.
    """
    if not isinstance(value, bool | np.bool_):
        raise ArgumentError(f"{name} is {value!r}", repair="give True or False")
