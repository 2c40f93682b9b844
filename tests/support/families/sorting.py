"""Sorting, and places: entries are kept apart, so that no step changes their order."""

from __future__ import annotations

import numpy as np
from tests.support.family import Family, Uses

from kobai.graph import AnyArray

FOLDS: Uses = (
    (((4,),), {"axis": (0,), "keepdims": False}),
    (((2, 3),), {"axis": (0, 1), "keepdims": False}),
    (((2, 3),), {"axis": (1,), "keepdims": True}),
)


def _apart(arrays: list[AnyArray]) -> list[AnyArray]:
    """Different numbers in the order that was drawn, far from each other."""
    x = arrays[0]
    ranks = np.argsort(np.argsort(x, axis=None)).reshape(x.shape)
    return [ranks + 0.1 * x, *arrays[1:]]


FAMILY = Family(
    uses={
        "sort": (
            (((4,),), {"axis": 0}),
            (((2, 3),), {"axis": 0}),
            (((2, 3),), {"axis": 1}),
            (((2, 3, 2),), {"axis": 1}),
        ),
        "argsort": (
            (((4,),), {"axis": 0, "is_stable": False}),
            (((2, 3),), {"axis": 0, "is_stable": True}),
        ),
        "argpartition": (
            (((4,),), {"kth": (1,), "axis": 0}),
            (((2, 3),), {"kth": (0, 2), "axis": 1}),
        ),
        "permuted": (
            (((4,), (4,)), {"axis": 0}),
            (((2, 4), (2, 4)), {"axis": 1}),
        ),
        **dict.fromkeys(("argmax", "argmin", "nanargmax", "nanargmin"), FOLDS),
        "searchsorted": (
            (((2,), (3,)), {"side": "left"}),
            (((2,), (2, 3)), {"side": "right"}),
        ),
        "digitize": (
            (((3,), (2,)), {"right": False}),
            (((2, 3), (2,)), {"right": True}),
        ),
    },
    prepared={
        "sort": _apart,
        "permuted": lambda arrays: [arrays[0], np.argsort(arrays[1], axis=-1)],
        # With the last bound above all values, the places are 0 and 1: those of any axis.
        "searchsorted": lambda arrays: [arrays[0] / 4 + [0, 3], arrays[1]],
        "digitize": lambda arrays: [arrays[0], arrays[1] / 4 + [0, 3]],
    },
    steps=frozenset(
        {
            "argsort",
            "argpartition",
            "argmax",
            "argmin",
            "nanargmax",
            "nanargmin",
            "searchsorted",
            "digitize",
        }
    ),
)
