"""Checks of what an estimator was constructed with, made when it is fitted, as scikit-learn asks."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np

from kobai.errors import ArgumentError


def require_number(name: str, value: object, *, above: float = -np.inf, least: float = -np.inf) -> None:
    """Refuse all but a number in this range; infinity may be in it.

    Raises:
        ArgumentError: it is no number, nan, or outside the range.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    if not (is_number and float(value) > above and float(value) >= least):
        wanted = f"above {above:g}" if above > -np.inf else f"of at least {least:g}"
        raise ArgumentError(f"{name} is {value!r}", repair=f"give a number {wanted}")


def require_count(name: str, value: object) -> None:
    """Refuse all but whole numbers of at least 1."""
    is_count = isinstance(value, Integral) and not isinstance(value, bool | np.bool_)
    if not (is_count and int(value) >= 1):
        raise ArgumentError(f"{name} is {value!r}", repair="give a whole number of at least 1")


def require_flag(name: str, value: object) -> None:
    """Refuse all but True and False."""
    if not isinstance(value, bool | np.bool_):
        raise ArgumentError(f"{name} is {value!r}", repair="give True or False")
