"""What an exercise is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Slip:
    """A change to a right solution that makes it wrong.

    Attributes:
        hand: the solution.
        old, new: its text, and what is written instead.
        step: the first step that is wrong then.
        kinds: words for the cause that are right, separated by blanks.
    """

    hand: Callable[..., Any]
    old: str
    new: str
    step: str
    kinds: str


@dataclass(frozen=True)
class Exercise:
    """A loss, its arguments, the variables to differentiate by; solutions and slips in them."""

    loss: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: tuple[str, ...]
    solutions: tuple[Callable[..., Any], ...]
    slips: tuple[Slip, ...]


def numbers(seed: int, *shape: int) -> Any:
    """Rounded normal numbers."""
    return np.round(np.random.default_rng(seed).normal(size=shape), 3)


def sigmoid(t: Any) -> Any:
    return 1 / (1 + np.exp(-t))
