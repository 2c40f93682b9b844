"""Values between given points, at places that are not those of the points."""

from __future__ import annotations

import numpy as np
from tests.support.family import Family

from kobai.graph import AnyArray


def _between(arrays: list[AnyArray]) -> list[AnyArray]:
    """Points at -0.5, 0.5 and so on, and whole numbers or a little more for x."""
    x, xp, fp = arrays
    return [np.floor(x) + 0.1 * np.sin(x), np.arange(xp.size) - 0.5 + 0.1 * np.sin(xp), fp]


def _interp(x: AnyArray, xp: AnyArray, fp: AnyArray) -> AnyArray:
    place = np.clip(np.searchsorted(np.real(xp), np.real(x), "right") - 1, 0, xp.size - 2)
    slope = (fp[place + 1] - fp[place]) / (xp[place + 1] - xp[place])
    inside: AnyArray = fp[place] + slope * (x - xp[place])
    outside = np.where(np.real(x) < np.real(xp[0]), fp[0], fp[-1])
    is_inside = (np.real(x) >= np.real(xp[0])) & (np.real(x) <= np.real(xp[-1]))
    return np.where(is_inside, inside, outside)


FAMILY = Family(
    uses={
        "interp": (
            (((), (4,), (4,)), {}),
            (((3,), (4,), (4,)), {}),
            (((2, 3), (3,), (3,)), {}),
        )
    },
    prepared={"interp": _between},
    analytic={"interp": _interp},
)
