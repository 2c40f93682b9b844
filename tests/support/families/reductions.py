"""Folds, and sums of exponentials."""

from __future__ import annotations

import numpy as np
from tests.support.family import Family, Uses

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

FAMILY = Family(
    uses={
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
        "logsumexp": lambda x, axis, keepdims: np.log(np.sum(np.exp(x), axis, keepdims=keepdims)),
        "softmax": lambda x, axis: np.exp(x) / np.sum(np.exp(x), axis, keepdims=True),
    },
)
