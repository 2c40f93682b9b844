"""Derivatives that the user decides on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from tests.support.family import Family

from kobai.graph import AnyDType, Node

FLOAT = np.dtype(float)


@dataclass(frozen=True)
class Square:
    """A function as `kobai.custom_derivative` would make it, of a name that NumPy knows."""

    name: str = "np.square"
    dtype: AnyDType = FLOAT

    def value(self, *arrays: Any) -> Any:
        return np.square(*arrays)

    def cotangent(self, position: int, g: Node, y: Node, operands: tuple[Node, ...]) -> Any:
        return g * 2 * operands[position]


def _constant(x: Any) -> Any:
    """Constant to every derivative, complex step among them."""
    return np.real(x)


FAMILY = Family(
    uses={
        "custom": (
            (((3,),), {"function": Square(), "shape": (3,)}),
            (((),), {"function": Square(), "shape": ()}),
        )
    },
    analytic={
        "custom": lambda x, function, shape: np.square(x),
        "stop_gradient": _constant,
    },
    steps=frozenset({"stop_gradient"}),
)
