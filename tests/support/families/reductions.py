"""Folds, and sums of exponentials."""

from __future__ import annotations

import numpy as np
from tests.support.family import Family, Uses

from kobai.graph import AnyArray

FOLDS: Uses = (
    (((3,),), {"axis": (0,), "keepdims": False}),
    (((3,),), {"axis": (0,), "keepdims": True}),
    (((2, 3),), {"axis": (0, 1), "keepdims": False}),
    (((2, 3),), {"axis": (0,), "keepdims": False}),
    (((2, 3),), {"axis": (1,), "keepdims": False}),
    (((2, 3),), {"axis": (1,), "keepdims": True}),
    (((2, 3, 2),), {"axis": (0, 2), "keepdims": False}),
    (((2, 3, 2),), {"axis": (1,), "keepdims": True}),
    (((),), {"axis": (), "keepdims": False}),
)

# Exponents and weights.
MIXED: Uses = (
    (((3,), (3,)), {"axis": (0,)}),
    (((2, 3), (3,)), {"axis": (1,)}),
    (((2, 3), (2, 1)), {"axis": (0, 1)}),
    (((3, 2, 2), (3, 1, 1)), {"axis": (0, 2)}),
)


def powers(u: AnyArray, w: AnyArray, axis: tuple[int, ...]) -> AnyArray:
    result: AnyArray = np.exp(u) / np.sum(w * np.exp(u), axis, keepdims=True)
    return result


FAMILY = Family(
    uses={
        "log_mixture": tuple(
            (shapes, {**axis, "keepdims": keepdims})
            for shapes, axis in MIXED
            for keepdims in (False, True)
        ),
        "mixture_shares": MIXED,
        "mixture_powers": MIXED,
        "sum": FOLDS,
        "mean": FOLDS,
        "max": FOLDS,
        "min": FOLDS,
        "logsumexp": FOLDS[:-1],
        "softmax": (
            (((3,),), {"axis": (0,)}),
            (((2, 3),), {"axis": (1,)}),
            (((2, 3),), {"axis": (0, 1)}),
            (((2, 3, 2),), {"axis": (0, 2)}),
        ),
    },
    analytic={
        "log_mixture": lambda u, w, axis, keepdims: np.log(
            np.sum(w * np.exp(u), axis, keepdims=keepdims)
        ),
        "mixture_shares": lambda u, w, axis: w * powers(u, w, axis),
        "mixture_powers": powers,
        "logsumexp": lambda x, axis, keepdims: np.log(np.sum(np.exp(x), axis, keepdims=keepdims)),
        "softmax": lambda x, axis: np.exp(x) / np.sum(np.exp(x), axis, keepdims=True),
    },
)
