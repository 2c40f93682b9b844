"""Arithmetic, choices and elementary functions: elementwise, without attributes."""

from __future__ import annotations

import numpy as np
from tests.support.family import Family

FAMILY = Family(
    prepared={"where": lambda arrays: [arrays[0] > 0, *arrays[1:]]},
    analytic={
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "logaddexp": lambda a, b: np.log(np.exp(a) + np.exp(b)),
        "xlogy": lambda x, y: x * np.log(y),
    },
    # The modulus and the phase of a complex number are not analytic.
    by_differences=frozenset({"abs", "sign"}),
    steps=frozenset(
        {
            "equal",
            "greater",
            "greater_equal",
            "isfinite",
            "isnan",
            "less",
            "less_equal",
            "logical_and",
            "logical_not",
            "logical_or",
            "not_equal",
            "sign",
        }
    ),
)
