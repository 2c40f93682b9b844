"""Numbers of places."""

from __future__ import annotations

import numpy as np
from tests.support.family import Family

FAMILY = Family(
    uses={"arange": ((((),), {"size": 3}),)},
    prepared={"arange": lambda arrays: [np.array(3)]},
    steps=frozenset({"arange"}),
)
