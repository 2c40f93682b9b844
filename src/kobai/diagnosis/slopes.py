"""Slopes of activations, as they are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


# With a value in the place of {0}: true slopes, then what is taken for one.
SLOPES: Mapping[str, Callable[[Any], Any]] = {
    "{0} * (1 - {0})": lambda v: v * (1 - v),
    "1 - {0}**2": lambda v: 1 - v * v,
    "sigmoid({0}) * (1 - sigmoid({0}))": lambda v: _sigmoid(v) * (1 - _sigmoid(v)),
    "1 - np.tanh({0})**2": lambda v: 1 - np.tanh(v) ** 2,
    "({0} > 0)": lambda v: (v > 0) * 1.0,
    "np.sign({0})": np.sign,
    "1 - {0}": lambda v: 1 - v,
    "1 + {0}**2": lambda v: 1 + v * v,
    "{0} * (1 + {0})": lambda v: v * (1 + v),
    "sigmoid({0})": _sigmoid,
    "np.tanh({0})": np.tanh,
    "np.maximum({0}, 0)": lambda v: np.maximum(v, 0),
    "{0}": lambda v: v,
    "{0}**2": lambda v: v * v,
    "np.exp({0})": np.exp,
    "np.cos({0})": np.cos,
}
ACTIVATIONS = tuple(SLOPES)[:6]
