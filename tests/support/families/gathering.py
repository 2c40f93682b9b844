"""Indexing with arrays of integers."""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.support.family import Family, Shapes

from kobai.graph import AnyArray
from kobai.ops.gathering import Slot
from kobai.ops.indexing import Part

# Shapes of the array, of its index arrays and of the part, and the index.
PLACES: tuple[tuple[tuple[int, ...], Shapes, tuple[int, ...], tuple[Any, ...]], ...] = (
    ((4,), ((3,),), (3,), (Slot(0),)),
    ((4,), ((),), (), (Slot(0),)),
    ((4,), ((2, 2),), (2, 2), (Slot(0),)),
    ((4, 3), ((5,),), (5, 3), (Slot(0), Part(0, 3, 1))),
    ((4, 4), ((2,), (2,)), (2,), (Slot(0), Slot(1))),
    ((4, 4), ((2, 1), (3,)), (2, 3), (Slot(0), Slot(1))),
    ((2, 4), ((3,),), (3,), (1, Slot(0))),
    ((4, 3, 4), ((2,), (2,)), (2, 2), (Slot(0), Part(0, 3, 2), Slot(1))),
    ((2, 4, 4), ((3,), (3,)), (2, 3), (Part(0, 2, 1), Slot(0), Slot(1))),
)


def _whole_numbers(arrays: list[AnyArray]) -> list[AnyArray]:
    """Places from 0 to 3, some of them twice."""
    return [arrays[0], *(np.floor(np.abs(places) * 2 - 1e-9).astype(int) for places in arrays[1:])]


FAMILY = Family(
    uses={
        "gather": tuple(((shape, *arrays), {"index": index}) for shape, arrays, _, index in PLACES),
        "scatter": tuple(
            ((part, *arrays), {"index": index, "shape": shape})
            for shape, arrays, part, index in PLACES
        ),
    },
    prepared={"gather": _whole_numbers, "scatter": _whole_numbers},
)
