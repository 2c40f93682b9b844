"""Settings of optimisers: what they may be."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from kobai.errors import ArgumentError, ArgumentTypeError


def is_number(value: Any) -> bool:
    """Whether a setting is a real number, Python's or NumPy's."""
    return isinstance(value, Real) and not isinstance(value, bool)


def require_positive(name: str, value: Any) -> None:
    if not is_number(value) or not 0 < value < math.inf:
        raise ArgumentError(f"{name} is {value!r}", repair="give a finite number above 0")


def require_not_negative(name: str, value: Any) -> None:
    if not is_number(value) or not 0 <= value < math.inf:
        raise ArgumentError(f"{name} is {value!r}", repair="give a finite number from 0")


def require_share(name: str, value: Any) -> None:
    if not is_number(value) or not 0 <= value < 1:
        raise ArgumentError(f"{name} is {value!r}", repair="give a number from 0 to below 1")


def require_count(name: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise ArgumentError(f"{name} is {value!r}", repair=f"give a whole number from {least}")


def require_optimizer(value: Any) -> None:
    """Refuse what is neither an update of the graph nor a driver."""
    if not any(callable(getattr(value, name, None)) for name in ("updates", "points")):
        raise ArgumentTypeError(
            f"the optimizer is {value!r}",
            repair="give one of kobai.optim, such as kobai.optim.GradientDescent(0.1)",
        )


def require_update(value: Any) -> None:
    """Refuse what is no update of the graph: a driver has no formula for its steps."""
    require_optimizer(value)
    if not callable(getattr(value, "updates", None)):
        raise ArgumentError(
            f"{type(value).__name__} chooses its points as it goes: its steps are no formula",
            repair="give an optimiser with one, such as kobai.optim.GradientDescent(0.1)",
        )
